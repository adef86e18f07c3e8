"""A frame's planes as arrays, upright: a view of them in BGR, and drawing into them in place.

A subject's pixels are never converted: luma and chroma stay as they were decoded, and the background alone, which is
computed small in BGR, is turned into codes.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from edgebokeh.arrays import Floats, Pixels
from edgebokeh.images import Photo
from edgebokeh.source import Source
from edgebokeh.tiles import reduce, resize
from edgebokeh.video.colour import BT709, FULL_RANGE, LIMITED_RANGE, Coding, coding

LONGEST_VIEW = 960
"""Long side, in pixels, of the view that networks and blurs start from; the photo's own is about as large."""

ONE = 1 << 16
"""1 in a display matrix, but for its last column, which has 30 bits behind the point."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a pixel format lies in memory. bits: of a code. across, down: by how much chroma is reduced."""

    bits: int
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Turn:
    """How coded pixels are turned upright: transposed, then flipped."""

    transpose: bool = False
    left_right: bool = False
    top_down: bool = False

    def upright(self, plane: Pixels) -> Pixels:
        """A coded plane upright: a view of it."""
        plane = plane.T if self.transpose else plane
        return plane[:: -1 if self.top_down else 1, :: -1 if self.left_right else 1]

    def coded(self, plane: Pixels) -> Pixels:
        """The inverse."""
        plane = plane[:: -1 if self.top_down else 1, :: -1 if self.left_right else 1]
        return plane.T if self.transpose else plane


UPRIGHT = Turn()


def display_matrix(frame: av.VideoFrame) -> bytes:
    """Of a frame: 3×3 numbers of 32 bits, as `turn` takes them; b"" for one that stands upright as it is coded.

    PyAV lists no side data at all of a frame that has some of a kind it does not know, such as the EXIF of a JPEG; then
    the matrix is made of the angle that it still tells, and a mirrored picture stays mirrored.
    """
    try:
        found: Any = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        if not frame.rotation:
            return b""
        angle = math.radians(frame.rotation)
        cos, sin = round(math.cos(angle) * ONE), round(math.sin(angle) * ONE)
        return np.array([cos, -sin, 0, sin, cos, 0, 0, 0, 1 << 30], np.int32).tobytes()
    return bytes(found) if found else b""


def turn(matrix: bytes) -> Turn:
    """From a display matrix, 3×3 numbers of 32 bits (ISO/IEC 14496-12, section 6.2.2), to the nearest quarter turn."""
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)


class Canvas:
    """A frame that is drawn into. layout, coding: how its codes lie and what they mean.

    planes: luma H×W, and both chroma planes of ceil(H / down)×ceil(W / across), upright, uint8 or uint16; `done` writes
    them back. size: (height, width), upright.
    """

    def __init__(self, frame: av.VideoFrame, turned: Turn = UPRIGHT) -> None:
        """frame: of a format of LAYOUTS; its own memory is changed by `done`, so others must not need it."""
        layout = LAYOUTS[frame.format.name]
        self.layout = Layout(layout.bits, layout.down, layout.across) if turned.transpose else layout
        named = tags(frame)
        self.coding: Coding = coding(named.colorspace, named.color_range, layout.bits, frame.height)
        self._own = [_array(plane, layout.bits) for plane in frame.planes[:3]]
        self._alpha = [_array(plane, layout.bits) for plane in frame.planes[3:]]
        self._turn = turned
        self.planes: list[Pixels] = (
            self._own if turned == UPRIGHT else [np.array(turned.upright(p), order="C") for p in self._own]
        )
        self.size: tuple[int, int] = self.planes[0].shape[:2]

    def done(self) -> None:
        """Writes what was drawn into the frame."""
        if self._turn != UPRIGHT:
            for own, plane in zip(self._own, self.planes, strict=True):
                own[:] = self._turn.coded(plane)

    def opaque(self, weight: Floats) -> None:
        """Writes a matte, H×W float32, into the frame's plane for alpha, if it has one."""
        most = (1 << self.layout.bits) - 1
        for plane in self._alpha:
            plane[:] = np.rint(self._turn.coded(weight) * most)

    def source(self) -> Source:
        """The frame as the networks and styles take photos: a small view in BGR at once, all of it when asked for.

        BGR is uint8, or uint16 of full range for deeper codes.
        """
        scale = 1
        while max(self.size) / scale > LONGEST_VIEW:
            scale *= 2
        return Source(self.size, scale, self.bgr(scale), partial(self._photo))

    def bgr(self, scale: int = 1) -> Pixels:
        """H×W×3, reduced by area."""
        luma = reduce(self.planes[0], scale)
        chroma = [resize(plane, luma.shape) for plane in self.planes[1:]]
        return self.coding.to_bgr(cv2.merge([luma, *chroma]))

    def _photo(self) -> Photo:
        return Photo(self.bgr())


