"""A clip made of a clip: read, looked at, drawn and written at the same time, each in a thread of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from edgebokeh import files
from edgebokeh import threads as parallel
from edgebokeh.errors import EdgeBokehError, OutputExistsError, VideoError
from edgebokeh.pipeline import Bokeh
from edgebokeh.stages import STAGES
from edgebokeh.video.canvas import limited
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import Recipe, Wish, recipe
from edgebokeh.video.conveyor import conveyed
from edgebokeh.video.loop import looped
from edgebokeh.video.painter import Manner, Painter, Shot
from edgebokeh.video.reader import is_cover
from edgebokeh.video.writer import Writer

Progress = Callable[[int, int | None, float | None], None]
"""Is told after each picture how many are written, of how many, and the clip's rate; see `progress.Told`."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made.

    frames: pictures written, and people: in how many of them a person was found. seconds: of the clip. took: seconds
    that it took. size: (height, width) as coded. codec, pixels: of the result. copied: streams that were copied, and
    dropped: those that the container could not take; takers: endings of containers that take all of these. notes: what
    else is to be said. milliseconds: by stage, each the sum over its thread; threads work at the same time, so that
    together they are more than `took`.
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
    takers: list[str]
    notes: list[str]
    bytes: int
    milliseconds: dict[str, float]


Kept = Callable[[Summary], None]
"""Is told what was kept after an error, before that is raised."""

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

    def __post_init__(self) -> None:
        for name in ("source", "target", "behind"):
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))


def make(bokeh: Bokeh, job: Job, manner: Manner, progress: Progress | None = None, kept: Kept | None = None) -> Summary:
    """Makes one clip of another. The file is written whole or not at all, unless the job says otherwise.

    Raises PhotoError, OutputError, LookError, NoPersonError, VideoError; what one thread raises ends all.
    """
    files.check_target(job.target, force=job.force)
    if files.real(job.target) in {files.real(path) for path in (job.source, job.behind) if path}:
        raise OutputExistsError(f"{job.target} is the clip to read", "name another file with -o")
    began = time.perf_counter()
    with closing(Clip(job.source, job.start, job.end)) as clip, looped(job.behind) as behind:
        written = recipe(clip, job.target, job.wish, alpha=manner.kind == "alpha")
        notes = [written.note, *_notes(clip, written, job.target)]
        painter = Painter(bokeh, manner, written.pixels, clip.turn, behind, clip.aspect)
        writer, problem = _written(bokeh, clip, painter, written, job, progress)
    notes += [*_changes(clip, painter, written), *writer.notes, *_damage(clip)]
    clocks = (clip.clock, painter.finding, painter.drawing, writer.clock)
    spent = {name: sum(clock.milliseconds.get(name, 0.0) for clock in clocks) for name in STAGES}
    summary = Summary(
        input=job.source,
        output=job.target,
        frames=writer.frames,
        people=painter.people,
        seconds=writer.seconds,
        took=time.perf_counter() - began,
        size=(clip.first.height, clip.first.width),
        codec=written.codec,
        pixels=written.pixels,
        copied=writer.copied,
        dropped=writer.dropped,
        takers=writer.takers,
        notes=[text for text in notes if text],
        bytes=job.target.stat().st_size,
        milliseconds={name: value for name, value in spent.items() if value},
    )
    if problem:
        if kept:
            kept(summary)
        raise problem
    return summary


def _notes(clip: Clip, written: Recipe, target: Path) -> Iterator[str]:
    """What a viewer might not expect."""
    if clip.first.interlaced_frame:
        yield "its pictures are interlaced, and written as whole ones; deinterlace it first"
    if clip.transparent:
        yield "the transparency of the clip is not kept"
    if clip.aspect not in (None, 1) and not written.keeps_aspect:
        what = f"its pixels are {clip.aspect} as wide as high, which {written.codec} in {target.suffix} cannot say"
        yield f"{what}: it is shown in another shape; .mp4 and .mov say it"
    for stream in clip.others:
        if stream.type == "video" and not is_cover(stream):
            yield f"the pictures of stream {stream.index} are copied as they are, not blurred"


def _changes(clip: Clip, painter: Painter, written: Recipe) -> Iterator[str]:
    """Formats that pictures have further on, and that the result does not hold."""
    for name in painter.formats:
        if name != clip.first.format.name and written.loses(name):
            yield f"further on the clip is {name}, of which {written.codec} writes {written.pixels}"


def _damage(clip: Clip) -> Iterator[str]:
    if found := clip.damaged:
        yield f"damaged pictures in the clip: {len(found)}, the first at {found[0]:.2f} s"


def _written(
    bokeh: Bokeh, clip: Clip, painter: Painter, written: Recipe, job: Job, progress: Progress | None
) -> tuple[Writer, BaseException | None]:
    """The writer, done, and the error after which what it wrote was kept, if any."""
    problem = None
    with files.whole(job.target, force=job.force) as temporary:
        writer = Writer(temporary, clip, written)
        try:
            with parallel.working(bokeh.threads_beside(3)), closing(_stations(clip, painter, written, writer)) as done:
                for frames in done:
                    if progress and frames:
                        progress(frames, clip.count, float(clip.rate) if clip.rate else None)
            writer.close()
        except BaseException as error:
            if not (job.keep_partial and writer.frames) or isinstance(error, OSError):
                with suppress(EdgeBokehError, OSError):
                    writer.close()
                if isinstance(error, VideoError) and writer.frames:
                    error.hint += ", or keep what there is with --keep-partial"
                raise
            writer.close()
            problem = error
    return writer, problem


def _stations(clip: Clip, painter: Painter, written: Recipe, writer: Writer) -> Any:
    """Writing has a thread of its own, which no signal reaches: a picture is written whole or not at all."""

    def find(item: Any) -> Any:
        if not isinstance(item, av.VideoFrame):
            return item
        return painter.find(limited(item, written.pixels) if written.encoder.limited else item)

    def draw(item: Any) -> Any:
        return painter.draw(item) if isinstance(item, Shot) else item

    def write(item: Any) -> int:
        writer.write(item)
        return writer.frames if isinstance(item, av.VideoFrame) else 0

    return conveyed(clip.items(), [find, draw, write])
