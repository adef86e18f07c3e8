"""`edgebokeh video`: the command and its options. Nothing heavy is imported here."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edgebokeh import opened, options
from edgebokeh.console import say
from edgebokeh.errors import ContradictionError, VideoExtraError
from edgebokeh.option_groups import Networks

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels
    from edgebokeh.pipeline import Bokeh
    from edgebokeh.video.job import Job, Summary
    from edgebokeh.video.painter import Kind, Manner

NAMES = {"blur": "bokeh", "matte": "mask", "alpha": "cutout"}
"""What goes between a clip's name and its ending where no output is named."""

Source = Annotated[Path, typer.Argument(metavar="CLIP", help="Clip to read.")]
Target = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="File to write: .mp4, .mov, .mkv, .webm, .m4v, or a picture."),
]
Grey = Annotated[bool, typer.Option("--matte", help="Write the matte as a grey clip, white on the subject.")]
Transparent = Annotated[
    bool, typer.Option("--alpha", help="Write the subject with an alpha channel: to .webm, .mov or .mkv.")
]
Codec = Annotated[
    str | None, typer.Option(metavar="NAME", help="h264, hevc, av1, vp9, prores or ffv1. [default: as the clip's]")
]
Crf = Annotated[
    int | None, typer.Option(metavar="N", help="Constant quality, smaller is better. [default: about the clip's size]")
]
Preset = Annotated[str | None, typer.Option(metavar="NAME", help="The encoder's effort, in its own words.")]
Stability = Annotated[
    float | None, typer.Option(metavar="0..1", help="How much the matte is kept where nothing moves. [default: 0.85]")
]
Every = Annotated[int, typer.Option(metavar="N", help="Look for people in one of N pictures; carry mattes along.")]
Start = Annotated[float | None, typer.Option(metavar="SECONDS", help="Leave out what comes before.")]
End = Annotated[float | None, typer.Option(metavar="SECONDS", help="Leave out what comes from then on.")]
Preview = Annotated[
    int | None, typer.Option(metavar="N", help="Write N stills of the result as one picture instead of the clip.")
]
KeepPartial = Annotated[
    bool, typer.Option("--keep-partial", help="After an error or Ctrl-C keep what was made, playable.")
]
NoPerson = Annotated[
    Literal["keep", "blur", "fail"] | None,
    typer.Option(help="A picture without a person: keep it sharp, blur all of it, or fail. [default: blur]"),
]
Quality = Annotated[str | None, typer.Option(metavar="NAME", help="fast, balanced or best. [default: fast]")]
Behind = Annotated[Path | None, typer.Option(metavar="FILE", help="image: the picture or clip behind the subject.")]