def _array(plane: av.video.plane.VideoPlane, bits: int) -> Pixels:
    """A plane's memory, H×W without the padding of its rows."""
    wide: Pixels = np.frombuffer(plane, np.uint8 if bits == 8 else np.uint16)  # type: ignore[call-overload]
    rows = wide.reshape(-1, plane.line_size // wide.itemsize)
    return rows[: plane.height, : plane.width]


class Tags(NamedTuple):
    """How a frame names its colours, in the numbers of ITU-T H.273, and of its range."""

    color_primaries: int
    color_trc: int
    colorspace: int
    color_range: int


def tags(frame: av.VideoFrame) -> Tags:
    """Those of a frame once it is `drawable`: RGB becomes BT.709 of limited range."""
    is_rgb, full = frame.format.is_rgb, frame.format.name.startswith("yuvj")
    space = BT709 if is_rgb else int(frame.colorspace)
    wide = LIMITED_RANGE if is_rgb else FULL_RANGE if full else int(frame.color_range)
    return Tags(int(frame.color_primaries), int(frame.color_trc), space, wide)


def drawable(frame: av.VideoFrame, pixels: str) -> av.VideoFrame:
    """The frame in a format of LAYOUTS and in memory of its own, with its time stamp and tags."""
    named = tags(frame)
    if frame.format.name != pixels:
        frame = _converted(frame, pixels, named)
    frame.make_writable()
    for name, value in named._asdict().items():
        setattr(frame, name, value)
    return frame


def stretched(picture: Pixels, aspect: Fraction, turned: Turn) -> Pixels:
    """An upright picture made so many times as long, along the rows as they are coded.

    With the width of its pixels, of their height, these become square; 1 / aspect is the reverse.
    """
    height, width = picture.shape[:2]
    if turned.transpose:
        return resize(picture, (max(1, round(height * aspect)), width))
    return resize(picture, (height, max(1, round(width * aspect))))


def limited(frame: av.VideoFrame, pixels: str) -> av.VideoFrame:
    """The frame in a format of LAYOUTS whose codes are of limited range; itself where they are."""
    named = tags(frame)
    if named.color_range != FULL_RANGE:
        return frame
    other = _converted(frame, pixels, named, LIMITED_RANGE)
    for name, value in named._replace(color_range=LIMITED_RANGE)._asdict().items():
        setattr(other, name, value)
    return other


def _converted(frame: av.VideoFrame, pixels: str, named: Tags, color_range: int | None = None) -> av.VideoFrame:
    """Of the same matrix, unless it was RGB, and of the same range, unless another is asked for."""
    if frame.format.is_rgb:
        other = frame.reformat(format=pixels, dst_color_range=LIMITED_RANGE, dst_colorspace=BT709)
    else:
        wanted = named.color_range if color_range is None else color_range
        ranges = {"src_color_range": named.color_range, "dst_color_range": wanted}
        spaces = {"src_colorspace": named.colorspace, "dst_colorspace": named.colorspace}
        other = frame.reformat(format=pixels, **ranges, **spaces)
    other.pts, other.duration = frame.pts, frame.duration
    if frame.time_base is not None:
        other.time_base = frame.time_base
    return other


LAYOUTS = (
    {
        f"yuv{kind}{suffix}": Layout(bits, across, down)
        for kind, across, down in (("420p", 2, 2), ("422p", 2, 1), ("444p", 1, 1))
        for suffix, bits in (("", 8), ("10le", 10), ("12le", 12))
    }
    | {
        f"yuvj{kind}": Layout(8, across, down)
        for kind, across, down in (("420p", 2, 2), ("422p", 2, 1), ("444p", 1, 1))
    }
    | {
        f"yuva{kind}{suffix}": Layout(bits, across, down)
        for kind, across, down in (("420p", 2, 2), ("422p", 2, 1), ("444p", 1, 1))
        for suffix, bits in (("", 8), ("10le", 10), ("12le", 12))
    }
)
"""Formats that are drawn into as they are; others are first turned into the nearest of these."""
