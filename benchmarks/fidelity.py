"""Whether photo files come out as they went in: python -m benchmarks.fidelity PHOTO_OR_FOLDER...

Each file is decoded and encoded again in its own format, as a photo is that keeps its pixels, and the result is held
against the file by another decoder: Pillow, with LittleCMS for the colours. Without arguments, small files of every
kind that Pillow writes. Exits with 1 where a file is neither right nor refused with a hint.
"""

import argparse
import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from benchmarks import tables
from benchmarks.specimens import specimens
from edgebokeh import images
from edgebokeh.containers import blocks
from edgebokeh.errors import EdgeBokehError
from edgebokeh.formats import encode, losses, own_ending

CEILING = 2.0
"""Mean difference of colours, of 255, up to which a file is right."""

_OWN_TO_FILE = {
    0x0112,
    0x8769,
    0x8825,
    0x0201,
    0x0202,
    *range(0x0100, 0x0104),
    0x0106,
    0x0111,
    *range(0x0115, 0x0118),
} | {
    *(
        0x010A,
        0x0129,
        0x011C,
        0x013D,
        0x0152,
        0x0153,
        0x014A,
        0x8773,
        0x02BC,
        0x8649,
        0x83BB,
        0x0140,
        0x015B,
        0x0212,
        0x0213,
    ),
    *(0xA002, 0xA003),
}
"""Tags that tell how a file is laid out, or that are meant to change."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as Pillow sees it. pixels: H×W×3 float32 sRGB 0..255, upright. alpha: H×W float32. told: metadata."""

    pixels: Any
    alpha: Any
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a file. right: as it should be, None where it was refused."""

    name: str
    right: bool | None
    difference: float = 0.0
    lost: tuple[str, ...] = ()
    said: str = ""


def line(name: str, data: bytes) -> Line:
    """What becomes of a file."""
    try:
        photo = images.decode(data, name)
        result = encode(photo, own_ending(photo))
    except EdgeBokehError as error:
        return Line(name, None, said=f"{error}; {error.hint}")
    said = "; ".join((*photo.notes, *losses(photo, own_ending(photo))))
    before, after = seen(data), seen(result)
    if before is None or after is None:
        return Line(name, False, said="Pillow cannot read it")
    if before.pixels.shape != after.pixels.shape:
        return Line(name, False, said="it is of another size")
    difference = float(np.abs(before.pixels - after.pixels)[before.alpha > 0].mean())
    alpha = float(np.abs(before.alpha - after.alpha).mean())
    lost = tuple(kind for kind in before.told if not _same(before.told[kind], after.told.get(kind)))
    return Line(name, max(difference, alpha) <= CEILING and not lost, max(difference, alpha), lost, said)


def seen(data: bytes) -> Seen | None:
    """A file as Pillow and LittleCMS see it; None where they do not."""
    with warnings.catch_warnings(), suppress(OSError, SyntaxError, ValueError, ImageCms.PyCMSError):
        warnings.simplefilter("ignore")
        _register_heic()
        picture: Image.Image = Image.open(io.BytesIO(data))
        told = dict(_told(picture))
        profile = picture.info.get("icc_profile")
        picture = _upright(picture)
        pixels, alpha = _planes(picture, profile)
        return Seen(pixels, alpha, told)
    return None


def table(lines: Sequence[Line]) -> list[list[str]]:
    """A line for each file."""
    verdicts = {True: "right", False: "WRONG", None: "refused"}
    head = ["file", "", "colours", "lost", "said"]
    return [
        head,
        *(
            [
                one.name,
                verdicts[one.right],
                f"{one.difference:.2f}" if one.right is not None else "",
                ", ".join(one.lost),
                one.said,
            ]
            for one in lines
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO_OR_FOLDER")
    parser.add_argument("--markdown", action="store_true", help="print the table as in the documentation")
    options = parser.parse_args(arguments)
    files = {path.name: path.read_bytes() for path in _files(options.photos)} or specimens()
    lines = [line(name, data) for name, data in files.items()]
    print((tables.markdown if options.markdown else tables.fixed_width)(table(lines)))
    refused, wrong = (sum(one.right is verdict for one in lines) for verdict in (None, False))
    print(f"\n{len(lines)} files: {len(lines) - refused - wrong} right, {refused} refused, {wrong} wrong")
    return int(wrong > 0)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]


def _register_heic() -> None:
    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()


def _upright(picture: Image.Image) -> Image.Image:
    """Turned by its EXIF, but for TIFF and HEIC, which Pillow turns itself."""
    picture.load()
    with suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture


def _planes(picture: Image.Image, profile: bytes | None) -> tuple[Any, Any]:
    """Colours in sRGB and alpha, each as floats 0..255."""
    alpha = np.full(picture.size[::-1], 255, np.float32)
    if picture.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"), np.float32)
        picture = picture.convert("RGB")
    if picture.mode.startswith("I;16"):
        grey = np.asarray(picture, np.float32) / 257
        return np.dstack([grey] * 3), alpha
    if picture.mode == "LAB":
        return _floats(_converted(picture, ImageCms.createProfile("LAB"))), alpha
    if picture.mode == "P":
        picture = picture.convert("RGB")
    if profile and profile[16:20] == {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}.get(picture.mode):
        return _floats(_converted(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)))), alpha
    return _floats(picture.convert("RGB")), alpha


def _converted(picture: Image.Image, profile: Any) -> Image.Image:
    changed = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return changed or picture


def _floats(picture: Image.Image) -> Any:
    return np.asarray(picture, np.float32)


def _told(picture: Image.Image) -> Iterator[tuple[str, Any]]:
    """What the file says of the photo, by kind; what is broken in the file is left out."""
    info = picture.info
    if info.get("icc_profile") and picture.mode not in ("CMYK", "LAB"):
        yield "colour profile", info["icc_profile"]
    if info.get("dpi"):
        # Where only EXIF tells a resolution, Pillow takes the horizontal one for both.
        yield "dpi", float(info["dpi"][0])
    if xmp := info.get("xmp") or info.get("XML:com.adobe.xmp"):
        yield "xmp", blocks.upright_xmp(xmp if isinstance(xmp, bytes) else xmp.encode())
    if info.get("comment"):
        yield "comment", info["comment"]
    if photoshop := info.get("photoshop"):
        yield "iptc", {number: block for number, block in photoshop.items() if number not in (0x0409, 0x040C)}
    yield from _exif(picture)


def _exif(picture: Image.Image) -> Iterator[tuple[str, Any]]:
    with suppress(Exception):
        exif = picture.getexif()
        for kind, found in (("exif", exif), ("exif's own", exif.get_ifd(0x8769)), ("gps", exif.get_ifd(0x8825))):
            tags = {tag: value for tag, value in found.items() if tag not in _OWN_TO_FILE}
            if tags:
                yield kind, tags


def _same(one: Any, other: Any) -> bool:
    """Whether they are equal; resolutions, and what may be counted in other units, to half a percent."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(value, other.get(key)) for key, value in one.items())
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(_same(*pair) for pair in zip(one, other, strict=True))
    with suppress(TypeError, ValueError, ZeroDivisionError):
        return bool(one == other) or abs(float(one) - float(other)) <= 0.005 * abs(float(one)) or one != one
    return bool(one == other)


if __name__ == "__main__":
    sys.exit(main())
