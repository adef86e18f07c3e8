"""What times say: the statistics of the benchmark."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.benchmark import stats

times = st.floats(0.01, 1e5)
samples = st.lists(times, min_size=1, max_size=60)


def drawn(seed: int, count: int, middle: float = 100.0, width: float = 0.05) -> list[float]:
    return (middle * np.exp(np.random.default_rng(seed).normal(0, width, count))).tolist()


def width(rounds: list[list[float]], rank: int) -> float:
    """Of a percentile's interval; 0 without one."""
    found = stats.percentile(rounds, rank)
    return found.high - found.low if found and found.low is not None and found.high is not None else 0.0


@given(samples)
def test_a_percentile_lies_in_its_interval_and_among_the_samples(values: list[float]) -> None:
    found = stats.percentile([[value] for value in values], 50)
    assert found is not None
    assert (found.low is None) == (found.high is None) == (len(values) < stats.LEAST_ROUNDS)
    if found.low is not None and found.high is not None:
        assert min(values) <= found.low <= found.high <= max(values)
    assert found.value == pytest.approx(float(np.median(values)))


@pytest.mark.parametrize(("rank", "enough"), stats.ENOUGH_FOR.items())
def test_a_percentile_is_told_only_where_samples_are_enough(rank: int, enough: int) -> None:
    assert stats.percentile([drawn(0, enough)], rank) is not None
    assert enough == 1 or stats.percentile([drawn(0, enough - 1)], rank) is None


def test_an_interval_narrows_with_samples() -> None:
    few, many = (width([[value] for value in drawn(1, count)], 50) for count in (20, 2000))
    assert few
    assert many
    assert many < few / 3


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    found = [stats.percentile([[value] for value in drawn(seed, 40)], 50) for seed in range(200)]
    held = [one for one in found if one and one.low and one.high and one.low <= 100 <= one.high]
    assert len(held) >= 0.95 * 200


def test_rounds_are_drawn_and_not_the_samples_in_them() -> None:
    middles = drawn(3, 12)
    alone, alike = (width([[middle] * count for middle in middles], 50) for count in (1, 40))
    assert alone
    assert alike == pytest.approx(alone, rel=0.3)
    assert width([[value] for middle in middles for value in [middle] * 40], 50) < alone / 2  # as if all told something


