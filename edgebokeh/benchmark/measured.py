"""What a benchmark measured, as it is kept: raw times round by round, with what tells how far to trust them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from edgebokeh.benchmark.configuration import Configuration
from edgebokeh.errors import BenchFileError

SCHEMA = 1
"""Version of the JSON. A higher number in a file means that this edgebokeh is too old for it."""


@dataclass(frozen=True, slots=True)
class Round:
    """One block of a configuration. number: of the round, the same for all configurations.

    walk: milliseconds of each photo from bytes to bytes; offline, one number: those of the block by its photos.
    network: of each run of the network alone, by the pictures in it. stages: of each photo by stage. cpu: seconds of
    all cores for one photo (one picture, where there are no walks). frames, missed: due and late, and
    seconds: on the wall, of a paced run.
    """

    number: int
    walk: list[float]
    network: list[float]
    stages: Mapping[str, list[float]]
    cpu: float
    frames: int = 0
    missed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the outputs are from the CPU provider's for the same model and input.

    difference: largest absolute one of the raw outputs. share: the same as a share of the span of the CPU's. iou: of
    the silhouettes, 0..1. finite: no NaN and no infinity. against: which CPU provider that was. Of several networks,
    the worst.
    """

    difference: float | None
    share: float | None
    iou: float | None
    finite: bool
    against: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration and all that is known of it.

    state: "measured"; "wrong", its outputs are not the CPU's; "refused" by its provider; "impossible" for its model;
    "failed". note: why. verdict: what ran: provider, device, share of the nodes, fallback, note; None where unknown.
    model: name, bytes, sha256, numbers (fp32 …), of several networks taken together; size (height, width) of the
    first. cold: milliseconds to import, to create the sessions, of their first run, and of the first walk. peaks: bytes
    by stage, and `meters.TOGETHER` where several photos are in flight. resident: bytes of the process after that.
    kernels: share of kernel time by provider. person: whether the photo shows one to it; None where nothing walked.
    """

    label: str
    configuration: Configuration
    state: str = "measured"
    note: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)
    parity: Parity | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    cold: Mapping[str, float] = field(default_factory=dict)
    peaks: Mapping[str, int] = field(default_factory=dict)
    resident: int | None = None
    kernels: Mapping[str, float] = field(default_factory=dict)
    person: bool | None = None
    rounds: list[Round] = field(default_factory=list)

    def given_up(self, state: str, note: str) -> "Trial":
        """The same, without its times."""
        return replace(self, state=state, note=note, rounds=[])


@dataclass(frozen=True, slots=True)
class BenchResult:
    """A whole benchmark.

    run: tells it from others. settings: as `bench` was called. machine: what it ran on. baseline: the label of the
    configuration that others are compared with. seconds: that the rounds took. warnings: why the times may mislead.
    """

    run: str
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]
    baseline: str
    seconds: float
    trials: list[Trial]
    warnings: list[str] = field(default_factory=list)

    def trial(self, label: str) -> Trial | None:
        """The configuration of that label."""
        return next((one for one in self.trials if one.label == label), None)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a file that `edgebokeh bench --json` wrote. Raises BenchFileError."""
        try:
            return cls.from_json(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
            raise BenchFileError(f"{path} cannot be read ({reason})", "name a file that bench --json wrote") from error

    @classmethod
    def from_json(cls, text: str, name: str) -> Self:
        """The reverse. name: what to call the file in an error. Keys it does not know are passed over.

        Raises BenchFileError.
        """
        try:
            data = json.loads(text)
            _need(isinstance(data, dict), "it is no object")
            _check("", data, _WHOLE)
            if data["schema"] > SCHEMA:
                raise BenchFileError(f"{name} has schema {data['schema']}, above {SCHEMA}", "upgrade edgebokeh")
            trials = [_trial(place, row) for place, row in enumerate(data["trials"])]
            return cls(**_known(cls, data) | {"trials": trials})
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise BenchFileError(
                f"{name} is no result of a benchmark ({error})",
                "name a file that edgebokeh bench --json wrote",
            ) from error


def _trial(place: int, row: Any) -> Trial:
    where = f"trials[{place}]"
    _need(isinstance(row, dict), f"{where} is no object")
    # What is unknown may be null, or not there.
    row = {name: value for name, value in row.items() if value is not None}
    _check(f"{where}.", row, _TRIAL | {name: fits for name, fits in _MORE.items() if name in row})
    one = row["configuration"]
    _check(f"{where}.configuration.", one, _CONFIGURATION)
    told = "walk" if one["batch"] == 1 else "network"
    for number, each in enumerate(row["rounds"]):
        _need(isinstance(each, dict), f"{where}.rounds[{number}] is no object")
        _check(f"{where}.rounds[{number}].", {"frames": 0, "missed": 0, "seconds": 0, **each}, _ROUND)
        _need(bool(each[told]), f"{where}.rounds[{number}].{told} is empty")
    parts = {
        "configuration": Configuration.from_dict(row["configuration"]),
        "parity": Parity(**_known(Parity, row["parity"])) if "parity" in row else None,
        "rounds": [Round(**_known(Round, one)) for one in row["rounds"]],
    }
    return Trial(**_known(Trial, row) | parts)


def _known(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in kind.__dataclass_fields__ if name in data}


def _check(where: str, data: Mapping[str, Any], fields: Mapping[str, "_Field"]) -> None:
    """Raises ValueError for a field that is not there, or not what it has to be."""
    for name, (fits, what) in fields.items():
        _need(name in data, f"{where}{name} is missing")
        _need(fits(data[name]), f"{where}{name} is not {what}")


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _is_number(value: Any, least: float = 0.0) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value < _MOST


def _is_count(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and _is_number(value, least)


def _is_times(value: Any, least: float = 0.0) -> bool:
    return isinstance(value, list) and all(_is_number(one, least) for one in value)


_Field = tuple[Callable[[Any], bool], str]
_LEAST, _MOST = 1e-9, 1e12
"""Milliseconds of a walk that make sense; a time of zero has no ratio."""
_TEXT: _Field = (lambda value: isinstance(value, str), "a text")
_OBJECT: _Field = (lambda value: isinstance(value, dict), "an object")
_LIST: _Field = (lambda value: isinstance(value, list), "a list")
_COUNT: _Field = (_is_count, "a whole number from 0")
_FROM_1: _Field = (lambda value: _is_count(value, 1), "a whole number from 1")
_TIMES: _Field = (lambda value: _is_times(value, _LEAST), "a list of milliseconds above 0")
_WHOLE = {
    "schema": _FROM_1,
    "run": _TEXT,
    "settings": _OBJECT,
    "machine": _OBJECT,
    "baseline": _TEXT,
    "seconds": (_is_number, "a number from 0"),
    "trials": _LIST,
}
_TRIAL = {"label": _TEXT, "configuration": _OBJECT, "rounds": _LIST}
_MORE = {
    **dict.fromkeys(("state", "note"), _TEXT),
    **dict.fromkeys(("verdict", "parity", "model", "versions", "cold", "peaks", "kernels"), _OBJECT),
}
_CONFIGURATION: dict[str, _Field] = {
    "model": _TEXT,
    "provider": _TEXT,
    "options": _OBJECT,
    "allow_fallback": (lambda value: isinstance(value, bool), "true or false"),
    "threads": (lambda value: value is None or _is_count(value, 1), "null or a whole number from 1"),
    "size": (
        lambda value: value is None or (isinstance(value, list) and len(value) == 2 and all(map(_is_count, value))),
        "null or height and width",
    ),
    "batch": _FROM_1,
    "python": _TEXT,
}
_ROUND: dict[str, _Field] = {
    "number": _COUNT,
    "walk": _TIMES,
    "network": _TIMES,
    "stages": (lambda value: isinstance(value, dict) and all(map(_is_times, value.values())), "milliseconds by stage"),
    "cpu": (_is_number, "a number from 0"),
    "frames": _COUNT,
    "missed": _COUNT,
    "seconds": (_is_number, "a number from 0"),
}
"""What a file has to have, and what it must be; of _MORE, what it may have."""
