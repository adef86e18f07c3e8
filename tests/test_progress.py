import io
import json
import sys
import time
from pathlib import Path

import pytest

from edgebokeh.batch import progress, report
from edgebokeh.batch.outcome import Outcome
from edgebokeh.batch.plan import Job
from edgebokeh.console import say
from edgebokeh.errors import ExitCode, PhotoEmptyError
from edgebokeh.results import Report

JOB = Job(Path("a.jpg"), Path("out/a.bokeh.jpg"))
DONE = Outcome(JOB, Report((60, 80), 0.5, True, "tiny", "cpu", "", 1.0, False, "", 1, None, (), {"decode": 1.0}))
NOBODY = Outcome(JOB, Report((60, 80), 0.0, False, "tiny", "cpu", "", 1.0, False, "", 1, None, (), {"decode": 1.0}))
FAILED = Outcome(JOB, error=PhotoEmptyError("a.jpg is empty", "copy it again"))
SKIPPED = Outcome(JOB, skipped=True)


def tally(*outcomes: Outcome) -> report.Tally:
    one = report.Tally()
    for outcome in outcomes:
        one.add(outcome)
    return one


def test_a_tally_counts() -> None:
    one = tally(DONE, NOBODY, FAILED, SKIPPED, SKIPPED)
    assert (one.done, one.skipped, one.without_person, one.failures) == (2, 2, 1, [FAILED])
    assert one.rate > 0


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((), ExitCode.OK),
        ((DONE, SKIPPED), ExitCode.OK),
        ((DONE, FAILED), ExitCode.SOME_FAILED),
        ((SKIPPED, FAILED), ExitCode.SOME_FAILED),
        ((FAILED, FAILED), ExitCode.ALL_FAILED),
        ((FAILED,), ExitCode.PHOTO_EMPTY),
    ],
)
def test_the_exit_code_says_whether_some_or_all_failed(outcomes: tuple[Outcome, ...], code: ExitCode) -> None:
    assert tally(*outcomes).code(len(outcomes)) == code


def test_the_summary_and_the_failures() -> None:
    one = tally(DONE, NOBODY, FAILED, SKIPPED)
    told = json.loads(report.summary(one, {"hidden": 3}, as_json=True))
    assert told.pop("seconds") >= 0
    expected = {"done": 2, "skipped": 1, "failed": 1, "without_person": 1, "passed_over": {"hidden": 3}}
    assert told == expected
    text = report.summary(one, {"hidden": 3}, as_json=False)
    assert text.startswith("2 done, 1 skipped, 1 failed in ")
    assert text.endswith("; 1 without a person; passed over: hidden 3")
    assert report.failures(one.failures)[1:] == [" code  what", "   12  a.jpg is empty; copy it again"]
    assert report.failures([]) == []


def test_rows() -> None:
    assert json.loads(report.row(SKIPPED)) == {"input": "a.jpg", "output": str(JOB.target), "skipped": True}
    assert json.loads(report.row(FAILED))["output"] is None
    assert "skipped" not in json.loads(report.row(DONE))


def test_lines_come_in_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    one = tally(DONE, FAILED)
    with progress.shown(one, 4, every=0.0) as show:
        show()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("edgebokeh: 2 of 4, 1 failed, ")
    assert line.endswith(" left")
    for wish in ({"every": 1000.0}, {"every": 0.0, "quiet": True}):
        with progress.shown(one, 4, **wish) as show:  # type: ignore[arg-type]
            show()
    assert capsys.readouterr() == ("", "")


def test_the_time_left_is_what_the_rate_says(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    one = report.Tally()
    # What starts a cluster is no work on photos.
    now += 60
    one.add(SKIPPED)
    now += 60
    one.add(DONE)
    assert progress.line(one, 1000) == "edgebokeh: 2 of 1000, starting"
    now += 10
    one.add(DONE)
    one.add(FAILED)
    assert progress.line(one, 1000).endswith("0.2 photos a second, 1:23:00 left")
    assert progress.line(one, 5).endswith("0:05 left")
    assert 0 < one.rate < 0.1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    one = tally(DONE, FAILED)
    with progress.shown(one, 4) as show:
        show()
    assert "2/4" in terminal.getvalue()
    assert "1 failed" in terminal.getvalue()


@pytest.mark.parametrize("mixed", [False, True])
def test_what_is_said_beside_a_bar_goes_where_it_belongs(monkeypatch: pytest.MonkeyPatch, mixed: bool) -> None:
    terminal, out = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", Terminal() if mixed else out)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with progress.shown(tally(DONE), 4) as show:
        show()
        say("a row")
        say("a warning", err=True)
    assert "a warning" in terminal.getvalue()
    assert ("a row" in terminal.getvalue()) == mixed
    assert out.getvalue() == ("" if mixed else "a row\n")