@pytest.mark.parametrize(("rank", "enough"), stats.INTERVAL_FOR.items())
def test_a_tail_has_an_interval_only_where_samples_are_enough(rank: int, enough: int) -> None:
    each = -(-enough // 8)
    assert width([drawn(seed, each) for seed in range(8)], rank)
    if enough > 1:
        assert not width([drawn(seed, (enough - 1) // 8) for seed in range(8)], rank)
    assert not width([drawn(seed, enough) for seed in range(7)], rank)


@given(st.lists(st.tuples(times, times), min_size=8, max_size=40), st.floats(0.5, 2))
def test_a_ratio_turns_round_with_its_sides_and_scales_with_one(pairs: list[tuple[float, float]], by: float) -> None:
    ours, theirs = zip(*pairs, strict=True)
    one, other = stats.paired_ratio(ours, theirs), stats.paired_ratio(theirs, ours)
    scaled = stats.paired_ratio([by * value for value in ours], theirs)
    assert one
    assert other
    assert scaled
    assert one.value * other.value == pytest.approx(1, rel=1e-6)
    assert scaled.value == pytest.approx(by * one.value, rel=1e-6)
    assert scaled.low == pytest.approx(by * one.low, rel=1e-6)


def test_a_paired_ratio_does_not_see_the_drift_that_both_share() -> None:
    drift = np.linspace(1, 3, 20)
    base = np.array(drawn(2, 20, width=0.01)) * drift
    slow = np.array(drawn(3, 20, width=0.01)) * drift * 1.1
    found = stats.paired_ratio(slow.tolist(), base.tolist())
    assert found
    assert found.low < 1.1 < found.high
    assert found.width < 0.02
    assert stats.differs(found, 0.02)


def test_too_few_pairs_give_no_ratio() -> None:
    assert stats.paired_ratio(drawn(0, 7), drawn(1, 7)) is None
    assert stats.paired_ratio(drawn(0, 8), drawn(1, 7)) is None


def test_nothing_is_found_between_equals_in_200_tries() -> None:
    pairs = [(drawn(2 * seed, 12), drawn(2 * seed + 1, 12)) for seed in range(200)]
    ratios = [stats.paired_ratio(*pair) for pair in pairs]
    assert sum(ratio is not None and stats.differs(ratio, 0.02) for ratio in ratios) <= 2


@pytest.mark.parametrize(("low", "high", "expected"), [(1.01, 1.3, False), (1.03, 1.3, True), (0.9, 0.99, False)])
def test_a_difference_lies_wholly_beyond_the_margin(low: float, high: float, expected: bool) -> None:
    assert stats.differs(stats.Interval((low * high) ** 0.5, low, high), 0.02) is expected
    assert stats.differs(stats.Interval((low * high) ** -0.5, 1 / high, 1 / low), 0.02) is expected


@given(samples, samples)
def test_mann_whitney_is_a_symmetric_probability_of_ranks(first: list[float], second: list[float]) -> None:
    p = stats.mann_whitney(first, second)
    assert 0 <= p <= 1
    assert stats.mann_whitney(second, first) == pytest.approx(p)
    # Powers of two move no rank, not even by rounding.
    assert stats.mann_whitney([8 * one for one in first], [8 * one for one in second]) == pytest.approx(p)


def test_mann_whitney_of_a_published_example() -> None:
    # The example of the page on scipy.stats.mannwhitneyu, with its asymptotic method.
    assert stats.mann_whitney([19, 22, 16, 29, 24], [20, 11, 17, 12]) == pytest.approx(0.11134688653314041)


def test_mann_whitney_of_equals_and_of_strangers() -> None:
    assert stats.mann_whitney([5.0] * 9, [5.0] * 9) == 1
    assert stats.mann_whitney(drawn(0, 20), drawn(1, 20, middle=150)) < 1e-6


counts = st.lists(st.integers(90, 900), min_size=16, max_size=40, unique=True)


@given(counts, st.integers(-200, 900))
def test_an_unpaired_interval_and_its_test_say_the_same(values: list[int], shift: int) -> None:
    ours, theirs = [float(one) for one in values[::2]], [one + shift + 0.5 for one in values[1::2] if one + shift > 0]
    ratio = stats.unpaired_ratio(ours, theirs)
    assert (ratio is None) == (min(len(ours), len(theirs)) < stats.LEAST_ROUNDS)
    if ratio:
        assert ratio.low <= ratio.value <= ratio.high
        assert stats.differs(ratio, 0) == (stats.mann_whitney(ours, theirs) < 1 - stats.SURE)


def test_unpaired_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    found = [stats.unpaired_ratio(drawn(seed, 20, 120), drawn(seed + 500, 20)) for seed in range(200)]
    assert len([one for one in found if one and one.low <= 1.2 <= one.high]) >= 0.97 * 200


@pytest.mark.parametrize("seed", range(5))
def test_two_modes_are_told_from_one(seed: int) -> None:
    assert stats.bimodal(drawn(seed, 60, 100, 0.02) + drawn(seed + 9, 40, 160, 0.02))
    assert not stats.bimodal(drawn(seed, 100))
    assert not stats.bimodal((50 + np.random.default_rng(seed).exponential(20, 100)).tolist())
    assert not stats.bimodal(np.random.default_rng(seed).uniform(50, 100, 100).tolist())


def test_outliers_and_a_handful_of_samples_are_no_modes() -> None:
    assert not stats.bimodal(drawn(0, 96, width=0.02) + [500.0] * 4)
    assert not stats.bimodal([1.0] * 9 + [2.0] * 9)
    assert not stats.bimodal([1.0] * 50)


def test_a_trend_is_told_from_noise() -> None:
    rising = (np.array(drawn(0, 30, width=0.01)) * np.linspace(1, 1.3, 30)).tolist()
    assert stats.drift(rising) == pytest.approx(0.26, abs=0.04)
    assert stats.drift(rising[::-1]) == pytest.approx(-0.26, abs=0.04)
    assert stats.drift(drawn(0, 30)) == 0
    assert stats.drift([1.0, 2.0, 3.0]) == 0
    assert stats.drift([4.0] * 20) == 0


@given(st.lists(times, min_size=2, max_size=30))
def test_spread_does_not_depend_on_the_unit(values: list[float]) -> None:
    assert stats.spread([4 * value for value in values]) == pytest.approx(stats.spread(values))
    assert stats.spread(values) >= 0


def test_agreement_of_silhouettes() -> None:
    left = np.array([[0.9, 0.9, 0.1, 0.1]], np.float32)
    assert stats.agreement(left, left) == 1
    assert stats.agreement(left, np.roll(left, 1)) == pytest.approx(1 / 3)
    assert stats.agreement(left * 0, left * 0) == 1
    assert stats.agreement(left, left * 0) == 0


def test_the_width_of_nothing_is_infinite() -> None:
    assert stats.Interval(0.0, 0.0, 1.0).width == math.inf
