"""What `benchmarks.video` computes; never how long anything takes."""

from pathlib import Path

import numpy as np
import pytest

import edgebokeh
from benchmarks import video
from edgebokeh.video.codecs import Wish
from tests import tiny
from tests.video import clips


def test_flicker_is_counted_where_the_picture_is_still() -> None:
    still, generator = tiny.picture(), np.random.default_rng(0)
    mattes = [np.full((60, 80), value, np.float32) for value in (0.5, 0.6, 0.5)]
    assert video.change([still] * 3, mattes) == pytest.approx(0.1)
    moving = still.copy()
    moving[:, 40:] = generator.integers(0, 256, (60, 40, 3))
    changed = [mattes[0], np.where(np.arange(80) < 44, mattes[0], 1).astype(np.float32)]
    assert video.change([still, moving], changed) == pytest.approx(0, abs=0.02)


def test_mattes_that_are_taken_as_they_are_do_not_trail() -> None:
    shown, true = video.passing(edgebokeh.load(), 4, count=12)
    assert video.trailing(shown, true, 0) == 0
    assert 0 < video.trailing(shown, true, 1) < 0.02
    assert np.abs(true[0] - true[11]).mean() > 0.05


def test_decoding_and_encoding_alone_leaves_the_pictures(tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 5, codec="ffv1")
    video.plain(source, tmp_path / "out.mkv", Wish("ffv1"))
    before, after = (clips.frames(path) for path in (source, tmp_path / "out.mkv"))
    assert all(np.array_equal(one.to_ndarray(), other.to_ndarray()) for one, other in zip(before, after, strict=True))
    assert clips.times(source) == clips.times(tmp_path / "out.mkv")


def test_tables_have_a_line_for_each(
    tmp_path: Path, tiny_bokeh: edgebokeh.Bokeh, capsys: pytest.CaptureFixture[str]
) -> None:
    source = clips.write(tmp_path / "clip.mp4", 4)
    assert video.main(["--flicker", "--every", "--clip", str(source), "--frames", "4"]) in (0, 1)
    told = capsys.readouterr().out
    assert all(f"\n{stability:g} " in told for stability in video.STABILITIES)
    assert "\n10 " in told
    manners = {"one": video.Manner(edgebokeh.Look(quality="fast"))}
    lines, _ = video.speed(tiny_bokeh, source, Wish(preset="ultrafast"), manners, 2)
    assert [line[0] for line in lines] == ["", "one"]


@pytest.mark.skipif(not video.KNOWN, reason="the system does not tell")
def test_memory_is_told_on_the_way(tmp_path: Path, tiny_bokeh: edgebokeh.Bokeh) -> None:
    lines = video.memory(tiny_bokeh, 16, tmp_path)
    assert [line[0] for line in lines[1:]] == [str(2 * number) for number in range(1, 9)]
