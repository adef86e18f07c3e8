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

AXES_OPSET = 18
"""Since then a reduction's axes are an input."""

CENTRED = ("half_pixel", "pytorch_half_pixel")
"""Modes of a Resize that sample at pixels' centres, as OpenCV does when it enlarges a plane."""


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
    """Let the network say the person's probability alone, as small as it computed it. Returns its new description.

    A Resize at its end is cut off. Where that one does not sample at pixels' centres, as whoever enlarges the plane
    will, it stays and `matte_head` does the rest. Raises UnsupportedError as that does.
    """
    resize = _last_resize(model.graph, spec)
    if resize is None or _mode(resize) not in CENTRED:
        return matte_head(model, spec)
    model.graph.node.remove(resize)
    _squash(model.graph, spec, resize.input[0])
    return _one_plane(model, spec)


def matte_head(model: Any, spec: ModelSpec) -> ModelSpec:
    """Let the network say the person's probability alone, in its own size. Returns its new description.

    A Resize at its end enlarges one plane instead of all: the log of the person's odds against all other classes.
    Raises UnsupportedError where that is what the network does already, or its planes are not NCHW.
    """
    graph = model.graph
    resize = _last_resize(graph, spec)
    if resize is None:
        (last,) = (node for node in graph.node if graph.output[0].name in node.output)
        planes = f"{graph.output[0].name}.all"
        replace_all(last.output, [planes if name == graph.output[0].name else name for name in last.output])
        _squash(graph, spec, planes)
        return _one_plane(model, spec)
    if spec.output == "probability":
        raise UnsupportedError("the network enlarges probabilities", "use --head person")
    graph.node.remove(resize)
    _odds(model, spec, resize.input[0])
    resize.input[0], resize.output[0] = "person.odds", "person.large"
    _one_channel(graph, resize)
    graph.node.append(resize)
    graph.node.append(helper.make_node("Sigmoid", ["person.large"], ["person"], "person.sigmoid"))
    return _one_plane(model, spec)


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


def _last_resize(graph: Any, spec: ModelSpec) -> Any | None:
    """The Resize that makes the network's output, if one does. Raises UnsupportedError where no head can be changed."""
    if (spec.output_layout or spec.layout) != "NCHW":
        raise UnsupportedError("the network's output is not NCHW", "give its logits as N×C×H×W")
    (last,) = (node for node in graph.node if graph.output[0].name in node.output)
    if last.op_type == "Resize":
        return last
    if spec.classes == 1 and spec.output == "probability":
        raise UnsupportedError("the network gives one plane of probability already", "leave out --head")
    return None


def _mode(resize: Any) -> str:
    """How a Resize places its samples."""
    found = (entry.s.decode() for entry in resize.attribute if entry.name == "coordinate_transformation_mode")
    return next(found, "half_pixel")


def _squash(graph: Any, spec: ModelSpec, planes: str) -> None:
    """Nodes from planes of all classes to the person's probability, the tensor "person"."""
    if spec.classes == 1:
        kind = "Sigmoid" if spec.output == "logits" else "Identity"
        graph.node.append(helper.make_node(kind, [planes], ["person"], "person.squash"))
        return
    if spec.output == "logits":
        graph.node.append(helper.make_node("Softmax", [planes], ["person.all"], "person.softmax", axis=1))
        planes = "person.all"
    _pick(graph, planes, [spec.person], "person")


def _odds(model: Any, spec: ModelSpec, planes: str) -> None:
    """Nodes from planes of all classes' logits to the log of the person's odds, the tensor "person.odds"."""
    graph = model.graph
    if spec.classes == 1:
        graph.node.append(helper.make_node("Identity", [planes], ["person.odds"], "person.identity"))
        return
    _pick(graph, planes, [spec.person], "person.logit")
    _pick(graph, planes, [index for index in range(spec.classes) if index != spec.person], "person.others")
    settings: dict[str, Any] = {"keepdims": 1}
    inputs = ["person.others"]
    if opset(model) < AXES_OPSET:
        settings["axes"] = [1]
    else:
        graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "person.axes"))
        inputs.append("person.axes")
    graph.node.append(helper.make_node("ReduceLogSumExp", inputs, ["person.against"], "person.sum", **settings))
    graph.node.append(helper.make_node("Sub", ["person.logit", "person.against"], ["person.odds"], "person.sub"))


def _pick(graph: Any, planes: str, indices: list[int], name: str) -> None:
    graph.initializer.append(numpy_helper.from_array(np.array(indices, np.int64), f"{name}.indices"))
    graph.node.append(helper.make_node("Gather", [planes, f"{name}.indices"], [name], f"{name}.gather", axis=1))


def _one_channel(graph: Any, resize: Any) -> None:
    """Let a Resize that is told the size of all four axes make one plane."""
    if len(resize.input) < 4 or any(entry.name == "axes" for entry in resize.attribute):
        return
    sizes = resize.input[3]
    for name, value in (("first", [0]), ("one", [1]), ("sides", [2, 3])):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), f"person.{name}"))
    graph.node.append(helper.make_node("Gather", [sizes, "person.first"], ["person.batch"], "person.batch"))
    graph.node.append(helper.make_node("Gather", [sizes, "person.sides"], ["person.size"], "person.size"))
    parts = ["person.batch", "person.one", "person.size"]
    graph.node.append(helper.make_node("Concat", parts, ["person.sizes"], "person.sizes", axis=0))
    resize.input[3] = "person.sizes"


def _one_plane(model: Any, spec: ModelSpec) -> ModelSpec:
    """Make "person" the output, and describe it."""
    first = model.graph.input[0].type.tensor_type.shape.dim[0]
    shape = [first.dim_value or first.dim_param or "batch", 1, "rows", "columns"]
    replace_all(model.graph.output, [helper.make_tensor_value_info("person", TensorProto.FLOAT, shape)])
    prune(model)
    learned = spec.learned or (spec.classes if spec.classes > 1 else None)
    return replace(spec, output="probability", classes=1, person=0, learned=learned)


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


def replace_all(field: Any, values: Iterable[Any]) -> None:
    """Set a repeated field of a protobuf message."""
    kept = list(values)
    del field[:]
    field.extend(kept)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
