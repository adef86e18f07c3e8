"""What docs/serve.md tells one to type, typed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from edgebokeh.images import decode
from edgebokeh.serve.answers import STATUS
from edgebokeh.serve.app import ROUTES
from edgebokeh.serve.openapi import PROBLEMS
from tests import tiny
from tests.conftest import ROOT
from tests.serve.conftest import started

DOCS = (ROOT / "docs" / "serve.md").read_text("utf-8")
USUAL = "http://127.0.0.1:8080/"


@pytest.fixture
def address(tiny_arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server; in the working folder lies what the examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("portrait.jpg", "beach.jpg"):
        Path(name).write_bytes(cv2.imencode(".jpg", tiny.picture(240, 320))[1].tobytes())
    Path("notes.txt").write_text("no picture")
    with started(*tiny_arguments) as (_, found):
        yield found


def test_the_python_example(address: str) -> None:
    [code] = re.findall(r"```python\n(.+?)```", DOCS, re.DOTALL)
    assert USUAL in code
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code.replace(USUAL, address)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.startswith("true decode;dur=")
    assert decode(Path("portrait.bokeh.jpg").read_bytes()).pixels.shape == (240, 320, 3)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_examples(address: str) -> None:
    lines = re.findall(r"^(curl .+ -o (\S+))$", DOCS, re.MULTILINE)
    assert len(lines) == 4
    for line, target in lines:
        subprocess.run(["sh", "-c", line.replace(USUAL, address)], check=True, capture_output=True)
        kinds = {".jpg": ".jpg", ".png": ".png", ".webp": ".webp"}
        assert decode(Path(target).read_bytes()).ending == kinds[Path(target).suffix]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_error(address: str) -> None:
    [(line, told)] = re.findall(r"^\$ (curl .+)\n(\{.+\})$", DOCS, re.MULTILINE)
    done = subprocess.run(["sh", "-c", line.replace(USUAL, address)], check=True, capture_output=True)
    assert json.loads(done.stdout) == json.loads(told)


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES} - {"/", "/{file}"}))
def test_every_route_is_in_the_docs(path: str) -> None:
    assert re.search(rf"`(?:GET |POST |DELETE )?{re.escape(path)}`", DOCS)


@pytest.mark.parametrize("status", sorted({*PROBLEMS, *(str(number) for _, number in STATUS)} - {"500"}))
def test_every_status_is_in_the_docs(status: str) -> None:
    assert re.search(rf"^\|[^|]*\b{status}\b", DOCS, re.MULTILINE)
