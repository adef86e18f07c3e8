from typing import Any

import cv2
import numpy as np
import pytest

from edgebokeh.alpha import Alpha
from edgebokeh.backdrop import Focus, backdrop
from edgebokeh.compose import blend
from edgebokeh.images import Photo
from edgebokeh.look import OTHER_STYLES, Look
from edgebokeh.source import held
from edgebokeh.stages import Clock
from edgebokeh.styles import STYLES
from tests.conftest import SAMPLE

NEEDED: dict[str, dict[str, Any]] = {
    "color": {"color": (10, 20, 30)},
    "image": {"image": np.full((30, 20, 3), (1, 2, 3), np.uint8)},
}


def scene() -> tuple[np.ndarray, np.ndarray]:
    """The sample portrait at 1024 pixels, with a disc for its subject."""
    pixels = cv2.resize(cv2.imread(str(SAMPLE)), (1024, 1024), interpolation=cv2.INTER_CUBIC)
    matte = np.zeros((1024, 1024), np.float32)
    cv2.circle(matte, (400, 500), 200, 1, -1)
    return pixels, cv2.GaussianBlur(matte, (0, 0), 2)


def drawn(pixels: np.ndarray, matte: np.ndarray, look: Look) -> np.ndarray:
    source = held(Photo(pixels))
    return blend(pixels.copy(), Alpha(matte), backdrop(source, matte, look, Clock()))


def render(look: Look) -> np.ndarray:
    pixels, matte = scene()
    return drawn(pixels, matte, look)


def detail(picture: np.ndarray, rows: slice, columns: slice) -> float:
    return float(cv2.Laplacian(picture[rows, columns], cv2.CV_32F).std())


@pytest.mark.parametrize("style", [*STYLES, *OTHER_STYLES, "lens+grey", "grey+tilt"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (1, 30), (40, 50)])
def test_every_style_renders_every_photo(style: str, dtype: type, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (*size, 3), dtype)
    look = Look(style=style, **NEEDED.get(style, {}))
    for value in (0, 1):
        matte = np.full(size, value, np.float32)
        result = drawn(pixels, matte, look)
        assert (result.shape, result.dtype) == (pixels.shape, dtype)
        assert not value or np.array_equal(result, pixels)


@pytest.mark.parametrize("style", [style for style in STYLES if style not in ("tilt", "zoom", "pixelate")])
def test_a_blur_smooths_the_background_and_leaves_the_subject(style: str) -> None:
    pixels, _ = scene()
    result = render(Look(style=style, strength=40))
    assert detail(result, slice(0, 200), slice(700, 1000)) < detail(pixels, slice(0, 200), slice(700, 1000)) * 0.8
    assert np.array_equal(result[400:600, 300:500], pixels[400:600, 300:500])


@pytest.mark.parametrize("style", [*STYLES, "lens+grey"])
@pytest.mark.parametrize("nothing", [{"strength": 0}, {"kernel": 1}], ids=["strength 0", "kernel 1"])
def test_no_strength_is_the_photo(style: str, nothing: dict[str, Any]) -> None:
    pixels, matte = scene()
    result = render(Look(style=style, **nothing))
    seen = np.ones(matte.shape, bool) if style in STYLES else matte == 1
    assert np.array_equal(result[seen], pixels[seen])


def test_a_weak_blur_of_a_large_photo_is_as_weak_as_asked() -> None:
    pixels = cv2.resize(cv2.imread(str(SAMPLE)), (3000, 3000), interpolation=cv2.INTER_CUBIC)
    pixels = cv2.add(pixels, np.random.default_rng(3).integers(0, 30, pixels.shape, np.uint8))
    matte = np.zeros((3000, 3000), np.float32)
    exact = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    result = drawn(pixels, matte, Look(kernel=3))
    asked, got = np.abs(exact.astype(int) - pixels).mean(), np.abs(result.astype(int) - pixels).mean()
    assert got == pytest.approx(asked, rel=0.4)


