"""Blur styles. Each is a linear function of the picture that leaves a constant picture as it is.

A style takes float32 H×W×C with one to four channels and its strength in pixels of that picture, and returns the same
shape. The compositor calls it on `[BGR·w, w]`, so one rule removes the halo for every style. The strength `sigma` is a
standard deviation, along the streak or along each axis, so that the same number looks about as strong in all of them.

Borders are mirrored with the outermost pixel doubled: in a reduced picture that pixel stands for many.
"""

import math
from collections import deque
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Matte

UNIFORM = math.sqrt(12)
"""The length of a line, or the side of a square, whose points have a standard deviation of 1 along it."""

PIXEL_VARIANCE = 1 / 12
"""What the pixel itself, a square of side 1, adds to the variance of a shape drawn with smooth edges."""

HIGHLIGHT_STOPS = 6
"""How many times white doubles at the highest gain."""

LEVEL_RATIO = math.sqrt(2)
"""Between the strengths that `varying` mixes; further apart, a light behind a lens shows as one disc inside another."""


class Style(NamedTuple):
    """What there is to know about a blur style.

    blur: blur(image, sigma, **options). summary: one line for a list of the styles.
    options: keywords of `blur` that a caller may set, each a number with a default in its signature.
    linear_light: to be blurred in linear light, between `to_linear` and `from_linear`.
    detail: the smallest sigma in pixels at which it still looks right when its result is enlarged linearly.
    twice: twice(blurred, sigma, **options) makes the same as `blur` of what it made with half of sigma, with less work.
    """

    blur: Callable[..., Floats]
    summary: str
    options: tuple[str, ...] = ()
    linear_light: bool = False
    detail: float = 2.0
    twice: Callable[..., Floats] | None = None


def gaussian(image: Floats, sigma: float) -> Floats:
    """Gaussian blur with a standard deviation of `sigma` pixels."""
    if sigma <= 0:
        return image
    blurred = cv2.GaussianBlur(image, (0, 0), _bounded(sigma, image), borderType=cv2.BORDER_REFLECT)
    return blurred.reshape(image.shape)


def lens(image: Floats, sigma: float, *, blades: int = 0) -> Floats:
    """Each point becomes an evenly lit disc, as behind a lens out of focus (Potmesil and Chakravarty 1981).

    blades: 0 for a round aperture, 3..12 for a regular polygon of the same area, a corner on top.
    A disc of radius r has the variance r²/4 along each axis, so r = 2·sigma. At the same area a pentagon has 2 % more
    variance, a triangle 21 %.
    """
    if sigma <= 0:
        return image
    radius = 2 * math.sqrt(max(0.0, _bounded(sigma, image) ** 2 - PIXEL_VARIANCE))
    right, down = _grid(1.6 * radius, 1.6 * radius)
    distance = np.hypot(right, down)
    if blades >= 3:
        sector = 2 * math.pi / blades
        from_side = (np.arctan2(right, -down) % sector) - sector / 2
        distance *= np.cos(from_side)
        radius *= math.sqrt(math.pi / (blades * math.tan(sector / 2)))
    return _convolve(image, np.clip(radius - distance + 0.5, 0, 1))


def motion(image: Floats, sigma: float, *, angle: float = 0.0) -> Floats:
    """Each point becomes an even, straight streak, as when the camera moves.

    angle: of the streak, in degrees anticlockwise from the horizontal.
    A streak of length L has the variance L²/12, so L = sigma·√12.
    """
    if sigma <= 0:
        return image
    half = UNIFORM * _bounded(sigma, image) / 2
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    right, down = _grid(half * abs(cosine), half * abs(sine))
    along, across = right * cosine - down * sine, right * sine + down * cosine
    return _convolve(image, np.clip(half - np.abs(along) + 0.5, 0, 1) * np.clip(1 - np.abs(across), 0, 1))


