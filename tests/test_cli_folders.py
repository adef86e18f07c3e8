"""Folders of photos on the command line: summaries, rows, rehearsals, and what is refused."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh.containers.png import chunk
from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from tests import tiny
from tests.conftest import Cli, Run


def folder_of_photos(count: int = 3) -> None:
    """The folder "in" with so many photos, one in a subfolder, and "bad.png"."""
    Path("in/sub").mkdir(parents=True)
    for number in range(count - 1):
        cv2.imwrite(f"in/{number}.png", tiny.picture())
    cv2.imwrite("in/sub/last.png", tiny.picture())
    Path("in/bad.png").write_text("hello")


@pytest.mark.parametrize("task", ["blur", "mask", "cutout"])
def test_a_folder_is_worked_through_with_a_summary_and_a_table_of_failures(
    run: Cli, tiny_model: Path, task: str
) -> None:
    folder_of_photos()
    done = run(task, "in", "-o", "out", "--model", tiny_model, "--jobs", 2)
    assert done.code == ExitCode.SOME_FAILED
    assert done.out.startswith("3 done, 0 skipped, 1 failed in ")
    assert [line.split()[0] for line in done.err.splitlines()] == ["edgebokeh:", "code", str(ExitCode.PHOTO_UNREADABLE)]
    assert len(list(Path("out").rglob("*.png"))) == 3
    Path("in/bad.png").unlink()
    again = run(task, "in", "-o", "out", "--model", tiny_model, "--quiet")
    assert again == Run(ExitCode.OK, "", "")


def test_a_folder_in_json_has_a_row_for_each_photo_and_one_for_all(run: Cli, tiny_model: Path) -> None:
    folder_of_photos()
    wish = ("blur", "in", "-o", "out", "--model", tiny_model, "--json")
    rows = [json.loads(line) for line in run(*wish).out.splitlines()]
    assert [row.get("exit_code", 0) for row in rows] == [0, 0, ExitCode.PHOTO_UNREADABLE, 0, 0]
    assert (rows[-1]["done"], rows[-1]["failed"]) == (3, 1)
    rows = [json.loads(line) for line in run(*wish).out.splitlines()]
    assert [row.get("skipped", False) for row in rows[:-1]] == [True, True, False, True]


def test_a_folder_is_warned_of_as_a_photo_is(run: Cli, tiny_model: Path) -> None:
    Path("in").mkdir()
    pixels = tiny.picture()
    cv2.imwrite("in/nobody.png", np.zeros_like(pixels))
    cv2.imwrite("in/some.png", pixels)
    file = Path("in/some.png").read_bytes()
    Path("in/some.png").write_bytes(file[:33] + chunk(b"prVt", b"private") + file[33:])
    wish = ("blur", "in", "-o", "out", "--model", tiny_model, "--force")
    told = run(*wish)
    assert told.code == 0
    assert told.err.splitlines() == [
        f"edgebokeh: warning: no person found in in{os.sep}nobody.png; nothing was blurred",
        f"edgebokeh: warning: in{os.sep}some.png: its chunks prVt are left out",
    ]
    assert run(*wish, "--quiet") == Run(ExitCode.OK, "", "")


def test_a_folder_where_all_fail_has_its_own_code(run: Cli, tiny_model: Path) -> None:
    Path("in").mkdir()
    for name in "ab":
        Path(f"in/{name}.png").write_text("hello")
    assert run("blur", "in", "-o", "out", "--model", tiny_model).code == ExitCode.ALL_FAILED
    Path("in/b.png").unlink()
    assert run("blur", "in", "-o", "out", "--model", tiny_model).code == ExitCode.PHOTO_UNREADABLE


def test_a_dry_run_says_what_would_be_done_and_does_nothing(run: Cli, tiny_model: Path) -> None:
    folder_of_photos()
    wish = ("blur", "in", "-o", "out", "--model", tiny_model, "--exclude", "bad*")
    planned = run(*wish, "--dry-run")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.splitlines()[-1] == "3 to do, 0 done, 0 refused; passed over: excluded 1"
    assert f"in{os.sep}0.png -> out{os.sep}0.bokeh.png (new)" in planned.out
    assert not Path("out").exists()
    assert run(*wish).code == 0
    Path("out/0.bokeh.png").write_text("edited")
    Path("out/1.bokeh.png").unlink()
    before = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*")}
    rows = [json.loads(line) for line in run(*wish, "--dry-run", "--json").out.splitlines()]
    assert [row["standing"] for row in rows] == ["taken", "again", "done"]
    assert before == {path: path.stat().st_mtime_ns for path in Path("out").rglob("*")}
    assert "0 done, 0 refused" in run(*wish, "--dry-run", "--force").out
    refused = run(*wish)
    assert refused.code == ExitCode.OUTPUT_EXISTS
    assert refused.err.splitlines()[1:] == [f"  out{os.sep}0.bokeh.png"]


def test_a_refused_run_has_no_summary_and_in_json_an_object_that_says_why(run: Cli, tiny_model: Path) -> None:
    folder_of_photos()
    Path("out").mkdir()
    Path("out/0.bokeh.png").write_text("mine")
    wish = ("blur", "in", "-o", "out", "--model", tiny_model)
    refused = run(*wish)
    assert (refused.code, refused.out) == (ExitCode.OUTPUT_EXISTS, "")
    told = json.loads(run(*wish, "--json").out)
    assert told.pop("error").startswith("a result exists already")
    assert "--force" in told.pop("hint")
    assert told == {"exit_code": ExitCode.OUTPUT_EXISTS, "details": [f"out{os.sep}0.bokeh.png"]}
    told = json.loads(run("blur", "photo.png", "--model", "none.onnx", "--json").out)
    assert (told["exit_code"], "details" in told) == (ExitCode.MODEL_UNKNOWN, False)


def test_a_dry_run_exits_as_the_run_would(run: Cli, tiny_model: Path) -> None:
    folder_of_photos()
    wish = ("--model", tiny_model)
    Path("photo.bokeh.png").write_text("mine")
    planned = run("blur", "photo.png", *wish, "--dry-run")
    assert planned.code == run("blur", "photo.png", *wish).code == ExitCode.OUTPUT_EXISTS
    assert "refused without --force" in planned.out
    assert planned.out.splitlines()[-1] == "0 to do, 0 done, 1 refused"
    planned = run("blur", "photo.png", "in/0.png", *wish, "--dry-run")
    assert planned.code == run("blur", "photo.png", "in/0.png", *wish).code == ExitCode.SOME_FAILED
    Path("out").mkdir()
    Path("out/0.bokeh.png").write_text("mine")
    planned = run("blur", "in", "-o", "out", *wish, "--dry-run")
    assert planned.code == run("blur", "in", "-o", "out", *wish).code == ExitCode.OUTPUT_EXISTS
    assert run("blur", "in", "-o", "out", *wish, "--dry-run", "--force").code == 0


def test_a_dry_run_tells_of_folders_that_cannot_be_searched(run: Cli, tiny_model: Path) -> None:
    wish = ("blur", "photo.png", "nowhere/*.png", "-o", "out", "--model", tiny_model)
    planned = run(*wish, "--dry-run")
    assert planned.code == run(*wish).code == ExitCode.SOME_FAILED
    assert planned.err.startswith("edgebokeh: error: nowhere cannot be searched")
    assert planned.out.splitlines()[-1] == "1 to do, 0 done, 0 refused; folders that cannot be searched: 1"
    rows = [json.loads(line) for line in run(*wish, "--dry-run", "--json").out.splitlines()]
    assert [row.get("exit_code") for row in rows] == [None, ExitCode.PHOTO_UNREADABLE]


def test_globs_formats_and_suffixes(run: Cli, tiny_model: Path) -> None:
    folder_of_photos()
    wish = ("--model", tiny_model, "--format", "webp", "--suffix", "", "--no-recursive")
    assert run("blur", "in/[0-9].png", "in/su*/*.png", "-o", "out", *wish).code == 0
    expected = ["out/0.webp", "out/1.webp", "out/sub/last.webp"]
    assert sorted(path.as_posix() for path in Path("out").rglob("*.webp")) == expected
    assert run("blur", "photo.png", "--format", "jpg", "--model", tiny_model).code == 0
    assert decode(Path("photo.bokeh.jpg").read_bytes()).ending == ".jpg"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("in", ExitCode.PHOTO_IS_FOLDER),
        ("in -o in", ExitCode.OUTPUT_EXISTS),
        ("in/sub -o out --include *.jpg", ExitCode.PHOTOS_NONE),
        ("nothing*.png", ExitCode.PHOTOS_NONE),
        ("in -o out --jobs 0", ExitCode.VALUE_RANGE),
        ("in -o out --format gif", ExitCode.USAGE),
        ("in -o photo.png", ExitCode.OUTPUT_UNWRITABLE),
        ("in/0.png copy/0.png -o out", ExitCode.OUTPUT_EXISTS),
    ],
)
def test_folders_that_cannot_be_planned_are_refused(run: Cli, arguments: str, code: ExitCode) -> None:
    folder_of_photos()
    done = run("blur", *arguments.split())
    assert (done.code, done.out) == (code, "")
    assert len(done.err.splitlines()) == 1
    assert not Path("out").exists()
