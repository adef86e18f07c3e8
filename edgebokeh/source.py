"""A photo on its way in: a reduced view of it at once, all of its pixels when they are needed."""

import math
from collections.abc import Callable
from functools import partial

from edgebokeh import images, threads
from edgebokeh.arrays import Pixels
from edgebokeh.errors import PhotoUnreadableError
from edgebokeh.images import Handling, Photo
from edgebokeh.matte import WORK_SIDE, reduced
from edgebokeh.stages import Clock
from edgebokeh.tiles import Box, reduce

VIEWED_WHOLE = 2048
"""Long side, in pixels, of photos up to which nothing is won by a view."""

LARGEST_VIEW = 1408
"""Long side, in pixels, of a view, where COARSEST_VIEW allows it."""

COARSEST_VIEW = 8
"""JPEG's decoder can leave out up to so much (ITU-T T.81: its blocks have eight pixels on a side)."""


class Source:
    """A photo, and the view of it at 1/scale from which everything is computed that does not need every pixel.

    size: (height, width) of the photo. scale: 1, 2, 4 or 8. frame: (height, width) that the view covers; where the
    photo is no multiple of the scale, some more than the photo. small: the view, or less, in which people are found.
    """

    def __init__(self, size: tuple[int, int], scale: int, view: Pixels, photo: Photo | Callable[[], Photo]) -> None:
        self.size, self.scale, self._view, self._photo = size, scale, view, photo
        self.frame = (view.shape[0] * scale, view.shape[1] * scale) if scale > 1 else size
        self.small = view if scale > 1 else reduced(view, WORK_SIDE)

    def photo(self, clock: Clock) -> Photo:
        """The photo itself; waiting for it counts as decoding.

        Raises what `images.decode` does, and PhotoUnreadableError for one of another size than its view.
        """
        if isinstance(self._photo, Photo):
            return self._photo
        with clock.stage("decode"):
            photo = self._photo()
        if photo.pixels.shape[:2] != self.size:
            raise PhotoUnreadableError("the photo is not of the size that its header tells", "save it again elsewhere")
        self._photo = photo
        return photo

    def reduced(self, best: int, most: int, clock: Clock) -> tuple[Pixels, int]:
        """The photo reduced, and by how much: `best`, or up to `most` times where that costs nothing."""
        if self.scale == 1 or not best <= self.scale <= most:
            pixels = self.photo(clock).pixels
            with clock.stage("prepare"):
                return reduce(pixels, best), best
        return self._view, self.scale

    def cut(self, box: Box, side: int, clock: Clock) -> Pixels:
        """The pixels under a box of `small`, from the view where that shows it on `side` × `side` pixels or more."""
        height, width = self.small.shape[:2]
        enough = self.scale > 1 and (box[2] - box[0]) * (box[3] - box[1]) >= side * side
        pixels = self._view if enough else self.photo(clock).pixels
        frame = pixels.shape[:2] if enough or self.scale == 1 else self.frame
        scale_x, scale_y = frame[1] / width, frame[0] / height
        left, top = math.floor(box[0] * scale_x), math.floor(box[1] * scale_y)
        return pixels[top : math.ceil(box[3] * scale_y), left : math.ceil(box[2] * scale_x)]


def held(photo: Photo, whole: bool = False) -> Source:
    """A photo that is decoded already. whole: it is wanted as it is, without a view."""
    height, width = photo.pixels.shape[:2]
    scale = 1 if whole else view_scale(height, width)
    return Source((height, width), scale, reduce(photo.pixels, scale), photo)


def view_scale(height: int, width: int) -> int:
    """By how much the view of a photo is reduced."""
    scale = 1 if max(height, width) <= VIEWED_WHOLE else 2
    while 1 < scale < COARSEST_VIEW and max(height, width) > LARGEST_VIEW * scale:
        scale *= 2
    return scale


def arriving(data: bytes, name: str, clock: Clock, handling: Handling | None = None) -> Source | None:
    """A JPEG photo that is decoded by another thread while its view is here at once; None for others, or small ones.

    The decoder leaves out the finer frequencies, which takes about half as long as the whole (ITU-T T.81, A.3.3). One
    thread alone does one after the other, so that the picture does not depend on their number.
    It is to be called inside `threads.working`. name: what to call the photo in an error.
    Raises what `images.checked` does.
    """
    handling = handling or Handling()
    header = images.checked(data, name, handling)
    if header.ending != ".jpg" or header.foreign or (scale := view_scale(*header.upright)) == 1:
        return None
    decoding = threads.Aside(partial(images.decode, data, name, handling))
    with clock.stage("decode"):
        view = images.decode_reduced(data, scale, header)
        if view is None:
            return held(decoding.result())
    return Source(header.upright, scale, view, decoding.result)


def arrived(data: bytes, name: str, clock: Clock, handling: Handling | None = None, whole: bool = False) -> Source:
    """A photo's file on its way in, as `arriving` has it or decoded. whole: it is wanted in 8 bits, without a view.

    Raises what `images.decode` does.
    """
    source = None if whole else arriving(data, name, clock, handling)
    if source:
        return source
    with clock.stage("decode"):
        photo = images.decode(data, name, handling)
    with clock.stage("prepare"):
        return held(images.in_8_bit(photo) if whole else photo, whole)
