from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgebokeh import patience
from edgebokeh.engine import open_network
from edgebokeh.errors import ModelUnsuitableError
from edgebokeh.sessions import Runtime
from tests import tiny


def endless(path: Path) -> Path:
    """Saves a segmenter that goes round a loop 2**62 times before it answers."""
    ends = [helper.make_tensor_value_info("again", TensorProto.BOOL, [])]
    body = helper.make_graph(
        [helper.make_node("Identity", [f"{name}_in"], [name]) for name in ("again", "planes")],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("again_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("planes_in", TensorProto.FLOAT, None),
        ],
        [*ends, helper.make_tensor_value_info("planes", TensorProto.FLOAT, None)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("Loop", ["rounds", "yes", "input"], ["same"], body=body),
            helper.make_node("ReduceMean", ["same"], ["output"], axes=[1]),
        ],
        "endless",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 8, 8])],
        [numpy_helper.from_array(np.array(2**62), "rounds"), numpy_helper.from_array(np.array(True), "yes")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_a_run_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = open_network(endless(tmp_path / "endless.onnx"), tiny.spec(), Runtime(cache=False))
    monkeypatch.setattr(patience, "LIMIT", 0.1)
    with pytest.raises(ModelUnsuitableError, match=r"did not end within 0\.1 seconds"):
        network.run(np.zeros((1, 3, 8, 8), np.float32))
    assert not patience._running


def test_the_first_output_is_returned_and_errors_are_onnxruntimes_own(tiny_model: Path) -> None:
    session = ort.InferenceSession(tiny_model, providers=["CPUExecutionProvider"])
    red = np.zeros((1, 3, 2, 2), np.float32)
    red[:, 0] = 1
    assert (patience.run(session, {"input": red}) == tiny.STEEP).all()
    with pytest.raises(Exception, match="INVALID_ARGUMENT"):
        patience.run(session, {"input": red[0]})
    assert not patience._running
