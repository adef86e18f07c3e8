"""What is asked beside the time: memory by stage, whose kernels ran, numbers of a model file; and the machine."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebokeh import machine
from edgebokeh.benchmark.meters import kernel_shares
from edgebokeh.engine import open_network
from edgebokeh.errors import ProviderNotUsedError
from edgebokeh.sessions import Runtime, Verdict
from tests.conftest import ROOT

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


STAGES = """
import json
import numpy as np
from edgebokeh.benchmark import meters
clock = meters.MemoryClock()
with clock.stage("decode"):
    np.ones(100_000_000, np.uint8)
with clock.stage("encode"):
    pass
print(json.dumps([clock.peaks, list(clock.milliseconds)]))
"""


@LINUX
def test_memory_is_told_by_stage() -> None:
    # In a process of its own: one that has worked may have such memory left over, and need no more.
    done = subprocess.run([sys.executable, "-c", STAGES], capture_output=True, text=True, check=True, cwd=ROOT)
    peaks, timed = json.loads(done.stdout)
    assert peaks["decode"] > peaks["encode"] + 80_000_000
    assert timed == ["decode", "encode"]


def test_kernels_are_told_only_of_a_session_that_runs_where_the_measured_one_did(tiny_model: Path) -> None:
    network, tensor = open_network(tiny_model, runtime=Runtime(cache=False)), np.zeros((1, 3, 32, 48), np.float32)
    assert kernel_shares([(network, tensor)]) == {"CPUExecutionProvider": 1}
    elsewhere = replace(network, verdict=Verdict("qnn", nodes={"qnn": 4}))
    with pytest.raises(ProviderNotUsedError, match="runs on cpu"):
        kernel_shares([(elsewhere, tensor)])


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
