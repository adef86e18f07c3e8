import io
import sys
from pathlib import Path

import pytest

from edgebokeh.batch.plan import Job, plan
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.run import run
from edgebokeh.errors import (
    ExitCode,
    OutputExistsError,
    OutputFormatError,
    OutputUnwritableError,
    PhotoEmptyError,
    PhotoMissingError,
)
from edgebokeh.images import decode
from edgebokeh.pipeline import Bokeh


def test_results_lie_beside_their_photos() -> None:
    jobs = plan([Path("a/me.JPG"), Path("b/me.gif"), Path("c/plain")], None, "bokeh")
    assert [job.target for job in jobs] == [Path("a/me.bokeh.JPG"), Path("b/me.bokeh.png"), Path("c/plain.bokeh.png")]
    assert plan([Path("a/me.jpg")], None, "mask", ".png")[0].target == Path("a/me.mask.png")


def test_an_output_is_a_file_for_one_photo_or_a_folder(tmp_path: Path) -> None:
    assert plan([Path("me.jpg")], tmp_path / "x.webp", "bokeh")[0].target == tmp_path / "x.webp"
    assert plan([Path("a/me.jpg")], tmp_path, "bokeh")[0].target == tmp_path / "me.bokeh.jpg"
    with pytest.raises(OutputUnwritableError, match="is no folder"):
        plan([Path("me.jpg"), Path("you.jpg")], tmp_path / "x.jpg", "bokeh")
    with pytest.raises(OutputFormatError):
        plan([Path("me.jpg")], tmp_path / "x.doc", "bokeh")


def test_streams() -> None:
    assert plan([STREAM], None, "bokeh") == [Job(STREAM, STREAM)]
    assert plan([Path("me.jpg")], STREAM, "bokeh") == [Job(Path("me.jpg"), STREAM)]
    assert plan([STREAM], Path("x.png"), "bokeh") == [Job(STREAM, Path("x.png"))]


def test_what_cannot_be_planned_says_why(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritableError, match="is no folder"):
        plan([Path("me.jpg")], tmp_path / "nowhere", "bokeh")
    with pytest.raises(OutputUnwritableError, match="several pictures"):
        plan([Path("me.jpg"), Path("you.jpg")], STREAM, "bokeh")
    with pytest.raises(OutputExistsError, match="given twice"):
        plan([Path("me.jpg"), Path("./me.jpg")], None, "bokeh")
    with pytest.raises(OutputExistsError, match="given twice"):
        plan([STREAM, STREAM], None, "bokeh")


def test_nothing_is_planned_over_another_result_or_a_photo(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError, match="would all become"):
        plan([Path("a/me.jpg"), Path("b/me.jpg")], tmp_path, "bokeh")
    with pytest.raises(OutputExistsError, match="never written to"):
        plan([Path("me.jpg")], Path("../" + Path.cwd().name + "/me.jpg"), "bokeh")


def test_one_bad_photo_does_not_stop_the_others(tiny_bokeh: Bokeh, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    jobs = plan([tmp_path / "none.png", empty, photo], None, "bokeh")
    outcomes = list(run(tiny_bokeh, jobs, "blur"))
    assert [type(outcome.error) for outcome in outcomes] == [PhotoMissingError, PhotoEmptyError, type(None)]
    assert decode(jobs[2].target.read_bytes()).pixels.shape == (60, 80, 3)
    assert sorted(tmp_path.iterdir()) == sorted([empty, photo, jobs[2].target])
    [again] = run(tiny_bokeh, jobs[2:], "blur")
    assert again.error
    assert again.error.code == ExitCode.OUTPUT_EXISTS
    [forced] = run(tiny_bokeh, jobs[2:], "blur", force=True)
    assert forced.result


def test_streams_are_read_and_written(tiny_bokeh: Bokeh, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    monkeypatch.setattr(sys, "stdout", out)
    [outcome] = run(tiny_bokeh, [Job(STREAM, STREAM)], "cutout")
    assert outcome.result
    assert decode(out.buffer.getvalue()).alpha is not None  # type: ignore[attr-defined]
