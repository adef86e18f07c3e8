"""Subject and background joined: softly and without a halo, bit by bit as in the source method, or side by side."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from edgebokeh.alpha import Alpha, Colours, broad
from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.threads import each
from edgebokeh.tiles import Box, Run, enlarge, inside, reduce, resize, tiles

LARGEST_REDUCTION = 8
"""Further down blurring costs nothing any more, and the enlarging begins to show."""

BLURRED_AREA = 1_500_000
"""About so many pixels are blurred in a moment, whatever the style."""

NEARLY = 1.1
"""A tenth less than the wanted detail will do where that halves the picture."""

WEAK = 1.2
"""Times sigma, the reduction down to which the blur is still that of a Gaussian within 50 dB."""

COARSEST = 4
"""No photo is reduced by more than this for the area's sake alone."""

TRUST = 1e-4
"""Share of a pixel's own colour in the background, so that it is defined where there is only subject around."""

LEAST_WEIGHT = np.float32(1e-6)
"""Nothing of the background shows where it weighs less than this."""


DEPTHS = {np.dtype(np.uint8): cv2.CV_8U, np.dtype(np.uint16): cv2.CV_16U}
"""OpenCV's number for the pixels of a photo."""

JOINED_SIDE = 1024
"""Of the squares in which `join` works: its operations are single ones, so that large squares cost least."""


class Tone(NamedTuple):
    """How colours in 0..1 are bent before a blur, and back after it; each maps float32 arrays to such."""

    before: Callable[[Floats], Floats]
    after: Callable[[Floats], Floats]


class Backdrop(NamedTuple):
    """What lies behind the subject.

    picture: h×w×3 of the photo's dtype; it is enlarged linearly. scale: by which whole number; 0 where
        the picture, of any size, covers just the photo.
    sharp: h×w float32 of any size, 1 where the background is as sharp as in the photo; None where it nowhere is.
    grey: such places are shown without colour.
    """

    picture: Pixels
    scale: int = 0
    sharp: Matte | None = None
    grey: bool = False


def reduction(sigma: float, detail: float, area: int = 0) -> int:
    """By how much a photo of `area` pixels is reduced for a blur of `sigma` pixels: 1, 2, 4 or 8.

    The reduced blur keeps `detail` pixels, but less in a large photo whose blur is weak. The reduction itself may then
    blur more than `sigma`: `own_variance` tells.
    """
    weak = min(WEAK * sigma, _coarsest(area))
    return min(_power_of_two(max(NEARLY * sigma / detail, weak, _coarsest(area) / 2)), LARGEST_REDUCTION)


def _coarsest(area: int) -> int:
    """The reduction at which a photo of `area` pixels keeps to BLURRED_AREA, but no more than COARSEST.

    It is taken where it does not blur more than is asked for, and else half of it.
    """
    return min(COARSEST, 2 * _power_of_two(math.sqrt(max(area - 1, 0) / BLURRED_AREA))) if area > BLURRED_AREA else 1


def _power_of_two(number: float) -> int:
    """The largest that is not larger; at least 1."""
    return 1 << max(0, int(number).bit_length() - 1)


def weighing(scale: int, area: int) -> int:
    """The reduction at which a photo of `area` pixels is best weighted with its matte, for a blur at 1/scale.

    It is finer than that: a coarse pixel on the edge holds colours of both sides.
    """
    return min(scale, max(_power_of_two(math.ceil(scale / 3)), _coarsest(area)))


def own_variance(scale: int) -> float:
    """What reducing by area and enlarging linearly add to the variance of a blur, in square pixels of the photo.

    (s² − 1)/12 is a box's of s pixels, (2·s² + 1)/12 a triangle's sampled at pixels: together s²/4.
    """
    return scale**2 / 4 if scale > 1 else 0.0


