"""A configuration under way: its process, what it is asked each round, and what it has answered so far."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgebokeh import threads
from edgebokeh.benchmark import stats
from edgebokeh.benchmark.configuration import BenchSettings
from edgebokeh.benchmark.measured import Round, Trial
from edgebokeh.benchmark.worker import Worker, WorkerError

BLOCK = 0.3
"""Seconds that one block is aimed at: long against a tick of the scheduler, short against a machine's drift."""

MOST_IN_BLOCK = 50
"""Walks, or runs of the network, in one block at most."""


@dataclass(slots=True)
class Runner:
    """A configuration that runs.

    trial: what is known of it. outputs: where its arrays lie. warm: milliseconds of a walk and of a run of the network,
    once they are warm. ask: what it is asked each round. spent: CPU seconds in the rounds.
    """

    trial: Trial
    worker: Worker
    outputs: Path
    warm: Mapping[str, float]
    ask: dict[str, Any] = field(default_factory=dict)
    spent: float = 0.0

    def plan(self, settings: BenchSettings, count: int) -> None:
        """Decides how much to ask for in each round, which so many configurations share.

        As many walks and runs as take about as long as a block should.
        """
        # A short budget gets shorter blocks, so that there are rounds enough for an interval.
        block = min(BLOCK, settings.budget / (2 * stats.LEAST_ROUNDS * count))
        flight = _flight(settings)
        walks = _fitting(self.warm.get("walk", 0), 0.7 * block)
        if settings.scenario == "offline":
            walks = flight * max(1, round(walks / flight))
        if settings.fps:
            walks = max(3, round(settings.fps * 2 * BLOCK))
        asked = {"walks": walks if "walk" in self.warm else 0, "runs": _fitting(self.warm["run"], 0.3 * block)}
        self.ask = {"do": "round", "scenario": settings.scenario, "fps": settings.fps, "flight": flight, **asked}

    def round(self, number: int) -> None:
        """One more block; a process that fails is given up."""
        frames = self.ask["walks"] if self.ask["fps"] else 0
        planned = frames / self.ask["fps"] if frames else self.ask["walks"] * self.warm.get("walk", 0) / 1000
        try:
            answer = self.worker.ask(self.ask, planned)
        except WorkerError as error:
            self.trial = self.trial.given_up(error.state, str(error))
            return
        facts = {name: answer[name] for name in ("walk", "network", "stages", "cpu", "missed", "seconds")}
        self.trial.rounds.append(Round(number=number, frames=frames, **facts))
        self.spent += answer["worked"]

    def probe(self, profile: bool) -> None:
        """Asks for what would disturb the rounds."""
        if self.trial.state == "measured":
            try:
                self.trial = replace(self.trial, **self.worker.ask({"do": "probe", "profile": profile}))
            except WorkerError as error:
                notes = (self.trial.note, f"its kernels are unknown: {error}")
                self.trial = replace(self.trial, note="; ".join(filter(None, notes)))


def started(
    trial: Trial, stack: ExitStack, settings: BenchSettings, photo: Path, outputs: Path
) -> tuple[Trial, Runner | None]:
    """A configuration with its process, which has run it a few times; without one where it cannot be run."""
    request = {
        "do": "open",
        "configuration": trial.configuration.to_dict(),
        "photo": str(photo.absolute()),
        "quality": settings.quality,
        "outputs": str(outputs),
        "flight": _flight(settings) if settings.scenario == "offline" else 1,
    }
    try:
        worker = stack.enter_context(Worker(trial.configuration.python, settings.limit))
        answer = worker.ask(request)
    except WorkerError as error:
        return trial.given_up(error.state, str(error)), None
    names = ("verdict", "model", "versions", "cold", "peaks", "resident", "person")
    known = replace(trial, **{name: answer[name] for name in names})
    return known, Runner(known, worker, outputs, answer["warm"])


def _flight(settings: BenchSettings) -> int:
    return settings.flight or threads.available()


def _fitting(milliseconds: float, seconds: float) -> int:
    return min(MOST_IN_BLOCK, max(1, round(seconds * 1000 / max(milliseconds, 1e-3))))
