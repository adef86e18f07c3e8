"""Stills of a clip's result on one contact sheet, to see it before all of it is made."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.compose import side_by_side
from edgebokeh.images import to_8_bit
from edgebokeh.matte import reduced
from edgebokeh.pipeline import Bokeh
from edgebokeh.temporal import Steady
from edgebokeh.tiles import resize
from edgebokeh.video.canvas import Canvas
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import nearest, recipe
from edgebokeh.video.job import Job
from edgebokeh.video.loop import Loop
from edgebokeh.video.painter import Manner, Painter
from edgebokeh.video.reader import opened, pictures

STILL_SIDE = 480
"""Long side of a still, in pixels."""


def sheet(bokeh: Bokeh, job: Job, manner: Manner, made: Path, count: int) -> tuple[Pixels, list[Fraction]]:
    """Results in even steps through the part that the job reads, under their times: H×W×3 uint8 BGR; and the times.

    made: the clip that would be written; whether it can be is checked. count: of stills, fewer where there are fewer
    pictures. Each is made by itself, without those before it. Raises what `job.make` does.
    """
    Steady(manner.stability, manner.every)
    with closing(Clip(job.source, job.start, job.end)) as clip:
        recipe(clip, made, job.wish, alpha=manner.kind == "alpha")
        times = _times(clip, job)
    chosen = _spread(times, min(count, len(times)))
    panels = [(f"{float(time):.2f} s", _still(bokeh, job, time, manner)) for time in chosen]
    columns = math.ceil(math.sqrt(len(panels)))
    rows = [side_by_side(panels[first : first + columns]) for first in range(0, len(panels), columns)]
    missing = rows[0].shape[1] - rows[-1].shape[1]
    rows[-1] = np.pad(rows[-1], ((0, 0), (0, missing), (0, 0)), constant_values=255)
    return np.vstack(rows), chosen


def _times(clip: Clip, job: Job) -> list[Fraction]:
    """Of the pictures of the part, in seconds since the clip's first one; mostly without decoding them."""
    first = clip.time(clip.first)
    with opened(job.source) as other:
        stamps = [
            packet.pts if packet.pts is not None else packet.dts
            for packet in other.demux(pictures(other, job.source))
            if packet.size and not packet.is_discard
        ]
    found = sorted((stamp - clip.begin) * clip.base for stamp in stamps if stamp is not None)
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


def _still(bokeh: Bokeh, job: Job, time: Fraction, manner: Manner) -> Pixels:
    with closing(Clip(job.source, time)) as clip:
        alone = replace(manner, stability=0.0, every=1, kind="blur" if manner.kind == "alpha" else manner.kind)
        loop = Loop(job.behind) if job.behind else None
        painter = Painter(bokeh, alone, nearest(clip.first.format.name), clip.turn, loop.at if loop else None)
        frame: av.VideoFrame = painter.draw(painter.find(clip.first))
        return reduced(_square(to_8_bit(Canvas(frame, clip.turn).bgr()), clip), STILL_SIDE)


def _square(picture: Pixels, clip: Clip) -> Pixels:
    """An upright picture as players show it, where pixels are wider than high, or the other way round."""
    aspect = float(clip.aspect or 1)
    height, width = picture.shape[:2]
    return resize(picture, (round(height * aspect), width) if clip.turn.transpose else (height, round(width * aspect)))
