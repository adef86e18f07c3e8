"""What is read and where each result goes, settled before any work starts."""

import contextlib
import functools
import os
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from edgebokeh import containers, files, formats
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
from edgebokeh.results import Task

LIKE = {".jpe": ".jpg", ".jfif": ".jpg", ".dib": ".bmp"}
"""Rarer endings of photos, and those that their results have."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to read and one file to write. Either may be STREAM."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """jobs: one for each photo. folder: where all results go and a journal is kept, None where there is none.

    passed_over: how many things in folders are not taken, by why. closed: folders that cannot be searched
    and photos that cannot be worked on, and why.
    """

    jobs: Sequence[Job]
    folder: Path | None = None
    passed_over: Mapping[str, int] = field(default_factory=dict)
    closed: Sequence[tuple[Path, EdgeBokehError]] = ()


def plan(
    sources: Sequence[Path],
    output: Path | None = None,
    task: Task = "blur",
    look: Look | None = None,
    settings: BatchSettings | None = None,
    *,
    reads: Sequence[Path] = (),
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
    found = find(sources, settings.search(files.real(output) if output and output != STREAM else None))
    many = bool(found.roots) or len(found.photos) > 1
    _check_ending(task, settings)
    if output is None and (folders := [source for source in sources if source in found.roots]):
        raise PhotoIsFolderError(f"{folders[0]} is a folder", "name the folder for the results with -o")
    _check_output(output, many, found, settings)
    into = output if output and output != STREAM and (many or files.is_folder(output)) else None
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


def _check_output(output: Path | None, many: bool, found: Findings, settings: BatchSettings) -> None:
    if output is None:
        return
    if output == STREAM:
        if many:
            raise OutputUnwritableError("several pictures cannot go to standard output", "name a folder with -o")
    elif many:
        _check_folder(output, found)
    elif not files.is_folder(output):
        _check_file(output, settings)


def _check_folder(output: Path, found: Findings) -> None:
    """The folder need not be there."""
    if files.real(output) in map(files.real, found.roots):
        raise OutputExistsError(
            f"{output} is the folder of the photos, and results there would be photos of the next run",
            "name another folder with -o, such as one inside of it",
        )
    picture = output.suffix.lower() in formats.FORMATS
    if not files.is_folder(output) and (picture or os.path.lexists(output)):
        raise _no_folder(output)


def _check_file(output: Path, settings: BatchSettings) -> None:
    if not output.suffix:
        raise _no_folder(output)
    formats.output_format(output.suffix)
    if settings.format != KEEP or settings.suffix is not None:
        raise ContradictionError(f"--format and --suffix do not fit -o {output}", "leave them out, or name a folder")


def _no_folder(output: Path) -> OutputUnwritableError:
    return OutputUnwritableError(
        f"{output} is no folder", "make the folder first, or for one photo name a file with an ending such as .jpg"
    )


def _nothing(sources: Sequence[Path], found: Findings) -> PhotosNoneError:
    told = ", ".join(f"{why} {count}" for why, count in found.passed_over.items())
    return PhotosNoneError(
        f"no photos in {' and '.join(map(str, sources))}{f' (passed over: {told})' if told else ''}",
        "check the folder, and --include, --exclude and --no-recursive",
    )


def _without_results(found: Findings, folder: Path) -> Sequence[Found]:
    """The photos but for results of an earlier run into that folder, as its journal knows them, which are counted."""
    places = [one.path if one.path == STREAM else files.real(one.path) for one in found.photos]
    base = files.real(folder)
    if not any(base in place.parents for place in places):
        return found.photos
    results = {files.real(base / entry.target) for entry in journals.read(folder).values() if entry.result}
    found.passed_over.update(["results" for place in places if place in results])
    return [one for one, place in zip(found.photos, places, strict=True) if place not in results]


def _target(
    one: Found, output: Path | None, into: Path | None, task: Task, look: Look, settings: BatchSettings
) -> Path:
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

    def __init__(self, paths: Iterable[Path]) -> None:
        distinct = {files.real(path) for path in paths if path != STREAM}
        often = Counter(map(_folded, distinct))
        self._doubtful = {path for path in distinct if often[_folded(path)] > 1}
        self._folds = functools.cache(files.takes_names_for_one)

    def of(self, path: Path) -> Path:
        """STREAM is a place of its own."""
        if path == STREAM:
            return STREAM
        place = files.real(path)
        return _folded(place) if place in self._doubtful and self._folds(place.parent) else place


def _folded(path: Path) -> Path:
    return Path(unicodedata.normalize("NFC", str(path).casefold()))


def _streamed_suffix() -> str:
    """The usual ending of the photo on standard input, by its first bytes, which stay there; "" if they do not tell."""
    stream = getattr(sys.stdin, "buffer", None)
    with contextlib.suppress(OSError, ValueError):
        header = containers.read(stream.peek(files.HEAD)) if isinstance(stream, BufferedReader) else None
        return header.ending if header else ""
    return ""


def refuse_collisions(jobs: Sequence[Job], reads: Sequence[Path] = ()) -> None:
    """Raises OutputExistsError where results would have one name or a photo would be overwritten. reads: see `plan`."""
    places = _Places(path for job in jobs for path in (job.source, job.target, *reads))
    sources_of: dict[Path, list[Path]] = defaultdict(list)
    for job in jobs:
        sources_of[places.of(job.target)].append(job.source)
    clashes = {target: sources for target, sources in sources_of.items() if len(sources) > 1}
    for sources in clashes.values():
        if len({places.of(source) for source in sources}) < len(sources):
            raise OutputExistsError(f"{sources[0]} is given twice", "name each photo once")
    what = [f"{' and '.join(map(str, sources))} would all become {target.name}" for target, sources in clashes.items()]
    _refuse(what, f"{len(what)} results would each be of several photos")
    what = [
        f"{sources_of[above][0]} would become {above}, which is the folder of other results"
        for above in {above for place in sources_of for above in place.parents if above in sources_of}
    ]
    _refuse(what, f"{len(what)} results have the names of folders of other results")
    photos = {places.of(path) for path in (*reads, *(job.source for job in jobs)) if path != STREAM}
    for job in jobs:
        piped = job.source == STREAM and files.is_standard_input(job.target)
        if job.target != STREAM and (piped or places.of(job.target) in photos):
            raise OutputExistsError(
                f"{job.target} is a photo to read and never written to", "name another file with -o"
            )


def _refuse(what: Sequence[str], together: str) -> None:
    """Raises OutputExistsError for one or more things that clash."""
    if what:
        hint = "rename them, or write them to different folders"
        raise OutputExistsError(what[0], hint) if len(what) == 1 else OutputExistsError(together, hint, what)
