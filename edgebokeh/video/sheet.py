"""Stills of a clip's result on one contact sheet, to see it before all of it is made."""

import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.compose import side_by_side
from edgebokeh.images import to_8_bit
from edgebokeh.matte import reduced
from edgebokeh.pipeline import Bokeh
from edgebokeh.video.canvas import Canvas
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import nearest
from edgebokeh.video.loop import Loop
from edgebokeh.video.painter import Manner, Painter

STILL_SIDE = 480
"""Long side of a still, in pixels."""


def sheet(
    bokeh: Bokeh, path: Path, count: int, manner: Manner, start: float | None, end: float | None, behind: Path | None
) -> Pixels:
    """`count` results in even steps between `start` and `end`, in seconds, under their times: H×W×3 uint8 BGR.

    Each is made by itself, without those before it. Raises what `job.make` does.
    """
    with closing(Clip(path, start, end)) as clip:
        length = clip.length or _last(clip)
    times = [(start or 0) + length * (number + 0.5) / count for number in range(count)]
    panels = [(f"{time:.2f} s", _still(bokeh, path, time, manner, behind)) for time in times]
    columns = math.ceil(math.sqrt(count))
    rows = [side_by_side(panels[first : first + columns]) for first in range(0, count, columns)]
    missing = rows[0].shape[1] - rows[-1].shape[1]
    rows[-1] = np.pad(rows[-1], ((0, 0), (0, missing), (0, 0)), constant_values=255)
    return np.vstack(rows)


def _still(bokeh: Bokeh, path: Path, time: float, manner: Manner, behind: Path | None) -> Pixels:
    with closing(Clip(path, time)) as clip:
        alone = replace(manner, stability=0.0, every=1, kind="blur" if manner.kind == "alpha" else manner.kind)
        loop = Loop(behind) if behind else None
        painter = Painter(bokeh, alone, nearest(clip.first.format.name), clip.turn, loop.at if loop else None)
        frame = painter.draw(painter.find(clip.first))
        return reduced(to_8_bit(Canvas(frame, clip.turn).bgr()), STILL_SIDE)


def _last(clip: Clip) -> float:
    """The time of the last picture, for a clip that does not say how long it is."""
    return float(max(clip.time(item) for item in clip.items() if isinstance(item, av.VideoFrame)))
