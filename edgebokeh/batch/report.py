"""What the command line says about an outcome: a line for people, a row for programs."""

import json
from typing import Any

from edgebokeh.batch.run import Outcome
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
    if result.provider_share < 1:
        ran += f" for {result.provider_share:.0%} of its nodes"
    return f"{job.source} -> {job.target} ({ran}, {subject}, {total:.0f} ms: {stages})"


def row(outcome: Outcome) -> str:
    """One JSON object for a job, done or failed."""
    job, result, error = outcome.job, outcome.result, outcome.error
    data: dict[str, Any] = {"input": str(job.source), "output": str(job.target) if result else None}
    if result:
        data |= {
            "model": result.model,
            "provider": result.provider,
            "provider_share": round(result.provider_share, 4),
            "fallback": result.fallback,
            "provider_note": result.provider_note,
            "size": [result.size[1], result.size[0]],
            "person": result.person,
            "share": round(result.share, 4),
            "milliseconds": {stage: round(spent, 2) for stage, spent in result.milliseconds.items()},
        }
    if error:
        data |= {"error": str(error), "hint": error.hint, "exit_code": int(error.code)}
    return json.dumps(data)


def no_person(outcome: Outcome, task: str, look: Look) -> str:
    """The warning for a photo without a person, and what was done with it."""
    wish = look.no_person or ("blur" if look.classic else "keep")
    done = (
        {"keep": "nothing was blurred", "blur": "all of it was blurred"}[wish]
        if task == "blur"
        else "the result is empty"
    )
    if task == "blur" and wish == "blur" and look.blur is None:
        done = "all of it was taken for background"
    return f"no person found in {outcome.job.source}; {done}"
