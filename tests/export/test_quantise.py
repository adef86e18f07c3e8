import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

onnx = pytest.importorskip("onnx")

from edgebokeh.tensors import prepare  # noqa: E402
from export import quantise, surgery  # noqa: E402
from export.parity import run_onnx  # noqa: E402
from tests.export import small  # noqa: E402


def kinds(model: Any) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def as_it_runs(model: Any) -> Any:
    """The graph after onnxruntime's own optimisation, without any option of the session."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "x.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def tensor() -> Any:
    return prepare(small.picture(), small.SPEC, (64, 96))[0]


@pytest.fixture
def folded() -> Any:
    return surgery.fix(small.network(), small.SPEC, None)


def test_weights_are_rounded_per_channel_and_widened_when_they_are_loaded() -> None:
    model = small.network()
    before = {part.name: onnx.numpy_helper.to_array(part) for part in model.graph.initializer}
    expected = run_onnx(model.SerializeToString(), tensor())
    assert quantise.weights(model) == {"first": "Conv", "second": "Conv"}
    quantise.shrink_weights(model, ["first"])
    onnx.checker.check_model(model, full_check=True)
    stored = {part.name: onnx.numpy_helper.to_array(part) for part in model.graph.initializer}
    assert stored["first.int8"].dtype == np.int8
    assert stored["first.scale"].shape == (16, 1, 1, 1)
    apart = np.abs(stored["first.int8"] * stored["first.scale"] - before["first"])
    assert (apart <= stored["first.scale"] / 2 + 1e-7).all()
    assert np.abs(stored["first.int8"]).max(axis=(1, 2, 3)).tolist() == [127] * 16
    np.testing.assert_array_equal(stored["second"], before["second"])
    np.testing.assert_allclose(run_onnx(model.SerializeToString(), tensor()), expected, atol=0.05)
    assert not {"Cast", "Mul"} & kinds(as_it_runs(model)).keys(), "nothing is left to do at each run"


def test_a_channel_of_zeros_stays() -> None:
    model = small.network()
    values = onnx.numpy_helper.to_array(model.graph.initializer[0]).copy()
    values[3] = 0
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(values, "first"))
    quantise.shrink_weights(model, ["first"])
    stored = {part.name: onnx.numpy_helper.to_array(part) for part in model.graph.initializer}
    assert not stored["first.int8"][3].any()
    assert np.isfinite(stored["first.scale"]).all()


@pytest.mark.parametrize("method", quantise.METHODS)
def test_int8_arithmetic_with_ranges_from_photos(method: str, folded: Any) -> None:
    expected = run_onnx(folded.SerializeToString(), tensor())
    found = quantise.ranges(folded, [tensor(), tensor()[:, :, :, ::-1].copy()], method)
    model = quantise.quantised(folded, found, quantise.operators(folded))
    onnx.checker.check_model(model, full_check=True)
    weights = [onnx.numpy_helper.to_array(part) for part in model.graph.initializer]
    whole = [values for values in weights if values.dtype == np.int8 and values.ndim == 4]
    assert len(whole) == 2
    assert max(np.abs(values.astype(int)).max() for values in whole) <= 64, "7 bits, so that no processor saturates"
    assert "QLinearConv" in kinds(as_it_runs(model))
    output = run_onnx(model.SerializeToString(), tensor())
    assert np.mean(output.argmax(axis=1) == expected.argmax(axis=1)) > 0.97
    assert 0 < np.abs(output - expected).mean() < 0.1


def test_only_the_chosen_layers_change(folded: Any) -> None:
    found = quantise.ranges(folded, [tensor()], "minmax")
    names = [name for name, kind in quantise.operators(folded).items() if kind == "Conv"]
    model = quantise.quantised(folded, found, names[:1])
    whole = [
        part.name for part in model.graph.initializer if part.data_type == onnx.TensorProto.INT8 and len(part.dims) == 4
    ]
    assert len(whole) == 1
    assert "QuantizeLinear" not in kinds(folded), "the network itself stays as it is"
