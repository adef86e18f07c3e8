"""A small network whose coarse planes are enlarged at its end, as DeepLabv3's are: red is person."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgebokeh.spec import ModelSpec

STEP = 8
"""Pixels of the input to one of the coarse planes."""

SPEC = ModelSpec(name="small", size=(64, 96), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4), classes=3, person=1)


def spec(**changes: Any) -> ModelSpec:
    return replace(SPEC, **changes)


def network(classes: int = 3, mode: str = "half_pixel", fixed: bool = True, opset: int = 18) -> Any:
    """An `onnx.ModelProto`: two convolutions with a batch norm between them, and a Resize to the input's size."""
    generator = np.random.default_rng(3)
    first = generator.normal(scale=0.2, size=(16, 3, STEP, STEP)).astype(np.float32) / STEP
    first[0] = np.array([1, -0.5, -0.5], np.float32)[:, None, None] / STEP**2
    second = generator.normal(scale=0.2, size=(classes, 16, 1, 1)).astype(np.float32)
    second[min(1, classes - 1), 0] = 4
    weights = {
        "first": first,
        "second": np.tile(second, (1, 1, 3, 3)) / np.float32(9),
        "mean": generator.normal(scale=0.1, size=16).astype(np.float32),
        "bias": generator.normal(scale=0.1, size=16).astype(np.float32),
        "variance": generator.uniform(0.5, 1.5, 16).astype(np.float32),
        "scale": np.ones(16, np.float32),
    }
    sizes = np.array([1, classes, 64, 96], np.int64)
    scales = np.array([1, 1, STEP, STEP], np.float32)
    more: dict[str, NDArray[Any]] = {"sizes": sizes} if fixed else {"scales": scales}
    inputs = ["planes", "", "", "sizes"] if fixed else ["planes", "", "scales"]
    if opset < 13:
        more |= {"region": np.zeros(0, np.float32), "scales": scales[: 0 if fixed else 4]}
        inputs = ["planes", "region", "scales", *inputs[3:]]
    nodes = [
        helper.make_node("Conv", ["input", "first"], ["one"], "conv_one", strides=[STEP, STEP]),
        helper.make_node("BatchNormalization", ["one", "scale", "bias", "mean", "variance"], ["two"], "norm"),
        helper.make_node("Relu", ["two"], ["three"], "relu"),
        helper.make_node("Conv", ["three", "second"], ["planes"], "conv_two", pads=[1, 1, 1, 1]),
        helper.make_node("Resize", inputs, ["out"], "large", mode="linear", coordinate_transformation_mode=mode),
    ]
    sides = [1, 3, 64, 96] if fixed else ["batch", 3, "height", "width"]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [sides[0], classes, *sides[2:]])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in {**weights, **more}.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def picture(height: int = 64, width: int = 96) -> NDArray[np.uint8]:
    """H×W×3 uint8 BGR: a red ellipse on noisy green."""
    generator = np.random.default_rng(5)
    rows, columns = np.mgrid[0:height, 0:width]
    inside = ((rows / height - 0.55) / 0.4) ** 2 + ((columns / width - 0.4) / 0.25) ** 2 < 1
    pixels = generator.integers(0, 60, (height, width, 3), dtype=np.uint8)
    pixels[..., 1] += np.uint8(150)
    pixels[inside] = np.array([20, 30, 230], np.uint8)
    return pixels


def softmax(planes: NDArray[np.float32], axis: int = 1) -> NDArray[np.float32]:
    weights = np.exp(planes - planes.max(axis=axis, keepdims=True))
    share: NDArray[np.float32] = weights / weights.sum(axis=axis, keepdims=True)
    return share
