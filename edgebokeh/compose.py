"""Subject and background joined: softly and without a halo, bit by bit as in the source method, or side by side."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.tiles import Box, each, enlarge, inside

LARGEST_REDUCTION = 16
"""Further down blurring costs nothing any more, and the enlarging begins to show."""

BLURRED_AREA = 1_500_000
"""So many pixels are blurred in a moment, whatever the style."""

WEIGHED_AREA = 1_000_000
"""So many pixels of a photo are enough to tell subject from background before the blur."""

TRUST = 1e-4
"""Weight of a pixel's own colour in the background, so that it is defined where there is only subject around."""


@dataclass(frozen=True, slots=True)
class Tone:
    """How colours in 0..1 are bent before a blur, and back after it; each maps float32 arrays to such."""

    before: Callable[[Floats], Floats]
    after: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies behind the subject.

    picture: h×w×3 of any size, in the range of the photo's pixels; it is enlarged linearly.
    sharp: h×w float32 of any size, 1 where the background is as sharp as in the photo; None where it nowhere is.
    grey: such places are shown without colour.
    """

    picture: Floats
    sharp: Matte | None = None
    grey: bool = False


def reduction(sigma: float, detail: float, area: int = 0) -> int:
    """By how much a photo of `area` pixels is reduced for a blur of `sigma` pixels.

    The reduced blur keeps `detail` pixels, but less in a large photo whose blur is weak, so that no more than about
    BLURRED_AREA is ever blurred. The reduction itself may then blur more than `sigma`: `own_variance` tells.
    """
    return min(max(1, int(sigma / detail), math.isqrt(area // BLURRED_AREA)), LARGEST_REDUCTION)


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
    detail: float = 2.0,
    tone: Tone | None = None,
) -> Floats:
    """The blurred background at a reduced scale, free of the subject's colours.

    The picture is weighted with 1 − matte, blurred together with that weight and divided by it (normalised convolution,
    Knutsson and Westin 1993), so that nothing of the subject spreads outwards.

    pixels: H×W×3. matte: H×W. blur: a function of `styles`, its options bound. sigma: in pixels of the photo. detail:
    the smallest sigma after the reduction. tone: bends the colours around the blur. Returns h×w×3 float32 in the range
    of `pixels`.
    """
    scale = reduction(sigma, detail, matte.size)
    limit = np.float32(np.iinfo(pixels.dtype).max)
    # Weighted at a finer scale than blurred: a coarse pixel on the edge holds colours of both sides.
    finer = min(scale, max(math.ceil(scale / 3), math.isqrt(matte.size // WEIGHED_AREA)))
    photo = _reduced(pixels, matte.shape, finer).astype(np.float32)
    if tone:
        photo = tone.before(photo / limit)
    weight = 1 - _reduced(matte, matte.shape, finer)[..., None]
    weighted = _reduced(np.dstack([photo * weight, weight]), matte.shape, scale)
    spread = blur(weighted, max(0.0, sigma**2 - own_variance(scale)) ** 0.5 / scale)
    own = weighted[..., :3] / np.maximum(weighted[..., 3:], TRUST)
    far: Floats = (spread[..., :3] + TRUST * own) / (spread[..., 3:] + TRUST)
    return tone.after(far) * limit if tone else far


def _reduced(picture: Floats, size: tuple[int, ...], scale: int) -> Floats:
    """A picture of, or once reduced from, (height, width) `size` as it is at 1/scale."""
    target = max(1, round(size[1] / scale)), max(1, round(size[0] / scale))
    return picture if picture.shape[1::-1] == target else cv2.resize(picture, target, interpolation=cv2.INTER_AREA)


def blend(pixels: Pixels, matte: Matte, far: Backdrop, colours: tuple[Floats, Floats] | None = None) -> Pixels:
    """matte · subject + (1 − matte) · background, rounded.

    pixels: H×W×3. matte: H×W. colours: of subject and background around each pixel, as `matte.colours` estimates them;
    without them an edge pixel's own colour counts as the subject's.
    Returns a new H×W×3 of the same dtype; where the matte is 1 it is the photo's own pixels.
    """
    limit = np.iinfo(pixels.dtype).max
    small = np.clip(np.rint(far.picture), 0, limit).astype(pixels.dtype)
    result = np.empty_like(pixels)
    size = height, width = pixels.shape[:2]

    def draw(box: Box) -> None:
        near, alpha = pixels[inside(box)], matte[inside(box)]
        if alpha.min() == 1:
            result[inside(box)] = near
        elif alpha.max() == 0 and far.sharp is None:
            result[inside(box)] = enlarge(small, size, box)
        else:
            subject = subject_colour(near, alpha, colours, size, box) if colours else near.astype(np.float32)
            tile = _mixed(subject, enlarge(small, size, box), alpha)
            if far.sharp is not None:
                unblurred = _mixed(subject, grey(near), alpha) if far.grey else near
                tile = _mixed(unblurred, tile, enlarge(far.sharp, size, box))
            result[inside(box)] = _stored(tile, pixels.dtype)

    each(height, width, draw)
    return result


def _mixed(one: Floats, other: Floats, weight: Matte) -> Floats:
    """weight · one + (1 − weight) · other, float32; exactly `one` where the weight is 1."""
    mixed = np.subtract(one, other, dtype=np.float32)
    mixed *= weight[..., None]
    mixed += other
    return mixed


def _stored(tile: Floats, dtype: np.dtype[Any]) -> Pixels:
    """A tile of float32 rounded to uint8 or uint16."""
    if dtype == np.uint8:
        return cv2.convertScaleAbs(np.maximum(tile, 0, out=tile))
    stored: Pixels = np.clip(np.rint(tile), 0, np.iinfo(dtype).max).astype(dtype)
    return stored


def grey(picture: Floats) -> Floats:
    """A picture without colour, H×W×3 of the same dtype."""
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def decontaminated(pixels: Pixels, matte: Matte, colours: tuple[Floats, Floats]) -> Pixels:
    """The subject's own colours for a cutout: edge pixels without the old background, and black where there is none.

    Takes what `blend` takes; returns H×W×3 of the same dtype.
    """
    result = np.zeros_like(pixels)
    size = height, width = pixels.shape[:2]

    def draw(box: Box) -> None:
        alpha = matte[inside(box)]
        if alpha.max() > 0:
            subject = subject_colour(pixels[inside(box)], alpha, colours, size, box)
            result[inside(box)] = _stored(subject, pixels.dtype)

    each(height, width, draw)
    return result


def subject_colour(
    near: Pixels, alpha: Matte, colours: tuple[Floats, Floats], size: tuple[int, ...], box: Box
) -> Floats:
    """The subject's colour at each pixel of a tile (Forte and Germer 2021, equation 4), float32 in the photo's range.

    near, alpha: photo and matte of the tile. colours: of the whole photo of (height, width) `size`. box: of the tile.
    """
    height, width = size[:2]
    subject, behind = (enlarge(colour, (height, width), box) for colour in colours)
    weight = alpha[..., None]
    own = subject + weight * (near - weight * subject - (1 - weight) * behind)
    clipped: Floats = np.clip(own, 0, np.iinfo(near.dtype).max)
    return clipped


def join(pixels: Pixels, blurred: Pixels, mask: Mask) -> Pixels:
    """The source method's last step: subject and blurred rest picked bit by bit and put together.

    pixels, blurred: H×W×3 of one dtype. mask: H×W, 255 on the subject and 0 elsewhere.
    """
    subject = cv2.bitwise_and(pixels, pixels, mask=mask)
    rest = cv2.bitwise_and(blurred, blurred, mask=cv2.bitwise_not(mask))
    return cv2.bitwise_or(subject, rest)


def covering(picture: Pixels, size: tuple[int, int], limit: int) -> Floats:
    """A picture cut to the shape of (height, width) `size` around its middle: h×w×3 float32 in 0..limit."""
    height, width = picture.shape[:2]
    scale = min(height / size[0], width / size[1])
    rows, columns = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - rows) // 2, (width - columns) // 2
    cut = picture[top : top + rows, left : left + columns]
    shrinks = rows * columns > size[0] * size[1]
    fitted = cv2.resize(cut, size[::-1], interpolation=cv2.INTER_AREA) if shrinks else cut
    scaled: Floats = fitted.astype(np.float32) * np.float32(limit / np.iinfo(picture.dtype).max)
    return scaled


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
