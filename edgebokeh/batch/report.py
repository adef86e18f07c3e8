"""What the command line says about an outcome: a line for people, a row for programs."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgebokeh.batch.outcome import Outcome, success
from edgebokeh.batch.plan import Job, Plan
from edgebokeh.errors import ExitCode, OutputExistsError
from edgebokeh.look import Look


def line(outcome: Outcome) -> str:
    """One line for a job that was done: where it went, what ran, how long each stage took."""
    job, result = outcome.job, outcome.result
    if result is None:
        raise ValueError("there is no line for a job that failed: its error says it")
    stages = ", ".join(f"{stage} {spent:.0f}" for stage, spent in result.milliseconds.items())
    total = sum(result.milliseconds.values())
    subject = f"subject {result.share:.0%}" if result.person else "no person found"
    ran = f"{result.model} on {result.provider}"
    if result.provider_share is None:
        ran += " for an unknown share of its nodes"
    elif result.provider_share < 1:
        ran += f" for {result.provider_share:.0%} of its nodes"
    return f"{job.source} -> {job.target} ({ran}, {subject}, {total:.0f} ms: {stages})"


def row(outcome: Outcome) -> str:
    """One JSON object for a job: done, failed or skipped."""
    job, result, error = outcome.job, outcome.result, outcome.error
    data: dict[str, Any] = {"input": str(job.source), "output": None if error else str(job.target)}
    if result:
        data |= success(result)
    if error:
        data |= error.to_dict()
    if outcome.skipped:
        data["skipped"] = True
    return json.dumps(data)


def planned(job: Job, standing: str, *, as_json: bool) -> str:
    """What would be done with a job, and why: a key of STANDINGS."""
    if as_json:
        return json.dumps({"input": str(job.source), "output": str(job.target), "standing": standing})
    return f"{job.source} -> {job.target} ({STANDINGS[standing]})"


def no_person(source: object, task: str, look: Look) -> str:
    """The warning for a photo without a person, and what was done with it."""
    wish = look.no_person or ("blur" if look.classic else "keep")
    done = (
        {"keep": "nothing was blurred", "blur": "all of it was blurred"}[wish]
        if task == "blur"
        else "the result is empty"
    )
    if task == "blur" and wish == "blur" and look.blur is None:
        done = "all of it was taken for background"
    return f"no person found in {source}; {done}"


def totals(found: Sequence[str], planned: Plan) -> str:
    """One line at the end of a plan. found: what is said of each job, keys of STANDINGS."""
    skipped, refused = found.count("done"), found.count("taken")
    text = f"{len(found) - skipped - refused} to do, {skipped} done, {refused} refused"
    if planned.closed:
        text += f"; folders that cannot be searched: {len(planned.closed)}"
    return text + _passed_over(planned.passed_over)


def foreseen(found: Sequence[str], planned: Plan) -> ExitCode:
    """What a run of the plan would exit with, as far as that can be told before."""
    if planned.folder and "taken" in found:
        return ExitCode.OUTPUT_EXISTS
    tally = Tally()
    for job, standing in zip(planned.jobs, found, strict=True):
        error = OutputExistsError(f"{job.target} exists", "add --force") if standing == "taken" else None
        tally.add(Outcome(job, error=error, skipped=standing == "done"))
    for folder, problem in planned.closed:
        tally.add(Outcome(Job(folder, folder), error=problem))
    return tally.code(len(planned.jobs) + len(planned.closed))


@dataclass(slots=True)
class Tally:
    """What became of the photos of a run so far."""

    done: int = 0
    skipped: int = 0
    without_person: int = 0
    failures: list[Outcome] = field(default_factory=list)
    _start: float = field(default_factory=time.monotonic)
    _first: float | None = None

    def add(self, outcome: Outcome) -> None:
        """Counts one."""
        if self._first is None and not outcome.skipped:
            self._first = time.monotonic()
        if outcome.error:
            self.failures.append(outcome)
        elif outcome.skipped:
            self.skipped += 1
        else:
            self.done += 1
            self.without_person += bool(outcome.result and not outcome.result.person)

    @property
    def counted(self) -> int:
        """How many in all."""
        return self.done + self.skipped + len(self.failures)

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._start

    @property
    def rate(self) -> float:
        """Photos worked on in a second."""
        return (self.done + len(self.failures)) / max(self.seconds, 1e-9)

    @property
    def pace(self) -> float:
        """The same since the first one, 0 before a second: what had to start, such as a cluster, is no work."""
        more = self.done + len(self.failures) - 1
        return more / max(time.monotonic() - self._first, 1e-9) if self._first is not None and more else 0.0

    def code(self, jobs: int) -> ExitCode:
        """What the command exits with; of one photo, its error's own code. jobs: a closed folder counts as one."""
        if not self.failures:
            return ExitCode.OK
        if jobs == 1 and self.failures[0].error:
            return self.failures[0].error.code
        return ExitCode.SOME_FAILED if self.done or self.skipped else ExitCode.ALL_FAILED


def summary(tally: Tally, passed_over: Mapping[str, int], *, as_json: bool) -> str:
    """One line at the end of a run."""
    counts = {"done": tally.done, "skipped": tally.skipped, "failed": len(tally.failures)}
    if as_json:
        more = {"without_person": tally.without_person, "passed_over": dict(passed_over)}
        return json.dumps(counts | more | {"seconds": round(tally.seconds, 2)})
    text = ", ".join(f"{count} {what}" for what, count in counts.items())
    text += f" in {tally.seconds:.1f} s ({tally.rate:.1f} photos a second)"
    if tally.without_person:
        text += f"; {tally.without_person} without a person"
    return text + _passed_over(passed_over)


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """A table of what failed: exit code, what is wrong, what to do."""
    errors = [outcome.error for outcome in outcomes if outcome.error]
    head = [f"edgebokeh: error: {len(errors)} failed:", " code  what"] if errors else []
    return head + [f"{int(error.code):5}  {error}; {error.hint}" for error in errors]


def _passed_over(counts: Mapping[str, int]) -> str:
    return f"; passed over: {', '.join(f'{why} {count}' for why, count in counts.items())}" if counts else ""


STANDINGS: dict[str, str] = {
    "new": "new",
    "changed": "the photo or the settings have changed",
    "again": "it failed, was not finished, or its result is gone",
    "done": "done: skipped",
    "taken": "exists, and was not written here for this photo, or has changed: refused without --force",
    "forced": "exists, and is made again",
}
"""What `--dry-run` says of a job, by its Standing; "forced" is what stands for some of these with `--force`."""
