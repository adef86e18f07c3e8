"""Real servers on loopback: in a thread, where a test sets their limits, and in a process, as users start them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from edgebokeh.pipeline import Bokeh
from edgebokeh.serve import server
from edgebokeh.serve.app import application
from edgebokeh.serve.guard import Door, names
from edgebokeh.serve.settings import Limits
from edgebokeh.serve.studio import Studio, furnished
from tests import tiny
from tests.conftest import ROOT, png

TOKEN = "a-secret-of-some-length"


@dataclass
class Place:
    """A server in a thread. client: that asks it. studio: what works there. stop: ends it, as a signal would."""

    client: httpx.Client
    studio: Studio
    host: str
    port: int
    stop: Callable[[], None]

    def keep(self, data: bytes, name: str = "photo.png") -> str:
        """Uploads a photo for the page; its id."""
        answer = self.client.post("/v1/photos", files={"photo": (name, data)})
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found


Open = Callable[..., Place]


@contextmanager
def running(studio: Studio, door: Door) -> Iterator[Place]:
    """A server in a thread, until the block is left."""
    listening = server.bound("127.0.0.1", 0)
    made = server.Server(application(studio, door), studio.work)
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listening]})
    thread.start()

    def stop() -> None:
        made.should_exit = True

    try:
        deadline = time.monotonic() + 20
        while not made.started and time.monotonic() < deadline:
            time.sleep(0.01)
        host, port = listening.getsockname()
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=30) as client:
            yield Place(client, studio, host, port, stop)
    finally:
        stop()
        thread.join(30)
        listening.close()
    assert not thread.is_alive()


@pytest.fixture
def place(tiny_bokeh: Bokeh) -> Iterator[Open]:
    """Opens servers with limits of their own."""
    with ExitStack() as stack:

        def start(*, token: str | None = None, allowed: tuple[str, ...] = (), **limits: float) -> Place:
            studio = furnished(tiny_bokeh, Limits()._replace(**limits), ("--model", "tiny.onnx"))
            return stack.enter_context(running(studio, Door(names("127.0.0.1", allowed), token)))

        yield start


@pytest.fixture(scope="session")
def client(tiny_bokeh: Bokeh) -> Iterator[httpx.Client]:
    """Of a server with the usual limits, the same for all tests."""
    with running(furnished(tiny_bokeh, Limits()), Door(names("127.0.0.1", ()))) as here:
        yield here.client


@pytest.fixture(scope="session")
def red() -> bytes:
    """A PNG file with a red subject on green."""
    return png(tiny.picture(240, 320))


@contextmanager
def started(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`edgebokeh serve` in a process, and its address."""
    command = [sys.executable, "-W", "error", "-m", "edgebokeh", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert "ready at http://" in line, process.stderr.read() if process.stderr else ""
        yield process, line.split("ready at ")[1].split(";")[0]
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def tiny_arguments(tiny_model: Path) -> tuple[object, ...]:
    """Of a server with the tiny model."""
    return "--model", tiny_model, "--no-cache"
