"""What lies behind the subject: from a `Look` to the background that is blended in."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from edgebokeh import compose
from edgebokeh.arrays import Floats, Matte
from edgebokeh.compose import Backdrop
from edgebokeh.look import Look
from edgebokeh.source import Source
from edgebokeh.stages import Clock
from edgebokeh.styles import STYLES, away_from_line, from_linear, gaussian, to_linear, varying
from edgebokeh.tiles import resize

Blur = Callable[[Floats, float], Floats]
"""A style whose options are bound: picture and sigma to picture."""

HIGHLIGHTS = 50.0
"""How far bright spots bloom in "lens" unless the look says, 0..100."""

LEAST_VARIANCE = 0.25
"""Of a blur, in square pixels of the photo, below which the photo's own pixels show."""

BAND = 20.0
"""What stays sharp in "tilt" unless the look says, in % of the height."""


def backdrop(source: Source, matte: Matte, look: Look, clock: Clock) -> Backdrop:
    """The background of a photo as the look wants it.

    matte: the subject's, of any size. Places are told apart at the size of the source's view.
    """
    if look.color is None and look.image is None:
        far = _blurred(source, matte, look, look.blur, clock) if look.blur else _sharp_everywhere(source)
        return far._replace(picture=compose.grey(far.picture), grey=True) if "grey" in look.styles else far
    dtype = source.small.dtype
    with clock.stage("blur"):
        if look.image is not None:
            return Backdrop(compose.covering(look.image, source.size, dtype))
        plain = np.array(look.color, np.uint8)[::-1].reshape(1, 1, 3)
        return Backdrop(compose.covering(plain, (1, 1), dtype))


def _blurred(source: Source, matte: Matte, look: Look, name: str, clock: Clock) -> Backdrop:
    style, sigma, area = STYLES[name], look.sigma_for(*source.size), source.size[0] * source.size[1]
    if sigma == 0:
        return _sharp_everywhere(source)
    scale = compose.reduction(sigma, style.detail, area)
    pixels, before = source.reduced(compose.weighing(scale, area), scale, clock)
    with clock.stage("blur"):
        focus = Focus(resize(matte, source.small.shape[:2]))
        own = compose.own_variance(scale)
        options = focus.options(look, name)
        blur: Blur = partial(style.blur, **options)
        place = focus.place(look, name)
        if place is not None:
            # What the reduction blurs by itself is taken off, as it is off the whole blur.
            left = np.sqrt(np.maximum((place * sigma) ** 2 - own, 0) / max(sigma**2 - own, 1e-6)).astype(np.float32)
            twice = partial(style.twice, **options) if style.twice else None
            blur = _in_places(gaussian if name == "tilt" else blur, left, twice)
        far = compose.background(pixels, matte, blur, sigma, scale, before, _tone(look, name))
        amount = focus.radial() if name == "zoom" else None
        if place is not None:
            amount = place if amount is None else place * amount
        return Backdrop(far, scale, _sharp(amount, sigma, own))


def _sharp_everywhere(source: Source) -> Backdrop:
    return Backdrop(source.small[:1, :1], sharp=np.ones((1, 1), np.float32))


def _tone(look: Look, name: str) -> compose.Tone | None:
    if not STYLES[name].linear_light:
        return None
    gain = (HIGHLIGHTS if look.highlights is None else look.highlights) / 100
    return compose.Tone(partial(to_linear, highlights=gain), partial(from_linear, highlights=gain))


def _sharp(amount: Floats | None, sigma: float, own: float) -> Floats | None:
    """Where the photo's own pixels show: less blur than the reduction itself brings can only come from them."""
    if amount is None and own <= sigma**2:
        return None
    if amount is None:
        amount = np.ones((1, 1), np.float32)
    return np.clip(1 - (amount * sigma) ** 2 / max(own, LEAST_VARIANCE), 0, 1).astype(np.float32)


def _in_places(blur: Blur, amount: Floats, twice: Blur | None) -> Blur:
    return lambda image, sigma: varying(blur, image, sigma, np.clip(resize(amount, image.shape[:2]), 0, 1), twice)


class Focus:
    """Where a photo is sharp, told from its matte: for the styles whose blur depends on the place."""

    def __init__(self, matte: Matte) -> None:
        self.matte = matte
        rows, columns = np.flatnonzero((matte > 0.5).any(axis=1)), np.flatnonzero((matte > 0.5).any(axis=0))
        height, width = matte.shape
        self.foot = (rows[-1] + 1) / height if rows.size else 1.0
        self.x = (columns[0] + columns[-1] + 1) / 2 / width if columns.size else 0.5
        self.y = (rows[0] + rows[-1] + 1) / 2 / height if rows.size else 0.5

    def options(self, look: Look, name: str) -> dict[str, float]:
        """The options of the style `name`, from the look and from where the subject is."""
        if name == "zoom":
            return {"x": self.x, "y": self.y}
        if name == "tilt":
            # Its line and band make `place`, so that they can be combined with a falloff.
            return {}
        return {key: getattr(look, key) for key in STYLES[name].options if getattr(look, key, None) is not None}

    def place(self, look: Look, name: str) -> Floats | None:
        """How much of its strength the blur has at each pixel, h×w in 0..1; None where it has all of it everywhere."""
        places: list[Floats] = []
        if name == "tilt":
            line = self.foot if look.line is None else look.line / 100
            band = (BAND if look.band is None else look.band) / 100
            height, width = self.matte.shape
            places.append(away_from_line(height, width, line, band))
        if look.falloff:
            places.append(self.distance(look.falloff / 100))
        return np.prod(places, axis=0) if places else None

    def radial(self) -> Floats:
        """The strength of "zoom" at each pixel, h×w in 0..1: it grows from the centre."""
        height, width = self.matte.shape
        right, down = np.arange(width) + 0.5 - self.x * width, np.arange(height) + 0.5 - self.y * height
        share: Floats = np.minimum(np.hypot(right, down[:, None]) / (np.hypot(height, width) / 2), 1).astype(np.float32)
        return share

    def distance(self, reach: float) -> Floats:
        """From the subject's edge, h×w: 0 there, 1 from `reach` of the long side on."""
        outside = (self.matte < 0.5).astype(np.uint8)
        if outside.all():
            return np.ones(self.matte.shape, np.float32)
        pixels = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near: Floats = np.minimum(pixels / (reach * max(self.matte.shape)), 1)
        return near
