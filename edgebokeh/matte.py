"""Mattes: compared, voted on, snapped to the photo's edges, grown, softened; and the subject's own colours.

Every function takes arrays and numbers and returns new arrays. A matte is float32 in [0, 1], 1 = subject.
"""

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.tiles import Box, each, enlarge, inside, shrink

WORK_SIDE = 768
"""Long side, in pixels, of the reduced picture in which people are found and edges are estimated."""

COLOUR_SIDE = 512
"""The same for the colours on both sides of the edge."""

SUM = np.ones((1, 3), np.float32)
"""Adds up three channels, in cv2.transform."""


def resize(plane: Floats, size: tuple[int, int]) -> Floats:
    """A picture or matte resized to (height, width): by area when it shrinks, linearly when it grows."""
    if plane.shape[:2] == size:
        return plane
    shrinks = plane.shape[0] * plane.shape[1] > size[0] * size[1]
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


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


def solid(matte: Matte, reach: float = 0.02) -> Matte:
    """The matte filled up to 1 where it is above 1/2 all around, further than `reach` of the long side from the edge.

    A body has no haze inside; the networks do where they are unsure. Gaps, below 1/2, stay.
    """
    depth = _distance((matte <= 0.5).astype(np.uint8)) / (reach * max(matte.shape))
    filled: Matte = np.maximum(matte, np.clip(depth - 1, 0, 1).astype(np.float32))
    return filled


def levels(matte: Matte, low: float = 0.1, high: float = 0.9) -> Matte:
    """The matte with what is below `low` cleared to 0, what is above `high` filled to 1, and a smooth step between.

    A guided filter leaves a haze far from the edge, which would show there as a ghost of sharpness.
    """
    step = np.clip((matte - low) / (high - low), 0, 1)
    smooth: Matte = step * step * (3 - 2 * step)
    return smooth


def refine(pixels: Pixels, small: Pixels, matte: Matte, radius: float, eps: float) -> Matte:
    """A matte snapped to the photo's edges by a colour guided filter, then cleared of haze by `levels`.

    The coefficients are computed in the reduced photo and applied to the full one (He, Sun and Tang 2010; He and Sun
    2015), but only in the tiles where the matte is neither 0 nor 1 throughout.

    pixels: H×W×3 uint8 or uint16. small: the same photo as `reduced` makes it. matte: any size, float32. radius: of the
    filter's window, as a share of the long side. eps: how much contrast counts as an edge, as a variance of colours in
    0..1. Returns H×W float32.
    """
    size = height, width = pixels.shape[:2]
    limit = np.float32(np.iinfo(pixels.dtype).max)
    guide = small.astype(np.float32) / limit
    work = guide.shape[:2]
    factors, constant = guided(guide, resize(matte, work), max(1, round(radius * max(work))), eps)
    coarse = levels(cv2.transform(factors * guide, SUM) + constant)
    if work == size:
        return coarse
    result = np.empty(size, np.float32)

    def draw(box: Box) -> None:
        near = coarse[inside(shrink(box, size, work))]
        if near.min() == near.max():
            result[inside(box)] = near.flat[0]
        else:
            tile = enlarge(factors, size, box) * pixels[inside(box)]
            result[inside(box)] = levels(cv2.transform(tile, SUM / limit) + enlarge(constant, size, box))

    each(height, width, draw)
    return result


def guided(guide: Floats, matte: Matte, radius: int, eps: float) -> tuple[Floats, Floats]:
    """A colour guided filter's coefficients, averaged over windows (He, Sun and Tang 2010, equations 19 to 21).

    guide: h×w×3 in 0..1. matte: h×w. radius: of the square window, in pixels. Returns factors h×w×3 and a constant h×w:
    the filtered matte is the sum of factors · guide over the channels, plus the constant.
    """

    def mean(image: Floats) -> Floats:
        return cv2.blur(image, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    means, mean_matte = mean(guide), mean(matte)

    def covariance(i: int, j: int) -> Floats:
        spread: Floats = mean(guide[..., i] * guide[..., j]) - means[..., i] * means[..., j]
        return spread

    bb, gg, rr = covariance(0, 0) + eps, covariance(1, 1) + eps, covariance(2, 2) + eps
    bg, br, gr = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    inverse = (
        (gg * rr - gr * gr, br * gr - bg * rr, bg * gr - br * gg),
        (br * gr - bg * rr, bb * rr - br * br, bg * br - bb * gr),
        (bg * gr - br * gg, bg * br - bb * gr, bb * gg - bg * bg),
    )
    determinant = np.maximum(bb * inverse[0][0] + bg * inverse[0][1] + br * inverse[0][2], eps**3 / 2)
    b, g, r = cv2.split(mean(guide * matte[..., None]) - means * mean_matte[..., None])
    factors = np.dstack([(row[0] * b + row[1] * g + row[2] * r) / determinant for row in inverse])
    return mean(factors), mean(mean_matte - (factors * means).sum(axis=2))


def colours(small: Pixels, matte: Matte, radii: tuple[float, ...] = (0.01, 0.002)) -> tuple[Floats, Floats]:
    """Local mean colours of subject and background, each free of the other: blur-fusion (Forte and Germer 2021).

    The estimate is made in a picture of COLOUR_SIDE pixels, once per radius, each time from the last one's colours.

    small: the photo as `reduced` makes it. matte: of any size. radii: of the windows, as shares of the long side, from
    wide to narrow. Returns two h×w×3 float32 in the range of `small`. A subject pixel's own colour is
    subject + matte · (pixel − matte · subject − (1 − matte) · background).
    """
    photo = reduced(small, COLOUR_SIDE).astype(np.float32)
    alpha = resize(matte, photo.shape[:2])[..., None]
    subject = background = photo
    for radius in radii:
        near = (2 * max(1, round(radius * max(alpha.shape))) + 1,) * 2
        weight = cv2.blur(alpha, near)[..., None]
        mean_subject = cv2.blur(subject * alpha, near) / (weight + 1e-5)
        background = cv2.blur(background * (1 - alpha), near) / (1 - weight + 1e-5)
        subject = mean_subject + alpha * (photo - alpha * mean_subject - (1 - alpha) * background)
        subject = np.clip(subject, 0, np.iinfo(small.dtype).max)
    return mean_subject, background


def _distance(region: Mask) -> Floats:
    """How far each pixel is from a region of 1 among 0, in pixels; very far where there is no region."""
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    return cv2.distanceTransform(1 - region, cv2.DIST_L2, cv2.DIST_MASK_5)
