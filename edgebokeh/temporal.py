"""Mattes of a moving picture: steadied where it is still, bridged where the finder loses its subject for a moment,
carried along with what moves where no network looks. All of it counts in seconds, at whatever rate pictures come."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Indices, Mask, Matte, Pixels
from edgebokeh.errors import ValueRangeError
from edgebokeh.tiles import resize

STABILITY = 0.85
"""Unless the caller says."""

RATE = 25.0
"""Pictures per second, unless the caller tells their times."""

MOST_KEPT = 0.97
"""Of the mean so far, at the highest stability: what was seen once fades at last."""

KEPT_OVER = 0.1
"""Seconds over which the stability is the share of the mean that is kept."""

STIRRED = 4.0
"""How far, in steps of 255, a picture may differ from the mean and still count as still: about a camera's noise."""

FAR = 4.0
"""Times STIRRED: a difference from which on nothing of the mean is kept; with numbers that are next to none a processor
takes a hundred times as long."""

NONE = 2e-7
"""The share that would be kept there, and a little more."""

NEAR = 5
"""Side, in pixels of the matte, of the square over which that difference is averaged."""

LASTING = 0.15
"""Seconds after which a matte that differs from what is remembered is no flicker, and is believed."""

FLICKER = 0.2
"""By how much, 0..1, a matte may differ from its mean for that long."""

GONE = 0.3
"""Seconds after which a person whom the finder no longer sees has gone."""

AGAINST = 0.5
"""By how much, 0..1, a matte contradicts what was expected."""

LOST = 0.5
"""A matte that confirms less than this share of what was expected has lost its subject."""

THICK = 5
"""Side, in pixels of the thumbnail, of the smallest square that is bridged; what is thinner may be a moving edge."""

SQUARE = np.ones((THICK, THICK), np.uint8)

ALIKE = 12.0
"""How far, in steps of 255, thumbnails may differ where they show the same thing."""

ALIKE_DIM = 0.2
"""The same as a share of the picture's mean, where that is less, down to STIRRED."""

CUT = 28.0
"""Mean difference of two thumbnails, in steps of 255, from which on they show different scenes."""

MIDDLE = 118.0
"""Mean of a well-lit picture, in steps of 255: sRGB's code of a grey that reflects 18 % of the light."""

DARK = 8.0
"""Mean, in steps of 255, under which a picture shows too little to tell its scene, as at the end of a fade."""

SCENE = (18, 32)
"""Height and width in pixels of the thumbnail that tells scenes apart."""

THUMBNAIL = 160
"""Long side, in pixels, of the one in which motion is estimated."""

LEAST = 32
"""Each side of it at least: the flow's patches of 8 pixels lie on a quarter of it, and smaller ones crash OpenCV."""


@dataclass(slots=True)
class _Past:
    """What is remembered of the pictures before.

    size: (height, width) of the last picture, and time: when it was shown, in seconds. looked: the same of the last one
    that a matte was asked for. mean, matte: of the pictures and of their mattes, h×w float32. lasting: seconds since
    which mattes lie above their mean by more than FLICKER, below 0 where they lie below it, other than 0 at the indices
    beyond. room: 2×h×w to work in: new memory for each step takes longer than the steps. thumbnail: the last
    picture, grey uint8; small, doubt: of its size, its matte, and seconds since which mattes contradict that.
    """

    size: tuple[int, ...]
    time: float
    looked: float
    mean: Floats
    matte: Matte
    lasting: Floats
    beyond: Indices
    room: Floats
    thumbnail: Pixels
    small: Matte
    doubt: Floats


def is_real(value: object) -> bool:
    """Whether something is a number on a line, of Python, a Fraction, or numpy's."""
    return isinstance(value, Real)


