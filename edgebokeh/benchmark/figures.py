"""What a benchmark's raw times come to: figures of each configuration, and why they may mislead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgebokeh.benchmark import stats
from edgebokeh.benchmark.measured import BenchResult, Trial
from edgebokeh.benchmark.stats import Estimate, Interval
from edgebokeh.stages import STAGES

RANKS = (50, 90, 95, 99)

BUSY = 0.5
"""Waiting processes per core before the start, above which others were at work."""

OTHERS = 0.15
"""Cores that others keep busy, above which they disturb."""

NOISY = 0.15
"""Distance of the quartiles of the baseline's rounds, as a share of their median."""

DRIFTED = 0.05
"""Rise from the first to the last round that is worth a word."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one configuration that was measured.

    what: "walk", or "network" for a batch. times: milliseconds of one photo at RANKS, None where samples are too few;
    network: the median of the network alone. stages: medians. ratio: to the baseline's time in the same rounds, None
    for itself and where rounds are too few; network_ratio: of the network alone. word: what the ratio means.
    throughput: photos a second, of a paced run those that were done. cpu: seconds a photo. peak: bytes of the whole
    process at its highest. missed: share of the frames that came late, None if not paced.
    """

    what: str
    times: Mapping[int, Estimate | None]
    network: Estimate | None
    stages: Mapping[str, float]
    ratio: Interval | None
    network_ratio: Interval | None
    word: str
    throughput: float
    cpu: float
    peak: int | None
    missed: float | None
    samples: int
    rounds: int


def of(trial: Trial, result: BenchResult) -> Figures | None:
    """The figures of a configuration; None for one that has no times."""
    if not trial.rounds:
        return None
    what, within = _what(trial), float(result.settings["within"])
    samples = [time for one in trial.rounds for time in getattr(one, what)]
    if not samples:
        return None
    by_round = [getattr(one, what) for one in trial.rounds]
    times = {rank: stats.percentile(by_round, rank) for rank in RANKS}
    against = result.trial(result.baseline)
    others = against if against is not trial else None
    ratio = _ratio(trial, others) if others else None
    frames = sum(one.frames for one in trial.rounds)
    seconds = sum(one.seconds for one in trial.rounds)
    peaks = [*trial.peaks.values(), *([trial.resident] if trial.resident else [])]
    return Figures(
        what=what,
        times=times,
        network=stats.percentile([one.network for one in trial.rounds], 50),
        stages=_stages(trial),
        ratio=ratio,
        network_ratio=_ratio(trial, others, "network") if others else None,
        word="baseline" if trial.label == result.baseline else word(ratio, within),
        throughput=len(samples) / seconds if seconds else 1000 / float(np.median(samples)),
        cpu=float(np.median([one.cpu for one in trial.rounds])),
        peak=max(peaks, default=None),
        missed=sum(one.missed for one in trial.rounds) / frames if frames else None,
        samples=len(samples),
        rounds=len(trial.rounds),
    )


def measured(result: BenchResult) -> list[tuple[Trial, Figures]]:
    """The configurations that have times, with their figures."""
    return [(trial, found) for trial in result.trials if (found := of(trial, result))]


def word(ratio: Interval | None, within: float) -> str:
    """What a ratio of times means."""
    if ratio is None:
        return "too few rounds to tell"
    if not stats.differs(ratio, within):
        return "no significant difference"
    return f"{ratio.value:.2f}× the time" if ratio.value > 1 else f"{1 / ratio.value:.2f}× as fast"


def medians(trial: Trial, what: str) -> dict[int, float]:
    """The median of each round by its number."""
    return {one.number: float(np.median(getattr(one, what))) for one in trial.rounds if getattr(one, what)}


def clear(trials: Sequence[Trial], against: str, within: float) -> bool:
    """Whether every ratio's interval is narrower than ± within; for a baseline alone, that of its own median."""
    reference = next((one for one in trials if one.label == against), None)
    others = [one for one in trials if one is not reference]
    if reference is None or len(reference.rounds) < stats.LEAST_ROUNDS:
        return False
    if not others:
        own = stats.percentile([getattr(one, _what(reference)) for one in reference.rounds], 50)
        if own is None or own.low is None or own.high is None:
            return False
        return Interval(own.value, own.low, own.high).width <= within
    ratios = [_ratio(one, reference) for one in others]
    return all(ratio is not None and ratio.width <= within for ratio in ratios)


def doubts(result: BenchResult, wished: str, load: float | None, others: float | None) -> list[str]:
    """Why the times may mislead.

    wished: the baseline that was asked for. load: processes that waited for a core before the start, per core. others:
    cores that others kept busy meanwhile; both None where unknown.
    """
    found = []
    if result.baseline != wished:
        found.append(f"{wished} could not be measured: others are compared with {result.baseline}")
    if load is not None and load > BUSY:
        found.append(f"the machine was busy before the start: {load:.1f} waiting processes per core")
    if others is not None and others > OTHERS:
        found.append(f"other programs kept {others:.1f} cores busy meanwhile")
    governor = result.machine.get("governor")
    if governor not in (None, "performance"):
        found.append(f"the processor's clock is governed by {governor!r}: it follows the load")
    for trial in result.trials:
        if trial.rounds:
            found += [f"{trial.label}: {doubt}" for doubt in _doubts_of(trial)]
    return found


def _doubts_of(trial: Trial) -> list[str]:
    middles = list(medians(trial, _what(trial)).values())
    samples = [time for one in trial.rounds for time in getattr(one, _what(trial))]
    if not middles:
        return []
    width, rise = stats.spread(middles), stats.drift(middles)
    checks = {
        "it finds no person in the photo, so that it does not walk the whole way": trial.person is False,
        f"its rounds spread by {width:.0%} between the quartiles": width > NOISY,
        f"it became {rise:.0%} slower from the first round to the last, as a machine that heats up": rise > DRIFTED,
        f"it became {-rise:.0%} faster from the first round to the last": rise < -DRIFTED,
        "its times gather at two places: a median between them says little": stats.bimodal(samples),
    }
    return [text for text, holds in checks.items() if holds]


def _what(trial: Trial) -> str:
    return "walk" if trial.configuration.batch == 1 else "network"


def _ratio(trial: Trial, against: Trial, what: str = "") -> Interval | None:
    """Of what is asked for, or of walks; where one of the two runs the network alone, of that."""
    what = what or ("network" if "network" in (_what(trial), _what(against)) else "walk")
    ours, theirs = medians(trial, what), medians(against, what)
    common = sorted(ours.keys() & theirs.keys())
    return stats.paired_ratio([ours[number] for number in common], [theirs[number] for number in common])


def _stages(trial: Trial) -> dict[str, float]:
    times = {stage: [time for one in trial.rounds for time in one.stages.get(stage, [])] for stage in STAGES}
    return {stage: float(np.median(spent)) for stage, spent in times.items() if spent}
