"""The run: photos worked through, an `Outcome` for each."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edgebokeh import files
from edgebokeh.batch.plan import STREAM, Job
from edgebokeh.errors import EdgeBokehError, OutputUnwritableError, PhotoUnreadableError
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh, Report, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a result, or the error that stopped it."""

    job: Job
    result: Report | None = None
    error: EdgeBokehError | None = None


def run(
    bokeh: Bokeh, jobs: Iterable[Job], task: Task, look: Look | None = None, *, force: bool = False
) -> Iterator[Outcome]:
    """Works through the jobs in order. A job that fails yields its error, and the next one goes on.

    task: "blur", "mask" or "cutout". force: existing files are overwritten.
    """
    for job in jobs:
        try:
            yield Outcome(job, _one(bokeh, job, task, look, force))
        except EdgeBokehError as error:
            yield Outcome(job, error=error)


def _one(bokeh: Bokeh, job: Job, task: Task, look: Look | None, force: bool) -> Report:
    if job.target == STREAM:
        ending = ""
    else:
        files.check_target(job.target, force=force)
        ending = job.target.suffix
    data = _read_stream() if job.source == STREAM else files.read(job.source)
    name = "standard input" if job.source == STREAM else str(job.source)
    file, result = bokeh.convert(data, task, look, ending=ending, name=name)
    if job.target == STREAM:
        _write_to_stream(file)
    else:
        files.write(file, job.target, force=force)
    return result


def _read_stream() -> bytes:
    if sys.stdin is None:
        raise PhotoUnreadableError("standard input is closed", "name a file, or pipe a photo in")
    return sys.stdin.buffer.read()


def _write_to_stream(file: bytes) -> None:
    try:
        if sys.stdout is None:
            raise BrokenPipeError
        sys.stdout.buffer.write(file)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OutputUnwritableError("standard output is closed or full", "check the command that reads it") from error
