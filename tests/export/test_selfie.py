import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgebokeh.proof import PROOF_KEY, read
from edgebokeh.spec import METADATA_KEY, ModelSpec
from export.artifact import MODELS
from export.recipes.selfie import VARIANTS, VERSION

onnx = pytest.importorskip("onnx")
pytest.importorskip("tflite")

COMMITTED = MODELS / "selfie.onnx"
FIXTURES = {"selfie": "tflite_file", "selfie_landscape": "landscape_file"}
each = pytest.mark.parametrize("name", VARIANTS)


@each
def test_regenerating_gives_the_committed_file_byte_for_byte(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, run: Callable[..., Any]
) -> None:
    pytest.importorskip("ai_edge_litert")
    published, target = request.getfixturevalue(FIXTURES[name]), tmp_path / "selfie.onnx"
    result = run(name, "--tflite", published, "-o", target)
    assert result.code == 0, result.err
    assert "equal labels 100.0000%" in result.out
    assert target.read_bytes() == (MODELS / f"{name}.onnx").read_bytes()


def test_the_same_file_again_is_no_overwriting(tflite_file: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    pytest.importorskip("ai_edge_litert")
    target = tmp_path / "selfie.onnx"
    target.write_bytes(COMMITTED.read_bytes())
    assert run("selfie", "--tflite", tflite_file, "-o", target).code == 0
    target.write_bytes(b"another")
    assert run("selfie", "--tflite", tflite_file, "--no-verify", "-o", target).code == 21
    assert target.read_bytes() == b"another"
    assert run("selfie", "--tflite", tflite_file, "--no-verify", "--force", "-o", target).code == 0
    keys = [entry.key for entry in onnx.load(target).metadata_props]
    assert keys == [METADATA_KEY], "what was not compared has no proof"


@each
def test_the_file_says_what_it_is(name: str) -> None:
    model = onnx.load(MODELS / f"{name}.onnx")
    entries = {entry.key: entry.value for entry in model.metadata_props}
    assert entries.keys() == {METADATA_KEY, PROOF_KEY}
    assert read(entries[PROOF_KEY]) == VARIANTS[name].proof()
    spec = ModelSpec.from_json(entries[METADATA_KEY])
    assert spec == VARIANTS[name].spec(name)
    assert (spec.name, spec.size, spec.output, spec.classes, spec.person) == (
        name,
        VARIANTS[name].size,
        "probability",
        1,
        0,
    )
    assert (spec.mean, spec.std, spec.licence) == ((0, 0, 0), (1, 1, 1), "Apache-2.0")
    assert (model.ir_version, [entry.version for entry in model.opset_import]) == (10, [18])


@each
@pytest.mark.parametrize(("side", "tensor", "channels"), [("input", "input", 3), ("output", "probability", 1)])
def test_the_file_has_the_promised_ends(name: str, side: str, tensor: str, channels: int) -> None:
    (value,) = getattr(onnx.load(MODELS / f"{name}.onnx").graph, side)
    dims = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    assert (value.name, dims) == (tensor, ["batch", channels, *VARIANTS[name].size])
    assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


@each
def test_the_model_card_names_this_file(name: str) -> None:
    card = (MODELS / "README.md").read_text(encoding="utf-8")
    file, variant = MODELS / f"{name}.onnx", VARIANTS[name]
    assert hashlib.sha256(file.read_bytes()).hexdigest() in card
    assert f"{file.stat().st_size:,} bytes" in card
    for fact in (VERSION, variant.file, variant.sha256, variant.spec(name).licence):
        assert fact in card


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"other", "this is not the selfie_seg")])
def test_another_file_is_refused(content: bytes | None, said: str, tmp_path: Path, run: Callable[..., Any]) -> None:
    if content is not None:
        (tmp_path / "x.tflite").write_bytes(content)
    result = run("selfie", "--tflite", tmp_path / "x.tflite", "-o", tmp_path / "out" / "x.onnx")
    assert result.code == 81
    assert said in result.err
    assert not (tmp_path / "out").exists()


def test_a_file_that_computes_something_else_is_not_kept(
    tflite_file: Path, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ai_edge_litert")
    from export import tflite_to_onnx

    monkeypatch.setitem(tflite_to_onnx.OPS, "HARD_SWISH", tflite_to_onnx.OPS["RELU"])
    result = run("selfie", "--tflite", tflite_file, "-o", tmp_path / "x.onnx")
    assert result.code == 83
    assert list(tmp_path.iterdir()) == []


def test_without_npm(tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("selfie", "-o", tmp_path / "x.onnx")
    assert result.code == 80
    assert result.err.startswith("export: error: npm is not installed")
    assert "--tflite FILE" in result.err
    assert list(tmp_path.iterdir()) == []
