import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from edgebokeh import execution, probe
from edgebokeh.errors import ContradictionError
from edgebokeh.execution import PROVIDERS
from edgebokeh.sessions import Runtime
from tests import tiny


def test_the_tiny_network_is_what_the_tests_write(tmp_path: Path) -> None:
    again = tiny.write(tmp_path / "probe.onnx", tiny.spec(name="probe", output="probability"), fixed=True)
    assert again.read_bytes() == probe.MODEL.read_bytes()


def test_every_row_is_told_and_what_is_absent_is_not_usable() -> None:
    told = {info.name: info for info in probe.providers()}
    assert set(PROVIDERS) <= set(told)
    assert (told["cpu"].usable, told["cpu"].kind, told["cpu"].reason) == (True, "built in", "")
    for info in told.values():
        assert info.usable == (not info.reason)
        assert info.kind != "absent" or (not info.usable and info.install)


def test_a_provider_that_the_runtime_lists_and_that_runs_nothing_is_not_usable() -> None:
    if "AzureExecutionProvider" not in execution.rows():
        pytest.skip("this onnxruntime does not have the Azure provider, which runs no ordinary node")
    info = probe.provider("AzureExecutionProvider")
    assert (info.kind, info.usable) == ("built in", False)
    assert "runs none of the network's nodes" in info.reason


def test_auto_is_something_that_runs_with_the_cpu_behind_it() -> None:
    runtime = probe.chosen(Runtime(("Auto",), threads=1))
    assert runtime.allow_fallback
    assert runtime.providers[-1] == "cpu"
    assert all(probe.provider(key).usable for key in runtime.providers)
    assert probe.chosen(Runtime(("cpu",))) == Runtime(("cpu",))


def test_auto_behind_another_wish_allows_no_fallback() -> None:
    assert probe.chosen(Runtime(("coreml", "auto"))) == Runtime(("coreml",))
    allowed = probe.chosen(Runtime(("coreml", "auto"), allow_fallback=True))
    assert allowed.allow_fallback
    assert (allowed.providers[0], allowed.providers[-1]) == ("coreml", "cpu")


def test_auto_takes_no_options() -> None:
    with pytest.raises(ContradictionError, match="auto and provider options"):
        probe.chosen(Runtime(("auto",), (("device_id", "1"),)))


BROKEN = {
    "raises": ("raise RuntimeError('no luck')", "no luck"),
    "missing": ("get_library_path = lambda: '/no/such/library.so'", "no/such/library.so"),
    "crashes": (f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})", "ended with code"),
    "hangs": ("import time; time.sleep(99)", "did not finish"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_plugin_is_told_and_does_no_harm(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = next(key for key, row in PROVIDERS.items() if row.plugin and execution.kind(row) == "absent")
    row, (code, message) = PROVIDERS[key], BROKEN[how]
    (tmp_path / f"{row.module}.py").write_text(code.replace("get_library_path", row.library), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(tmp_path)
    if how == "hangs":
        monkeypatch.setattr(probe, "SECONDS", 3.0)
    info = probe.provider(key)
    assert (info.kind, info.usable) == ("plugin", False)
    assert message in info.reason
    assert row.module not in sys.modules


def test_a_row_is_json() -> None:
    assert json.loads(json.dumps(asdict(probe.provider("cpu"))))["full_name"] == "CPUExecutionProvider"
