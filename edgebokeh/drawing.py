"""Pictures made of a photo and its matte: the stages blur and composite of each task."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from edgebokeh import compose, images, matte
from edgebokeh import threads as parallel
from edgebokeh.alpha import Alpha
from edgebokeh.arrays import Pixels
from edgebokeh.backdrop import backdrop
from edgebokeh.images import Photo
from edgebokeh.look import Look
from edgebokeh.source import Source
from edgebokeh.stages import Clock

Drawer = Callable[[Source, Alpha, Look, Clock], Photo]
"""Makes a picture of a photo and its matte; it may change the photo's pixels."""


def _blur(source: Source, alpha: Alpha, look: Look, clock: Clock) -> Photo:
    if look.classic:
        return _classic_blur(source.photo(clock), alpha, look, clock)
    colours = None
    if look.preset.colours:
        colours = parallel.Aside(partial(matte.colours, source.small, alpha.coarse, source.frame))
    far = backdrop(source, alpha.coarse, look, clock)
    photo = source.photo(clock)
    with clock.stage("composite"):
        compose.blend(photo.pixels, alpha, far, colours.result() if colours else None)
    return photo


def _classic_blur(photo: Photo, alpha: Alpha, look: Look, clock: Clock) -> Photo:
    kernel = look.kernel_for(*photo.pixels.shape[:2])
    with clock.stage("blur"):
        blurred = cv2.GaussianBlur(photo.pixels, (kernel, kernel), 0)
    with clock.stage("composite"):
        return replace(photo, pixels=compose.join(photo.pixels, blurred, alpha.mask(photo.pixels)))


def _mask(source: Source, alpha: Alpha, _look: Look, clock: Clock) -> Photo:
    photo = source.photo(clock)
    with clock.stage("composite"):
        grey = alpha.mask(photo.pixels)
        return Photo(
            np.broadcast_to(grey[..., None], (*grey.shape, 3)), grey=True, ending=photo.ending, notes=photo.notes
        )


def _cutout(source: Source, alpha: Alpha, _look: Look, clock: Clock) -> Photo:
    photo = source.photo(clock)
    with clock.stage("composite"):
        opaque = _opaque(photo, alpha)
        colours = matte.colours(source.small, alpha.coarse, source.frame)
        compose.decontaminated(photo.pixels, alpha, colours)
        return replace(photo, alpha=opaque)


def _opaque(photo: Photo, alpha: Alpha) -> Pixels:
    """The matte in the photo's range, combined with an alpha that it has already."""
    if photo.alpha is None and photo.pixels.dtype == np.uint8:
        return alpha.mask(photo.pixels)
    limit = np.iinfo(photo.pixels.dtype).max if photo.alpha is None else photo.alpha
    combined: Pixels = np.rint(alpha.drawn(photo.pixels) * limit).astype(photo.pixels.dtype)
    return combined


def _keep(source: Source, _alpha: Alpha, _look: Look, clock: Clock) -> Photo:
    return source.photo(clock)


def drawer(task: str, look: Look, *, person: bool) -> Drawer:
    """The one for a task; a blur of a photo without a person leaves it as it is unless the look says otherwise."""
    wish = look.no_person or ("blur" if look.classic else "keep")
    return DRAWERS[task if person or task != "blur" or wish == "blur" else "keep"]


def compared(draw: Drawer, source: Source, alpha: Alpha, look: Look, clock: Clock) -> Photo:
    """The photo as it was, its matte and what was made of it, side by side."""
    photo = source.photo(clock)
    mask, before = alpha.mask(photo.pixels), images.to_8_bit(photo.pixels).copy()
    after = images.to_8_bit(draw(source, alpha, look, clock).pixels)
    panels = (("photo", before), ("mask", cv2.merge([mask, mask, mask])), ("result", after))
    told = () if photo.grey else ("icc", "cicp", "gamma")
    profile = {kind: block for kind, block in photo.metadata.items() if kind in told}
    return Photo(compose.side_by_side(panels), metadata=profile, ending=photo.ending, notes=photo.notes)


DRAWERS: dict[str, Drawer] = {"blur": _blur, "mask": _mask, "cutout": _cutout, "keep": _keep}
"""By task; "keep" is a blur of a photo that is left as it is."""
