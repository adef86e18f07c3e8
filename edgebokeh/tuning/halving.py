"""The search of `edgebokeh tune`: many settings for a few rounds, the faster half for more, and who has won.

Successive halving (Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization,
2016), on times of the same rounds so that a machine's drift hits all alike. The first entry is the default: it runs to
the end, as all others are compared with it.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgebokeh.benchmark import stats
from edgebokeh.benchmark.stats import Interval

MARGIN = 0.02
"""A smaller difference is no matter; see `stats.differs`."""

FINALISTS = 2
"""So many beside the default are not halved any more."""

MOST_ROUNDS = 200


@dataclass(slots=True)
class Entry:
    """A setting in the race. cost: how far it is from simple, compared item by item. times: milliseconds by round."""

    label: str
    cost: tuple[int, ...]
    times: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """fastest: of those that are significantly faster than the default, the default itself where none is. tied: the
    labels of those that may win beside it. winner: the simplest of these. known: false where nothing ran rounds enough
    to be compared with the default, which then wins."""

    winner: Entry
    fastest: Entry
    tied: tuple[str, ...]
    known: bool


def race(
    entries: Sequence[Entry],
    measure: Callable[[Entry], float | None],
    seconds: float,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Fills in the entries' times, round by round in random order.

    measure: milliseconds of one block of an entry; None takes it out of the race. seconds: for all of it; after the
    first round, none begins that would probably end later. clock: tells seconds.
    """
    running, order, number, each = list(entries), random.Random(seed), 0, 0.0
    end = clock() + seconds
    while True:
        stages = _stages(len(running) - 1)
        until = clock() + (end - clock()) / stages
        while number == 0 or (clock() + each * len(running) <= until and number < MOST_ROUNDS):
            start, count = clock(), len(running)
            for entry in order.sample(running, count):
                spent = measure(entry)
                if spent is None:
                    running.remove(entry)
                else:
                    entry.times[number] = spent
            number, each = number + 1, (clock() - start) / count
            if _settled(running):
                break
        if stages == 1:
            return
        running = [running[0], *faster_half(running)]


def ratio(one: Entry, other: Entry) -> Interval | None:
    """How many times the other's time `one` takes, in the rounds that both ran; None where these are too few."""
    common = sorted(one.times.keys() & other.times.keys())
    return stats.paired_ratio([one.times[number] for number in common], [other.times[number] for number in common])


def faster_half(running: Sequence[Entry]) -> list[Entry]:
    """Of those after the default the faster half, but at least FINALISTS; of equally fast ones the simpler."""
    default, *others = running

    def rank(entry: Entry) -> tuple[float, tuple[int, ...]]:
        common = entry.times.keys() & default.times.keys()
        return statistics.median(entry.times[number] / default.times[number] for number in common), entry.cost

    keep = max(FINALISTS, (len(others) + 1) // 2)
    return sorted(others, key=rank)[:keep]


def decide(entries: Sequence[Entry], margin: float = MARGIN) -> Decision:
    """Who has won: the default, unless it is sure that another is as good.

    Of those that are significantly faster than the default and do not differ significantly from the fastest of them,
    the simplest. Where none is, a simpler one than the default whose interval ends below 1 + margin, else the default.
    """
    default, *others = entries
    ratios = {entry.label: found for entry in others if (found := ratio(entry, default))}
    compared = [entry for entry in others if entry.label in ratios]
    faster = [entry for entry in compared if ratios[entry.label].high < 1 / (1 + margin)]
    if faster:
        fastest = min(faster, key=lambda entry: ratios[entry.label].value)
        tied = [entry for entry in faster if entry is fastest or _ties(entry, fastest, margin)]
    else:
        fastest = default
        simpler = [entry for entry in compared if entry.cost < default.cost]
        tied = [default, *(entry for entry in simpler if ratios[entry.label].high < 1 + margin)]
    winner = min(tied, key=lambda entry: entry.cost)
    return Decision(winner, fastest, tuple(entry.label for entry in tied), bool(ratios))


def summary(decision: Decision, default: Entry) -> str:
    """Why the winner has won."""
    winner, none = decision.winner.label, "no other setting is significantly faster"
    others = [label for label in decision.tied if label != winner]
    if not decision.known:
        needed = stats.LEAST_ROUNDS
        return f"{winner} stays: no other setting ran the {needed} rounds that tell; a larger --budget may help"
    if decision.winner is default:
        return f"{winner} stays: {none}"
    if decision.fastest is default:
        return f"{winner} wins as the simplest: at most {MARGIN:.0%} slower than the default for sure, and {none}"
    if others:
        return f"{winner} wins as the simplest: no significant difference to {'; '.join(others)}"
    return f"{winner} wins"


def word(entry: Entry, default: Entry, decision: Decision) -> str:
    """What became of an entry of a race that was decided."""
    words = {
        "the default": entry is default,
        "wins": entry is decision.winner and decision.known,
        "as fast as the winner, but not as simple": entry.label in decision.tied and entry is not decision.winner,
    }
    told = [text for text, holds in words.items() if holds]
    if entry is default or told:
        return ", ".join(told)
    if len(entry.times) < len(default.times):
        return f"left out after {len(entry.times)} rounds: others were faster"
    found = ratio(entry, default)
    if found is None:
        return "too few rounds to tell"
    slower = not _ties(entry, decision.fastest, MARGIN)
    return "slower than the fastest" if slower else "not clearly faster than the default"


def _ties(entry: Entry, fastest: Entry, margin: float) -> bool:
    found = ratio(entry, fastest)
    return found is not None and not stats.differs(found, margin)


def _stages(others: int) -> int:
    """How often so many entries are measured until no more are halved."""
    return 1 if others <= FINALISTS else 1 + _stages(max(FINALISTS, (others + 1) // 2))


def _settled(running: Sequence[Entry]) -> bool:
    """Whether all ratios are known well enough, so that more rounds would tell nothing."""
    found = [ratio(entry, running[0]) for entry in running[1:]]
    return all(one is not None and one.width <= MARGIN / 2 for one in found)
