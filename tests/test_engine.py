import os
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import edgebokeh
from edgebokeh import cache, catalog, engine, parity
from edgebokeh.engine import open_network
from edgebokeh.errors import (
    ModelUndescribedError,
    ModelUnreadableError,
    ModelUnsuitableError,
    ValueRangeError,
)
from edgebokeh.matte import agreement
from edgebokeh.sessions import Runtime
from tests import tiny


def test_a_model_that_describes_itself_runs(tiny_model: Path) -> None:
    network = engine.open_network(tiny_model)
    assert (network.spec, network.provider, network.size) == (tiny.spec(), "cpu", (32, 48))
    tensor = np.zeros((1, 3, 32, 48), np.float32)
    tensor[:, 0] = 1
    assert (network.run(tensor) == tiny.STEEP).all()


def test_fixed_dimensions_beat_the_description(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "fixed.onnx", tiny.spec(size=(16, 24)), fixed=True)
    assert engine.open_network(path, tiny.spec(size=(99, 99))).size == (16, 24)


def test_a_model_without_a_description_needs_one(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "bare.onnx", stamp=False)
    with pytest.raises(ModelUndescribedError, match="nothing says"):
        engine.open_network(path)
    assert engine.open_network(path, tiny.spec()).spec == tiny.spec(name="bare")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x89PNG\r\n\x1a\n" * 9])
def test_what_is_not_onnx_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadableError, match="not an ONNX model"):
        engine.open_network(path)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="all names are Unicode there")
def test_a_name_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "good.onnx").rename(tmp_path / os.fsdecode(b"bad\xff.onnx"))
    with pytest.raises(ModelUnreadableError, match="not UTF-8"):
        engine.open_network(path, runtime=Runtime(cache=False))


def test_a_classifier_is_no_segmenter(tmp_path: Path) -> None:
    with pytest.raises(ModelUnsuitableError, match="not a segmentation model"):
        engine.open_network(tiny.write_classifier(tmp_path / "classes.onnx"))


def test_one_number_for_the_whole_picture_is_no_mask(tmp_path: Path) -> None:
    with pytest.raises(ModelUnsuitableError, match="not a segmentation model"):
        engine.open_network(tiny.write(tmp_path / "dot.onnx", tiny.spec(size=(1, 1)), fixed=True))


def test_a_matting_network_keeps_the_pictures_shape(tiny_model: Path, tmp_path: Path) -> None:
    network = engine.open_network(tiny_model, tiny.spec(multiple=32, size=(32, 64)))
    assert network.shaped((600, 800), 448) == (384, 512)
    assert network.shaped((20, 4000), 448) == (32, 6336)
    assert network.shaped((50, 50), 448) == (96, 96)
    fixed = engine.open_network(tiny.write(tmp_path / "fixed.onnx", tiny.spec(size=(16, 24)), fixed=True))
    assert fixed.shaped((600, 800), 448) == (16, 24)


def test_a_description_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "one.onnx", fixed=True)
    with pytest.raises(ModelUnsuitableError, match="classes 1 instead of 21"):
        engine.open_network(path, tiny.spec(classes=21, person=15))
    with pytest.raises(ModelUnsuitableError, match="input channels 48 instead of 3"):
        engine.open_network(path, tiny.spec(layout="NHWC"))


def test_a_failing_run_is_told(tiny_model: Path) -> None:
    with pytest.raises(ModelUnsuitableError, match="failed on an input"):
        engine.open_network(tiny_model).run(np.zeros((1, 5, 4, 4), np.float32))


def test_models_lists_the_good_and_says_what_is_wrong_with_the_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalog.FOLDERS_VARIABLE, str(tmp_path))
    tiny.write(tmp_path / "good.onnx")
    (tmp_path / "bad.onnx").write_text("x")
    rows = {row.name: row for row in engine.models()}
    assert rows["good"].spec == tiny.spec()
    assert "not an ONNX model" in rows["bad"].problem
    assert rows["selfie"].size == (256, 256)


SHAPES = [
    {"input": "uint8", "layout": "NHWC", "output_layout": "NCHW", "output": "probability"},
    {"input": "uint8"},
    {"layout": "NHWC"},
    {"output_layout": "NHWC", "classes": 21, "person": 15},
]


@pytest.mark.parametrize("coarse", [1, 8])
@pytest.mark.parametrize("changes", SHAPES, ids=str)
def test_every_form_of_network_finds_the_subject(changes: dict[str, object], coarse: int, tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "form.onnx", tiny.spec(size=(96, 96), **changes), coarse=coarse)
    bokeh = edgebokeh.load(path, matting=None)
    pixels, there = tiny.picture(96, 96), tiny.subject(96, 96)
    looks = [edgebokeh.Look(quality=quality) for quality in ("fast", "balanced")]
    for look in [*looks, edgebokeh.Look(classic=True)]:
        matte = bokeh.mask(pixels, look).matte
        truth = np.zeros((96, 96), np.float32)
        truth[there] = 1
        # A pixel of a coarse plane is eight of the photo wide.
        assert agreement(matte, truth) > (0.95 if coarse == 1 else 0.75), look


