"""A TFLite network as ONNX: float32 arithmetic, NCHW throughout, any batch.

Covers the operators of small MobileNet-like segmenters, with weights in float32 or float16. float16 weights stay so in
the file, behind a Cast that onnxruntime folds when it loads: nothing is lost and the file is half as large.
Whatever is not in the OPS table raises UnsupportedError; nothing is skipped.

Sources: the TFLite schema (package `tflite`), ONNX's operator set 18, and for `Convolution2DTransposeBias` the custom
operator of that name in MediaPipe.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.errors import UnsupportedError

OPSET = 18
IR_VERSION = 10
"""Both low enough for onnxruntime 1.24, the oldest that edgebokeh admits."""

_HINT = "export a network of another kind, or teach export/tflite_to_onnx.py this one"


@dataclass(frozen=True, slots=True)
class _Op:
    """One TFLite operator. name: as in the schema, or the custom operator's. inputs, outputs: tensor numbers."""

    name: str
    inputs: list[int]
    outputs: list[int]
    table: Any

    def options(self, kind: Any) -> Any:
        """The operator's settings, as the schema's class `kind`. Raises UnsupportedError where it has none of them."""
        if self.table.BuiltinOptionsType() != getattr(tflite.BuiltinOptions, kind.__name__):
            raise UnsupportedError(f"{self.name} comes without {kind.__name__}", _HINT)
        options, raw = kind(), self.table.BuiltinOptions()
        options.Init(raw.Bytes, raw.Pos)
        return options


@dataclass(slots=True)
class _Graph:
    """The ONNX graph as far as it is written. names: tensor number to ONNX name. constants: in TFLite's layout."""

    model: Any
    tensors: list[Any]
    names: dict[int, str]
    constants: dict[int, NDArray[Any]] = field(default_factory=dict)
    nodes: list[Any] = field(default_factory=list)
    initialisers: list[Any] = field(default_factory=list)

    def shape(self, tensor: int) -> tuple[int, int, int, int]:
        """(N, H, W, C) of an activation."""
        table = self.tensors[tensor]
        shape = [table.Shape(i) for i in range(table.ShapeLength())]
        if len(shape) != 4 or table.Type() != tflite.TensorType.FLOAT32:
            raise UnsupportedError(f"tensor {table.Name()!r} is not a float32 picture of four dimensions", _HINT)
        return shape[0], shape[1], shape[2], shape[3]

    def plane(self, tensor: int) -> tuple[int, int]:
        return self.shape(tensor)[1:3]

    def constant(self, tensor: int) -> NDArray[Any]:
        """The values of a weight or a bias, float16 or float32."""
        if tensor not in self.constants:
            table = self.tensors[tensor]
            buffer = self.model.Buffers(table.Buffer())
            if table.Type() not in _DTYPES or not buffer.DataLength():
                raise UnsupportedError(f"tensor {table.Name()!r} is not a constant of float16 or float32", _HINT)
            self.constants[tensor] = buffer.DataAsNumpy().view(_DTYPES[table.Type()]).reshape(table.ShapeAsNumpy())
        return self.constants[tensor]

    def weights(self, tensor: int, axes: Sequence[int]) -> str:
        """Store a constant with its axes reordered; the name of its float32 value."""
        values = np.ascontiguousarray(self.constant(tensor).transpose(axes))
        name = f"weights_{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(values, name))
        if values.dtype == np.float32:
            return name
        self.nodes.append(helper.make_node("Cast", [name], [f"{name}_f32"], to=TensorProto.FLOAT))
        return f"{name}_f32"

    def add(self, op: _Op, kind: str, *extra: str, inputs: int = 1, **attributes: Any) -> None:
        """Write one node that reads the first `inputs` activations of `op`, then `extra`."""
        if any(tensor not in self.names for tensor in op.inputs[:inputs]):
            raise UnsupportedError(f"{op.name} reads a constant where a picture was expected", _HINT)
        (output,) = op.outputs
        self.shape(output)
        name = self.names.setdefault(output, f"{kind}_{len(self.nodes)}")
        read = [self.names[tensor] for tensor in op.inputs[:inputs]]
        self.nodes.append(helper.make_node(kind, [*read, *extra], [name], name=name, **attributes))


