import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh import __version__, cache, execution
from edgebokeh.containers.png import chunk
from edgebokeh.device_profile import DeviceProfile, Setting, here
from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from edgebokeh.look import OTHER_STYLES, QUALITIES
from edgebokeh.styles import STYLES
from tests import tiny
from tests.conftest import ROOT, SAMPLE, Cli, Run, png

ABSENT = next(key for key, row in execution.PROVIDERS.items() if execution.kind(row) == "absent")


def shell(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )


def test_help_and_version(run: Cli) -> None:
    assert run("--version") == Run(0, f"edgebokeh {__version__}\n", "")
    assert run() == run("--help") == run("-h")
    assert "cutout" in run("--help").out
    assert "--no-person" in run("blur", "--help").out


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("blur", "--help"), ("blur", "--wrong")])
def test_help_and_wrong_options_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    done = shell("-X", "importtime", "-m", "edgebokeh", *arguments)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.decode().splitlines()}
    assert "typer" in imported
    assert not imported & {"cv2", "numpy", "onnxruntime"}


@pytest.mark.parametrize("task", ["blur", "mask", "cutout"])
def test_each_task_writes_beside_the_photo(run: Cli, tiny_model: Path, task: str) -> None:
    done = run(task, "photo.png", "--model", tiny_model)
    written = Path({"blur": "photo.bokeh.png", "mask": "photo.mask.png", "cutout": "photo.cutout.png"}[task])
    assert (done.code, done.err) == (0, "")
    assert f"photo.png -> {written} (tiny on cpu, subject 11%" in done.out
    photo = decode(written.read_bytes())
    assert (photo.grey, photo.alpha is not None) == (task == "mask", task == "cutout")


def test_compare(run: Cli, tiny_model: Path) -> None:
    assert run("blur", "photo.png", "--compare", "--model", tiny_model).code == 0
    assert decode(Path("photo.compare.png").read_bytes()).pixels.shape[1] > 3 * 80


def test_json_has_one_object_per_photo(run: Cli, tiny_model: Path) -> None:
    done = run("blur", "photo.png", "none.png", "--json", "--model", tiny_model, "--kernel", 9)
    good, bad = map(json.loads, done.out.splitlines())
    assert good.pop("milliseconds").keys() >= {"decode", "infer", "blur", "encode"}
    assert good.pop("share") == pytest.approx(1 / 9, abs=0.03)
    expected = {"input": "photo.png", "output": "photo.bokeh.png", "model": "tiny", "provider": "cpu", "size": [80, 60]}
    ran = {"provider_device": "", "provider_share": 1.0, "fallback": False, "provider_note": "", "profile": None}
    assert good.pop("threads") == 1
    assert good == expected | ran | {"person": True, "notes": []}
    assert (bad["input"], bad["output"], bad["exit_code"]) == ("none.png", None, ExitCode.PHOTO_MISSING)
    assert bad["error"] in done.err


def test_a_fallback_is_warned_of_and_told_in_json(run: Cli, tiny_model: Path) -> None:
    wish = ("--provider", ABSENT, "--provider", "cpu", "--allow-fallback", "--model", tiny_model)
    done = run("blur", "photo.png", "--json", "--quality", "fast", *wish)
    told = json.loads(done.out)
    assert (told["provider"], told["fallback"]) == ("cpu", True)
    assert execution.PROVIDERS[ABSENT].name in told["provider_note"]
    assert done.err == f"edgebokeh: warning: cpu runs instead: {told['provider_note']}\n"


def test_auto_says_what_it_takes(run: Cli, tiny_model: Path) -> None:
    done = run("mask", "photo.png", "--json", "--provider", "auto", "--model", tiny_model, "--quality", "fast")
    assert done.err == f"edgebokeh: auto takes {json.loads(done.out)['provider']}\n"


def test_what_libraries_print_does_not_get_between_the_lines() -> None:
    code = "import os; from edgebokeh.console import keep_for_us, say; keep_for_us('stdout'); "
    done = shell("-c", code + "os.write(1, b'noise'); say('ours'); os.system('echo noise')")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ours\n", b"")


def test_an_onnxruntime_that_is_not_whole_is_told(tmp_path: Path) -> None:
    (tmp_path / "onnxruntime").mkdir()
    (tmp_path / "onnxruntime" / "__init__.py").touch()
    command = [sys.executable, "-m", "edgebokeh", "providers"]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout) == (ExitCode.PROVIDER_ABSENT, "")
    assert done.stderr.startswith("edgebokeh: error: onnxruntime is not whole")
    assert len(done.stderr.splitlines()) == 1


