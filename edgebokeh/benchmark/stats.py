"""What times say: percentiles with intervals, paired ratios, rank tests, and signs that they should not be trusted.

All functions are pure; those that draw at random take a seed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from edgebokeh.arrays import Floats

Values = NDArray[np.float64]

RESAMPLES = 2000
"""Of a bootstrap."""

SURE = 0.99
"""The share of resamples in an interval."""

LEAST_ROUNDS = 8
"""Fewer pairs give no interval of that certainty, whatever they say: 2 · 0.5⁸ < 1 %."""

ENOUGH_FOR = {50: 1, 90: 10, 95: 20, 99: 100}
"""From how many samples a percentile is told: so many that one lies beyond it."""

INTERVAL_FOR = {50: 1, 90: 50, 95: 100, 99: 500}
"""From how many samples a percentile has an interval: so many that five lie beyond it. With fewer the bootstrap only
knows the largest ones."""

APART = 4.0
"""Ashman's D from which two halves are two modes. A normal distribution that is cut in two has 2.7, an even one 3.5."""

RARE = 0.1
"""A smaller share of the samples is no mode but outliers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and where a share of SURE of the resamples lies; with few rounds the truth is there less often.

    Of an unpaired ratio, what a test does not exclude."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Half the interval, as a share of the estimate; infinite where that is zero."""
        return (self.high - self.low) / 2 / abs(self.value) if self.value else math.inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate, with its interval as Interval has it where there is enough for one."""

    value: float
    low: float | None
    high: float | None


def percentile(rounds: Sequence[Sequence[float]], rank: int, seed: int = 0) -> Estimate | None:
    """A key of ENOUGH_FOR of all samples in rounds, with a bootstrap percentile interval; None with too few samples.

    Rounds are drawn anew, not samples: those of one round are alike, since the machine was the same for all of them
    (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). No interval with fewer than
    LEAST_ROUNDS rounds, or fewer samples than INTERVAL_FOR.
    """
    values = np.asarray([value for one in rounds for value in one], np.float64)
    if values.size < ENOUGH_FOR[rank]:
        return None
    value = float(np.percentile(values, rank))
    filled = [len(one) for one in rounds if len(one)]
    if len(filled) < LEAST_ROUNDS or values.size < INTERVAL_FOR[rank]:
        return Estimate(value, None, None)
    order = np.argsort(values)
    values, owners = values[order], np.repeat(np.arange(len(filled)), filled)[order]
    generator, drawn = np.random.default_rng(seed), np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        times = np.bincount(generator.integers(0, len(filled), len(filled)), minlength=len(filled))
        last = np.cumsum(times[owners])
        # Where np.percentile would look among the samples, had each of them been written down as often as it was drawn.
        spot = (last[-1] - 1) * rank / 100
        low, high = values[np.searchsorted(last, (math.floor(spot), math.ceil(spot)), side="right")].tolist()
        drawn[place] = low + (high - low) * (spot - math.floor(spot))
    interval = _between(value, drawn)
    return Estimate(value, interval.low, interval.high)


def paired_ratio(ours: Sequence[float], baseline: Sequence[float], seed: int = 0) -> Interval | None:
    """How many times the baseline's time ours is, from pairs of times above 0 that were taken in the same rounds.

    The median of the ratios, taken as logarithms so that a half and a double weigh the same, with its bootstrap
    interval. None with fewer than LEAST_ROUNDS pairs.
    """
    if min(len(ours), len(baseline)) < LEAST_ROUNDS:
        return None
    logs = np.log(np.asarray(ours, np.float64)) - np.log(np.asarray(baseline, np.float64))
    return _exp(_bootstrap(logs, lambda drawn: np.median(drawn, axis=-1), seed))


def unpaired_ratio(ours: Sequence[float], baseline: Sequence[float]) -> Interval | None:
    """How many times the baseline's time ours is, from two independent groups of times above 0.

    The median of the ratios of each with each, and the ratios that `mann_whitney` does not refuse with a p-value below
    1 - SURE (Hodges and Lehmann, 1963; Lehmann, Nonparametrics, 1975, chapter 2): the interval leaves 1 out where the
    test finds a difference, and nowhere else; only times that both groups have may make it a little wider. None with
    fewer than LEAST_ROUNDS in a group.
    """
    if min(len(ours), len(baseline)) < LEAST_ROUNDS:
        return None
    logs = [np.log(np.asarray(group, np.float64)) for group in (ours, baseline)]
    apart = np.sort(np.subtract.outer(*logs), axis=None)
    surely = NormalDist().inv_cdf((1 + SURE) / 2) * math.sqrt(_rank_variance(ours, baseline))
    # So many of them have to lie on the other side of a ratio that the test does not refuse.
    least = max(0, math.ceil(apart.size / 2 - 0.5 - surely) - 1)
    return _exp(Interval(float(np.median(apart)), float(apart[least]), float(apart[-1 - least])))


def differs(ratio: Interval, margin: float) -> bool:
    """Whether the whole interval of a ratio lies beyond 1 ± margin.

    A margin is needed: two processes of one program differ by a little for as long as they live, by where their memory
    happens to lie (Mytkowicz, Diwan, Hauswirth and Sweeney, Producing Wrong Data Without Doing Anything Obviously
    Wrong!, 2009), and no number of rounds averages that away.
    """
    return ratio.low > 1 + margin or ratio.high < 1 / (1 + margin)


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of the hypothesis that values of neither group tend to be larger; both need a value.

    Normal approximation with corrections for ties and continuity (Mann and Whitney, 1947; Lehmann, Nonparametrics,
    1975, section 1.4). Good from about eight values in each group.
    """
    sizes = len(first), len(second)
    statistic = float(_ranks(_pooled(first, second))[: sizes[0]].sum()) - sizes[0] * (sizes[0] + 1) / 2
    variance = _rank_variance(first, second)
    if variance <= 0:
        return 1.0
    distance = max(0.0, abs(statistic - sizes[0] * sizes[1] / 2) - 0.5)
    return math.erfc(distance / math.sqrt(2 * variance))


