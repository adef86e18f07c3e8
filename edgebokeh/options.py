"""The options that commands share, as Typer reads them. Nothing heavy is imported here."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What Typer raises for wrong options; it has no public name."""

Files = TypeVar("Files", bound=str | Path | Sequence[Path] | None)


def local(value: Files) -> Files:
    """Files or folders of this machine, as they are. Raises typer.BadParameter for a URL, also as a path spells it."""
    for one in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
        if url := re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", str(one), re.DOTALL):
            typed = "://".join(url.groups())
            raise typer.BadParameter(f"{typed} is a URL, as photos and their results alone can have: copy it to a file")
    return value


def parse_settings(texts: list[str]) -> dict[str, str]:
    """Names and values from "name=value" texts. Raises typer.BadParameter."""
    pairs = [text.partition("=") for text in texts]
    for name, sign, _ in pairs:
        if not (name and sign):
            raise typer.BadParameter(f"{name!r} is not NAME=VALUE, such as device_id=1")
    return {name: value for name, _, value in pairs}


def parse_color(text: str) -> tuple[int, int, int]:
    """Red, green, blue from "#rrggbb". Raises typer.BadParameter."""
    match = re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a colour such as #2060a0")
    red, green, blue = (int(part, 16) for part in match.groups())
    return red, green, blue


