"""Tiny ONNX models with a known answer: one 1×1 convolution that says "red is person"."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgebokeh.spec import METADATA_KEY, ModelSpec

STEEP = 40.0
"""Logit per unit of redness above one half, so that pure red is surely a person and pure green surely is none."""


def spec(**changes: Any) -> ModelSpec:
    """What `write` makes: a logit of (red − green) per pixel, soft-maxed against the other classes' zero."""
    return ModelSpec(
        **({"name": "tiny", "size": (32, 48), "output": "logits", "licence": "CC0-1.0", "source": "tests"} | changes)
    )


def write(
    path: Path, description: ModelSpec | None = None, *, fixed: bool = False, stamp: bool = True, coarse: int = 1
) -> Path:
    """Saves the model that fits `description`: its layouts, input, classes, person plane and kind of output.

    coarse: how many pixels of the input, each way, one of the output covers.
    """
    description = description or spec()
    weights = np.zeros((description.classes, 3, 1, 1), np.float32)
    weights[description.person, :2, 0, 0] = STEEP, -STEEP
    if description.input == "uint8":
        weights /= 255
    height, width = description.size if fixed else ("height", "width")
    layouts = description.layout, description.output_layout or description.layout

    def picture(channels: int, layout: str, times: int = 1) -> list[Any]:
        sides = [side // times if isinstance(side, int) else side + "/" * (times > 1) for side in (height, width)]
        return ["batch" if not fixed else 1, *([channels, *sides] if layout == "NCHW" else [*sides, channels])]

    pool = {"kernel_shape": [coarse] * 2, "strides": [coarse] * 2}
    steps: list[tuple[str, str, dict[str, Any]]] = [
        *([("floats", "Cast", {"to": TensorProto.FLOAT})] if description.input == "uint8" else []),
        ("planes", "Identity", {}) if layouts[0] == "NCHW" else ("planes", "Transpose", {"perm": [0, 3, 1, 2]}),
        ("scores", "Conv", {}),
        *([("means", "AveragePool", pool)] if coarse > 1 else []),
        ("squashed", "Sigmoid" if description.output == "probability" else "Identity", {}),
        ("output", "Identity", {}) if layouts[1] == "NCHW" else ("output", "Transpose", {"perm": [0, 2, 3, 1]}),
    ]
    names = ["input", *(name for name, _, _ in steps)]
    nodes = [
        helper.make_node(kind, [before, *(["weights"] if kind == "Conv" else [])], [name], **settings)
        for before, (name, kind, settings) in zip(names, steps, strict=False)
    ]
    kind = TensorProto.UINT8 if description.input == "uint8" else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", kind, picture(3, layouts[0]))],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, picture(description.classes, layouts[1], coarse))],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if stamp:
        helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.save(model, path)
    return path


def write_classifier(path: Path) -> Path:
    """Saves an ONNX model that is no segmenter: a picture to ten numbers."""
    weights = numpy_helper.from_array(np.zeros((10, 3, 1, 1), np.float32), "weights")
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Conv", ["mean", "weights"], ["scores"]),
        helper.make_node("Flatten", ["scores"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "classifier",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 10])],
        [weights],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def picture(height: int = 60, width: int = 80, dtype: type = np.uint8) -> np.ndarray:
    """A BGR photo with a red subject, a third of each side, in the middle of noisy green."""
    generator = np.random.default_rng(7)
    limit = np.iinfo(dtype).max
    pixels = np.zeros((height, width, 3), dtype)
    pixels[..., 1] = generator.integers(limit // 2, limit, (height, width), dtype=dtype, endpoint=True)
    pixels[subject(height, width)] = (0, 0, limit)
    return pixels


def subject(height: int = 60, width: int = 80) -> tuple[slice, slice]:
    """Rows and columns of the red subject in `picture`."""
    return slice(height // 3, 2 * height // 3), slice(width // 3, 2 * width // 3)
