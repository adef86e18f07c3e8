import io
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

import edgebokeh
from edgebokeh import model_files
from edgebokeh.errors import ModelUndescribedError, ModelUnsuitableError, OutputExistsError, OutputFormatError
from edgebokeh.proof import PROOF_KEY, Proof
from edgebokeh.spec import METADATA_KEY, ModelSpec
from tests import tiny
from tests.test_hostile_models import elsewhere, save

PROOF = Proof(
    parent="big",
    parent_sha256="0" * 64,
    change="int8",
    photos_from="street",
    photos=16,
    masks=False,
    largest=0.2,
    mean=0.001,
    agreement=0.998,
    drop=0.002,
    allowed=0.005,
)


def bare(path: Path, **changes: object) -> Path:
    return tiny.write(path, tiny.spec(**changes), stamp=False, fixed=True)


def proven(path: Path) -> Path:
    """Saves a network with a description, a proof, and an entry that is none of edgebokeh's."""
    model = onnx.load(tiny.write(path))
    helper.set_model_props(
        model, {"author": "me", METADATA_KEY: tiny.spec(name="proven").to_json(), PROOF_KEY: PROOF.to_json()}
    )
    onnx.save(model, path)
    return path


def told(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def test_a_copy_describes_itself_and_computes_the_same(tmp_path: Path) -> None:
    path, copy = bare(tmp_path / "bare.onnx", classes=21, person=15), tmp_path / "copy.onnx"
    with pytest.raises(ModelUndescribedError):
        edgebokeh.load(path)
    spec = edgebokeh.stamp_model(path, copy, {"person": 15, "mean": (0.5, 0.5, 0.5)})
    assert (spec.name, spec.person, spec.mean, spec.classes) == ("copy", 15, (0.5, 0.5, 0.5), 21)
    assert edgebokeh.load(copy).finder.spec == spec
    assert onnx.load(copy).graph == onnx.load(path).graph


def test_a_second_stamp_replaces_the_first(tmp_path: Path) -> None:
    path = proven(tmp_path / "proven.onnx")
    edgebokeh.stamp_model(path, path, {"size": (64, 64)}, force=True)
    entries = [entry.key for entry in onnx.load(path).metadata_props]
    assert sorted(entries) == ["author", METADATA_KEY]
    assert ModelSpec.from_json(told(path)[METADATA_KEY]).size == (64, 64)


def test_a_proof_stays_only_with_the_description_that_it_was_made_with(tmp_path: Path) -> None:
    path, copy = proven(tmp_path / "proven.onnx"), tmp_path / "copy.onnx"
    edgebokeh.stamp_model(path, copy)
    assert edgebokeh.model(str(copy)).proof == PROOF
    edgebokeh.stamp_model(path, copy, {"std": (0.5, 0.5, 0.5)}, force=True)
    assert edgebokeh.model(str(copy)).proof is None


def test_a_files_weights_beside_it_are_not_copied_without_it(tmp_path: Path) -> None:
    (tmp_path / "own.bin").write_bytes(np.ones(3, np.float32).tobytes())
    path = save(tmp_path / "parted.onnx", weights=[elsewhere("own.bin")])
    with pytest.raises(ModelUnsuitableError, match="weights in other files"):
        edgebokeh.stamp_model(path, tmp_path / "copy.onnx")
    assert not (tmp_path / "copy.onnx").exists()


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    path = bare(tmp_path / "bare.onnx")
    with pytest.raises(OutputExistsError):
        edgebokeh.stamp_model(path, path, tiny.spec())
    with pytest.raises(OutputFormatError, match="would not be found"):
        edgebokeh.stamp_model(str(path), str(tmp_path / "copy.bin"), tiny.spec())


keys = st.sampled_from([METADATA_KEY, PROOF_KEY, "edgebokeh.", "other", ""])


@given(st.dictionaries(keys, st.text(max_size=300)), st.integers(0, 300), st.integers(0, 1 << 40))
def test_any_file_keeps_all_but_the_entry_that_is_replaced(entries: dict[str, str], length: int, version: int) -> None:
    tensor = TensorProto(name="weights", data_type=TensorProto.UINT8, dims=[length], raw_data=bytes(length))
    graph = helper.make_graph([], "empty", [], [], [tensor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], model_version=version)
    helper.set_model_props(model, entries)
    pieces = model_files._pieces(io.BytesIO(model.SerializeToString()), {METADATA_KEY: "new"}, Path("any"))
    after = onnx.ModelProto.FromString(b"".join(pieces))
    assert {entry.key: entry.value for entry in after.metadata_props} == entries | {METADATA_KEY: "new"}
    del model.metadata_props[:], after.metadata_props[:]
    assert after == model


def test_all_that_is_known_of_a_model(tmp_path: Path) -> None:
    details = edgebokeh.model(str(proven(tmp_path / "proven.onnx")))
    assert (details.name, details.spec, details.proof) == ("proven", tiny.spec(name="proven"), PROOF)
    assert (details.bytes, details.weights) == (details.path.stat().st_size, "fp32")
    assert edgebokeh.model("selfie").weights == "fp16"
