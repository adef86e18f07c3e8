from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.alpha import Alpha, Colours
from edgebokeh.backdrop import backdrop
from edgebokeh.compose import (
    Backdrop,
    Tone,
    background,
    blend,
    covering,
    decontaminated,
    join,
    own_variance,
    reduction,
    side_by_side,
    weighing,
)
from edgebokeh.images import Photo
from edgebokeh.look import Look
from edgebokeh.matte import colours, refined
from edgebokeh.source import held
from edgebokeh.stages import Clock
from edgebokeh.styles import STYLES
from edgebokeh.tiles import reduce
from tests import tiny
from tests.conftest import SAMPLE

gaussian = STYLES["gaussian"].blur


def drawn(pixels: np.ndarray, matte: np.ndarray, far: Backdrop, colour: Colours | None = None) -> np.ndarray:
    """`blend` on a copy."""
    return blend(pixels.copy(), Alpha(matte), far, colour)


def behind(pixels: np.ndarray, matte: np.ndarray, sigma: float, style: str = "gaussian") -> Backdrop:
    """The blurred background as `backdrop` makes it."""
    scale = reduction(sigma, STYLES[style].detail, matte.size)
    before = weighing(scale, matte.size)
    far = background(reduce(pixels, before), matte, STYLES[style].blur, sigma, scale, before)
    return Backdrop(far, scale)


dtypes = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(np.float64) - b) ** 2)))


def sample(scale: float = 2) -> np.ndarray:
    return cv2.resize(cv2.imread(str(SAMPLE)), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


@dtypes
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 20))
def test_where_the_matte_is_1_the_photo_stays_and_where_it_is_0_the_background_comes(
    dtype: type, height: int, width: int, sigma: float
) -> None:
    limit = np.iinfo(dtype).max
    pixels = np.random.default_rng(1).integers(0, limit, (height, width, 3), dtype, endpoint=True)
    ones, zeros = np.ones((height, width), np.float32), np.zeros((height, width), np.float32)
    far = behind(pixels, zeros, sigma)
    assert np.array_equal(drawn(pixels, ones, far), pixels)
    rows, columns = far.picture.shape[0] * far.scale, far.picture.shape[1] * far.scale
    expected = cv2.resize(far.picture, (columns, rows), interpolation=cv2.INTER_LINEAR)[:height, :width]
    # One step for rounding before the enlarging and one after it; 16 bits are interpolated in coarser fractions.
    steps = 2 if dtype == np.uint8 else limit / 1000
    assert np.abs(drawn(pixels, zeros, far) - expected).max() <= steps


@pytest.mark.parametrize("kernel", [3, 15, 51, 151, 401])
def test_the_reduced_background_is_close_to_the_exact_gaussian(kernel: int) -> None:
    pixels = sample()
    matte = np.zeros(pixels.shape[:2], np.float32)
    sigma = Look(kernel=kernel).sigma_for(*pixels.shape[:2])
    fast = drawn(pixels, matte, behind(pixels, matte, sigma))
    assert psnr(fast, cv2.GaussianBlur(pixels, (0, 0), sigma)) > 50


@pytest.mark.parametrize("kernel", [9, 11, 15, 21, 51, 201])
def test_so_it_is_in_a_large_photo(kernel: int) -> None:
    noise = np.random.default_rng(1).normal(0, 4, (2900, 2900, 1))
    pixels = np.clip(cv2.resize(sample(1), (2900, 2900)) + noise, 0, 255).astype(np.uint8)
    sigma = Look(kernel=kernel).sigma_for(2900, 2900)
    source = held(Photo(pixels))
    nobody = np.zeros(source.small.shape[:2], np.float32)
    fast = blend(pixels.copy(), Alpha(nobody, source.frame), backdrop(source, nobody, Look(kernel=kernel), Clock()))
    assert psnr(fast, cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), sigma)) > 50


