import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from edgebokeh.proof import PROOF_KEY, read
from edgebokeh.spec import METADATA_KEY, ModelSpec
from export.artifact import MODELS
from export.parity import compare, run_onnx, sample
from export.recipes.modnet import FILE, PACKAGE, SHA256, SPEC, TOLERANCE, VERSION

onnx = pytest.importorskip("onnx")

COMMITTED = MODELS / "modnet.onnx"


def test_regenerating_gives_the_committed_file_byte_for_byte(
    modnet_file: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    target = tmp_path / "modnet.onnx"
    result = run("modnet", "--onnx", modnet_file, "-o", target)
    assert result.code == 0, result.err
    assert "  1x3x512x512: largest difference" in result.out
    assert "  2x3x384x512: largest difference" in result.out
    assert target.read_bytes() == COMMITTED.read_bytes()


@pytest.mark.parametrize("size", [(256, 256), (256, 384)])
def test_the_mattes_are_the_published_networks(modnet_file: Path, size: tuple[int, int]) -> None:
    tensor = sample(size, SPEC)
    parity = compare(run_onnx(modnet_file, tensor), run_onnx(COMMITTED, tensor), SPEC.output)
    assert 0 < parity.mean <= TOLERANCE <= 1 / 255
    assert parity.largest < 0.1
    assert parity.agreement > 0.999


def test_a_batch_is_its_pictures_one_by_one() -> None:
    picture = sample((192, 256), SPEC)
    mirrored = np.ascontiguousarray(picture[:, :, :, ::-1])
    both = run_onnx(COMMITTED, np.concatenate([picture, mirrored]))
    assert both.shape == (2, 1, 192, 256)
    assert 0 <= both.min() < 0.01 < 0.99 < both.max() <= 1
    assert np.abs(both[0] - both[1]).max() > 0.5
    for matte, tensor in zip(both, (picture, mirrored), strict=True):
        np.testing.assert_allclose(matte, run_onnx(COMMITTED, tensor)[0], atol=1e-4)


def test_the_astronaut_is_the_subject() -> None:
    matte = run_onnx(COMMITTED, sample((256, 256), SPEC))[0, 0]
    assert matte[20:60, 100:130].mean() > 0.95, "the face"
    assert matte[200:, 64:110].mean() > 0.95, "the suit"
    assert matte[:60, :40].mean() < 0.05, "the wall"


def test_the_file_says_what_it_is() -> None:
    model = onnx.load(COMMITTED)
    entries = {entry.key: entry.value for entry in model.metadata_props}
    assert entries.keys() == {METADATA_KEY, PROOF_KEY}
    assert ModelSpec.from_json(entries[METADATA_KEY]) == SPEC
    proof = read(entries[PROOF_KEY])
    assert (proof.parent, proof.parent_sha256, proof.change) == ("modnet.onnx", SHA256, "fp16")
    assert (proof.largest, proof.agreement) == (0.1, 0.999)
    assert proof.mean == pytest.approx(TOLERANCE, abs=1e-8)
    assert (SPEC.name, SPEC.task, SPEC.size, SPEC.multiple) == ("modnet", "matting", (512, 512), 32)
    assert (SPEC.mean, SPEC.std, SPEC.licence) == ((0.5,) * 3, (0.5,) * 3, "Apache-2.0")
    assert (SPEC.layout, SPEC.output, SPEC.classes, SPEC.person) == ("NCHW", "probability", 1, 0)
    assert all(fact in SPEC.source for fact in (PACKAGE, VERSION, FILE, SHA256))
    assert (model.ir_version, [entry.version for entry in model.opset_import]) == (6, [11])


@pytest.mark.parametrize(("side", "channels"), [("input", 3), ("output", 1)])
def test_the_file_has_the_promised_ends(side: str, channels: int) -> None:
    (value,) = getattr(onnx.load(COMMITTED).graph, side)
    dims = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    assert (value.name, dims) == (side, ["batch_size", channels, "height", "width"])
    assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_onnxruntime_folds_the_casts(tmp_path: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    onnxruntime.InferenceSession(str(COMMITTED), options, providers=["CPUExecutionProvider"])
    kinds = [{node.op_type for node in onnx.load(path).graph.node} for path in (COMMITTED, tmp_path / "loaded.onnx")]
    assert ["Cast" in kind for kind in kinds] == [True, False]


def test_the_model_card_names_this_file() -> None:
    card = (MODELS / "README.md").read_text(encoding="utf-8").partition("\n## modnet\n")[2]
    assert hashlib.sha256(COMMITTED.read_bytes()).hexdigest() in card
    assert f"{COMMITTED.stat().st_size:,} bytes" in card
    for fact in (PACKAGE, VERSION, FILE, SHA256, SPEC.licence):
        assert fact in card


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"other", "this is not the modnet.onnx")])
def test_another_file_is_refused(content: bytes | None, said: str, tmp_path: Path, run: Callable[..., Any]) -> None:
    if content is not None:
        (tmp_path / "x.onnx").write_bytes(content)
    result = run("modnet", "--onnx", tmp_path / "x.onnx", "-o", tmp_path / "out" / "x.onnx")
    assert result.code == 81
    assert said in result.err
    assert not (tmp_path / "out").exists()


def test_a_file_that_computes_something_else_is_not_kept(
    modnet_file: Path, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.halve._half", lambda values: np.round(values, 1).astype(np.float16))
    result = run("modnet", "--onnx", modnet_file, "-o", tmp_path / "x.onnx")
    assert result.code == 83
    assert list(tmp_path.iterdir()) == []


def test_without_pip(tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    result = run("modnet", "-o", tmp_path / "x.onnx")
    assert result.code == 80
    assert result.err.startswith("export: error: pip is not installed")
    assert "--onnx FILE" in result.err
    assert list(tmp_path.iterdir()) == []
