"""Whether a benchmark finds a difference where there is none: a configuration measured against itself."""

from collections import Counter
from dataclasses import replace

from edgebokeh.benchmark import figures, rounds, stats
from edgebokeh.benchmark.configuration import BenchSettings, Configuration
from edgebokeh.benchmark.measured import BenchResult
from edgebokeh.benchmark.rounds import Watcher
from edgebokeh.errors import BenchError, InconclusiveError, SelfCheckError

WIDEST = 0.1
"""How wide an interval may be as a share of its lower end; a wider one tells nothing."""


def self_check(
    one: Configuration, settings: BenchSettings | None = None, watch: Watcher | None = None, widest: float = WIDEST
) -> str:
    """A sentence that the configuration, as two processes, shows no difference from itself.

    Takes and raises what `twice` and `judged` do: SelfCheckError where a difference is found.
    """
    return judged(twice(one, settings or BenchSettings(), watch), widest)


def twice(one: Configuration, settings: BenchSettings, watch: Watcher | None = None) -> BenchResult:
    """The same, as two processes. Raises what `rounds.tried` raises."""
    return rounds.tried([one, one], replace(settings, baseline=one.model), watch)


def judged(result: BenchResult, widest: float) -> str:
    """A sentence about two processes of the same.

    widest: how far apart the ends of the ratio's interval may be, as a share of the lower one.
    Raises SelfCheckError where they differ, InconclusiveError where the interval is wider or rounds are too few,
    BenchEmptyError where they could not be measured.
    """
    rounds.demand(result)
    found = figures.of(result.trials[1], result)
    if found is None or found.ratio is None:
        raise InconclusiveError(
            "the self-check is not conclusive: there were too few rounds", "give it a larger --budget"
        )
    width = found.ratio.high / found.ratio.low - 1
    told = f"{found.ratio.value:.3f} ({found.ratio.low:.3f} to {found.ratio.high:.3f}) times as long"
    if stats.differs(found.ratio, float(result.settings["within"])):
        raise SelfCheckError(f"a configuration takes {told} as itself", "measure on a quieter machine, or for longer")
    if width > widest:
        raise InconclusiveError(
            f"the self-check is not conclusive: the same takes {told}, an interval of {width:.0%}, above {widest:.0%}",
            "give it a larger --budget, measure on a quieter machine, or allow more with --widest",
        )
    return f"the same twice takes {told}, an interval of {width:.0%}: no significant difference"


def repeated(one: Configuration, settings: BenchSettings, widest: float, count: int, tell: Watcher) -> None:
    """So many self-checks, each with another seed; tells a line about each, and one about all of them.

    Raises SelfCheckError where one of them found a difference, else InconclusiveError where one could not tell.
    """
    failures: list[BenchError] = []
    for seed in range(settings.seed, settings.seed + count):
        try:
            line = judged(twice(one, replace(settings, seed=seed)), widest)
        except (SelfCheckError, InconclusiveError) as error:
            failures.append(error)
            line = str(error)
        tell(f"seed {seed}: {line}")
    kinds = Counter(type(error) for error in failures)
    differ, unknown = kinds[SelfCheckError], kinds[InconclusiveError]
    tell(
        f"{count} self-checks: {count - len(failures)} found no difference, {differ} found one, "
        f"{unknown} not conclusive"
    )
    if failures:
        raise next((error for error in failures if isinstance(error, SelfCheckError)), failures[0])
