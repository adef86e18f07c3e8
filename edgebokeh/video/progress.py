"""How far a clip is: pictures, pictures per second, speed against real time, time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from edgebokeh.console import say

BETWEEN = 5.0
"""Seconds between two lines where they are not drawn over each other."""


Told = Callable[[int, int | None, float | None], None]
"""Takes how many pictures are done, of how many, and the clip's rate in pictures per second; None for unknown."""


def pace(done: int, whole: int | None, rate: float | None, seconds: float) -> str:
    """A line about `done` pictures of `whole`, so many seconds after the start."""
    speed = done / max(seconds, 1e-9)
    parts = [f"{done} of about {whole} pictures" if whole else f"{done} pictures", f"{speed:.1f} fps"]
    if rate:
        parts.append(f"{speed / rate:.2f}× real time")
    if whole:
        left = round(max(0, whole - done) / max(speed, 1e-9))
        parts.append(f"{left // 60}:{left % 60:02} left")
    return ", ".join(parts)


@contextmanager
def shown() -> Iterator[Told]:
    """Inside, what to call after each picture: on a terminal it draws a line anew, else it prints one now and then."""
    if sys.stderr is not None and sys.stderr.isatty() and find_spec("rich"):
        with _bar() as told:
            yield told
    else:
        yield _lines()


@contextmanager
def unshown() -> Iterator[Told]:
    """Inside, what tells nobody."""
    yield lambda _done, _whole, _rate: None


def _lines() -> Told:
    began = last = time.perf_counter()

    def tell(done: int, whole: int | None, rate: float | None) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last >= BETWEEN:
            last = now
            say(f"edgebokeh: {pace(done, whole, rate, now - began)}", err=True)

    return tell


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    began = time.perf_counter()
    with Progress(BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, whole: int | None, rate: float | None) -> None:
            text = pace(done, whole, rate, time.perf_counter() - began)
            bar.update(task, completed=done, total=whole, description=text)

        yield tell
