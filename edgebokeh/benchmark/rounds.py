"""Measures configurations against each other: each in a process of its own, in rounds of random order."""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebokeh import execution, files, images, machine
from edgebokeh.benchmark import figures, judge
from edgebokeh.benchmark.configuration import BenchSettings, Configuration, baseline, labels
from edgebokeh.benchmark.measured import BenchResult, Trial
from edgebokeh.benchmark.runner import Runner, started
from edgebokeh.cache import sha256
from edgebokeh.errors import BenchEmptyError, ValueRangeError

MOST_ROUNDS = 1000
"""Rounds after which it ends, however much of the budget is left: their times are kept in memory and in the JSON."""

TOLD_EVERY = 10.0
"""Seconds between two lines about the rounds."""

Watcher = Callable[[str], None]
"""Is told what goes on, a line at a time."""


def bench(
    configurations: Sequence[Configuration], settings: BenchSettings | None = None, watch: Watcher | None = None
) -> BenchResult:
    """Measures each configuration in a process of its own, and compares them round by round.

    A configuration that cannot be measured, or whose outputs are not the CPU's, stays in the result, without times.
    Raises ValueRangeError for a baseline that is not there, or no configurations, BenchEmptyError where nothing can be
    measured, PhotoError.
    """
    result = tried(configurations, settings, watch)
    demand(result)
    return result


def demand(result: BenchResult) -> None:
    """Raises BenchEmptyError for a result without any times."""
    if not any(trial.state == "measured" for trial in result.trials):
        why = "; ".join(dict.fromkeys(f"{trial.label}: {trial.note}" for trial in result.trials))
        raise BenchEmptyError(f"none of the configurations can be measured: {why}", "mend that, or measure others")


def tried(
    configurations: Sequence[Configuration], settings: BenchSettings | None = None, watch: Watcher | None = None
) -> BenchResult:
    """The same, also where nothing can be measured: the result then tells why. Raises ValueRangeError, PhotoError."""
    if not configurations:
        raise ValueRangeError("there is no configuration to measure", "give at least one")
    settings, watch = settings or BenchSettings(), watch or (lambda _line: None)
    photo = settings.photo or sample()
    images.decode(files.read(photo), str(photo))
    configurations = [replace(one, provider=execution.plain(one.provider)) for one in configurations]
    names, first = labels(configurations), wished(settings.baseline, configurations)
    load = machine.waiting()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebokeh-bench-")))
        trials, runners = _started(configurations, stack, settings, photo, folder, watch)
        for runner in runners:
            runner.trial = trials[runner.trial.label] = judge.compared(runner, runners, settings, photo, folder)
            if runner.trial.note:
                watch(f"{runner.trial.label}: {runner.trial.note}")
        going = [runner for runner in runners if runner.trial.state == "measured"]
        lossy = judge.losses(going)
        against = _baseline(names[first], going)
        machine_worked, began = machine.busy(), time.perf_counter()
        seconds = _rounds(going, against, settings, watch)
        other = _others(machine_worked, time.perf_counter() - began, going) if going else None
        # Who fails in the rounds may have been the baseline, or the last one.
        against = _baseline(against, [runner for runner in going if runner.trial.state == "measured"])
        for runner in going:
            runner.probe(settings.profile)
        trials |= {runner.trial.label: runner.trial for runner in going}
    everything = [trials[name] for name in names]
    result = BenchResult(
        run=secrets.token_hex(8),
        settings={**asdict(settings), "photo": photo.name, "photo_sha256": sha256(photo)},
        machine=machine.fingerprint(),
        baseline=against,
        seconds=seconds,
        trials=everything,
    )
    return replace(result, warnings=[*lossy, *figures.doubts(result, names[first], load, other)])


def wished(text: str | None, configurations: Sequence[Configuration]) -> int:
    """The place of the baseline, see `configuration.baseline`; a provider may have any of its names.

    Raises ValueRangeError.
    """
    try:
        return baseline(text, configurations)
    except ValueRangeError:
        if text is None or execution.plain(text) == text:
            raise
    return baseline(execution.plain(text), configurations)


def sample() -> Path:
    """The sample portrait: in the installed package, or beside it where that runs from a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "sample" / "astronaut.png"
    return installed if installed.is_file() else package.parent / "docs" / "sample" / "astronaut.png"


def _started(
    configurations: Sequence[Configuration],
    stack: ExitStack,
    settings: BenchSettings,
    photo: Path,
    folder: Path,
    watch: Watcher,
) -> tuple[dict[str, Trial], list[Runner]]:
    """Every configuration by its label, and those that run, opened one after the other."""
    trials: dict[str, Trial] = {}
    runners: list[Runner] = []
    for label, one in zip(labels(configurations), configurations, strict=True):
        outputs = folder / f"{len(trials)}.npz"
        trials[label], runner = started(Trial(label, one), stack, settings, photo, outputs)
        watch(f"{label}: {trials[label].note or 'ready'}")
        if runner:
            runner.plan(settings, len(configurations))
            runners.append(runner)
    return trials, runners


def _baseline(wished: str, going: Sequence[Runner]) -> str:
    """The label to compare with: the wished one, or the first that can be measured where it cannot."""
    names = [runner.trial.label for runner in going]
    return wished if wished in names or not names else names[0]


def _rounds(going: list[Runner], against: str, settings: BenchSettings, watch: Watcher) -> float:
    """Measures until all is clear or the time is up. Returns the seconds that this took."""
    order, start, told = random.Random(settings.seed), time.perf_counter(), 0.0
    for number in range(MOST_ROUNDS):
        for runner in order.sample(going, len(going)):
            if runner.trial.state == "measured":
                runner.round(number)
                if runner.trial.state != "measured":
                    watch(f"{runner.trial.label}: {runner.trial.note}")
        spent = time.perf_counter() - start
        measured = [runner.trial for runner in going if runner.trial.state == "measured"]
        if spent >= told + TOLD_EVERY:
            watch(f"{number + 1} rounds, {spent:.0f} of {settings.budget:g} s")
            told = spent
        if not measured or spent >= settings.budget or figures.clear(measured, against, settings.within):
            break
    return time.perf_counter() - start


def _others(before: float | None, seconds: float, going: Sequence[Runner]) -> float | None:
    """Cores that others than this benchmark kept busy meanwhile; None where the system does not tell."""
    after = machine.busy()
    if before is None or after is None:
        return None
    return max(0.0, (after - before - sum(runner.spent for runner in going)) / seconds)
