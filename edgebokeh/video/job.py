"""A clip made of a clip: read, found, drawn and written at the same time, each in a thread of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from edgebokeh import files
from edgebokeh import threads as parallel
from edgebokeh.errors import EdgeBokehError, OutputExistsError
from edgebokeh.pipeline import Bokeh
from edgebokeh.stages import STAGES
from edgebokeh.video.clip import Clip, is_cover
from edgebokeh.video.codecs import Recipe, Wish, recipe
from edgebokeh.video.conveyor import conveyed
from edgebokeh.video.loop import Loop
from edgebokeh.video.painter import Manner, Painter, Shot
from edgebokeh.video.writer import Writer

Progress = Callable[[int, int | None, float | None], None]
"""Is told after each picture how many are written, of how many, and the clip's rate; see `progress.Told`."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made.

    frames: pictures written, and people: in how many of them a person was found. seconds: of the clip. took: seconds
    that it took. size: (height, width) as coded. codec, pixels: of the result. copied: streams that were copied, and
    dropped: those that the container could not take. notes: what else is to be said. milliseconds: by stage, each the
    sum over its thread; threads work at the same time, so that together they are more than `took`.
    """

    input: Path
    output: Path
    frames: int
    people: int
    seconds: float
    took: float
    size: tuple[int, int]
    codec: str
    pixels: str
    copied: int
    dropped: list[str]
    notes: list[str]
    bytes: int
    milliseconds: dict[str, float]


AS_USUAL = Wish()


@dataclass(frozen=True, slots=True)
class Job:
    """What to read and to write. start, end: seconds. behind: a clip for the style "image". keep_partial: what was made
    before an error is kept."""

    source: Path
    target: Path
    wish: Wish = AS_USUAL
    start: float | None = None
    end: float | None = None
    behind: Path | None = None
    force: bool = False
    keep_partial: bool = False


def make(bokeh: Bokeh, job: Job, manner: Manner, progress: Progress | None = None) -> Summary:
    """Makes one clip of another. The file is written whole or not at all, unless the job says otherwise.

    Raises PhotoError, OutputError, LookError, NoPersonError, VideoError; what one thread raises ends all.
    """
    files.check_target(job.target, force=job.force)
    if files.real(job.target) in {files.real(path) for path in (job.source, job.behind) if path}:
        raise OutputExistsError(f"{job.target} is the clip to read", "name another file with -o")
    began = time.perf_counter()
    with _opened(job) as clip:
        notes = list(_notes(clip))
        written = recipe(clip, job.target, job.wish, alpha=manner.kind == "alpha")
        loop = Loop(job.behind) if job.behind else None
        painter = Painter(bokeh, manner, written.pixels, clip.turn, loop.at if loop else None)
        writer, last, problem = _written(bokeh, clip, painter, written, job, progress)
    if problem:
        raise problem
    clocks = (clip.clock, painter.finding, painter.drawing, writer.clock)
    spent = {name: sum(clock.milliseconds.get(name, 0.0) for clock in clocks) for name in STAGES}
    return Summary(
        input=job.source,
        output=job.target,
        frames=writer.frames,
        people=painter.people,
        seconds=last,
        took=time.perf_counter() - began,
        size=(clip.first.height, clip.first.width),
        codec=written.codec,
        pixels=written.pixels,
        copied=writer.copied,
        dropped=writer.dropped,
        notes=[text for text in (written.note, *notes) if text],
        bytes=job.target.stat().st_size,
        milliseconds={name: value for name, value in spent.items() if value},
    )


def _notes(clip: Clip) -> Iterator[str]:
    """What a viewer might not expect."""
    if clip.first.interlaced_frame:
        yield "its pictures are interlaced, and written as whole ones; deinterlace it first"
    for stream in clip.others:
        if stream.type == "video" and not is_cover(stream):
            yield f"the pictures of stream {stream.index} are copied as they are, not blurred"


@contextmanager
def _opened(job: Job) -> Iterator[Clip]:
    clip = Clip(job.source, job.start, job.end)
    try:
        yield clip
    finally:
        clip.close()


def _written(
    bokeh: Bokeh, clip: Clip, painter: Painter, written: Recipe, job: Job, progress: Progress | None
) -> tuple[Writer, float, BaseException | None]:
    """The writer, done; the length of what it wrote, in seconds; and the error after which that was kept, if any."""
    end, problem = 0.0, None
    with files.whole(job.target, force=job.force) as temporary:
        writer = Writer(temporary, clip, written, cut=bool(job.start or job.end))
        try:
            with parallel.working(bokeh.threads_beside(3)), closing(_stations(clip, painter)) as items:
                for item in items:
                    if isinstance(item, av.VideoFrame):
                        end = float(clip.time(item) + item.duration * clip.base)
                    writer.write(item)
                    if progress and isinstance(item, av.VideoFrame):
                        progress(writer.frames, clip.count, float(clip.rate) if clip.rate else None)
            writer.close()
        except BaseException as error:
            if not (job.keep_partial and writer.frames) or isinstance(error, OSError):
                with suppress(EdgeBokehError, OSError):
                    writer.close()
                raise
            writer.close()
            problem = error
    return writer, end - (job.start or 0), problem


def _stations(clip: Clip, painter: Painter) -> Any:
    def find(item: Any) -> Any:
        return painter.find(item) if isinstance(item, av.VideoFrame) else item

    def draw(item: Any) -> Any:
        return painter.draw(item) if isinstance(item, Shot) else item

    return conveyed(clip.items(), [find, draw])