def zoom(image: Floats, sigma: float, *, x: float = 0.5, y: float = 0.5) -> Floats:
    """Each point becomes a streak away from a centre, as when the lens zooms during the exposure.

    x, y: the centre as shares of width and height. The streak's standard deviation grows linearly with the distance
    from the centre and is `sigma` at half the picture's diagonal.
    The mean of 2ⁿ enlargements in even steps of their logarithm, in n passes that each double the streak, the idea of
    the à trous transform (Holschneider et al. 1989); the first step moves no point of the picture by more than a pixel.
    """
    height, width = image.shape[:2]
    sigma = _bounded(sigma, image)
    furthest = math.hypot(max(x, 1 - x) * width, max(y, 1 - y) * height)
    if _streak(sigma, image) * furthest <= 1:
        return image
    return zoom_twice(zoom(image, sigma / 2, x=x, y=y), sigma, x=x, y=y)


def zoom_twice(image: Floats, sigma: float, *, x: float = 0.5, y: float = 0.5) -> Floats:
    """What `zoom` with `sigma` makes of a picture, from what it made with half of that."""
    height, width = image.shape[:2]
    centre = (x * width - 0.5, y * height - 0.5)
    step = _streak(sigma, image) / 4
    ends = [_scaled(image, math.exp(share), centre) for share in (step, -step)]
    return cv2.addWeighted(ends[0], 0.5, ends[1], 0.5, 0, dst=ends[0]).reshape(image.shape)


def tilt(image: Floats, sigma: float, *, line: float = 1.0, width: float = 0.2) -> Floats:
    """Gaussian blur that grows with the distance from a level line of focus, as behind a tilted lens.

    line: its place as a share of the height from the top. width: of the band around it that stays sharp, a share of the
    height. `sigma` is reached at the picture's edge that is further from the line.
    """
    rows, columns = image.shape[:2]
    return varying(gaussian, image, sigma, away_from_line(rows, columns, line, width))


def pixelate(image: Floats, sigma: float) -> Floats:
    """A mosaic of equal cells, each the mean of what it covers.

    A square of side a has the variance a²/12 along each axis, so a = sigma·√12; it is adjusted so that whole cells fill
    the picture. Cells keep crisp edges only where the picture is hardly enlarged afterwards.
    """
    height, width = image.shape[:2]
    side = max(1.0, UNIFORM * sigma)
    cells = (max(1, round(width / side)), max(1, round(height / side)))
    means = cv2.resize(image, cells, interpolation=cv2.INTER_AREA)
    return cv2.resize(means, (width, height), interpolation=cv2.INTER_NEAREST).reshape(image.shape)


def varying(
    blur: Callable[[Floats, float], Floats],
    image: Floats,
    sigma: float,
    amount: Matte,
    twice: Callable[[Floats, float], Floats] | None = None,
) -> Floats:
    """`blur` with a strength of amount · sigma at each pixel.

    blur: any style, its options bound; twice: that of `Style`, bound alike. amount: H×W float32 in [0, 1]; 0 leaves the
    pixel as it is.
    The picture is blurred at some strengths, in even ratios from a pixel up to `sigma`, and each pixel mixes the two
    next to its own so that their variances average to its own (as between the levels of a mipmap, Williams 1983).
    """
    if sigma <= 0:
        return image
    strongest = _bounded(sigma, image)
    steps = max(0, math.ceil(math.log(strongest, LEVEL_RATIO)))
    result, below, halves = image, 0.0, deque[Floats](maxlen=2)
    for level in (LEVEL_RATIO**-step for step in range(steps, -1, -1)):
        share = np.clip((amount**2 - below) / (level**2 - below), 0, 1)[..., None]
        strength = level * strongest
        # Two steps of LEVEL_RATIO are a doubling.
        blurred = twice(halves[0], strength) if twice and len(halves) == 2 else blur(image, strength)
        result = result + share * (blurred - result)
        halves.append(blurred)
        below = level**2
    return result


def away_from_line(height: int, width: int, line: float, band: float) -> Matte:
    """How far each row is from a level line: 0 within a band around it, growing evenly to 1 at the edge further away.

    line, band: the place of the line and the width of the band, shares of the height. Returns H×W float32.
    """
    distance = np.abs((np.arange(height) + 0.5) / height - line) - band / 2
    reach = max(line, 1 - line) - band / 2
    rows = np.clip(distance / max(reach, 0.5 / height), 0, 1).astype(np.float32)
    return np.repeat(rows[:, None], width, axis=1)


