"""Where pictures are made: the loaded networks, what is kept, and the line of those that wait."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from edgebokeh import draft, formats, images, threads
from edgebokeh.batch import plan
from edgebokeh.batch.report import no_person
from edgebokeh.draft import Draft
from edgebokeh.images import Handling, Photo
from edgebokeh.pipeline import Bokeh
from edgebokeh.serve import accept
from edgebokeh.serve.answers import Picture, told
from edgebokeh.serve.fields import Wish
from edgebokeh.serve.metrics import Measure, Metrics
from edgebokeh.serve.settings import Limits
from edgebokeh.serve.store import Kept, Store
from edgebokeh.serve.work import Work
from edgebokeh.stages import Clock

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels

LARGEST_DRAFT = 2560
"""Long side, in pixels, of the largest preview; who wants to see more asks for the result."""

SIDE, LEAST_SIDE, LARGEST_SIDE = 1280, 16, 1 << 16
"""Long side of a preview in pixels, as it may be asked for; the largest is for the photo itself."""

SEEN = Handling(quality_jpeg=92)
"""How pictures for the screen are written."""

UNNAMED = "photo"
"""What a photo is called that came without a name."""

ANY = np.zeros((1, 1, 3), np.uint8)
"""Stands for a picture that is not decoded yet."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What the handlers need. started_with: the arguments of the networks that the server was started with."""

    bokeh: Bokeh
    limits: Limits
    store: Store
    work: Work
    metrics: Metrics
    started_with: tuple[str, ...] = ()

    def handling(self) -> Handling:
        """Limits of what is decoded."""
        return Handling(max_megapixels=self.limits.max_megapixels)

    def measured(self, data: bytes, name: str) -> Kept:
        """A photo to be kept, once its header was looked at. name: "" for none. Raises what `images.checked` does."""
        header = images.checked(data, name or UNNAMED, self.handling())
        return Kept(name or f"{UNNAMED}{header.ending}", data, header.upright)

    def result(
        self, data: bytes, name: str, wish: Wish, accepted: str = "", behind: tuple[bytes, str] | None = None
    ) -> Picture:
        """The file that the command line would write. accepted: of the client; a format that is named wins over it.

        name: "" for one after its format. behind: file and name of the picture of `image`.
        Raises what `Bokeh.convert` does, and RefusedError.
        """
        settings = wish.settings(self.limits.max_megapixels)
        header = images.checked(data, name or UNNAMED, settings.handling)
        name = name or f"{UNNAMED}{header.ending}"
        ending = settings.ending(wish.task) or plan.own_ending(PurePath(name).suffix)
        if wish.results.format == "keep":
            ending = accept.chosen(accepted, ending, alpha=wish.task == "cutout")
        look = wish.look(self._decoded(*behind) if behind else None)
        file, report = self.bokeh.convert(data, wish.task, look, ending=ending, name=name, handling=settings.handling)
        self.metrics.timed(report.milliseconds)
        notes = report.notes if report.person else (no_person(name, wish.task, look), *report.notes)
        about = told(
            report.model,
            report.provider,
            person=report.person,
            share=report.share,
            notes=notes,
            milliseconds=report.milliseconds,
        )
        return Picture(file, ending, about, f"{PurePath(name).stem}{settings.suffix_of(wish.task, look)}{ending}")

    def preview(self, kept: Kept, wish: Wish, side: int, behind: Kept | None) -> Picture:
        """What the result looks like with a long side of at most `side` pixels, up to LARGEST_DRAFT.

        Raises what `result` does.
        """
        clock = Clock()
        look = wish.look(self.original(behind, side).photo.pixels if behind else None)
        asked = self.bokeh.wanted(look)
        # Thumbnails are made of what the window shows: the networks run once for both.
        most = max(side, SIDE)
        key = most, asked.quality, asked.subject, asked.classic
        make = partial(
            draft.prepared, self.bokeh, kept.data, asked, most, name=kept.name, handling=self.handling(), clock=clock
        )
        small = draft.smaller(kept.draft(key, make), side, look)
        self.store.trim()
        picture, person = draft.drawn(small, wish.task, look, name=kept.name, threads=self.bokeh.threads, clock=clock)
        notes = () if person else (no_person(kept.name, wish.task, look),)
        share = small.share if person else 0.0
        return self._shown(picture, clock, small.model, person=person, share=share, notes=notes)

    def shown(self, kept: Kept, side: int) -> Picture:
        """The photo itself, with a long side of at most `side` pixels."""
        clock = Clock()
        with clock.stage("decode"):
            small = self.original(kept, side)
        picture = self._shown(small.photo, clock, "", person=False, share=0.0, notes=())
        return replace(picture, told={})

    def original(self, kept: Kept, side: int) -> Draft:
        """A photo made small, which is kept unless it is as large as no window."""
        make = partial(self._reduced, kept, side)
        if side > LARGEST_DRAFT:
            return make()
        small = kept.draft(side, make)
        self.store.trim()
        return small

    def _reduced(self, kept: Kept, side: int) -> Draft:
        photo = images.decode(kept.data, kept.name, self.handling())
        return Draft(draft.reduced(photo, side), kept.size)

    def _decoded(self, data: bytes, name: str) -> "Pixels":
        return images.decode(data, name, self.handling()).pixels

    def _shown(
        self, picture: Photo, clock: Clock, model: str, *, person: bool, share: float, notes: tuple[str, ...]
    ) -> Picture:
        with clock.stage("encode"):
            whole = picture.alpha is None and not {"cicp", "gamma"} & set(picture.metadata)
            ending = ".jpg" if whole else ".png"
            file = formats.encode(replace(picture, ending=ending), ending, SEEN)
        self.metrics.timed(clock.milliseconds)
        provider = self.bokeh.verdict.provider
        milliseconds = clock.milliseconds
        return Picture(
            file, ending, told(model, provider, person=person, share=share, notes=notes, milliseconds=milliseconds)
        )


def furnished(bokeh: Bokeh, limits: Limits, started_with: tuple[str, ...] = ()) -> Studio:
    """A studio with nothing in it yet. Work is done inside one event loop."""
    store = Store(limits.keep, limits.keep_memory * 1_000_000)
    work = Work(limits.jobs or threads.available(), limits.waiting)
    gauges: dict[str, tuple[str, Measure]] = {
        "waiting": ("Requests that wait.", lambda: work.waiting),
        "running": ("Requests that are worked on.", lambda: work.running),
        "photos": ("Photos that are kept.", lambda: len(store)),
        "photo_bytes": ("Memory of the photos that are kept, with their drafts.", lambda: store.bytes),
        "drafts": ("Reduced photos that are kept, most with a matte.", lambda: store.drafts),
    }
    return Studio(bokeh, limits, store, work, Metrics(gauges), started_with)
