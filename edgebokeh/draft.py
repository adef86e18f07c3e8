"""A photo kept small together with its matte, so that another look at it is drawn in a moment."""

from dataclasses import dataclass, replace

import numpy as np

from edgebokeh import images, matte
from edgebokeh import threads as parallel
from edgebokeh.alpha import Alpha, in_8_bit
from edgebokeh.arrays import Mask
from edgebokeh.containers import Coding
from edgebokeh.drawing import compared, drawer
from edgebokeh.images import Handling, Photo
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.results import Task
from edgebokeh.source import arrived, held
from edgebokeh.stages import Clock
from edgebokeh.subject import counted
from edgebokeh.tiles import resize

COLOUR_SPACE = ("icc", "cicp", "gamma", "srgb")
"""What of the metadata a picture on the screen needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A photo made small, and what was seen in the whole.

    photo: of 8 bits, h×w, without metadata but its colour space. size: (height, width) of the whole.
    matte: h×w uint8, the whole one reduced by area, 255 on the subject; None where nobody looked.
    share: the part of the picture that is subject, 0..1. model: names of the networks that ran, joined by "+".
    """

    photo: Photo
    size: tuple[int, int]
    matte: Mask | None = None
    share: float = 0.0
    model: str = ""

    @property
    def bytes(self) -> int:
        """What it takes of the memory."""
        kept = (self.photo.pixels, self.photo.alpha, self.matte)
        return sum(array.nbytes for array in kept if array is not None)


def reduced(photo: Photo, side: int) -> Photo:
    """A copy of a photo of 8 bits, its long side at most `side` pixels, without metadata but its colour space."""
    small = images.in_8_bit(photo)
    pixels = matte.reduced(small.pixels, side)
    alpha = None if small.alpha is None else resize(small.alpha, pixels.shape[:2])
    kept = {kind: block for kind, block in photo.metadata.items() if kind in COLOUR_SPACE}
    return Photo(pixels, alpha, small.grey, kept, photo.ending, coding=Coding(), notes=photo.notes)


def prepared(bokeh: Bokeh, data: bytes, look: Look, side: int, *, name: str, handling: Handling, clock: Clock) -> Draft:
    """A photo's draft with its matte, which is that of the whole photo.

    data: bytes of a picture file. look: its quality, subject and classic count. side: pixels that the draft's long side
    has at most. name: what to call the photo in an error.
    Raises what `Bokeh.convert` does.
    """
    look = bokeh.wanted(look)
    with parallel.working(bokeh.threads):
        source = arrived(data, name, clock, handling, look.classic)
        alpha = bokeh.seen(source, look, clock)
        photo = source.photo(clock)
        with clock.stage("prepare"):
            small = reduced(photo, side)
            mask = _cut(resize(alpha.mask(photo.pixels), small.pixels.shape[:2]), look)
    return Draft(small, source.size, mask, matte.share(alpha.coarse), "+".join(clock.networks))


def smaller(whole: Draft, side: int, look: Look) -> Draft:
    """A draft again, its long side at most `side` pixels. look: its classic counts, as for `prepared`."""
    if side >= max(whole.photo.pixels.shape[:2]):
        return whole
    photo = reduced(whole.photo, side)
    mask = None if whole.matte is None else _cut(resize(whole.matte, photo.pixels.shape[:2]), look)
    return replace(whole, photo=photo, matte=mask)


def _cut(mask: Mask, look: Look) -> Mask:
    """The plain method knows no half."""
    return np.where(mask > 127, np.uint8(255), np.uint8(0)) if look.classic else mask


def drawn(draft: Draft, task: Task, look: Look, *, name: str, threads: int, clock: Clock) -> tuple[Photo, bool]:
    """What a task makes of a draft, as large as the draft, and whether there is a person.

    look: as for the whole photo; what it tells in pixels is reduced as the draft is. threads: to work with.
    Raises NoPersonError where the look asks for that.
    """
    assert draft.matte is not None
    photo = draft.photo
    size = photo.pixels.shape[:2]
    look = look.reduced(draft.size, max(size) / max(draft.size))
    person = bool(counted(draft.share, look, name))
    with parallel.working(threads):
        with clock.stage("refine"):
            seen = draft.matte * np.float32(1 / 255) if person else np.zeros(size, np.float32)
            if person and (look.expand or look.feather):
                seen = matte.shifted(seen, look.expand or 0, look.feather or 0)
            alpha = Alpha(seen, whole=in_8_bit(seen))
        source = held(replace(photo, pixels=photo.pixels.copy()), whole=True)
        draw = drawer(task, look, person=person)
        picture = compared(draw, source, alpha, look, clock) if look.compare else draw(source, alpha, look, clock)
    return picture, person