@pytest.mark.parametrize("changes", SHAPES, ids=str)
def test_every_form_of_network_is_kept_optimised_and_the_same(changes: dict[str, object], tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "form.onnx", tiny.spec(**changes), fixed=True)
    before = cache.cache_info().entries
    first, later = (open_network(path) for _ in range(2))
    assert cache.cache_info().entries == before + 1
    picture = parity.question(first.session)
    assert picture is not None
    assert np.array_equal(first.run(picture), later.run(picture))


def test_a_description_of_other_numbers_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "bytes.onnx", tiny.spec(input="uint8"))
    with pytest.raises(ModelUnsuitableError, match="input numbers uint8 instead of float32"):
        engine.open_network(path, tiny.spec())


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, {"mean": (0.0, 0.0, 0.0)}),
        ({"output": "probability"}, {"size": (32, 48)}),
        ({"layout": "NHWC", "input": "uint8"}, {"size": (32, 48)}),
        ({"classes": 2, "person": 1}, {"size": (32, 48)}),
        ({"classes": 21, "person": 15}, {"person": 15}),
        ({"output_layout": "NHWC", "classes": 2, "person": 1}, {"output": "logits"}),
    ],
    ids=str,
)
def test_what_is_not_said_of_a_bare_file_is_seen_in_it(
    changes: dict[str, object], flags: dict[str, object], tmp_path: Path
) -> None:
    whole = tiny.spec(name="bare", licence="unknown", source="unknown", **changes)
    path = tiny.write(tmp_path / "bare.onnx", whole, stamp=False, fixed=True)
    assert engine.open_network(path, flags).spec == whole


def scaled(path: Path, factor: float, inner: str) -> Path:
    """Saves a bare tiny network whose answer is what `inner` makes of its logits, times a factor."""
    model = onnx.load(tiny.write(path, tiny.spec(), stamp=False, fixed=True))
    model.graph.initializer.append(numpy_helper.from_array(np.array(factor, np.float32), "factor"))
    model.graph.node[-1].output[0] = "whole"
    model.graph.node.extend(
        [helper.make_node(inner, ["whole"], ["inner"]), helper.make_node("Mul", ["inner", "factor"], ["output"])]
    )
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(("factor", "output"), [(1.0000002, "probability"), (1.0009, "probability"), (1.1, "logits")])
def test_a_probability_may_be_a_little_more_than_one(factor: float, output: str, tmp_path: Path) -> None:
    found = engine.open_network(scaled(tmp_path / "over.onnx", factor, "Sigmoid"), {"size": (32, 48)})
    assert found.spec.output == output
    assert found.guesses == f"--mean 0 --std 1 --output-kind {'prob' if output == 'probability' else output}"


def test_the_guess_feeds_the_network_as_it_will_be_fed(tmp_path: Path) -> None:
    path = scaled(tmp_path / "plain.onnx", 1 / 80, "Abs")
    outputs = [engine.open_network(path, {"std": (scale,) * 3}).spec.output for scale in (1.0, 0.01)]
    assert outputs == ["probability", "logits"]


def test_nothing_is_guessed_of_what_describes_itself(tiny_model: Path) -> None:
    assert engine.open_network(tiny_model, {"size": (64, 64)}).guesses == ""


def test_what_is_said_wins_over_what_the_file_says(tiny_model: Path) -> None:
    assert engine.open_network(tiny_model, {"size": (64, 64)}).spec == tiny.spec(size=(64, 64))
    with pytest.raises(ValueRangeError, match="--person-index 3 is none of the planes"):
        engine.open_network(tiny_model, {"person": 3})


def test_what_cannot_be_seen_in_a_bare_file_has_to_be_said(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "bare.onnx", tiny.spec(classes=21, person=15), stamp=False, fixed=True)
    with pytest.raises(ModelUndescribedError, match="which of the 21 planes") as caught:
        engine.open_network(path, {"size": (32, 48)})
    assert "--person-index" in caught.value.hint


@pytest.mark.parametrize("said", [5, [], ["size"], b"deeplabv3", {"sise": (32, 48)}, {5: 6}], ids=str)
def test_what_describes_nothing_is_refused(said: object, tiny_model: Path) -> None:
    with pytest.raises(ModelUndescribedError) as caught:
        edgebokeh.load(tiny_model, spec=said)  # type: ignore[arg-type]
    assert "ModelSpec" in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("field", ["size", "mean", "classes", "person", "layout", "output", "multiple", "learned"])
@pytest.mark.parametrize("value", ["x", 0.5, (), {}, b""], ids=repr)
def test_a_field_of_the_wrong_kind_is_refused(field: str, value: object, tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "bare.onnx", stamp=False)
    for model in (path, tiny.write(tmp_path / "whole.onnx")):
        with pytest.raises((ModelUnsuitableError, ModelUndescribedError)):
            edgebokeh.load(model, spec={field: value})


def test_a_size_that_is_no_multiple_is_refused_with_one_that_is(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnsuitableError, match="multiples of 32 pixels, not 300×300") as caught:
        engine.open_network(tiny_model, {"multiple": 32, "size": (300, 300)})
    assert "--input-size 288x288" in caught.value.hint
    fixed = tiny.write(tmp_path / "fixed.onnx", tiny.spec(size=(16, 24)), fixed=True)
    assert engine.open_network(fixed, {"multiple": 32}).size == (16, 24)