class Steady:
    """The matte of each picture of a sequence, in order; nothing is looked at ahead.

    It is a recurrent mean that gives way. The mean of the mattes and that of the pictures are carried on with the same
    weights. Where a picture differs from its mean, the new matte counts alone: a moving edge does not trail, nor does
    one that moves slowly, as the difference adds up. Where mattes have lain on one side of their mean for LASTING
    seconds, the new one counts alone too: what the finder took for the subject for a while leaves no ghost.

    What to expect is the last matte, moved along with the optical flow (dense inverse search, Kroeger et al. 2016).
    Where a large part contradicts it though the picture shows the same thing, that is bridged until it has lasted; for
    GONE seconds where most of the subject is missing. A cut starts anew.
    """

    def __init__(self, stability: float = STABILITY, every: int = 1) -> None:
        """stability: 0..1, how much of the mean is kept over KEPT_OVER seconds where the picture is still; 0 takes each
        matte as it is.

        every: a matte is asked for once in so many pictures and at cuts; in between the last one is moved along with
        the optical flow. Raises ValueRangeError.
        """
        if not is_real(stability) or not 0 <= stability <= 1:
            raise ValueRangeError(f"--stability {stability} is out of range", "use 0 to 1")
        if not is_real(every) or every < 1 or every % 1:
            raise ValueRangeError(f"--every {every} is out of range", "use a whole number, 1 or more")
        self._kept, self._every = stability * MOST_KEPT, every
        self._count = 0
        self._next = self._now = 0.0
        self._past: _Past | None = None
        self._person: float | None = None
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def at(self, time: float) -> "Steady":
        """Itself, for the next picture, which is shown at a time in seconds. Without this it is 1 / RATE later."""
        self._next = time
        return self

    def matte(self, picture: Pixels, find: Callable[[], Matte]) -> Matte:
        """The matte of the next picture, of the size of that one's matte.

        picture: h×w×3 BGR, uint8 or uint16, of any size. find: what the networks see in it, float32; called if needed.
        """
        self._now, self._next = self._next, self._next + 1 / RATE
        if not self._kept and self._every == 1:
            return find()
        grey = _grey(picture)
        thumbnail, past = _thumb(grey), self._past
        if past is None or past.size != grey.shape or _is_cut(past.thumbnail, thumbnail):
            self._count, self._person = 0, None
            return self._begin(grey, thumbnail, find())
        self._count += 1
        # An array in place of None would be taken for a first guess.
        flow = self._flow.calc(thumbnail, past.thumbnail, None)  # type: ignore[call-overload]
        if self._count % self._every:
            found = _moved(past.matte, flow)
        else:
            found = find()
            if found.shape != past.matte.shape:
                return self._begin(grey, thumbnail, found)
            if self._kept:
                self._judge(past, found)
                found = self._bridged(past, found, thumbnail, flow)
            past.looked = self._now
        seen = resize(grey, found.shape).astype(np.float32)
        kept = self._weight(past, seen)
        past.matte = _mean(past.matte, found, kept, np.empty_like(found))
        past.mean = _mean(past.mean, seen, kept, past.mean)
        past.thumbnail, past.small, past.time = thumbnail, resize(past.matte, thumbnail.shape), self._now
        return past.matte

    def person(self, seen: bool) -> bool:
        """Whether there is a person in the last picture: one is seen there, or was lately and has not gone yet."""
        if seen:
            self._person = self._now
        return seen or (self._kept > 0 and self._person is not None and self._now - self._person < GONE)

    def _begin(self, grey: Pixels, thumbnail: Pixels, found: Matte) -> Matte:
        """The matte of the first picture of a scene, as it was found."""
        seen, small = resize(grey, found.shape).astype(np.float32), resize(found, thumbnail.shape)
        self._past = _Past(
            size=grey.shape,
            time=self._now,
            looked=self._now,
            mean=seen,
            matte=found,
            lasting=np.zeros(found.size, np.float32),
            beyond=np.zeros(0, np.intp),
            room=np.empty((2, *found.shape), np.float32),
            thumbnail=thumbnail,
            small=small,
            doubt=np.zeros_like(small),
        )
        return found

    def _judge(self, past: _Past, found: Matte) -> None:
        """Adds up how long mattes have lain on one side of their mean; one look alone is not believed, however late."""
        since = min(self._now - past.looked, LASTING / 2)
        difference, distance = past.room
        difference = cv2.subtract(found, past.matte, dst=difference)
        beyond = np.flatnonzero(np.abs(difference, out=distance) > FLICKER)
        side = np.sign(difference.ravel()[beyond])
        lasting = side * (np.maximum(side * past.lasting[beyond], 0) + since)
        past.lasting[past.beyond] = 0
        past.lasting[beyond], past.beyond = lasting, beyond

    def _weight(self, past: _Past, seen: Floats) -> Floats:
        """How much of the mean is kept at each pixel: less where something stirs within NEAR pixels. It lies in the
        room of the past."""
        differs, stirred = past.room
        stirred = cv2.blur(cv2.absdiff(seen, past.mean, dst=differs), (NEAR, NEAR), dst=stirred)
        np.minimum(stirred, FAR * STIRRED, out=stirred)
        weight = cv2.exp(cv2.multiply(stirred, stirred, dst=stirred, scale=-1 / STIRRED**2), dst=stirred)
        cv2.threshold(weight, NONE, 0, cv2.THRESH_TOZERO, dst=weight)
        cv2.multiply(weight, self._kept ** (max(0.0, self._now - past.time) / KEPT_OVER), dst=weight)
        if past.looked == self._now:
            weight.ravel()[past.beyond[np.abs(past.lasting[past.beyond]) >= LASTING]] = 0
        return weight

    def _bridged(self, past: _Past, found: Matte, thumbnail: Pixels, flow: Floats) -> Matte:
        """The matte with what was expected in place of what contradicts that and has not lasted."""
        before = cv2.merge([past.small, past.doubt, past.thumbnail.astype(np.float32)])
        expected, doubt, carried = cv2.split(_moved(before, flow))
        small = resize(found, thumbnail.shape)
        against: Mask = (cv2.absdiff(small, expected) > AGAINST).astype(np.uint8)
        since = min(self._now - past.looked, GONE / 2)
        past.doubt = against * (cv2.dilate(doubt, SQUARE) + np.float32(since))
        lost = np.minimum(small, expected).sum() < LOST * expected.sum()
        most = min(ALIKE, max(STIRRED, ALIKE_DIM * float(thumbnail.mean())))
        alike = cv2.blur(cv2.absdiff(thumbnail.astype(np.float32), carried), (3, 3)) < most
        held = against * (alike & (past.doubt < (GONE if lost else LASTING)))
        if not lost:
            held = cv2.morphologyEx(held, cv2.MORPH_OPEN, SQUARE)
        if not held.any():
            return found
        around = cv2.blur(cv2.dilate(held, SQUARE).astype(np.float32), (3, 3))
        bridged: Matte = found + resize(around, found.shape) * (_moved(past.matte, flow) - found)
        return bridged


