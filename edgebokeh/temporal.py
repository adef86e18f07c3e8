"""Mattes of a moving picture: steadied where it is still, carried along with what moves where no network looks."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.errors import ValueRangeError
from edgebokeh.tiles import resize

STABILITY = 0.85
"""Unless the caller says."""

MOST_KEPT = 0.97
"""Of the mean so far, at the highest stability: what was seen once fades at last."""

STIRRED = 4.0
"""How far, in steps of 255, a picture may differ from the mean and still count as still: about a camera's noise."""

NEAR = 5
"""Side, in pixels of the matte, of the square over which that difference is averaged."""

CUT = 28.0
"""Mean difference of two thumbnails, in steps of 255, from which on they show different scenes."""

THUMBNAIL = (18, 32)
"""Its height and width in pixels."""

FLOW_SIDE = 160
"""Long side, in pixels, of the picture in which motion is estimated."""


@dataclass(slots=True)
class _Past:
    """What is remembered of the pictures before: their mean and that of their mattes, h×w float32; the last one, grey
    h×w uint8, and its thumbnail."""

    mean: Floats
    matte: Matte
    grey: Pixels
    thumbnail: Floats


class Steady:
    """The matte of each picture of a sequence, in order, as a recurrent mean that gives way where something moves.

    The mean of the mattes and that of the pictures are carried on with the same weights. Where a picture differs from
    its mean, the new matte counts alone: a moving edge does not trail, nor does one that moves slowly, as the
    difference adds up. A cut starts anew.
    """

    def __init__(self, stability: float = STABILITY, every: int = 1) -> None:
        """stability: 0..1, how much of the mean is kept where the picture is still; 0 takes each matte as it is.

        every: a matte is asked for once in so many pictures and at cuts; in between the last one is moved along with
        the optical flow (Kroeger et al. 2016). Raises ValueRangeError.
        """
        if not 0 <= stability <= 1:
            raise ValueRangeError(f"--stability {stability:g} is out of range", "use 0 to 1")
        if every < 1:
            raise ValueRangeError(f"--every {every} is out of range", "use 1 or more")
        self._kept, self._every = stability * MOST_KEPT, every
        self._count = 0
        self._past: _Past | None = None
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def matte(self, picture: Pixels, find: Callable[[], Matte]) -> Matte:
        """The matte of the next picture, of the size of that one's matte.

        picture: h×w×3 BGR, uint8 or uint16, of any size. find: what the networks see in it, float32; called if needed.
        """
        if not self._kept and self._every == 1:
            return find()
        grey = _grey(picture)
        thumbnail = cv2.resize(grey, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        past = self._past
        if past and (past.grey.shape != grey.shape or np.abs(thumbnail - past.thumbnail).mean() > CUT):
            past, self._count = None, 0
        found = find() if self._count % self._every == 0 or past is None else self._moved(past, grey)
        self._count += 1
        seen = resize(grey, found.shape).astype(np.float32)
        if past and past.matte.shape == found.shape:
            kept = self._weight(cv2.absdiff(seen, past.mean))
            found = found + kept * (past.matte - found)
            seen += kept * (past.mean - seen)
        self._past = _Past(seen, found, grey, thumbnail)
        return found

    def _weight(self, difference: Floats) -> Floats:
        """How much of the mean is kept at each pixel: least where something stirs within NEAR pixels."""
        stirred = cv2.blur(difference, (NEAR, NEAR)) / STIRRED
        weight: Floats = self._kept * np.exp(-(stirred**2)).astype(np.float32)
        return weight

    def _moved(self, past: _Past, grey: Pixels) -> Matte:
        """The last matte, moved along with the picture."""
        # An array in place of None would be taken for a first guess.
        flow = self._flow.calc(_thumb(grey), _thumb(past.grey), None)  # type: ignore[call-overload]
        height, width = past.matte.shape
        scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
        flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) * scale
        columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        return cv2.remap(
            past.matte, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )


def _grey(picture: Pixels) -> Pixels:
    """A picture without colour in 8 bits, h×w."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return grey if grey.dtype == np.uint8 else cv2.convertScaleAbs(grey, alpha=1 / 257)


def _thumb(grey: Pixels) -> Pixels:
    """At most FLOW_SIDE pixels on the long side, but enough for the flow's patches."""
    scale = min(1.0, FLOW_SIDE / max(grey.shape))
    height, width = (max(16, round(side * scale)) for side in grey.shape)
    return resize(grey, (height, width))
