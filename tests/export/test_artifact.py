from collections.abc import Callable
from pathlib import Path

import pytest

from edgebokeh.errors import OutputExistsError, OutputFormatError, OutputUnwritableError
from export.artifact import check_target, publish


def test_a_model_is_written_into_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "x.onnx"
    check_target(target, force=False)
    assert list(tmp_path.iterdir()) == []
    publish(b"model", target, force=False)
    assert [(path.name, path.read_bytes()) for path in target.parent.iterdir()] == [("x.onnx", b"model")]
    assert capsys.readouterr().out == f"{target}: 5 bytes\n"


def test_other_bytes_are_overwritten_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "x.onnx"
    target.write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        check_target(target, force=False)
    with pytest.raises(OutputExistsError):
        publish(b"new", target, force=False)
    assert target.read_bytes() == b"old"
    publish(b"old", target, force=False)
    publish(b"new", target, force=True)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.onnx", b"new")]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "x.onnx", tmp_path / "link.onnx"
    file.write_bytes(b"old")
    link.symlink_to(file)
    publish(b"new", link, force=True)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("write", [check_target, lambda target, force: publish(b"model", target, force)])
def test_a_place_that_cannot_be_written(write: Callable[[Path, bool], None], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.onnx").mkdir()
    for target, error in (
        (tmp_path / "file" / "x.onnx", OutputUnwritableError),
        (tmp_path / "file" / "deeper" / "x.onnx", OutputUnwritableError),
        (tmp_path / "folder.onnx", OutputUnwritableError),
        (tmp_path / "x", OutputFormatError),
    ):
        with pytest.raises(error):
            write(target, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.onnx"]
