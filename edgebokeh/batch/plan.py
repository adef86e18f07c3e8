"""What is read and where each result goes, settled before any work starts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebokeh import files, images
from edgebokeh.errors import OutputExistsError, OutputUnwritableError

STREAM = Path("-")
"""Stands for standard input as a source and standard output as a target."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to read and one file to write. Either may be STREAM."""

    source: Path
    target: Path


def plan(
    sources: Sequence[Path], output: Path | None, suffix: str, ending: str = "", reads: Sequence[Path] = ()
) -> list[Job]:
    """One job per photo.

    output: a file for one photo, an existing folder for any number, STREAM, or None for beside each photo (for STREAM:
    to STREAM). suffix: goes between a photo's name and its ending: "bokeh" makes NAME.bokeh.jpg. ending: of all
    results; "" keeps each photo's own where edgebokeh writes that format, and takes .png otherwise. reads: other files
    that must not be written to.
    Raises OutputUnwritableError where several photos would go to one file, OutputExistsError where two results would
    have one name or a photo would be overwritten, OutputFormatError for an output ending that is no picture format.
    """
    if output == STREAM and len(sources) > 1:
        raise OutputUnwritableError("several pictures cannot go to standard output", "name a folder with -o")
    if output and output != STREAM and not files.is_folder(output):
        if len(sources) > 1 or not output.suffix:
            raise OutputUnwritableError(
                f"{output} is no folder",
                "make the folder first, or for one photo name a file with an ending such as .jpg",
            )
        images.output_format(output.suffix)
    jobs = [Job(source, _target(source, output, suffix, ending)) for source in sources]
    _refuse_collisions(jobs, reads)
    return jobs


def _target(source: Path, output: Path | None, suffix: str, ending: str) -> Path:
    if output == STREAM or (output is None and source == STREAM):
        return STREAM
    if output and not files.is_folder(output):
        return output
    own = source.suffix if source.suffix.lower() in images.FORMATS else ".png"
    stem = "stdin" if source == STREAM else source.stem
    return (output or source.parent) / f"{stem}.{suffix}{ending or own}"


def _refuse_collisions(jobs: Sequence[Job], reads: Sequence[Path]) -> None:
    sources_of: dict[Path, list[Path]] = defaultdict(list)
    for job in jobs:
        sources_of[job.target if job.target == STREAM else files.real(job.target)].append(job.source)
    for target, sources in sources_of.items():
        if len({files.real(source) for source in sources}) < len(sources):
            raise OutputExistsError(f"{sources[0]} is given twice", "name each photo once")
        if len(sources) > 1:
            raise OutputExistsError(
                f"{' and '.join(map(str, sources))} would all become {target.name}",
                "rename them, or write them to different folders",
            )
    photos = {files.real(path) for path in (*reads, *(job.source for job in jobs)) if path != STREAM}
    for job in jobs:
        piped = job.source == STREAM and files.is_standard_input(job.target)
        if job.target != STREAM and (piped or files.real(job.target) in photos):
            raise OutputExistsError(
                f"{job.target} is a photo to read and never written to", "name another file with -o"
            )
