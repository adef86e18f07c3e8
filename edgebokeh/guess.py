"""What a network's shapes tell of how it wants its pictures, for a file that nothing describes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgebokeh import parity
from edgebokeh.errors import ModelUndescribedError, ModelUnsuitableError
from edgebokeh.graphs import first_line
from edgebokeh.spec import Input, Layout, ModelSpec, Output

SIDE = 512
"""Height and width in pixels that are taken for a network of any size."""

INPUTS: dict[str, Input] = {"tensor(float)": "float32", "tensor(uint8)": "uint8"}
"""Kinds of input that can be fed, by onnxruntime's names."""


def guessed(session: Any, path: Path, given: Mapping[str, Any]) -> ModelSpec:
    """The description of an open segmentation network, from its shapes and one run, where `given` does not say more.

    given: fields of ModelSpec. Taken for granted without them: values in 0..1 with neither mean nor deviation,
    SIDE × SIDE pixels where any size will do, the second of two planes for the person. Whether the output is a
    probability is seen in the answer to a drawn portrait, none of which is then outside 0..1.
    Raises ModelUndescribedError where the layout or the person's plane cannot be told, ModelUnsuitableError for values
    that make no sense.
    """
    node, planes = session.get_inputs()[0], session.get_outputs()[0].shape
    layout = given.get("layout") or _layout(node.shape, path)
    rows, columns = (2, 3) if layout == "NCHW" else (1, 2)
    height, width = (side if isinstance(side, int) else SIDE for side in (node.shape[rows], node.shape[columns]))
    output_layout = given.get("output_layout") or _output_layout(planes, layout)
    classes = given.get("classes") or _classes(planes[1 if output_layout == "NCHW" else 3], path)
    if "person" not in given and classes > 2:
        raise ModelUndescribedError(
            f"nothing says which of the {classes} planes of {path} is the person", "name it with --person-index"
        )
    read: dict[str, Any] = {
        "name": path.stem,
        "size": (height, width),
        "layout": layout,
        "output_layout": None if output_layout == layout else output_layout,
        "input": INPUTS[node.type],
        "classes": classes,
        "person": classes - 1,
    }
    if "output" not in given:
        read["output"] = _output(session, given.get("size", (height, width)), path)
    return ModelSpec(**(read | dict(given)))


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


def _output(session: Any, size: tuple[int, int], path: Path) -> Output:
    """Logits, unless one answer has all its values in 0..1. Raises ModelUnsuitableError where there is no answer."""
    picture = parity.question(session, size)
    if picture is None:
        return "logits"
    try:
        answer = parity.answer(session, picture)
    except Exception as error:  # onnxruntime raises a dozen unrelated private classes
        raise ModelUnsuitableError(
            f"{path} cannot run on a picture of {size[1]}×{size[0]} ({first_line(error)})",
            "name the size that it wants with --input-size",
        ) from error
    return "probability" if answer.size and answer.min() >= 0 and answer.max() <= 1 else "logits"
