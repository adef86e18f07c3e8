import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh import __version__, cli, providers
from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from tests import tiny
from tests.conftest import ROOT, SAMPLE


@dataclass
class Run:
    code: int
    out: str
    err: str


Cli = Callable[..., Run]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], photo: Path) -> Cli:
    """Calls the command line in the folder of `photo.png`."""
    monkeypatch.chdir(photo.parent)

    def call(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["edgebokeh", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        out, err = capsys.readouterr()
        assert isinstance(exit_.value.code, int)
        return Run(exit_.value.code, out, err)

    return call


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
    assert good == expected | {"person": True}
    assert (bad["input"], bad["output"], bad["exit_code"]) == ("none.png", None, ExitCode.PHOTO_MISSING)
    assert bad["error"] in done.err


def test_a_picture_goes_through_a_pipe(tiny_model: Path) -> None:
    file = cv2.imencode(".jpg", tiny.picture())[1].tobytes()
    done = shell("-m", "edgebokeh", "blur", "-", "--model", str(tiny_model), stdin=file)
    assert done.returncode == 0
    assert decode(done.stdout).ending == ".jpg"
    assert b"- -> -" in done.stderr


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


ABSENT = "qnn" if providers.PROVIDERS["cuda"].name in providers.ort.get_available_providers() else "cuda"
BAD = [
    ("none.jpg", ExitCode.PHOTO_MISSING),
    (".", ExitCode.PHOTO_IS_FOLDER),
    ("empty.jpg", ExitCode.PHOTO_EMPTY),
    ("text.jpg", ExitCode.PHOTO_UNREADABLE),
    ("cut.jpg", ExitCode.PHOTO_TRUNCATED),
    ("photo.png -o nowhere/x.png", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png text.jpg -o x.png", ExitCode.OUTPUT_UNWRITABLE),
    ("photo.png -o /dev/null --force", ExitCode.OUTPUT_FORMAT),
    ("photo.png -o taken.png", ExitCode.OUTPUT_EXISTS),
    ("photo.png -o photo.png --force", ExitCode.OUTPUT_EXISTS),
    ("photo.png -o x.doc", ExitCode.OUTPUT_FORMAT),
    ("photo.png --kernel 50", ExitCode.KERNEL),
    ("photo.png --kernel 0", ExitCode.KERNEL),
    ("photo.png --kernel -3", ExitCode.KERNEL),
    ("photo.png --model nonsense", ExitCode.MODEL_UNKNOWN),
    ("photo.png --model none.onnx", ExitCode.MODEL_UNKNOWN),
    ("photo.png --model text.onnx", ExitCode.MODEL_UNREADABLE),
    ("photo.png --model classifier.onnx", ExitCode.MODEL_UNSUITABLE),
    ("photo.png --spec broken.json", ExitCode.MODEL_UNSUITABLE),
    ("photo.png --model bare.onnx", ExitCode.MODEL_UNDESCRIBED),
    ("photo.png --spec nonsense", ExitCode.MODEL_UNDESCRIBED),
    ("photo.png --provider nonsense", ExitCode.PROVIDER_UNKNOWN),
    (f"photo.png --provider {ABSENT}", ExitCode.PROVIDER_ABSENT),
    ("none.jpg empty.jpg", ExitCode.SEVERAL),
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
    assert len(lines) == (2 if code == ExitCode.SEVERAL else 1)
    assert all(line.startswith("edgebokeh: error: ") for line in lines)
    assert code == ExitCode.USAGE or all("; " in line for line in lines)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_ctrl_c_has_its_own_code(run: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model: Path) -> None:
    from edgebokeh import engine

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.Network, "run", interrupt)
    before = set(tmp_path.iterdir())
    assert run("blur", "photo.png", "--model", tiny_model).code == ExitCode.INTERRUPTED
    assert set(tmp_path.iterdir()) == before
