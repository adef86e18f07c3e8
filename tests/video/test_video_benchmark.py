"""What `benchmarks.video` computes; never how long anything takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import edgebokeh
from benchmarks import steadiness, video
from edgebokeh.matte import agreement
from edgebokeh.temporal import STABILITY
from edgebokeh.video.codecs import Wish
from tests import tiny
from tests.video import clips


def test_flicker_is_counted_where_the_picture_is_still() -> None:
    still, generator = tiny.picture(), np.random.default_rng(0)
    mattes = [np.full((60, 80), value, np.float32) for value in (0.5, 0.6, 0.5)]
    assert steadiness.change([still] * 3, mattes) == pytest.approx(0.1)
    moving = still.copy()
    moving[:, 40:] = generator.integers(0, 256, (60, 40, 3))
    changed = [mattes[0], np.where(np.arange(80) < 44, mattes[0], 1).astype(np.float32)]
    assert steadiness.change([still, moving], changed) == pytest.approx(0, abs=0.02)


def test_ghosts_gaps_and_jumps_are_counted() -> None:
    found = [np.zeros((10, 20), np.float32) for _ in range(10)]
    late = [one.copy() for one in found]
    for one in late[:6]:
        one[:, :5] = 0.8
    clip = steadiness.Watched([tiny.picture()] * 10, found, [number / 8 for number in range(10)])
    assert steadiness.ghosts(clip, found) == 0
    # A quarter of the picture at 0.8, in the four of ten pictures that come more than 0.2 s later.
    assert steadiness.ghosts(clip, late) == pytest.approx(0.25 * 0.8 * 0.4)
    assert steadiness.ghosts(clip, late, least=0.9) == 0
    assert (steadiness.gaps(late), steadiness.jumps(late)) == (4, 1)


def test_mattes_that_are_taken_as_they_are_do_not_trail() -> None:
    clip = steadiness.passing(edgebokeh.load(), 4, count=12)
    assert steadiness.trailing(clip, 0) == 0
    assert 0 < steadiness.trailing(clip, 1) < 0.02
    assert np.abs(clip.mattes[0] - clip.mattes[11]).mean() > 0.05


@pytest.mark.parametrize("speed", [0, 2, 6])
def test_a_portrait_that_is_missed_for_a_moment_stays(speed: float) -> None:
    clip = steadiness.passing(edgebokeh.load(), speed, count=20)
    missed = [0 * one if number in (8, 9, 14) else one for number, one in enumerate(clip.mattes)]
    seen = steadiness.steadied(replace(clip, mattes=missed), STABILITY)
    assert min(agreement(one, true) for one, true in zip(seen, clip.mattes, strict=True)) > 0.9


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
    assert all(f"\n{stability:g} " in told for stability in steadiness.STABILITIES)
    assert "\n10 " in told
    sides = {"one": (Wish(preset="ultrafast"), video.Manner(edgebokeh.Look(quality="fast")))}
    lines, _ = video.speed(tiny_bokeh, source, sides, 2)
    assert [line[0] for line in lines] == ["", "one"]


@pytest.mark.skipif(not video.KNOWN, reason="the system does not tell")
def test_memory_is_told_on_the_way(tmp_path: Path, tiny_bokeh: edgebokeh.Bokeh) -> None:
    lines = video.memory(tiny_bokeh, 16, tmp_path)
    assert [line[0] for line in lines[1:]] == [str(2 * number) for number in range(1, 9)]
