"""One of the processes that convert photos; Ray makes an actor of it."""

import os
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebokeh import files, places
from edgebokeh.batch import outcome
from edgebokeh.batch.cluster.kit import Fetch, Kit, opened
from edgebokeh.batch.making import Facts, Wish, made, put
from edgebokeh.batch.outcome import Failure
from edgebokeh.batch.plan import Job
from edgebokeh.errors import ClusterUnfitError, EdgeBokehError
from edgebokeh.pipeline import Bokeh


@dataclass(frozen=True, slots=True)
class Placing:
    """How a result is to be written, see `making.put`."""

    force: bool
    temporary: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a block's photos, each in turn: the time of change in nanoseconds of one that is written; and how
    long they took."""

    results: Sequence[Facts | int | Failure]
    seconds: float


class Worker:
    """Converts blocks of photos, and keeps the results until it is told to write them.

    `make` and `place` may be called from two threads.
    """

    def __init__(self) -> None:
        self._kept: dict[int, list[tuple[Job, bytes]]] = {}

    def open(self, kit: Kit, wish: Wish, sees: Sequence[Path], fetch: Fetch | None = None) -> Failure | None:
        """Gets ready; returns why it cannot. sees: files that must be there. fetch: None is Ray's."""
        self._wish = wish
        try:
            _settle_in(kit, sees)
            with tempfile.TemporaryDirectory(prefix="edgebokeh-", ignore_cleanup_errors=True) as folder:
                self._bokeh: Bokeh = opened(kit, fetch or _fetched, Path(folder))
                # All of them, while their files are there.
                self._bokeh.networks(wish.look)
        except EdgeBokehError as error:
            return Failure(_here(error))
        return None

    def make(self, number: int, jobs: Sequence[Job]) -> Answer:
        """Converts a block of photos, whose results are kept under a number."""
        start = time.monotonic()
        results: list[Facts | int | Failure] = []
        kept = list[tuple[Job, bytes]]()
        for job in jobs:
            try:
                file, facts = made(self._bokeh, job, places.read(job.source), self._wish)
            except Exception as error:  # a bug with one photo
                results.append(_failure(job, error))
            else:
                kept.append((job, file))
                results.append(facts)
        if kept:
            self._kept[number] = kept
        return Answer(results, time.monotonic() - start)

    def place(self, number: int, placings: Sequence[Placing]) -> Answer:
        """Writes what was made of a block."""
        start = time.monotonic()
        pairs = zip(self._kept.pop(number), placings, strict=True)
        return Answer([_placed(job, file, placing) for (job, file), placing in pairs], time.monotonic() - start)


def _placed(job: Job, file: bytes, placing: Placing) -> int | Failure:
    try:
        return put(file, job, force=placing.force, temporary=placing.temporary)
    except Exception as error:
        return _failure(job, error)


def _failure(job: Job, error: Exception) -> Failure:
    """What ends the run says on which machine: the others may do better."""
    why = outcome.failure(job, error)
    return why._replace(error=_here(why.error)) if why.full else why


def _here(error: EdgeBokehError) -> EdgeBokehError:
    return type(error)(f"on {socket.gethostname()}: {error}", error.hint, error.details)


def _settle_in(kit: Kit, sees: Sequence[Path]) -> None:
    """Raises ClusterUnfitError where this machine does not see what the driver does."""
    os.umask(kit.umask)
    if files.is_folder(kit.folder):
        os.chdir(kit.folder)
    if missing := next((path for path in sees if not files.is_file(path)), None):
        raise ClusterUnfitError(f"{missing} is not there", "name folders that all machines of the cluster share")


def _fetched(reference: Any) -> bytes:
    import ray

    return bytes(ray.get(reference))
