"""A driver of fsspec, each of whose requests has an end: a store that is silent says so by nothing else."""

import inspect
import time
from typing import Any

PATIENCE = 100.0
"""Seconds for a request: with the tries of the libraries below, and so for each of them to be given up by itself."""

SLOWEST = 1 << 18
"""Bytes a second of the slowest network: large objects have their seconds more."""

BRIEF = 5.0
"""Seconds for a request once one had no answer, until one has: a run that ends for that does not wait again."""

PULSE = 0.5
"""Seconds after which a thread that waits looks whether it is still to."""


class Driver:
    """Threads may share it. made: by fsspec."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._silent, self._hurried = False, float("-inf")

    def hurry(self) -> None:
        """For a process that is told to end: what is asked, and what will be, gets no more than BRIEF."""
        self._silent, self._hurried = True, time.monotonic()

    def ask(self, method: str, *arguments: Any, size: int = 0, **named: Any) -> Any:
        """What a method returns. size: bytes that pass the network.

        Raises what it raises, and TimeoutError where it takes too long.
        """
        # Here, as they take longer to import than all else of a start, and photos of this machine need neither.
        from asyncio import run_coroutine_threadsafe
        from concurrent.futures import wait

        coroutine = getattr(self._made, f"_{method}", None)
        if not inspect.iscoroutinefunction(coroutine):
            return getattr(self._made, method)(*arguments, **named)
        began = time.monotonic()
        patience = BRIEF if self._silent else PATIENCE + size / SLOWEST
        asked = run_coroutine_threadsafe(coroutine(*arguments, **named), self._made.loop)
        try:
            while not asked.done():
                if time.monotonic() > self._end(began, patience):
                    raise TimeoutError(f"no answer within {time.monotonic() - began:.0f} s")
                wait([asked], PULSE)
        finally:
            asked.cancel()
        answer = asked.result()
        if began > self._hurried:
            self._silent = False
        return answer

    def silent(self) -> None:
        """Notes that nobody answers."""
        self._silent = True

    def _end(self, began: float, patience: float) -> float:
        return min(began + patience, self._hurried + BRIEF) if began <= self._hurried else began + patience
