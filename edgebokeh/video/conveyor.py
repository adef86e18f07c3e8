"""Work on a sequence in stations: each has a thread of its own, and short belts lead from one to the next."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextvars import copy_context
from typing import Any

LENGTH = 4
"""Of a belt: so many things may wait between two stations."""

PULSE = 0.005
"""Seconds between two looks at whether a thread has ended."""


class _Stopped(Exception):  # noqa: N818 - no error: the belt is not needed any more
    """The next station takes nothing more."""


class _End:
    """The last thing on a belt; with the error that ended the sequence, if it was one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Belt:
    """A bounded queue from one thread to another that either side can end, which wakes the other one up.

    Of SimpleQueue alone: an interrupt in the middle of a Condition or an Event may leave its lock taken for ever.
    """

    def __init__(self, length: int) -> None:
        self._things: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopped = False
        for _ in range(length):
            self._room.put(None)

    def put(self, thing: Any) -> None:
        """Waits for room. Raises _Stopped."""
        self._room.get()
        if self._stopped:
            raise _Stopped
        self._things.put(thing)

    def get(self) -> Any:
        """Waits for a thing. After the end, and after `stop`, an _End."""
        thing = self._things.get()
        self._room.put(None)
        return _End() if self._stopped else thing

    def stop(self) -> None:
        """Nothing more is taken: who waits on either side goes on."""
        self._stopped = True
        self._things.put(_End())
        self._room.put(None)


def conveyed(
    things: Iterable[Any], stations: Sequence[Callable[[Any], Any]], length: int = LENGTH
) -> Generator[Any, None, None]:
    """What the stations make of each thing, one after the other, in order.

    things: taken in a thread of their own, and each station works in another; the caller's thread takes the results.
    What the source or a station raises is raised here, after all that came before it. When the caller stops early, by
    closing the generator or by an error of its own, all threads end; each finishes what it is at.
    """
    belts = [_Belt(length) for _ in range(len(stations) + 1)]
    works = [lambda: _supply(things, belts[0])]
    works += [
        lambda work=work, before=before, after=after: _work(before, work, after)  # type: ignore[misc]
        for work, before, after in zip(stations, belts, belts[1:], strict=False)
    ]
    threads = [_Thread(work) for work in works]
    try:
        for thread in threads:
            thread.start()
        while not isinstance(thing := belts[-1].get(), _End):
            yield thing
        if thing.error:
            raise thing.error
    finally:
        _end(threads, belts)


class _Thread(threading.Thread):
    """Work in a thread, in the caller's context. begun: it is at it. over: it is done.

    An interrupted `join` takes a thread for ended that is not (CPython 3.11, issue 90882), and an interrupted `start`
    may leave one that never begins; flags know better.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work, self._context = work, copy_context()
        self.begun = self.over = False

    def run(self) -> None:
        self.begun = True
        try:
            self._context.run(self._work)
        finally:
            self.over = True


def _end(threads: Sequence[_Thread], belts: Sequence[_Belt]) -> None:
    """Waits until all that began have ended, also where an interrupt comes meanwhile, which is raised then.

    A second one meanwhile is raised at once: a thread may never come out of a library.
    """
    late: BaseException | None = None
    while [thread for thread in threads if thread.begun and not thread.over]:
        try:
            for belt in belts:
                belt.stop()
            time.sleep(PULSE)
        except BaseException as error:  # a signal's: what the threads use must not be closed under them
            if late:
                raise
            late = error
    for thread in threads:
        if thread.over:
            thread.join()
    if late:
        raise late


def _supply(things: Iterable[Any], belt: _Belt) -> None:
    _carry(iter(things).__next__, belt)


def _work(before: _Belt, work: Callable[[Any], Any], after: _Belt) -> None:
    def one() -> Any:
        thing = before.get()
        return thing if isinstance(thing, _End) else work(thing)

    try:
        _carry(one, after)
    finally:
        before.stop()


def _carry(make: Callable[[], Any], belt: _Belt) -> None:
    """Puts what is made on a belt, until the end, an error, or until nobody wants it."""
    try:
        while True:
            try:
                thing = make()
            except StopIteration:
                thing = _End()
            except BaseException as error:  # it belongs to the one at the end of the line
                thing = _End(error)
            belt.put(thing)
            if isinstance(thing, _End):
                return
    except _Stopped:
        return
