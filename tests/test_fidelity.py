"""The scripts that hold files against Pillow, and damage them, find what is wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import fidelity, fuzz, specimens
from edgebokeh.formats import encode
from edgebokeh.images import Handling, Photo
from tests.conftest import SAMPLE

FILES = specimens.specimens()


def test_a_result_that_lost_metadata_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fidelity, "encode", lambda photo, ending: encode(photo, ending, Handling(strip=True)))
    found = fidelity.line("photo", FILES["jpeg"])
    assert found.right is False
    assert {"exif", "gps", "xmp", "comment"} <= set(found.lost)


@pytest.mark.parametrize("change", ["turned", "darker", "opaque", "another resolution"])
def test_a_result_that_looks_different_is_found(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(photo: Photo, ending: str) -> bytes:
        changes = {
            "turned": {"pixels": photo.pixels[::-1, ::-1].copy()},
            "darker": {"pixels": photo.pixels // 2},
            "opaque": {"alpha": None},
            "another resolution": {"density": (100.0, 100.0)},
        }
        return encode(replace(photo, **changes[change]), ending)

    monkeypatch.setattr(fidelity, "encode", changed)
    assert fidelity.line("photo", FILES["png RGBA" if change == "opaque" else "png"]).right is False


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(FILES["png 16 bits"])
    (tmp_path / "text.jpg").write_text("no photo")
    assert fidelity.main([str(SAMPLE), str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("3 files: 2 right, 1 refused, 0 wrong\n")
    assert "is not a picture that edgebokeh can read" in printed


def test_the_fuzzer_prints_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--count", "20", "--seed", "9"]) == 0
    head, *_, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["format", "files", *fuzz.KINDS]
    assert last.split()[:2] == ["all", "20"]
