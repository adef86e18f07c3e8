"""What a benchmark measured, as it is kept: raw times round by round, with what tells how far to trust them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from edgebokeh.configuration import Configuration
from edgebokeh.errors import BenchFileError

SCHEMA = 1
"""Version of the JSON. A higher number in a file means that this edgebokeh is too old for it."""


@dataclass(frozen=True, slots=True)
class Round:
    """One block of a configuration. number: of the round, the same for all configurations.

    walk: milliseconds of each photo from bytes to bytes; offline, one number: those of the block by its photos.
    network: of each run of the network alone, by the pictures in it. stages: of each photo by stage. cpu: seconds of
    all cores for one photo (one picture, where there are no walks). frames, missed: due and late, of a paced run.
    """

    number: int
    walk: list[float]
    network: list[float]
    stages: Mapping[str, list[float]]
    cpu: float
    frames: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the outputs are from the CPU provider's for the same model and input.

    difference: largest absolute one of the raw outputs. share: the same as a share of the span of the CPU's. iou: of
    the silhouettes, 0..1. finite: no NaN and no infinity.
    """

    difference: float | None
    share: float | None
    iou: float | None
    finite: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration and all that is known of it.

    state: "measured"; "wrong", its outputs are not the CPU's; "refused" by its provider; "impossible" for its model;
    "failed". note: why. verdict: what ran: provider, device, share of the nodes, fallback, note; None where unknown.
    model: bytes, sha256, numbers (fp32 …), size (height, width). cold: milliseconds to import, to create the session, of
    its first run, and of the first walk. peaks: bytes by stage. resident: bytes of the process at the end. kernels: share
    of kernel time by provider.
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
    rounds: list[Round] = field(default_factory=list)

    def given_up(self, state: str, note: str) -> "Trial":
        """The same, without its times."""
        return replace(self, state=state, note=note, rounds=[])


@dataclass(frozen=True, slots=True)
class BenchResult:
    """A whole benchmark.

    run: tells it from others. settings: as `bench` was called. machine: what it ran on. baseline: the label of the
    configuration that others are compared with, "" where none could be measured. seconds: that the rounds took.
    warnings: why the times may mislead.
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
            if data["schema"] > SCHEMA:
                raise BenchFileError(f"{name} has schema {data['schema']}, above {SCHEMA}", "upgrade edgebokeh")
            trials = [_trial(row) for row in data["trials"]]
            return cls(**_known(cls, data) | {"trials": trials})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BenchFileError(
                f"{name} is no result of a benchmark ({type(error).__name__}: {error})",
                "name a file that edgebokeh bench --json wrote",
            ) from error


def _trial(row: dict[str, Any]) -> Trial:
    parts = {
        "configuration": Configuration.from_dict(row["configuration"]),
        "parity": Parity(**_known(Parity, row["parity"])) if row.get("parity") else None,
        "rounds": [Round(**_known(Round, one)) for one in row["rounds"]],
    }
    return Trial(**_known(Trial, row) | parts)


def _known(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in kind.__dataclass_fields__ if name in data}
