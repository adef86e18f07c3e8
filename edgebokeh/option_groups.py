"""Options that always come together, as one parameter of a command. Nothing heavy is imported here."""

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_type_hints

import typer
from typer.core import TyperCommand

from edgebokeh import options
from edgebokeh.spec import FARTHEST, LARGEST, ModelSpec, named

RANGES: dict[str, tuple[str, float, float]] = {
    "size": ("--input-size", 1, LARGEST),
    "mean": ("--mean", -FARTHEST, FARTHEST),
    "std": ("--std", 1 / FARTHEST, FARTHEST),
    "person": ("--person-index", 0, LARGEST),
}
"""Fields of a ModelSpec: the option that says it, the smallest and the largest number."""


class Description(NamedTuple):
    """How to feed a network and how to read it, as the options of these names say."""

    spec: options.Spec = None
    input_size: options.InputSize = None
    mean: options.Mean = None
    std: options.Std = None
    layout: options.ModelLayout = None
    person_index: options.PersonIndex = None
    output_kind: options.OutputKind = None

    def asked(self) -> ModelSpec | dict[str, Any] | None:
        """What `edgebokeh.load` takes as `spec`.

        Raises typer.BadParameter, ModelUndescribedError and ModelUnsuitableError.
        """
        told = {
            "size": self.input_size and options.parse_size(self.input_size),
            "mean": self.mean and options.parse_triple(self.mean),
            "std": self.std and options.parse_triple(self.std),
            "layout": self.layout,
            "person": self.person_index,
            "output": "probability" if self.output_kind == "prob" else self.output_kind,
        }
        fields: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
        whole = named(self.spec) if self.spec else None
        _check(fields, {"person": (0, whole.classes - 1)} if whole else {})
        return replace(whole, **fields) if whole else fields or None


def _check(fields: Mapping[str, Any], closer: Mapping[str, tuple[float, float]]) -> None:
    """Raises typer.BadParameter for numbers outside RANGES. closer: ranges that stand in for those."""
    for name, (option, *wide) in RANGES.items():
        low, high = closer.get(name, wide)
        value = fields.get(name, ())
        if not all(low <= number <= high for number in (value if isinstance(value, tuple) else (value,))):
            raise typer.BadParameter(f"numbers are {low:g} to {high:g}", param_hint=option)


class Networks(NamedTuple):
    """Which networks to open and how, as the options of these names say."""

    model: options.Model = None
    description: Description = Description()
    gate: options.Gate = None
    provider: options.Provider = None
    provider_option: options.ProviderOption = None
    allow_fallback: options.AllowFallback = False
    threads: options.Threads = None
    no_cache: options.NoCache = False
    profile: options.Profile = None


class PhotoFiles(NamedTuple):
    """How photo files are read and written, as the options of these names say."""

    max_megapixels: options.MaxMegapixels = 200
    quality_jpeg: options.QualityJpeg = None
    strip: options.Strip = False


class Finding(NamedTuple):
    """Who counts as the subject, and where its edge runs: settings of a Look."""

    subject: options.Subject = None
    min_subject: options.MinSubject = None
    expand: options.Expand = None
    feather: options.Feather = None


class Background(NamedTuple):
    """What lies behind the subject: settings of a Look."""

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

    def rgb(self) -> tuple[int, int, int] | None:
        """The colour, None for none. Raises typer.BadParameter."""
        return None if self.color is None else options.parse_color(self.color)


LONE = {"--cluster": "local"}
"""Options that may stand alone, and the value that they then have. Typer has none (its `flag_value` has no effect)."""


class Command(TyperCommand):
    """A command whose LONE options need no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words of the command line, those options with a value each."""
        return super().parse_args(ctx, list(valued(args)))


def valued(words: Sequence[str]) -> Iterator[str]:
    """The words with a value for each of LONE that has none; behind "--" there are no options.

    A word that follows is the value unless it is an option, a file or folder that is there, a glob or a photo's URL:
    so that an address with a mistake is told, and does not become the name of a photo.
    """
    options_end = words.index("--") if "--" in words else len(words)
    for place, word in enumerate(words):
        following = words[place + 1 : place + 2]
        alone = word in LONE and place < options_end and not (following and _is_value(following[0]))
        yield f"{word}={LONE[word]}" if alone else word


def _is_value(word: str) -> bool:
    scheme, separator, _ = word.partition("://")
    photo = os.path.lexists(word) or any(sign in word for sign in "*?[") or (separator and scheme != "ray")
    return not (photo or word.startswith("-"))


def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command for Typer: a parameter that is a NamedTuple stands for its fields, each an option of its own."""
    signature = inspect.signature(command, eval_str=True)
    kinds = {name: (parameter.annotation, parameter.default) for name, parameter in signature.parameters.items()}

    @functools.wraps(command)
    def single(**given: Any) -> Any:
        return command(**{name: _gathered(name, kind, given) for name, (kind, _) in kinds.items()})

    parameters = [one for name, (kind, default) in kinds.items() for one in _single(name, kind, default)]
    single.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return single


def _single(name: str, kind: Any, default: Any) -> Iterator[inspect.Parameter]:
    if not hasattr(kind, "_fields"):
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        return
    for field, inner in get_type_hints(kind, include_extras=True).items():
        yield from _single(field, inner, kind._field_defaults[field])


def flat(group: Any) -> dict[str, Any]:
    """The fields of a NamedTuple by name, those of groups in it among them."""
    found: dict[str, Any] = {}
    for name, value in group._asdict().items():
        found |= flat(value) if hasattr(value, "_fields") else {name: value}
    return found


def _gathered(name: str, kind: Any, given: Mapping[str, Any]) -> Any:
    if not hasattr(kind, "_fields"):
        return given[name]
    inside = get_type_hints(kind, include_extras=True)
    return kind(**{field: _gathered(field, inner, given) for field, inner in inside.items()})
