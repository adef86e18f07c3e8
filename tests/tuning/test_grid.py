from pathlib import Path

import pytest

from edgebokeh import threads
from edgebokeh.device_profile import Setting
from edgebokeh.tuning import grid
from tests import tiny

START = Setting(model="net", matting="draw", provider="cpu", threads=6, matting_side=448)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEBOKEH_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_threads_are_powers_of_two_and_all() -> None:
    counts = [setting.threads for setting in grid.candidates(START)]
    assert counts == [6, 4, 2, 1]
    assert [one.threads for one in grid.candidates(Setting(model="net", provider="cpu", threads=1))] == [1]
    assert [one.threads for one in grid.candidates(Setting(model="net", provider="cpu", threads=4))] == [4, 2, 1]


def test_each_with_each_and_the_default_first() -> None:
    found = grid.candidates(START, ["cpu", "openvino"], 320, 448)
    assert found[0] == START
    assert len(found) == 4 * 2 * 2 * 4
    assert {(one.provider, one.threads, one.finder_side, one.matting_side) for one in found} == {
        (provider, count, finder, side)
        for provider in ("cpu", "openvino")
        for count in (1, 2, 4, 6)
        for finder in (None, 256)
        for side in (448, 384, 320, 256)
    }
    assert [one.threads for one in found[:16]] == [6] * 16


def test_sizes_are_those_below_the_networks_own() -> None:
    alone = Setting(model="net", provider="cpu", threads=1)
    assert [one.finder_side for one in grid.candidates(alone, (), 520)] == [None, 448, 384, 320, 256]
    assert [one.finder_side for one in grid.candidates(alone, (), 256)] == [None]
    assert [one.finder_side for one in grid.candidates(alone)] == [None]


def test_files_of_other_precisions_are_known_by_their_names(models: Path) -> None:
    for name in ("net", "net-fp16", "net-int8", "net-fp17", "draw-int8", "other-fp16"):
        tiny.write(models / f"{name}.onnx")
    found = {(one.model, one.matting) for one in grid.candidates(START)}
    assert found == {(model, matting) for model in ("net", "net-fp16", "net-int8") for matting in ("draw", "draw-int8")}
    file = models / "net.onnx"
    beside = {one.model for one in grid.candidates(Setting(model=str(file), provider="cpu", threads=1))}
    assert beside == {str(file), str(models / "net-fp16.onnx"), str(models / "net-int8.onnx")}


def test_the_default_is_what_edgebokeh_does(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores = threads.allowed()
    assert grid.default(None, None) == Setting(model="selfie", provider="cpu", threads=cores)
    best = Setting(model="selfie", matting="modnet", provider="cpu", threads=cores, quality="best", matting_side=448)
    assert grid.default(None, "best") == best
    tiny.write(models / "net.onnx")
    monkeypatch.chdir(models)
    assert grid.default("net.onnx", "fast").model == str(models / "net.onnx")


def test_labels_say_what_is_not_the_default() -> None:
    found = [grid.label(one, START) for one in grid.candidates(START, ["cuda"], 257, 448)]
    assert len(set(found)) == len(found)
    assert found[:2] == ["cpu, 6 threads, side 448", "cpu, 6 threads, side 384"]
    assert found[-1] == "cuda, 1 thread, finder 256, side 256"
    other = Setting(model="/x/net-int8.onnx", provider="cpu", threads=1)
    assert grid.label(other, START) == "cpu, 1 thread, net-int8"


def test_simple_is_the_defaults_kind_and_then_fewer_threads() -> None:
    few = Setting(model="net", matting="draw", provider="cpu", threads=1, matting_side=448)
    small = Setting(model="net", matting="draw", provider="cpu", threads=1, matting_side=256)
    look = Setting(model="net", matting="draw", provider="cpu", threads=1, finder_side=256, matting_side=448)
    half = Setting(model="net-fp16", matting="draw", provider="cpu", threads=1, matting_side=448)
    cuda = Setting(model="net", matting="draw", provider="cuda", threads=1, matting_side=448)
    costs = [grid.cost(one, START) for one in (few, START, small, look, half, cuda)]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)