def video(
    clip: Source,
    networks: Networks,
    output: Target = None,
    matte: Grey = False,
    alpha: Transparent = False,
    codec: Codec = None,
    crf: Crf = None,
    preset: Preset = None,
    stability: Stability = None,
    every: Every = 1,
    start: Start = None,
    end: End = None,
    preview: Preview = None,
    keep_partial: KeepPartial = False,
    quality: Quality = None,
    style: options.Style = "gaussian",
    kernel: options.Kernel = None,
    strength: options.Strength = None,
    falloff: options.Falloff = None,
    subject: options.Subject = None,
    min_subject: options.MinSubject = None,
    expand: options.Expand = None,
    feather: options.Feather = None,
    blades: options.Blades = None,
    highlights: options.Highlights = None,
    angle: options.Angle = None,
    line: options.Line = None,
    band: options.Band = None,
    color: options.Color = None,
    image: Behind = None,
    no_person: NoPerson = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Blur the background of a clip; its sound and times are kept. Without -o: NAME.bokeh.EXT beside it."""
    _check_extra()
    if matte and alpha:
        raise ContradictionError("--matte and --alpha exclude each other", "leave one of them out")
    kind: Kind = "matte" if matte else "alpha" if alpha else "blur"
    rgb = None if color is None else options.parse_color(color)
    from edgebokeh.look import Look
    from edgebokeh.temporal import STABILITY
    from edgebokeh.video.codecs import Wish
    from edgebokeh.video.job import Job
    from edgebokeh.video.painter import Manner

    moving = image is not None and _moves(image)
    look = Look(
        style=style,
        kernel=kernel,
        strength=strength,
        falloff=falloff,
        quality=quality or (None if networks.profile else "fast"),
        subject=subject,
        min_subject=min_subject,
        expand=expand,
        feather=feather,
        blades=blades,
        highlights=highlights,
        angle=angle,
        line=line,
        band=band,
        color=rgb,
        image=_picture(image) if image else None,
        no_person=no_person,
    )
    manner = Manner(look, kind, STABILITY if stability is None else stability, every)
    target = output or _beside(clip, kind, preview)
    wish = Wish(codec, crf, preset)
    job = Job(clip, target, wish, start, end, image if moving else None, force, keep_partial)
    bokeh = opened.load(networks, look.quality)
    opened.tell(bokeh.verdict)
    if preview is not None:
        _preview(bokeh, job, manner, preview)
    else:
        _make(bokeh, job, manner, as_json=as_json)


def _check_extra() -> None:
    try:
        import av  # noqa: F401 - to see whether it is there
    except ImportError as error:
        raise VideoExtraError("PyAV is not installed", "install it with: pip install 'edgebokeh[video]'") from error


def _make(bokeh: "Bokeh", job: "Job", manner: "Manner", *, as_json: bool) -> None:
    from edgebokeh.video.job import make
    from edgebokeh.video.progress import shown

    with shown() as progress:
        summary = make(bokeh, job, manner, progress)
    for text in [*summary.notes, *(f"the container cannot take {what}: left out" for what in summary.dropped)]:
        say(f"edgebokeh: warning: {job.target}: {text}", err=True)
    if summary.people < summary.frames:
        text = f"no person found in {summary.frames - summary.people} of {summary.frames} pictures"
        say(f"edgebokeh: warning: {job.source}: {text}", err=True)
    say(_row(summary) if as_json else _line(summary))


def _preview(bokeh: "Bokeh", job: "Job", manner: "Manner", count: int) -> None:
    from edgebokeh import files
    from edgebokeh.formats import encode, output_format
    from edgebokeh.images import Photo
    from edgebokeh.video.sheet import sheet

    if not 1 <= count <= 100:
        raise typer.BadParameter("--preview takes 1 to 100 stills")
    output_format(job.target.suffix)
    files.check_target(job.target, force=job.force)
    picture = sheet(bokeh, job.source, count, manner, job.start, job.end, job.behind)
    files.write(encode(Photo(picture), job.target.suffix), job.target, force=job.force)
    say(f"{job.source} -> {job.target} ({count} stills)")


def _beside(clip: Path, kind: "Kind", preview: int | None) -> Path:
    from edgebokeh.video.codecs import BOXES

    if preview is not None:
        return clip.with_suffix(".preview.jpg")
    kept = clip.suffix.lower() in BOXES and (kind != "alpha" or BOXES[clip.suffix.lower()].alpha)
    return clip.with_suffix(f".{NAMES[kind]}{clip.suffix if kept else '.webm' if kind == 'alpha' else '.mp4'}")


def _moves(path: Path) -> bool:
    """Whether a file is to be read as a clip: what has not the ending of a picture."""
    from edgebokeh.formats import FORMATS

    return path.suffix.lower() not in FORMATS


def _picture(path: Path) -> "Pixels":
    from fractions import Fraction

    from edgebokeh import files, images
    from edgebokeh.video.loop import Loop

    return Loop(path).at(Fraction(0)) if _moves(path) else images.decode(files.read(path), str(path)).pixels


def _line(summary: "Summary") -> str:
    speed = f"{summary.frames / summary.took:.1f} fps, {summary.seconds / summary.took:.2f}× real time"
    copied = f", streams copied: {summary.copied}" if summary.copied else ""
    what = f"{summary.frames} pictures, {summary.codec} {summary.pixels}, {summary.bytes / 1e6:.1f} MB{copied}"
    return f"{summary.input} -> {summary.output} ({what}; {speed})"


def _row(summary: "Summary") -> str:
    data = asdict(summary)
    rounded = {stage: round(spent, 1) for stage, spent in summary.milliseconds.items()}
    told = {"input": str(summary.input), "output": str(summary.output), "size": list(summary.size)[::-1]}
    times = {"seconds": round(summary.seconds, 3), "took": round(summary.took, 3), "milliseconds": rounded}
    return json.dumps(data | told | times | {"fps": round(summary.frames / summary.took, 2)})
