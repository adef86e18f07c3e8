import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgebokeh.errors import ExitCode
from export.artifact import MODELS
from export.cli import EXIT_CODES, EXTRA, commands
from export.errors import ExportCode, ExportError


@pytest.mark.parametrize(("name", "function"), commands().items())
def test_every_command_is_in_the_help_and_has_its_own(
    name: str, function: Callable[..., None], run: Callable[..., Any]
) -> None:
    assert function.__doc__
    assert name in run("--help").out
    text = run(name, "--help").out
    assert "--verify" in text or "--validate" in text
    assert "--force" in text


def test_every_exit_code_is_in_the_help(run: Callable[..., Any]) -> None:
    text = run("--help").out
    for code, meaning in EXIT_CODES.items():
        assert f" {int(code)}  {meaning}\n" in text
    assert set(ExportCode) <= set(EXIT_CODES)
    assert not set(map(int, ExportCode)) & set(map(int, ExitCode))
    assert {error.code for error in ExportError.__subclasses__()} == set(ExportCode)


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys; from export.cli import build; build()(['--help'], standalone_mode=False);"
        "heavy = {'torch', 'torchvision', 'onnx', 'onnxruntime', 'numpy', 'cv2', 'tflite'} & sys.modules.keys();"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_leaves_nothing_behind(name: str, code: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    folders = [tmp_path / folder for folder in ("photos", "out", "temporary")]
    for folder in folders:
        folder.mkdir()
    for copy in range(40):
        cv2.imwrite(str(folders[0] / f"{copy}.png"), np.full((64, 64, 3), copy, np.uint8))
    arguments = ["shrink", "modnet", "--precision", "int8", "--calibrate", folders[0], "-o", folders[1] / "x.onnx"]
    process = subprocess.Popen(
        [sys.executable, "-m", "export", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folders[2]), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    while (line := process.stdout.readline()) and not line.startswith("calibrate on 20"):
        pass
    while process.poll() is None and not list(folders[2].rglob("*.onnx")):
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=120)
    assert process.returncode == code, error
    assert "Traceback" not in error
    # onnxruntime itself may leave a file of its own in the temporary folder.
    assert list(folders[1].iterdir()) == list(folders[2].rglob("*.onnx")) == []


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("torch", ["deeplabv3_resnet50", "--weights", "none"]),
        ("tflite", ["selfie", "--no-verify", "--tflite", "tflite_file"]),
        ("onnx", ["modnet", "--no-verify", "--onnx", "modnet_file"]),
    ],
)
def test_without_the_extra(missing: str, arguments: list[str], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if arguments[-1].endswith("_file"):
        arguments = [*arguments[:-1], str(request.getfixturevalue(arguments[-1]))]
    code = f"import sys; sys.modules[{missing!r}] = None; from export.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, *arguments, "-o", str(tmp_path / "x.onnx")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 84
    assert done.stderr == f'export: error: {missing} is not installed; install the extra: pip install -e ".[export]"\n'


def test_the_extra_is_what_pyproject_says() -> None:
    project = tomllib.loads((MODELS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {line.partition(">=")[0].replace("-", "_") for line in project["optional-dependencies"]["export"]}
    assert names == EXTRA


def test_an_unknown_command(run: Callable[..., Any]) -> None:
    assert run("no_such_model").code == 2
