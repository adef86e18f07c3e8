"""What edgebokeh says of execution providers that fail, lie or run, each in an environment of its own.

`make test-providers` makes the environments; a test is skipped where its packages are not installed.
"""

import importlib.metadata
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest

from edgebokeh import execution, probe
from edgebokeh.errors import ExitCode
from edgebokeh.sessions import Runtime, open_session
from tests.conftest import ROOT, SAMPLE


def need(package: str) -> None:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed here; run: make test-providers")


def shell(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    """Runs edgebokeh: its exit code, the JSON lines of its standard output, which has nothing else, and the errors."""
    done = subprocess.run(
        [sys.executable, "-m", "edgebokeh", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    sys.stdout.write(f"$ edgebokeh {' '.join(arguments)}\n{done.stdout}{done.stderr}[exit code {done.returncode}]\n")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def blur(folder: Path, *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    return shell("blur", str(SAMPLE), "-o", str(folder / "out.png"), "--json", *arguments)


def told(key: str) -> dict[str, object]:
    code, rows, _ = shell("providers", "--json")
    assert code == ExitCode.OK
    return next(row for row in rows if row["name"] == key)


@pytest.mark.parametrize("key", ["cuda", "tensorrt"])
def test_a_gpu_that_is_not_there_is_refused_and_the_reason_is_told(key: str, tmp_path: Path) -> None:
    need("onnxruntime-gpu")
    if told(key)["usable"]:
        pytest.skip(f"{key} runs here")
    code, rows, error = blur(tmp_path, "--provider", key)
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_NOT_USED, [ExitCode.PROVIDER_NOT_USED])
    assert len(error.splitlines()) == 1
    assert {"cuda": "cannot open shared object file", "tensorrt": "TensorRT libraries"}[key] in error
    code, [row], error = blur(tmp_path, "--provider", key, "--allow-fallback")
    assert (code, row["provider"], row["provider_share"], row["fallback"]) == (ExitCode.OK, "cpu", 1.0, True)
    assert str(row["provider_note"]) in error


def test_every_wish_that_failed_is_told(tmp_path: Path) -> None:
    need("onnxruntime-gpu")
    if told("cuda")["usable"]:
        pytest.skip("cuda runs here")
    code, [row], _ = blur(tmp_path, "--provider", "tensorrt", "--provider", "cuda", "--allow-fallback")
    assert (code, row["provider"]) == (ExitCode.OK, "cpu")
    assert "tensorrt" in str(row["provider_note"])
    assert "cuda" in str(row["provider_note"])


def test_a_plugin_that_lists_itself_first_and_runs_nothing_is_refused(tmp_path: Path) -> None:
    need("onnxruntime-ggml")
    code, rows, error = blur(tmp_path, "--provider", "ggml")
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_NOT_USED, [ExitCode.PROVIDER_NOT_USED])
    assert "runs none of the network's nodes" in error
    assert not told("ggml")["usable"]
    code, [row], _ = blur(tmp_path, "--provider", "ggml", "--allow-fallback")
    assert (code, row["provider"], row["fallback"]) == (ExitCode.OK, "cpu", True)


TINY = ["blur", str(SAMPLE), "--json", "--model", str(probe.MODEL), "--quality", "fast", "--provider", "qnn"]


def test_a_plugin_that_gives_zeros_is_refused_as_wrong(tmp_path: Path) -> None:
    need("onnxruntime-qnn")
    code, rows, error = shell(*TINY, "--provider-option", "backend_type=saver", "-o", str(tmp_path / "out.png"))
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_WRONG, [ExitCode.PROVIDER_WRONG])
    assert "gives wrong results" in error


def test_a_plugin_that_simulates_its_device_honestly_is_accepted(tmp_path: Path) -> None:
    need("onnxruntime-qnn")
    code, [row], error = shell(*TINY, "--provider-option", "backend_type=htp", "-o", str(tmp_path / "out.png"))
    assert (code, error) == (ExitCode.OK, "")
    assert (row["provider"], row["provider_share"], row["fallback"]) == ("qnn", 1.0, False)
    _, verdict = open_session(probe.MODEL, Runtime(("qnn",), (("backend_type", "htp"),)))
    sys.stdout.write(f"{verdict}\n")
    assert verdict.parity is not None
    assert 0 < verdict.parity < 0.01


def test_kernel_time_is_of_the_plugin_that_was_measured() -> None:
    need("onnxruntime-qnn")
    wish = ["--provider", "cpu", *HTP, "--model", str(probe.MODEL), "--photo", str(SAMPLE)]
    code, [result], _ = shell("bench", *wish, "--profile", "--budget", "0.1", "--json", "-")
    assert code == ExitCode.OK
    cpu, qnn = result["trials"]  # type: ignore[misc]
    assert (cpu["kernels"], qnn["verdict"]["provider"]) == ({"CPUExecutionProvider": 1}, "qnn")
    assert qnn["kernels"] == {"QNNExecutionProvider": 1}


HTP = ["--provider", "qnn", "--provider-option", "backend_type=htp", "--quality", "fast"]


def test_nodes_that_a_provider_leaves_to_the_cpu_are_counted(tmp_path: Path) -> None:
    need("onnxruntime-qnn")
    path, note = with_nodes_for_the_cpu(tmp_path / "mixed.onnx", 1), "qnn runs 4 of 5 nodes, 80% (1 on cpu)"
    code, [row], error = blur(tmp_path, "--model", str(path), *HTP)
    assert (code, row["provider"], row["provider_share"]) == (ExitCode.OK, "qnn", 0.8)
    assert (row["fallback"], row["provider_note"]) == (False, note)
    assert error == f"edgebokeh: warning: {note}\n"


def test_a_provider_that_leaves_most_nodes_to_the_cpu_is_refused(tmp_path: Path) -> None:
    need("onnxruntime-qnn")
    path = with_nodes_for_the_cpu(tmp_path / "mixed.onnx", 5)
    code, rows, error = blur(tmp_path, "--model", str(path), *HTP)
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_NOT_USED, [ExitCode.PROVIDER_NOT_USED])
    assert "it runs only 4 of the network's 9 nodes (5 on cpu)" in error
    code, [row], _ = blur(tmp_path, "--model", str(path), *HTP, "--allow-fallback")
    assert (code, row["provider"], row["provider_share"], row["fallback"]) == (ExitCode.OK, "cpu", 1.0, True)


