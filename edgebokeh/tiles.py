"""A full-size picture worked through in squares, so that little memory is in use at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Pixels

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie outside."""

TILE = 256
"""Side of a tile in pixels: small enough that few tiles hold an edge, large enough that calls cost nothing."""


def tiles(height: int, width: int, side: int = TILE) -> Iterator[Box]:
    """Boxes of at most side×side that cover height×width without overlap, row by row."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield left, top, min(left + side, width), min(top + side, height)


def each(height: int, width: int, work: Callable[[Box], None]) -> None:
    """Calls `work` with every tile's box, on as many threads as OpenCV uses (cv2.setNumThreads).

    The tiles do not depend on each other, so the result does not depend on the number of threads.
    """
    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
        # The list is what raises an error of `work` here.
        list(pool.map(work, tiles(height, width)))


def inside(box: Box) -> tuple[slice, slice]:
    """The index of a box in an array: rows, columns."""
    return slice(box[1], box[3]), slice(box[0], box[2])


def enlarge(small: Floats | Pixels, size: tuple[int, int], box: Box) -> Floats:
    """What `box` shows of a small picture that is enlarged linearly to (height, width) `size`.

    The pixel grids are aligned as in cv2.resize, so that neighbouring boxes fit without a seam.
    small: h×w or h×w×C with up to four channels, uint8, uint16 or float32. Returns the box's size and the same dtype.
    """
    scale_x, scale_y = small.shape[1] / size[1], small.shape[0] / size[0]
    shift_x, shift_y = (box[0] + 0.5) * scale_x - 0.5, (box[1] + 0.5) * scale_y - 0.5
    to_small = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        small, to_small, (box[2] - box[0], box[3] - box[1]), flags=how, borderMode=cv2.BORDER_REPLICATE
    )


def shrink(box: Box, size: tuple[int, int], small: tuple[int, int]) -> Box:
    """The box of pixels of a small picture, of (height, width) `small`, that the box of the large one touches."""
    scale_x, scale_y = small[1] / size[1], small[0] / size[0]
    left, top = max(0, int(box[0] * scale_x) - 1), max(0, int(box[1] * scale_y) - 1)
    return left, top, min(small[1], int(box[2] * scale_x) + 2), min(small[0], int(box[3] * scale_y) + 2)
