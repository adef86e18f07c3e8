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


def write(path: Path, description: ModelSpec | None = None, *, fixed: bool = False, stamp: bool = True) -> Path:
    """Saves the model that fits `description`: its layout, classes, person plane and kind of output."""
    description = description or spec()
    weights = np.zeros((description.classes, 3, 1, 1), np.float32)
    weights[description.person, :2, 0, 0] = STEEP, -STEEP
    height, width = description.size if fixed else ("height", "width")
    nhwc = description.layout == "NHWC"

    def picture(channels: int) -> list[Any]:
        batch = 1 if fixed else "batch"
        return [batch, height, width, channels] if nhwc else [batch, channels, height, width]

    nodes = [helper.make_node("Conv", ["planes", "weights"], ["scores"])]
    if nhwc:
        nodes.insert(0, helper.make_node("Transpose", ["input"], ["planes"], perm=[0, 3, 1, 2]))
    else:
        nodes.insert(0, helper.make_node("Identity", ["input"], ["planes"]))
    squash = "Sigmoid" if description.output == "probability" else "Identity"
    nodes.append(helper.make_node(squash, ["scores"], ["squashed"]))
    last = {"perm": [0, 2, 3, 1]} if nhwc else {}
    nodes.append(helper.make_node("Transpose" if nhwc else "Identity", ["squashed"], ["output"], **last))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, picture(3))],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, picture(description.classes))],
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
