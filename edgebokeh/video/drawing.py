"""Subject and background joined plane by plane, in the clip's own codes; and mattes as grey or as transparency."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from edgebokeh.alpha import Alpha, Colours
from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.compose import DEPTHS, Backdrop
from edgebokeh.source import Source
from edgebokeh.stages import Clock
from edgebokeh.threads import each
from edgebokeh.tiles import Box, Run, enlarge, inside, resize
from edgebokeh.video.canvas import Canvas
from edgebokeh.video.colour import Coding


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture for one plane, h×w of any dtype, and the (height, width) of the plane's pixels that it covers."""

    small: Floats | Pixels
    frame: tuple[int, int]

    def tile(self, box: Box) -> Floats:
        """What it shows in a box of the plane."""
        return enlarge(self.small, self.frame, box)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What lies behind, in codes. layers: for luma and both chroma planes. sharp, grey: as in a Backdrop."""

    layers: list[Layer]
    sharp: Matte | None
    grey: bool


def scenery(far: Backdrop, canvas: Canvas) -> Scenery:
    """A backdrop as the planes of a canvas need it; also of any other canvas of this size and coding."""
    planes = cv2.split(canvas.coding.from_bgr(far.picture))
    rows, columns = far.picture.shape[:2]
    frame = (rows * far.scale, columns * far.scale) if far.scale else canvas.size
    return Scenery(_layers(list(planes), frame, canvas), far.sharp, far.grey)


def _layers(planes: "list[Any]", frame: tuple[int, int], canvas: Canvas) -> list[Layer]:
    """For luma as they are, for chroma covering as many of its pixels."""
    down, across = canvas.layout.down, canvas.layout.across
    luma, *chroma = planes
    half = -(-frame[0] // down), -(-frame[1] // across)
    whole = frame[0] % down == 0 and frame[1] % across == 0
    if luma.shape != (1, 1) and not (whole and half[0] >= luma.shape[0] and half[1] >= luma.shape[1]):
        chroma = [resize(plane, half) for plane in chroma]
    return [Layer(luma, frame), *(Layer(plane, half) for plane in chroma)]


def blend(canvas: Canvas, source: Source, alpha: Alpha, behind: Scenery, colours: Colours | None, clock: Clock) -> None:
    """matte · subject + (1 − matte) · background in each plane, as `compose.blend` does it for colours."""
    pixels = _guide(source, alpha, clock)
    own = _sides(colours, canvas) if colours else None
    most = float((1 << canvas.layout.bits) - 1)
    sharp = Layer(behind.sharp, canvas.size) if behind.sharp is not None else None

    def draw(row: list[Run]) -> None:
        for box, value in row:
            if value == 1:
                continue
            weight = alpha.tile(pixels, box) if value is None else None
            amount = sharp.tile(box) if sharp else None
            for number, plane in enumerate(canvas.planes):
                part = _inner(box, canvas, number)
                near, far = plane[inside(part)], behind.layers[number].tile(part)
                if weight is None and amount is None:
                    near[:] = far
                    continue
                share = _fitted(weight, near.shape)
                subject = _subject(near, share, [side[number] for side in own], part, most) if own else near
                tile = _mixed(subject, far, share, near.dtype)
                if amount is not None:
                    plain = np.full_like(near, canvas.coding.neutral) if behind.grey and number else near
                    tile = _mixed(
                        _mixed(subject, plain, share, near.dtype), tile, _fitted(amount, near.shape), near.dtype
                    )
                near[:] = tile

    with clock.stage("composite"):
        each(alpha.runs(canvas.size), draw)


def grey(canvas: Canvas, source: Source, alpha: Alpha, clock: Clock) -> None:
    """The matte as a grey picture: black to white of the clip's range."""
    weight = alpha.drawn(_guide(source, alpha, clock))
    with clock.stage("composite"):
        coding = canvas.coding
        canvas.planes[0][:] = np.rint(coding.black + weight * (coding.white - coding.black))
        for plane in canvas.planes[1:]:
            plane[:] = coding.neutral


def cutout(canvas: Canvas, source: Source, alpha: Alpha, colours: Colours, clock: Clock) -> None:
    """The subject in its own colours on black, and the matte as transparency."""
    pixels = _guide(source, alpha, clock)
    own, most = _sides(colours, canvas), float((1 << canvas.layout.bits) - 1)
    empty = [canvas.coding.black, canvas.coding.neutral, canvas.coding.neutral]

    def draw(row: list[Run]) -> None:
        for box, value in row:
            weight = alpha.tile(pixels, box) if value is None else None
            for number, plane in enumerate(canvas.planes):
                part = _inner(box, canvas, number)
                near = plane[inside(part)]
                if value == 0:
                    near[:] = empty[number]
                elif weight is not None:
                    share = _fitted(weight, near.shape)
                    subject = _subject(near, share, [side[number] for side in own], part, most)
                    near[:] = np.where(share > 0, np.rint(subject), empty[number])

    whole = alpha.drawn(pixels)
    with clock.stage("composite"):
        each(alpha.runs(canvas.size), draw)
        canvas.opaque(whole)


def _guide(source: Source, alpha: Alpha, clock: Clock) -> Pixels:
    """The photo's pixels where the matte is drawn by them; else nothing but their shape."""
    return source.photo(clock).pixels if alpha.filter else np.broadcast_to(np.uint8(0), (*source.size, 3))


def _sides(colours: Colours, canvas: Canvas) -> tuple[list[Layer], list[Layer]]:
    """The background's colours and the subject's contrast to them, in codes."""
    coding: Coding = canvas.coding
    behind, contrast = cv2.split(coding.offset(colours.behind)), cv2.split(coding.difference(colours.contrast))
    return _layers(list(behind), colours.frame, canvas), _layers(list(contrast), colours.frame, canvas)


def _subject(near: Pixels, weight: Matte, sides: list[Layer], box: Box, most: float) -> Floats:
    """The subject's own codes, as `compose.subject_colour` estimates them: linear in each of them."""
    behind, contrast = (side.tile(box) for side in sides)
    own = cv2.multiply(cv2.subtract(near, behind, dtype=cv2.CV_32F), weight)
    cv2.add(own, behind, dst=own)
    cv2.add(own, cv2.multiply(1 - cv2.multiply(weight, weight), contrast), dst=own)
    return np.clip(own, 0, most, out=own)


def _inner(box: Box, canvas: Canvas, number: int) -> Box:
    """A box of luma in plane `number`."""
    if number == 0:
        return box
    down, across = canvas.layout.down, canvas.layout.across
    return box[0] // across, box[1] // down, -(-box[2] // across), -(-box[3] // down)


def _fitted(weight: Matte | None, shape: tuple[int, ...]) -> Matte:
    """A tile's matte of luma's size, or of chroma's; none is 0."""
    return np.zeros(shape, np.float32) if weight is None else resize(weight, (shape[0], shape[1]))


def _mixed(one: Floats, other: Floats, weight: Floats, dtype: np.dtype[Any]) -> Pixels:
    """weight · one + (1 − weight) · other, h×w, rounded; exactly `one` where the weight is 1."""
    mixed = cv2.subtract(one, other, dtype=cv2.CV_32F)
    cv2.multiply(mixed, weight, dst=mixed)
    return cv2.add(mixed, other, dtype=DEPTHS[dtype])
