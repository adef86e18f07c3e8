"""The options that commands share, as Typer reads them. Nothing heavy is imported here."""

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer


class Networks(NamedTuple):
    """Which networks to open and how, as the options of these names say."""

    model: str
    spec: str | None
    gate: str | None
    provider: list[str] | None
    provider_option: list[str] | None
    allow_fallback: bool
    threads: int | None
    no_cache: bool


def parse_settings(texts: list[str]) -> dict[str, str]:
    """Names and values from "name=value" texts. Raises typer.BadParameter."""
    pairs = [text.partition("=") for text in texts]
    for name, sign, _ in pairs:
        if not (name and sign):
            raise typer.BadParameter(f"{name!r} is no option of a provider such as device_id=1")
    return {name: value for name, _, value in pairs}


def parse_color(text: str) -> tuple[int, int, int]:
    """Red, green, blue from "#rrggbb". Raises typer.BadParameter."""
    match = re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a colour such as #2060a0")
    red, green, blue = (int(part, 16) for part in match.groups())
    return red, green, blue


Photos = Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos to read; - is standard input.")]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="OUT", help="File to write, a folder for several photos, or - for stdout."),
]
Model = Annotated[str, typer.Option(metavar="NAME|FILE", help="The finder: a name from `edgebokeh models`, or a file.")]
Spec = Annotated[
    str | None,
    typer.Option(metavar="NAME|JSON", help="How to feed a model that does not say: deeplabv3, or a JSON file."),
]
Gate = Annotated[
    str | None,
    typer.Option(metavar="NAME|FILE", help="A class-aware model, such as a DeepLabv3, that must see a person too."),
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
Json = Annotated[bool, typer.Option("--json", help="Print JSON: one object per photo, model, provider and so on.")]

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
Image = Annotated[Path | None, typer.Option(metavar="FILE", help="image: the picture to put behind the subject.")]
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
