"""Makes the pictures of the README and the docs from the sample portrait: python docs/pictures.py."""

from pathlib import Path

import cv2
import numpy as np

import edgebokeh
from edgebokeh.arrays import Pixels
from edgebokeh.look import OTHER_STYLES, Look
from edgebokeh.styles import STYLES

DOCS = Path(__file__).resolve().parent
SETTINGS = {
    "lens": {"blades": 6},
    "motion": {"angle": 30},
    "color": {"color": (32, 96, 160)},
}
"""What a style's picture shows beside its defaults."""

STRENGTH = 40
"""Of every blur, so that it is seen at the size of a thumbnail."""


def main() -> None:
    """Writes docs/images/compare.jpg and docs/images/style_NAME.jpg for each style."""
    pixels = cv2.imread(str(DOCS / "sample" / "astronaut.png"))
    bokeh = edgebokeh.load()
    save("compare", bokeh.blur(pixels, Look(compare=True)).pixels)
    for name in (*STYLES, *OTHER_STYLES, "lens+grey"):
        settings = dict(SETTINGS.get(name, {}))
        if name == "image":
            settings["image"] = evening()
        if any(part in STYLES for part in name.split("+")):
            settings["strength"] = STRENGTH
        save(f"style_{name.replace('+', '_')}", bokeh.blur(pixels, Look(style=name, **settings)).pixels)
    save("falloff", bokeh.blur(pixels, Look(strength=80, falloff=40)).pixels)
    save("best", bokeh.blur(pixels, Look(strength=STRENGTH, quality="best")).pixels)


def evening() -> Pixels:
    """A sky at dusk over dark hills, 300×400×3 BGR uint8."""
    height = np.linspace(0, 1, 300)[:, None, None]
    sky = (1 - height) * np.array([130, 70, 40]) + height * np.array([90, 160, 250])
    hills = 210 + 25 * np.sin(np.arange(400) / 45) + 10 * np.sin(np.arange(400) / 17)
    ground = (np.arange(300)[:, None] > hills)[..., None]
    return np.where(ground, np.array([60, 45, 35]), np.broadcast_to(sky, (300, 400, 3))).astype(np.uint8)


def save(name: str, pixels: Pixels) -> None:
    """Writes docs/images/NAME.jpg."""
    (DOCS / "images" / f"{name}.jpg").write_bytes(edgebokeh.encode(edgebokeh.Photo(pixels), ".jpg"))


if __name__ == "__main__":
    main()
