"""Changes to a network's graph that keep what it computes: plain float32, a fixed size, a lighter head, bytes as input.

Each takes an `onnx.ModelProto`, changes it in place and leaves its weights as they are.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from edgebokeh.spec import ModelSpec
from export.errors import UnsupportedError

OPSET = 17
"""What older networks are raised to where a change needs it."""

LOWEST = 13
"""Since then Softmax works along one axis, and a DequantizeLinear has a scale per channel."""


def widen(model: Any) -> int:
    """Undo what `halve` and the recipes do: float16 weights behind a Cast become float32 ones. Returns how many."""
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT16}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored]
    for cast in casts:
        values = numpy_helper.to_array(stored[cast.input[0]]).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(values, cast.output[0]))
        graph.node.remove(cast)
    prune(model)
    return len(casts)


def prune(model: Any) -> None:
    """Remove the nodes and weights from which no output is computed."""
    graph = model.graph
    wanted, kept = {value.name for value in graph.output}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    replace_all(graph.node, reversed(kept))
    replace_all(graph.initializer, [tensor for tensor in graph.initializer if tensor.name in wanted])
    replace_all(graph.value_info, [value for value in graph.value_info if value.name in wanted])


def raise_opset(model: Any, lowest: int) -> Any:
    """The model itself, or one of operator set OPSET where it is below `lowest`. Raises UnsupportedError."""
    if opset(model) >= lowest:
        return model
    try:
        return onnx.version_converter.convert_version(model, OPSET)
    except Exception as error:  # onnx raises RuntimeError, and its own classes, from C++
        raise UnsupportedError(
            f"the network is of operator set {opset(model)} and cannot be raised to {OPSET} ({_line(error)})",
            "export it again with a higher opset",
        ) from error


def opset(model: Any) -> int:
    """The version of ONNX's own operators."""
    return next(int(entry.version) for entry in model.opset_import if entry.domain in {"", "ai.onnx"})


def fix(model: Any, spec: ModelSpec, size: tuple[int, int] | None) -> Any:
    """The model with batch norms and constants folded; where a `size` (H, W) is given, for one picture of that size.

    Raises UnsupportedError where onnxruntime refuses the network, or its own sides are fixed to another size.
    """
    if size:
        _set_sides(model, spec, size)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "folded.onnx")
        try:
            onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common class of their own
            raise UnsupportedError(
                f"onnxruntime refuses the network ({_line(error)})", "choose another --size, or leave it out"
            ) from error
        folded = onnx.load(options.optimized_model_filepath)
    replace_all(folded.opset_import, [entry for entry in folded.opset_import if entry.domain in {"", "ai.onnx"}])
    for number, node in enumerate(folded.graph.node):
        node.name = node.name or f"{node.op_type}_{number}"
    inferred = onnx.shape_inference.infer_shapes(folded)
    _scale_resizes(inferred.graph)
    prune(inferred)
    return inferred


def person_head(model: Any, spec: ModelSpec) -> ModelSpec:
    """Let the network say the probability of "person" alone, as small as it computed it. Returns its new description.

    A Resize at its end is cut off, and what turns its classes into probabilities works on the small planes.
    Raises UnsupportedError where that is what it does already, or it is no network of NCHW planes.
    """
    if (spec.output_layout or spec.layout) != "NCHW":
        raise UnsupportedError("the network's output is not NCHW", "give its logits as N×C×H×W")
    graph = model.graph
    (output,) = graph.output[:1]
    last = _producer(graph, output.name)
    small = last.input[0] if last.op_type == "Resize" else output.name
    if small == output.name and spec.classes == 1 and spec.output == "probability":
        raise UnsupportedError("the network gives one plane of probability already", "leave out --head person")
    if small == output.name:
        small = last.output[0] = f"{output.name}.all"
    else:
        graph.node.remove(last)
    _squash(graph, spec, small, "person")
    shape = [_batch(graph), 1, "rows", "columns"]
    replace_all(graph.output, [helper.make_tensor_value_info("person", TensorProto.FLOAT, shape)])
    prune(model)
    return replace(spec, output="probability", classes=1, person=0)


