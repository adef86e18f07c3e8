"""How far a run is, on standard error: a bar on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edgebokeh.batch.report import Tally
from edgebokeh.console import say

EVERY = 10.0
"""Seconds between two lines."""

Show = Callable[[], None]
"""To be called whenever the tally has changed."""


@contextmanager
def shown(tally: Tally, total: int, *, quiet: bool = False, every: float = EVERY) -> Iterator[Show]:
    """Inside, what is yielded shows the tally of a run of so many photos, skipped ones among them."""
    if quiet:
        yield lambda: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(tally, total) as show:
            yield show
    else:
        yield _lines(tally, total, every)


def line(tally: Tally, total: int) -> str:
    """One line: how many of how many, failures, rate, time left."""
    finished = tally.done + tally.skipped + len(tally.failures)
    left = _clock((total - finished) / (tally.pace or 1.0))
    failed = f", {len(tally.failures)} failed" if tally.failures else ""
    rate = f"{tally.pace:.1f} photos a second, {left} left" if tally.pace else "starting"
    return f"edgebokeh: {finished} of {total}{failed}, {rate}"


def _lines(tally: Tally, total: int, every: float) -> Show:
    last = time.monotonic()

    def show() -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            say(line(tally, total), err=True)

    return show


@contextmanager
def _bar(tally: Tally, total: int) -> Iterator[Show]:
    # Here, as it takes as long to import as a small photo to blur.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
    # What is said meanwhile goes above the bar; standard output only where it is on the same terminal.
    mixed = sys.stdout is not None and sys.stdout.isatty()
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, redirect_stdout=mixed) as progress:
        task = progress.add_task("", total=total, told="")

        def show() -> None:
            finished = tally.done + tally.skipped + len(tally.failures)
            told = line(tally, total).partition(f"of {total}")[2].lstrip(", ")
            progress.update(task, completed=finished, told=told)

        yield show


def _clock(seconds: float) -> str:
    """1:02:03, or 2:03 below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
