"""A few threads that work, and a short line of those that wait for one."""

import asyncio
import math
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from edgebokeh.serve.refusal import RefusedError

Result = TypeVar("Result")

SMOOTH = 0.2
"""How much the last job counts in the mean of how long jobs take."""


@dataclass(eq=False, slots=True)
class _Job:
    """call: what is to be done. line: those of one line replace each other while they wait. since: when it began."""

    call: Callable[[], Any]
    line: Hashable
    future: "asyncio.Future[Any]"
    since: float | None = None


class Work:
    """Jobs on so many threads; as many more may wait as are let. To be used inside one event loop."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._threads, self._most = threads, waiting
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="edgebokeh")
        self._waiting: list[_Job] = []
        self._running = self._placed = 0
        self._mean = 0.0
        self._stopping = False

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many jobs are being worked on."""
        return self._running

    @contextmanager
    def place(self, *, done: bool = False) -> Iterator[None]:
        """Inside, a request counts among those that bring a body or take a result.

        done: its result is there already, which a server that stops gives all the same.
        Raises RefusedError: 429 where too many do, 503 where the server stops.
        """
        if self._stopping and not done:
            raise _stopping()
        if self._placed >= self._threads + self._most:
            raise self._full()
        self._placed += 1
        try:
            yield
        finally:
            self._placed -= 1

    async def run(self, call: Callable[[], Result], seconds: float, line: Hashable = None) -> Result:
        """What `call` returns, in at most so many seconds.

        line: a job with one goes ahead of those without, and in place of the one of its line that still waits.
        Raises what `call` raises, and RefusedError: 429 where too many wait, 409 for one that was replaced, 503 where
        the server stops or the time is up before it began, 504 where it is up later. What runs is not broken off.
        """
        if self._stopping:
            raise _stopping()
        if line is not None:
            self._supersede(line)
        if self._running >= self._threads and len(self._waiting) >= self._most:
            raise self._full()
        job = _Job(call, line, asyncio.get_running_loop().create_future())
        behind = next((place for place, one in enumerate(self._waiting) if one.line is None), len(self._waiting))
        self._waiting.insert(behind if line is not None else len(self._waiting), job)
        self._begin()
        try:
            async with asyncio.timeout(seconds):
                result: Result = await job.future
                return result
        except TimeoutError as error:
            raise _late(seconds, begun=job.since is not None) from error
        finally:
            if job in self._waiting:
                self._waiting.remove(job)

    def stop(self) -> None:
        """Finishes what runs; those that wait are refused, and those that come."""
        self._stopping = True
        for job in self._waiting:
            if not job.future.done():
                job.future.set_exception(_stopping())
        self._waiting.clear()

    def _supersede(self, line: Hashable) -> None:
        for job in [one for one in self._waiting if one.line == line]:
            self._waiting.remove(job)
            if not job.future.done():
                job.future.set_exception(
                    RefusedError(409, "superseded", "a newer request for the same picture came", "wait for that one")
                )

    def _begin(self) -> None:
        while self._waiting and self._running < self._threads:
            job = self._waiting.pop(0)
            if job.future.done():
                continue
            self._running += 1
            job.since = perf_counter()
            done = asyncio.get_running_loop().run_in_executor(self._pool, job.call)
            done.add_done_callback(partial(self._ended, job))

    def _ended(self, job: _Job, done: "asyncio.Future[Any]") -> None:
        self._running -= 1
        spent = perf_counter() - (job.since or 0.0)
        self._mean += SMOOTH * (spent - self._mean)
        error = done.exception()
        if not job.future.done():
            if error:
                job.future.set_exception(error)
            else:
                job.future.set_result(done.result())
        self._begin()

    def _full(self) -> RefusedError:
        seconds = max(1, math.ceil(self._mean * (len(self._waiting) + 1) / self._threads))
        return RefusedError(
            429,
            "busy",
            "too many photos wait to be worked on",
            f"try again in {seconds} s",
            {"Retry-After": str(seconds)},
        )


def _stopping() -> RefusedError:
    return RefusedError(503, "stopping", "the server is being stopped", "try again soon", {"Retry-After": "5"})


def _late(seconds: float, *, begun: bool) -> RefusedError:
    if begun:
        return RefusedError(
            504, "late", f"it takes longer than {seconds:g} s", "send a smaller photo, or raise --time-limit"
        )
    what = f"it did not come to its turn in {seconds:g} s"
    return RefusedError(503, "late", what, "try again later", {"Retry-After": "5"})
