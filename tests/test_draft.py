import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh import draft
from edgebokeh.errors import NoPersonError
from edgebokeh.formats import encode
from edgebokeh.images import Handling, Photo, decode
from edgebokeh.look import RANGES, Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.results import Task
from edgebokeh.stages import Clock
from edgebokeh.styles import STYLES
from tests import tiny


def photo(height: int = 1200, width: int = 1600) -> bytes:
    """A red subject in front of smooth colours, which reduce alike in every way."""
    pixels = tiny.picture(height, width)
    coarse = np.random.default_rng(3).integers(60, 200, (6, 8, 3), dtype=np.uint8)
    coarse[..., 2] //= 4
    behind = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    outside = np.ones((height, width), bool)
    outside[tiny.subject(height, width)] = False
    pixels[outside] = behind[outside]
    return encode(Photo(pixels), ".png")


PHOTO = photo()


def made(bokeh: Bokeh, look: Look, task: Task = "blur", data: bytes = PHOTO, side: int = 400) -> tuple[Photo, bool]:
    clock = Clock()
    small = draft.prepared(bokeh, data, look, side, name="it", handling=Handling(), clock=clock)
    return draft.drawn(small, task, look, name="it", threads=2, clock=clock)


def reduced(file: bytes, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(decode(file).pixels, size[::-1], interpolation=cv2.INTER_AREA)


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise."""
    error = np.mean((one.astype(float) - other) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


LOOKS = [
    *(Look(style=name) for name in STYLES),
    *(Look(style=name, strength=100) for name in STYLES),
    Look(kernel=31),
    Look(strength=80, falloff=30),
    Look(style="lens+grey", strength=50),
    Look(style="grey"),
    Look(style="color", color=(10, 200, 90)),
    Look(style="image", image=decode(photo(300, 500)).pixels),
    Look(feather=40, expand=30),
    Look(expand=-20),
    Look(classic=True),
    Look(classic=True, kernel=201),
    Look(quality="fast", subject="main"),
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.style}-{look.strength}-{look.kernel}-{look.quality}")
def test_a_draft_looks_like_the_whole(tiny_bokeh: Bokeh, look: Look) -> None:
    """Cells of a mosaic fall elsewhere, and a hard mask has other steps; all else is within 38 dB."""
    small, person = made(tiny_bokeh, look)
    whole = reduced(tiny_bokeh.convert(PHOTO, "blur", look)[0], (300, 400))
    assert person
    assert small.pixels.shape == (300, 400, 3)
    assert decibels(small.pixels, whole) > (26 if look.style == "pixelate" or look.classic else 38)


@pytest.mark.parametrize("look", [Look(), Look(expand=25, feather=30)])
def test_its_mask_and_cutout_are_the_whole_s(tiny_bokeh: Bokeh, look: Look) -> None:
    small, _ = made(tiny_bokeh, look, "mask")
    whole = reduced(tiny_bokeh.convert(PHOTO, "mask", look)[0], (300, 400))
    assert decibels(small.pixels, whole) > 35
    cut, _ = made(tiny_bokeh, look, "cutout")
    assert cut.alpha is not None
    assert decibels(cut.alpha, small.pixels[..., 0]) > 60


def test_photos_that_are_small_already_stay(tiny_bokeh: Bokeh) -> None:
    data = photo(60, 80)
    small, _ = made(tiny_bokeh, Look(), data=data)
    assert decibels(small.pixels, decode(tiny_bokeh.convert(data)[0]).pixels) > 45


def test_drawing_leaves_the_draft_as_it_is(tiny_bokeh: Bokeh) -> None:
    small = draft.prepared(tiny_bokeh, PHOTO, Look(), 300, name="it", handling=Handling(), clock=Clock())
    before = small.photo.pixels.copy(), small.matte.copy() if small.matte is not None else None
    for task in ("blur", "mask", "cutout"):
        draft.drawn(small, task, Look(feather=9), name="it", threads=1, clock=Clock())
    assert np.array_equal(before[0], small.photo.pixels)
    assert np.array_equal(before[1], small.matte)
    assert small.bytes == small.photo.pixels.nbytes * 4 // 3


def test_nobody_there(tiny_bokeh: Bokeh) -> None:
    data = encode(Photo(np.full((600, 800, 3), (0, 200, 0), np.uint8)), ".png")
    kept, person = made(tiny_bokeh, Look(), data=data)
    assert not person
    assert (kept.pixels == (0, 200, 0)).all()
    assert not made(tiny_bokeh, Look(), "mask", data=data)[0].pixels.any()
    with pytest.raises(NoPersonError, match="no person found in it"):
        made(tiny_bokeh, Look(no_person="fail"), data=data)
    assert not made(tiny_bokeh, Look(min_subject=50))[1]


def test_sixteen_bits_and_transparency(tiny_bokeh: Bokeh) -> None:
    pixels = tiny.picture(600, 800, np.uint16)
    alpha = np.full((600, 800), 30000, np.uint16)
    small, person = made(tiny_bokeh, Look(), data=encode(Photo(pixels, alpha), ".png"))
    assert person
    assert small.pixels.dtype == np.uint8
    assert small.alpha is not None
    assert small.alpha.dtype == np.uint8


@given(
    st.sampled_from(list(STYLES)),
    st.one_of(st.none(), st.integers(0, 4999).map(lambda half: 2 * half + 1)),
    st.integers(16, 9000),
    st.floats(0.01, 1),
)
def test_a_reduced_look_is_as_strong(style: str, kernel: int | None, side: int, times: float) -> None:
    look = Look(style=style, kernel=kernel)
    wanted = look.sigma_for(side, side // 2) * times
    small = look.reduced((side, side // 2), times)
    found = small.sigma_for(round(side * times) or 1, 1)
    assert found == pytest.approx(wanted, rel=0.1 + 1 / (side * times), abs=0.9 if small.kernel else 0.02)


@given(st.floats(*RANGES["expand"]), st.floats(*RANGES["feather"]), st.floats(0.01, 1))
def test_pixels_are_reduced(expand: float, feather: float, times: float) -> None:
    small = Look(expand=expand, feather=feather).reduced((100, 100), times)
    assert (small.expand, small.feather) == (expand * times, feather * times)
    assert Look(style="color", color=(1, 2, 3), quality="fast").reduced((10, 10), times) == Look(
        style="color", color=(1, 2, 3), quality="fast"
    )
