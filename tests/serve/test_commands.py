"""`edgebokeh serve` as users start and stop it."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from edgebokeh.errors import ExitCode
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.serve import server
from tests import tiny
from tests.conftest import Cli, png
from tests.serve.conftest import TOKEN, Open, started


def test_it_begins_answers_and_ends(tiny_arguments: tuple[object, ...], red: bytes, tiny_bokeh: Bokeh) -> None:
    with started(*tiny_arguments, "--threads", 1) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        answer = httpx.post(f"{address}v1/blur?style=lens", content=red)
        assert answer.content == tiny_bokeh.convert(red, "blur", Look(style="lens"))[0]
        command = httpx.get(f"{address}v1/command?name=a.png").json()["command"]
        assert command == f"edgebokeh blur a.png --model {tiny_arguments[1]} --threads 1 --no-cache"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (ExitCode.INTERRUPTED, "")


def test_what_runs_is_finished_when_it_is_stopped(tiny_arguments: tuple[object, ...]) -> None:
    photo = png(tiny.picture(2400, 3200))
    answers: list[httpx.Response] = []
    with started(*tiny_arguments, "--jobs", 1) as (process, address):
        url = f"{address}v1/blur?style=zoom&falloff=50"
        asking = threading.Thread(target=lambda: answers.append(httpx.post(url, content=photo, timeout=60)))
        asking.start()
        deadline = time.monotonic() + 30
        while "edgebokeh_running 1.0" not in httpx.get(f"{address}metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.terminate()
        _, errors = process.communicate(timeout=60)
        asking.join()
    assert [answer.status_code for answer in answers] == [200]
    assert (process.returncode, errors) == (ExitCode.TERMINATED, "")


def test_those_that_wait_are_told_when_it_is_stopped(place: Open, red: bytes) -> None:
    here = place(jobs=1)
    kept = here.studio.store.get(here.keep(red))
    answers: list[httpx.Response] = []
    url = f"{here.client.base_url}/v1/photos/{kept.id}/preview?strength="
    asking = [
        threading.Thread(target=lambda number=number: answers.append(httpx.get(f"{url}{number}&side={64 + number}")))
        for number in range(2)
    ]
    with kept._making:
        for thread in asking:
            thread.start()
        deadline = time.monotonic() + 30
        while here.studio.work.waiting < 1:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        here.stop()
        time.sleep(0.5)
    for thread in asking:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 503]
    assert [answer.json()["error"] for answer in answers if answer.status_code == 503] == ["stopping"]


def test_a_port_that_is_taken(run: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", taken.getsockname()[1])
    assert done.code == ExitCode.ADDRESS
    assert done.err.startswith("edgebokeh: error: cannot listen on 127.0.0.1, port ")
    assert "--port" in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a" * 300, "\x00"])
def test_a_host_that_is_not_here(run: Cli, host: str) -> None:
    done = run("serve", "--host", host, "--port", 0, "--token", TOKEN)
    assert (done.code, len(done.err.splitlines())) == (ExitCode.ADDRESS, 1)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--host", "0.0.0.0"), "add --token"),
        (("--token", "short"), "16 letters"),
        (("--token", "é" * 20), "16 letters"),
        (("--token", "sixteen letters "), "16 letters"),
        (("--allow-host", "http://booth.local:8080"), "no host's name"),
        (("--allow-host", "*"), "no host's name"),
        (("--keep", "1"), "--keep"),
        (("--time-limit", "nan"), "--time-limit"),
        (("--port", 70000), "--port"),
        (("--jobs", 0), "--jobs"),
    ],
)
def test_wrong_options(run: Cli, arguments: tuple[object, ...], what: str) -> None:
    done = run("serve", *arguments)
    assert (done.code, len(done.err.splitlines())) == (ExitCode.USAGE, 1)
    assert what in done.err


def test_wrong_settings_and_models(run: Cli) -> None:
    assert run("serve", "--port", 0, "--max-megapixels", 5000).code == ExitCode.VALUE_RANGE
    assert run("serve", "--port", 0, "--model", "nonsense").code == ExitCode.MODEL_UNKNOWN


def test_others_may_ask_with_the_token(tiny_arguments: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEBOKEH_TOKEN", TOKEN)
    with started(*tiny_arguments, "--host", "0.0.0.0") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert httpx.get(f"{address}v1/styles").status_code == 401
        assert httpx.get(f"{address}v1/styles", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert errors == "edgebokeh: warning: 0.0.0.0 is not this machine alone; requests are not encrypted\n"


def test_without_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['edgebokeh', 'serve'];"
        "from edgebokeh.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == ExitCode.SERVE_EXTRA
    assert done.stderr == "edgebokeh: error: the server needs some packages; pip install 'edgebokeh[serve]'\n"


def test_ipv6(tiny_arguments: tuple[object, ...]) -> None:
    try:
        server.bound("::1", 0).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with started(*tiny_arguments, "--host", "::1") as (_, address):
        assert address.startswith("http://[::1]:")
        assert httpx.get(f"{address}healthz").json() == {"status": "ok"}
