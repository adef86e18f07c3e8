"""8-bit networks: int8 weights alone, or int8 arithmetic with ranges that come from photos.

Both are symmetric per output channel. Weights of int8 arithmetic have 7 bits: on x86 without VNNI two products of
unsigned activations and 8-bit weights saturate the 16-bit sum, which no test on a newer processor would show.
"""

import contextlib
import copy
import io
import logging
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from export.surgery import replace_all

SMALLEST = 256
"""Numbers in a weight below which int8 saves less than what restores it is worth."""

OPERATORS = (
    "Add",
    "AveragePool",
    "Clip",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Gemm",
    "GlobalAveragePool",
    "MatMul",
    "MaxPool",
    "Mul",
    "Relu",
    "Resize",
)
"""What int8 arithmetic is tried for; all else, such as Sigmoid and Softmax, stays in float."""

CHANNELS = {"Conv": 0, "ConvTranspose": 1}
"""The axis of a weight's output channels. All other weights have one scale."""

METHODS: dict[str, tuple[CalibrationMethod, dict[str, Any]]] = {
    "entropy": (CalibrationMethod.Entropy, {}),
    "minmax": (CalibrationMethod.MinMax, {}),
    "percentile": (CalibrationMethod.Percentile, {"percentile": 99.99, "symmetric": False}),
}
"""How an activation's range is chosen from what photos gave: onnxruntime's method and its settings."""

Tensor = NDArray[np.float32] | NDArray[np.uint8]


def is_quantised(model: Any) -> bool:
    """Whether a network keeps weights in 8 bits, or computes in them."""
    eight = {TensorProto.INT8, TensorProto.UINT8}
    stored = any(tensor.data_type in eight and len(tensor.dims) > 1 for tensor in model.graph.initializer)
    return stored or any(node.op_type == "DequantizeLinear" for node in model.graph.node)


def weights(model: Any) -> dict[str, str]:
    """The weights of a network, by name, to the operators that read them: what `halve` takes for weights."""
    graph = model.graph
    inputs = {value.name for value in graph.input}
    found = [
        tensor.name
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.FLOAT
        and len(tensor.dims) > 1
        and tensor.name not in inputs
        and np.prod(tensor.dims) >= SMALLEST
        and np.isfinite(numpy_helper.to_array(tensor)).all()
    ]
    readers = {name: node.op_type for node in graph.node for name in node.input}
    return {name: readers.get(name, "unused") for name in found}


def shrink_weights(model: Any, names: Collection[str]) -> None:
    """Store the weights of these names as int8, each restored by a Cast and a Mul.

    onnxruntime folds both when it loads, so that the arithmetic and its speed are those of float32; behind a
    DequantizeLinear it would do so only with an option of the session.
    """
    graph, restored = model.graph, []
    kinds = weights(model)
    for tensor in [tensor for tensor in graph.initializer if tensor.name in names]:
        name = tensor.name
        stored, raw, scales = f"{name}.int8", f"{name}.whole", f"{name}.scale"
        whole, scale = _rounded(numpy_helper.to_array(tensor), CHANNELS.get(kinds[name]))
        tensor.CopyFrom(numpy_helper.from_array(whole, stored))
        graph.initializer.append(numpy_helper.from_array(scale, scales))
        restored.append(helper.make_node("Cast", [stored], [raw], name=stored, to=TensorProto.FLOAT))
        restored.append(helper.make_node("Mul", [raw, scales], [name], name=scales))
    replace_all(graph.node, [*restored, *graph.node])


def ranges(model: Any, tensors: Sequence[Tensor], method: str) -> Any:
    """The range of every activation of OPERATORS over the input `tensors`, as onnxruntime's TensorsData.

    method: one of METHODS.
    """
    kind, settings = METHODS[method]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        source = Path(folder) / "model.onnx"
        source.write_bytes(model.SerializeToString())
        calibrator = create_calibrator(
            source, OPERATORS, str(Path(folder) / "outputs.onnx"), kind, extra_options=settings
        )
        name = model.graph.input[0].name
        for tensor in tensors:
            # One at a time: a calibrator keeps every activation of all that it is given at once.
            calibrator.collect_data(_Reader(name, tensor))
        return calibrator.compute_data()


def operators(model: Any) -> dict[str, str]:
    """The nodes that int8 arithmetic is tried for, by name, to their operators."""
    return {node.name: node.op_type for node in model.graph.node if node.op_type in OPERATORS}


def quantised(model: Any, found: Any, names: Collection[str]) -> Any:
    """A copy of the model whose nodes called `names` compute in int8, between QuantizeLinear and DequantizeLinear.

    model: folded, with a name for each node. found: what `ranges` gave.
    """
    logging.getLogger().addFilter(_silent)
    try:
        quantizer = QDQQuantizer(
            copy.deepcopy(model),
            per_channel=True,
            reduce_range=True,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=found,
            nodes_to_quantize=list(names),
            nodes_to_exclude=[],
            op_types_to_quantize=OPERATORS,
            extra_options={"QDQOpTypePerChannelSupportToAxis": CHANNELS},
        )
        quantizer.quantize_model()
    finally:
        logging.getLogger().removeFilter(_silent)
    quantizer.model.topological_sort()
    return quantizer.model.model


class _Reader:
    """One input, as onnxruntime's calibrators read them."""

    def __init__(self, name: str, tensor: Tensor) -> None:
        self.left = [{name: tensor}]

    def get_next(self) -> dict[str, Tensor] | None:
        return self.left.pop() if self.left else None


def _silent(_: logging.LogRecord) -> bool:
    return False


def _rounded(values: NDArray[np.float32], axis: int | None) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers from -127 to 127 and the scales, of shapes that broadcast, whose product is near `values`."""
    others = tuple(i for i in range(values.ndim) if i != axis) if axis is not None else None
    largest = np.abs(values).max(axis=others, keepdims=True)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(values / scale).astype(np.int8), scale