def test_providers_are_listed_with_what_to_do(run: Cli) -> None:
    rows = [json.loads(line) for line in run("providers", "--json").out.splitlines()]
    told = {row["name"]: row for row in rows}
    assert set(execution.PROVIDERS) <= set(told)
    assert told["cpu"]["usable"]
    plain = run("providers").out.splitlines()
    assert [line.split()[0] for line in plain] == [row["name"] for row in rows]
    assert execution.PROVIDERS[ABSENT].install in next(line for line in plain if line.startswith(f"{ABSENT} "))


def test_a_picture_goes_through_a_pipe(tiny_model: Path) -> None:
    file = cv2.imencode(".jpg", tiny.picture())[1].tobytes()
    done = shell("-m", "edgebokeh", "blur", "-", "--model", str(tiny_model), stdin=file)
    assert done.returncode == 0
    assert decode(done.stdout).ending == ".jpg"
    assert b"- -> -" in done.stderr


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
def test_a_picture_from_a_pipe_keeps_its_format_in_a_folder(tiny_model: Path, tmp_path: Path, ending: str) -> None:
    data = cv2.imencode(ending, tiny.picture())[1].tobytes()
    done = shell("-m", "edgebokeh", "blur", "-", "-o", str(tmp_path), "--model", str(tiny_model), stdin=data)
    assert (done.returncode, done.stderr) == (0, b"")
    [result] = tmp_path.glob("*.*")
    assert result.name == f"stdin.bokeh{ending}"
    assert decode(result.read_bytes()).ending == ending


def test_a_picture_and_json_cannot_share_standard_output(run: Cli, tiny_model: Path) -> None:
    done = run("blur", "photo.png", "-o", "-", "--json", "--model", tiny_model)
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert "--json" in done.err


def test_no_person_is_a_warning_or_an_error(run: Cli, tiny_model: Path) -> None:
    cv2.imwrite("green.png", np.full((9, 9, 3), (0, 255, 0), np.uint8))
    done = run("blur", "green.png", "--model", tiny_model)
    assert done.code == 0
    assert "no person found" in done.out
    assert "warning: no person found in green.png; nothing was blurred" in done.err
    failed = run("blur", "green.png", "--model", tiny_model, "--no-person", "fail", "--force")
    assert failed.code == ExitCode.NO_PERSON
    assert "all of it was blurred" in run("blur", "green.png", "--model", tiny_model, "--classic", "--force").err
    assert "the result is empty" in run("mask", "green.png", "--model", tiny_model).err


def test_models(run: Cli) -> None:
    assert "selfie" in run("models").out
    rows = [json.loads(line) for line in run("models", "--json").out.splitlines()]
    [selfie] = [row for row in rows if row["name"] == "selfie"]
    assert (selfie["licence"], selfie["input"]) == ("Apache-2.0", [256, 256])
    assert Path(selfie["path"]).is_file()


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
    done = shell("-m", "edgebokeh", "mask", str(tmp_path / "cut.png"), "--model", str(tiny_model))
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
        done = shell(*wish, *arguments)
        assert (done.returncode, done.stderr) == (0, b"")
        assert told in done.stdout
    results = {os.fsencode(path.name) for path in Path(os.fsdecode(out)).glob("*.png")}
    assert results == {b"a\xff.bokeh.png", b"a\xff.bokeh.bokeh.png"}


def test_styles(run: Cli) -> None:
    text = run("styles").out
    assert all(name in text for name in (*STYLES, *OTHER_STYLES, *QUALITIES))
    rows = [json.loads(line) for line in run("styles", "--json").out.splitlines()]
    assert {row.get("style") for row in rows} >= {*STYLES, *OTHER_STYLES}
    assert {row.get("quality") for row in rows} >= {*QUALITIES}


@pytest.mark.parametrize(
    "arguments",
    [
        "--style lens --blades 6 --highlights 70 --strength 30",
        "--style tilt+grey --line 70 --band 10",
        "--style motion --angle 45 --falloff 20",
        "--style color --color #102030 --expand 2 --feather 3",
        "--style image --image photo.png --subject main",
        "--quality fast --min-subject 1",
        "--quality best",
    ],
)
def test_every_setting_reaches_the_picture(run: Cli, tiny_model: Path, arguments: str) -> None:
    assert run("blur", "photo.png", "-o", "plain.png", "--model", tiny_model).code == 0
    done = run("blur", "photo.png", "-o", "set.png", "--model", tiny_model, *arguments.split())
    assert (done.code, done.err) == (0, "")
    assert Path("set.png").read_bytes() != Path("plain.png").read_bytes()
    assert ("tiny+modnet" in done.out) == ("best" in arguments)


