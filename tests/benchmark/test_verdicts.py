"""Providers and networks that lie, crash, hang or are not there: each is told, and the others go on."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime
import pytest

from edgebokeh import BenchSettings, Configuration, bench
from edgebokeh.benchmark.configuration import crossed
from edgebokeh.benchmark.measured import Trial
from edgebokeh.benchmark.report import to_json, to_markdown
from edgebokeh.catalog import find
from tests import tiny
from tests.benchmark.interpreters import LIES, NAN, OTHER, POSIX, Python, answering, interpreter
from tests.conftest import png

ODD: dict[str, tuple[str, str, str]] = {
    "zeros": (answering("0 * run(self, tensor)"), "wrong", "not the CPU"),
    "nan": (answering("np.nan * run(self, tensor)"), "wrong", "not the CPU"),
    "mirrored": (answering("run(self, tensor)[..., ::-1].copy()"), "wrong", "not the CPU"),
    "rounded": (answering("run(self, tensor) + 1e-4"), "measured", ""),
    "leaving": ("import os; os._exit(7)\n", "failed", "exit code 7"),
    "killed": ("import os; os.kill(os.getpid(), 9)\n", "failed", "signal 9"),
    "complaining": ("raise SystemExit('no such library')\n", "failed", "no such library"),
    "hanging": ("import time; time.sleep(120)\n", "failed", "no answer within"),
    "lacking": ("import sys; sys.modules['cv2'] = None\n", "failed", "opencv-python-headless"),
    "chattering": ("print('EP Error', flush=True)\n", "failed", "no JSON"),
    "breaking": ("from edgebokeh.benchmark import workload; workload.SCENARIOS.clear()\n", "failed", "KeyError"),
}
"""What an interpreter does by its name: code that it runs first, the state that comes of it, a part of the note."""

WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "absent": ({"provider": "tensorrt"}, "refused", "TensorrtExecutionProvider"),
    "unknown": ({"provider": "abacus"}, "refused", "abacus"),
    "no model": ({"model": "nowhere"}, "failed", "nowhere"),
    "no Python": ({"python": "/nowhere/python"}, "failed", "/nowhere/python"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, Trial]:
    """One benchmark of all that goes wrong, after one configuration that does not."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "photo.png").write_bytes(png(tiny.picture()))
    good = Configuration(model=str(tiny_model))
    wished = {"good": good}
    wished |= {name: replace(good, **changes) for name, (changes, _, _) in WRONG.items()}  # type: ignore[arg-type]
    if sys.platform != "win32":
        wished |= {name: replace(good, python=interpreter(folder, name, code)) for name, (code, _, _) in ODD.items()}
    result = bench(
        list(wished.values()), BenchSettings(photo=folder / "photo.png", quality="fast", budget=0.1, limit=20)
    )
    return dict(zip(wished, result.trials, strict=True))


@POSIX
@pytest.mark.parametrize("name", ODD)
def test_who_lies_crashes_or_hangs_is_a_row(odd: dict[str, Trial], name: str) -> None:
    _, state, note = ODD[name]
    assert odd[name].state == state
    assert note in odd[name].note
    assert bool(odd[name].rounds) == (state == "measured")


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_run_is_a_row(odd: dict[str, Trial], name: str) -> None:
    _, state, note = WRONG[name]
    assert odd[name].state == state
    assert note in odd[name].note
    assert not odd[name].rounds


def test_the_others_go_on(odd: dict[str, Trial]) -> None:
    assert odd["good"].state == "measured"
    assert odd["good"].rounds


@POSIX
def test_a_provider_that_prints_does_not_disturb(tiny_model: Path, brief: BenchSettings, python: Python) -> None:
    code = """
    from edgebokeh.engine import Network
    run = Network.run
    def loud(self, tensor):
        print("EP Error", flush=True)
        return run(self, tensor)
    Network.run = loud
    """
    result = bench([Configuration(model=str(tiny_model), python=python("loud", code))], brief)
    assert result.trials[0].state == "measured"


