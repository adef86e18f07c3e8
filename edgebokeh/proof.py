"""What is known of a model's way from its parent, kept in the model file beside its description."""

import json
import sys
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, TypeVar

from edgebokeh.errors import ModelUnsuitableError

PROOF_KEY = "edgebokeh.proof"
"""The key in an ONNX file's `metadata_props` under which its `Proof` or `Conversion` is kept as JSON."""

CONVERSION = "conversion"
"""What a `Conversion` says that it is, under "kind"; a `Proof` says nothing."""

SCHEMA = 1
"""Version of the JSON. A higher number in a file means that this edgebokeh is too old for it."""


Kind = TypeVar("Kind", bound="Proof | Conversion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A reduced model compared with its parent, the same network in float32, on photos.

    parent, parent_sha256: the parent's name and the hash of the file that was given. change: what was done to it, such
        as "head person, int8".
    photos_from: name of the set of photos; photos: how many. empty: how many more there were in which neither network
        saw anybody, which are left out of all means. masks: whether their true masks were known.
    largest, mean: absolute difference of the two networks' mattes, 0..1.
    agreement: mean IoU of the two networks' silhouettes (matte above 1/2), 0..1.
    iou, boundary_iou: mean scores of the reduced model against the true masks; parent_iou, parent_boundary_iou: of the
        parent. None without masks.
    drop: what counts: the parent's IoU minus the reduced model's, or 1 - agreement without masks. Below 0 where the
        reduced model is nearer the truth.
    allowed: the largest drop that the gate let pass.

    Raises ModelUnsuitableError where the values make no sense.
    """

    parent: str
    parent_sha256: str
    change: str
    photos_from: str
    photos: int
    masks: bool
    largest: float
    mean: float
    agreement: float
    drop: float
    allowed: float
    iou: float | None = None
    boundary_iou: float | None = None
    parent_iou: float | None = None
    parent_boundary_iou: float | None = None
    empty: int = 0

    def __post_init__(self) -> None:
        texts = (self.parent, self.parent_sha256, self.change, self.photos_from)
        shares = (self.largest, self.mean, self.agreement)
        scores = (self.iou, self.boundary_iou, self.parent_iou, self.parent_boundary_iou)
        checks = {
            "its texts are texts": all(isinstance(text, str) for text in texts),
            "photos is a whole number from 1": type(self.photos) is int and self.photos >= 1,
            "empty is a whole number from 0": type(self.empty) is int and self.empty >= 0,
            "masks is true or false": isinstance(self.masks, bool),
            "its shares are numbers, 0 to 1": all(_share(value) for value in shares),
            "drop and allowed are numbers": _number(self.drop) and _number(self.allowed),
            "it has scores just where it has masks": all(
                _share(score) if self.masks else score is None for score in scores
            ),
        }
        if broken := [rule for rule, holds in checks.items() if not holds]:
            raise ModelUnsuitableError(
                f"the model's proof is wrong: it must hold that {'; '.join(broken)}", "export the model again"
            )

    def __str__(self) -> str:
        drop = f"drop {self.drop:+.4f} of {self.allowed:g} allowed"
        apart = f"mattes differ by {self.mean:.1e} on average, {self.largest:.2f} at most"
        where = f"{self.photos_from}, photos: {self.photos}"
        if self.empty:
            where += f" ({self.empty} more without anybody left out)"
        if not self.masks:
            return f"{where}, no masks: agreement {self.agreement:.4f}, {drop}; {apart}"
        return (
            f"{where}, with masks: IoU {self.iou:.4f} (parent {self.parent_iou:.4f}), "
            f"boundary IoU {self.boundary_iou:.4f} (parent {self.parent_boundary_iou:.4f}), {drop}; "
            f"agreement {self.agreement:.4f}, {apart}"
        )

    def to_json(self) -> str:
        """One line of JSON with sorted keys; numbers have six digits."""
        return _written(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The reverse of `to_json`. Keys it does not know are passed over.

        Raises ModelUnsuitableError for anything that is not a proof.
        """
        data = _read(text)
        return _made(cls, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A model that computes what its parent does, but for rounding, compared on photos when it was exported.

    parent, parent_sha256: the parent's name, and the hash of its file or weights. change: what was done to it.
    photos_from: name of the photos. largest, mean: absolute difference of the outputs, which was not more; agreement:
    share of pixels of the same label, 0..1, which was not less. They are limits, so that an export gives the same file
    on every machine.

    Raises ModelUnsuitableError where the values make no sense.
    """

    parent: str
    parent_sha256: str
    change: str
    photos_from: str
    largest: float
    mean: float
    agreement: float

    def __post_init__(self) -> None:
        texts = (self.parent, self.parent_sha256, self.change, self.photos_from)
        numbers = (self.largest, self.mean)
        if not (
            all(isinstance(text, str) for text in texts)
            and all(_number(value) and value >= 0 for value in numbers)
            and _share(self.agreement)
        ):
            raise ModelUnsuitableError("the model's proof is wrong: its values make no sense", "export the model again")

    def __str__(self) -> str:
        return (
            f"{self.photos_from}: outputs differ by at most {self.largest:.1g}, on average by at most {self.mean:.1g}; "
            f"equal labels: at least {self.agreement:.1%}"
        )

    def to_json(self) -> str:
        """As a Proof's, with "kind"."""
        return _written(self, kind=CONVERSION)


def read(text: str) -> Proof | Conversion:
    """What `to_json` of either wrote. Raises ModelUnsuitableError for anything else."""
    data = _read(text)
    return _made(Conversion if data.get("kind") == CONVERSION else Proof, data)


def _written(proof: Proof | Conversion, **more: str) -> str:
    values = {key: float(f"{value:.6g}") if type(value) is float else value for key, value in asdict(proof).items()}
    return json.dumps({"schema": SCHEMA, **more, **values}, sort_keys=True)


def _read(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
        if data["schema"] > SCHEMA:
            raise ModelUnsuitableError(
                f"the model's proof has schema {data['schema']}, this edgebokeh reads up to {SCHEMA}",
                "upgrade edgebokeh",
            )
        return dict(data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable(error) from error


def _made(cls: type[Kind], data: dict[str, Any]) -> Kind:
    known = {field.name for field in fields(cls)} & data.keys()
    try:
        return cls(**{name: data[name] for name in known})
    except TypeError as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> ModelUnsuitableError:
    return ModelUnsuitableError(
        f"the model's proof cannot be read ({type(error).__name__}: {error})", "export the model again"
    )


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1
