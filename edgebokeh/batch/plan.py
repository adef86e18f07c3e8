"""What is read and where each result goes, settled before any work starts."""

import contextlib
import functools
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from edgebokeh import containers, files, formats, places
from edgebokeh.batch import journal as journals
from edgebokeh.batch.search import STREAM, Findings, Found, find
from edgebokeh.batch.settings import KEEP, BatchSettings
from edgebokeh.errors import (
    ContradictionError,
    EdgeBokehError,
    OutputExistsError,
    OutputFormatError,
    OutputUnwritableError,
    PhotoIsFolderError,
    PhotosNoneError,
)
from edgebokeh.look import Look
from edgebokeh.places import Place
from edgebokeh.results import Task

LIKE = {".jpe": ".jpg", ".jfif": ".jpg", ".dib": ".bmp"}
"""Rarer endings of photos, and those that their results have."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to read and one file to write. Either may be STREAM."""

    source: Place
    target: Place


@dataclass(frozen=True, slots=True)
class Plan:
    """jobs: one for each photo. folder: where all results go and a journal is kept, None where there is none.

    passed_over: how many things in folders are not taken, by why. closed: folders that cannot be searched
    and photos that cannot be worked on, and why.
    """

    jobs: Sequence[Job]
    folder: Place | None = None
    passed_over: Mapping[str, int] = field(default_factory=dict)
    closed: Sequence[tuple[Place, EdgeBokehError]] = ()


def plan(
    sources: Sequence[Place],
    output: Place | None = None,
    task: Task = "blur",
    look: Look | None = None,
    settings: BatchSettings | None = None,
    *,
    reads: Sequence[Place] = (),
    refuse: bool = True,
) -> Plan:
    """Finds the photos and names their results.

    sources: files, folders and globs, or STREAM. output: a file for one photo, a folder for any number, which is made
    where it is missing, STREAM, or None for beside each photo (for STREAM: to STREAM). The content of each folder is
    mirrored in `output`. reads: other files that must not be written to.
    refuse: look for collisions; else `refuse_collisions` is the caller's to call.
    A journal is kept where several photos go to a folder; results that it knows are no photos.
    Raises OutputUnwritableError where several photos would go to one file, OutputExistsError where results would have
    one name or a photo would be overwritten, OutputFormatError for an ending that cannot hold the result,
    PhotoIsFolderError for a folder without an output folder, PhotosNoneError where nothing is found, JournalError.
    """
    look, settings = look or Look(), settings or BatchSettings()
    found = find(sources, settings.search(places.real(output) if output and output != STREAM else None))
    many = bool(found.roots) or len(found.photos) > 1
    _check_ending(task, settings)
    if output is None and (folders := [source for source in sources if source in found.roots]):
        raise PhotoIsFolderError(f"{folders[0]} is a folder", "name the folder for the results with -o")
    _check_output(output, many, found, settings)
    into = output if output and output != STREAM and (many or places.takes_results(output)) else None
    photos = _without_results(found, into) if into and many else found.photos
    if not photos and not found.closed:
        raise _nothing(sources, found)
    jobs = [Job(one.path, _target(one, output, into, task, look, settings)) for one in photos]
    if refuse:
        refuse_collisions(jobs, reads)
    return Plan(jobs, into if many else None, found.passed_over, found.closed)


def _check_ending(task: Task, settings: BatchSettings) -> None:
    ending = settings.ending(task)
    if ending and task == "cutout" and not formats.output_format(ending).alpha:
        raise OutputFormatError(f"{ending} cannot hold a transparent background", "use png, webp, tif or avif")
    if ending:
        formats.output_format(ending)


def _check_output(output: Place | None, many: bool, found: Findings, settings: BatchSettings) -> None:
    if output is None:
        return
    if output == STREAM:
        if many:
            raise OutputUnwritableError("several pictures cannot go to standard output", "name a folder with -o")
    elif many:
        _check_folder(output, found)
    elif not places.takes_results(output):
        _check_file(output, settings)


def _check_folder(output: Place, found: Findings) -> None:
    """The folder need not be there."""
    if places.real(output) in map(places.real, found.roots):
        raise OutputExistsError(
            f"{output} is the folder of the photos, and results there would be photos of the next run",
            "name another folder with -o, such as one inside of it",
        )
    picture = output.suffix.lower() in formats.FORMATS
    if not places.takes_results(output) and (picture or places.exists(output)):
        raise _no_folder(output)


def _check_file(output: Place, settings: BatchSettings) -> None:
    if not output.suffix:
        raise _no_folder(output)
    formats.output_format(output.suffix)
    if settings.format != KEEP or settings.suffix is not None:
        raise ContradictionError(f"--format and --suffix do not fit -o {output}", "leave them out, or name a folder")


def _no_folder(output: Place) -> OutputUnwritableError:
    return OutputUnwritableError(
        f"{output} is no folder", "make the folder first, or for one photo name a file with an ending such as .jpg"
    )


