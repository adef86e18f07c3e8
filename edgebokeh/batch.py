"""Several photos in one go: where each result goes, settled before any work starts, and an `Outcome` for each photo."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebokeh import files, formats
from edgebokeh.errors import EdgeBokehError, OutputExistsError, OutputUnwritableError, PhotoUnreadableError
from edgebokeh.images import Handling
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh, Report, Task

STREAM = Path("-")
"""Stands for standard input as a source and standard output as a target."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to read and one file to write. Either may be STREAM."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a result, or the error that stopped it."""

    job: Job
    result: Report | None = None
    error: EdgeBokehError | None = None


def plan(
    sources: Sequence[Path], output: Path | None, suffix: str, ending: str = "", reads: Sequence[Path] = ()
) -> list[Job]:
    """One job per photo.

    output: a file for one photo, an existing folder for any number, STREAM, or None for beside each photo (for STREAM:
    to STREAM). suffix: goes between a photo's name and its ending: "bokeh" makes NAME.bokeh.jpg. ending: of all
    results; "" keeps each photo's own where edgebokeh writes that format, and takes .png otherwise. reads: other files
    that must not be written to.
    Raises OutputUnwritableError where several photos would go to one file, OutputExistsError where two results would
    have one name or a photo would be overwritten, OutputFormatError for an output ending that is no picture format.
    """
    if output == STREAM and len(sources) > 1:
        raise OutputUnwritableError("several pictures cannot go to standard output", "name a folder with -o")
    if output and output != STREAM and not files.is_folder(output):
        if len(sources) > 1 or not output.suffix:
            raise OutputUnwritableError(
                f"{output} is no folder",
                "make the folder first, or for one photo name a file with an ending such as .jpg",
            )
        formats.output_format(output.suffix)
    jobs = [Job(source, _target(source, output, suffix, ending)) for source in sources]
    _refuse_collisions(jobs, reads)
    return jobs


def run(
    bokeh: Bokeh,
    jobs: Iterable[Job],
    task: Task,
    look: Look | None = None,
    *,
    force: bool = False,
    handling: Handling | None = None,
) -> Iterator[Outcome]:
    """Works through the jobs in order. A job that fails yields its error, and the next one goes on.

    task: "blur", "mask" or "cutout". force: existing files are overwritten. handling: limits, and how files
    are written.
    """
    for job in jobs:
        try:
            yield Outcome(job, _one(bokeh, job, task, look, force, handling))
        except EdgeBokehError as error:
            yield Outcome(job, error=error)


def _one(bokeh: Bokeh, job: Job, task: Task, look: Look | None, force: bool, handling: Handling | None) -> Report:
    if job.target == STREAM:
        ending = ""
    else:
        files.check_target(job.target, force=force)
        ending = job.target.suffix
    data = _read_stream() if job.source == STREAM else files.read(job.source)
    name = "standard input" if job.source == STREAM else str(job.source)
    file, result = bokeh.convert(data, task, look, ending=ending, name=name, handling=handling)
    if job.target == STREAM:
        _write_to_stream(file)
    else:
        files.write(file, job.target, force=force)
    return result


def _target(source: Path, output: Path | None, suffix: str, ending: str) -> Path:
    if output == STREAM or (output is None and source == STREAM):
        return STREAM
    if output and not files.is_folder(output):
        return output
    own = source.suffix if source.suffix.lower() in formats.FORMATS else ".png"
    stem = "stdin" if source == STREAM else source.stem
    return (output or source.parent) / f"{stem}.{suffix}{ending or own}"


def _refuse_collisions(jobs: Sequence[Job], reads: Sequence[Path]) -> None:
    sources_of: dict[Path, list[Path]] = defaultdict(list)
    for job in jobs:
        sources_of[job.target if job.target == STREAM else files.real(job.target)].append(job.source)
    for target, sources in sources_of.items():
        if len({files.real(source) for source in sources}) < len(sources):
            raise OutputExistsError(f"{sources[0]} is given twice", "name each photo once")
        if len(sources) > 1:
            raise OutputExistsError(
                f"{' and '.join(map(str, sources))} would all become {target.name}",
                "rename them, or write them to different folders",
            )
    photos = {files.real(path) for path in (*reads, *(job.source for job in jobs)) if path != STREAM}
    for job in jobs:
        piped = job.source == STREAM and files.is_standard_input(job.target)
        if job.target != STREAM and (piped or files.real(job.target) in photos):
            raise OutputExistsError(
                f"{job.target} is a photo to read and never written to", "name another file with -o"
            )


def _read_stream() -> bytes:
    if sys.stdin is None:
        raise PhotoUnreadableError("standard input is closed", "name a file, or pipe a photo in")
    return files.read_stream(sys.stdin.buffer, "standard input")


def _write_to_stream(file: bytes) -> None:
    try:
        if sys.stdout is None:
            raise BrokenPipeError
        sys.stdout.buffer.write(file)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OutputUnwritableError("standard output is closed or full", "check the command that reads it") from error
