import os
from pathlib import Path

import pytest

from edgebokeh import catalog
from edgebokeh.errors import ModelUnknownError


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Four empty folders, in the order in which they are searched; the bundled one is real."""
    first, second, work, data = (tmp_path / name for name in ("first", "second", "work", "data"))
    found = [first, second, work / "models", data / "edgebokeh" / "models"]
    for folder in found:
        folder.mkdir(parents=True)
    monkeypatch.setenv(catalog.FOLDERS_VARIABLE, f"{first}{os.pathsep}{second}")
    monkeypatch.setattr(catalog, "_user_data", lambda: [data])
    monkeypatch.chdir(work)
    return found


def test_earlier_folders_win(folders: list[Path]) -> None:
    assert catalog.find("selfie").parent == catalog.folders()[-1]
    for folder in reversed(folders):
        (folder / "selfie.onnx").touch()
        assert catalog.find("selfie").resolve() == folder / "selfie.onnx"


def test_a_path_is_a_path(folders: list[Path]) -> None:
    file = folders[0] / "own.onnx"
    file.touch()
    assert catalog.find(str(file)) == file
    assert catalog.find("own") == file
    with pytest.raises(ModelUnknownError, match="no model file"):
        catalog.find(str(folders[1] / "own.onnx"))


def test_an_unknown_name_lists_the_known(folders: list[Path]) -> None:
    (folders[0] / "own.onnx").touch()
    with pytest.raises(ModelUnknownError, match="'nonsense'") as caught:
        catalog.find("nonsense")
    assert "own, selfie" in caught.value.hint
