"""What a model is: how it wants its picture and what its output means. One JSON codec serves export and runtime."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_args

from edgebokeh.errors import ModelUndescribedError, ModelUnsuitableError

METADATA_KEY = "edgebokeh"
"""The key in an ONNX file's `metadata_props` under which its `ModelSpec` is kept as JSON."""

SCHEMA = 1
"""Version of the JSON. A higher number in a file means that this edgebokeh is too old for it."""

LATER: Mapping[str, Any] = {"input": "float32", "output_layout": None, "learned": None}
"""Fields that are younger than the first files, and their defaults: left out, so that those files come out again."""

Layout = Literal["NCHW", "NHWC"]
Input = Literal["float32", "uint8"]
Output = Literal["logits", "probability"]
Task = Literal["segmentation", "matting"]

LARGEST = 8192
"""Pixels that a side of a network's input may have: above that no picture is made for it."""

FARTHEST = 1e6
"""A mean may be so far from 0, and a deviation so large, or so small as its inverse: float32 holds what comes out."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """How to feed a network and how to read it.

    name: short, as on the command line.
    size: (height, width) in pixels the network works best at; a photo is stretched to it. A network with fixed
        input dimensions is fed those, whatever stands here.
    task: "segmentation" finds the subject in a whole photo; "matting" draws its edge in a crop around it.
    multiple: each side of the input must be a multiple of this many pixels.
    layout: order of the input's dimensions. output_layout: of the output's, where it is another; None: the same.
    input: "float32": (rgb - mean) / std for rgb in 0..1. "uint8": rgb in 0..255 as it is, for a network that brings its
        own normalisation; mean and std do not count then.
    mean, std: per RGB channel, for values in 0..1.
    output: "logits" (soft-maxed over the classes, or through a sigmoid where there is one) or "probability".
    classes: number of planes in the output.
    person: index of the plane that means "person".
    learned: how many classes the network was trained to tell from each other, where its planes show fewer, as after
        `--head person` of the export; None: as many as it has planes.
    licence, source: for `edgebokeh models` and the model card.

    Raises ModelUnsuitableError where the values make no sense.
    """

    name: str
    size: tuple[int, int]
    task: Task = "segmentation"
    multiple: int = 1
    layout: Layout = "NCHW"
    output_layout: Layout | None = None
    input: Input = "float32"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    output: Output = "logits"
    classes: int = 1
    person: int = 0
    learned: int | None = None
    licence: str = "unknown"
    source: str = "unknown"

    def __post_init__(self) -> None:
        checks: Mapping[str, bool] = {
            "name is a text": _text(self.name) and self.name != "",
            "licence and source are texts": _text(self.licence) and _text(self.source),
            f"size is two whole numbers, 1 to {LARGEST}": _numbers(self.size, 2, int)
            and all(1 <= n <= LARGEST for n in self.size),
            "task is one of segmentation, matting": self.task in get_args(Task),
            f"multiple is a whole number, 1 to {LARGEST}": _numbers((self.multiple,), 1, int)
            and 1 <= self.multiple <= LARGEST,
            "layout is one of NCHW, NHWC": self.layout in get_args(Layout),
            "output_layout is one of NCHW, NHWC, or left out": self.output_layout in (None, *get_args(Layout)),
            "input is one of float32, uint8": self.input in get_args(Input),
            "output is one of logits, probability": self.output in get_args(Output),
            f"mean is three numbers, not beyond {FARTHEST:g}": _numbers(self.mean, 3, float)
            and all(abs(n) <= FARTHEST for n in self.mean),
            f"std is three numbers, {1 / FARTHEST:g} to {FARTHEST:g}": _numbers(self.std, 3, float)
            and all(1 / FARTHEST <= n <= FARTHEST for n in self.std),
            "classes is a whole number from 1": _numbers((self.classes,), 1, int) and self.classes >= 1,
            "person is one of the classes": _numbers((self.person, self.classes), 2, int)
            and 0 <= self.person < self.classes,
            "learned is a whole number from 1, or left out": self.learned is None
            or (_numbers((self.learned,), 1, int) and self.learned >= 1),
        }
        broken = [rule for rule, holds in checks.items() if not holds]
        if broken:
            raise ModelUnsuitableError(
                f"the description of model {self.name!r} is wrong: it must hold that {'; '.join(broken)}",
                "export the model again, or correct its description",
            )

    def to_json(self) -> str:
        """One line of JSON with sorted keys, for reproducible exports; LATER's fields only where they differ."""
        values = {key: value for key, value in asdict(self).items() if key not in LATER or value != LATER[key]}
        return json.dumps({"schema": SCHEMA, **values}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The reverse of `to_json`. Keys it does not know are passed over.

        Raises ModelUnsuitableError for anything that is not a description of a model.
        """
        try:
            data = json.loads(text)
            if data["schema"] > SCHEMA:
                raise ModelUnsuitableError(
                    f"the model's description has schema {data['schema']}, this edgebokeh reads up to {SCHEMA}",
                    "upgrade edgebokeh",
                )
            known = {field.name for field in fields(cls)} & data.keys()
            return cls(**{name: _tuple(data[name]) for name in known})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ModelUnsuitableError(
                f"the model's description cannot be read ({type(error).__name__}: {error})",
                "export the model again, or name a description with --spec",
            ) from error


class Profile(NamedTuple):
    """A description of models that carry none: known files by SHA-256, others when the caller names the row."""

    spec: ModelSpec
    sha256: tuple[str, ...] = ()


def resolve(
    explicit: ModelSpec | None, metadata: str | None, sha256: str | None, model: str = "this model"
) -> ModelSpec:
    """The description that counts: the caller's, else the file's own, else the known file's with that hash.

    explicit: given by the caller. metadata: the JSON under METADATA_KEY in the file. sha256: 64 hex digits, lower case.
    model: how the message calls it.
    Raises ModelUndescribedError where nothing describes the model, ModelUnsuitableError where the metadata is broken.
    """
    if explicit:
        return explicit
    if metadata is not None:
        return ModelSpec.from_json(metadata)
    for profile in PROFILES.values():
        if sha256 in profile.sha256:
            return profile.spec
    raise ModelUndescribedError(
        f"nothing says how {model} wants its pictures: it has no {METADATA_KEY!r} metadata and is no known file",
        "describe it in a copy with `edgebokeh models stamp`, or where a command has the same options for --model, "
        f"right there: --spec, one of {', '.join(PROFILES)} or a JSON file, or what is known with --input-size, "
        "--mean, --std, --layout, --person-index or --output-kind",
    )


def named(name: str) -> ModelSpec:
    """The description that a caller names: a key of PROFILES, or the path of a JSON file as `to_json` writes it.

    Raises ModelUndescribedError where it is neither, ModelUnsuitableError where the file is broken.
    """
    if name in PROFILES:
        return PROFILES[name].spec
    hint = f"use one of {', '.join(PROFILES)} or a JSON file"
    try:
        text = Path(name).read_text("utf-8")
    except FileNotFoundError as error:
        raise ModelUndescribedError(f"no description of a model is called {name!r}", hint) from error
    except (OSError, ValueError) as error:
        raise ModelUndescribedError(f"the description {name} cannot be read ({error})", hint) from error
    return ModelSpec.from_json(text)


def _numbers(values: Any, count: int, kind: type[int] | type[float]) -> bool:
    kinds = (int,) if kind is int else (int, float)
    return (
        isinstance(values, tuple)
        and len(values) == count
        and all(isinstance(n, kinds) and not isinstance(n, bool) and abs(n) <= sys.float_info.max for n in values)
    )


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _u2net(name: str, source: str, sha256: str, licence: str = "Apache-2.0") -> Profile:
    """U²-Net's contract (Qin et al. 2020): the first of its seven outputs is the map that counts, a probability.

    rembg stretches that map to 0..1 in each picture, which makes a subject of noise where there is none; this does not.
    """
    spec = ModelSpec(
        name=name,
        size=(320, 320),
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        output="probability",
        licence=licence,
        source=source,
    )
    return Profile(spec, (sha256,))


def _deeplabv3(name: str, source: str, *sha256: str) -> Profile:
    """torchvision's contract with the classes of Pascal VOC."""
    spec = ModelSpec(
        name=name, size=(513, 513), mean=IMAGENET_MEAN, std=IMAGENET_STD, classes=21, person=15, source=source
    )
    return Profile(spec, sha256)


PROFILES: dict[str, Profile] = {
    "deeplabv3": _deeplabv3(
        "deeplabv3", "any DeepLabv3 exported with torchvision's contract and the Pascal VOC classes"
    ),
    "deeplabv3_mobilenetv2_voc": _deeplabv3(
        "deeplabv3_mobilenetv2_voc",
        "DeepLabv3 with a MobileNetV2 backbone, trained on Pascal VOC",
        "1b9ba6232edc7e8fb14821559e140d946876011ed56e03653c5ae1237bca12a8",
    ),
    "modnet": Profile(
        ModelSpec(
            name="modnet",
            size=(512, 512),
            task="matting",
            multiple=32,
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
            output="probability",
            licence="Apache-2.0",
            source="MODNet's official ONNX export, photographic portrait matting",
        ),
        ("07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",),
    ),
    "pphumanseg": Profile(
        ModelSpec(
            name="pphumanseg",
            size=(192, 192),
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
            output="probability",
            classes=2,
            person=1,
            licence="Apache-2.0",
            source="OpenCV Zoo, human_segmentation_pphumanseg_2023mar.onnx",
        ),
        ("552d8a984054e59b5d773d24b9b12022b22046ceb2bbc4c9aaeaceb36a9ddf24",),
    ),
    "u2net": _u2net(
        "u2net",
        "U²-Net for salient objects, u2net.onnx of rembg",
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
    ),
    "u2netp": _u2net(
        "u2netp",
        "U²-Net for salient objects, the small one, u2netp.onnx of rembg",
        "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    ),
    "u2net_human_seg": _u2net(
        "u2net_human_seg",
        "U²-Net for people, u2net_human_seg.onnx of rembg",
        "01eb6a29a5c4d8edb30b56adad9bb3a2a0535338e480724a213e0acfd2d1c73c",
    ),
    "silueta": _u2net(
        "silueta",
        "U²-Net for salient objects, reduced, silueta.onnx of rembg",
        "75da6c8d2f8096ec743d071951be73b4a8bc7b3e51d9a6625d63644f90ffeedb",
        licence="unknown",
    ),
}