def convert(data: bytes, *, output: str) -> Any:
    """An `onnx.ModelProto` that computes what the TFLite network `data` computes.

    Input "input" float32 [batch, C, H, W], output `output` float32 [batch, C, H, W]; H and W as in the TFLite file.
    Raises UnsupportedError for an operator, an activation, a type or a layout outside this converter.
    """
    model = tflite.Model.GetRootAs(data, 0)
    subgraph = model.Subgraphs(0)
    if (model.SubgraphsLength(), subgraph.InputsLength(), subgraph.OutputsLength()) != (1, 1, 1):
        raise UnsupportedError("the TFLite file has more than one graph, input or output", _HINT)
    tensors = [subgraph.Tensors(i) for i in range(subgraph.TensorsLength())]
    first, last = subgraph.Inputs(0), subgraph.Outputs(0)
    graph = _Graph(model, tensors, {first: "input", last: output})
    for position in range(subgraph.OperatorsLength()):
        op = _read(model, subgraph.Operators(position))
        if op.name not in OPS:
            raise UnsupportedError(f"the TFLite file uses {op.name}, which this converter does not know", _HINT)
        OPS[op.name](graph, op)
    onnx_graph = helper.make_graph(
        graph.nodes, "network", [_value(graph, first)], [_value(graph, last)], graph.initialisers
    )
    proto = helper.make_model(
        onnx_graph,
        producer_name="edgebokeh",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _read(model: Any, table: Any) -> _Op:
    code = model.OperatorCodes(table.OpcodeIndex())
    custom = code.BuiltinCode() == tflite.BuiltinOperator.CUSTOM
    return _Op(
        name=code.CustomCode().decode() if custom else tflite.opcode2name(code.BuiltinCode()),
        inputs=[table.Inputs(i) for i in range(table.InputsLength())],
        outputs=[table.Outputs(i) for i in range(table.OutputsLength())],
        table=table,
    )


def _value(graph: _Graph, tensor: int) -> Any:
    _, height, width, channels = graph.shape(tensor)
    return helper.make_tensor_value_info(graph.names[tensor], TensorProto.FLOAT, ["batch", channels, height, width])


def _plain(op: _Op, options: Any) -> None:
    if options.FusedActivationFunction() != tflite.ActivationFunctionType.NONE:
        raise UnsupportedError(f"{op.name} has an activation fused into it", _HINT)


def _pads(size: Sequence[int], result: Sequence[int], kernel: Sequence[int], stride: Sequence[int]) -> list[int]:
    """TFLite's padding from the sizes that it leads to: what is odd goes below and to the right."""
    total = [max((r - 1) * s + k - n, 0) for n, r, k, s in zip(size, result, kernel, stride, strict=True)]
    return [n // 2 for n in total] + [n - n // 2 for n in total]


def _convolution(graph: _Graph, op: _Op, options: Any, axes: Sequence[int], group: int) -> None:
    _plain(op, options)
    kernel = graph.constant(op.inputs[1]).shape[1:3]
    stride = (options.StrideH(), options.StrideW())
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    graph.add(
        op,
        "Conv",
        graph.weights(op.inputs[1], axes),
        graph.weights(op.inputs[2], (0,)),
        dilations=dilation,
        group=group,
        kernel_shape=kernel,
        pads=_pads(graph.plane(op.inputs[0]), graph.plane(op.outputs[0]), reach, stride),
        strides=stride,
    )


def _conv_2d(graph: _Graph, op: _Op) -> None:
    if graph.constant(op.inputs[1]).shape[3] != graph.shape(op.inputs[0])[3]:
        raise UnsupportedError("CONV_2D is grouped", _HINT)
    _convolution(graph, op, op.options(tflite.Conv2DOptions), (0, 3, 1, 2), 1)


def _depthwise_conv_2d(graph: _Graph, op: _Op) -> None:
    channels = graph.shape(op.inputs[0])[3]
    _convolution(graph, op, op.options(tflite.DepthwiseConv2DOptions), (3, 0, 1, 2), channels)


def _transpose_conv(graph: _Graph, op: _Op) -> None:
    same, stride_w, stride_h = struct.unpack("<3i", op.table.CustomOptionsAsNumpy().tobytes())
    if same != 1:
        raise UnsupportedError(f"{op.name} has a padding other than SAME", _HINT)
    kernel = graph.constant(op.inputs[1]).shape[1:3]
    graph.add(
        op,
        "ConvTranspose",
        graph.weights(op.inputs[1], (3, 0, 1, 2)),
        graph.weights(op.inputs[2], (0,)),
        kernel_shape=kernel,
        pads=_pads(graph.plane(op.outputs[0]), graph.plane(op.inputs[0]), kernel, (stride_h, stride_w)),
        strides=(stride_h, stride_w),
    )


def _average_pool_2d(graph: _Graph, op: _Op) -> None:
    options = op.options(tflite.Pool2DOptions)
    _plain(op, options)
    if graph.plane(op.inputs[0]) != (options.FilterHeight(), options.FilterWidth()) or graph.plane(op.outputs[0]) != (
        1,
        1,
    ):
        raise UnsupportedError("AVERAGE_POOL_2D takes less than the whole picture", _HINT)
    graph.add(op, "GlobalAveragePool")


def _mean(graph: _Graph, op: _Op) -> None:
    table = graph.tensors[op.inputs[1]]
    axes = graph.model.Buffers(table.Buffer()).DataAsNumpy()
    whole = table.Type() == tflite.TensorType.INT32 and sorted(np.frombuffer(axes, "<i4").tolist()) == [1, 2]
    if not whole or not op.options(tflite.ReducerOptions).KeepDims():
        raise UnsupportedError("MEAN takes another mean than that of the whole picture", _HINT)
    graph.add(op, "GlobalAveragePool")


def _resize_bilinear(graph: _Graph, op: _Op) -> None:
    options = op.options(tflite.ResizeBilinearOptions)
    if options.AlignCorners() or not options.HalfPixelCenters():
        raise UnsupportedError("RESIZE_BILINEAR does not put its samples at the pixels' centres", _HINT)
    name = f"size_{len(graph.initialisers)}"
    graph.initialisers.append(numpy_helper.from_array(np.array(graph.plane(op.outputs[0]), np.int64), name))
    graph.add(op, "Resize", "", "", name, axes=(2, 3), coordinate_transformation_mode="half_pixel", mode="linear")


def _dequantize(graph: _Graph, op: _Op) -> None:
    (source,), (output,) = op.inputs, op.outputs
    graph.constants[output] = graph.constant(source)


def _arithmetic(kind: str, options: Any) -> Callable[[_Graph, _Op], None]:
    def emit(graph: _Graph, op: _Op) -> None:
        _plain(op, op.options(options))
        graph.add(op, kind, inputs=2)

    return emit


def _pointwise(kind: str) -> Callable[[_Graph, _Op], None]:
    return lambda graph, op: graph.add(op, kind)


_DTYPES = {tflite.TensorType.FLOAT32: "<f4", tflite.TensorType.FLOAT16: "<f2"}

OPS: dict[str, Callable[[_Graph, _Op], None]] = {
    "ADD": _arithmetic("Add", tflite.AddOptions),
    "AVERAGE_POOL_2D": _average_pool_2d,
    "CONV_2D": _conv_2d,
    "Convolution2DTransposeBias": _transpose_conv,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "DEQUANTIZE": _dequantize,
    "HARD_SWISH": _pointwise("HardSwish"),
    "LOGISTIC": _pointwise("Sigmoid"),
    "MEAN": _mean,
    "MUL": _arithmetic("Mul", tflite.MulOptions),
    "RELU": _pointwise("Relu"),
    "RESIZE_BILINEAR": _resize_bilinear,
}
"""Operator name, TFLite's or the custom operator's own, to the function that writes its ONNX nodes."""