def background(
    pixels: Pixels,
    matte: Matte,
    blur: Callable[[Floats, float], Floats],
    sigma: float,
    scale: int,
    before: int = 1,
    tone: Tone | None = None,
) -> Pixels:
    """The blurred background at a reduced scale, free of the subject's colours.

    The picture is weighted with 1 − matte, blurred together with that weight and divided by it (normalised convolution,
    Knutsson and Westin 1993), so that nothing of the subject spreads outwards.

    pixels: h×w×3, the photo at 1/before. matte: of any size, of the same photo. blur: a function of `styles`, its
    options bound. sigma: in pixels of the photo. scale: what `reduction` says; the result is the photo's at 1/scale.
    tone: bends the colours around the blur. Returns the dtype of `pixels`.
    """
    limit = np.float32(np.iinfo(pixels.dtype).max)
    weight = 1 - resize(matte, pixels.shape[:2])
    planes = cv2.split(_bent(pixels, tone, limit) if tone else pixels)
    left = max(0.0, sigma**2 - own_variance(scale)) ** 0.5 / scale
    spread: list[Floats] = [weight] * 4

    def draw(channel: int) -> None:
        plane = weight if channel == 3 else cv2.multiply(planes[channel], weight, dtype=cv2.CV_32F)
        plane = reduce(plane, scale // before)
        blurred = blur(plane[..., None], left)[..., 0]
        spread[channel] = cv2.scaleAdd(plane, TRUST, blurred, dst=blurred if left else None)

    each(range(4), draw)
    total = np.maximum(spread[3], LEAST_WEIGHT)
    if tone:
        bent = cv2.merge([cv2.divide(plane, total) for plane in spread[:3]])
        return cv2.multiply(tone.after(bent), np.full(4, limit, np.float64), dtype=DEPTHS[pixels.dtype])
    return cv2.merge([cv2.divide(plane, total, dtype=DEPTHS[pixels.dtype]) for plane in spread[:3]])


def _bent(pixels: Pixels, tone: Tone, limit: np.float32) -> Floats:
    """The colours h×w×3 float32 in 0..1 and bent by `tone.before`; some rows at a time, it takes much memory."""
    bent = np.empty(pixels.shape, np.float32)

    def draw(box: Box) -> None:
        bent[inside(box)] = tone.before(pixels[inside(box)] / limit)

    each(list(tiles(pixels.shape[0], pixels.shape[1])), draw)
    return bent


def blend(pixels: Pixels, alpha: Alpha, far: Backdrop, colours: Colours | None = None) -> Pixels:
    """matte · subject + (1 − matte) · background, rounded, in place: where the matte is 1 nothing is touched.

    pixels: H×W×3, changed and returned. alpha: its matte. colours: of both sides of the edge, as `matte.colours`
    estimates them; without them an edge pixel's own colour counts as the subject's.
    """
    size = pixels.shape[:2]
    small = far.picture
    frame = (small.shape[0] * far.scale, small.shape[1] * far.scale) if far.scale else size

    def draw(row: list[Run]) -> None:
        for box, value in row:
            near = pixels[inside(box)]
            if value == 1:
                continue
            behind = enlarge(small, frame, box)
            if value == 0 and far.sharp is None:
                near[:] = behind
                continue
            weight = broad(alpha.tile(pixels, box))
            subject = subject_colour(near, weight, colours, box) if colours else near
            tile = _mixed(subject, behind, weight, near.dtype)
            if far.sharp is not None:
                unblurred = _mixed(subject, grey(near), weight, near.dtype) if far.grey else near
                tile = _mixed(unblurred, tile, broad(enlarge(far.sharp, size, box)), near.dtype)
            near[:] = tile

    each(alpha.runs(size), draw)
    return pixels


def _mixed(one: Floats, other: Floats, weight: Floats, dtype: np.dtype[Any]) -> Pixels:
    """weight · one + (1 − weight) · other, rounded; exactly `one` where the weight is 1. All are h×w×3."""
    mixed = cv2.subtract(one, other, dtype=cv2.CV_32F)
    cv2.multiply(mixed, weight, dst=mixed)
    return cv2.add(mixed, other, dtype=DEPTHS[dtype])


def grey(picture: Floats) -> Floats:
    """A picture without colour, H×W×3 of the same dtype."""
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def decontaminated(pixels: Pixels, alpha: Alpha, colours: Colours) -> Pixels:
    """The subject's own colours for a cutout: edge pixels without the old background, and black where there is none.

    Takes what `blend` takes; changes and returns `pixels`.
    """

    def draw(row: list[Run]) -> None:
        for box, value in row:
            near = pixels[inside(box)]
            if value == 0:
                near[:] = 0
            elif value is None:
                weight = broad(alpha.tile(pixels, box))
                own = subject_colour(near, weight, colours, box)
                near[:] = np.where(weight > 0, np.rint(own), 0)

    each(alpha.runs(pixels.shape[:2]), draw)
    return pixels


def subject_colour(near: Pixels, weight: Floats, colours: Colours, box: Box) -> Floats:
    """The subject's colour at each pixel of a tile (Forte and Germer 2021, equation 4), float32 in the photo's range.

    near: h×w×3, the photo. weight: its matte, h×w×3. colours: of the whole photo. box: of the tile.
    With F and B the colours of subject and background around a pixel I, F + a·(I − a·F − (1 − a)·B) is
    B + a·(I − B) + (1 − a²)·(F − B).
    """
    behind, contrast = enlarge(colours.behind, colours.frame, box), enlarge(colours.contrast, colours.frame, box)
    own = cv2.multiply(cv2.subtract(near, behind, dtype=cv2.CV_32F), weight)
    cv2.add(own, behind, dst=own)
    cv2.add(own, cv2.multiply(1 - cv2.multiply(weight, weight), contrast), dst=own)
    # Unlike these, numpy's clip keeps the interpreter's lock.
    cv2.threshold(own, 0, 0, cv2.THRESH_TOZERO, dst=own)
    return cv2.threshold(own, float(np.iinfo(near.dtype).max), 0, cv2.THRESH_TRUNC, dst=own)[1]


def join(pixels: Pixels, blurred: Pixels, mask: Mask) -> Pixels:
    """The source method's last step: subject and blurred rest picked bit by bit and put together, in place.

    pixels: H×W×3. blurred: the same, changed and returned. mask: H×W, 255 on the subject and 0 elsewhere.
    """

    def draw(box: Box) -> None:
        part = inside(box)
        subject = cv2.bitwise_and(pixels[part], pixels[part], mask=mask[part])
        rest = cv2.bitwise_and(blurred[part], blurred[part], mask=cv2.bitwise_not(mask[part]))
        blurred[part] = cv2.bitwise_or(subject, rest)

    each(list(tiles(mask.shape[0], mask.shape[1], JOINED_SIDE)), draw)
    return blurred


def covering(picture: Pixels, size: tuple[int, int], dtype: np.dtype[Any]) -> Pixels:
    """A picture cut to the shape of (height, width) `size` around its middle: h×w×3 in the range of a dtype."""
    height, width = picture.shape[:2]
    scale = min(height / size[0], width / size[1])
    rows, columns = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - rows) // 2, (width - columns) // 2
    cut = picture[top : top + rows, left : left + columns]
    shrinks = rows * columns > size[0] * size[1]
    fitted = cv2.resize(cut, size[::-1], interpolation=cv2.INTER_AREA) if shrinks else cut
    scaled = fitted.astype(np.float32) * np.float32(np.iinfo(dtype).max / np.iinfo(picture.dtype).max)
    rounded: Pixels = np.rint(scaled).astype(dtype)
    return rounded


def side_by_side(panels: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Pictures of one size next to each other, each under its label: (h + bar)×(n·w + gaps)×3 uint8 BGR.

    panels: (label, H×W×3 uint8) pairs.
    """
    height, width = panels[0][1].shape[:2]
    bar = max(24, round(0.05 * min(height, width)))
    columns = []
    for label, pixels in panels:
        head = np.full((bar, width, 3), 255, np.uint8)
        scale = bar / 36
        (text_width, text_height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        foot = ((width - text_width) // 2, (bar + text_height) // 2)
        cv2.putText(head, label, foot, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), max(1, bar // 24), cv2.LINE_AA)
        columns += [np.vstack([head, pixels]), np.full((height + bar, max(2, bar // 6), 3), 255, np.uint8)]
    return np.hstack(columns[:-1])
