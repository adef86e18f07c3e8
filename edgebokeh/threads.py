"""How many threads to work with."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import cv2

Item = TypeVar("Item")

_count: ContextVar[int] = ContextVar("threads")
_walks = threading.Lock()
_open: list[int] = []


def current() -> int:
    """How many threads the work that goes on in this thread may use: what `working` says, outside of it OpenCV's."""
    return _count.get(0) or max(1, cv2.getNumThreads())


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
    token = _count.set(count)
    try:
        yield
    finally:
        _count.reset(token)
        with _walks:
            _open.pop()
            if len(_open) == 1:
                cv2.setNumThreads(_open.pop())


def each(items: Sequence[Item], work: Callable[[Item], None]) -> None:
    """Calls `work` with every item, on as many threads as `current` says.

    The items must not depend on each other; then the result does not depend on the number of threads.
    """
    count = min(current(), len(items))
    if count <= 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(count) as pool:
        # The list is what raises an error of `work` here.
        list(pool.map(work, items))
