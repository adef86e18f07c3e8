"""A clip that lies behind another one, again and again."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path

import av

from edgebokeh.arrays import Pixels
from edgebokeh.video.canvas import Canvas, drawable, stretched
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import nearest


class Loop:
    """The pictures of a clip by time, in BGR, of square pixels; after the last one the first one follows."""

    def __init__(self, path: Path) -> None:
        """Raises what `Clip` does."""
        self._path = path
        self._pictures = self._read()
        self._now, self._next = next(self._pictures), next(self._pictures, None)
        self._started = Fraction(0)
        self._shown: tuple[av.VideoFrame, Pixels] | None = None

    def at(self, seconds: Fraction) -> Pixels:
        """The picture that is shown at a time, H×W×3 uint8 or uint16, upright. Times must not go back."""
        while self._next is not None and self._started + self._time(self._next) <= seconds:
            self._now = self._next
            self._next = self._following()
        clip, frame = self._now
        if self._shown is None or self._shown[0] is not frame:
            drawn = drawable(frame, nearest(frame.format.name))
            self._shown = frame, stretched(Canvas(drawn, clip.turn).bgr(), clip.aspect or Fraction(1), clip.turn)
        return self._shown[1]

    def close(self) -> None:
        """Gives the file free."""
        self._pictures.close()

    def _following(self) -> tuple[Clip, av.VideoFrame] | None:
        found = next(self._pictures, None)
        if found is not None:
            return found
        clip, last = self._now
        self._started += self._time(self._now) + (last.duration * clip.base or 1 / (clip.rate or Fraction(25)))
        self._pictures = self._read()
        return next(self._pictures)

    def _read(self) -> Generator[tuple[Clip, av.VideoFrame]]:
        clip = Clip(self._path)
        try:
            for item in clip.items():
                if isinstance(item, av.VideoFrame):
                    yield clip, item
        finally:
            clip.close()

    @staticmethod
    def _time(picture: tuple[Clip, av.VideoFrame]) -> Fraction:
        clip, frame = picture
        return clip.time(frame)


@contextmanager
def looped(path: Path | None) -> Iterator[Callable[[Fraction], Pixels] | None]:
    """Inside, what tells the picture of a clip at a time, as `Loop.at` does; None without a clip."""
    if path is None:
        yield None
        return
    with closing(Loop(path)) as loop:
        yield loop.at
