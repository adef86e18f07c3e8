from pathlib import Path

import pytest

from edgebokeh.errors import OutputExistsError, OutputUnwritableError
from export.artifact import check_free, staged


def test_a_draft_takes_the_targets_place(tmp_path: Path) -> None:
    target = tmp_path / "new" / "x.onnx"
    with staged(target, force=False) as draft:
        assert draft.parent == target.parent
        draft.write_bytes(b"model")
        assert not target.exists()
    assert [(path.name, path.read_bytes()) for path in target.parent.iterdir()] == [("x.onnx", b"model")]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "x.onnx"
    target.write_bytes(b"old")

    def fail() -> None:
        with staged(target, force=True) as draft:
            draft.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.onnx", b"old")]


def test_other_bytes_are_overwritten_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "x.onnx"
    target.write_bytes(b"old")
    with pytest.raises(OutputExistsError), staged(target, force=False) as draft:
        draft.write_bytes(b"new")
    assert target.read_bytes() == b"old"
    with staged(target, force=True) as draft:
        draft.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputUnwritableError, match="cannot be written"), staged(tmp_path / "file" / "x", force=False):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputUnwritableError), staged(tmp_path / "folder", force=True) as draft:
        draft.write_bytes(b"model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_check_free(tmp_path: Path) -> None:
    check_free(tmp_path / "x", force=False)
    check_free(tmp_path, force=True)
    with pytest.raises(OutputExistsError, match="exists"):
        check_free(tmp_path, force=False)
