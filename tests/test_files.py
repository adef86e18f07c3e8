import subprocess
import sys
from pathlib import Path

import pytest

from edgebokeh import files
from edgebokeh.errors import (
    OutputExistsError,
    OutputUnwritableError,
    PhotoIsFolderError,
    PhotoMissingError,
    PhotoUnreadableError,
)
from tests.conftest import SAMPLE


def test_reading_refuses_what_is_no_plain_file(tmp_path: Path) -> None:
    with pytest.raises(PhotoMissingError):
        files.read(tmp_path / "none.jpg")
    with pytest.raises(PhotoMissingError):
        files.read(SAMPLE / "inside.jpg")
    with pytest.raises(PhotoIsFolderError):
        files.read(tmp_path)
    with pytest.raises(PhotoUnreadableError, match="not a plain file"):
        files.read(Path("/dev/zero"))


def test_writing_follows_links_and_overwrites_only_when_told(tmp_path: Path) -> None:
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with pytest.raises(OutputExistsError):
        files.write(b"new", link)
    assert real.read_bytes() == b"old"
    files.write(b"new", link, force=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert sorted(tmp_path.iterdir()) == [link, real]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(b"theirs")
    monkeypatch.setattr(files, "check_target", lambda *_, **__: None)
    with pytest.raises(OutputExistsError):
        files.write(b"mine", target)
    assert target.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["", "none/out.png", "n" * 300], ids=["a folder", "in no folder", "too long a name"])
def test_targets_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputUnwritableError):
        files.write(b"x", tmp_path / name, force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="limits the file size in the POSIX way")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys, pathlib\n"
        "from edgebokeh import files, errors\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: files.write(bytes(5000), pathlib.Path(sys.argv[1]))\n"
        "except errors.OutputUnwritableError as error: sys.exit(int(error.code))\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path / "out.png")], check=False)
    assert run.returncode == OutputUnwritableError.code
    assert list(tmp_path.iterdir()) == []


def test_loops_of_links_and_impossible_names_are_no_folder_and_no_file(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (loop, tmp_path / ("n" * 300), tmp_path / "none"):
        assert not files.is_folder(path)
        assert not files.is_file(path)
        assert files.real(path).is_absolute()
    assert files.is_folder(tmp_path)
    assert files.is_file(SAMPLE)


def test_whether_a_disk_takes_names_for_one_is_as_it_does_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "\xe9").touch()
    expected = (tmp_path / "A").exists() or (tmp_path / "e\u0301").exists()
    assert files.takes_names_for_one(tmp_path / "not" / "there") == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "\xe9"]


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="a folder where nobody can make a file")
def test_where_no_file_can_be_made_names_are_taken_for_one() -> None:
    assert files.takes_names_for_one(Path("/dev/fd"))
