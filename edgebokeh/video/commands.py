"""`edgebokeh video`: the command. Nothing heavy is imported here."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from edgebokeh import opened
from edgebokeh.console import say
from edgebokeh.errors import ContradictionError, OutputUnwritableError, PhotoMissingError, VideoExtraError
from edgebokeh.option_groups import Networks, flat
from edgebokeh.video.options import Encoding, Part, Result, Scene, Source, Steadying

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels
    from edgebokeh.look import Look
    from edgebokeh.pipeline import Bokeh
    from edgebokeh.video.job import Job, Kept, Summary
    from edgebokeh.video.painter import Kind, Manner

NAMES = {"blur": "bokeh", "matte": "mask", "alpha": "cutout"}
"""What goes between a clip's name and its ending where no output is named."""

UNTOUCHED = 3600.0
"""Seconds after which nobody writes to a file any more."""

LONGEST_NAME = 255
"""Bytes of a file's name that nearly all disks take."""


def video(
    clip: Source,
    networks: Networks,
    result: Result,
    encoding: Encoding,
    part: Part,
    steadying: Steadying,
    scene: Scene,
) -> None:
    """Blur the background of a clip; its sound and times are kept. Without -o: NAME.bokeh.EXT beside it."""
    _check(clip, result)
    kind: Kind = "matte" if result.matte else "alpha" if result.alpha else "blur"
    moving = scene.image if scene.image and _moves(scene.image) else None
    look = _look(networks, scene)
    from edgebokeh.temporal import STABILITY
    from edgebokeh.video.codecs import Wish
    from edgebokeh.video.job import Job
    from edgebokeh.video.painter import Manner

    stability = STABILITY if steadying.stability is None else steadying.stability
    manner = Manner(look, kind, stability, steadying.every)
    target = _target(clip, kind, result)
    job = Job(clip, target, Wish(*encoding), *part, moving, result.force, result.keep_partial)
    bokeh = opened.load(networks, look.quality)
    opened.tell(bokeh.verdict)
    if result.preview is not None:
        _preview(bokeh, job, manner, result)
    else:
        _make(bokeh, job, manner, result)


def _check(clip: Path, result: Result) -> None:
    try:
        import av  # noqa: F401 - to see whether it is there
    except ImportError as error:
        raise VideoExtraError("PyAV is not installed", "install it with: pip install 'edgebokeh[video]'") from error
    if str(clip) == "-":
        raise PhotoMissingError("a clip cannot be read from standard input", "write it into a file, and name that")
    if result.matte and result.alpha:
        raise ContradictionError("--matte and --alpha exclude each other", "leave one of them out")
    if result.preview is not None and not 1 <= result.preview <= 100:
        raise typer.BadParameter("--preview takes 1 to 100 stills")


def _look(networks: Networks, scene: Scene) -> "Look":
    color = scene.background.rgb()
    from edgebokeh.look import Look

    quality = scene.quality or (None if networks.profile else "fast")
    image = _picture(scene.image) if scene.image else None
    return Look(**(flat(scene) | {"quality": quality, "color": color, "image": image}))


def _make(bokeh: "Bokeh", job: "Job", manner: "Manner", result: Result) -> None:
    from edgebokeh.video.job import make
    from edgebokeh.video.progress import shown, unshown

    _name_left(job.target.parent)
    with _ending(job) as kept, unshown() if result.quiet else shown() as progress:
        summary = make(bokeh, job, manner, progress, kept)
    _warn(summary)
    if result.as_json:
        from edgebokeh.evaluate import ran

        say(_row(summary, ran(bokeh, manner.look)))
    elif not result.quiet:
        say(_line(summary))


def _name_left(folder: Path) -> None:
    """Warns of what runs that were killed left in a folder: clips may be large."""
    from edgebokeh import files

    with suppress(OSError):
        for path in sorted(path for path in folder.iterdir() if files.is_temporary(path.name)):
            found = path.stat()
            if time.time() - found.st_mtime > UNTOUCHED:
                what = f"{path} ({found.st_size / 1e6:.1f} MB) is left of a run that was killed"
                say(f"edgebokeh: warning: {what}: delete it", err=True)


