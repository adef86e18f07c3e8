"""Photos taken as they finish arriving in folders."""

import contextlib
import os
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgebokeh import files, places
from edgebokeh.batch.plan import Job, Plan, plan, refuse_collisions
from edgebokeh.batch.settings import BatchSettings
from edgebokeh.errors import EdgeBokehError, OutputExistsError, PhotosNoneError, WatchAbsentError, WatchLostError
from edgebokeh.look import Look
from edgebokeh.places import Place, Seen
from edgebokeh.results import Task


class Arrivals:
    """Which jobs are due: those whose photo has kept its size and time of change for `settle` seconds, once each.

    One whose photo changes later is due again.
    """

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self._since: dict[Place, tuple[Seen, float]] = {}
        self._taken: dict[Place, Seen] = {}

    @property
    def waiting(self) -> bool:
        """Whether something has arrived that is not due yet."""
        return bool(self._since)

    def due(self, jobs: Sequence[Job], now: float) -> list[Job]:
        """now: seconds of a clock that only goes forward."""
        states = {job.source: places.seen(job.source) for job in jobs}
        fresh = {source: seen for source, seen in states.items() if self._taken.get(source) != seen}
        before = self._since
        self._since = {
            source: before[source] if source in before and before[source][0] == seen else (seen, now)
            for source, seen in fresh.items()
        }
        ripe = {source for source, (_, since) in self._since.items() if now - since >= self._settle}
        for source in ripe:
            self._taken[source] = self._since.pop(source)[0]
        return [job for job in jobs if job.source in ripe]


def arriving(
    folders: Sequence[Path], output: Path, task: Task, look: Look, settings: BatchSettings, settle: float
) -> Iterator[Plan | EdgeBokehError]:
    """Plans of the photos that are there and of those that arrive, each once it has not changed for `settle` seconds.

    Where they cannot be planned it yields why, once. A folder that cannot be searched, and photos that would have one
    result, are in one plan for as long as that is so. It never ends by itself.
    Raises WatchAbsentError without the extra "watch" at once, and when the next plan is asked for WatchLostError, where
    one of the folders, or `output` if it was there at first, is not what it was.
    """
    try:
        import watchfiles
    except ImportError as error:
        hint = "install it with: pip install 'edgebokeh[watch]'"
        raise WatchAbsentError(f"watching folders needs watchfiles ({error})", hint) from error
    events = _events(watchfiles, folders, settings.recursive, settle / 2)
    return _plans(events, folders, output, task, look, settings, settle)


def _plans(
    events: Iterable[bool],
    folders: Sequence[Path],
    output: Path,
    task: Task,
    look: Look,
    settings: BatchSettings,
    settle: float,
) -> Iterator[Plan | EdgeBokehError]:
    arrivals, problem = Arrivals(settle), ""
    told: set[Place] = set()
    with _unmoved([*folders, output]) as check:
        for changes in events:
            check()
            if not (changes or arrivals.waiting):
                continue
            try:
                whole = plan(folders, output, task, look, settings, refuse=False)
                free, clashing = _apart(whole.jobs)
            except PhotosNoneError:
                continue
            except EdgeBokehError as error:
                if str(error) != problem:
                    problem = str(error)
                    yield error
                continue
            jobs = arrivals.due(free, time.monotonic())
            wrong = [*whole.closed, *clashing]
            new = [one for one in wrong if one[0] not in told]
            told = {path for path, _ in wrong}
            if jobs or new:
                yield replace(whole, folder=output, jobs=jobs, closed=new)


@contextlib.contextmanager
def _unmoved(folders: Sequence[Path]) -> Iterator[Callable[[], None]]:
    """Inside, what is yielded raises WatchLostError where a folder that was there is gone, or another."""
    before = {folder: _identity(folder) for folder in folders if files.is_folder(folder)}

    def check() -> None:
        for folder, identity in before.items():
            if _identity(folder) != identity:
                raise WatchLostError(
                    f"{folder} was removed or replaced while it was watched", "start the same command again"
                )

    with contextlib.ExitStack() as stack:
        for folder in before:
            # A folder that is open keeps its number, which the next to be made would have else. Windows opens none.
            with contextlib.suppress(OSError):
                stack.callback(os.close, os.open(folder, os.O_RDONLY))
        yield check


def _identity(folder: Path) -> tuple[int, int] | None:
    """Device and number on it, None for no folder that can be seen."""
    with contextlib.suppress(OSError):
        status = folder.stat()
        return status.st_dev, status.st_ino
    return None


def _apart(jobs: Sequence[Job]) -> tuple[list[Job], list[tuple[Place, EdgeBokehError]]]:
    """Jobs that are in nobody's way, and the photos of the others with what is wrong.

    Raises OutputExistsError for what is no matter of some photos alone.
    """
    alike: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        # Whether names that differ in this alone are one, their disk decides.
        alike[unicodedata.normalize("NFC", str(places.real(job.target))).casefold()].append(job)
    free: list[Job] = []
    clashing: list[tuple[Place, EdgeBokehError]] = []
    for group in alike.values():
        try:
            if len(group) > 1:
                refuse_collisions(group)
            free += group
        except OutputExistsError as error:
            clashing += [(job.source, error) for job in group]
    refuse_collisions(free)
    return free, clashing


def _events(library: Any, folders: Sequence[Path], recursive: bool, pause: float) -> Iterator[bool]:
    """Whether something has changed: always at first, when it watches, and then every `pause` seconds at least.

    library: watchfiles.
    """
    from watchfiles._rust_notify import WatchfilesRustInternalError

    while True:
        events = library.watch(
            *folders,
            watch_filter=None,
            recursive=recursive,
            rust_timeout=max(50, round(pause * 1000)),
            yield_on_timeout=True,
        )
        begins = True
        try:
            for changes in events:
                yield begins or bool(changes)
                begins = False
        except (FileNotFoundError, WatchfilesRustInternalError):
            # A folder is gone, or there is a file whose name is no UTF-8, at which it gives up.
            yield True
