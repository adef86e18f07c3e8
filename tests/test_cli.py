import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh import __version__, cache, execution
from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from edgebokeh.look import OTHER_STYLES, QUALITIES
from edgebokeh.styles import STYLES
from tests import tiny
from tests.conftest import ABSENT, ROOT, Cli, Run, run_python


def test_help_and_version(run: Cli) -> None:
    assert run("--version") == Run(0, f"edgebokeh {__version__}\n", "")
    assert run() == run("--help") == run("-h")
    assert "cutout" in run("--help").out
    assert "--no-person" in run("blur", "--help").out


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("blur", "--help"), ("blur", "--wrong")])
def test_help_and_wrong_options_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    done = run_python("-X", "importtime", "-m", "edgebokeh", *arguments)
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
    done = run_python("-c", code + "os.write(1, b'noise'); say('ours'); os.system('echo noise')")
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
    done = run_python("-m", "edgebokeh", "blur", "-", "--model", str(tiny_model), stdin=file)
    assert done.returncode == 0
    assert decode(done.stdout).ending == ".jpg"
    assert b"- -> -" in done.stderr


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
def test_a_picture_from_a_pipe_keeps_its_format_in_a_folder(tiny_model: Path, tmp_path: Path, ending: str) -> None:
    data = cv2.imencode(ending, tiny.picture())[1].tobytes()
    done = run_python("-m", "edgebokeh", "blur", "-", "-o", str(tmp_path), "--model", str(tiny_model), stdin=data)
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


def test_garbage_is_collected_when_photos_are_worked_on(tiny_model: Path, photo: Path) -> None:
    watched = f"""
import gc, sys
from edgebokeh.__main__ import run
from edgebokeh.pipeline import Bokeh
convert = Bokeh.convert
def watching(*given, **named):
    print(gc.isenabled())
    return convert(*given, **named)
Bokeh.convert = watching
sys.argv = ["edgebokeh", "blur", {str(photo)!r}, "--model", {str(tiny_model)!r}, "--quiet"]
run()
"""
    assert run_python("-c", watched).stdout.split()[0] == b"True"


def test_models(run: Cli) -> None:
    assert "selfie" in run("models").out
    rows = [json.loads(line) for line in run("models", "--json").out.splitlines()]
    [selfie] = [row for row in rows if row["name"] == "selfie"]
    assert (selfie["licence"], selfie["input"]) == ("Apache-2.0", [256, 256])
    assert Path(selfie["path"]).is_file()


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
