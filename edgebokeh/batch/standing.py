"""What a journal says of the jobs of a plan: what is done, what is to be done, and what must not be overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from edgebokeh import places
from edgebokeh.batch.journal import Entry, digest_of
from edgebokeh.batch.plan import Job, Plan
from edgebokeh.batch.search import STREAM
from edgebokeh.errors import OutputExistsError
from edgebokeh.places import Place, Seen, seen

Standing = Literal["new", "changed", "again", "done", "taken"]
"""What the journal says of a job: nothing; its photo or the settings have changed since; it failed, was not finished,
or its result is gone; it is done; its target is not a file that was written here, or not as it was written."""


def source_of(job: Job) -> str:
    """A job's source as the journal names it; STREAM as "-"."""
    return str(job.source if job.source == STREAM else places.real(job.source))


def target_of(job: Job, folder: Place) -> str:
    """A job's target as the journal of a folder names it."""
    return places.below(job.target, folder)


def standings(planned: Plan, entries: Mapping[str, Entry], settings: str) -> list[Standing]:
    """What the journal of the plan's folder says of each job, if one is kept. settings: a hash, see Entry."""
    if planned.folder is None:
        return [standing(job, None, settings) for job in planned.jobs]
    named = [target_of(job, planned.folder) for job in planned.jobs]
    there = places.seen_in(planned.folder)
    return [
        standing(job, entries.get(name), settings, there(job.target))
        for job, name in zip(planned.jobs, named, strict=True)
    ]


def standing(job: Job, entry: Entry | None, settings: str, there: Seen | None = None) -> Standing:
    """The same of one job, by the journal's last line for its target. What comes from a stream is never known.

    there: what is `seen` of its target, if that is known.
    """
    found = (-1, -1) if job.target == STREAM else there or seen(job.target)
    stranger: Standing = "taken" if found[0] >= 0 else "new"
    if entry is None or job.source == STREAM:
        return stranger
    same = entry.source == source_of(job)
    unchanged = _is_unchanged(job, entry) if same else _is_copy(job, entry)
    if not (same or unchanged) or (found[0] >= 0 and not _is_ours(job, entry, found)):
        return stranger
    if found[0] < 0 or entry.status != "done":
        return "again"
    return "done" if unchanged and entry.settings == settings else "changed"


def begun(job: Job, standing: Standing, before: Entry | None, folder: Place, settings: str) -> Entry:
    """The line for a job that is begun in a folder, with what is known of a result that it may replace.

    before: the last line for its target.
    """
    size, mtime_ns = seen(job.source)
    entry = Entry("begun", target_of(job, folder), source_of(job), size, mtime_ns, settings)
    if before is None or standing in ("new", "taken"):
        return entry
    written, written_ns = seen(job.target)
    if written < 0:
        return entry
    if before.status == "writing":
        # Which of the two it is, its content tells.
        return replace(entry, written=written, written_ns=written_ns, result=digest_of(job.target))
    return replace(entry, written=before.written, written_ns=before.written_ns, result=before.result)


def _is_ours(job: Job, entry: Entry, found: Seen) -> bool:
    """Whether the target is as it was written here; one of another time of change, such as a copy, by its content."""
    if found == (entry.written, entry.written_ns):
        return True
    known = {entry.result, entry.former} - {""}
    return (found[0] == entry.written or bool(entry.former)) and digest_of(job.target) in known


def _is_unchanged(job: Job, entry: Entry) -> bool:
    return seen(job.source) == (entry.size, entry.mtime_ns)


def _is_copy(job: Job, entry: Entry) -> bool:
    """Whether the photo that the line tells of has another place now. Another photo may have its size and time."""
    return seen(job.source)[0] == entry.size and bool(entry.photo) and digest_of(job.source) == entry.photo


def refusal(planned: Plan, found: Sequence[Standing]) -> OutputExistsError | None:
    """What is wrong where targets were not written by a run in this folder, with their list."""
    taken = [str(job.target) for job, standing in zip(planned.jobs, found, strict=True) if standing == "taken"]
    if not taken:
        return None
    count = f"{len(taken)} results exist" if len(taken) > 1 else "a result exists"
    return OutputExistsError(
        f"{count} already that edgebokeh did not write here for these photos, or that changed since",
        "name another folder with -o, or add --force to make all results again",
        taken,
    )
