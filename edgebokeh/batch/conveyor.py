"""Work on several things at once: results in order, an end that leaves nothing half done."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Abandoned(Exception):  # noqa: N818 - nothing is wrong: the run is over
    """What is being worked on is no longer wanted."""


class Gate:
    """Lets through until it is shut; shutting it waits for those who are inside."""

    def __init__(self) -> None:
        self._inside, self._shut = 0, False
        self._changed = threading.Condition()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises Abandoned where it is shut."""
        with self._changed:
            if self._shut:
                raise Abandoned
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @property
    def is_shut(self) -> bool:
        return self._shut

    def shut(self) -> None:
        """Nobody comes in any more; returns when the last one is out."""
        with self._changed:
            self._shut = True
            self._changed.wait_for(lambda: not self._inside)


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
        self._left = iter(range(len(items)))
        self._results: dict[int, Result] = {}
        self._errors: list[BaseException] = []
        self._changed = threading.Condition()
        self._over = False
        # They must not keep a process alive that was interrupted.
        self._threads = [threading.Thread(target=self._worker, daemon=True) for _ in range(workers)]
        self._working = workers

    def __iter__(self) -> Iterator[Result]:
        for thread in self._threads:
            thread.start()
        try:
            for number in range(len(self._items)):
                with self._changed:
                    self._changed.wait_for(lambda number=number: number in self._results or not self._working)  # type: ignore[misc]
                    if self._errors:
                        raise self._errors[0]
                    if number not in self._results:
                        continue
                    result = self._results.pop(number)
                yield result
        except (KeyboardInterrupt, SystemExit):
            self._over = True
            raise
        finally:
            if not self._over:
                self._over = True
                for thread in self._threads:
                    thread.join()

    def _worker(self) -> None:
        try:
            while not (self._over or self._stopped()):
                with self._changed:
                    number = next(self._left, None)
                if number is None:
                    return
                result = self._work(self._items[number])
                with self._changed:
                    self._results[number] = result
                    self._changed.notify_all()
        except BaseException as error:  # it belongs to the one who asks
            self._errors.append(error)
            self._over = True
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()
