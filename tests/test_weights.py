"""Numbers of a model file."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgebokeh import weights as kinds
from edgebokeh.catalog import find


def model(path: Path, *weights: np.ndarray, raw: bool = True) -> Path:
    """An ONNX file that holds nothing but weights."""
    tensors = [
        numpy_helper.from_array(array, f"w{place}")
        if raw
        else helper.make_tensor(f"w{place}", TensorProto.FLOAT, array.shape, array.ravel().tolist())
        for place, array in enumerate(weights)
    ]
    graph = helper.make_graph([], "weights", [], [], tensors)
    onnx.save(helper.make_model(graph), path)
    return path


@pytest.mark.parametrize(
    ("kind", "expected"), [(np.float32, "fp32"), (np.float16, "fp16"), (np.int8, "int8"), (np.float64, "fp64")]
)
def test_the_numbers_of_a_model_are_those_of_most_weights(tmp_path: Path, kind: type, expected: str) -> None:
    many, few = np.ones((300, 7), kind), np.ones((2, 3), np.float32)
    indices = np.ones(90000, np.int64)
    assert kinds.number_kind(model(tmp_path / "a.onnx", few, many, indices)) == expected


def test_weights_that_are_no_raw_bytes_count_too(tmp_path: Path) -> None:
    assert kinds.number_kind(model(tmp_path / "a.onnx", np.ones((3, 4), np.float32), raw=False)) == "fp32"


def test_the_bundled_networks_keep_half_numbers() -> None:
    assert {kinds.number_kind(find(name)) for name in ("selfie", "modnet")} == {"fp16"}


@pytest.mark.parametrize("data", [b"", b"no model", b"\x3a\xff", bytes(range(256))])
def test_other_files_are_unknown(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    assert kinds.number_kind(tmp_path / "a.onnx") == "unknown"
    assert kinds.number_kind(tmp_path / "nowhere.onnx") == "unknown"
    assert kinds.beside(tmp_path / "a.onnx") == kinds.beside(tmp_path / "nowhere.onnx") == set()


def test_files_of_weights_beside_a_model_are_named(tmp_path: Path) -> None:
    path = model(tmp_path / "a.onnx", np.ones((64, 64), np.float32), np.ones(2000, np.float32))
    assert kinds.beside(path) == set()
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="ä.bin", size_threshold=100)
    assert kinds.beside(path) == {tmp_path / "ä.bin"}
    assert kinds.number_kind(path) == "fp32"