def with_nodes_for_the_cpu(path: Path, count: int) -> Path:
    """Writes the tiny network with so many nodes in it that QNN does not take."""
    model = onnx.load(probe.MODEL)
    conv = next(node for node in model.graph.node if node.op_type == "Conv")
    after = list(model.graph.node).index(conv) + 1
    names = [f"foreign{index}" for index in range(count)] + [conv.output[0]]
    conv.output[0] = names[0]
    for index in range(count):
        model.graph.node.insert(after + index, onnx.helper.make_node("Erf", [names[index]], [names[index + 1]]))
    onnx.save(model, path)
    return path


def test_a_network_that_the_simulator_does_not_take_is_refused(tmp_path: Path) -> None:
    need("onnxruntime-qnn")
    code, rows, error = blur(tmp_path, "--provider", "qnn", "--provider-option", "backend_type=htp")
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_NOT_USED, [ExitCode.PROVIDER_NOT_USED])
    assert "runs none of the network's nodes" in error


def test_an_honest_second_provider_is_accepted(tmp_path: Path) -> None:
    need("onnxruntime-openvino")
    if len(execution.runtimes()) > 1:
        pytest.skip("two runtimes lie over each other here")
    row = told("openvino")
    assert row["usable"]
    assert "CPU" in row["devices"]
    for wish in ("openvino", "openvino:CPU", "openvino:cpu", "auto"):
        code, [row], _ = blur(tmp_path, "--force", "--provider", wish, "--quality", "best")
        ran = row["provider"], row["provider_device"], row["provider_share"]
        assert (code, ran) == (ExitCode.OK, ("openvino", "CPU" if ":" in wish else "", 1.0))
    _, verdict = open_session(ROOT / "models" / "selfie.onnx", Runtime(("openvino",)))
    sys.stdout.write(f"{verdict}\n")
    assert verdict.parity is not None
    assert verdict.parity < 0.01


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not tell what each thread did")
@pytest.mark.parametrize("key", ["cpu", "openvino"])
def test_a_provider_has_as_many_threads_as_were_asked_for(key: str) -> None:
    need("onnxruntime-openvino")
    session, _ = open_session(ROOT / "models" / "selfie.onnx", Runtime((key,), threads=1, compare=False))
    [wanted] = session.get_inputs()
    tensor = np.zeros([1, *wanted.shape[1:]], np.float32)
    before, mine = ticks(), str(threading.get_native_id())
    for _ in range(200):
        session.run(None, {wanted.name: tensor})
    spent = {thread: count - before.get(thread, 0) for thread, count in ticks().items()}
    assert spent[mine] > 0.9 * sum(spent.values())


def ticks() -> dict[str, int]:
    """Processor time by thread of this process."""
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        user, system = thread.joinpath("stat").read_text().rsplit(")", 1)[1].split()[11:13]
        found[thread.name] = int(user) + int(system)
    return found


@pytest.mark.parametrize("wish", [("openvino:NONSENSE",), ("openvino", "--provider-option", "nonsense=1")])
def test_a_device_or_an_option_that_is_not_there_is_refused(wish: tuple[str, ...], tmp_path: Path) -> None:
    need("onnxruntime-openvino")
    if len(execution.runtimes()) > 1:
        pytest.skip("two runtimes lie over each other here")
    code, rows, error = blur(tmp_path, "--provider", *wish)
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_NOT_USED, [ExitCode.PROVIDER_NOT_USED])
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("key", ["webgpu", "openvino"])
def test_a_plugin_without_a_device_is_told(key: str, tmp_path: Path) -> None:
    need(f"onnxruntime-ep-{key}")
    row = told(key)
    if row["devices"]:
        pytest.skip(f"{key} sees a device here")
    assert (row["kind"], row["usable"]) == ("plugin", False)
    code, rows, error = blur(tmp_path, "--provider", key)
    assert (code, [row["exit_code"] for row in rows]) == (ExitCode.PROVIDER_ABSENT, [ExitCode.PROVIDER_ABSENT])
    assert "sees no device" in error


def test_two_runtimes_over_each_other_are_named() -> None:
    if len(execution.runtimes()) < 2:
        pytest.skip("there is one onnxruntime here")
    _, _, error = shell("providers", "--json")
    assert "onnxruntime and onnxruntime-openvino lie over each other" in error
