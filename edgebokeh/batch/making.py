"""What is done to one photo, wherever that is: its file made into another, and that put into its place."""

from typing import NamedTuple

from edgebokeh import places
from edgebokeh.batch import journal
from edgebokeh.batch.plan import Job
from edgebokeh.batch.search import STREAM
from edgebokeh.errors import OutputUnwritableError
from edgebokeh.images import Handling
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.results import Report, Task


class Wish(NamedTuple):
    """What is wanted of all photos of a run. ending: of results that go to no file, "" for the photo's own."""

    task: Task
    look: Look
    ending: str
    handling: Handling


class Facts(NamedTuple):
    """What is known of a result before it is written. size: in bytes. photo, result: `journal.digest` of both files."""

    report: Report
    size: int
    photo: str
    result: str


def made(bokeh: Bokeh, job: Job, photo: bytes, wish: Wish) -> tuple[bytes, Facts]:
    """The file that a photo's file becomes. Raises what `Bokeh.convert` does."""
    ending = wish.ending if job.target == STREAM else job.target.suffix
    name = "standard input" if job.source == STREAM else str(job.source)
    file, report = bokeh.convert(photo, wish.task, wish.look, ending=ending, name=name, handling=wish.handling)
    return file, Facts(report, len(file), journal.digest(photo), journal.digest(file))


def put(file: bytes, job: Job, *, force: bool, temporary: str | None = None) -> int:
    """Writes a result to its target, whose folder is made for it if it has a temporary name.

    Returns its time of change in nanoseconds. Raises OutputUnwritableError, OutputExistsError.
    """
    if temporary:
        _make_folder(job.target.parent)
    places.write(file, job.target, force=force, temporary_as=temporary)
    return places.seen(job.target)[1]


def _make_folder(folder: Place) -> None:
    try:
        places.make_folder(folder)
    except OSError as error:
        what = f"the folder {folder} cannot be made ({error.strerror})"
        raise OutputUnwritableError(what, "check what stands in its way") from error
