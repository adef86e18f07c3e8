import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.compose import background, blend, join, side_by_side, sigma_of
from edgebokeh.styles import STYLES
from tests import tiny
from tests.conftest import SAMPLE

gaussian = STYLES["gaussian"]
dtypes = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(np.float64) - b) ** 2)))


def test_sigma_is_opencvs_rule() -> None:
    for kernel in (51, 151, 401):
        row = np.zeros((1, 2 * kernel + 1))
        row[0, kernel] = 1
        assert np.allclose(cv2.GaussianBlur(row, (kernel, 1), 0), cv2.GaussianBlur(row, (kernel, 1), sigma_of(kernel)))
    assert sigma_of(1) == 0


@dtypes
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 20))
def test_where_the_matte_is_1_the_photo_stays_and_where_it_is_0_the_background_comes(
    dtype: type, height: int, width: int, half: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (height, width, 3), dtype, endpoint=True)
    ones, zeros = np.ones((height, width), np.float32), np.zeros((height, width), np.float32)
    far = background(pixels, zeros, gaussian, sigma_of(2 * half + 1))
    assert np.array_equal(blend(pixels, ones, far), pixels)
    limit = np.iinfo(dtype).max
    expected = cv2.resize(np.rint(far).clip(0, limit).astype(dtype), (width, height), interpolation=cv2.INTER_LINEAR)
    assert np.abs(blend(pixels, zeros, far).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kernel", [3, 15, 51, 151, 401])
def test_the_reduced_background_is_close_to_the_exact_gaussian(kernel: int) -> None:
    pixels = cv2.resize(cv2.imread(str(SAMPLE)), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    matte = np.zeros(pixels.shape[:2], np.float32)
    fast = blend(pixels, matte, background(pixels, matte, gaussian, sigma_of(kernel)))
    exact = cv2.GaussianBlur(pixels, (0, 0), sigma_of(kernel))
    assert psnr(fast, exact) > 50


@dtypes
def test_nothing_of_the_subject_leaks_into_the_background(dtype: type) -> None:
    limit = np.iinfo(dtype).max
    pixels = np.full((200, 300, 3), limit // 2, dtype)
    matte = np.zeros((200, 300), np.float32)
    matte[60:140, 100:200] = 1
    pixels[matte == 1] = (0, 0, limit)
    result = blend(pixels, matte, background(pixels, matte, gaussian, 8.0))
    leak = np.abs(result[matte == 0].astype(float) - limit // 2) / limit * 255
    away = cv2.distanceTransform((matte == 0).astype(np.uint8), cv2.DIST_L2, 5)[matte == 0] > 16
    assert leak[away].max() < 1
    naive = np.abs(cv2.GaussianBlur(pixels, (0, 0), 8)[matte == 0].astype(float) - limit // 2) / limit * 255
    assert leak.mean() < naive.mean() / 10


def test_a_photo_that_is_all_subject_renders() -> None:
    pixels = tiny.picture()
    ones = np.ones(pixels.shape[:2], np.float32)
    assert np.isfinite(background(pixels, ones, gaussian, 5.0)).all()


@given(st.integers(0, 2**31))
def test_join_picks_each_pixel_whole(seed: int) -> None:
    generator = np.random.default_rng(seed)
    photo, blurred = generator.integers(0, 256, (2, 9, 11, 3), np.uint8)
    mask = generator.choice([0, 255], (9, 11)).astype(np.uint8)
    assert np.array_equal(join(photo, blurred, mask), np.where(mask[..., None] == 255, photo, blurred))


def test_side_by_side_keeps_the_panels_and_labels_them() -> None:
    one, two = np.full((50, 40, 3), 10, np.uint8), np.full((50, 40, 3), 200, np.uint8)
    sheet = side_by_side([("one", one), ("two", two)])
    assert np.array_equal(sheet[-50:, :40], one)
    assert np.array_equal(sheet[-50:, -40:], two)
    assert (sheet[:-50, :40] < 128).any()
    assert (sheet[:-50, -40:] < 128).any()