def test_the_number_of_threads_and_the_cache_do_not_change_the_picture(run: Cli, tiny_model: Path) -> None:
    ways = ([], ["--threads", 1], ["--threads", 3], ["--no-cache"])
    for number, way in enumerate(ways):
        assert run("blur", "photo.png", "-o", f"{number}.png", "--model", tiny_model, *way).code == 0
    assert len({Path(f"{number}.png").read_bytes() for number in range(len(ways))}) == 1


def test_cache(run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    assert run("mask", "photo.png", "--no-cache").code == 0
    assert json.loads(run("cache", "--json").out) == {"folder": str(tmp_path / "cache"), "entries": 0, "bytes": 0}
    assert run("mask", "photo.png", "--force").code == 0
    held = json.loads(run("cache", "--json").out)
    assert (held["entries"], held["bytes"] > 400_000) == (1, True)
    assert "optimised networks: 1" in run("cache").out
    assert json.loads(run("cache", "clear", "--json").out) == held
    assert run("cache", "clear").out.startswith("cleared ")
    monkeypatch.setenv(cache.VARIABLE, "")
    assert run("cache").out == "there is no cache\n"


def test_a_gate_is_named_in_what_ran_and_has_to_know_classes(run: Cli, tiny_model: Path, tmp_path: Path) -> None:
    gate = tiny.write(tmp_path / "gate.onnx", tiny.spec(name="gate", classes=3, person=1))
    done = run("mask", "photo.png", "--model", tiny_model, "--gate", gate)
    assert (done.code, "tiny+gate on cpu" in done.out) == (0, True)
    refused = run("mask", "photo.png", "--model", tiny_model, "--gate", tiny_model, "--force")
    assert (refused.code, "cannot be a gate" in refused.err) == (ExitCode.MODEL_UNSUITABLE, True)
    twin = tiny.write(tmp_path / "twin.onnx", tiny.spec(name="twin", output="probability", learned=21))
    done = run("mask", "photo.png", "--model", tiny_model, "--gate", twin, "--force")
    assert (done.code, "tiny+twin on cpu" in done.out) == (0, True)
    assert "person: 0, of 21 classes learned" in run("models", "show", twin).out
    assert run("blur", "photo.png", "--classic", "--gate", gate).code == ExitCode.CONTRADICTION


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


def test_evaluate(run: Cli, tiny_model: Path, tmp_path: Path) -> None:
    for folder in ("photos", "truth"):
        (tmp_path / folder).mkdir()
    cv2.imwrite("photos/me.png", tiny.picture())
    truth = np.zeros((60, 80), np.uint8)
    truth[tiny.subject()] = 255
    cv2.imwrite("truth/me.png", truth)
    where = ("--images", "photos", "--masks", "truth", "--model", tiny_model)
    done = run("evaluate", *where, "--sheet", "worst.png")
    assert (done.code, done.err) == (0, "")
    assert "mean of 1" in done.out
    assert decode(Path("worst.png").read_bytes()).pixels.size
    one, summary = map(json.loads, run("evaluate", *where, "--json").out.splitlines())
    assert one["iou"] == summary["mean"]["iou"] > 0.9
    Path("photo.png").write_bytes(Path("photos/me.png").read_bytes())
    photo = json.loads(run("mask", "photo.png", "--model", tiny_model, "--json").out)
    ran = ("model", "provider", "provider_device", "provider_share", "fallback", "provider_note", "threads", "profile")
    assert {key: summary[key] for key in ran} == {key: photo[key] for key in ran}
    assert run("evaluate", *where, "--sheet", "worst.png").code == ExitCode.OUTPUT_EXISTS
    assert run("evaluate", "--images", "photos", "--masks", "nowhere").code == ExitCode.EVALUATION


def test_evaluate_tells_of_what_ran_instead(run: Cli, tiny_model: Path, tmp_path: Path) -> None:
    for folder in ("photos", "truth"):
        (tmp_path / folder).mkdir()
        cv2.imwrite(f"{folder}/me.png", tiny.picture())
    DeviceProfile(name="mine", setting=Setting(threads=1), machine=here()).save()
    wish = ("--model", tiny_model, "--provider", ABSENT, "--allow-fallback", "--profile", "mine")
    done = run("evaluate", "--images", "photos", "--masks", "truth", *wish, "--json")
    summary = json.loads(done.out.splitlines()[-1])
    assert (summary["provider"], summary["fallback"], summary["threads"]) == ("cpu", True, 1)
    assert summary["profile"] == "mine"
    assert summary["provider_note"] in done.err


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
