"""Mattes: compared, voted on, snapped to the photo's edges, grown, softened; and the subject's own colours.

No function changes what it is given. A matte is float32 in [0, 1], 1 = subject.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from edgebokeh.alpha import Alpha, Colours, Filter, broad, in_8_bit
from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.threads import each
from edgebokeh.tiles import TILE, Box, inside, reduce, resize

WORK_SIDE = 768
"""Long side, in pixels, of the reduced picture in which people are found and edges are estimated."""

COLOUR_SIDE = 512
"""The same for the colours on both sides of the edge."""

HALVED_RADIUS = 6
"""Pixels; a guided filter with wider windows is computed at half the size (He and Sun 2015 take a quarter of them)."""

MOVED_ROWS = 4
"""Of tiles, whose edges are moved at a time."""

BAND = 96
"""Rows that the guided filter works on at a time: enough that what it needs of their neighbours costs little."""


def reduced(pixels: Pixels, side: int = WORK_SIDE) -> Pixels:
    """The photo with a long side of at most `side` pixels, by area."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    return resize(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))


def agreement(one: Matte, other: Matte) -> float:
    """Intersection over union of two silhouettes (matte above 1/2) of one size; 1 where both are empty."""
    first, second = one > 0.5, other > 0.5
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def share(matte: Matte) -> float:
    """The part of the picture that is subject (matte above 1/2), 0..1."""
    return float(np.count_nonzero(matte > 0.5) / matte.size)


