"""A full-size picture worked through in pieces, so that little memory is in use at a time."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.threads import each

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie outside."""

Run = tuple[Box, float | None]
"""A box, and the one value that a matte has all over it: 0 or 1; None where the matte varies."""

TILE = 128
"""Side of a tile in pixels: small enough that few tiles hold an edge, large enough that calls cost little."""

LONGEST = 8
"""So many tiles are worked through as one at most: what they need has to fit the processor's cache, but threads that
call often get in each other's way."""

HALVED_ROWS = 512
"""Of a reduced picture, in one call."""


def tiles(height: int, width: int, side: int = TILE) -> Iterator[Box]:
    """Boxes of at most side×side that cover height×width without overlap, row by row."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield left, top, min(left + side, width), min(top + side, height)


def rows_of_runs(matte: Matte, frame: tuple[int, int], size: tuple[int, int], reach: int = 0) -> list[list[Run]]:
    """Boxes that cover a photo, a list for each row of tiles, where neighbours on which a matte is the same are joined.

    matte: h×w, it covers (height, width) `frame`, of which the photo is the (height, width) `size` at the top left.
    reach: the matte has to be the same also so many pixels around a box.
    """
    tops, lefts = range(0, size[0], TILE), range(0, size[1], TILE)
    rows = [_touched(top, min(top + TILE, size[0]), frame[0], matte.shape[0], reach) for top in tops]
    columns = [_touched(left, min(left + TILE, size[1]), frame[1], matte.shape[1], reach) for left in lefts]
    varies = _counts(matte > 0, rows, columns) > 0
    not_full = _counts(matte < 1, rows, columns) > 0
    kinds = np.where(varies & not_full, -1, np.where(varies, 1, 0)).tolist()
    return [list(_joined(top, line, size)) for top, line in zip(tops, kinds, strict=True)]


def _touched(start: int, end: int, frame: int, cells: int, reach: int) -> tuple[int, int]:
    """First and last+1 of the cells that pixels from `start` to `end` get their value from, when `frame` pixels do."""
    scale = cells / frame
    return max(0, int((start - reach) * scale) - 1), min(cells, int((end + reach) * scale) + 2)


def _counts(flags: Matte, rows: Sequence[tuple[int, int]], columns: Sequence[tuple[int, int]]) -> Floats:
    """How many flags are set in each pair of a range of rows and a range of columns (Crow 1984, summed areas)."""
    total = cv2.integral(flags.astype(np.uint8))
    (tops, bottoms), (lefts, rights) = np.transpose(rows), np.transpose(columns)
    strips = total[bottoms] - total[tops]
    counts: Floats = strips[:, rights] - strips[:, lefts]
    return counts


def _joined(top: int, kinds: Sequence[int], size: tuple[int, int]) -> Iterator[Run]:
    bottom = min(top + TILE, size[0])
    for kind, group in groupby(range(len(kinds)), key=lambda column: kinds[column]):
        columns = list(group)
        for first in range(columns[0], columns[-1] + 1, LONGEST):
            right = min(min(first + LONGEST, columns[-1] + 1) * TILE, size[1])
            yield (first * TILE, top, right, bottom), None if kind < 0 else float(kind)


def inside(box: Box) -> tuple[slice, slice]:
    """The index of a box in an array: rows, columns."""
    return slice(box[1], box[3]), slice(box[0], box[2])


def enlarge(small: Floats | Pixels, size: tuple[int, int], box: Box) -> Floats:
    """What `box` shows of a small picture that is enlarged linearly to (height, width) `size`.

    The pixel grids are aligned as in cv2.resize, so that neighbouring boxes fit without a seam; a whole number of times
    goes several times as fast as any other.
    small: h×w or h×w×C with up to four channels, uint8, uint16 or float32. Returns the box's size and the same dtype.
    """
    times = size[0] // small.shape[0]
    if size == small.shape[:2]:
        return small[inside(box)]
    if small.shape[:2] == (1, 1):
        return np.repeat(np.repeat(small, box[3] - box[1], axis=0), box[2] - box[0], axis=1)
    if size == (small.shape[0] * times, small.shape[1] * times):
        return _enlarge_evenly(small, times, box)
    scale_x, scale_y = small.shape[1] / size[1], small.shape[0] / size[0]
    shift_x, shift_y = (box[0] + 0.5) * scale_x - 0.5, (box[1] + 0.5) * scale_y - 0.5
    to_small = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        small, to_small, (box[2] - box[0], box[3] - box[1]), flags=how, borderMode=cv2.BORDER_REPLICATE
    )


def _enlarge_evenly(small: Floats | Pixels, times: int, box: Box) -> Floats:
    left, top = max(0, box[0] // times - 1), max(0, box[1] // times - 1)
    part = small[top : -(-box[3] // times) + 1, left : -(-box[2] // times) + 1]
    large = cv2.resize(part, (part.shape[1] * times, part.shape[0] * times), interpolation=cv2.INTER_LINEAR)
    left, top = left * times, top * times
    return large[box[1] - top : box[3] - top, box[0] - left : box[2] - left]


def reduce(picture: Floats | Pixels, times: int) -> Floats:
    """A picture, h×w or h×w×C, reduced by area a power of two times: ceil(h / times)×ceil(w / times), same dtype.

    Each pixel is the mean of times×times; what the last row and column lack of that is taken to be like the rest.
    Whole numbers are rounded after each halving, which OpenCV does three times as fast as a reduction in one go.
    """
    while times > 1:
        picture, times = _halved(picture), times // 2
    return picture


def _halved(picture: Floats | Pixels) -> Floats:
    height, width = picture.shape[:2]
    half = np.empty(((height + 1) // 2, (width + 1) // 2, *picture.shape[2:]), picture.dtype)
    rows, columns = height // 2, width // 2

    def draw(top: int) -> None:
        part = half[top : min(top + HALVED_ROWS, rows), :columns]
        whole = picture[2 * top : 2 * (top + len(part)), : 2 * columns]
        cv2.resize(whole, (columns, len(part)), dst=part, interpolation=cv2.INTER_AREA)

    if columns:
        each(range(0, rows, HALVED_ROWS), draw)
    if width % 2:
        half[:, -1:] = _halved(np.repeat(picture[:, -1:], 2, axis=1)).reshape(half[:, -1:].shape)
    if height % 2:
        half[-1:] = _halved(np.repeat(picture[-1:], 2, axis=0)).reshape(half[-1:].shape)
    return half


def resize(plane: Floats, size: tuple[int, int]) -> Floats:
    """A picture or matte resized to (height, width): by area when it shrinks, linearly when it grows."""
    if plane.shape[:2] == size:
        return plane
    shrinks = plane.shape[0] * plane.shape[1] > size[0] * size[1]
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