@POSIX
@pytest.mark.parametrize(("fallback", "state"), [(False, "wrong"), (True, "measured")])
def test_a_provider_that_lies_is_found_out_all_the_same(
    tiny_model: Path, brief: BenchSettings, python: Python, fallback: bool, state: str
) -> None:
    one = Configuration(
        model=str(tiny_model), provider="other", allow_fallback=fallback, python=python("o", OTHER + LIES)
    )
    _, trial = bench([Configuration(model=str(tiny_model)), one], brief).trials
    assert trial.state == state
    assert "gives wrong results" in (trial.verdict["note"] if fallback else trial.note)
    assert not fallback or trial.verdict["fallback"]


@POSIX
def test_a_provider_is_compared_with_the_cpu_of_its_own_python(
    tiny_model: Path, brief: BenchSettings, python: Python
) -> None:
    there = python("there", OTHER + answering("run(self, tensor) + 1e-4"))
    here, shifted = Configuration(model=str(tiny_model)), Configuration(model=str(tiny_model), python=there)
    result = bench([here, shifted, replace(shifted, provider="other")], brief)
    first, cpu, other = (trial.parity for trial in result.trials)
    assert first is None
    assert cpu
    assert other
    assert cpu.difference == pytest.approx(1e-4, rel=0.01)
    assert cpu.against == f"cpu of onnxruntime {onnxruntime.__version__} in another Python"
    assert other.difference == 0
    assert other.against == f"cpu of onnxruntime {onnxruntime.__version__}"
    alone = bench([here, replace(shifted, provider="other")], brief).trials[1].parity
    assert alone
    assert (alone.difference, alone.against) == (0, other.against)
    assert other.against in to_markdown(result)


@POSIX
def test_both_networks_of_the_best_quality_are_judged_and_counted(
    tiny_model: Path, brief: BenchSettings, python: Python
) -> None:
    code = answering("run(self, tensor) * (self.spec.name != 'modnet')")
    good = Configuration(model=str(tiny_model))
    result = bench([good, replace(good, python=python("odd", code))], replace(brief, quality="best", profile=True))
    whole, broken = result.trials
    assert (whole.state, broken.state) == ("measured", "wrong")
    assert broken.parity
    assert broken.parity.share == pytest.approx(1, abs=0.05)
    files = [tiny_model, find("modnet")]
    assert whole.model["name"].endswith("+modnet")
    assert whole.model["bytes"] == sum(path.stat().st_size for path in files)
    assert whole.model["sha256"] == "+".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    assert whole.model["numbers"] == "fp32+fp16"
    assert whole.kernels == {"CPUExecutionProvider": 1}


def test_a_reduced_network_that_draws_something_else_is_warned_of(tmp_path: Path, brief: BenchSettings) -> None:
    model = tiny.write(tmp_path / "net.onnx")
    reduced = tmp_path / "net-int8.onnx"
    reduced.write_bytes(model.read_bytes())
    wished = crossed([str(model)], precisions=["own", "int8"])
    assert not any("its matte" in text for text in bench(wished, brief).warnings)
    network = onnx.load(model)
    weights = network.graph.initializer[0]
    weights.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(weights), weights.name))
    onnx.save(network, reduced)
    result = bench(wished, brief)
    (said,) = [text for text in result.warnings if "its matte" in text]
    assert said.startswith("net-int8 cpu: its matte is not that of net cpu (IoU 0.")
    assert [trial.state for trial in result.trials] == ["measured"] * 2


@POSIX
def test_a_network_that_is_not_finite_on_the_cpu_is_wrong_and_others_go_on(
    tiny_model: Path, tmp_path: Path, brief: BenchSettings, python: Python
) -> None:
    other = tiny.write(tmp_path / "other.onnx")
    wished = [
        Configuration(model=str(tiny_model), python=python("nan", NAN)),
        Configuration(model=str(tiny_model)),
        Configuration(model=str(other)),
    ]
    result = bench(wished, brief)
    assert [trial.state for trial in result.trials] == ["wrong", "wrong", "measured"]
    assert "not finite" in result.trials[0].note
    assert "not finite" in result.trials[1].note
    assert result.trials[0].parity
    assert not result.trials[0].parity.finite
    assert "NaN" not in to_json(result)
    assert result.baseline == result.trials[2].label
