"""Work on several things at once: results in order, an end that leaves nothing half done."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Abandoned(Exception):  # noqa: N818 - nothing is wrong: the run is over
    """What is being worked on is no longer wanted."""


class Gate:
    """Lets through until it is shut; shutting it waits for the other threads that are inside."""

    def __init__(self) -> None:
        self._inside: set[int] = set()
        self._shut = False
        # Taken by itself: an interrupt on the way into a Condition, or out of it, leaves its lock taken for ever.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises Abandoned where it is shut."""
        me = threading.get_ident()
        try:
            with self._lock:
                if self._shut:
                    raise Abandoned
                self._inside.add(me)
            yield
        finally:
            with self._lock:
                self._inside.discard(me)
                self._changed.notify_all()

    @property
    def is_shut(self) -> bool:
        return self._shut

    def shut(self) -> None:
        """Nobody comes in any more; returns when the last one is out."""
        with self._lock:
            self._shut = True
            self._changed.wait_for(lambda: self._inside <= {threading.get_ident()})


def conveyed(
    items: Sequence[Item], work: Callable[[Item], Result], workers: int, stopped: Callable[[], bool]
) -> Iterator[Result]:
    """`work` of each item, in their order, from so many threads; one alone works in the thread that asks.

    Once `stopped` says so, nothing more is begun, and what had not been begun has no result. Raises what `work` raises.
    An interrupt of the thread that asks leaves the others to themselves: they end with the process, or with their item.
    """
    if workers > 1:
        yield from _Belt(items, work, workers, stopped)
        return
    for item in items:
        if stopped():
            return
        yield work(item)


class _Belt(Generic[Item, Result]):
    def __init__(
        self, items: Sequence[Item], work: Callable[[Item], Result], workers: int, stopped: Callable[[], bool]
    ) -> None:
        self._items, self._work, self._stopped = items, work, stopped
        self._left, self._turn = iter(range(len(items))), threading.Lock()
        # The number and the result of an item, in the order in which they are done; None where a worker ends.
        self._done: queue.SimpleQueue[tuple[int, Result] | None] = queue.SimpleQueue()
        self._errors: list[BaseException] = []
        self._over = False
        # They must not keep a process alive that was interrupted.
        self._threads = [threading.Thread(target=self._worker, daemon=True) for _ in range(workers)]

    def __iter__(self) -> Iterator[Result]:
        for thread in self._threads:
            thread.start()
        try:
            yield from self._in_order()
        except (KeyboardInterrupt, SystemExit):
            self._over = True
            raise
        finally:
            if not self._over:
                self._over = True
                for thread in self._threads:
                    thread.join()

    def _in_order(self) -> Iterator[Result]:
        early: dict[int, Result] = {}
        following, working = 0, len(self._threads)
        while working:
            if done := self._done.get():
                early[done[0]] = done[1]
            else:
                working -= 1
            if self._errors:
                raise self._errors[0]
            while following in early:
                yield early.pop(following)
                following += 1
        yield from (early[number] for number in sorted(early))

    def _worker(self) -> None:
        try:
            while not (self._over or self._stopped()):
                with self._turn:
                    number = next(self._left, None)
                if number is None:
                    return
                self._done.put((number, self._work(self._items[number])))
        except BaseException as error:  # it belongs to the one who asks
            self._errors.append(error)
            self._over = True
        finally:
            self._done.put(None)
