"""What happens to each picture of a clip: its subject is found, then it is drawn; two stations of a conveyor."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import av

from edgebokeh import matte
from edgebokeh.alpha import Alpha, Colours
from edgebokeh.arrays import Pixels
from edgebokeh.backdrop import backdrop
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.source import Source
from edgebokeh.stages import Clock
from edgebokeh.temporal import STABILITY, Steady
from edgebokeh.video import drawing
from edgebokeh.video.canvas import UPRIGHT, Canvas, Turn, drawable, stretched

Kind = Literal["blur", "matte", "alpha"]
"""What is made of a clip: a blurred one, its matte in grey, or the subject alone with an alpha channel."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the pictures of a clip are drawn. stability, every: see `temporal.Steady`."""

    look: Look
    kind: Kind = "blur"
    stability: float = STABILITY
    every: int = 1


@dataclass(slots=True)
class Shot:
    """A picture on its way. share: the part of it that is subject, 0 for no person."""

    frame: av.VideoFrame
    canvas: Canvas
    source: Source
    alpha: Alpha
    share: float


class Painter:
    """Finds and draws the pictures of one clip, in their order.

    finding, drawing: the clocks of both stations. people: in how many pictures a person was found. formats: that the
    pictures had.
    """

    def __init__(
        self,
        bokeh: Bokeh,
        manner: Manner,
        pixels: str,
        turned: Turn = UPRIGHT,
        behind: Callable[[Fraction], Pixels] | None = None,
        aspect: Fraction | None = None,
    ) -> None:
        """pixels: the format of the frames to make. behind: for the style "image", the picture at a time in seconds
        since the first, of square pixels; the look's own where there is none. aspect: how wide a pixel is, of its
        height, as it is coded; None is 1."""
        self._bokeh, self._pixels, self._turned, self._behind = bokeh, pixels, turned, behind
        self._aspect = aspect or Fraction(1)
        look = manner.look
        look = look if look.no_person else replace(look, no_person="blur")
        self._look = look if look.image is None else self._before(look, look.image)
        self._kind = manner.kind
        self._steady = Steady(manner.stability, manner.every)
        self._began: Fraction | None = None
        self._still: drawing.Scenery | None = None
        self.finding, self.drawing = Clock(), Clock()
        self.people = 0
        # By name, in the order in which they came.
        self.formats: dict[str, None] = {}

    def find(self, frame: av.VideoFrame) -> Shot:
        """Where the subject is. Raises NoPersonError where the look asks for that."""
        self.formats[frame.format.name] = None
        with self.finding.stage("prepare"):
            frame = drawable(frame, self._pixels)
            canvas = Canvas(frame, self._turned)
            source = canvas.source()
        steady = self._steady.at(float(self._since(frame)))
        alpha, share = self._bokeh.found(source, self._look, self.finding, steady, f"the picture at {frame.time} s")
        self.people += share > 0
        return Shot(frame, canvas, source, alpha, share)

    def draw(self, shot: Shot) -> av.VideoFrame:
        """The frame with what was made of it."""
        canvas, clock = shot.canvas, self.drawing
        if self._kind == "matte":
            drawing.grey(canvas, shot.source, shot.alpha, clock)
        elif self._kind == "alpha":
            drawing.cutout(canvas, shot.source, shot.alpha, self._colours(shot), clock)
        elif shot.share or self._look.no_person != "keep":
            colours = self._colours(shot) if self._wanted.preset.colours else None
            drawing.blend(canvas, shot.source, shot.alpha, self._scenery(shot), colours, clock)
        with clock.stage("composite"):
            canvas.done()
        return shot.frame

    @property
    def _wanted(self) -> Look:
        return self._bokeh.wanted(self._look)

    def _colours(self, shot: Shot) -> Colours:
        with self.drawing.stage("refine"):
            return matte.colours(shot.source.small, shot.alpha.coarse, shot.source.frame)

    def _since(self, frame: av.VideoFrame) -> Fraction:
        """Seconds since the first picture that was found."""
        time = Fraction(frame.pts or 0) * (frame.time_base or 1)
        if self._began is None:
            self._began = time
        return time - self._began

    def _before(self, look: Look, picture: Pixels) -> Look:
        """The look before a picture of square pixels, made of pixels as wide as the clip's."""
        return replace(look, image=stretched(picture, 1 / self._aspect, self._turned))

    def _scenery(self, shot: Shot) -> drawing.Scenery:
        """What lies behind; computed once where it is always the same."""
        if self._still:
            return self._still
        look = self._wanted
        if self._behind:
            look = self._before(look, self._behind(self._since(shot.frame)))
        far = backdrop(shot.source, shot.alpha.coarse, look, self.drawing)
        with self.drawing.stage("composite"):
            found = drawing.scenery(far, shot.canvas)
        if look.style in ("color", "image") and not self._behind:
            self._still = found
        return found
