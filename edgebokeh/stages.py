"""The stages of the walk, and the clock that times them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

STAGES = ("decode", "prepare", "infer", "matte", "refine", "blur", "composite", "encode")
"""Every stage of a photo's walk, in order; timings use these names and no others."""


class Clock:
    """Milliseconds spent in each stage so far, a stage that is entered again adds up; and which networks ran in it."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._ran: dict[str, None] = {}

    @contextmanager
    def stage(self, name: str, network: str = "") -> Iterator[None]:
        """Times a block as part of a stage, one of STAGES. network: the name of the one that runs in it, if any."""
        if network:
            self._ran[network] = None
        start = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + (time.perf_counter() - start) * 1000

    @property
    def networks(self) -> list[str]:
        """The names of the networks that ran, in the order of their first run."""
        return list(self._ran)

    @property
    def milliseconds(self) -> dict[str, float]:
        """By stage, in the order of the walk; stages that were not entered are left out."""
        return {name: self._spent[name] for name in STAGES if name in self._spent}