def _is_cut(one: Pixels, other: Pixels) -> bool:
    """Whether two thumbnails show different scenes: as they are, or in the light of a well-lit picture."""
    small = [resize(picture, SCENE).astype(np.float32) for picture in (one, other)]
    means = [float(picture.mean()) for picture in small]
    difference = np.abs(small[0] - small[1]).mean()
    if min(means) >= DARK:
        lit = [picture * max(1.0, MIDDLE / mean) for picture, mean in zip(small, means, strict=True)]
        difference = max(difference, np.abs(lit[0] - lit[1]).mean())
    return bool(difference > CUT)


def _mean(before: Floats, new: Floats, kept: Floats, into: Floats) -> Floats:
    """kept · before + (1 − kept) · new, into an array that may be the first."""
    cv2.multiply(cv2.subtract(before, new, dst=into), kept, dst=into)
    mean: Floats = cv2.add(into, new, dst=into)
    return mean


def _moved(plane: Floats, flow: Floats) -> Floats:
    """What lay on the last picture, h×w or h×w×3, moved along with it."""
    height, width = plane.shape[:2]
    scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    came = cv2.resize(flow * scale, (width, height), interpolation=cv2.INTER_LINEAR) + _places(height, width)
    moved: Floats = cv2.remap(plane, came[..., 0], came[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> Floats:
    """Column and row of each pixel, h×w×2."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.dstack([columns, rows])


def _grey(picture: Pixels) -> Pixels:
    """A picture without colour in 8 bits, h×w."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return grey if grey.dtype == np.uint8 else cv2.convertScaleAbs(grey, alpha=1 / 257)


def _thumb(grey: Pixels) -> Pixels:
    """At most THUMBNAIL pixels on the long side, and stretched where that leaves too little for the flow."""
    scale = min(1.0, THUMBNAIL / max(grey.shape))
    height, width = (max(LEAST, round(side * scale)) for side in grey.shape)
    return resize(grey, (height, width))
