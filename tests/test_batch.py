import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import edgebokeh
from edgebokeh import BatchSettings, Look, Outcome, convert_all
from edgebokeh.batch import journal
from edgebokeh.batch.plan import plan
from edgebokeh.batch.run import fingerprint, run
from edgebokeh.batch.search import STREAM
from edgebokeh.errors import (
    ExitCode,
    JournalError,
    OutputBusyError,
    OutputExistsError,
    OutputUnwritableError,
    PhotoEmptyError,
    PhotoMissingError,
    PhotosNoneError,
    PhotoUnreadableError,
)
from edgebokeh.images import decode
from edgebokeh.pipeline import Bokeh
from tests import tiny
from tests.conftest import ROOT, largest_file, png

Convert = Callable[..., list[Outcome]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve photos in three folders, each another."""
    for number in range(12):
        path = tmp_path / "in" / f"f{number % 3}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = tiny.picture()
        pixels[0, 0] = number
        path.write_bytes(png(pixels))
    return tmp_path / "in"


@pytest.fixture
def convert(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> Convert:
    """Blurs the photos, or others, into the folder "out"."""

    def call(*sources: Path, look: Look | None = None, task: str = "blur", **settings: object) -> list[Outcome]:
        wish = BatchSettings(**{"jobs": 3, **settings})  # type: ignore[arg-type]
        return list(convert_all(tiny_bokeh, sources or [photos], tmp_path / "out", task, look, wish))  # type: ignore[arg-type]

    return call


def results(folder: Path) -> dict[str, bytes]:
    """All files but the journal, also hidden ones."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if name != journal.NAME}


def counts(outcomes: list[Outcome]) -> tuple[int, int, int]:
    """Done, skipped, failed."""
    return (
        sum(outcome.result is not None for outcome in outcomes),
        sum(outcome.skipped for outcome in outcomes),
        sum(outcome.error is not None for outcome in outcomes),
    )


def test_one_bad_photo_does_not_stop_the_others(tiny_bokeh: Bokeh, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    sources = [tmp_path / "none.png", empty, photo]
    outcomes = list(convert_all(tiny_bokeh, sources))
    assert [type(outcome.error) for outcome in outcomes] == [PhotoMissingError, PhotoEmptyError, type(None)]
    target = outcomes[2].job.target
    assert decode(target.read_bytes()).pixels.shape == (60, 80, 3)
    assert sorted(tmp_path.iterdir()) == sorted([empty, photo, target])
    [again] = convert_all(tiny_bokeh, [photo])
    assert again.error
    assert again.error.code == ExitCode.OUTPUT_EXISTS
    [forced] = convert_all(tiny_bokeh, [photo], settings=BatchSettings(force=True))
    assert forced.result


def test_streams_are_read_and_written(tiny_bokeh: Bokeh, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    monkeypatch.setattr(sys, "stdout", out)
    [outcome] = convert_all(tiny_bokeh, [STREAM], STREAM, "cutout")
    assert outcome.result
    assert decode(out.buffer.getvalue()).alpha is not None  # type: ignore[attr-defined]


@pytest.mark.parametrize("task", ["blur", "mask", "cutout"])
def test_several_at_once_give_the_same_files_as_one_after_the_other(
    convert: Convert, photos: Path, tmp_path: Path, task: str
) -> None:
    assert counts(convert(task=task, jobs=4, memory=60_000)) == (12, 0, 0)
    together = results(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "before")
    assert counts(convert(task=task, jobs=1)) == (12, 0, 0)
    assert results(tmp_path / "out") == together
    assert set(together) == {
        path.relative_to(photos).with_suffix(f".{'bokeh' if task == 'blur' else task}.png").as_posix()
        for path in photos.rglob("*.png")
    }
    assert len(set(together.values())) == (12 if task == "blur" else len(set(together.values())))


def test_what_is_done_is_skipped(convert: Convert, photos: Path, tmp_path: Path) -> None:
    outcomes = convert()
    assert counts(outcomes) == (12, 0, 0)
    before = results(tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out" / journal.NAME).read_text().splitlines()]
    assert {line["target"] for line in lines} == set(before)
    assert all(line["status"] == "done" and line["more"]["milliseconds"] for line in lines)
    assert counts(convert()) == (0, 12, 0)
    (photos / "new.png").write_bytes(png(tiny.picture()))
    assert counts(convert()) == (1, 12, 0)
    assert before.items() < results(tmp_path / "out").items()


def test_a_stream_is_never_taken_for_the_one_before(
    convert: Convert, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def piped(data: bytes) -> list[Outcome]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return convert(STREAM, photos)

    assert counts(piped(png(tiny.picture()))) == (13, 0, 0)
    with pytest.raises(OutputExistsError, match="a result exists already") as caught:
        piped(png(tiny.picture(90, 90)))
    assert caught.value.details == (str(tmp_path / "out" / "stdin.bokeh.png"),)
    (tmp_path / "out" / "stdin.bokeh.png").unlink()
    assert counts(piped(png(tiny.picture(90, 90)))) == (1, 12, 0)


def test_what_has_changed_or_is_gone_is_done_again(convert: Convert, photos: Path, tmp_path: Path) -> None:
    convert()
    (tmp_path / "out" / "f0" / "0.bokeh.png").unlink()
    changed = photos / "f1" / "1.png"
    changed.write_bytes(png(tiny.picture(90, 90)))
    assert counts(convert()) == (2, 10, 0)
    assert decode((tmp_path / "out" / "f1" / "1.bokeh.png").read_bytes()).pixels.shape == (90, 90, 3)
    assert counts(convert(look=Look(kernel=3))) == (12, 0, 0)
    assert counts(convert(look=Look(kernel=3))) == (0, 12, 0)
    assert counts(convert(look=Look(kernel=3), force=True)) == (12, 0, 0)


def test_another_task_in_the_same_folder_has_a_journal_of_its_own(convert: Convert) -> None:
    convert()
    assert counts(convert(task="mask")) == (12, 0, 0)
    assert counts(convert()) == counts(convert(task="mask")) == (0, 12, 0)


def test_results_among_the_photos_are_left_out(tiny_bokeh: Bokeh, photos: Path) -> None:
    """As `edgebokeh blur *.png -o .` gives them the second time."""
    folder = photos / "f0"

    def convert() -> list[Outcome]:
        return list(convert_all(tiny_bokeh, sorted(folder.glob("*.png")), folder))

    assert counts(convert()) == (4, 0, 0)
    assert counts(convert()) == (0, 4, 0)
    planned = plan(sorted(folder.glob("*.png")), folder)
    assert planned.passed_over == {"results": 4}
    with pytest.raises(PhotosNoneError, match="passed over: results 4"):
        plan(sorted(folder.glob("*.bokeh.png")), folder)


def test_what_failed_is_tried_again(convert: Convert, photos: Path) -> None:
    bad = photos / "f0" / "0.png"
    whole = bad.read_bytes()
    bad.write_bytes(whole[:100])
    for _ in range(2):
        outcomes = convert()
        assert [outcome.job.source for outcome in outcomes if outcome.error] == [bad]
    bad.write_bytes(whole)
    assert counts(convert()) == (1, 11, 0)


def test_files_that_were_not_written_here_are_refused_before_any_work(convert: Convert, tmp_path: Path) -> None:
    stranger = tmp_path / "out" / "f2" / "11.bokeh.png"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("mine")
    with pytest.raises(OutputExistsError, match="a result exists already") as caught:
        convert()
    assert caught.value.details == (str(stranger),)
    assert results(tmp_path / "out") == {"f2/11.bokeh.png": b"mine"}
    assert counts(convert(force=True)) == (12, 0, 0)
    assert counts(convert()) == (0, 12, 0)


def test_a_result_that_was_edited_is_not_lost(convert: Convert, tmp_path: Path) -> None:
    convert()
    edited = tmp_path / "out" / "f0" / "0.bokeh.png"
    edited.write_text("edited")
    with pytest.raises(OutputExistsError):
        convert(look=Look(kernel=3))
    assert edited.read_text() == "edited"


def test_photos_of_another_folder_do_not_replace_these(convert: Convert, photos: Path, tmp_path: Path) -> None:
    convert()
    other = tmp_path / "other" / "f0" / "0.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(png(tiny.picture(30, 30)))
    with pytest.raises(OutputExistsError):
        convert(tmp_path / "other")
    photos.rename(tmp_path / "moved")
    assert counts(convert(tmp_path / "moved")) == (0, 12, 0)


def test_another_photo_of_the_same_size_and_time_is_another(convert: Convert, photos: Path, tmp_path: Path) -> None:
    convert()
    shutil.copytree(photos, tmp_path / "other")
    assert counts(convert(tmp_path / "other")) == (0, 12, 0)
    one = tmp_path / "other" / "f0" / "0.png"
    before = one.stat()
    one.write_bytes(one.read_bytes()[:-1] + b"!")
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(OutputExistsError) as caught:
        convert(tmp_path / "other")
    assert caught.value.details == (str(tmp_path / "out" / "f0" / "0.bokeh.png"),)


def test_an_error_is_of_its_photo_where_nothing_is_refused(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "out" / "f0" / "0.bokeh.png"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("mine")
    planned = plan([photos], tmp_path / "out")
    with journal.opened(tmp_path / "out") as log:
        outcomes = list(run(tiny_bokeh, planned, "blur", Look(), BatchSettings(jobs=2), log, refuse=False))
    assert counts(outcomes) == (11, 0, 1)
    assert stranger.read_text() == "mine"
    assert "f0/0.bokeh.png" not in journal.read(tmp_path / "out")


def test_a_second_run_in_the_folder_is_refused(convert: Convert, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("a process may lock a file twice there")
    with journal.opened(tmp_path / "out"), pytest.raises(OutputBusyError):
        convert()


def test_a_killed_run_is_gone_on_with(convert: Convert, tmp_path: Path) -> None:
    """As it is after a kill between the result and its line in the journal, and one in the middle of writing."""
    convert()
    whole = results(tmp_path / "out")
    path = tmp_path / "out" / journal.NAME
    entries = list(journal.read(tmp_path / "out").values())
    torn = f".edgebokeh-{'0' * 16}.tmp"
    entries[0] = replace(entries[0], status="writing", written_ns=None, more={})
    entries[1] = replace(entries[1], status="writing", temporary=torn, written_ns=None, more={})
    (tmp_path / "out" / entries[1].target).rename((tmp_path / "out" / entries[1].target).with_name(torn))
    path.write_text("".join(f"{entry.to_json()}\n" for entry in entries[:6]) + entries[6].to_json()[:40])
    for entry in entries[6:]:
        (tmp_path / "out" / entry.target).unlink()
    assert counts(convert()) == (8, 4, 0)
    assert results(tmp_path / "out") == whole


@pytest.mark.parametrize("status", ["begun", "writing"])
def test_a_strangers_file_at_the_place_of_a_killed_photo_is_not_lost(
    convert: Convert, tmp_path: Path, status: journal.Status
) -> None:
    convert()
    path = tmp_path / "out" / journal.NAME
    entries = list(journal.read(tmp_path / "out").values())
    entries[0] = replace(entries[0], status=status, written=None, written_ns=None, more={})
    path.write_text("".join(f"{entry.to_json()}\n" for entry in entries))
    stranger = tmp_path / "out" / entries[0].target
    stranger.write_text("mine")
    with pytest.raises(OutputExistsError):
        convert()
    assert stranger.read_text() == "mine"


def test_a_result_edited_to_the_same_size_is_not_lost(convert: Convert, tmp_path: Path) -> None:
    convert()
    edited = tmp_path / "out" / "f0" / "0.bokeh.png"
    data = edited.read_bytes()[:-1] + b"!"
    edited.write_bytes(data)
    with pytest.raises(OutputExistsError):
        convert(look=Look(kernel=3))
    assert edited.read_bytes() == data


def test_results_that_were_copied_are_known(convert: Convert, tmp_path: Path) -> None:
    convert()
    for path in (tmp_path / "out").rglob("*.png"):
        os.utime(path, (1, 1))
    assert counts(convert()) == (0, 12, 0)


def test_what_a_result_depends_on_is_in_the_fingerprint(tiny_bokeh: Bokeh, tiny_model: Path) -> None:
    picture = tiny.picture()
    looks = [Look(), Look(kernel=3), Look(style="image", image=picture), Look(style="image", image=picture[::-1])]
    marks = [fingerprint(tiny_bokeh, "blur", look, BatchSettings()) for look in looks]
    marks.append(fingerprint(tiny_bokeh, "mask", Look(), BatchSettings()))
    marks.append(fingerprint(tiny_bokeh, "blur", Look(), BatchSettings(format="png")))
    gated = edgebokeh.load(tiny_model, gate=tiny.write(tiny_model.parent / "gate.onnx", tiny.spec(classes=3, person=1)))
    marks.append(fingerprint(gated, "blur", Look(), BatchSettings()))
    marks.append(fingerprint(edgebokeh.load(), "blur", Look(), BatchSettings()))
    assert len(set(marks)) == len(marks)
    assert fingerprint(tiny_bokeh, "blur", Look(), BatchSettings(jobs=2, force=True)) == marks[0]


def test_a_result_that_does_not_fit_fails_alone(convert: Convert, photos: Path) -> None:
    (photos / "large.png").write_bytes(png(tiny.picture(300, 400)))
    with largest_file(40_000):
        outcomes = convert()
    assert [outcome.job.source.name for outcome in outcomes if outcome.error] == ["large.png"]
    assert counts(convert()) == (1, 12, 0)


def test_a_journal_that_is_full_stops_the_run_and_no_photo_is_skipped_wrongly(convert: Convert, tmp_path: Path) -> None:
    with largest_file(4_000), pytest.raises(JournalError, match="File too large"):
        convert(format="jpg", jobs=2)
    some = set(results(tmp_path / "out"))
    outcomes = convert(format="jpg")
    assert sum(counts(outcomes)) == 12
    done = {outcome.job.target.relative_to(tmp_path / "out").as_posix() for outcome in outcomes if outcome.skipped}
    assert done <= some < set(results(tmp_path / "out"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 kB, where one can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_the_run_which_goes_on_when_there_is_room(
    tiny_bokeh: Bokeh, photos: Path, small_disk: Path, tmp_path: Path
) -> None:
    def convert() -> Iterator[Outcome]:
        return convert_all(tiny_bokeh, [photos], small_disk, settings=BatchSettings(jobs=2))

    with pytest.raises(OutputUnwritableError, match="the run stopped"):
        list(convert())
    assert all(decode(data).pixels.shape == (60, 80, 3) for data in results(small_disk).values())
    subprocess.run(["mount", "-o", "remount,size=10m", str(small_disk)], check=True)
    assert sum(counts(list(convert()))) == 12
    list(convert_all(tiny_bokeh, [photos], tmp_path / "out"))
    assert results(small_disk) == results(tmp_path / "out")


class Broken(Bokeh):
    """Has a bug with one photo."""

    def convert(self, data: bytes, *arguments: Any, name: str = "", **others: Any) -> Any:
        if name.endswith("7.png"):
            raise ZeroDivisionError("oh")
        return super().convert(data, *arguments, name=name, **others)


def test_a_bug_with_one_photo_does_not_stop_the_others(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> None:
    outcomes = list(convert_all(Broken(tiny_bokeh.finder), [photos], tmp_path / "out"))
    assert counts(outcomes) == (11, 0, 1)
    [error] = [outcome.error for outcome in outcomes if outcome.error]
    assert error.code == ExitCode.BUG
    assert "7.png met a bug of edgebokeh (ZeroDivisionError in test_batch.py" in str(error)
    assert isinstance(error.__cause__, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        list(convert_all(Broken(tiny_bokeh.finder), [photos / "f1" / "7.png"]))


def test_a_folder_that_cannot_be_searched_is_a_failure(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> None:
    closed = (tmp_path / "closed", PhotoUnreadableError("closed", "open it"))
    planned = replace(plan([photos], tmp_path / "out"), closed=[closed])
    with journal.opened(tmp_path / "out") as log:
        outcomes = list(run(tiny_bokeh, planned, "blur", Look(), BatchSettings(), log))
    assert counts(outcomes) == (12, 0, 1)


def start(*arguments: object, cwd: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "edgebokeh", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX only")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_run_that_is_ended_anywhere_is_gone_on_with_as_if_nothing_had_been(
    tiny_model: Path, photos: Path, tmp_path: Path, number: signal.Signals
) -> None:
    for i in range(40):
        (photos / f"{i}.png").write_bytes(png(tiny.picture(300 + i, 400)))
    wish = ("blur", "in", "--model", tiny_model, "--quality", "fast", "--jobs", 2)
    with start(*wish, "-o", "whole", cwd=tmp_path) as process:
        process.communicate()
    for after in (1, 9, 25):
        with start(*wish, "-o", "out", "--json", cwd=tmp_path) as process:
            assert process.stdout
            for _ in range(after):
                process.stdout.readline()
            process.send_signal(number)
            process.communicate()
        if number != signal.SIGKILL:
            expected = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}[number]
            assert process.returncode in (expected, ExitCode.OK)
            assert not [name for name in results(tmp_path / "out") if name.endswith(".tmp")]
    with start(*wish, "-o", "out", cwd=tmp_path) as process:
        _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert results(tmp_path / "out") == results(tmp_path / "whole")
