"""Stills of a clip's result on one contact sheet, to see it before all of it is made."""

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.compose import side_by_side
from edgebokeh.images import to_8_bit
from edgebokeh.look import STYLE_OF
from edgebokeh.matte import reduced
from edgebokeh.pipeline import Bokeh
from edgebokeh.stages import Clock
from edgebokeh.temporal import Steady
from edgebokeh.video.canvas import Canvas, stretched
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import nearest, recipe
from edgebokeh.video.job import Job
from edgebokeh.video.loop import looped
from edgebokeh.video.painter import Manner, Painter
from edgebokeh.video.reader import Reader, opened

STILL_SIDE = 480
"""Long side of a still, in pixels."""

WHITE = (255, 255, 255)
"""What lies behind a subject that is to be alone."""

OF_BLURS = ("kernel", "strength", "falloff")
"""Settings of a look that no plain colour has."""


def sheet(bokeh: Bokeh, job: Job, manner: Manner, made: Path, count: int) -> tuple[Pixels, list[Fraction]]:
    """Results in even steps through the part that the job reads, under their times: H×W×3 uint8 BGR; and the times.

    made: the clip that would be written; whether it can be is checked. count: of stills, fewer where there are fewer
    pictures. Each is made by itself, without those before it. Raises what `job.make` does.
    """
    Steady(manner.stability, manner.every)
    alone = _alone(manner)
    with closing(Clip(job.source, job.start, job.end)) as clip:
        recipe(clip, made, job.wish, alpha=manner.kind == "alpha")
        times = _times(clip, job)
    chosen = _spread(times, min(count, len(times)))
    with looped(job.behind) as at:

        def still(time: Fraction) -> Pixels:
            return _still(bokeh, job, time, alone, (lambda _: at(time - times[0])) if at else None)

        panels = [(f"{float(time):.2f} s", still(time)) for time in chosen]
    columns = math.ceil(math.sqrt(len(panels)))
    rows = [side_by_side(panels[first : first + columns]) for first in range(0, len(panels), columns)]
    missing = rows[0].shape[1] - rows[-1].shape[1]
    rows[-1] = np.pad(rows[-1], ((0, 0), (0, missing), (0, 0)), constant_values=255)
    return np.vstack(rows), chosen


def _times(clip: Clip, job: Job) -> list[Fraction]:
    """Of the pictures of the part, in seconds since the clip's first one; mostly without decoding them."""
    first = clip.time(clip.first)
    with opened(job.source) as other:
        until = float(clip.until) if clip.until is not None else None
        stamps = Reader(job.source, other, Clock(), until).stamps()
    found = sorted((stamp - clip.begin) * clip.base for stamp in stamps)
    if not found:
        found = [clip.time(item) for item in clip.items() if isinstance(item, av.VideoFrame)]
    return [first, *(time for time in found if first < time and (job.end is None or time < job.end))]


def _spread(times: Sequence[Fraction], count: int) -> list[Fraction]:
    """So many of them, in even steps of time, and none twice."""
    length, left, chosen = times[-1] - times[0], list(times), []
    for number in range(count):
        wished = times[0] + length * Fraction(2 * number + 1, 2 * count)
        # Enough must be left for those that follow.
        place = min(range(len(left) - (count - number) + 1), key=lambda one: abs(left[one] - wished))
        chosen.append(left[place])
        left = left[place + 1 :]
    return chosen


def _alone(manner: Manner) -> Manner:
    """How a picture is drawn without those before it; a subject with an alpha channel before white."""
    manner = replace(manner, stability=0.0, every=1)
    if manner.kind != "alpha":
        return manner
    unset: dict[str, Any] = dict.fromkeys((*STYLE_OF, *OF_BLURS))
    no_person = "fail" if manner.look.no_person == "fail" else None
    look = replace(manner.look, **unset | {"style": "color", "color": WHITE, "no_person": no_person})
    return replace(manner, kind="blur", look=look)


def _still(
    bokeh: Bokeh, job: Job, time: Fraction, manner: Manner, behind: Callable[[Fraction], Pixels] | None
) -> Pixels:
    with closing(Clip(job.source, time)) as clip:
        painter = Painter(bokeh, manner, nearest(clip.first.format.name), clip.turn, behind, clip.aspect)
        frame: av.VideoFrame = painter.draw(painter.find(clip.first))
        picture = to_8_bit(Canvas(frame, clip.turn).bgr())
        return reduced(stretched(picture, clip.aspect or Fraction(1), clip.turn), STILL_SIDE)