def last_word(drawn: Matte, found: Matte, reach: float = 0.05) -> Matte:
    """The drawn matte where it lies near the silhouette that both agree on by vote, and that silhouette elsewhere.

    drawn: from the matting network, which draws fine edges but now and then adds or loses a whole part.
    found: the finder's matte of the same crop, of the same size. reach: how far from the vote's edge the drawn matte
    counts, as a share of the long side.
    """
    vote = (drawn + found > 1).astype(np.uint8)
    radius = max(1, round(reach * max(vote.shape)))
    soft = (2 * max(1, radius // 3) + 1,) * 2
    most = cv2.blur((_distance(vote) <= radius).astype(np.float32), soft)
    least = cv2.blur((_distance(1 - vote) > radius).astype(np.float32), soft)
    return np.clip(drawn, np.minimum(least, most), most)


def restored(drawn: Matte, found: Matte, thick: float = 0.03, part: float = 0.1) -> Matte:
    """The drawn matte with the parts of the body put back that it lost whole, such as a head seen from behind.

    drawn: from the matting network. found: the finder's matte of the same crop and size. A part is put back as found if
    it is thicker than twice `thick` of the long side, so that it is no matter of edges. Nothing is where the lost parts
    together cover more than `part` of what both agree on: then the finder took things for people.
    """
    agreed = drawn + found > 1
    lost = ((found > 0.5) & ~agreed).astype(np.uint8)
    if np.count_nonzero(lost) > part * np.count_nonzero(agreed):
        return drawn
    radius = max(2.0, thick * max(found.shape))
    _, regions = cv2.connectedComponents(lost)
    thick_ones = np.unique(regions[(lost == 1) & (_distance(1 - lost) > radius)])
    back = np.isin(regions, thick_ones).astype(np.uint8)
    return np.maximum(drawn, np.where(_distance(back) <= radius, found, 0).astype(np.float32))


def vouched(found: Matte, person: Matte, threshold: float = 0.2, part: float = 0.25, reach: float = 0.1) -> Matte:
    """The found matte where a class-aware network vouches for it: near where both see a person.

    found, person: h×w, the person's probability counts above `threshold`. part: of each connected region of the found
    matte, how much it has to see. reach: how far around that the found matte is kept, as a share of the long side.
    """
    _, regions = cv2.connectedComponents((found > 0.5).astype(np.uint8))
    both = (person > threshold) & (found > 0.5)
    seen = np.bincount(regions.ravel(), both.ravel()) / np.maximum(np.bincount(regions.ravel()), 1)
    radius = max(1, round(reach * max(found.shape)))
    near = _distance((both & (seen[regions] >= part)).astype(np.uint8)) <= radius
    kept: Matte = found * cv2.blur(near.astype(np.float32), (2 * (radius // 2) + 1,) * 2)
    return kept


def main_subject(matte: Matte) -> Matte:
    """The matte of one person or group alone: the connected region that is largest and most central.

    A region counts by its area, weighted with a Gaussian of a third of the picture's sides around the centre.
    """
    height, width = matte.shape
    count, labels = cv2.connectedComponents((matte > 0.5).astype(np.uint8))
    if count < 3:
        return matte
    centre = np.exp(-((np.linspace(-1.5, 1.5, height)[:, None]) ** 2 + np.linspace(-1.5, 1.5, width) ** 2) / 2)
    weights = np.bincount(labels.ravel(), centre.ravel())
    chosen = 1 + int(np.argmax(weights[1:]))
    # Soft pixels belong to the region that is nearest: the others are cut off half-way between.
    others = ((labels != chosen) & (labels > 0)).astype(np.uint8)
    nearer = _distance((labels == chosen).astype(np.uint8)) <= _distance(others)
    return np.where(nearer, matte, np.float32(0))


def shifted(matte: Matte, expand: float, feather: float) -> Matte:
    """The matte's edge moved outwards by `expand` pixels (inwards below 0), then softened over `feather` pixels."""
    if expand:
        within = (matte > 0.5).astype(np.uint8)
        # Distances are measured between the centres of pixels, the edge runs half-way.
        outside = _distance(within) - 0.5 if expand > 0 else 0.5 - _distance(1 - within)
        moved = np.clip(expand - outside + 0.5, 0, 1).astype(np.float32)
        matte = np.maximum(matte, moved) if expand > 0 else np.minimum(matte, moved)
    if feather:
        matte = cv2.GaussianBlur(matte, (0, 0), feather / 2, borderType=cv2.BORDER_REPLICATE)
    return matte


def moved(alpha: Alpha, pixels: Pixels, expand: float, feather: float) -> Alpha:
    """`shifted` for the matte of a whole photo, H×W×3, both in its pixels; a few rows of tiles at a time."""
    height, width = pixels.shape[:2]
    # A Gaussian of floating-point numbers ends for OpenCV at four standard deviations.
    reach = math.ceil(abs(expand) + 4 * feather / 2) + 2
    beyond = -(-reach // TILE)
    whole = np.empty((height, width), np.uint8)
    for first in range(0, -(-height // TILE), MOVED_ROWS):
        start, top = max(0, first - beyond), first * TILE
        rows = alpha.drawn(pixels, slice(start, first + MOVED_ROWS + beyond))
        part = shifted(rows, expand, feather)[top - start * TILE :][: MOVED_ROWS * TILE]
        whole[top : top + len(part)] = in_8_bit(part)
    frame = alpha.frame or alpha.coarse.shape
    scale = max(alpha.coarse.shape) / max(frame)
    coarse = shifted(alpha.coarse, expand * scale, feather * scale)
    return Alpha(coarse, frame, whole=whole, still=alpha.coarse, reach=reach)


def solid(matte: Matte, reach: float = 0.02) -> Matte:
    """The matte filled up to 1 where it is above 1/2 all around, further than `reach` of the long side from the edge.

    A body has no haze inside; the networks do where they are unsure. Gaps, below 1/2, stay.
    """
    depth = _distance((matte <= 0.5).astype(np.uint8)) / (reach * max(matte.shape))
    filled: Matte = np.maximum(matte, np.clip(depth - 1, 0, 1).astype(np.float32))
    return filled


def refined(small: Pixels, matte: Matte, frame: tuple[int, int], radius: float, eps: float) -> Alpha:
    """A matte, made `solid`, that follows the photo's edges by a colour guided filter, cleared of haze by `levels`.

    The coefficients are computed in a reduced photo and applied to the full one (He, Sun and Tang 2010; He and Sun
    2015): around the edges alone, and at half the size of `small` where the windows are wide enough for that.

    small: h×w×3 uint8 or uint16, the photo reduced; it covers (height, width) `frame` of it. matte: of any size,
    float32. radius: of the filter's window, as a share of the long side. eps: how much contrast counts as an edge, as a
    variance of colours in 0..1.
    """
    times = 2 if radius * max(small.shape) >= HALVED_RADIUS else 1
    guide = reduce(small, times)
    size = height, width = guide.shape[:2]
    matte = cleared(solid(resize(matte, size)))
    reach = max(1, round(radius * max(size)))
    factors, constant = np.zeros((*size, 3), np.float32), matte.copy()

    def draw(box: Box) -> None:
        grown = _grown(box, 2 * reach, size)
        part = slice(box[1] - grown[1], box[3] - grown[1]), slice(box[0] - grown[0], box[2] - grown[0])
        near = inside(grown)
        found = guided(guide[near] * np.float32(1 / np.iinfo(small.dtype).max), matte[near], reach, eps)
        factors[inside(box)], constant[inside(box)] = (coefficients[part] for coefficients in found)

    each(_bands_around_edges(matte, 2 * reach), draw)
    covered = (height * times, width * times)
    coarse = Filter(factors, constant, covered).tile(small, (0, 0, small.shape[1], small.shape[0]))
    if frame == small.shape[:2] or frame[0] % small.shape[0]:
        return Alpha(coarse, frame, Filter(factors, constant, frame))
    scale = frame[0] // small.shape[0]
    return Alpha(coarse, frame, Filter(factors, constant, (covered[0] * scale, covered[1] * scale)))


def guided(guide: Floats, matte: Matte, radius: int, eps: float) -> tuple[Floats, Floats]:
    """A colour guided filter's coefficients, averaged over windows (He, Sun and Tang 2010, equations 19 to 21).

    guide: h×w×3 in 0..1. matte: h×w. radius: of the square window, in pixels. Returns factors h×w×3 and a constant h×w:
    the filtered matte is the sum of factors · guide over the channels, plus the constant.
    """

    def mean(image: Floats) -> Floats:
        return cv2.blur(image, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    planes = cv2.split(guide)
    means, mean_matte = [mean(plane) for plane in planes], mean(matte)

    def covariance(i: int, j: int) -> Floats:
        spread = mean(planes[i] * planes[j])
        spread -= means[i] * means[j]
        return spread

    bb, gg, rr = covariance(0, 0) + eps, covariance(1, 1) + eps, covariance(2, 2) + eps
    bg, br, gr = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    first, second, third = gg * rr - gr * gr, br * gr - bg * rr, bg * gr - br * gg
    fourth, fifth, sixth = bb * rr - br * br, bg * br - bb * gr, bb * gg - bg * bg
    inverse = (first, second, third), (second, fourth, fifth), (third, fifth, sixth)
    determinant = np.maximum(bb * first + bg * second + br * third, eps**3 / 2)
    b, g, r = (mean(plane * matte) - own * mean_matte for plane, own in zip(planes, means, strict=True))
    factors = [(row[0] * b + row[1] * g + row[2] * r) / determinant for row in inverse]
    constant = mean_matte - sum(factor * own for factor, own in zip(factors, means, strict=True))
    return mean(cv2.merge(factors)), mean(constant)


def cleared(matte: Matte, haze: float = 0.02) -> Matte:
    """The matte with what is nearly 0 or 1 made so."""
    clear = matte.copy()
    clear[matte < haze] = 0
    clear[matte > 1 - haze] = 1
    return clear


def _bands_around_edges(matte: Matte, reach: int) -> list[Box]:
    """Boxes, one below the other, that hold all places within `reach` pixels of where a matte varies."""
    square = np.ones((3, 3), np.uint8)
    edge = cv2.morphologyEx(matte, cv2.MORPH_GRADIENT, square, borderType=cv2.BORDER_REPLICATE) > 0
    edge |= (matte > 0) & (matte < 1)
    if not edge.any():
        return []
    rows, columns = np.flatnonzero(edge.any(axis=1)), np.flatnonzero(edge.any(axis=0))
    hull = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    left, top, right, bottom = _grown(hull, reach, matte.shape)
    return [(left, start, right, min(start + BAND, bottom)) for start in range(top, bottom, BAND)]


def _grown(box: Box, reach: int, size: tuple[int, ...]) -> Box:
    """The box with so many pixels more on each side, within a picture of (height, width)."""
    left, top, right, bottom = box
    return max(0, left - reach), max(0, top - reach), min(size[1], right + reach), min(size[0], bottom + reach)


def colours(small: Pixels, matte: Matte, frame: tuple[int, int], radii: tuple[float, ...] = (0.01, 0.002)) -> Colours:
    """Local mean colours of subject and background, each free of the other: blur-fusion (Forte and Germer 2021).

    The estimate is made in a picture of about COLOUR_SIDE pixels, once per radius, each time from the last one's.

    small: the photo reduced; it covers (height, width) `frame` of it. matte: of any size. radii: of the windows, as
    shares of the long side, from wide to narrow.
    """
    aligned = frame[0] % small.shape[0] == 0 and frame != small.shape[:2]
    times = 2 if aligned and max(small.shape) > COLOUR_SIDE * 1.4 else 1
    photo = (reduce(small, times) if aligned else reduced(small, COLOUR_SIDE)).astype(np.float32)
    alpha = resize(matte, photo.shape[:2])
    nears = [2 * max(1, round(radius * max(photo.shape))) + 1 for radius in radii]
    behind, contrast = np.empty_like(photo), np.empty_like(photo)
    width, height = photo.shape[1], photo.shape[0]

    def draw(box: Box) -> None:
        grown = _grown(box, sum(near // 2 for near in nears), photo.shape)
        part = slice(box[1] - grown[1], box[3] - grown[1])
        subject, background = _both_sides(photo[inside(grown)], alpha[inside(grown)], nears, np.iinfo(small.dtype).max)
        behind[inside(box)] = background[part]
        np.subtract(subject[part], background[part], out=contrast[inside(box)])

    each([(0, top, width, min(top + BAND, height)) for top in range(0, height, BAND)], draw)
    if aligned:
        scale = times * (frame[0] // small.shape[0])
        frame = photo.shape[0] * scale, photo.shape[1] * scale
    return Colours(behind, contrast, frame)


def _both_sides(photo: Floats, alpha: Matte, nears: Sequence[int], limit: float) -> tuple[Floats, Floats]:
    """Mean colours of subject and background, h×w×3, in windows of so many pixels, each from the last one's."""
    weight = broad(alpha)
    rest = 1 - weight
    subject: Floats = photo
    background: Floats = photo
    for number, near in enumerate(nears):
        window = (near, near)
        around = cv2.blur(weight, window)
        mean_subject = cv2.divide(cv2.blur(cv2.multiply(subject, weight), window), around + 1e-5)
        background = cv2.divide(cv2.blur(cv2.multiply(background, rest), window), 1 - around + 1e-5)
        if number + 1 < len(nears):
            subject = photo - cv2.multiply(weight, mean_subject) - cv2.multiply(rest, background)
            subject = np.clip(mean_subject + cv2.multiply(weight, subject), 0, limit)
    return mean_subject, background


def _distance(region: Mask) -> Floats:
    """How far each pixel is from a region of 1 among 0, in pixels; very far where there is no region."""
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    return cv2.distanceTransform(1 - region, cv2.DIST_L2, cv2.DIST_MASK_5)