def parse_percent(text: str) -> float:
    """A share, 0..1 or more, from "5%" or "5". Raises typer.BadParameter."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a percentage such as 5%")
    return float(match[1]) / 100


def parse_seconds(text: str) -> float:
    """Seconds from "60s", "60" or "2m". Raises typer.BadParameter."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([sm]?)", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a time such as 60s or 2m")
    return float(match[1]) * (60 if match[2] == "m" else 1)


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) from "WIDTHxHEIGHT", or from one number for a square. Raises typer.BadParameter."""
    match = re.fullmatch(r"(\d{1,5})(?:[x×](\d{1,5}))?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a size such as 512 or 640x480")
    return int(match[2] or match[1]), int(match[1])


def parse_triple(text: str) -> tuple[float, float, float]:
    """Three numbers from "a,b,c", or from one number for all three. Raises typer.BadParameter."""
    try:
        numbers = [float(part) for part in text.split(",")]
        red, green, blue = numbers * 3 if len(numbers) == 1 else numbers
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not three numbers such as 0.485,0.456,0.406") from error
    return red, green, blue


Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        callback=local,
        help="The finder: a name from `edgebokeh models`, or a file. [default: selfie]",
    ),
]
Spec = Annotated[
    str | None,
    typer.Option(metavar="NAME|JSON", help="How to feed a model that does not say: deeplabv3, or a JSON file."),
]
InputSize = Annotated[
    str | None,
    typer.Option(metavar="N|WxH", help="A model that does not say: its input in pixels. [default: its own, else 512]"),
]
Mean = Annotated[
    str | None,
    typer.Option(metavar="R,G,B", help="The same: what it wants taken off colours in 0..1. [default: 0]"),
]
Std = Annotated[
    str | None, typer.Option(metavar="R,G,B", help="The same: what it wants them divided by then. [default: 1]")
]
ModelLayout = Annotated[
    Literal["NCHW", "NHWC"] | None, typer.Option("--layout", help="The same: order of its dimensions. [default: seen]")
]
PersonIndex = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="The same: which of its planes is the person, from 0. [default: the last of one or two]"
    ),
]
OutputKind = Annotated[
    Literal["prob", "logits"] | None, typer.Option(help="The same: what its output means. [default: seen]")
]
Gate = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        callback=local,
        help="A class-aware model, such as a DeepLabv3, that must see a person too.",
    ),
]
Provider = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[:DEVICE]",
        help="Execution provider to run on: cpu, cuda, openvino:GPU, auto, …; several in order of wish. [default: cpu]",
    ),
]
ProviderOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="An option of the first provider, in its own words; repeatable."),
]
AllowFallback = Annotated[
    bool,
    typer.Option("--allow-fallback", help="Where a provider does not run, take the next one, and at last the CPU."),
]
Threads = Annotated[
    int | None, typer.Option(metavar="N", help="Threads to work with. [default: the cores that this process may use]")
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Neither take optimised networks from the cache nor keep them.")
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|auto",
        help="A device profile from `edgebokeh tune`, for what no other option says; auto is one of this machine.",
    ),
]
Quality = Annotated[
    str | None, typer.Option(metavar="NAME", help="fast, balanced or best. [default: balanced; see `edgebokeh styles`]")
]
Subject = Annotated[
    Literal["all", "main"] | None,
    typer.Option(help="All people, or the largest and most central one alone. [default: all]"),
]
MinSubject = Annotated[
    float | None, typer.Option(metavar="PERCENT", help="A smaller subject counts as no person. [default: 0.5]")
]
Expand = Annotated[
    float | None, typer.Option(metavar="PX", help="Move the subject's edge outwards, or inwards below 0.")
]
Feather = Annotated[float | None, typer.Option(metavar="PX", help="Soften the subject's edge over so many pixels.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]


def _note(context: typer.Context, as_json: bool) -> bool:
    """Leaves word of --json where the error boundary finds it."""
    context.ensure_object(dict)["json"] = as_json
    return as_json


Json = Annotated[
    bool,
    typer.Option("--json", callback=_note, help="Print JSON: one object per photo, model, provider and so on."),
]

MaxMegapixels = Annotated[float, typer.Option(metavar="N", help="Refuse larger photos, by their header; up to 1073.")]
QualityJpeg = Annotated[
    int | None, typer.Option(metavar="1..100", help="Of JPEG results. [default: near the photo's own, else 95]")
]
Strip = Annotated[
    bool,
    typer.Option(
        "--strip", help="Leave out EXIF, XMP, IPTC and comments. They are kept otherwise, the GPS position too."
    ),
]

Style = Annotated[str, typer.Option(metavar="NAME", help="How the background looks: see `edgebokeh styles`.")]
Kernel = Annotated[
    int | None,
    typer.Option(metavar="N", help="Gaussian kernel in pixels, odd. [default: 51 per 1024 px of the long side]"),
]
Strength = Annotated[float | None, typer.Option(metavar="0..100", help="Instead of a kernel: relative to the photo.")]
Falloff = Annotated[
    float | None,
    typer.Option(metavar="PERCENT", help="Let the blur grow over this share of the long side. [default: 0]"),
]
Blades = Annotated[
    int | None, typer.Option(metavar="N", help="lens: blades of the aperture, 3 to 12. [default: 0, round]")
]
Highlights = Annotated[
    float | None, typer.Option(metavar="0..100", help="lens: how far bright spots bloom. [default: 50]")
]
Angle = Annotated[float | None, typer.Option(metavar="DEGREES", help="motion: of the streaks. [default: 0]")]
Line = Annotated[
    float | None, typer.Option(metavar="PERCENT", help="tilt: sharp at this height. [default: the subject's feet]")
]
Band = Annotated[float | None, typer.Option(metavar="PERCENT", help="tilt: height that stays sharp. [default: 20]")]
Color = Annotated[str | None, typer.Option(metavar="#RRGGBB", help="color: what to put behind the subject.")]
Image = Annotated[
    Path | None, typer.Option(metavar="FILE", callback=local, help="image: the picture to put behind the subject.")
]
Classic = Annotated[bool, typer.Option("--classic", help="The plain method: hard mask, kernel 51, bitwise join.")]
Compare = Annotated[bool, typer.Option("--compare", help="Write photo, mask and result side by side.")]
NoPerson = Annotated[
    Literal["keep", "blur", "fail"] | None,
    typer.Option(help="A photo without a person: keep it sharp, blur all of it, or fail. [default: keep]"),
]
Images = Annotated[Path, typer.Option(metavar="DIR", help="Folder of photos.")]
Masks = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of true masks, white on the subject, named like the photos.")
]
Sheet = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a contact sheet of the ten worst photos: .png, .jpg …")
]

ProfileName = Annotated[str, typer.Argument(metavar="NAME", help="A profile that `edgebokeh profiles` lists.")]
ProfileTarget = Annotated[str, typer.Argument(metavar="FILE", help="File to write; - is standard output.")]
NewProfileName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What to call the profile. [default: this machine's name]")
]
TuneBudget = Annotated[str, typer.Option("--budget", metavar="TIME", help="Time for all of it, such as 60s or 5m.")]
MaxLoss = Annotated[
    float, typer.Option("--max-loss", metavar="0..1", help="IoU that mattes may lose against the default setting's.")
]
TunePhotos = Annotated[
    list[Path] | None,
    typer.Option("--photo", metavar="FILE", help="A photo with people; repeatable. [default: the sample portrait]"),
]
ModelName = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A model from `edgebokeh models`, or a file.")]
Copy = Annotated[Path, typer.Option("-o", "--output", metavar="COPY", help="The .onnx file to write.")]
