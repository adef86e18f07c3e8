import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.tiles import enlarge, inside, shrink, tiles

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


@given(st.integers(1, 30), st.integers(1, 30), st.integers(30, 99), st.integers(30, 99))
def test_shrunk_boxes_hold_what_enlarging_touches(h: int, w: int, height: int, width: int) -> None:
    for box in tiles(height, width, 29):
        left, top, right, bottom = shrink(box, (height, width), (h, w))
        assert 0 <= left <= (box[0] + 0.5) * w / width - 0.5 + 1
        assert 0 <= top <= (box[1] + 0.5) * h / height - 0.5 + 1
        assert w >= right >= min(w, (box[2] - 0.5) * w / width + 0.5)
        assert h >= bottom >= min(h, (box[3] - 0.5) * h / height + 0.5)
