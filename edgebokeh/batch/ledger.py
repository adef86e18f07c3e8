"""What is noted of the jobs of a run, so that it can end at any moment: the same lines here and on a cluster."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from edgebokeh import files, places
from edgebokeh.batch.journal import Entry, Journal
from edgebokeh.batch.making import Facts
from edgebokeh.batch.outcome import Failure, Outcome, success
from edgebokeh.batch.plan import Job
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.standing import Standing, begun, target_of
from edgebokeh.errors import EdgeBokehError, JournalError, OutputUnwritableError, StoreError

Item = tuple[Job, Standing]


class Begun(NamedTuple):
    """A job in work. force: whether a file at its target is replaced. entry: its line, None without a journal."""

    job: Job
    force: bool
    entry: Entry | None = None

    @property
    def temporary(self) -> str | None:
        """The name of the file that becomes the result, once it is announced."""
        return self.entry.temporary if self.entry else None


class Ledger:
    """Lines for jobs as they are begun, about to be written, and ended. ended: why no other is to be begun, if so.

    journal: None where none is kept. settings: a hash, see Entry. force: existing files are overwritten. Threads may
    share it.
    """

    def __init__(self, journal: Journal | None, settings: str, *, force: bool) -> None:
        self._journal, self._settings, self._force = journal, settings, force
        self.ended: EdgeBokehError | None = None

    def due(self, standing: Standing) -> bool:
        """Whether such a job is worked on at all."""
        return standing != "done" or self._force

    def begin(self, items: Sequence[Item]) -> tuple[list[Begun], list[Outcome]]:
        """The jobs that are to be worked on, and what became of those that are not."""
        taken, settled = [], []
        for job, standing in items:
            if not self.due(standing):
                settled.append(Outcome(job, skipped=True))
                continue
            try:
                taken.append(self._begin(job, standing))
            except EdgeBokehError as error:
                settled.append(Outcome(job, error=error))
        try:
            self._note([one.entry for one in taken if one.entry])
        except JournalError as error:
            return [], [*settled, *(self.fail(one, Failure(error)) for one in taken)]
        return taken, settled

    def announce(self, made: Sequence[tuple[Begun, Facts]]) -> list[Begun]:
        """To be called before results are written. Raises JournalError.

        The lines must outlast a loss of power if the results do: without them the results would be strangers'.
        """
        announced = [one._replace(entry=one.entry and _writing(one.entry, one.job, facts)) for one, facts in made]
        self._note([one.entry for one in announced if one.entry], lasting=True)
        return announced

    def finish(self, written: Sequence[tuple[Begun, Facts, int]]) -> list[Outcome]:
        """What became of announced jobs whose results are written, with their times of change. Raises JournalError."""
        self._note([_done(one.entry, facts, changed) for one, facts, changed in written if one.entry])
        return [Outcome(one.job, facts.report) for one, facts, _ in written]

    def fail(self, one: Begun, why: Failure) -> Outcome:
        """What became of a job without a result; not announced, or as it was before."""
        error = why.error
        if one.entry and not isinstance(error, JournalError):
            try:
                self._note([replace(one.entry, status="failed", more=error.to_dict())])
            except JournalError as unwritable:
                error = unwritable
        if one.entry and why.full and not self.ended:
            self.ended = _stopped(error)
        return Outcome(one.job, error=error)

    def clean(self, one: Begun) -> None:
        """Removes what a lost worker was writing of an announced job."""
        if one.temporary and files.is_temporary(one.temporary):
            places.discard(places.real(one.job.target).with_name(one.temporary))

    def _begin(self, job: Job, standing: Standing) -> Begun:
        if self._journal is None:
            if job.target != STREAM:
                places.check_target(job.target, force=self._force)
            return Begun(job, self._force)
        if standing == "taken":
            # A line would make it ours.
            places.check_target(job.target, force=self._force)
        before = self._journal.entries.get(target_of(job, self._journal.folder))
        entry = begun(job, standing, before, self._journal.folder, self._settings)
        return Begun(job, self._force or standing not in ("new", "taken"), entry)

    def _note(self, entries: Sequence[Entry], *, lasting: bool = False) -> None:
        if not (self._journal and entries):
            return
        try:
            self._journal.note_all(entries, lasting=lasting)
        except JournalError as error:
            self.ended = error
            raise


def _stopped(error: EdgeBokehError) -> EdgeBokehError:
    """Why a run ends after a photo that no other could do better than."""
    if isinstance(error, JournalError):
        return error
    what = f"the run stopped: {error}"
    if isinstance(error, StoreError):
        return type(error)(what, error.hint)
    return OutputUnwritableError(what, "free some space, and run the same command again: it goes on where it stopped")


def _writing(entry: Entry, job: Job, facts: Facts) -> Entry:
    """entry: the line of the photo when it was begun."""
    return replace(
        entry,
        status="writing",
        photo=facts.photo,
        temporary=places.temporary_name(job.target),
        written=facts.size,
        written_ns=None,
        result=facts.result,
        former=entry.result,
    )


def _done(entry: Entry, facts: Facts, changed: int) -> Entry:
    return replace(entry, status="done", temporary="", former="", written_ns=changed, more=success(facts.report))
