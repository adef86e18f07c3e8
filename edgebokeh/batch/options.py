"""The options of the commands that make pictures of photos, in groups, as Typer reads them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from edgebokeh import options
from edgebokeh.option_groups import Background, Finding, Networks, PhotoFiles, flat

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels
    from edgebokeh.batch.settings import BatchSettings, Cluster
    from edgebokeh.look import Look

Photos = Annotated[
    list[str], typer.Argument(metavar="PHOTO", help="Photos, folders, globs such as '2024/**/*.jpg', URLs; - is stdin.")
]
Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER", callback=options.local, help="Folders to watch.")]
Output = Annotated[
    str | None,
    typer.Option(
        "-o", "--output", metavar="OUT", help="File to write, a folder for several photos, their URL, or - for stdout."
    ),
]
Format = Annotated[
    Literal["keep", "jpg", "png", "webp", "avif"],
    typer.Option(help="Of all results; keep is each photo's own for a blur, png for a mask or a cutout."),
]
Suffix = Annotated[
    str | None, typer.Option(metavar="TEXT", help='What is added to names, "" for nothing. [default: bokeh, mask …]')
]
Recursive = Annotated[bool, typer.Option("--recursive/--no-recursive", help="Take what lies in subfolders too.")]
Include = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Take only what fits, such as '*.jpg'; repeatable.")
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Leave out what fits, files and folders; repeatable.")
]
Jobs = Annotated[
    int | None,
    typer.Option(metavar="N", help="Photos, or workers of a cluster, at once. [default: cores, by --threads]"),
]
OnCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="[WHERE]", help="Work with Ray: on one of its own, or auto, HOST:PORT or ray://HOST:PORT."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but what is wrong.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
WatchTask = Annotated[Literal["blur", "mask", "cutout"], typer.Option("--task", help="What to do with each photo.")]
Settle = Annotated[
    float, typer.Option(metavar="SECONDS", min=0.1, help="A file has arrived when it did not change for so long.")
]


class Files(NamedTuple):
    """Which photos are taken, where results go, and what is said about them."""

    output: Output = None
    format: Format = "keep"
    suffix: Suffix = None
    force: options.Force = False
    recursive: Recursive = True
    include: Include = None
    exclude: Exclude = None
    jobs: Jobs = None
    quiet: Quiet = False
    as_json: options.Json = False


class Matte(NamedTuple):
    """How the subject is found."""

    quality: options.Quality = None
    finding: Finding = Finding()


class Style(NamedTuple):
    """What lies behind the subject of a blur."""

    background: Background = Background()
    image: options.Image = None
    classic: options.Classic = False
    compare: options.Compare = False
    no_person: options.NoPerson = None


def look(matte: Matte, style: Style | None = None, behind: "Pixels | None" = None) -> "Look":
    """What is wanted. behind: the picture of --image, where it is no file.

    Raises LookError, typer.BadParameter for a colour, PhotoError for the picture of --image.
    """
    style = style or Style()
    color = style.background.rgb()
    from edgebokeh import files, images
    from edgebokeh.look import Look

    if style.image:
        behind = images.decode(files.read(style.image), str(style.image)).pixels
    return Look(**flat(matte), **(flat(style) | {"color": color, "image": behind}))


def cluster(where: str | None, networks: Networks) -> "Cluster | None":
    """Where Ray works on the photos, and on what. Raises typer.BadParameter."""
    from edgebokeh.batch.settings import Cluster

    if where is None:
        return None
    if not where:
        raise typer.BadParameter("the address of the cluster is empty; for a Ray of its own: --cluster local")
    given = options.parse_settings(networks.provider_option or [])
    return Cluster(
        address=where, provider=networks.provider, provider_options=given, allow_fallback=networks.allow_fallback
    )


def settings(wish: Files, photo_files: PhotoFiles) -> "BatchSettings":
    """How the photos are worked through. Raises ValueRangeError."""
    from edgebokeh.batch.settings import BatchSettings
    from edgebokeh.images import Handling

    return BatchSettings(
        recursive=wish.recursive,
        include=wish.include or (),
        exclude=wish.exclude or (),
        format=wish.format,
        suffix=wish.suffix,
        force=wish.force,
        jobs=wish.jobs,
        handling=Handling(*photo_files),
    )
