"""Options that several commands have, and the plan that they make."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from export.artifact import MODELS

SIZES = range(32, 8193)


class Head(StrEnum):
    """What a network says of a picture."""

    LOGITS = "logits"
    PERSON = "person"
    MATTE = "matte"


class Input(StrEnum):
    """What a network takes."""

    FLOAT = "float"
    U8 = "u8"


class Precision(StrEnum):
    """How a network keeps its weights, and computes."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"
    INT8_WEIGHTS = "int8-weights"


class Calibration(StrEnum):
    """How an activation's range is chosen."""

    ENTROPY = "entropy"
    MINMAX = "minmax"
    PERCENTILE = "percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to reduce a network, and how to judge what came of it.

    size: (height, width) to fix it to. calibrate, validate, masks: folders. set_name: how the proof calls the photos of
    `validate`. calibration: None for minmax. max_drop: in IoU.
    Raises typer.BadParameter where the settings contradict each other.
    """

    head: str = "logits"
    input: str = "float"
    precision: str = "fp32"
    size: tuple[int, int] | None = None
    calibrate: Path | None = None
    calibration: str | None = None
    validate: Path | None = None
    masks: Path | None = None
    set_name: str = ""
    max_drop: float = 0.005

    def __post_init__(self) -> None:
        if self.precision == "int8" and not self.calibrate:
            raise typer.BadParameter("int8 needs photos for the ranges of its numbers", param_hint="--calibrate")
        if self.calibrate and not self.looks:
            raise typer.BadParameter("only int8 and int8-weights look at photos", param_hint="--calibrate")
        if self.calibration and self.precision != "int8":
            raise typer.BadParameter("only int8 has ranges to choose", param_hint="--calibration")
        if self.set_name and not self.validate:
            raise typer.BadParameter("a name needs the photos that it is of", param_hint="--validate")
        if self.masks and not self.validate:
            raise typer.BadParameter("masks need the photos that they belong to", param_hint="--validate")

    @property
    def looks(self) -> bool:
        """Whether the reduction itself looks at photos."""
        return self.precision in ("int8", "int8-weights")

    @property
    def method(self) -> str:
        """How ranges are chosen."""
        return str(self.calibration or Calibration.MINMAX)

    def suffixes(self) -> list[str]:
        """What is appended to the network's name: nothing where nothing is reduced."""
        heads = [] if self.head == "logits" else [str(self.head)]
        inputs = [] if self.input == "float" else [str(self.input)]
        sizes = ["x".join(map(str, self.size))] if self.size else []
        return [*heads, *inputs, *sizes, *self._precision()]

    def changes(self) -> list[str]:
        """What is done to the network, in words."""
        heads = [] if self.head == "logits" else [f"head {self.head}"]
        inputs = [] if self.input == "float" else [f"input {self.input}"]
        sizes = [f"size {'x'.join(map(str, self.size))}"] if self.size else []
        ranges = [f"calibration {self.method}"] if self.precision == "int8" else []
        return [*heads, *inputs, *sizes, *(self._precision() or ["fp32"]), *ranges]

    def _precision(self) -> list[str]:
        return [] if self.precision == "fp32" else [str(self.precision)]


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) from "N" or "HxW". Raises typer.BadParameter."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) in SIZES for part in parts):
        raise typer.BadParameter(
            f"{text!r} is neither N nor HxW with whole numbers from {SIZES[0]} to {SIZES[-1]}", param_hint="--size"
        )
    return int(parts[0]), int(parts[-1])


Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
HeadOption = Annotated[
    Head,
    typer.Option(
        "--head",
        help="Every class's logits, or the person's probability alone, as small as it was computed, or enlarged.",
    ),
]
InputOption = Annotated[
    Input, typer.Option("--input", help="Normalised floats, N×3×H×W, or a picture's bytes, N×H×W×3.")
]
PrecisionOption = Annotated[
    Precision | None,
    typer.Option(
        "--precision",
        help="fp16 and int8-weights are how weights are kept, the arithmetic is float32; int8 computes in int8 too.",
        show_default="fp32",
    ),
]
Calibrate = Annotated[
    Path | None,
    typer.Option("--calibrate", metavar="DIR", help="Photos like those to come, for the ranges of int8's numbers."),
]
CalibrationOption = Annotated[
    Calibration | None,
    typer.Option("--calibration", help="How int8's ranges come from the photos.", show_default="minmax"),
]
Validate = Annotated[
    Path | None,
    typer.Option("--validate", metavar="DIR", help="Photos on which a reduced network is compared with its parent."),
]
Masks = Annotated[
    Path | None, typer.Option("--masks", metavar="DIR", help="Their true masks, by the same names.", show_default=False)
]
SetName = Annotated[str, typer.Option("--set", metavar="NAME", help="How the proof calls these photos.")]
MaxDrop = Annotated[
    float,
    typer.Option("--max-drop", metavar="X", min=0, max=1, help="Largest loss of IoU; above it nothing is written."),
]


def output(name: str) -> Any:
    """`-o`, whose default is the file of the model `name` in `models/`."""
    return typer.Option("-o", "--output", show_default=f"{MODELS.name}/{name}.onnx", help="The ONNX file to write.")
