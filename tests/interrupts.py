"""Interrupts, as a signal makes them, at every place of some code where one may come."""

import itertools
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any, TypeVar

Made = TypeVar("Made")


class Interrupt(BaseException):
    """What the handler of a signal raises."""


def everywhere(make: Callable[[], Made], run: Callable[[Made], None], *modules: ModuleType) -> Iterator[Made]:
    """Runs what `make` gives, again and again, each time with an Interrupt in this thread one step later.

    A step is a call or a return of a function of the modules, or of those that threads wait in: there CPython looks for
    signals. Gives what was made once its run was interrupted, until a run comes to its end before.
    """
    files = {module.__file__ for module in (*modules, threading, queue)}
    for last in itertools.count(1):
        steps = itertools.count(1)

        def step(frame: FrameType, event: str, _arg: object) -> Any:
            frame.f_trace_lines = False
            if frame.f_code.co_filename in files and event != "exception" and next(steps) == last:  # noqa: B023
                raise Interrupt
            return step

        made, before = make(), sys.gettrace()
        sys.settrace(step)
        try:
            run(made)
        # An interrupted Condition may have lost the lock that it was to give back.
        except (Interrupt, RuntimeError):
            yield made
        else:
            return
        finally:
            sys.settrace(before)
