from collections.abc import Callable, Mapping

import pytest

from edgebokeh.tuning import halving
from edgebokeh.tuning.halving import Entry, decide, faster_half, race, summary, word


class Machine:
    """Runs entries in no time but that of its own clock. drift: each second makes everything slower by this share."""

    def __init__(self, milliseconds: Mapping[str, float], drift: float = 0.0) -> None:
        self.milliseconds, self.drift, self.seconds = milliseconds, drift, 0.0
        self.log: list[str] = []

    def entries(self) -> list[Entry]:
        return [Entry(label, (place,)) for place, label in enumerate(self.milliseconds)]

    def measure(self, entry: Entry) -> float | None:
        self.log.append(entry.label)
        spent = self.milliseconds[entry.label] * (1 + self.drift * self.seconds)
        if spent < 0:
            return None
        # Two runs of the same never take quite the same time.
        spent *= 1 + 0.004 * (len(self.log) * 0.618 % 1)
        self.seconds += spent / 1000
        return spent

    def clock(self) -> float:
        return self.seconds

    def raced(self, seconds: float) -> list[Entry]:
        entries = self.entries()
        race(entries, self.measure, seconds, clock=self.clock)
        return entries


EIGHT = {"default": 100, "a": 90, "b": 50, "c": 80, "d": 60, "e": 200, "f": 300, "g": 120}


def rounds(entries: list[Entry]) -> dict[str, int]:
    return {entry.label: len(entry.times) for entry in entries}


def test_the_faster_half_goes_on_and_the_fastest_wins() -> None:
    entries = Machine(EIGHT, drift=0.5).raced(40)
    ran = rounds(entries)
    assert ran["b"] == ran["d"] == ran["default"] > ran["a"] == ran["c"] > ran["e"] == ran["f"] == ran["g"] > 0
    decision = decide(entries)
    assert decision.winner.label == decision.fastest.label == "b"
    assert (decision.tied, decision.known) == (("b",), True)


@pytest.mark.parametrize("seconds", [1.5, 5, 20, 100])
def test_the_budget_is_kept(seconds: float) -> None:
    machine = Machine(EIGHT)
    machine.raced(seconds)
    assert machine.seconds <= seconds * 1.05


def test_there_is_one_round_whatever_the_budget() -> None:
    assert set(rounds(Machine(EIGHT).raced(0)).values()) == {1}


def test_each_round_runs_all_in_random_order() -> None:
    machine = Machine({"default": 10.0, "a": 20.0, "b": 30.0})
    machine.raced(0.6)
    blocks = [tuple(machine.log[place : place + 3]) for place in range(0, len(machine.log), 3)]
    assert all(set(block) == {"default", "a", "b"} for block in blocks)
    assert len(set(blocks)) > 1


def test_it_ends_early_when_all_is_clear() -> None:
    machine = Machine({"default": 10.0, "a": 5.0})
    decision = decide(machine.raced(1000))
    assert decision.winner.label == "a"
    assert machine.seconds < 10


def test_one_that_fails_leaves_the_race() -> None:
    entries = Machine({"default": 100, "a": -1, "b": 50}).raced(20)
    assert rounds(entries)["a"] == 0
    assert decide([entries[0], entries[2]]).winner.label == "b"


def test_alone_the_default_wins() -> None:
    entries = Machine({"default": 100}).raced(20)
    decision = decide(entries)
    assert (decision.winner, decision.known) == (entries[0], False)


def timed(label: str, cost: int, times: Callable[[int], float], count: int = 12) -> Entry:
    return Entry(label, (cost,), {number: times(number) for number in range(count)})


def test_too_few_rounds_leave_the_default() -> None:
    entries = [timed("default", 1, lambda _: 100.0, 7), timed("a", 0, lambda _: 10.0, 7)]
    decision = decide(entries)
    assert (decision.winner.label, decision.known) == ("default", False)
    assert word(entries[1], entries[0], decision) == "too few rounds to tell"


def around(low: float, high: float) -> Callable[[int], float]:
    """Times that go up and down between two, so that the interval of their ratio to 100 ms is nearly as wide."""
    return lambda number: low if number % 2 else high