def test_the_band_of_tilt_is_the_photo_at_any_scale() -> None:
    pixels = cv2.imread(str(SAMPLE))
    matte = np.zeros(pixels.shape[:2], np.float32)
    cv2.circle(matte, (200, 250), 100, 1, -1)
    matte = cv2.GaussianBlur(matte, (0, 0), 2)
    for strength in (3, 40):
        look = Look(style="tilt", line=50, band=40, strength=strength)
        result = drawn(pixels, matte, look)
        assert np.abs(result[180:330].astype(int) - pixels[180:330]).max() <= 1


def test_tilt_is_sharp_at_its_line_and_blurred_away_from_it() -> None:
    pixels, _ = scene()
    result = render(Look(style="tilt", line=85, band=15, strength=60))
    line, away = (slice(840, 900), slice(700, 1000)), (slice(0, 200), slice(700, 1000))
    assert np.abs(result[line].astype(int) - pixels[line]).max() <= 1
    assert detail(result, *away) < detail(pixels, *away) / 2
    assert Focus(scene()[1]).foot == pytest.approx(700 / 1024, abs=0.005)


def test_falloff_grows_away_from_the_subject() -> None:
    pixels, matte = scene()
    result = render(Look(strength=60, falloff=30)).astype(int)
    distance = cv2.distanceTransform((matte < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    change = np.abs(result - pixels).mean(axis=2)
    near, far = (distance > 4) & (distance < 12), distance > 350
    assert change[near].mean() < 1.5
    assert change[far].mean() > 4 * change[near].mean()
    assert np.abs(render(Look(strength=60)).astype(int) - pixels).mean(axis=2)[near].mean() > 3 * change[near].mean()


def test_a_colour_and_a_picture_replace_the_background() -> None:
    plain = render(Look(style="color", color=(250, 10, 20)))
    assert plain[5, 5].tolist() == [20, 10, 250]
    source = held(Photo(np.zeros((4, 4, 3), np.uint16)))
    deep = backdrop(source, np.zeros((4, 4), np.float32), Look(style="color", color=(255, 0, 0)), Clock())
    assert deep.picture[0, 0].tolist() == [0, 0, 65535]
    other = np.random.default_rng(2).integers(0, 256, (1024, 1024, 3), np.uint8)
    shown = render(Look(style="image", image=other))
    assert np.array_equal(shown[:200], other[:200])


@pytest.mark.parametrize("style", ["grey", "lens+grey"])
def test_grey_takes_the_colour_from_the_background_alone(style: str) -> None:
    pixels, _ = scene()
    result = render(Look(style=style))
    assert np.ptp(result[:200].astype(int), axis=2).max() <= 1
    assert np.array_equal(result[400:600, 300:500], pixels[400:600, 300:500])


def test_highlights_make_bright_spots_bloom() -> None:
    pixels, matte = np.full((400, 400, 3), 30, np.uint8), np.zeros((400, 400), np.float32)
    pixels[200:204, 200:204] = 255
    seen = [drawn(pixels, matte, Look(style="lens", kernel=51, highlights=gain)) for gain in (0, 50, 100)]
    assert seen[0].max() < seen[1].max() < seen[2].max()
    lit = seen[2][..., 0] > 100
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    # A disc of a radius of two sigma, sigma 8.
    assert np.ptp(rows) == pytest.approx(32, abs=5)
    assert np.ptp(columns) == pytest.approx(32, abs=5)


def test_zoom_leaves_the_subjects_middle_sharp() -> None:
    pixels, matte = scene()
    focus = Focus(matte)
    assert (focus.x, focus.y) == (pytest.approx(400 / 1024, abs=0.01), pytest.approx(500 / 1024, abs=0.01))
    nobody = np.zeros_like(matte)
    assert (Focus(nobody).x, Focus(nobody).y, Focus(nobody).foot) == (0.5, 0.5, 1.0)
    result = drawn(pixels, nobody, Look(style="zoom", strength=60))
    middle, corner = np.s_[500:524, 500:524], np.s_[:100, :100]
    assert (
        np.abs(result[middle].astype(int) - pixels[middle]).mean()
        < np.abs(result[corner].astype(int) - pixels[corner]).mean() + 1
    )