@contextmanager
def _ending(job: "Job") -> Iterator["Kept"]:
    """Says what is left where the user ends the work. Inside, what to call with what was kept."""
    told: list[Summary] = []

    def kept(summary: "Summary") -> None:
        told.append(summary)
        say(
            f"edgebokeh: {job.target} keeps what was made: {summary.frames} pictures, {summary.seconds:.2f} s", err=True
        )
        _warn(summary)

    try:
        yield kept
    except (KeyboardInterrupt, SystemExit):
        if not told:
            hint = "" if job.keep_partial else "; --keep-partial keeps what is done"
            say(f"edgebokeh: ended before {job.target} was made{hint}", err=True)
        raise


def _warn(summary: "Summary") -> None:
    target, texts = summary.output, [*summary.notes]
    if summary.dropped:
        others = f"; {', '.join(summary.takers)} can" if summary.takers else ""
        texts.append(f"{target.suffix} cannot be given {', '.join(summary.dropped)}: left out{others}")
    for text in texts:
        say(f"edgebokeh: warning: {target}: {text}", err=True)
    if summary.people < summary.frames:
        text = f"no person found in {summary.frames - summary.people} of {summary.frames} pictures"
        say(f"edgebokeh: warning: {summary.input}: {text}", err=True)


def _preview(bokeh: "Bokeh", job: "Job", manner: "Manner", result: Result) -> None:
    from edgebokeh import files
    from edgebokeh.formats import encode, output_format
    from edgebokeh.images import Photo
    from edgebokeh.video.sheet import sheet
    from edgebokeh.video.streams import ending

    output_format(job.target.suffix)
    files.check_target(job.target, force=job.force)
    made = job.source.with_suffix(ending(job.source, manner.kind))
    picture, times = sheet(bokeh, job, manner, made, result.preview or 1)
    files.write(encode(Photo(picture), job.target.suffix), job.target, force=job.force)
    if result.as_json:
        from edgebokeh.evaluate import ran

        told = {"input": str(job.source), "output": str(job.target), **ran(bokeh, manner.look)}
        say(json.dumps(told | {"stills": [round(float(time), 3) for time in times]}))
    elif not result.quiet:
        say(f"{job.source} -> {job.target} ({len(times)} stills)")


def _target(clip: Path, kind: "Kind", result: Result) -> Path:
    """Where the result goes. Raises OutputUnwritableError, and for an unnamed one what reading the clip raises."""
    from edgebokeh import files

    if result.output and not files.is_folder(result.output):
        return result.output
    from edgebokeh.video.clip import check
    from edgebokeh.video.streams import ending

    check(clip)
    ends = ".preview.jpg" if result.preview is not None else f".{NAMES[kind]}{ending(clip, kind)}"
    # What has no letter is no ending but a part of the name: "Talk 10.30".
    stem = clip.stem if any(sign.isalpha() for sign in clip.suffix) else clip.name
    target = clip.with_name(stem + ends)
    if len(os.fsencode(target.name)) > LONGEST_NAME:
        raise OutputUnwritableError(f"{target.name} is too long for a name", "name a shorter one with -o")
    return result.output / target.name if result.output else target


def _moves(path: Path) -> bool:
    """Whether a file is to be read as a clip: what has not the ending of a picture."""
    from edgebokeh.formats import FORMATS

    return path.suffix.lower() not in FORMATS


def _picture(path: Path) -> "Pixels":
    from contextlib import closing
    from fractions import Fraction

    from edgebokeh import files, images
    from edgebokeh.video.loop import Loop

    if str(path) == "-":
        raise PhotoMissingError("--image cannot be read from standard input", "write it into a file, and name that")
    if not _moves(path):
        return images.decode(files.read(path), str(path)).pixels
    with closing(Loop(path)) as loop:
        return loop.at(Fraction(0))


def _line(summary: "Summary") -> str:
    speed = f"{summary.frames / summary.took:.1f} fps, {summary.seconds / summary.took:.2f}× real time"
    copied = f", streams copied: {summary.copied}" if summary.copied else ""
    what = f"{summary.frames} pictures, {summary.codec} {summary.pixels}, {summary.bytes / 1e6:.1f} MB{copied}"
    return f"{summary.input} -> {summary.output} ({what}; {speed})"


def _row(summary: "Summary", ran: dict[str, Any]) -> str:
    data = asdict(summary) | ran
    rounded = {stage: round(spent, 1) for stage, spent in summary.milliseconds.items()}
    told = {"input": str(summary.input), "output": str(summary.output), "size": list(summary.size)[::-1]}
    times = {"seconds": round(summary.seconds, 3), "took": round(summary.took, 3), "milliseconds": rounded}
    return json.dumps(data | told | times | {"fps": round(summary.frames / summary.took, 2)})
