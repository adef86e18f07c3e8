import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgebokeh import BatchSettings, Look
from edgebokeh.batch import journal
from edgebokeh.batch.plan import Job, Plan
from edgebokeh.batch.watch import Arrivals, arriving
from edgebokeh.errors import ExitCode, OutputExistsError, WatchAbsentError
from edgebokeh.images import decode
from tests import tiny
from tests.conftest import ROOT, Cli, png


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "a.jpg").write_text("some")
    return Job(tmp_path / "a.jpg", tmp_path / "out" / "a.jpg")


def test_a_photo_is_due_once_it_has_settled(job: Job) -> None:
    arrivals = Arrivals(2)
    assert arrivals.due([job], 0) == arrivals.due([job], 1.9) == []
    assert arrivals.waiting
    assert arrivals.due([job], 2) == [job]
    assert arrivals.due([job], 9) == []
    assert not arrivals.waiting


def test_a_photo_that_grows_is_waited_for_and_one_that_changes_is_due_again(job: Job) -> None:
    arrivals = Arrivals(2)
    arrivals.due([job], 0)
    job.source.write_text("some more")
    assert arrivals.due([job], 2) == []
    assert arrivals.due([job], 4) == [job]
    job.source.write_text("quite another")
    assert arrivals.due([job], 5) == []
    assert arrivals.due([job], 7) == [job]


def test_a_photo_that_goes_away_is_forgotten(job: Job) -> None:
    arrivals = Arrivals(2)
    arrivals.due([job], 0)
    assert arrivals.due([], 1) == []
    assert not arrivals.waiting
    assert arrivals.due([job], 2) == []


def test_what_is_missing_is_told(run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("watch", "nowhere", "-o", "out").code == ExitCode.PHOTO_MISSING
    assert run("watch", ".").code == ExitCode.USAGE
    assert run("watch", ".", "-o", "out", "--task", "mask", "--style", "lens").code == ExitCode.CONTRADICTION
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(WatchAbsentError):
        arriving([tmp_path], tmp_path / "out", "blur", Look(), BatchSettings(), 1)
    done = run("watch", ".", "-o", "out")
    assert not Path("out").exists()
    assert (done.code, done.out) == (ExitCode.WATCH_ABSENT, "")
    assert "edgebokeh[watch]" in done.err


def test_a_folder_that_cannot_be_searched_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("in", "gone"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png(tiny.picture()))
    folders = [tmp_path / "in", tmp_path / "gone"]
    listed = os.scandir

    def scandir(path: Path) -> object:
        if path == folders[1]:
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr("edgebokeh.batch.watch._events", lambda *_: iter([True, True, True, True]))
    plans = list(arriving(folders, tmp_path / "out", "blur", Look(), BatchSettings(), 0))
    told = [(len(one.jobs), [path for path, _ in one.closed]) for one in plans if isinstance(one, Plan)]
    assert told == [(1, folders[1:])]


def test_a_clash_is_an_error_of_its_photos_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.png", "a.bmp", "b.png"):
        (folder / name).write_bytes(png(tiny.picture()))
    names = iter([None, "a.bmp", "c.png"])

    def events(*_: object) -> Iterator[bool]:
        for name in names:
            if name == "a.bmp":
                (folder / name).rename(folder / "d.bmp")
            elif name:
                (folder / name).write_bytes(png(tiny.picture()))
            yield True

    monkeypatch.setattr("edgebokeh.batch.watch._events", events)
    plans = list(arriving([folder], tmp_path / "out", "mask", Look(), BatchSettings(), 0))
    told = [
        ([job.source.name for job in one.jobs], {path.name: type(error) for path, error in one.closed})
        for one in plans
        if isinstance(one, Plan)
    ]
    clash = {"a.bmp": OutputExistsError, "a.png": OutputExistsError}
    assert told == [(["b.png"], clash), (["a.png", "d.bmp"], {}), (["c.png"], {})]


@pytest.fixture
def watching(tmp_path: Path, tiny_model: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts `edgebokeh watch in -o in/out`; its standard output has a line of JSON for each photo."""
    pytest.importorskip("watchfiles")
    command = [sys.executable, "-m", "edgebokeh", "watch", "in", "-o", "in/out", "--settle", "0.4", "--json"]
    command += ["--model", str(tiny_model), "--quality", "fast"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    begun = []

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def told(process: "subprocess.Popen[str]") -> str:
    """The next photo's name, or its error."""
    assert process.stdout
    row = json.loads(process.stdout.readline())
    return str(row.get("error") or Path(row["input"]).name) + (" skipped" if row.get("skipped") else "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are always Unicode")
def test_a_name_that_is_no_unicode_does_not_end_it(
    watching: Callable[[], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    folder, photo = tmp_path / "in", png(tiny.picture())
    folder.mkdir()
    (folder / "there.png").write_bytes(photo)
    process = watching()
    assert told(process) == "there.png"
    for name in (b"a\xff.png", b"b\xff.png"):
        (folder / os.fsdecode(name)).write_bytes(photo)
        assert told(process) == os.fsdecode(name)
    (folder / "last.png").write_bytes(photo)
    assert told(process) == "last.png"


@pytest.mark.parametrize("name", ["in", "in/out"])
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.skipif(sys.platform == "win32", reason="there a folder that is watched cannot be removed")
def test_a_folder_that_is_removed_ends_it(
    watching: Callable[[], "subprocess.Popen[str]"], tmp_path: Path, name: str, again: bool
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "there.png").write_bytes(png(tiny.picture()))
    process = watching()
    assert told(process) == "there.png"
    shutil.rmtree(tmp_path / name)
    if again:
        (tmp_path / name).mkdir()
    assert process.wait(timeout=60) == ExitCode.WATCH_LOST


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX only")
def test_photos_are_taken_as_they_arrive_also_after_a_stop(
    watching: Callable[[], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    folder, photo = tmp_path / "in", png(tiny.picture())
    (folder / "sub").mkdir(parents=True)
    (folder / "there.png").write_bytes(photo)
    first = watching()
    assert told(first) == "there.png"
    with (folder / "sub" / "slow.png").open("wb") as file:
        for start in range(0, len(photo), 1 + len(photo) // 5):
            file.write(photo[start : start + 1 + len(photo) // 5])
            file.flush()
            time.sleep(0.2)
    assert told(first) == "slow.png"
    (folder / "bad.png").write_bytes(photo[:50])
    assert "bad.png" in told(first)
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=60) == ExitCode.INTERRUPTED
    (folder / "meanwhile.png").write_bytes(photo)
    second = watching()
    assert {told(second) for _ in range(4)} >= {"there.png skipped", "slow.png skipped", "meanwhile.png"}
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "moved.png").write_bytes(photo)
    shutil.move(tmp_path / "far", folder / "far")
    assert told(second) == "moved.png"
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=60) == ExitCode.TERMINATED
    done = {name for name, entry in journal.read(folder / "out").items() if entry.status == "done"}
    expected = {"there.bokeh.png", "sub/slow.bokeh.png", "meanwhile.bokeh.png", "far/moved.bokeh.png"}
    assert done == expected
    assert all(decode((folder / "out" / name).read_bytes()).pixels.shape == (60, 80, 3) for name in done)
