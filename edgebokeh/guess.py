"""What a network's shapes tell of how it wants its pictures, for a file that nothing describes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edgebokeh import parity, tensors
from edgebokeh.arrays import Pixels
from edgebokeh.errors import ModelUndescribedError, ModelUnsuitableError, ValueRangeError
from edgebokeh.graphs import first_line
from edgebokeh.spec import LARGEST, Input, Layout, ModelSpec, Output

SIDE = 512
"""Height and width in pixels that are taken for a network of any size."""

SLACK = 1e-3
"""How far outside 0..1 a probability may lie: a Resize after a sigmoid rounds to a little more than 1."""

INPUTS: dict[str, Input] = {"tensor(float)": "float32", "tensor(uint8)": "uint8"}
"""Kinds of input that can be fed, by onnxruntime's names."""


def guessed(session: Any, path: Path, given: Mapping[str, Any]) -> tuple[ModelSpec, str]:
    """The description of an open segmentation network, from its shapes and one run, where `given` does not say more;
    and what of it no shape tells, in the words of the options that correct it.

    given: fields of ModelSpec. Taken for granted without them: values in 0..1 with neither mean nor deviation,
    SIDE × SIDE pixels where any size will do, the second of two planes for the person. Whether the output is a
    probability is seen in the answer to a drawn portrait, fed with mean and deviation: no value is then outside 0..1 by
    more than SLACK.
    Raises ModelUndescribedError where the layout or the person's plane cannot be told, ValueRangeError for a plane that
    there is not, ModelUnsuitableError for values that make no sense.
    """
    node, planes = session.get_inputs()[0], session.get_outputs()[0].shape
    layout = given.get("layout") or _layout(node.shape, path)
    rows, columns = (2, 3) if layout == "NCHW" else (1, 2)
    height, width = (side if isinstance(side, int) else SIDE for side in (node.shape[rows], node.shape[columns]))
    output_layout = given.get("output_layout") or _output_layout(planes, layout)
    classes = given.get("classes") or _classes(planes[1 if output_layout == "NCHW" else 3], path)
    if "person" not in given and classes not in (1, 2):
        raise ModelUndescribedError(
            f"nothing says which of the {classes} planes of {path} is the person", "name it with --person-index"
        )
    check_person(given, classes, path)
    read: dict[str, Any] = {
        "name": path.stem,
        "size": (height, width),
        "layout": layout,
        "output_layout": None if output_layout == layout else output_layout,
        "input": INPUTS[node.type],
        "classes": classes,
        "person": int(classes == 2),
    }
    spec = ModelSpec(**(read | dict(given)))
    if "output" not in given:
        spec = replace(spec, output=_output(session, spec, path))
    return spec, _assumed(spec, given, fixed=isinstance(node.shape[rows], int) and isinstance(node.shape[columns], int))


def check_person(given: Mapping[str, Any], classes: Any, path: Path) -> None:
    """Raises ValueRangeError where `given` names a plane for the person that a network of so many does not have."""
    person = given.get("person")
    if isinstance(person, int) and isinstance(classes, int) and not 0 <= person < classes:
        raise ValueRangeError(
            f"--person-index {person} is none of the planes of {path}, which has {classes}, counted from 0",
            f"use --person-index {f'0 to {classes - 1}' if classes > 1 else 0}",
        )


def _assumed(spec: ModelSpec, given: Mapping[str, Any], *, fixed: bool) -> str:
    """What neither `given` nor a shape says, as options. fixed: whether the shapes tell the size."""
    words = {
        "size": "" if fixed else f"--input-size {spec.size[1]}x{spec.size[0]}",
        "mean": "--mean 0" if spec.input == "float32" else "",
        "std": "--std 1" if spec.input == "float32" else "",
        "person": f"--person-index {spec.person}" if spec.classes > 1 else "",
        "output": f"--output-kind {'prob' if spec.output == 'probability' else spec.output}",
    }
    return " ".join(word for field, word in words.items() if word and field not in given)


def _layout(shape: list[Any], path: Path) -> Layout:
    if shape[1] == 3:
        return "NCHW"
    if shape[3] == 3:
        return "NHWC"
    raise ModelUndescribedError(
        f"the input of {path} has the shape {shape}, which leaves its layout open", "use --layout"
    )


def _output_layout(planes: list[Any], layout: Layout) -> Layout:
    """That of the input, unless the output's planes are plainly counted elsewhere: they are fewer than its pixels."""
    first, last = planes[1], planes[3]
    if isinstance(first, int) and isinstance(last, int) and first != last:
        return "NCHW" if first < last else "NHWC"
    return layout


def _classes(planes: Any, path: Path) -> int:
    if isinstance(planes, int):
        return planes
    raise ModelUndescribedError(
        f"the output of {path} leaves open how many planes it has", "describe it in a JSON file for --spec"
    )


def _output(session: Any, spec: ModelSpec, path: Path) -> Output:
    """Logits, unless one answer has all its values in 0..1. Raises ModelUnsuitableError where there is no answer."""
    shape, rows = session.get_inputs()[0].shape, 2 if spec.layout == "NCHW" else 1
    sides = zip(shape[rows : rows + 2], spec.size, strict=True)
    height, width = (side if isinstance(side, int) else own for side, own in sides)
    batch = shape[0] if isinstance(shape[0], int) else 1
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST and batch == 1):
        return "logits"
    try:
        answer = parity.answer(session, tensors.prepare(_portrait(height, width), spec, (height, width))[0])
    except Exception as error:  # onnxruntime raises a dozen unrelated private classes
        raise ModelUnsuitableError(
            f"{path} cannot run on a picture of {width}×{height} ({first_line(error)})",
            "name the size that it wants with --input-size",
        ) from error
    inside = answer.size and answer.min() >= -SLACK and answer.max() <= 1 + SLACK
    return "probability" if inside else "logits"


def _portrait(height: int, width: int) -> Pixels:
    """The drawn portrait as a photo: height×width×3 BGR uint8."""
    rgb = np.rint((parity.portrait(height, width) + 1) * 127.5).astype(np.uint8)
    return np.ascontiguousarray(rgb[::-1].transpose(1, 2, 0))
