"""What a benchmark compares, models on providers with threads, sizes and batches, in several Pythons; and how."""

import math
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import product
from pathlib import Path, PurePath
from typing import Any, Literal, Self, get_args

from edgebokeh import catalog
from edgebokeh.errors import ValueRangeError
from edgebokeh.look import Look

Scenario = Literal["single", "paced", "offline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One way to run one network, measured in a process of its own.

    model: a name or file. provider, options, allow_fallback: the execution provider, as `edgebokeh.load` takes them.
    threads: None takes the cores that the process may use. size: (height, width) of the network's input, for a network
    that takes any; None is its own. batch: pictures in one run of the network; above 1 the network alone is measured,
    as a walk has one photo. python: the interpreter to run it in.

    Raises ValueRangeError for a provider that is no text.
    """

    model: str = "selfie"
    provider: str = "cpu"
    options: Mapping[str, str] = field(default_factory=dict)
    allow_fallback: bool = False
    threads: int | None = None
    size: tuple[int, int] | None = None
    batch: int = 1
    python: str = field(default_factory=lambda: sys.executable)

    def __post_init__(self) -> None:
        for name in ("model", "python"):
            object.__setattr__(self, name, str(getattr(self, name)))
        if not isinstance(self.provider, str):
            raise ValueRangeError(f"the provider is {self.provider!r}", "name one by a text, such as cpu")

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_dict`. Raises KeyError, TypeError."""
        known = {item.name: data[item.name] for item in fields(cls)}
        return cls(**known | {"size": tuple(known["size"]) if known["size"] else None})


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """How to measure.

    photo: None is the sample portrait. quality: a preset, None the default one. baseline: what to compare with, see
    `configuration.baseline`. scenario: "single", one photo after the other; "paced", `fps` frames a second;
    "offline", as many photos at once as `flight`, by default the cores. budget: seconds that the rounds may take
    altogether. within: they end when the intervals of all ratios are narrower than ± this share. seed: of the order.
    profile: asks for kernel times too. limit: seconds that a process may keep silent before it is given up, but for
    those in which it waits for photos that come at a rate.

    Raises ValueRangeError, also for what is no number.
    """

    photo: Path | None = None
    quality: str | None = None
    baseline: str | None = None
    scenario: Scenario = "single"
    fps: float | None = None
    flight: int | None = None
    budget: float = 60.0
    within: float = 0.02
    seed: int = 0
    profile: bool = False
    limit: float = 120.0

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            check_number(name, value, low, high)
        if self.photo is not None:
            object.__setattr__(self, "photo", Path(self.photo))
        if self.scenario not in get_args(Scenario):
            raise ValueRangeError(
                f"no scenario is called {self.scenario!r}", f"use one of {', '.join(get_args(Scenario))}"
            )
        if self.flight is not None and self.scenario != "offline":
            raise ValueRangeError("photos in flight are for the scenario offline", "leave flight out")
        if (self.scenario == "paced") != (self.fps is not None):
            raise ValueRangeError("a paced run needs frames per second, and no other has them", "give --fps alone")
        Look(quality=self.quality)


def check_number(name: str, value: Any, low: float, high: float) -> None:
    """Raises ValueRangeError for what is no number, or outside of low to high."""
    if not isinstance(value, int | float):
        raise ValueRangeError(f"{name} {value!r} is no number", f"use {low:g} to {high:g}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueRangeError(f"{name} {value:g} is out of range", f"use {low:g} to {high:g}")


def crossed(
    models: Sequence[str] = ("selfie",),
    providers: Sequence[str] = ("cpu",),
    threads: Sequence[int | None] = (None,),
    sizes: Sequence[tuple[int, int] | None] = (None,),
    batches: Sequence[int] = (1,),
    pythons: Sequence[str] = (sys.executable,),
    options: Mapping[str, str] | None = None,
    allow_fallback: bool = False,
    precisions: Sequence[str] = ("own",),
) -> list[Configuration]:
    """Each with each. options: of every provider but the CPU. precisions: of `catalog.PRECISIONS`, in which each model
    is looked for. Doubles are left out.

    Raises ValueRangeError for a batch, a thread count or a side below 1, and another precision.
    """
    if unknown := [one for one in precisions if one not in catalog.PRECISIONS]:
        raise ValueRangeError(f"no precision is called {unknown[0]!r}", f"use one of {', '.join(catalog.PRECISIONS)}")
    networks = [catalog.in_precision(model, precision) for model, precision in product(models, precisions)]
    numbers = [*batches, *(count for count in threads if count is not None), *(side for s in sizes if s for side in s)]
    if any(number < 1 for number in numbers):
        raise ValueRangeError("threads, sizes and batches count from 1", "use whole numbers above 0")
    everything = [
        Configuration(
            model=model,
            provider=provider,
            options={} if provider == "cpu" else dict(options or {}),
            allow_fallback=allow_fallback,
            threads=count,
            size=size,
            batch=batch,
            python=python,
        )
        for python, model, provider, count, size, batch in product(
            pythons, networks, providers, threads, sizes, batches
        )
    ]
    return [one for place, one in enumerate(everything) if one not in everything[:place]]


def labels(configurations: Sequence[Configuration]) -> list[str]:
    """A short name for each: model and provider, and what else they do not have in common; numbered where they would
    be the same."""
    varied = [
        name for name in _SHOWN if len({repr(getattr(one, name)) for one in configurations}) > 1 or name in _ALWAYS
    ]
    named = _named({one.model for one in configurations})
    shown = _SHOWN | {"model": lambda one: named[one.model]}
    texts = [" ".join(filter(None, (shown[name](one) for name in varied))) for one in configurations]
    double = {text for text, count in Counter(texts).items() if count > 1}
    seen: Counter[str] = Counter()
    for place, text in enumerate(texts):
        if text in double:
            seen[text] += 1
            texts[place] = f"{text} #{seen[text]}"
    return texts


def settings(one: Configuration) -> dict[str, Any]:
    """What makes two configurations of different runs the same: all fields, but of files only what does not depend on
    where they lie, which is a model file's name and the folder of a Python's environment."""
    model = PurePath(one.model).name if one.model.endswith(".onnx") else one.model
    return one.to_dict() | {"options": dict(one.options), "model": model, "python": _place(one.python)}


def baseline(wish: str | None, configurations: Sequence[Configuration]) -> int:
    """The place of the first configuration that has `wish` as its label, provider, model or Python.

    None wishes for the CPU, or the first of all where it is not among them. Raises ValueRangeError where none has.
    """
    if wish is None:
        return next((place for place, one in enumerate(configurations) if one.provider == "cpu"), 0)
    for place, (one, label) in enumerate(zip(configurations, labels(configurations), strict=True)):
        if wish in (label, one.provider, one.model, one.python):
            return place
    raise ValueRangeError(
        f"--baseline {wish!r} is none of what is measured",
        f"use one of {', '.join(labels(configurations))}, or a provider, model or Python of them",
    )


def _named(models: Collection[str]) -> dict[str, str]:
    """A short name for each model: of a file its own, with as many of its folders as tell it from all others."""
    possible = {model: _names(model) for model in models}
    return {
        model: next((name for name in names if sum(name in others for others in possible.values()) == 1), model)
        for model, names in possible.items()
    }


def _names(model: str) -> list[str]:
    """What a model may be called, the shortest first."""
    if not model.endswith(".onnx"):
        return [model]
    parts = PurePath(model).with_suffix("").parts
    return [*("/".join(parts[-count:]) for count in range(1, len(parts) + 1)), model]


def _place(path: str) -> str:
    """The part of an interpreter's path that tells it from others: its environment's folder."""
    parents = [part for part in PurePath(path).parts[:-1] if part not in ("bin", "Scripts")]
    return "in " + (parents[-1] if parents else path)


_RANGES = (("fps", 0.1, 1000), ("flight", 1, 256), ("budget", 0.1, 86400), ("within", 0.001, 1), ("limit", 1, 86400))
_OPTIONAL = ("fps", "flight")
_ALWAYS = ("model", "provider")
_SHOWN: dict[str, Callable[[Configuration], str]] = {
    "model": lambda one: one.model,
    "provider": lambda one: one.provider,
    "threads": lambda one: f"threads={one.threads or 'all'}",
    "size": lambda one: f"{one.size[1]}×{one.size[0]}" if one.size else "",
    "batch": lambda one: f"batch={one.batch}",
    "python": lambda one: _place(one.python),
}
"""The fields that labels tell, and how."""
