"""Query fields: the options of the command line by the same names, read by the same parser.

No option that names a file can be reached from here.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from edgebokeh import catalog
from edgebokeh.batch.options import Format, Matte, Style, look
from edgebokeh.batch.settings import BatchSettings
from edgebokeh.images import Handling
from edgebokeh.look import LARGEST_KERNEL, OTHER_STYLES, QUALITIES, RANGES, STYLE_OF
from edgebokeh.option_groups import Networks, PhotoFiles, flat, grouped
from edgebokeh.results import Task
from edgebokeh.spec import PROFILES
from edgebokeh.styles import STYLES

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels
    from edgebokeh.look import Look

NOT_ASKED = ("max_megapixels",)
"""Options that the one who starts the server decides on."""

NAMES: dict[str, Callable[[], Container[str]]] = {
    "model": catalog.names,
    "gate": catalog.names,
    "spec": lambda: PROFILES,
}
"""What options of the networks take for a name; anything else is a file."""

SIZES = RANGES | {"kernel": (1, LARGEST_KERNEL), "quality_jpeg": (1, 100)}
"""Lowest and highest value of the fields that are numbers."""

BLURS = (*STYLES, *(f"{name}+grey" for name in STYLES))
CHOICES = {"quality": tuple(QUALITIES), "style": (*BLURS, *OTHER_STYLES)}
"""Of options whose choices are a table of edgebokeh's, not Typer's."""

OF_BLURS = ("kernel", "strength", "falloff")
"""Options that every style has that blurs."""

KINDS = {"color": "color", "image": "file"}
"""What some texts stand for."""


class Results(NamedTuple):
    """How results are written."""

    format: Format = "keep"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for. given: the options that it names and that are not as they are anyway, as in a shell."""

    task: Task
    results: Results
    photo_files: PhotoFiles
    matte: Matte
    style: Style
    given: tuple[str, ...] = ()

    def look(self, behind: "Pixels | None" = None) -> "Look":
        """behind: the picture of `image`. Raises LookError, and typer.BadParameter for a colour."""
        return look(self.matte, self.style, behind)

    def settings(self, max_megapixels: float) -> BatchSettings:
        """As the command line has them. Raises ValueRangeError."""
        handling = Handling(*self.photo_files._replace(max_megapixels=max_megapixels))
        return BatchSettings(format=self.results.format, handling=handling)


def _blur(results: Results, photo_files: PhotoFiles, matte: Matte, style: Style) -> Wish:
    return Wish("blur", results, photo_files, matte, style)


def _mask(results: Results, photo_files: PhotoFiles, matte: Matte) -> Wish:
    return Wish("mask", results, photo_files, matte, Style())


def _networks(networks: Networks) -> Networks:
    return networks


def _cutout(results: Results, photo_files: PhotoFiles, matte: Matte) -> Wish:
    return Wish("cutout", results, photo_files, matte, Style())


TASKS: dict[Task, Any] = {"blur": _blur, "mask": _mask, "cutout": _cutout}
"""What the fields of each task come to."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the query. name: as on the command line, without dashes. kind: number, integer, text, choice, flag,
    color or file. styles: in which it counts, None for all. tasks: that have it."""

    name: str
    kind: str
    choices: tuple[str, ...] | None
    minimum: float | None
    maximum: float | None
    default: Any
    help: str
    tasks: tuple[Task, ...]
    styles: tuple[str, ...] | None


def wish(task: Task, pairs: Iterable[tuple[str, str]]) -> Wish:
    """What the fields of a query ask for. pairs: name and value of each.

    Raises options.UsageError, as the command line does, for unknown names and values that it cannot read.
    """
    command, known = _command(task), _asked(task)
    arguments: list[str] = []
    named: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise typer.BadParameter(f"{task} has no option --{name}; it has {', '.join(known)}", param_hint=name)
        if name in named:
            raise typer.BadParameter("it is given twice", param_hint=name)
        named[name] = value
        arguments += _argument(known[name], value)
    with command.make_context(task, arguments) as context:
        parsed = context.params
        found: Wish = command.invoke(context)
    given = (
        part
        for name, value in named.items()
        if parsed[known[name].name] != known[name].default
        for part in _shell(known[name], value)
    )
    return Wish(task, found.results, found.photo_files, found.matte, found.style, tuple(given))


def fields() -> list[Field]:
    """All fields, in the order of the command line's help; `image` is a part of the body, or a photo that is kept."""
    found: dict[str, Field] = {}
    for task in TASKS:
        for parameter in _command(task).params:
            if parameter.name not in NOT_ASKED:
                name = parameter.opts[0].removeprefix("--")
                tasks = (*found[name].tasks, task) if name in found else (task,)
                found[name] = _field(name, parameter, tasks)
    return list(found.values())


def told_of(networks: Networks) -> Iterator[str]:
    """The arguments that name these networks from any folder, those left out that are so anyway."""
    values = flat(networks)
    for parameter in _command_of(_networks).params:
        value = values[parameter.name]
        if value not in (parameter.default, None, False):
            for one in value if isinstance(value, list) else [value]:
                yield from _shell(parameter, str(_located(parameter.name, one)))


def _located(name: str, value: Any) -> Any:
    """The value of an option, a file by its whole path."""
    names_file = name in NAMES and value not in NAMES[name]() and Path(value).is_file()
    return Path(value).absolute() if names_file else value


@cache
def _command(task: Task) -> Any:
    """A command of Typer's that is never seen on a screen."""
    return _command_of(TASKS[task])


def _command_of(function: Any) -> Any:
    """A function whose parameters are groups of options, as a command of Typer's."""
    home = typer.Typer(add_completion=False, rich_markup_mode=None)
    home.command(context_settings={"help_option_names": []})(grouped(function))
    return typer.main.get_command(home)


@cache
def _asked(task: Task) -> dict[str, Any]:
    """Typer's parameters by the name of the field; none that is a path."""
    parameters = [one for one in _command(task).params if one.name not in NOT_ASKED and not _is_path(one)]
    return {one.opts[0].removeprefix("--"): one for one in parameters}


def _is_path(parameter: Any) -> bool:
    return "path" in type(parameter.type).__name__.lower()


def _argument(parameter: Any, value: str) -> Sequence[str]:
    """For the parser: one word, so that no value is ever taken for an option."""
    if not parameter.is_flag:
        return [f"{parameter.opts[0]}={value}"]
    if value not in ("true", "false"):
        raise typer.BadParameter(f"{value!r} is neither true nor false", param_hint=parameter.opts[0])
    return [parameter.opts[0]] if value == "true" else []


def _shell(parameter: Any, value: str) -> Sequence[str]:
    """As one would type it."""
    return [parameter.opts[0]] if parameter.is_flag else [parameter.opts[0], value]


def _field(name: str, parameter: Any, tasks: tuple[Task, ...]) -> Field:
    key = parameter.name
    choices = CHOICES.get(key) or getattr(parameter.type, "choices", None)
    kinds = {"int": "integer", "integer": "integer", "float": "number"}
    kind = "flag" if parameter.is_flag else "choice" if choices else kinds.get(parameter.type.name, "text")
    low, high = SIZES.get(key, (None, None))
    styles = BLURS if key in OF_BLURS else _styles_with(STYLE_OF[key]) if key in STYLE_OF else None
    return Field(
        name,
        KINDS.get(key, kind),
        tuple(choices) if choices else None,
        low,
        high,
        parameter.default,
        parameter.help or "",
        tasks,
        styles,
    )


def _styles_with(name: str) -> tuple[str, ...]:
    return tuple(one for one in CHOICES["style"] if name in one.split("+"))