def spread(samples: Sequence[float]) -> float:
    """The distance of the quartiles as a share of the median of at least one sample above 0."""
    lower, median, upper = np.percentile(samples, (25, 50, 75)).tolist()
    return float((upper - lower) / median)


def bimodal(samples: Sequence[float]) -> bool:
    """Whether samples above 0 gather at two places.

    Their logarithms are cut in two where the halves vary least (Otsu, 1979); there are two modes where both halves are
    no outliers and Ashman's D of them is at least APART (Ashman, Bird and Zepf, 1994). Needs twenty samples.
    """
    values = np.sort(np.log(np.asarray(samples, np.float64)))
    least = max(2, round(RARE * values.size))
    if values.size < 20:
        return False
    cuts = [(values[:cut], values[cut:]) for cut in range(least, values.size - least + 1)]
    low, high = min(cuts, key=lambda halves: sum(float(half.var()) * half.size for half in halves))
    apart = float(high.mean() - low.mean())
    within = math.sqrt(float(low.var() + high.var()) / 2)
    # Halves of equal values are apart by any distance; a thousandth is no second mode worth a word.
    return apart > 0.001 and apart >= APART * within


def drift(samples: Sequence[float]) -> float:
    """By which share samples above 0 rose from first to last, along their Theil–Sen line; 0 where there is no trend.

    The line's slope is the median of all slopes between two samples (Sen, 1968); it counts where Spearman's rank
    correlation with the order is at least 0.7, which with eight samples and no trend happens in 5 of 100 cases.
    """
    values = np.asarray(samples, np.float64)
    count = values.size
    if count < LEAST_ROUNDS or np.ptp(values) == 0:
        return 0.0
    order = np.arange(count, dtype=np.float64)
    if abs(float(np.corrcoef(order, _ranks(values))[0, 1])) < 0.7:
        return 0.0
    first, second = np.triu_indices(count, 1)
    slope = float(np.median((values[second] - values[first]) / (second - first)))
    return slope * (count - 1) / float(np.median(values))


def agreement(found: Floats, reference: Floats) -> float:
    """Intersection over union of what lies above 1/2 in two mattes of one shape, 0..1; two empty ones agree wholly."""
    first, second = found > 0.5, reference > 0.5
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else 1.0


def _bootstrap(values: Values, statistic: Callable[[Values], Values], seed: int) -> Interval:
    drawn = np.random.default_rng(seed).choice(values, (RESAMPLES, values.size))
    return _between(float(statistic(values)), statistic(drawn))


def _between(value: float, drawn: Values) -> Interval:
    tail = (1 - SURE) / 2 * 100
    low, high = np.percentile(drawn, (tail, 100 - tail)).tolist()
    return Interval(value, low, high)


def _exp(logs: Interval) -> Interval:
    return Interval(math.exp(logs.value), math.exp(logs.low), math.exp(logs.high))


def _pooled(first: Sequence[float], second: Sequence[float]) -> Values:
    return np.concatenate([np.asarray(first, np.float64), np.asarray(second, np.float64)])


def _rank_variance(first: Sequence[float], second: Sequence[float]) -> float:
    """Of Mann and Whitney's statistic; ties shrink it."""
    total = len(first) + len(second)
    ties = np.unique(_pooled(first, second), return_counts=True)[1].astype(np.float64)
    shrink = float((ties**3 - ties).sum()) / (total * (total - 1)) if total > 1 else 0.0
    return len(first) * len(second) / 12 * (total + 1 - shrink)


def _ranks(values: Values) -> Values:
    """From 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Values = (last - (counts - 1) / 2)[place]
    return ranks
