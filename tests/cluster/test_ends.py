"""Runs in processes of their own, which are ended, or whose workers are."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from edgebokeh.batch import journal
from edgebokeh.errors import ExitCode, WorkerLostError
from tests import tiny
from tests.cluster.conftest import Start
from tests.conftest import png
from tests.test_batch import results

pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals of POSIX")

POISON = "poison.png"

HOOK = f"""
import os, sys
def end(event, arguments):
    if event == "open" and str(arguments[0]).endswith({POISON!r}):
        os._exit(1)
sys.addaudithook(end)
"""
"""As sitecustomize.py it ends each process that opens the poison, as a crash in a library would."""

SLOW = """
import sys, time
def wait(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".png") and "bokeh" not in str(arguments[0]):
        time.sleep(0.1)
sys.addaudithook(wait)
"""
"""As sitecustomize.py it makes each photo take long enough that a run is met in its middle on any machine."""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Sixty photos, none like another."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.png").write_bytes(png(tiny.picture(300 + number, 400)))
    return folder


@pytest.fixture
def whole(many: Path, start: Start, tmp_path: Path) -> dict[str, bytes]:
    """The results of the local run."""
    with start("in", "-o", "whole") as process:
        process.communicate()
    assert len(results(tmp_path / "whole")) == len(list(many.iterdir()))
    return results(tmp_path / "whole")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """The folder that is put on the path of runs that are to be slow."""
    return hooked(tmp_path / "slow", SLOW)


def hooked(folder: Path, code: str) -> Path:
    """A folder that makes each interpreter with it on the path run some code at its start."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return folder


def below(process: int) -> dict[int, str]:
    """The processes that a process started, directly or not, by number, and what they are called."""
    lines = subprocess.run(["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in lines.splitlines()[1:]]
    found = {process}
    for _ in rows:
        found |= {int(row[0]) for row in rows if int(row[1]) in found}
    return {int(row[0]): row[3] for row in rows if int(row[0]) in found - {process} and "Z" not in row[2]}


def after(process: "subprocess.Popen[str]", count: int) -> None:
    """Waits for so many rows of --json."""
    assert process.stdout
    for _ in range(count):
        process.stdout.readline()


def test_a_worker_that_is_killed_loses_nothing(
    start: Start, whole: dict[str, bytes], slow: Path, tmp_path: Path
) -> None:
    with start("in", "-o", "out", "--json", "--cluster", "local", path=[slow]) as process:
        after(process, 8)
        workers = [number for number, name in below(process.pid).items() if name.startswith("ray::Worker")]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    last = json.loads(out.splitlines()[-1])
    assert (last["done"], last["failed"]) == (60, 0)
    assert results(tmp_path / "out") == whole


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_driver_that_is_ended_is_gone_on_with(
    start: Start, whole: dict[str, bytes], slow: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with start("in", "-o", "out", "--json", "--cluster", "local", path=[slow]) as process:
        after(process, 8)
        others = below(process.pid)
        # Ctrl-C on a terminal goes to all that it started, too.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        _, err = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        wait_for_the_end([other for other, name in others.items() if name.startswith("ray::Worker")])
    else:
        expected = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}[number]
        assert (process.returncode, err) == (expected, "")
        wait_for_the_end(list(others))
        assert not list((tmp_path / "out").glob(".edgebokeh-*"))
    some = results(tmp_path / "out")
    assert len([name for name in some if name.endswith(".png")]) < len(whole)
    with start("in", "-o", "out", "--json", "--cluster", "local") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    last = json.loads(out.splitlines()[-1])
    assert last["skipped"] >= 8 - 1
    assert last["done"] + last["skipped"] == 60
    assert results(tmp_path / "out") == whole


def wait_for_the_end(processes: Sequence[int], seconds: float = 20) -> None:
    """Fails where one of them is still there after that time."""
    deadline = time.monotonic() + seconds
    while left := [one for one in processes if Path(f"/proc/{one}/cmdline").exists() and is_alive(one)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def is_alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_photo_that_kills_its_worker_fails_alone(
    start: Start, whole: dict[str, bytes], many: Path, tmp_path: Path
) -> None:
    hook = hooked(tmp_path / "hook", HOOK)
    (many / POISON).write_bytes(png(tiny.picture()))
    with start("in", "-o", "out", "--json", "--cluster", "local", path=[hook]) as process:
        out, err = process.communicate()
    assert process.returncode == ExitCode.SOME_FAILED
    rows = [json.loads(line) for line in out.splitlines()]
    [failed] = [row for row in rows if "error" in row]
    assert (failed["input"], failed["exit_code"]) == (f"in/{POISON}", WorkerLostError.code)
    assert "3 workers died" in failed["error"]
    assert err.count("\n") == 3  # the table of failures, and no word of Ray's
    assert (rows[-1]["done"], rows[-1]["failed"]) == (60, 1)
    assert results(tmp_path / "out") == whole
    assert journal.read(tmp_path / "out")["poison.bokeh.png"].status == "failed"
    with start("in", "-o", "out", "--json", "--cluster", "local") as process:
        out, _ = process.communicate()
    assert json.loads(out.splitlines()[-1])["done"] == 1
