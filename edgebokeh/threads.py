"""How many threads to work with, never more than the cores that this process may really use; and what they share."""

import math
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Generic, TypeVar

import cv2

from edgebokeh import control_groups
from edgebokeh.errors import ValueRangeError

Item = TypeVar("Item")
Result = TypeVar("Result")

NOTHING = object()

MOST = 1024
"""The highest number that may be asked for; each thread costs memory, also one that finds no core."""

_count: ContextVar[int] = ContextVar("threads")
_aside: ContextVar[tuple[threading.Thread, ...]] = ContextVar("aside")
_walks = threading.Lock()
_open: list[int] = []
"""OpenCV's own number of threads, and then that of each walk under way."""


def available(root: Path = Path("/")) -> int:
    """The cores that this process may use, at least 1: its CPU affinity, and the quota of a container or service.

    A quota of 1.5 cores counts as 2. root: where /proc and /sys are looked for.
    """
    return max(1, min([_affinity(), *(math.ceil(quota) for quota in _quotas(root))]))


def allowed(wanted: int | None = None) -> int:
    """How many threads to use where `wanted` are asked for, 1 to MOST.

    None is what is available, but no more than OpenCV was told to use (cv2.setNumThreads).
    Raises ValueRangeError.
    """
    if wanted is None:
        with _walks:
            told = _open[0] if _open else cv2.getNumThreads()
        return max(1, min(available(), told))
    if type(wanted) is not int or not 1 <= wanted <= MOST:
        raise ValueRangeError(
            f"threads is {wanted}", f"use 1 to {MOST}, or leave it out for the {available()} that this process may use"
        )
    return wanted


def current() -> int:
    """How many threads the work that goes on in this thread may use, at least 1.

    What `working` says, less those that work `Aside`; outside of it, OpenCV's number.
    """
    if not _count.get(0):
        return max(1, cv2.getNumThreads())
    return max(1, _count.get() - sum(thread.is_alive() for thread in _aside.get(())))


@contextmanager
def working(count: int) -> Iterator[None]:
    """Inside, `each` uses `count` threads and OpenCV one in each of them.

    OpenCV's own threads inside of ours only get into each other's way, and there is one number of them for the whole
    process: it is 1 for as long as anyone is inside, and then what it was.
    """
    with _walks:
        if not _open:
            _open.append(cv2.getNumThreads())
            cv2.setNumThreads(1)
        _open.append(count)
    tokens = _count.set(count), _aside.set(())
    try:
        yield
    finally:
        for thread in _aside.get():
            thread.join()
        _count.reset(tokens[0])
        _aside.reset(tokens[1])
        with _walks:
            _open.pop()
            if len(_open) == 1:
                cv2.setNumThreads(_open.pop())


class Aside(Generic[Result]):
    """Work that goes on in another thread, which until it is done counts as one of those inside `working`.

    Where only one may work, it is done when its result is asked for, if it ever is. Only where `working` is left it has
    to end. `concurrent.futures` would take twice as long to import as this to run.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self._errors: list[BaseException] = []
        # A thread that is never started would keep the result in a cycle of references.
        self._thread = None if _count.get(0) == 1 else threading.Thread(target=self._run)
        if self._thread:
            self._thread.start()
            _aside.set((*_aside.get(()), self._thread))

    def result(self) -> Result:
        """Waits for what the work returns. Raises what it raises."""
        if self._thread:
            self._thread.join()
        elif not (self._results or self._errors):
            self._run()
        if self._errors:
            raise self._errors[0]
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # it belongs to the one who waits
            self._errors.append(error)


def each(items: Sequence[Item], work: Callable[[Item], None]) -> None:
    """Calls `work` with every item, on as many threads as `current` says; this one is among them.

    The items must not depend on each other; then the result does not depend on the number of threads.
    Raises what `work` raises, after all threads have stopped.
    """
    left, turn, errors = iter(items), threading.Lock(), list[BaseException]()

    def share() -> None:
        # What `work` shares out in turn stays in its own thread.
        token = _count.set(1)
        try:
            while not errors:
                with turn:
                    item = next(left, NOTHING)
                if item is NOTHING:
                    return
                work(item)  # type: ignore[arg-type]
        except BaseException as error:  # it belongs to the one who called
            errors.append(error)
        finally:
            _count.reset(token)

    others = [threading.Thread(target=share) for _ in range(min(current(), len(items)) - 1)]
    for thread in others:
        thread.start()
    share()
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]


def _affinity() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """In cores; microseconds of CPU time for each period, over the period; "max" and -1 are none."""
    for group in control_groups.folders(root, "cpu"):
        v1 = [control_groups.text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
        both = control_groups.text(group / "cpu.max") or f"{v1[0]} {v1[1]}"
        quota, period = [*both.split(), "", ""][:2]
        if quota.isdecimal() and period.isdecimal() and int(period):
            yield int(quota) / int(period)