def to_linear(image: Floats, highlights: float = 0.0) -> Floats:
    """Light from encoded values: the sRGB curve (IEC 61966-2-1), then a gain that gives clipped highlights back.

    image: H×W×C in [0, 1]. highlights: 0..1.
    With p the brightest channel, all are divided by 1 − g·p, so that no hue changes: the inverse of the tone curve
    p / (1 + g·p) (Reinhard et al. 2002). Dark tones stay nearly as they are; white becomes 64 times as bright at the
    highest gain (six stops), eight times at 0.5. The result is in [0, 64].
    """
    toe = image <= 0.04045
    light = np.where(toe, image / 12.92, ((np.maximum(image, 0.04045) + 0.055) / 1.055) ** 2.4)
    return light / (1 - _gain(highlights) * _brightest(light))


def from_linear(image: Floats, highlights: float = 0.0) -> Floats:
    """The inverse of `to_linear` with the same highlights."""
    light = image / (1 + _gain(highlights) * _brightest(image))
    toe = light <= 0.0031308
    return np.where(toe, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def _gain(highlights: float) -> float:
    return 1 - math.exp2(-HIGHLIGHT_STOPS * highlights)


def _brightest(image: Floats) -> Floats:
    """The highest channel of each pixel, H×W×1."""
    highest: Floats = reduce(np.maximum, cv2.split(image))
    return highest[..., None]


def _streak(sigma: float, image: Floats) -> float:
    """The length of a streak of `zoom`, in logarithms of enlargement."""
    return UNIFORM * sigma / (math.hypot(*image.shape[:2]) / 2)


def _bounded(sigma: float, image: Floats) -> float:
    """No more than the longer side: a picture blurred that much shows nothing any more."""
    return min(max(sigma, 0.0), float(max(image.shape[:2])))


def _grid(reach_right: float, reach_down: float) -> tuple[Floats, Floats]:
    """How far each pixel of a kernel is to the right of and below its middle."""
    right, down = math.ceil(reach_right + 0.5), math.ceil(reach_down + 0.5)
    rows, columns = np.mgrid[-down : down + 1, -right : right + 1]
    return columns.astype(np.float64), rows.astype(np.float64)


def _convolve(image: Floats, kernel: Floats) -> Floats:
    """By the Fourier transform, channel by channel; several times as fast as OpenCV's filter2D."""
    (height, width), (down, right) = image.shape[:2], kernel.shape
    size = tuple(cv2.getOptimalDFTSize(side) for side in (height + down - 1, width + right - 1))
    bottom, end = size[0] - height - down // 2, size[1] - width - right // 2
    padded = cv2.copyMakeBorder(image, down // 2, bottom, right // 2, end, cv2.BORDER_REFLECT)
    weights = np.zeros(size, np.float32)
    weights[:down, :right] = kernel / kernel.sum()
    spectrum = cv2.dft(weights, dst=weights)
    result = np.empty_like(image)
    for channel, plane in enumerate(cv2.split(padded)):
        whole = cv2.mulSpectrums(cv2.dft(plane, dst=plane), spectrum, 0, c=plane)
        cv2.idft(whole, dst=whole, flags=cv2.DFT_SCALE)
        result[..., channel] = whole[down - 1 : down - 1 + height, right - 1 : right - 1 + width]
    return result


def _scaled(image: Floats, factor: float, centre: tuple[float, float]) -> Floats:
    """What lies `factor` times as far from the centre, at each pixel."""
    where = np.array([[factor, 0, (1 - factor) * centre[0]], [0, factor, (1 - factor) * centre[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = image.shape[1::-1]
    return cv2.warpAffine(image, where, size, flags=flags, borderMode=cv2.BORDER_REFLECT).reshape(image.shape)


STYLES: dict[str, Style] = {
    "gaussian": Style(gaussian, "soft and even"),
    "lens": Style(lens, "discs of light as from a real aperture", ("blades",), linear_light=True, detail=3.5),
    "motion": Style(motion, "straight streaks, as of a moving camera", ("angle",), detail=4.0),
    "zoom": Style(zoom, "streaks away from a centre", ("x", "y"), detail=8.0, twice=zoom_twice),
    "tilt": Style(tilt, "blur that grows with the distance from a level line", ("line", "width"), detail=4.0),
    "pixelate": Style(pixelate, "a mosaic of square cells", detail=8.0),
}
