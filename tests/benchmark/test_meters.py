"""What is asked beside the time: memory by stage, whose kernels ran, numbers of a model file; and the machine."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgebokeh import machine
from edgebokeh.benchmark import meters
from edgebokeh.catalog import find

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


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
    assert meters.number_kind(model(tmp_path / "a.onnx", few, many, indices)) == expected


def test_weights_that_are_no_raw_bytes_count_too(tmp_path: Path) -> None:
    assert meters.number_kind(model(tmp_path / "a.onnx", np.ones((3, 4), np.float32), raw=False)) == "fp32"


def test_the_bundled_networks_keep_half_numbers() -> None:
    assert {meters.number_kind(find(name)) for name in ("selfie", "modnet")} == {"fp16"}


@pytest.mark.parametrize("data", [b"", b"no model", b"\x3a\xff", bytes(range(256))])
def test_other_files_are_unknown(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    assert meters.number_kind(tmp_path / "a.onnx") == "unknown"
    assert meters.number_kind(tmp_path / "nowhere.onnx") == "unknown"


@LINUX
def test_memory_is_told_by_stage() -> None:
    clock = meters.MemoryClock()
    with clock.stage("decode"):
        np.ones(100_000_000, np.uint8)
    with clock.stage("encode"):
        pass
    assert clock.peaks["decode"] > clock.peaks["encode"] + 80_000_000
    assert set(clock.milliseconds) == {"decode", "encode"}


def test_the_machine_is_told(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    governor = tmp_path / "sys/devices/system/cpu/cpu0/cpufreq"
    governor.mkdir(parents=True)
    (tmp_path / "proc/cpuinfo").write_text("processor : 0\nmodel name\t: Wonder 3000\n")
    (tmp_path / "proc/meminfo").write_text("MemTotal:       2048 kB\nMemFree: 1 kB\n")
    (governor / "scaling_governor").write_text("powersave\n")
    told = machine.fingerprint(tmp_path)
    assert (told["processor"], told["memory"], told["governor"]) == ("Wonder 3000", 2 * 1024**2, "powersave")
    assert machine.fingerprint(tmp_path / "proc")["memory"] is None


@LINUX
def test_busy_seconds_leave_out_idle_ones(tmp_path: Path) -> None:
    import os

    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text("cpu  100 20 30 9999 888 4 6 7 0 0\ncpu0 1 1 1 1\n")
    assert machine.busy(tmp_path) == 160 / os.sysconf("SC_CLK_TCK")
    assert machine.busy(tmp_path / "proc") is None
