import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.tiles import TILE, enlarge, inside, reduce, rows_of_runs, tiles

sides = st.integers(1, 90)


@given(sides, sides, st.integers(1, 40))
def test_tiles_cover_every_pixel_once(height: int, width: int, side: int) -> None:
    seen = np.zeros((height, width), int)
    for box in tiles(height, width, side):
        seen[inside(box)] += 1
        assert box[2] - box[0] <= side
        assert box[3] - box[1] <= side
    assert (seen == 1).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@given(st.integers(1, 20), st.integers(1, 20), st.integers(20, 90), st.integers(20, 90))
def test_enlarged_tiles_are_the_enlarged_picture(dtype: type, h: int, w: int, height: int, width: int) -> None:
    limit = 1 if dtype == np.float32 else np.iinfo(dtype).max
    small = (np.random.default_rng(h * 91 + w).random((h, w, 3)) * limit).astype(dtype)
    whole = cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    for box in tiles(height, width, 37):
        part = enlarge(small, (height, width), box)
        assert part.dtype == dtype
        # OpenCV's warp places pixels to 1/32.
        assert np.abs(part - whole[inside(box)]).max() <= limit / 16 + 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 2, 3, 8]))
def test_a_whole_number_of_times_is_enlarged_exactly(dtype: type, h: int, w: int, times: int) -> None:
    small = (np.random.default_rng(h * 91 + w).random((h, w, 3)) * 255).astype(dtype)
    whole = cv2.resize(small, (w * times, h * times), interpolation=cv2.INTER_LINEAR)
    for box in tiles(h * times, w * times, 5):
        # Of floating-point numbers OpenCV rounds the sums in another order.
        tolerance = 1e-4 if dtype == np.float32 else 0
        part = enlarge(small, (h * times, w * times), box).astype(np.float64)
        assert np.abs(part - whole[inside(box)]).max() <= tolerance


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 4, 8, 16]))
def test_reducing_takes_means_and_covers_all(height: int, width: int, times: int) -> None:
    picture = np.random.default_rng(height * 41 + width).integers(0, 256, (height, width, 3), np.uint8)
    small = reduce(picture, times)
    assert (small.shape, small.dtype) == ((-(-height // times), -(-width // times), 3), np.uint8)
    rows, columns = height // times, width // times
    cells = picture[: rows * times, : columns * times].reshape(rows, times, columns, times, 3)
    assert np.abs(small[:rows, :columns] - cells.mean(axis=(1, 3))).max(initial=0) <= 0.5 * np.log2(times) + 1e-6


@given(st.integers(1, 3), st.integers(1, 300), st.integers(1, 300), st.integers(0, 70), st.integers(0, 2**20))
def test_runs_cover_every_pixel_once_and_say_what_is_there(
    times: int, height: int, width: int, reach: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    h, w = -(-height // times), -(-width // times)
    matte = np.zeros((h, w), np.float32)
    for value in (1, 0.5, 1):
        y, x, size = generator.integers(0, h), generator.integers(0, w), generator.integers(0, 200)
        matte[y : y + size, x : x + size] = value
    frame = (h * times, w * times)
    whole = enlarge(matte, frame, (0, 0, frame[1], frame[0]))
    seen = np.zeros((height, width), int)
    for row in rows_of_runs(matte, frame, (height, width), reach):
        for box, value in row:
            seen[inside(box)] += 1
            if value is not None:
                left, top = max(0, box[0] - reach), max(0, box[1] - reach)
                assert (whole[top : box[3] + reach, left : box[2] + reach] == value).all()
    assert (seen == 1).all()


def test_neighbours_without_an_edge_are_one_run() -> None:
    matte = np.zeros((4 * TILE, 14 * TILE), np.float32)
    matte[:, : 6 * TILE] = 1
    rows = rows_of_runs(matte, matte.shape, matte.shape)
    assert [[value for _, value in row] for row in rows] == [[1, None, 0]] * 4
