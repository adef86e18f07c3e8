"""The run: photos worked through, several at once, and an `Outcome` for each."""

import errno
import hashlib
import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from edgebokeh import __version__, files, places
from edgebokeh.batch import journal as journals
from edgebokeh.batch.conveyor import Abandoned, Gate, conveyed
from edgebokeh.batch.journal import Entry, Journal
from edgebokeh.batch.memory import Room, held
from edgebokeh.batch.plan import Job, Plan, plan
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.settings import BatchSettings
from edgebokeh.batch.standing import Standing, begun, refusal, standings, target_of
from edgebokeh.errors import (
    EdgeBokehError,
    JournalError,
    OutputUnwritableError,
    PhotoUnreadableError,
)
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.results import Report, Task

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors after which no other photo could be written either."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a result, the error that stopped it, or that it is skipped, as it is done already."""

    job: Job
    result: Report | None = None
    error: EdgeBokehError | None = None
    skipped: bool = False


def convert_all(
    bokeh: Bokeh,
    sources: Sequence[Place | str],
    output: Place | str | None = None,
    task: Task = "blur",
    look: Look | None = None,
    settings: BatchSettings | None = None,
) -> Iterator[Outcome]:
    """Works through files, folders and globs, and yields an Outcome for each photo, in order.

    bokeh: load it with threads=1 for the most photos in a time; then as many are worked on at once as there are cores.
    sources, output: as `edgebokeh blur` takes them. task: "blur", "mask" or "cutout".
    Where several photos go to a folder, a journal there tells what is done, and is not done again.
    Raises, when the first Outcome is asked for, what `plan.plan` does, OutputExistsError for files not written here,
    OutputBusyError and JournalError; on the way JournalError, and OutputUnwritableError once the disk is full: the same
    call goes on where it stopped. An error of a photo is in its Outcome.
    """
    look, settings = look or Look(), settings or BatchSettings()
    found = [places.place(source) for source in sources]
    planned = plan(found, None if output is None else places.place(output), task, look, settings)
    if planned.folder is None:
        yield from run(bokeh, planned, task, look, settings)
    else:
        with journals.opened(planned.folder) as journal:
            yield from run(bokeh, planned, task, look, settings, journal)


