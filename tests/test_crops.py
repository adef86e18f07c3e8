import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.crops import area, grown, hull, joined, people, window

box = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def test_people_are_the_large_enough_regions_largest_first() -> None:
    matte = np.zeros((100, 200), np.float32)
    matte[10:20, 20:30] = 0.9
    matte[50:90, 100:180] = 0.6
    matte[0, 0] = 1
    assert people(matte, 0.002) == [(0.5, 0.5, 0.9, 0.9), (0.1, 0.1, 0.15, 0.2)]
    assert len(people(matte, 0)) == 3
    assert people(matte, 0.5) == []
    assert hull(people(matte, 0.002)) == (0.1, 0.1, 0.9, 0.9)


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1))
def test_a_grown_box_holds_the_box_and_stays_inside(height: int, width: int, margin: float) -> None:
    left, top, right, bottom = grown((0.25, 0.5, 0.75, 1.0), (height, width), margin)
    assert 0 <= left <= 0.25 * width
    assert 0 <= top <= 0.5 * height
    assert 0.75 * width <= right <= width
    assert bottom == height


@given(st.lists(box, max_size=6))
def test_joined_boxes_cover_the_same_and_hardly_overlap(boxes: list[tuple[int, int, int, int]]) -> None:
    rest = joined(boxes, 0.3)
    assert all(any(r[0] <= b[0] and r[1] <= b[1] and r[2] >= b[2] and r[3] >= b[3] for r in rest) for b in boxes)
    for i, one in enumerate(rest):
        for other in rest[:i]:
            wide = max(0, min(one[2], other[2]) - max(one[0], other[0]))
            high = max(0, min(one[3], other[3]) - max(one[1], other[1]))
            assert wide * high <= 0.3 * min(area(one), area(other))


def test_a_window_fades_only_inside_the_photo() -> None:
    weight = window((0, 10, 40, 50), (50, 100), 0.1)
    assert weight.shape == (40, 40)
    assert weight[-1, 0] == 1
    assert weight[0].max() == 0
    assert weight[:, -1].max() == 0
    assert weight[20, 20] == 1
    assert (window((0, 0, 7, 5), (5, 7)) == 1).all()
