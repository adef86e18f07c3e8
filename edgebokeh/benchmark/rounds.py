"""Measures configurations against each other: each in a process of its own, in rounds of random order."""

import math
import random
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from edgebokeh import execution, files, images, machine, threads
from edgebokeh.benchmark import figures, stats
from edgebokeh.benchmark.configuration import Configuration, baseline, labels
from edgebokeh.benchmark.measured import BenchResult, Parity, Round, Trial
from edgebokeh.benchmark.worker import Worker, WorkerError
from edgebokeh.errors import BenchEmptyError, ValueRangeError
from edgebokeh.look import Look

Scenario = Literal["single", "paced", "offline"]

BLOCK = 0.3
"""Seconds that one block is aimed at: long against a tick of the scheduler, short against a machine's drift."""

MOST_IN_BLOCK, MOST_ROUNDS = 50, 1000

TOLD_EVERY = 10.0
"""Seconds between two lines about the rounds."""

LEAST_IOU, MOST_APART = 0.98, 0.25
"""Outputs are wrong whose silhouettes agree less with the CPU's, or that are further off as a share of their span."""

Watcher = Callable[[str], None]
"""Is told what goes on, a line at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """How to measure.

    photo: None is the sample portrait. quality: a preset, None the default one. baseline: what to compare with, see
    `configuration.baseline`. scenario: "single", one photo after the other; "paced", `fps` frames a second;
    "offline", as many photos at once as `flight`, by default the cores. budget: seconds that the rounds may take
    altogether. within: they end when the intervals of all ratios are narrower than ± this share. seed: of the order.
    profile: asks for kernel times too. limit: seconds that a process may keep silent before it is given up.

    Raises ValueRangeError.
    """

    photo: Path | None = None
    quality: str | None = None
    baseline: str | None = None
    scenario: Scenario = "single"
    fps: float | None = None
    flight: int | None = None
    budget: float = 60.0
    within: float = 0.02
    seed: int = 0
    profile: bool = False
    limit: float = 120.0

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise ValueRangeError(f"{name} {value} is out of range", f"use {low:g} to {high:g}")
        if (self.scenario == "paced") != (self.fps is not None):
            raise ValueRangeError("a paced run needs frames per second, and no other has them", "give --fps alone")
        Look(quality=self.quality)


_RANGES = (("fps", 0.1, 1000), ("flight", 1, 256), ("budget", 0.1, 86400), ("within", 0.001, 1), ("limit", 1, 86400))


@dataclass(slots=True)
class _Runner:
    """A configuration under way.

    outputs: where its arrays lie. warm: milliseconds of a walk and of a run of the network, once they are warm. ask:
    what it is asked each round. spent: CPU seconds in the rounds.
    """

    trial: Trial
    worker: Worker
    outputs: Path
    warm: Mapping[str, float]
    ask: dict[str, Any] = field(default_factory=dict)
    spent: float = 0.0


def bench(
    configurations: Sequence[Configuration], settings: BenchSettings | None = None, watch: Watcher | None = None
) -> BenchResult:
    """Measures each configuration in a process of its own, and compares them round by round.

    A configuration that cannot be measured, or whose outputs are not the CPU's, stays in the result, without times.
    Raises ValueRangeError for a baseline that is not there, BenchEmptyError where nothing can be measured, PhotoError.
    """
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
            runner.trial = trials[runner.trial.label] = _compared(runner, runners, settings, photo, folder)
            if runner.trial.note:
                watch(f"{runner.trial.label}: {runner.trial.note}")
        going = [runner for runner in runners if runner.trial.state == "measured"]
        against = _baseline(names[first], going)
        machine_worked, started = machine.busy(), time.perf_counter()
        seconds = _rounds(going, against, settings, watch)
        other = _others(machine_worked, time.perf_counter() - started, going)
        # Who fails in the rounds may have been the baseline, or the last one.
        against = _baseline(against, [runner for runner in going if runner.trial.state == "measured"])
        trials |= {runner.trial.label: _probed(runner, settings) for runner in going}
    everything = [trials[name] for name in names]
    result = BenchResult(
        run=secrets.token_hex(8),
        settings={**asdict(settings), "photo": photo.name},
        machine=machine.fingerprint(),
        baseline=against,
        seconds=seconds,
        trials=everything,
    )
    return replace(result, warnings=figures.doubts(result, names[first], load, other))


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
) -> tuple[dict[str, Trial], list[_Runner]]:
    """Every configuration by its label, and those that run, opened one after the other."""
    trials: dict[str, Trial] = {}
    runners: list[_Runner] = []
    # A short budget gets shorter blocks, so that there are rounds enough for an interval.
    block = min(BLOCK, settings.budget / (2 * stats.LEAST_ROUNDS * len(configurations)))
    for label, one in zip(labels(configurations), configurations, strict=True):
        trials[label], runner = _opened(Trial(label, one), stack, settings, photo, folder / f"{len(trials)}.npz")
        watch(f"{label}: {trials[label].note or 'ready'}")
        if runner:
            runner.ask = _request(runner.warm, settings, block)
            runners.append(runner)
    return trials, runners


def _opened(
    trial: Trial, stack: ExitStack, settings: BenchSettings, photo: Path, outputs: Path
) -> tuple[Trial, _Runner | None]:
    """A configuration with its process, which has run it a few times; without one where it cannot be run."""
    try:
        worker = stack.enter_context(Worker(trial.configuration.python, settings.limit))
        answer = worker.ask(
            {
                "do": "open",
                "configuration": trial.configuration.to_dict(),
                "photo": str(photo.absolute()),
                "quality": settings.quality,
                "outputs": str(outputs),
            }
        )
    except WorkerError as error:
        return trial.given_up(error.state, str(error)), None
    facts = {name: answer[name] for name in ("verdict", "model", "versions", "cold")}
    return (opened := replace(trial, **facts)), _Runner(opened, worker, outputs, answer["warm"])


def _request(warm: Mapping[str, float], settings: BenchSettings, block: float) -> dict[str, Any]:
    """What to ask for in each round: as many walks and runs as take about as long as a block should, in seconds."""
    flight = settings.flight or threads.available()
    walks = _fitting(warm.get("walk", 0), 0.7 * block)
    if settings.scenario == "offline":
        walks = flight * max(2, round(walks / flight))
    if settings.fps:
        walks = max(3, round(settings.fps * 2 * BLOCK))
    asked = {"walks": walks if "walk" in warm else 0, "runs": _fitting(warm["run"], 0.3 * block)}
    return {"do": "round", "scenario": settings.scenario, "fps": settings.fps, "flight": flight, **asked}


def _fitting(milliseconds: float, seconds: float) -> int:
    return min(MOST_IN_BLOCK, max(1, round(seconds * 1000 / max(milliseconds, 1e-3))))


def _compared(runner: _Runner, runners: Sequence[_Runner], settings: BenchSettings, photo: Path, folder: Path) -> Trial:
    """The configuration with its parity to the CPU provider: one that runs here anyway, or else one for this alone."""
    one = runner.trial.configuration
    for other in runners:
        theirs = other.trial.configuration
        if theirs.provider == "cpu" and (theirs.model, theirs.size) == (one.model, one.size):
            return _finite(runner) if other is runner else _judged(runner.trial, runner.outputs, other.outputs)
    with ExitStack() as stack:
        reference = replace(one, provider="cpu", options={}, python=sys.executable, batch=1)
        path = folder / f"reference-{runner.outputs.name}"
        trial, opened = _opened(Trial("reference", reference), stack, settings, photo, path)
        if not opened:
            return replace(runner.trial, note=f"not compared with the CPU: {trial.note}")
        return _judged(runner.trial, runner.outputs, path)


def _finite(runner: _Runner) -> Trial:
    """The configuration that others are compared with, and nothing can judge but that its outputs are numbers."""
    with np.load(runner.outputs) as mine:
        if np.isfinite(mine["raw"]).all():
            return runner.trial
    trial = replace(runner.trial, parity=Parity(None, None, None, finite=False))
    return trial.given_up("wrong", "its outputs are not finite, and it is the CPU provider itself")


def _judged(trial: Trial, ours: Path, reference: Path) -> Trial:
    parity = _parity(ours, reference)
    wrong = not parity.finite or (parity.iou or 0) < LEAST_IOU or (parity.share or 0) > MOST_APART
    trial = replace(trial, parity=parity)
    note = "its outputs are not the CPU provider's"
    if parity.finite and parity.difference is None:
        note = f"{note}, which are not finite or of another shape"
    return trial.given_up("wrong", note) if wrong else trial


def _parity(ours: Path, reference: Path) -> Parity:
    with np.load(ours) as mine, np.load(reference) as theirs:
        raw, truth, matte, true_matte = mine["raw"], theirs["raw"], mine["matte"], theirs["matte"]
    if raw.shape != truth.shape or not (np.isfinite(raw).all() and np.isfinite(truth).all()):
        return Parity(None, None, None, bool(np.isfinite(raw).all()))
    difference, span = float(np.abs(raw - truth).max()), float(np.ptp(truth))
    share = difference / span if span else float(difference > 0)
    return Parity(difference, share, stats.agreement(matte, true_matte), True)


def _baseline(wished: str, going: Sequence[_Runner]) -> str:
    """The label to compare with: the wished one, or the first that can be measured at all."""
    if not going:
        raise BenchEmptyError("none of the configurations can be measured", "see why above, and change them")
    names = [runner.trial.label for runner in going]
    return wished if wished in names else names[0]


def _rounds(going: list[_Runner], against: str, settings: BenchSettings, watch: Watcher) -> float:
    """Measures until all is clear or the time is up. Returns the seconds that this took."""
    order, start, told = random.Random(settings.seed), time.perf_counter(), 0.0
    for number in range(MOST_ROUNDS):
        for runner in order.sample(going, len(going)):
            if runner.trial.state == "measured":
                _round(runner, number, settings)
        spent = time.perf_counter() - start
        measured = [runner.trial for runner in going if runner.trial.state == "measured"]
        if spent >= told + TOLD_EVERY:
            watch(f"{number + 1} rounds, {spent:.0f} of {settings.budget:g} s")
            told = spent
        if not measured or spent >= settings.budget or figures.clear(measured, against, settings.within):
            break
    return time.perf_counter() - start


def _round(runner: _Runner, number: int, settings: BenchSettings) -> None:
    try:
        answer = runner.worker.ask(runner.ask)
    except WorkerError as error:
        runner.trial = runner.trial.given_up(error.state, str(error))
        return
    frames = runner.ask["walks"] if settings.fps else 0
    facts = {name: answer[name] for name in ("walk", "network", "stages", "cpu", "missed", "seconds")}
    runner.trial.rounds.append(Round(number=number, frames=frames, **facts))
    runner.spent += answer["worked"]


def _others(before: float | None, seconds: float, going: Sequence[_Runner]) -> float | None:
    """Cores that others than this benchmark kept busy meanwhile; None where the system does not tell."""
    after = machine.busy()
    if before is None or after is None:
        return None
    return max(0.0, (after - before - sum(runner.spent for runner in going)) / seconds)


def _probed(runner: _Runner, settings: BenchSettings) -> Trial:
    if runner.trial.state != "measured":
        return runner.trial
    try:
        return replace(runner.trial, **runner.worker.ask({"do": "probe", "profile": settings.profile}))
    except WorkerError as error:
        return replace(runner.trial, note=f"memory and kernels are unknown: {error}")
