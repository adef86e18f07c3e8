"""One Ray for all tests that need no process of their own."""

import gc
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.conftest import ROOT, png

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def ray() -> Iterator[Any]:
    """Ray, started here with two cores; runs in this process use it."""
    pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    from edgebokeh.batch.cluster import connection

    with ExitStack() as stack:
        yield stack.enter_context(connection.lasting(2))
        with warnings.catch_warnings():
            # Older versions of Ray do not wait for the end of what they started.
            warnings.simplefilter("ignore", ResourceWarning)
            stack.close()
            gc.collect()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Good, bad and odd files: twelve photos in three folders, an empty file, text, half a photo, 16 bits, grey."""
    import cv2
    import numpy as np

    folder = tmp_path / "in"
    for number in range(12):
        path = folder / f"f{number % 3}" / f"{number} ü.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = tiny.picture(60 + number, 80)
        path.write_bytes(png(pixels))
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no photo")
    (folder / "half.png").write_bytes(png(tiny.picture())[:3000])
    (folder / "deep.png").write_bytes(png(tiny.picture(dtype=np.uint16)))
    (folder / "grey.jpg").write_bytes(cv2.imencode(".jpg", tiny.picture()[..., 1])[1].tobytes())
    return folder


@pytest.fixture
def start(tmp_path: Path, tiny_model: Path) -> Start:
    """Starts the command line in a process group of its own."""

    def call(*wish: object, path: Sequence[Path] = ()) -> "subprocess.Popen[str]":
        words = ("blur", "--model", tiny_model, "--quality", "fast", "--jobs", 2, "--quiet", *wish)
        return subprocess.Popen(
            [sys.executable, "-m", "edgebokeh", *map(str, words)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT]))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return call
