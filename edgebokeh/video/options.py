"""The options of `edgebokeh video`, in groups, as Typer reads them. Nothing heavy is imported here."""

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from edgebokeh import options
from edgebokeh.option_groups import Background, Finding


def parse_time(text: str) -> float:
    """Seconds from "12.5", "1:02.5" or "1:00:02.5". Raises typer.BadParameter."""
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+\.?\d*|\.\d+)", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a time such as 12.5 or 1:02.5")
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)


Source = Annotated[Path, typer.Argument(metavar="CLIP", callback=options.local, help="Clip to read.")]
Target = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        callback=options.local,
        help="File to write: .mp4, .mov, .mkv, .webm, .m4v, or a folder; with --preview a picture.",
    ),
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
Start = Annotated[
    float | None, typer.Option(metavar="TIME", parser=parse_time, help="Leave out what comes before: 12.5 or 1:02.5.")
]
End = Annotated[
    float | None, typer.Option(metavar="TIME", parser=parse_time, help="Leave out what comes from then on.")
]
Preview = Annotated[
    int | None, typer.Option(metavar="N", help="Write N stills of the result as one picture instead of the clip.")
]
KeepPartial = Annotated[
    bool, typer.Option("--keep-partial", help="After an error or Ctrl-C keep what was made, playable.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but what is wrong.")]
Quality = Annotated[str | None, typer.Option(metavar="NAME", help="fast, balanced or best. [default: fast]")]
Behind = Annotated[
    Path | None,
    typer.Option(metavar="FILE", callback=options.local, help="image: the picture or clip behind the subject."),
]
NoPerson = Annotated[
    Literal["keep", "blur", "fail"] | None,
    typer.Option(help="A picture without a person: keep it sharp, blur all of it, or fail. [default: blur]"),
]


class Result(NamedTuple):
    """What is written, and what is said about it."""

    output: Target = None
    matte: Grey = False
    alpha: Transparent = False
    preview: Preview = None
    keep_partial: KeepPartial = False
    force: options.Force = False
    quiet: Quiet = False
    as_json: options.Json = False


class Encoding(NamedTuple):
    """How it is encoded."""

    codec: Codec = None
    crf: Crf = None
    preset: Preset = None


class Part(NamedTuple):
    """Which part of the clip is read."""

    start: Start = None
    end: End = None


class Steadying(NamedTuple):
    """How mattes follow each other."""

    stability: Stability = None
    every: Every = 1


class Scene(NamedTuple):
    """How the subject is found, and what lies behind it: settings of a Look."""

    quality: Quality = None
    finding: Finding = Finding()
    background: Background = Background()
    image: Behind = None
    no_person: NoPerson = None
