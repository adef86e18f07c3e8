"""Two ways to the same thing, timed in turns: a machine that drifts slows both, so that their ratio stays true."""

import random
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

Side = Callable[[], float]
"""Does its work once and returns the milliseconds that count."""

Key = TypeVar("Key", bound=Hashable)

RESAMPLES = 2000
"""Of the bootstrap."""


@dataclass(frozen=True, slots=True)
class Duel:
    """What is measured, and what it is compared with."""

    ours: Side
    reference: Side


@dataclass(frozen=True, slots=True)
class Limits:
    """A duel ends after `rounds`, or after so many seconds of its own; thrice these until it had `least` rounds."""

    rounds: int = 15
    least: int = 3
    seconds: float = 3.0

    def over(self, rounds: int, seconds: float) -> bool:
        """Whether a duel ends here."""
        return rounds >= self.rounds or seconds >= self.seconds * (1 if rounds >= self.least else 3)


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some values: median, and the quartiles around it."""

    median: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of both sides of a duel, round by round."""

    ours: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Spent so far."""
        return (sum(self.ours) + sum(self.reference)) / 1000

    @property
    def ratios(self) -> list[float]:
        """Ours over the reference of the same round."""
        return [ours / reference for ours, reference in zip(self.ours, self.reference, strict=True)]


def wall(work: Callable[[], object]) -> Side:
    """A side whose whole time counts."""

    def side() -> float:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) * 1000

    return side


def hold(duels: Mapping[Key, Duel], limits: Limits, seed: int = 0) -> dict[Key, Times]:
    """Runs the duels round by round, in another order each round, the sides of a duel next to each other."""
    order = random.Random(seed)
    times: dict[Key, Times] = {key: Times() for key in duels}
    going = list(duels)
    for number in range(1, limits.rounds + 1):
        for key in order.sample(going, len(going)):
            sides = (times[key].ours, duels[key].ours), (times[key].reference, duels[key].reference)
            for kept, side in order.sample(sides, 2):
                kept.append(side())
        going = [key for key in going if not limits.over(number, times[key].seconds)]
    return times


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles."""
    lower, median, upper = np.percentile(values, (25, 50, 75)).tolist()
    return Spread(median, lower, upper)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Where the median lies with a probability of 95 %, by a percentile bootstrap (Efron 1979)."""
    drawn = np.random.default_rng(0).choice(np.asarray(values), (RESAMPLES, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5)).tolist()
    return low, high
