"""A model file is somebody else's program: whatever it says, there is one clear error, and neither crash nor hang."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgebokeh
from edgebokeh import catalog
from edgebokeh.errors import EdgeBokehError, ExitCode
from tests import tiny
from tests.conftest import Cli
from tests.test_proof import WITHOUT as PROOF

REFUSED, UNSUITABLE = ExitCode.MODEL_UNREADABLE, ExitCode.MODEL_UNSUITABLE
CONV = [("Conv", ["input", "weights"], "")]
WEIGHTS = numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "weights")
HUGE = numpy_helper.from_array(np.array([1, 1, 2_000_000, 2_000_000]), "sides")
LARGE = "1" + "0" * 400
"""A whole number that no float holds."""


def save(
    path: Path,
    nodes: Sequence[tuple[str, list[str], str]] = CONV,
    weights: Sequence[TensorProto] = (WEIGHTS,),
    shape: Sequence[int | str] = (1, 3, 8, 8),
) -> Path:
    """Saves a network of a chain of operators, each with its inputs and domain; the last one gives the output."""
    names = [f"step{number}" for number in range(1, len(nodes))] + ["output"]
    graph = helper.make_graph(
        [
            helper.make_node(kind, inputs, [name], domain=domain)
            for (kind, inputs, domain), name in zip(nodes, names, strict=True)
        ],
        "hostile",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [shape[0], 1, "height", "width"])],
        list(weights),
    )
    domains = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in {"", *(node[2] for node in nodes)}]
    model = helper.make_model(graph, opset_imports=domains, ir_version=8)
    helper.set_model_props(model, {"edgebokeh": tiny.spec(size=(8, 8)).to_json()})
    path.write_bytes(model.SerializeToString())
    return path


def elsewhere(location: str, length: int = 12) -> TensorProto:
    """Weights that lie in another file."""
    weights = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=[1, 3, 1, 1], data_location="EXTERNAL")
    for key, value in (("location", location), ("offset", "0"), ("length", str(length))):
        weights.external_data.add(key=key, value=value)
    return weights


def declared(*dims: int) -> TensorProto:
    """Weights that are told of and not there."""
    return TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=dims)


def stated(path: Path, texts: dict[str, str]) -> None:
    """Saves a tiny network with these metadata."""
    model = onnx.load(tiny.write(path, stamp=False))
    helper.set_model_props(model, texts)
    onnx.save(model, path)


HOSTILE: dict[str, tuple[Callable[[Path], Path], ExitCode]] = {
    "weights above its folder": (lambda path: save(path, weights=[elsewhere("../secret.bin")]), REFUSED),
    "weights at an absolute place": (lambda path: save(path, weights=[elsewhere("/etc/hostname")]), REFUSED),
    "weights in a device": (lambda path: save(path, weights=[elsewhere("/dev/zero", 10**12)]), REFUSED),
    "weights behind a link": (lambda path: save(path, weights=[elsewhere("link.bin")]), REFUSED),
    "weights that are missing": (lambda path: save(path, weights=[elsewhere("none.bin")]), REFUSED),
    "weights longer than their file": (lambda path: save(path, weights=[elsewhere("own.bin", 10**15)]), REFUSED),
    "weights of 400 TB": (lambda path: save(path, weights=[declared(100_000, 100_000, 100, 100)]), REFUSED),
    "weights of negative size": (lambda path: save(path, weights=[declared(-1, 3, 1, 1)]), REFUSED),
    "an operator of its own": (lambda path: save(path, [("Magic", ["input"], "evil.operators")]), REFUSED),
    "a picture of 100,000 × 100,000": (lambda path: save(path, shape=(1, 3, 100_000, 100_000)), UNSUITABLE),
    "a picture of nothing": (lambda path: save(path, shape=(1, 3, 0, 0)), UNSUITABLE),
    "a batch of a million": (lambda path: save(path, shape=(1_000_000, 3, 8, 8)), UNSUITABLE),
    "an answer of 16 TB": (
        lambda path: save(
            path, [*CONV, ("ReduceMean", ["step1"], ""), ("Expand", ["step2", "sides"], "")], [WEIGHTS, HUGE]
        ),
        UNSUITABLE,
    ),
    "names that are no text": (
        lambda path: path.write_bytes(save(path).read_bytes().replace(b"tiny", b"ti\xffy")) and path,
        REFUSED,
    ),
    "text": (lambda path: path.write_text("model") and path, REFUSED),
    "its first half": (lambda path: path.write_bytes(save(path).read_bytes()[:200]) and path, REFUSED),
}
"""What a file may be like, and the exit code that it must end with."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_ends_in_one_clear_line(name: str, run: Cli, tmp_path: Path) -> None:
    make, code = HOSTILE[name]
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(np.ones(3, np.float32).tobytes())
    (folder / "own.bin").write_bytes(np.ones(3, np.float32).tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    done = run("mask", "photo.png", "--model", make(folder / "hostile.onnx"), "-o", "mask.png")
    assert done.code == code
    assert done.err.startswith("edgebokeh: error: ")
    assert (done.out, done.err.count("\n")) == ("", 1)
    assert not (tmp_path / "mask.png").exists()


def test_a_harmless_one_of_the_same_make_runs(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "own.bin").write_bytes(np.array([tiny.STEEP, -tiny.STEEP, 0], np.float32).tobytes())
    assert run("mask", "photo.png", "--model", save(tmp_path / "fair.onnx", weights=[elsewhere("own.bin")])).code == 0


def test_a_file_with_bytes_changed_anywhere_opens_or_is_refused(tmp_path: Path) -> None:
    whole = bytearray(tiny.write(tmp_path / "tiny.onnx").read_bytes())
    generator, ends = np.random.default_rng(6), set[Any]()
    for number in range(150):
        changed = bytearray(whole)
        for place in generator.integers(len(whole), size=1 + number % 3):
            changed[place] = generator.integers(256)
        path = tmp_path / "changed.onnx"
        path.write_bytes(changed)
        try:
            edgebokeh.load(path, matting=None, cache=False).mask(tiny.picture(16, 16))
            ends.add(ExitCode.OK)
        except EdgeBokehError as error:
            ends.add(error.code)
    assert {ExitCode.OK, REFUSED, UNSUITABLE} <= ends


def test_a_network_that_remembers_is_refused_by_name(run: Cli, tmp_path: Path) -> None:
    names = ["src", "r1i", "r2i"]
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["src"], ["fgr"], axes=[1])],
        "recurrent",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "h", "w"]) for name in names],
        [helper.make_tensor_value_info("fgr", TensorProto.FLOAT, [1, 1, "h", "w"])],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "rvm.onnx"
    )
    done = run("mask", "photo.png", "--model", "rvm.onnx", "--spec", "modnet")
    assert done.code == UNSUITABLE
    assert "RobustVideoMatting" in done.err


