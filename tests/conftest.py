"""Fixtures that several test files share."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings

import edgebokeh
from edgebokeh import cache, cli, execution, profile_folder
from edgebokeh.engine import open_network
from tests import s3, tiny

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "docs" / "sample" / "astronaut.png"
ABSENT = next(key for key, row in execution.PROVIDERS.items() if execution.kind(row) == "absent")
"""A provider that this onnxruntime lacks."""
SHARED = Path(os.environ.get("EDGEBOKEH_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the tests, and the processes that they start, off the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _own_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps each test off the user's device profiles, and off those of the others."""
    monkeypatch.setenv(profile_folder.FOLDER_VARIABLE, str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def _opencv_threads() -> Iterator[None]:
    """OpenCV's number of threads is the process's: a test that sets it does not set it for the next."""
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Finds a file of the evaluation data, which is not part of the repository, or skips the test."""

    def find(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"the evaluation data is not here: no {name}; set EDGEBOKEH_SHARED to its folder")
        return SHARED / name

    return find


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny.onnx")


@pytest.fixture(scope="session")
def tiny_bokeh(tiny_model: Path) -> edgebokeh.Bokeh:
    return edgebokeh.Bokeh(open_network(tiny_model))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Server]:
    for library in ("s3fs", "moto.server"):
        pytest.importorskip(library, reason="tests of stores need s3fs and moto[server]")
    with s3.running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def store(s3_server: s3.Server, monkeypatch: pytest.MonkeyPatch) -> s3.Server:
    """A server of S3, which s3:// means in this process and in those that it starts."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def forget_drivers() -> Iterator[Callable[[], None]]:
    """Forgets the drivers of stores, as a process that starts knows none.

    s3fs closes its client when the collector comes to it: in a loop that another test runs then, and ends too early.
    So the collector comes at once.
    """
    from edgebokeh.drivers import driver

    def call() -> None:
        driver.cache_clear()
        gc.collect()

    call()
    yield call
    call()


def run_python(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs Python in a process of its own, warnings as errors."""
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )


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


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A PNG file with a red subject on green."""
    path = tmp_path / "photo.png"
    path.write_bytes(png(tiny.picture()))
    return path


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Inside, no file of this process can grow beyond so many bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()