def test_the_variance_that_reducing_adds_is_as_stated() -> None:
    point = np.zeros((240, 240), np.float32)
    for scale in (2, 4, 8):
        spread = []
        for offset in range(scale):
            point[:] = 0
            point[120 + offset, 120 + offset] = 1
            small = cv2.resize(point, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
            row = cv2.resize(small, (240, 240), interpolation=cv2.INTER_LINEAR).sum(axis=0)
            spread.append((row * (np.arange(240) - 120 - offset) ** 2).sum() / row.sum())
        assert np.mean(spread) == pytest.approx(own_variance(scale), rel=1e-3)
    assert own_variance(1) == 0


def test_a_weak_blur_of_a_large_photo_is_not_made_at_full_size() -> None:
    assert reduction(3.5, 4.0, 12_000_000) == 4
    assert reduction(2.0, 4.0, 12_000_000) == 2
    assert reduction(0.5, 4.0, 12_000_000) == 2
    assert reduction(0.5, 4.0, 3_000_000) == 1
    assert reduction(0.5, 4.0, 48_000_000) == 2
    assert reduction(2.0, 4.0, 1_000_000) == 1
    assert reduction(40.0, 4.0, 12_000_000) == 8
    assert reduction(30.5, 2.0, 12_000_000) == 8


def test_the_reduction_keeps_the_detail_and_ends() -> None:
    assert reduction(Look(kernel=51).sigma_for(3000, 4000), 2, 12_000_000) == 4
    assert [reduction(sigma, 2) for sigma in (0, 1, 4, 7.1, 7.4, 9.9, 1000)] == [1, 1, 2, 2, 4, 4, 8]
    assert [weighing(scale, 1_000_000) for scale in (1, 2, 4, 8)] == [1, 1, 2, 2]
    assert weighing(4, 48_000_000) == 4


@dtypes
@pytest.mark.parametrize("style", STYLES)
def test_nothing_of_the_subject_leaks_into_the_background(style: str, dtype: type) -> None:
    limit = np.iinfo(dtype).max
    pixels = np.full((200, 300, 3), limit // 2, dtype)
    matte = np.zeros((200, 300), np.float32)
    matte[60:140, 100:200] = 1
    pixels[matte == 1] = (0, 0, limit)
    result = drawn(pixels, matte, behind(pixels, matte, 8.0, style))
    leak = np.abs(result[matte == 0].astype(float) - limit // 2) / limit * 255
    away = cv2.distanceTransform((matte == 0).astype(np.uint8), cv2.DIST_L2, 5)[matte == 0] > 16
    assert leak[away].max() < 1
    naive = np.abs(cv2.GaussianBlur(pixels, (0, 0), 8)[matte == 0].astype(float) - limit // 2) / limit * 255
    assert leak.mean() < naive.mean() / 10


def scores(photo: np.ndarray, alpha: np.ndarray, plate: np.ndarray) -> tuple[float, float, float]:
    """PSNR to the ideal picture, from the exact alpha: of blurring everything, of the compositor, and with colours."""
    sigma, weight = 12.0, 1 - alpha[..., None]
    plate = plate.astype(np.float32)
    ideal = np.clip(photo - weight * plate + weight * cv2.GaussianBlur(plate, (0, 0), sigma), 0, 255)
    naive = alpha[..., None] * photo + weight * cv2.GaussianBlur(photo.astype(np.float32), (0, 0), sigma)
    far = behind(photo, alpha, sigma)
    source = held(Photo(photo))
    colour = colours(source.small, alpha, source.frame)
    return psnr(naive, ideal), psnr(drawn(photo, alpha, far), ideal), psnr(drawn(photo, alpha, far, colour), ideal)


def test_with_the_exact_alpha_the_picture_is_nearly_ideal_and_colours_help() -> None:
    plate = cv2.GaussianBlur(sample()[:, ::-1], (0, 0), 10)
    alpha = np.zeros(plate.shape[:2], np.float32)
    cv2.ellipse(alpha, (520, 600), (240, 380), 10, 0, 360, 1, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.5)
    front = cv2.rotate(sample(), cv2.ROTATE_180)
    photo = np.rint(front * alpha[..., None] + plate * (1 - alpha[..., None])).astype(np.uint8)
    naive, plain, estimated = scores(photo, alpha, plate)
    assert plain > max(40, naive + 4)
    assert estimated > max(43, plain + 2)


def test_the_same_on_real_hair(shared: Callable[[str], Path]) -> None:
    rows = []
    for file in sorted(shared("eval/composites/images").iterdir())[::2]:
        alpha = cv2.imread(str(shared(f"eval/composites/alphas/{file.stem}.png")), cv2.IMREAD_GRAYSCALE)
        plate = cv2.imread(str(shared(f"eval/composites/plates/{file.stem}.jpg")))
        rows.append(scores(cv2.imread(str(file)), (alpha / np.float32(255)).astype(np.float32), plate))
    _, plain, estimated = np.mean(rows, axis=0)
    assert plain > 41.5
    assert estimated > 43.5


def test_a_cutout_carries_none_of_the_old_background() -> None:
    alpha = cv2.GaussianBlur(np.pad(np.ones((300, 300), np.float32), 300), (0, 0), 3)
    red, green = np.array([0, 0, 200.0]), np.array([0, 200.0, 0])
    photo = np.rint(alpha[..., None] * red + (1 - alpha[..., None]) * green).astype(np.uint8)
    found = decontaminated(photo.copy(), Alpha(alpha), colours(photo, alpha, photo.shape[:2]))
    edge = (alpha > 0.3) & (alpha < 0.9)
    assert photo[edge][:, 1].mean() > 50
    assert found[edge][:, 1].mean() < photo[edge][:, 1].mean() / 2
    assert np.array_equal(found[alpha == 1], photo[alpha == 1])
    assert (found[:20, :20] == 0).all()


@dtypes
@pytest.mark.parametrize("side", [1500, 2300])
def test_tiles_leave_no_seams(dtype: type, side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cv2.resize(sample(1), (side + 3, side), interpolation=cv2.INTER_CUBIC).astype(dtype)
    source = held(Photo(plain * (np.iinfo(dtype).max // 255)))
    coarse = np.zeros(source.small.shape[:2], np.float32)
    cv2.circle(coarse, (coarse.shape[1] // 2, coarse.shape[0] // 2), coarse.shape[0] // 3, 1, -1)
    matte = refined(source.small, cv2.GaussianBlur(coarse, (0, 0), 9), source.frame, 0.015, 1e-4)
    colour = colours(source.small, matte.coarse, source.frame)
    far = backdrop(source, matte.coarse, Look(), Clock())
    photo = source.photo(Clock()).pixels
    tiled = blend(photo.copy(), matte, far, colour)
    monkeypatch.setattr("edgebokeh.tiles.TILE", 8192)
    whole = blend(photo.copy(), matte, far, colour)
    # Where the grids do not fit, OpenCV's warp places pixels to 1/32, from each tile's own corner.
    step = np.iinfo(dtype).max / 255
    assert np.abs(tiled.astype(int) - whole).max() <= (1 if side == 2300 else 4) * step
    assert np.abs(tiled.astype(int) - whole).mean() <= 0.02 * step
    assert (tiled != photo).any()


def test_a_sharp_backdrop_is_the_photo_and_a_grey_one_is_without_colour() -> None:
    pixels = tiny.picture()
    matte = np.zeros((60, 80), np.float32)
    matte[tiny.subject()] = 1
    far = np.zeros((6, 8, 3), np.float32)
    everywhere, nowhere = np.ones((6, 8), np.float32), np.zeros((6, 8), np.float32)
    assert np.array_equal(drawn(pixels, matte, Backdrop(far, sharp=everywhere)), pixels)
    assert np.array_equal(drawn(pixels, matte, Backdrop(far, sharp=nowhere)), drawn(pixels, matte, Backdrop(far)))
    grey = drawn(pixels, matte, Backdrop(far, sharp=everywhere, grey=True))
    assert np.array_equal(grey[matte == 1], pixels[matte == 1])
    assert np.ptp(grey[matte == 0].astype(int), axis=1).max() == 0


def test_a_tone_is_bent_and_unbent() -> None:
    pixels = tiny.picture()
    zeros = np.zeros((60, 80), np.float32)
    square, root = Tone(np.square, np.sqrt), Tone(lambda image: image, lambda image: image)
    assert np.allclose(background(pixels, zeros, gaussian, 0, 1, tone=square), pixels, atol=0.01)
    brighter = background(pixels, zeros, gaussian, 4, 2, tone=square) - background(
        pixels, zeros, gaussian, 4, 2, tone=root
    )
    assert brighter[..., 1].mean() > 1


def test_a_photo_that_is_all_subject_renders() -> None:
    pixels = tiny.picture()
    ones = np.ones(pixels.shape[:2], np.float32)
    assert np.isfinite(background(pixels, ones, gaussian, 5.0, 2)).all()


@given(st.integers(0, 2**31))
def test_join_picks_each_pixel_whole(seed: int) -> None:
    generator = np.random.default_rng(seed)
    photo, blurred = generator.integers(0, 256, (2, 9, 11, 3), np.uint8)
    mask = generator.choice([0, 255], (9, 11)).astype(np.uint8)
    assert np.array_equal(join(photo, blurred.copy(), mask), np.where(mask[..., None] == 255, photo, blurred))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_another_picture_covers_the_photo_in_its_own_proportions(h: int, w: int, rows: int, columns: int) -> None:
    picture = np.full((h, w, 3), 65535, np.uint16)
    cover = covering(picture, (rows, columns), np.dtype(np.uint8))
    assert (cover == 255).all()
    assert cover.shape[0] <= max(h, rows)
    assert cover.shape[1] <= max(w, columns)


@pytest.mark.parametrize(("size", "kept"), [((40, 20), np.s_[:, 15:35]), ((20, 50), np.s_[10:30])])
def test_another_picture_is_cut_around_its_middle(size: tuple[int, int], kept: tuple[slice, ...]) -> None:
    picture = sample(1)[:40, :50]
    assert np.array_equal(covering(picture, size, np.dtype(np.uint8)), picture[kept])


def test_side_by_side_keeps_the_panels_and_labels_them() -> None:
    one, two = np.full((50, 40, 3), 10, np.uint8), np.full((50, 40, 3), 200, np.uint8)
    sheet = side_by_side([("one", one), ("two", two)])
    assert np.array_equal(sheet[-50:, :40], one)
    assert np.array_equal(sheet[-50:, -40:], two)
    assert (sheet[:-50, :40] < 128).any()
    assert (sheet[:-50, -40:] < 128).any()
