"""Where the people are: boxes around them, joined where they overlap, and how a crop's matte fades into the whole."""

from collections.abc import Sequence

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Matte
from edgebokeh.tiles import Box

Share = tuple[float, float, float, float]
"""A box as shares of the picture's width and height: left, top, right, bottom."""


def people(matte: Matte, smallest: float) -> list[Share]:
    """A box around each connected region of the matte above 1/2, largest first.

    smallest: regions of a smaller share of the picture are left out.
    """
    height, width = matte.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats((matte > 0.5).astype(np.uint8))
    regions = sorted((row for row in stats[1:].tolist() if row[4] >= smallest * matte.size), key=lambda row: -row[4])
    return [(x / width, y / height, (x + w) / width, (y + h) / height) for x, y, w, h, _ in regions]


def hull(boxes: Sequence[Share]) -> Share:
    """The smallest box that holds all of them."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def grown(box: Share, size: tuple[int, int], margin: float) -> Box:
    """The box in pixels of a photo of (height, width), with `margin` of its longer side added all round."""
    height, width = size
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    more = margin * max(right - left, bottom - top)
    low = max(0, int(left - more)), max(0, int(top - more))
    return *low, min(width, int(right + more) + 1), min(height, int(bottom + more) + 1)


def within(box: Box, part: Share, size: tuple[int, int]) -> Share:
    """A part of a box of a photo of (height, width), given as shares of the box, as shares of the photo."""
    left, top, right, bottom = box
    width, height = (right - left) / size[1], (bottom - top) / size[0]
    corner = left / size[1], top / size[0]
    return (
        corner[0] + part[0] * width,
        corner[1] + part[1] * height,
        corner[0] + part[2] * width,
        corner[1] + part[3] * height,
    )


def union(one: Box, other: Box) -> Box:
    """The smallest box that holds both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def joined(boxes: Sequence[Box], overlap: float = 0.3) -> list[Box]:
    """The boxes, where two of which share more than `overlap` of the smaller one's area are replaced by their hull."""
    for i, one in enumerate(boxes):
        for j, other in enumerate(boxes[:i]):
            width = min(one[2], other[2]) - max(one[0], other[0])
            height = min(one[3], other[3]) - max(one[1], other[1])
            if width > 0 and height > 0 and width * height > overlap * min(area(one), area(other)):
                return joined([union(one, other), *(box for k, box in enumerate(boxes) if k not in (i, j))], overlap)
    return list(boxes)


def area(box: Box) -> int:
    """In pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def window(box: Box, size: tuple[int, int], part: float = 0.05) -> Floats:
    """How much a crop's matte counts, H×W of the box: 1 inside, down to 0 within `part` of each side that is not the
    border of the photo of (height, width) `size`."""
    left, top, right, bottom = box
    rows = _ramp(bottom - top, part, top == 0, bottom == size[0])
    return rows[:, None] * _ramp(right - left, part, left == 0, right == size[1])


def _ramp(length: int, part: float, starts: bool, ends: bool) -> Floats:
    rise = np.arange(length, dtype=np.float32) / max(2.0, part * length)
    level = np.ones(length, np.float32)
    ramp: Floats = np.minimum(np.minimum(level if starts else rise, level if ends else rise[::-1]), 1)
    return ramp