def _nothing(sources: Sequence[Place], found: Findings) -> PhotosNoneError:
    told = ", ".join(f"{why} {count}" for why, count in found.passed_over.items())
    return PhotosNoneError(
        f"no photos in {' and '.join(map(str, sources))}{f' (passed over: {told})' if told else ''}",
        "check the folder, and --include, --exclude and --no-recursive",
    )


def _without_results(found: Findings, folder: Place) -> Sequence[Found]:
    """The photos but for results of an earlier run into that folder, as its journal knows them, which are counted."""
    lie = [one.path if one.path == STREAM else places.real(one.path) for one in found.photos]
    base = places.real(folder)
    if not any(base in place.parents for place in lie):
        return found.photos
    results = {places.real(base / entry.target) for entry in journals.read(folder).values() if entry.result}
    found.passed_over.update(["results" for place in lie if place in results])
    return [one for one, place in zip(found.photos, lie, strict=True) if place not in results]


def _target(
    one: Found, output: Place | None, into: Place | None, task: Task, look: Look, settings: BatchSettings
) -> Place:
    if output == STREAM or (output is None and one.path == STREAM):
        return STREAM
    if output and not into:
        return output
    suffix = _streamed_suffix() if one.path == STREAM else one.path.suffix
    stem = "stdin" if one.path == STREAM else one.path.stem
    name = f"{stem}{settings.suffix_of(task, look)}{settings.ending(task) or own_ending(suffix)}"
    return into / one.place.parent / name if into else one.path.parent / name


def own_ending(suffix: str) -> str:
    """The ending of a result in the format of its photo. suffix: of the photo's name, "" for none."""
    own = LIKE.get(suffix.lower(), suffix)
    return own if own.lower() in formats.FORMATS else ".png"


class _Places:
    """Where files lie: of names that their disk takes for one, as on most of Windows and macOS, the place is one.

    Disks are asked only about paths among these of which some differ in nothing else.
    """

    def __init__(self, paths: Iterable[Place]) -> None:
        distinct = {places.real(path) for path in paths if path != STREAM}
        # By their hashes, of which a million take less memory than names; one that two names share does no harm.
        often = Counter(hash(_folded(path)) for path in distinct)
        self._doubtful = {path for path in distinct if often[hash(_folded(path))] > 1}
        self._folds = functools.cache(places.takes_names_for_one)

    def of(self, path: Place) -> Place:
        """STREAM is a place of its own."""
        if path == STREAM:
            return STREAM
        place = places.real(path)
        return Path(_folded(place)) if place in self._doubtful and self._folds(place.parent) else place


def _folded(path: Place) -> str:
    return unicodedata.normalize("NFC", str(path).casefold())


def _streamed_suffix() -> str:
    """The usual ending of the photo on standard input, by its first bytes, which stay there; "" if they do not tell."""
    stream = getattr(sys.stdin, "buffer", None)
    with contextlib.suppress(OSError, ValueError):
        header = containers.read(stream.peek(files.HEAD)) if isinstance(stream, BufferedReader) else None
        return header.ending if header else ""
    return ""


def refuse_collisions(jobs: Sequence[Job], reads: Sequence[Place] = ()) -> None:
    """Raises OutputExistsError where results would have one name or a photo would be overwritten. reads: see `plan`."""
    known = _Places(path for job in jobs for path in (job.source, job.target, *reads))
    first: dict[Place, Job] = {}
    clashes: dict[Place, list[Place]] = defaultdict(list)
    for job in jobs:
        target = known.of(job.target)
        if first.setdefault(target, job) is not job:
            clashes[target] = [*(clashes[target] or [first[target].source]), job.source]
    for sources in clashes.values():
        if len({known.of(source) for source in sources}) < len(sources):
            raise OutputExistsError(f"{sources[0]} is given twice", "name each photo once")
    what = [f"{' and '.join(map(str, sources))} would all become {target.name}" for target, sources in clashes.items()]
    _refuse(what, f"{len(what)} results would each be of several photos")
    what = [
        f"{first[above].source} would become {above}, which is the folder of other results"
        for above in {above for place in first for above in place.parents if above in first}
    ]
    _refuse(what, f"{len(what)} results have the names of folders of other results")
    photos = {known.of(path) for path in (*reads, *(job.source for job in jobs)) if path != STREAM}
    for job in jobs:
        piped = job.source == STREAM and places.is_standard_input(job.target)
        if job.target != STREAM and (piped or known.of(job.target) in photos):
            raise OutputExistsError(
                f"{job.target} is a photo to read and never written to", "name another file with -o"
            )


def _refuse(what: Sequence[str], together: str) -> None:
    """Raises OutputExistsError for one or more things that clash."""
    if what:
        hint = "rename them, or write them to different folders"
        raise OutputExistsError(what[0], hint) if len(what) == 1 else OutputExistsError(together, hint, what)
