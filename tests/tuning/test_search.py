"""The search with real processes; which settings win by their times is asked of the pure functions, in test_halving."""

import math
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import edgebokeh
from edgebokeh import TuneSettings, profile_folder, threads, tune
from edgebokeh.errors import BenchEmptyError, NoPersonError, PhotoMissingError, ValueRangeError
from edgebokeh.tuning import halving, search
from tests import tiny


def variant(model: Path, kind: str, shift: float) -> Path:
    """The tiny network under the name of another precision, which calls `shift` more of the redness a person."""
    network = onnx.load(model)
    weights = numpy_helper.to_array(network.graph.initializer[0]).copy()
    weights[:, 1] *= 1 - shift
    network.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, network.graph.initializer[0].name))
    path = model.with_name(f"{model.stem}-{kind}.onnx")
    onnx.save(network, path)
    return path


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halving, "MOST_ROUNDS", 2)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "net.onnx")


def quick(model: Path, photo: Path, **changes: object) -> TuneSettings:
    return TuneSettings(**({"model": str(model), "photos": [photo], "budget": 120, "quality": "fast"} | changes))  # type: ignore[arg-type]


def test_what_loses_too_much_is_left_out_and_the_rest_races(model: Path, photo: Path) -> None:
    same, wrong = variant(model, "fp16", 0.0), variant(model, "int8", 2.0)
    lines: list[str] = []
    result = tune(quick(model, photo), "mine", lines.append)
    cores = threads.allowed()
    first = result.tried[0]
    assert (first.ran, first.share) == ("cpu", 1.0)
    assert (first.setting.model, first.setting.threads, first.loss, first.ratio) == (str(model), cores, 0.0, None)
    by_file = {one.setting.model: one for one in result.tried if one.setting.threads == cores}
    assert by_file[str(same)].loss == 0.0
    assert by_file[str(same)].rounds > 0
    assert by_file[str(wrong)].verdict == "not within the loss of 0.005"
    assert (by_file[str(wrong)].loss or 0) > 0.5
    others = [one for one in result.tried if one.setting.model == str(wrong) and one.setting.threads != cores]
    assert all(one.verdict == "not within the loss, as with more threads" for one in others)
    assert result.profile.setting.model in (str(model), str(same))
    assert result.profile.name == "mine"
    assert not result.profile.differences()
    assert result.profile.measured["photos"] == photo.name
    assert any("loss 0.0000" in line for line in lines)
    assert edgebokeh.profiles() == []
    result.profile.save()
    assert edgebokeh.load(profile="mine").finder.path == Path(str(result.profile.setting.model))


def test_a_busy_start_is_told() -> None:
    assert search._warnings(None) == search._warnings(0.0) == []
    [line] = search._warnings(1.5)
    assert "1.5 waiting processes per core" in line


def test_a_loss_that_is_allowed_races_too(model: Path, photo: Path) -> None:
    wrong = variant(model, "int8", 2.0)
    result = tune(quick(model, photo, max_loss=1.0))
    [lossy] = [
        one for one in result.tried if one.setting.model == str(wrong) and one.setting.threads == threads.allowed()
    ]
    assert lossy.rounds > 0
    assert result.profile.name == profile_folder.default_name()


def test_a_spent_budget_leaves_the_default(model: Path, photo: Path) -> None:
    variant(model, "fp16", 0.0)
    result = tune(quick(model, photo, budget=1))
    assert result.tried[0].rounds
    assert result.profile.setting == result.tried[0].setting
    assert result.summary.endswith("a larger --budget may help")
    assert all("not tried" in one.verdict or one.rounds for one in result.tried)


def test_sizes_of_the_matting_network(
    model: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEBOKEH_MODELS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    description = tiny.spec(name="modnet", task="matting", output="probability")
    tiny.write(tmp_path / "own" / "modnet.onnx", description)
    found = tune(quick(model, photo, quality="best"))
    assert {one.setting.matting_side for one in found.tried} == {448, 384, 320, 256}
    assert found.profile.setting.quality == "best"
    tiny.write(tmp_path / "own" / "modnet.onnx", description, fixed=True)
    assert {one.setting.matting_side for one in tune(quick(model, photo, quality="best")).tried} == {448}


def test_sizes_of_the_finder(photo: Path, tmp_path: Path) -> None:
    large = tiny.write(tmp_path / "large.onnx", tiny.spec(size=(384, 384)))
    found = tune(quick(large, photo, max_loss=0.1))
    assert {one.setting.finder_side for one in found.tried} == {None, 320, 256}
    assert any(one.label.endswith("finder 256") and one.loss is not None for one in found.tried)
    fixed = tiny.write(tmp_path / "fixed.onnx", tiny.spec(size=(384, 384)), fixed=True)
    assert {one.setting.finder_side for one in tune(quick(fixed, photo)).tried} == {None}


def test_a_search_with_one_setting_says_so(model: Path, photo: Path) -> None:
    cv2.setNumThreads(1)
    alone = tune(quick(model, photo))
    assert [one.setting for one in alone.tried] == [alone.profile.setting]
    assert alone.summary == "cpu, 1 thread stays without a race: there is no other setting to try here"
    variant(model, "int8", 2.0)
    left = tune(quick(model, photo))
    assert [one.loss == 0 for one in left.tried] == [True, False]
    assert left.summary.endswith("stays without a race: none of the others can take its place")


def test_a_variant_that_does_not_run_is_told(model: Path, photo: Path) -> None:
    model.with_name("net-int8.onnx").write_bytes(b"no network")
    result = tune(quick(model, photo))
    told = [one.verdict for one in result.tried if one.setting.model == str(model.with_name("net-int8.onnx"))]
    assert told
    assert all(text.startswith("does not run: ") for text in told)


@pytest.mark.parametrize("name", ["../x", "auto", "", 7])
def test_a_name_that_makes_no_file_is_refused_before_the_search(name: str, model: Path, photo: Path) -> None:
    lines: list[str] = []
    with pytest.raises(ValueRangeError, match="is no name for a profile"):
        tune(quick(model, photo), name, lines.append)
    assert lines == []


def test_a_default_that_does_not_run_is_an_error(tmp_path: Path, photo: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(BenchEmptyError, match="does not run"):
        tune(quick(tmp_path / "bad.onnx", photo))


def test_mattes_of_nobody_cannot_be_compared(model: Path, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((40, 40, 3), (0, 255, 0), np.uint8))
    with pytest.raises(NoPersonError, match=r"empty\.png"):
        tune(quick(model, photo, photos=[photo, empty]))
    with pytest.raises(PhotoMissingError):
        tune(quick(model, photo, photos=[photo, tmp_path / "none.png"]))


def test_photos_may_be_texts_and_one() -> None:
    assert TuneSettings(photos="a.png").photos == TuneSettings(photos=["a.png"]).photos == (Path("a.png"),)  # type: ignore[list-item]


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget": 0.0},
        {"budget": math.nan},
        {"budget": "60"},
        {"max_loss": -0.1},
        {"max_loss": 1.1},
        {"quality": "great"},
    ],
)
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueRangeError, match="|".join(wrong).replace("_", "-")):
        TuneSettings(**wrong)  # type: ignore[arg-type]
