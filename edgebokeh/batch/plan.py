"""What is read and where each result goes, settled before any work starts."""

import contextlib
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from edgebokeh import containers, files, formats
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
    A journal is kept where several photos go to a folder.
    Raises OutputUnwritableError where several photos would go to one file, OutputExistsError where results would have
    one name or a photo would be overwritten, OutputFormatError for an ending that cannot hold the result,
    PhotoIsFolderError for a folder without an output folder, PhotosNoneError where nothing is found.
    """
    look, settings = look or Look(), settings or BatchSettings()
    found = find(sources, settings.search(files.real(output) if output and output != STREAM else None))
    many = bool(found.roots) or len(found.photos) > 1
    _check_ending(task, settings)
    if output is None and (folders := [source for source in sources if source in found.roots]):
        raise PhotoIsFolderError(f"{folders[0]} is a folder", "name the folder for the results with -o")
    _check_output(output, many, found, settings)
    if not found.photos and not found.closed:
        raise _nothing(sources, found)
    into = output if output and output != STREAM and (many or files.is_folder(output)) else None
    jobs = [Job(one.path, _target(one, output, into, task, look, settings)) for one in found.photos]
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


def _target(
    one: Found, output: Path | None, into: Path | None, task: Task, look: Look, settings: BatchSettings
) -> Path:
    if output == STREAM or (output is None and one.path == STREAM):
        return STREAM
    if output and not into:
        return output
    suffix = _streamed_suffix() if one.path == STREAM else one.path.suffix
    own = suffix if suffix.lower() in formats.FORMATS else ".png"
    stem = "stdin" if one.path == STREAM else one.path.stem
    name = f"{stem}{settings.suffix_of(task, look)}{settings.ending(task) or own}"
    return into / one.place.parent / name if into else one.path.parent / name


def _streamed_suffix() -> str:
    """The usual ending of the photo on standard input, by its first bytes, which stay there; "" if they do not tell."""
    stream = getattr(sys.stdin, "buffer", None)
    with contextlib.suppress(OSError, ValueError):
        header = containers.read(stream.peek(files.HEAD)) if isinstance(stream, BufferedReader) else None
        return header.ending if header else ""
    return ""


def refuse_collisions(jobs: Sequence[Job], reads: Sequence[Path] = ()) -> None:
    """Raises OutputExistsError where results would have one name or a photo would be overwritten. reads: see `plan`."""
    sources_of: dict[Path, list[Path]] = defaultdict(list)
    for job in jobs:
        sources_of[job.target if job.target == STREAM else files.real(job.target)].append(job.source)
    clashes = {target: sources for target, sources in sources_of.items() if len(sources) > 1}
    for sources in clashes.values():
        if len({files.real(source) for source in sources}) < len(sources):
            raise OutputExistsError(f"{sources[0]} is given twice", "name each photo once")
    if clashes:
        what = [
            f"{' and '.join(map(str, sources))} would all become {target.name}" for target, sources in clashes.items()
        ]
        hint = "rename them, or write them to different folders"
        if len(what) == 1:
            raise OutputExistsError(what[0], hint)
        raise OutputExistsError(f"{len(what)} results would each be of several photos", hint, what)
    photos = {files.real(path) for path in (*reads, *(job.source for job in jobs)) if path != STREAM}
    for job in jobs:
        piped = job.source == STREAM and files.is_standard_input(job.target)
        if job.target != STREAM and (piped or files.real(job.target) in photos):
            raise OutputExistsError(
                f"{job.target} is a photo to read and never written to", "name another file with -o"
            )