def fingerprint(bokeh: Bokeh, task: Task, look: Look, settings: BatchSettings) -> str:
    """A hash of what a result depends on beside its photo: task, look, networks, format, version."""
    wanted = {name: getattr(look, name) for name in look.__dataclass_fields__ if name != "image"}
    image = (
        None
        if look.image is None
        else hashlib.sha256(repr(look.image.shape).encode() + look.image.tobytes()).hexdigest()
    )
    told = [__version__, task, wanted, image, bokeh.identity(look), settings.ending(task), asdict(settings.handling)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def run(
    bokeh: Bokeh,
    planned: Plan,
    task: Task,
    look: Look,
    settings: BatchSettings,
    journal: Journal | None = None,
    *,
    refuse: bool = True,
) -> Iterator[Outcome]:
    """Works through a plan; see `convert_all`.

    journal: the open one of the plan's folder, None for none. refuse: nothing is done where a result exists that was
    not written here; else that is an error of its photo.
    """
    found: Sequence[Standing] = ["new"] * len(planned.jobs)
    mark = ""
    if journal:
        mark = fingerprint(bokeh, task, look, settings)
        found = standings(planned, journal.entries, mark)
        if refuse and not settings.force and (refused := refusal(planned, found)):
            raise refused
    for folder, problem in planned.closed:
        yield Outcome(Job(folder, planned.folder or folder), error=problem)
    workers = settings.workers(len(planned.jobs), bokeh.threads)
    work = _Work(bokeh, task, look, settings, journal, mark, Room(settings.room) if workers > 1 else None)
    items = list(zip(planned.jobs, found, strict=True))
    try:
        yield from conveyed(items, work, workers, lambda: work.ended is not None)
    finally:
        work.gate.shut()
    if work.ended:
        raise work.ended


class _Work:
    """What is done with each job. ended: why no other is begun, if so."""

    def __init__(
        self,
        bokeh: Bokeh,
        task: Task,
        look: Look,
        settings: BatchSettings,
        journal: Journal | None,
        mark: str,
        room: Room | None,
    ) -> None:
        self._bokeh, self._task, self._look, self._settings = bokeh, task, look, settings
        self._journal, self._mark, self._room = journal, mark, room
        self.gate = Gate()
        self.ended: EdgeBokehError | None = None

    def __call__(self, item: tuple[Job, Standing]) -> Outcome:
        job, standing = item
        if standing == "done" and not self._settings.force:
            return Outcome(job, skipped=True)
        try:
            report = self._noted(self._journal, job, standing) if self._journal else self._converted(job)
        except EdgeBokehError as error:
            if isinstance(error, JournalError):
                self.ended = error
            elif self._journal and getattr(error.__cause__, "errno", None) in FULL:
                hint = "free some space, and run the same command again: it goes on where it stopped"
                self.ended = OutputUnwritableError(f"the run stopped: {error}", hint)
            return Outcome(job, error=error)
        return Outcome(job, report)

    def _noted(self, journal: Journal, job: Job, standing: Standing) -> Report:
        """The same, with lines in the journal."""
        if standing == "taken":
            # A line would make it ours.
            places.check_target(job.target, force=self._settings.force)
        target = target_of(job, journal.folder)
        entry = begun(job, standing, journal.entries.get(target), journal.folder, self._mark)
        journal.note(entry)
        force = self._settings.force or standing not in ("new", "taken")
        try:
            return self._converted(job, force=force, entry=entry)
        except (JournalError, Abandoned):
            raise
        except EdgeBokehError as error:
            self._note_failure(journal, entry, error)
            raise
        except Exception as error:
            bug = _bug(job, error)
            self._note_failure(journal, entry, bug)
            raise bug from error

    def _note_failure(self, journal: Journal, entry: Entry, error: EdgeBokehError) -> None:
        with self.gate.passed():
            journal.note(replace(entry, status="failed", more=error.to_dict()))

    def _converted(self, job: Job, *, force: bool | None = None, entry: Entry | None = None) -> Report:
        force = self._settings.force if force is None else force
        ending = self._settings.ending(self._task)
        if job.target != STREAM:
            ending = job.target.suffix
            if not entry:
                places.check_target(job.target, force=force)
        name = "standard input" if job.source == STREAM else str(job.source)
        with self._read(job) as data:
            file, report = self._bokeh.convert(
                data, self._task, self._look, ending=ending, name=name, handling=self._settings.handling
            )
            with self.gate.passed():
                self._write(job, file, report, data, force=force, entry=entry)
        return report

    @contextmanager
    def _read(self, job: Job) -> Iterator[bytes]:
        """Inside, the photo's file; its room is taken until the result is written."""
        if job.source == STREAM:
            yield _read_stream()
        elif self._room:
            with held(job.source, job.target.suffix, self._room) as data:
                yield data
        else:
            yield places.read(job.source)

    def _write(self, job: Job, file: bytes, report: Report, photo: bytes, *, force: bool, entry: Entry | None) -> None:
        if job.target == STREAM:
            _write_to_stream(file)
        elif self._journal and entry:
            _make_folder(job.target.parent)
            noted = replace(entry, photo=journals.digest(photo), more=success(report))
            _write_noted(self._journal, noted, file, job.target, force=force)
        else:
            places.write(file, job.target, force=force)


def _write_noted(journal: Journal, entry: Entry, file: bytes, target: Place, *, force: bool) -> None:
    """Writes a result, with lines of the journal before and after. entry: the line of the photo when it was begun."""
    former, temporary = entry.result, places.temporary_name(target)
    entry = replace(entry, written=len(file), written_ns=None, result=journals.digest(file))
    writing = replace(entry, status="writing", temporary=temporary, former=former, more={})
    # The line must outlast a loss of power if the result does: without it the result would be a stranger's.
    journal.note(writing, lasting=True)
    places.write(file, target, force=force, temporary_as=temporary)
    journal.note(replace(entry, status="done", written_ns=places.seen(target)[1]))


def success(report: Report) -> dict[str, Any]:
    """What is told of a photo that was done, as JSON holds it."""
    return {
        "model": report.model,
        "provider": report.provider,
        "provider_share": None if report.provider_share is None else round(report.provider_share, 4),
        "fallback": report.fallback,
        "provider_note": report.provider_note,
        "threads": report.threads,
        "profile": report.profile,
        "size": [report.size[1], report.size[0]],
        "person": report.person,
        "share": round(report.share, 4),
        "notes": list(report.notes),
        "milliseconds": {stage: round(spent, 2) for stage, spent in report.milliseconds.items()},
    }


def _bug(job: Job, error: Exception) -> EdgeBokehError:
    """What stands for an error that is none of ours: one photo of thousands must not stop the others."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}: {error}"
    return EdgeBokehError(f"{job.source} met a bug of edgebokeh ({where})", "blur it alone for the whole traceback")


def _make_folder(folder: Place) -> None:
    try:
        places.make_folder(folder)
    except OSError as error:
        what = f"the folder {folder} cannot be made ({error.strerror})"
        raise OutputUnwritableError(what, "check what stands in its way") from error


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