@pytest.mark.parametrize(
    ("high", "winner"), [(101.0, "simple"), (103.0, "default"), (124.0, "default"), (97.0, "simple")]
)
def test_a_simpler_setting_takes_the_default_s_place_only_without_loss_for_sure(high: float, winner: str) -> None:
    entries = [timed("default", 1, lambda _: 100.0), timed("simple", 0, around(min(high, 100) - 31, high))]
    decision = decide(entries)
    assert (decision.winner.label, decision.known) == (winner, True)
    assert word(entries[1], entries[0], decision) == (
        "wins" if winner == "simple" else "not clearly faster than the default"
    )


def test_one_that_is_faster_for_sure_wins_over_one_that_may_be_faster_still() -> None:
    entries = [
        timed("default", 0, lambda _: 100.0),
        timed("sure", 2, lambda _: 80.0),
        timed("noisy", 1, around(40.0, 110.0)),
    ]
    assert decide(entries).winner.label == "sure"


@pytest.mark.parametrize(("faster", "winner"), [(99.0, "simple"), (90.0, "fast")])
def test_the_simpler_wins_where_no_difference_is_significant(faster: float, winner: str) -> None:
    entries = [
        timed("default", 1, lambda _: 100.0),
        timed("fast", 2, lambda _: faster),
        timed("simple", 0, lambda number: 100.0 + number % 2),
    ]
    decision = decide(entries)
    assert decision.winner.label == winner
    assert ("simple" in decision.tied) == (winner == "simple")


def test_noise_is_no_difference() -> None:
    noise = [70, 140, 95, 120, 80, 100, 150, 75, 110, 90, 130, 85]
    entries = [timed("default", 0, lambda _: 100.0), timed("noisy", 1, lambda number: noise[number])]
    assert decide(entries).winner.label == "default"


def test_the_winner_differs_from_the_default_where_the_fastest_does() -> None:
    """A simple setting that is as noisy as to tie with both is not taken for the fastest."""
    noise = [60, 105, 70, 102, 65, 101, 80, 104, 75, 103, 62, 106]
    entries = [
        timed("default", 1, lambda _: 100.0),
        timed("fast", 2, lambda _: 70.0),
        timed("noisy", 0, lambda number: noise[number]),
    ]
    decision = decide(entries)
    assert (decision.winner.label, decision.tied) == ("fast", ("fast",))
    assert word(entries[2], entries[0], decision) == "not clearly faster than the default"


def test_words() -> None:
    entries = Machine(EIGHT).raced(40)
    decision = decide(entries)
    told = {entry.label: word(entry, entries[0], decision) for entry in entries}
    assert told["default"] == "the default"
    assert told["b"] == "wins"
    assert told["d"] == "slower than the fastest"
    assert told["g"] == f"left out after {len(entries[7].times)} rounds: others were faster"
    alike = [timed("default", 0, lambda _: 100.0), timed("a", 1, lambda _: 100.5), timed("b", 2, lambda _: 120.0)]
    told = {entry.label: word(entry, alike[0], decide(alike)) for entry in alike}
    assert told["default"] == "the default, wins"
    assert told["a"] == "not clearly faster than the default"
    assert told["b"] == "slower than the fastest"
    tied = [timed("default", 0, lambda _: 100.0), timed("a", 1, lambda _: 50.5), timed("b", 2, lambda _: 50.0)]
    assert word(tied[1], tied[0], decide(tied)) == "wins"
    assert word(tied[2], tied[0], decide(tied)) == "as fast as the winner, but not as simple"


@pytest.mark.parametrize(
    ("simple", "fast", "words"),
    [
        (130.0, 120.0, "default stays: no other setting is significantly faster"),
        (101.0, 120.0, "simple wins as the simplest: at most 2% slower than the default for sure, and no other"),
        (81.0, 80.0, "simple wins as the simplest: no significant difference to fast"),
        (120.0, 80.0, "fast wins"),
    ],
)
def test_the_summary_says_why(simple: float, fast: float, words: str) -> None:
    entries = [
        timed("default", 1, lambda _: 100.0),
        timed("simple", 0, lambda _: simple),
        timed("fast", 2, lambda _: fast),
    ]
    assert summary(decide(entries), entries[0]).startswith(words)


def test_the_half_of_equals_is_the_simpler() -> None:
    running = [timed(str(cost), cost, lambda _: 50.0) for cost in (0, 5, 2, 4, 1, 3)]
    assert [entry.label for entry in faster_half(running)] == ["1", "2", "3"]
    assert len(faster_half(running[:2])) == 1
    assert len(faster_half(running[:4])) == halving.FINALISTS
