"""A torch segmenter as one ONNX file in memory, through `torch.onnx.export` and its graph optimiser."""

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from export.errors import UnsupportedError

_LARGEST = 2**31 - 1
"""Bytes that one protobuf message may have; beyond, ONNX needs a second file for the weights."""


class Logits(torch.nn.Module):  # type: ignore[misc]  # torch is not read by mypy here
    """A torchvision segmenter whose result is its main head's tensor instead of a dict of heads."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.eval()

    def forward(self, pictures: Any) -> Any:
        """float32 [N, 3, H, W] to float32 [N, classes, H, W]."""
        return self.network(pictures)["out"]


def convert(module: Any, *, output: str, size: tuple[int, int], dynamic: bool, opset: int) -> Any:
    """An `onnx.ModelProto` that computes what `module` computes, without traces of the machine that made it.

    module: float32 [N, 3, H, W] to one tensor. size: (H, W); with `dynamic` only an example, and N is free as well,
    otherwise N is 1. Input "input", output `output`.
    Raises UnsupportedError where the result needs more than one file or has another opset.
    """
    highest = onnx.defs.onnx_opset_version()
    if opset > highest:
        raise UnsupportedError(f"onnx {onnx.__version__} knows no opset {opset}", f"ask for --opset {highest} or less")
    # A dynamic dimension needs an example other than 0 and 1, which torch takes for constants.
    example = torch.zeros(2 if dynamic else 1, 3, *size)
    free = {0: torch.export.Dim("batch"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}
    program = torch.onnx.export(
        module,
        (example,),
        dynamo=True,
        external_data=False,
        optimize=True,
        verbose=False,
        opset_version=opset,
        input_names=["input"],
        output_names=[output],
        dynamic_shapes=(free,) if dynamic else None,
    )
    proto = program.model_proto
    (written,) = (entry.version for entry in proto.opset_import if entry.domain in {"", "ai.onnx"})
    if written != opset:
        raise UnsupportedError(f"the exporter wrote opset {written} instead of {opset}", f"ask for --opset {written}")
    _forget_origin(proto)
    if proto.ByteSize() > _LARGEST:
        raise UnsupportedError("the network is larger than the 2 GB that fit one ONNX file", "export a smaller one")
    return proto


def run_torch(module: Any, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """The output of `module` on `tensor`, both [N, C, H, W]."""
    with torch.inference_mode():
        output = module(torch.from_numpy(np.ascontiguousarray(tensor)))
    return np.asarray(output.numpy(), np.float32)


def _forget_origin(proto: Any) -> None:
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
