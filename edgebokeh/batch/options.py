"""The options of the commands that make pictures of photos, in groups, as Typer reads them."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from edgebokeh import options

if TYPE_CHECKING:
    from edgebokeh.look import Look


class Files(NamedTuple):
    """Where results go and what is said about them."""

    output: options.Output = None
    force: options.Force = False
    as_json: options.Json = False


class Matte(NamedTuple):
    """How the subject is found."""

    quality: options.Quality = None
    subject: options.Subject = None
    min_subject: options.MinSubject = None
    expand: options.Expand = None
    feather: options.Feather = None


class Style(NamedTuple):
    """What lies behind the subject of a blur."""

    style: options.Style = "gaussian"
    kernel: options.Kernel = None
    strength: options.Strength = None
    falloff: options.Falloff = None
    blades: options.Blades = None
    highlights: options.Highlights = None
    angle: options.Angle = None
    line: options.Line = None
    band: options.Band = None
    color: options.Color = None
    image: options.Image = None
    classic: options.Classic = False
    compare: options.Compare = False
    no_person: options.NoPerson = None


def look(matte: Matte, style: Style | None = None) -> "Look":
    """What is wanted. Raises LookError, typer.BadParameter for a colour, PhotoError for the picture of --image."""
    style = style or Style()
    color = options.parse_color(style.color) if style.color else None
    from edgebokeh import files, images
    from edgebokeh.look import Look

    picture: Path | None = style.image
    pixels = images.decode(files.read(picture), str(picture)).pixels if picture else None
    return Look(**matte._asdict(), **(style._asdict() | {"color": color, "image": pixels}))