def byte_input(model: Any, spec: ModelSpec) -> ModelSpec:
    """Let the network take a picture's bytes, N×H×W×3 uint8, RGB. Returns its new description.

    Raises UnsupportedError where it does already, or its input is not NCHW.
    """
    if spec.input == "uint8" or spec.layout != "NCHW":
        raise UnsupportedError("the network's input is not float32 N×3×H×W", "leave out --input u8")
    graph = model.graph
    old = graph.input[0]
    batch, _, height, width = (dim.dim_value or dim.dim_param or "side" for dim in old.type.tensor_type.shape.dim)
    picture = helper.make_tensor_value_info("picture", TensorProto.UINT8, [batch, height, width, 3])
    mean, std = (np.array(values, np.float32).reshape(1, 3, 1, 1) for values in (spec.mean, spec.std))
    graph.initializer.append(numpy_helper.from_array(1 / (255 * std), "picture.scale"))
    graph.initializer.append(numpy_helper.from_array(-mean / std, "picture.shift"))
    nodes = [
        helper.make_node("Transpose", ["picture"], ["picture.planes"], "picture.transpose", perm=(0, 3, 1, 2)),
        helper.make_node("Cast", ["picture.planes"], ["picture.values"], "picture.cast", to=TensorProto.FLOAT),
        helper.make_node("Mul", ["picture.values", "picture.scale"], ["picture.scaled"], "picture.mul"),
        helper.make_node("Add", ["picture.scaled", "picture.shift"], [old.name], "picture.add"),
    ]
    replace_all(graph.node, [*nodes, *graph.node])
    replace_all(graph.input, [picture, *graph.input[1:]])
    plain = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return replace(spec, input="uint8", layout="NHWC", output_layout="NCHW", mean=plain[0], std=plain[1])


def _squash(graph: Any, spec: ModelSpec, planes: str, name: str) -> None:
    """Nodes from planes of all classes to the person's probability, of the tensor called `name`."""
    chosen = numpy_helper.from_array(np.array([spec.person], np.int64), "person.index")
    if spec.classes == 1:
        graph.node.append(helper.make_node("Sigmoid" if spec.output == "logits" else "Identity", [planes], [name]))
        return
    if spec.output == "logits":
        graph.node.append(helper.make_node("Softmax", [planes], ["person.all"], "person.softmax", axis=1))
        planes = "person.all"
    graph.initializer.append(chosen)
    graph.node.append(helper.make_node("Gather", [planes, "person.index"], [name], "person.gather", axis=1))


def _set_sides(model: Any, spec: ModelSpec, size: tuple[int, int]) -> None:
    dims = model.graph.input[0].type.tensor_type.shape.dim
    rows, columns = (2, 3) if spec.layout == "NCHW" else (1, 2)
    for axis, side in ((0, 1), (rows, size[0]), (columns, size[1])):
        if dims[axis].HasField("dim_value") and dims[axis].dim_value != side:
            raise UnsupportedError(
                f"the network's input is fixed to {dims[rows].dim_value}x{dims[columns].dim_value}",
                "leave out --size, or start from a network with open sizes",
            )
        dims[axis].dim_value = side
    del model.graph.value_info[:]
    for dim in model.graph.output[0].type.tensor_type.shape.dim:
        if not dim.HasField("dim_value"):
            dim.Clear()


def _scale_resizes(graph: Any) -> None:
    """Let a Resize of two axes by whole factors say these for all four axes.

    onnxruntime 1.31 moves Transposes past a Resize in int8 and then fails where it names only two axes.
    """
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer if len(tensor.dims) == 1}
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in graph.value_info}
    for node in graph.node:
        axes = next((list(entry.ints) for entry in node.attribute if entry.name == "axes"), None)
        if node.op_type != "Resize" or axes != [2, 3] or node.input[-1] not in constants:
            continue
        sizes, sides = constants[node.input[3]] if len(node.input) == 4 else (), shapes.get(node.input[0], [])[2:]
        if not len(sizes) or not all(sides) or len(sides) != 2 or np.any(np.mod(sizes, sides)):
            continue
        name = f"{node.name}.scales"
        scales = np.array([1, 1, *np.divide(sizes, sides)], np.float32)
        graph.initializer.append(numpy_helper.from_array(scales, name))
        replace_all(node.input, [node.input[0], "", name])
        replace_all(node.attribute, [entry for entry in node.attribute if entry.name != "axes"])


def _producer(graph: Any, name: str) -> Any:
    return next(node for node in graph.node if name in node.output)


def _batch(graph: Any) -> Any:
    first = graph.input[0].type.tensor_type.shape.dim[0]
    return first.dim_value or first.dim_param or "batch"


def replace_all(field: Any, values: Iterable[Any]) -> None:
    """Set a repeated field of a protobuf message."""
    kept = list(values)
    del field[:]
    field.extend(kept)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
