"""What became of a job, and what is told of it."""

import errno
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from edgebokeh.batch.plan import Job
from edgebokeh.errors import EdgeBokehError, StoreError, StoreUnknownError
from edgebokeh.results import Report

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors after which no other photo could be written either."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a result, the error that stopped it, or that it is skipped, as it is done already."""

    job: Job
    result: Report | None = None
    error: EdgeBokehError | None = None
    skipped: bool = False


class Failure(NamedTuple):
    """Why a photo has no result. full: whether no other could be read or written either."""

    error: EdgeBokehError
    full: bool = False


def failure(job: Job, error: Exception) -> Failure:
    """What an error means for its photo. One that is none of ours is a bug: it must not stop thousands of others."""
    if isinstance(error, EdgeBokehError):
        # What no store can have is so for that name alone.
        gone = isinstance(error, StoreError) and not isinstance(error, StoreUnknownError)
        return Failure(error, gone or getattr(error.__cause__, "errno", None) in FULL)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}: {error}"
    bug = EdgeBokehError(f"{job.source} met a bug of edgebokeh ({where})", "blur it alone for the whole traceback")
    bug.__cause__ = error
    return Failure(bug)


def success(report: Report) -> dict[str, Any]:
    """What is told of a photo that was done, as JSON holds it."""
    return {
        "model": report.model,
        "provider": report.provider,
        "provider_device": report.provider_device,
        "provider_share": None if report.provider_share is None else round(report.provider_share, 4),
        "fallback": report.fallback,
        "provider_note": report.provider_note,
        "threads": report.threads,
        "profile": report.profile,
        "size": [report.size[1], report.size[0]],
        "person": report.person,
        "share": round(report.share, 4),
        "notes": list(report.notes),
        "milliseconds": {stage: round(spent, 2) for stage, spent in report.milliseconds.items()},
    }
