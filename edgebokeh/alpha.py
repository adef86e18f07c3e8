"""A matte of a photo's full size that is drawn tile by tile, where and when it is needed."""

from typing import NamedTuple

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.threads import each
from edgebokeh.tiles import Box, Run, enlarge, inside, rows_of_runs

ALL = slice(None)

SUM = np.ones((1, 3), np.float32)
"""Adds up three channels, in cv2.transform."""


class Colours(NamedTuple):
    """Local colours on both sides of the edge. behind: the background's, h×w×3 float32 in the photo's range; contrast:
    by how much the subject's differ from them. frame: (height, width) of the photo's pixels that they cover."""

    behind: Floats
    contrast: Floats
    frame: tuple[int, int]


class Filter(NamedTuple):
    """Coefficients of a guided filter: a matte is the sum of factors · pixel over the channels in 0..1, plus the
    constant, cleared by `levels`.

    factors, constant: h×w×3 and h×w float32. frame: (height, width) of the photo's pixels that they cover.
    """

    factors: Floats
    constant: Floats
    frame: tuple[int, int]

    def tile(self, pixels: Pixels, box: Box) -> Matte:
        """The matte of a box of the photo, or of the photo reduced to `frame`, H×W×3."""
        terms = cv2.multiply(enlarge(self.factors, self.frame, box), pixels[inside(box)], dtype=cv2.CV_32F)
        drawn = cv2.transform(terms, SUM / np.iinfo(pixels.dtype).max)
        drawn += enlarge(self.constant, self.frame, box)
        return levels(drawn)


class Alpha(NamedTuple):
    """A matte at a reduced size, and how it is drawn at the photo's.

    coarse: h×w float32 in [0, 1]. frame: (height, width) of the photo's pixels that it covers, some more than there are
        where they are no multiple of the reduction; None is its own size.
    filter: draws the matte along the photo's edges; None enlarges `coarse`.
    hard: the value of the nearest pixel counts, as in the source method.
    whole: the matte drawn already, H×W uint8. still, reach: for such a one, the coarse matte from which it was drawn,
        and by how many pixels its edge may have moved from where that has it.
    """

    coarse: Matte
    frame: tuple[int, int] | None = None
    filter: Filter | None = None
    hard: bool = False
    whole: Mask | None = None
    still: Matte | None = None
    reach: int = 0

    def runs(self, size: tuple[int, int]) -> list[list[Run]]:
        """Boxes that cover a photo of (height, width), a list for each row, with the value of the matte or None."""
        coarse = self.coarse if self.still is None else self.still
        return rows_of_runs(coarse, self.frame or coarse.shape, size, self.reach)

    def tile(self, pixels: Pixels, box: Box) -> Matte:
        """The matte of a box of the photo, H×W×3, into which nothing has been drawn yet."""
        if self.whole is not None:
            return self.whole[inside(box)] * np.float32(1 / 255)
        if self.filter:
            return self.filter.tile(pixels, box)
        smooth = enlarge(self.coarse, self.frame or self.coarse.shape, box)
        return np.rint(smooth) if self.hard else smooth

    def drawn(self, pixels: Pixels, rows: slice = ALL) -> Matte:
        """The matte of a whole photo of H×W×3, H×W float32, or of some of its rows of tiles."""
        if self.hard:
            return cv2.resize(self.coarse, pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        runs = self.runs(pixels.shape[:2])[rows]
        top, bottom = runs[0][0][0][1], runs[-1][0][0][3]
        result = np.empty((bottom - top, pixels.shape[1]), np.float32)

        def draw(row: list[Run]) -> None:
            for box, value in row:
                result[box[1] - top : box[3] - top, box[0] : box[2]] = (
                    self.tile(pixels, box) if value is None else value
                )

        each(runs, draw)
        return result

    def mask(self, pixels: Pixels) -> Mask:
        """The same in 8 bits, H×W uint8, 255 = subject; it takes a quarter of the memory."""
        if self.whole is not None:
            return self.whole
        if self.hard:
            return cv2.resize(in_8_bit(self.coarse), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        result = np.empty(pixels.shape[:2], np.uint8)

        def draw(row: list[Run]) -> None:
            for box, value in row:
                result[inside(box)] = in_8_bit(self.tile(pixels, box)) if value is None else round(value * 255)

        each(self.runs(pixels.shape[:2]), draw)
        return result


def in_8_bit(matte: Matte) -> Mask:
    """A matte, h×w float32 in [0, 1], as h×w uint8."""
    return cv2.convertScaleAbs(matte, alpha=255)


def levels(matte: Matte, low: float = 0.1, high: float = 0.9) -> Matte:
    """The matte with what is below `low` cleared to 0, what is above `high` filled to 1, and a smooth step between.

    A guided filter leaves a haze far from the edge, which would show there as a ghost of sharpness.
    """
    step = np.subtract(matte, low, dtype=np.float32)
    step *= 1 / (high - low)
    np.clip(step, 0, 1, out=step)
    smooth: Matte = step * step * (3 - 2 * step)
    return smooth


def broad(weight: Matte) -> Floats:
    """A matte h×w as h×w×3."""
    return cv2.merge([weight, weight, weight])
