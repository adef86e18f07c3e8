"""The run: photos worked through, several at once, and an `Outcome` for each."""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from edgebokeh import __version__, drivers, files, places
from edgebokeh.batch import journal as journals
from edgebokeh.batch.conveyor import Abandoned, Gate, conveyed
from edgebokeh.batch.journal import Journal
from edgebokeh.batch.ledger import Begun, Item, Ledger
from edgebokeh.batch.making import Facts, Wish, made, put
from edgebokeh.batch.memory import Room, held
from edgebokeh.batch.outcome import Outcome, failure
from edgebokeh.batch.plan import Job, Plan, plan
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.settings import BatchSettings, Cluster
from edgebokeh.batch.standing import Standing, refusal, standings
from edgebokeh.errors import EdgeBokehError, OutputUnwritableError, PhotoUnreadableError
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.results import Task


def convert_all(
    bokeh: Bokeh,
    sources: Sequence[Place | str],
    output: Place | str | None = None,
    task: Task = "blur",
    look: Look | None = None,
    settings: BatchSettings | None = None,
    cluster: Cluster | str | None = None,
) -> Iterator[Outcome]:
    """Works through files, folders and globs, and yields an Outcome for each photo: in order, but as they come from a
    cluster.

    bokeh: load it with threads=1 for the most photos in a time; then as many are worked on at once as there are cores.
    sources, output: as `edgebokeh blur` takes them. task: "blur", "mask" or "cutout".
    cluster: where Ray works on the photos, or its address; None is this process, with `bokeh`. On a cluster each worker
    opens the same networks, with as many threads as `bokeh` has.
    Where several photos go to a folder, a journal there tells what is done, and is not done again.
    Raises, when the first Outcome is asked for, what `plan.plan` does, OutputExistsError for files not written here,
    OutputBusyError and JournalError; on the way JournalError, and OutputUnwritableError once the disk is full: the same
    call goes on where it stopped. Of a cluster also ClusterError, and what opening the networks there
    raises. An error of a photo is in its Outcome.
    """
    cluster = Cluster(address=cluster) if isinstance(cluster, str) else cluster
    look, settings = look or Look(), settings or BatchSettings()
    found = [places.place(source) for source in sources]
    planned = plan(found, None if output is None else places.place(output), task, look, settings)
    if planned.folder is None:
        yield from run(bokeh, planned, task, look, settings, cluster=cluster)
    else:
        with journals.opened(planned.folder) as journal:
            yield from run(bokeh, planned, task, look, settings, journal, cluster=cluster)


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
    cluster: Cluster | None = None,
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
    ledger = Ledger(journal, mark, force=settings.force)
    wish = Wish(task, look, settings.ending(task), settings.handling)
    items = list(zip(planned.jobs, found, strict=True))
    if cluster:
        # Imported here because hardly any run needs it.
        from edgebokeh.batch.cluster.driver import driven

        yield from driven(bokeh, items, wish, ledger, cluster, settings.jobs, journal)
    else:
        yield from _here(bokeh, items, wish, ledger, settings)
    if ledger.ended:
        raise ledger.ended


def _here(
    bokeh: Bokeh, items: Sequence[Item], wish: Wish, ledger: Ledger, settings: BatchSettings
) -> Iterator[Outcome]:
    workers = settings.workers(len(items), bokeh.threads)
    work = _Work(bokeh, wish, ledger, Room(settings.room) if workers > 1 else None)
    try:
        yield from conveyed(items, work, workers, lambda: ledger.ended is not None)
    except (KeyboardInterrupt, SystemExit):
        drivers.hurry()
        raise
    finally:
        work.gate.shut()


class _Work:
    """What is done with each job in this process."""

    def __init__(self, bokeh: Bokeh, wish: Wish, ledger: Ledger, room: Room | None) -> None:
        self._bokeh, self._wish, self._ledger, self._room = bokeh, wish, ledger, room
        self.gate = Gate()

    def __call__(self, item: Item) -> Outcome:
        begun, settled = self._ledger.begin([item])
        return settled[0] if settled else self._worked(begun[0])

    def _worked(self, begun: Begun) -> Outcome:
        try:
            with self._read(begun.job) as photo:
                file, facts = made(self._bokeh, begun.job, photo, self._wish)
                with self.gate.passed():
                    return self._put(begun, file, facts)
        except Abandoned:
            raise
        except Exception as error:
            if not begun.entry and not isinstance(error, EdgeBokehError):
                raise
            with self.gate.passed():
                return self._ledger.fail(begun, failure(begun.job, error))

    def _put(self, begun: Begun, file: bytes, facts: Facts) -> Outcome:
        if begun.job.target == STREAM:
            _write_to_stream(file)
            return Outcome(begun.job, facts.report)
        [one] = self._ledger.announce([(begun, facts)])
        changed = put(file, one.job, force=one.force, temporary=one.temporary)
        [outcome] = self._ledger.finish([(one, facts, changed)])
        return outcome

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
