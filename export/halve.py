"""Half the file: weights kept as float16, widened again when the model is loaded; the arithmetic stays float32."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 256
"""Numbers in a weight below which halving it saves less than the Cast is worth."""


def halve(model: Any) -> int:
    """Store the weights of an `onnx.ModelProto` as float16, each with a Cast back to float32 under its old name.

    A weight is a float32 initialiser with two or more dimensions (biases and the numbers of a normalisation have one)
    and at least SMALLEST numbers. One that float16 cannot hold stays as it is; so does whatever is not a weight.
    Returns how many were halved; a second call halves none.
    """
    graph = model.graph
    # Up to IR version 3 an initialiser is an input as well, one that a caller may set: it cannot be a Cast's output.
    inputs = {value.name for value in graph.input}
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2 or tensor.name in inputs:
            continue
        half = _half(numpy_helper.to_array(tensor))
        if half is None:
            continue
        name, stored = tensor.name, f"{tensor.name}.float16"
        tensor.CopyFrom(numpy_helper.from_array(half, stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=stored, to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return len(casts)


def _half(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """`values` as float16, or None where there are too few of them or float16 overflows."""
    if values.size < SMALLEST:
        return None
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.isfinite(half).all() else None
