"""Bad input, signals, broken streams and odd names: one clear line, an exit code, and nothing lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from tests import tiny
from tests.conftest import ABSENT, ROOT, SAMPLE, Cli, png, run_python


def bad_files(folder: Path) -> None:
    """Every file that a case of BAD names."""
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("hello")
    jpeg = cv2.imencode(".jpg", cv2.imread(str(SAMPLE)))[1].tobytes()
    (folder / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "taken.png").write_text("mine")
    (folder / "text.onnx").write_text("hello")
    (folder / "broken.json").write_text("{}")
    tiny.write_classifier(folder / "classifier.onnx")
    tiny.write(folder / "bare.onnx", stamp=False)


BAD = [
    ("none.jpg", ExitCode.PHOTO_MISSING),
    (".", ExitCode.PHOTO_IS_FOLDER),
    ("empty.jpg", ExitCode.PHOTO_EMPTY),
    ("text.jpg", ExitCode.PHOTO_UNREADABLE),
    ("cut.jpg", ExitCode.PHOTO_TRUNCATED),
    ("photo.png -o nowhere/x.png", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png text.jpg -o x.png", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png -o /dev/null --force", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png -o nowhere/", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png -o taken.png", ExitCode.OUTPUT_EXISTS),
    ("photo.png -o photo.png --force", ExitCode.OUTPUT_EXISTS),
    ("photo.png -o x.doc", ExitCode.OUTPUT_FORMAT),
    ("photo.png --kernel 50", ExitCode.KERNEL),
    ("photo.png --kernel 0", ExitCode.KERNEL),
    ("photo.png --kernel -3", ExitCode.KERNEL),
    ("photo.png --kernel 99999999999", ExitCode.KERNEL),
    ("photo.png --style nonsense", ExitCode.STYLE_UNKNOWN),
    ("photo.png --strength 101", ExitCode.VALUE_RANGE),
    ("photo.png --threads 0", ExitCode.VALUE_RANGE),
    ("photo.png --threads -2", ExitCode.VALUE_RANGE),
    ("photo.png --threads two", ExitCode.USAGE),
    ("photo.png --quality good", ExitCode.VALUE_RANGE),
    ("photo.png --blades 5", ExitCode.CONTRADICTION),
    ("photo.png --classic --quality best", ExitCode.CONTRADICTION),
    ("photo.png --style image --image none.jpg", ExitCode.PHOTO_MISSING),
    ("photo.png --style color --color red", ExitCode.USAGE),
    ("photo.png --model nonsense", ExitCode.MODEL_UNKNOWN),
    ("photo.png --model none.onnx", ExitCode.MODEL_UNKNOWN),
    ("photo.png --model text.onnx", ExitCode.MODEL_UNREADABLE),
    ("photo.png --model classifier.onnx", ExitCode.MODEL_UNSUITABLE),
    ("photo.png --spec broken.json", ExitCode.MODEL_UNSUITABLE),
    ("photo.png --model bare.onnx", ExitCode.MODEL_UNDESCRIBED),
    ("photo.png --spec nonsense", ExitCode.MODEL_UNDESCRIBED),
    ("photo.png --provider nonsense", ExitCode.PROVIDER_UNKNOWN),
    (f"photo.png --provider {ABSENT}", ExitCode.PROVIDER_ABSENT),
    (f"photo.png --provider {ABSENT} --provider cpu", ExitCode.PROVIDER_ABSENT),
    ("photo.png --provider auto --provider-option a=b", ExitCode.CONTRADICTION),
    ("photo.png --provider openvino:CPU --provider-option device_type=GPU", ExitCode.CONTRADICTION),
    ("photo.png --provider auto:1", ExitCode.PROVIDER_UNKNOWN),
    ("photo.png --provider cpu:", ExitCode.PROVIDER_ABSENT),
    ("photo.png --provider-option a=b", ExitCode.VALUE_RANGE),
    ("photo.png --provider-option a", ExitCode.USAGE),
    ("photo.png --provider-option =b", ExitCode.USAGE),
    ("photo.png --provider cpu:1", ExitCode.VALUE_RANGE),
    ("none.jpg empty.jpg", ExitCode.ALL_FAILED),
    ("photo.png --kernel five", ExitCode.USAGE),
    ("photo.png --wrong", ExitCode.USAGE),
    ("", ExitCode.USAGE),
]


@pytest.mark.parametrize(("arguments", "code"), BAD, ids=[case[0] for case in BAD])
def test_bad_input_is_one_clear_line_and_leaves_nothing(
    run: Cli, tmp_path: Path, arguments: str, code: ExitCode
) -> None:
    bad_files(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run("blur", *arguments.split())
    assert (done.code, done.out) == (code, "")
    lines = done.err.splitlines()
    assert len(lines) == (2 if code == ExitCode.ALL_FAILED else 1)
    assert all(line.startswith("edgebokeh: error: ") for line in lines)
    assert code == ExitCode.USAGE or all("; " in line for line in lines)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def in_the_middle(arguments: list[str], number: int, folder: Path) -> int:
    """Sends a signal to a run of many photos after its first result; its exit code."""
    command = [sys.executable, "-m", "edgebokeh", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        process.communicate(timeout=60)
    return process.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX only")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_a_signal_ends_the_run_with_its_own_code_and_whole_files(
    tmp_path: Path, tiny_model: Path, number: signal.Signals, code: ExitCode
) -> None:
    photos = [f"{i}.png" for i in range(30)]
    for photo in photos:
        cv2.imwrite(str(tmp_path / photo), tiny.picture(900, 1200))
    assert in_the_middle(["blur", *photos, "--model", str(tiny_model)], number, tmp_path) == code
    results = [path for path in tmp_path.iterdir() if path.name not in photos]
    assert 0 < len(results) < 30
    assert all(decode(path.read_bytes()).pixels.shape == (900, 1200, 3) for path in results)


def test_what_c_libraries_print_about_damaged_pictures_is_not_shown(tmp_path: Path, tiny_model: Path) -> None:
    file = cv2.imencode(".png", tiny.picture())[1].tobytes()
    (tmp_path / "cut.png").write_bytes(file[:-40])
    done = run_python("-m", "edgebokeh", "mask", str(tmp_path / "cut.png"), "--model", str(tiny_model))
    assert done.returncode == ExitCode.PHOTO_TRUNCATED
    assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX shell")
@pytest.mark.parametrize(
    ("redirected", "code"),
    [
        ("blur - <&-", ExitCode.PHOTO_UNREADABLE),
        ("blur photo.png -o - >&-", ExitCode.OUTPUT_UNWRITABLE),
        ("blur photo.png -o x.png >&-", ExitCode.OK),
        ("blur photo.png photo2.png >/dev/full", ExitCode.OUTPUT_UNWRITABLE),
        ("blur photo.png photo2.png 2>/dev/full", ExitCode.OK),
    ],
)
def test_closed_and_full_streams(photo: Path, tiny_model: Path, redirected: str, code: ExitCode) -> None:
    (photo.parent / "photo2.png").write_bytes(photo.read_bytes())
    command, _, where = redirected.rpartition(" ")
    line = f"{sys.executable} -m edgebokeh {command} --model {tiny_model} {where}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, shell=True, cwd=photo.parent, env=environment, capture_output=True, check=False)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    if "-" not in command.split():
        assert len(list(photo.parent.glob("*.png"))) > 2


def test_a_photo_on_standard_input_is_never_written_to(photo: Path, tiny_model: Path) -> None:
    before = photo.read_bytes()
    command = [sys.executable, "-m", "edgebokeh", "blur", "-", "-o", str(photo), "--force", "--model", str(tiny_model)]
    with photo.open("rb") as stdin:
        done = subprocess.run(
            command, stdin=stdin, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
        )
    assert done.returncode == ExitCode.OUTPUT_EXISTS
    assert photo.read_bytes() == before


def test_control_characters_in_names_are_made_visible(run: Cli) -> None:
    done = run("blur", "two\nlines\x1b[31m.png")
    assert len(done.err.splitlines()) == 1
    assert "two\\nlines\\x1b" in done.err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are always Unicode")
def test_names_that_are_no_unicode_are_told_and_worked_on(tiny_model: Path, tmp_path: Path) -> None:
    photo, folder, out = (os.fsencode(tmp_path) + name for name in (b"/in/a\xff.png", b"/in", b"/out"))
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(photo)).write_bytes(png(tiny.picture()))
    wish = ["-m", "edgebokeh", "blur", "--model", str(tiny_model)]
    folders = [os.fsdecode(folder), "-o", os.fsdecode(out)]
    for arguments, told in (
        ([os.fsdecode(photo)], rb"a\udcff.bokeh.png ("),
        ([*folders, "--dry-run"], rb"a\udcff.png -> "),
        ([*folders, "--json"], rb"a\udcff.png"),
        ([*folders], b"skipped"),
    ):
        done = run_python(*wish, *arguments)
        assert (done.returncode, done.stderr) == (0, b"")
        assert told in done.stdout
    results = {os.fsencode(path.name) for path in Path(os.fsdecode(out)).glob("*.png")}
    assert results == {b"a\xff.bokeh.png", b"a\xff.bokeh.bokeh.png"}


def test_pictures_that_are_read_are_never_written_to(run: Cli, tiny_model: Path) -> None:
    Path("back.png").write_bytes(Path("photo.png").read_bytes())
    where = ("photo.png", "--style", "image", "--image", "back.png", "-o", "back.png", "--force")
    assert run("blur", *where, "--model", tiny_model).code == ExitCode.OUTPUT_EXISTS
    for folder in ("photos", "truth"):
        Path(folder).mkdir()
        cv2.imwrite(f"{folder}/me.png", tiny.picture())
    pairs = ("--images", "photos", "--masks", "truth", "--model", tiny_model, "--force")
    before = Path("photos/me.png").read_bytes()
    for sheet in ("photos/me.png", "truth/me.png"):
        assert run("evaluate", *pairs, "--sheet", sheet).code == ExitCode.OUTPUT_EXISTS
    assert Path("photos/me.png").read_bytes() == Path("truth/me.png").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems only have names that are text")
def test_a_name_that_is_no_text_is_printed_all_the_same(run: Cli, tiny_model: Path) -> None:
    name = os.fsdecode(b"x\xff.png")
    Path(name).write_bytes(Path("photo.png").read_bytes())
    done = run("mask", name, "--model", tiny_model)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(r"x\udcff.png -> x\udcff.mask.png (")


@pytest.mark.parametrize(
    "wish",
    [
        "blur photo.png --provider nonsense",
        f"mask photo.png --provider {ABSENT}",
        "cutout none.png --model nonsense",
        "evaluate --images nowhere --masks nowhere",
        "models show nonsense",
        "bench compare none.json none.json",
        "profiles show nonsense",
        "tune --model nonsense",
        "tune --photo none.png",
    ],
)
def test_an_error_that_ends_a_command_is_an_object_too(run: Cli, wish: str) -> None:
    plain, told = run(*wish.split()), run(*wish.split(), "--json")
    assert (plain.code, plain.out) == (told.code, "")
    [row] = map(json.loads, told.out.splitlines())
    assert row["exit_code"] == told.code != 0
    assert told.err == plain.err == f"edgebokeh: error: {row['error']}; {row['hint']}\n"


def test_the_object_of_an_error_about_several_files_names_them(run: Cli, tiny_model: Path) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        for name in ("me", "you"):
            Path(f"{folder}/{name}.png").write_bytes(b"")
    done = run("blur", *Path().glob("[ab]/*.png"), "-o", "out", "--model", tiny_model, "--json")
    [row] = map(json.loads, done.out.splitlines())
    assert (row["exit_code"], len(row["details"])) == (ExitCode.OUTPUT_EXISTS, 2)
    assert [line.strip() for line in done.err.splitlines()[1:]] == row["details"]