@pytest.mark.parametrize("key", ["edgebokeh", "edgebokeh.proof"])
@pytest.mark.parametrize("value", [LARGE, f"[{LARGE}, {LARGE}]", "1e300", "[1e-300, 1e-300, 1e-300]"])
def test_numbers_beyond_all_measure_end_in_one_clear_line(key: str, value: str, run: Cli, tmp_path: Path) -> None:
    texts = {"edgebokeh": tiny.spec().to_json(), "edgebokeh.proof": PROOF.to_json()}
    for field in json.loads(texts[key]).keys() - {"task"}:
        changed = json.dumps(json.loads(texts[key]) | {field: "*"}).replace('"*"', value)
        stated(tmp_path / "hostile.onnx", texts | {key: changed})
        done = run("models", "show", tmp_path / "hostile.onnx")
        assert (done.code, done.err.count("\n")) in ((UNSUITABLE, 1), (0, 0)), field
        assert key == "edgebokeh.proof" or run("mask", "photo.png", "--model", "hostile.onnx", "--force").code in (
            UNSUITABLE,
            ExitCode.OK,
        )


def test_half_a_surrogate_pair_is_shown_and_the_list_goes_on(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalog.FOLDERS_VARIABLE, str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    spec = tiny.spec(licence="\ud800").to_json()
    stated(tmp_path / "models" / "aaa.onnx", {"edgebokeh": spec})
    stated(tmp_path / "models" / "bbb.onnx", {"edgebokeh": spec.replace("[32, 48]", LARGE)})
    tiny.write(tmp_path / "models" / "zzz.onnx")
    listed, shown = run("models"), run("models", "show", "aaa")
    assert (listed.code, shown.code) == (0, 0)
    assert {"aaa", "  licence  \\ud800", "bbb", "zzz", "selfie"} <= set(listed.out.splitlines())
    assert "  licence  \\ud800" in shown.out.splitlines()
