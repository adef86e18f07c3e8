"""Parts of clips, in every container: the right pictures, sound and text from there on, chapters that fit."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from edgebokeh.errors import ClipBrokenError, ClipChangesError, ClipUnreadableError, ValueRangeError
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import Wish
from tests.video import clips
from tests.video.conftest import Make

RATE = Fraction(15)
CODED: dict[str, dict[str, Any]] = {
    "mp4": {},
    "mkv": {},
    "ts": {},
    "mpg": {"codec": "mpeg2video", "rate": Fraction(25)},
    "h264": {},
}
"""How a clip is coded for containers; key pictures are 4 seconds apart."""


def coded(folder: Path, ending: str, **settings: Any) -> Path:
    given = {"rate": RATE, "options": {"g": "60", "sc_threshold": "0"}} | CODED[ending] | settings
    return clips.write(folder / f"clip.{ending}", 150, **given)


def seen(path: Path) -> list[int]:
    """Which pictures of `clips.write` they are, by where the subject stands, modulo the width."""
    found = []
    for frame in clips.frames(path):
        red = frame.to_ndarray(format="bgr24").astype(int)[..., [0, 2]] @ (-1, 1) > 100
        columns = red.mean(axis=0) > 0.2
        edges = [one for one in range(len(columns)) if columns[one] and not columns[one - 1]]
        found.append(edges[0] if edges else -1)
    return found


@pytest.mark.parametrize("ending", CODED)
@pytest.mark.parametrize(("start", "end"), [(0.2, 1.0), (1.4, 2.4), (4.6, 5.4)])
def test_a_part_holds_its_pictures_and_no_others(
    make: Make, tmp_path: Path, ending: str, start: float, end: float
) -> None:
    source = coded(tmp_path, ending)
    with av.open(str(source)) as file:
        rate = file.streams.video[0].average_rate or RATE
    make(source, tmp_path / "all.mkv", wish=Wish("ffv1"), stability=0)
    make(source, tmp_path / "part.mkv", wish=Wish("ffv1"), stability=0, start=start, end=end)
    whole, part = seen(tmp_path / "all.mkv"), seen(tmp_path / "part.mkv")
    first, last = (-int(-(Fraction(str(time)) * rate) // 1) for time in (start, end))
    assert part == whole[first:last]


def test_an_end_leaves_no_picture_in_the_decoder(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 30, rate=Fraction(2), sound="aac", options={"g": "4"})
    assert make(source, tmp_path / "out.mp4", start=4, end=8).frames == 8
    long = clips.write(tmp_path / "long.mp4", 15, rate=RATE, sound="aac", more_sound=6)
    assert make(long, tmp_path / "all.mp4", end=3).frames == 15


def test_sound_begins_with_the_part(make: Make, tmp_path: Path) -> None:
    source = coded(tmp_path, "ts", sound="aac")
    make(source, tmp_path / "out.mp4", start=1.4, end=2.4)
    sound = [float(time) for time, _ in clips.packets(tmp_path / "out.mp4", "audio")]
    assert 0 <= sound[0] < 0.03
    assert 0.9 < sound[-1] < 1.0


def test_the_picture_that_is_shown_at_the_start_is_not_lost(make: Make, tmp_path: Path) -> None:
    slides = clips.write(
        tmp_path / "slides.mp4", base=Fraction(1, 1000), stamps=[0, 1000, 4000, 10_000], options={"bf": "0"}
    )
    summary = make(slides, tmp_path / "out.mp4", start=2, end=9)
    assert clips.times(tmp_path / "out.mp4") == [(0, 2), (2, 5)]
    assert summary.seconds == pytest.approx(7)


def test_a_part_lasts_from_its_first_picture(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 20, rate=RATE)
    summary = make(source, tmp_path / "out.mp4", start=float(3.5 / RATE))
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert file.duration == pytest.approx(summary.seconds * 1e6, abs=1000)
    assert summary.seconds == pytest.approx(float(summary.frames / RATE))


def test_text_that_is_shown_at_the_start_is_not_lost(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 60, rate=RATE, text="subrip", shown=(500, 2000))
    make(source, tmp_path / "out.mkv", start=1.0)
    with av.open(str(tmp_path / "out.mkv")) as file:
        [packet] = [packet for packet in file.demux(subtitles=0) if packet.size]
        assert (packet.pts, packet.duration, bytes(packet)) == (0, 1500, b"hello")
    make(source, tmp_path / "none.mkv", start=3.0)
    with av.open(str(tmp_path / "none.mkv")) as file:
        assert not [packet for packet in file.demux(subtitles=0) if packet.size]


def test_text_ends_with_the_part(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 60, rate=RATE, text="subrip", shown=(500, 3000))
    make(source, tmp_path / "out.mkv", start=1.0, end=2.0)
    with av.open(str(tmp_path / "out.mkv")) as file:
        [packet] = [packet for packet in file.demux(subtitles=0) if packet.size]
        assert (packet.pts, packet.duration) == (0, 1000)
    with av.open(str(tmp_path / "out.mkv")) as file:
        assert file.duration == pytest.approx(1_000_000, abs=2000)


def test_chapters_are_those_of_the_part(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 45, rate=RATE, chapters=[(0, 1000), (1000, 2000), (2000, 3000)])

    def told(**part: float) -> list[tuple[float, float]]:
        make(source, tmp_path / "out.mp4", force=True, **part)
        with av.open(str(tmp_path / "out.mp4")) as file:
            return [tuple(float(one[key] * one["time_base"]) for key in ("start", "end")) for one in file.chapters()]  # type: ignore[misc]

    assert told() == told(end=99) == [(0, 1), (1, 2), (2, 3)]
    [one, other] = told(start=1.2, end=2.4)
    assert one == pytest.approx((0, 0.8))
    assert other == pytest.approx((0.8, 1.2))


@pytest.mark.parametrize("name", ["mkv", "webm"])
def test_matroska_that_begins_late_is_whole(make: Make, tmp_path: Path, name: str) -> None:
    begin, codec = 60 * 1000, "libvpx-vp9" if name == "webm" else "libx264"
    stamps = [begin + 66 * number for number in range(30)]
    source = clips.write(tmp_path / f"clip.{name}", base=Fraction(1, 1000), stamps=stamps, codec=codec)
    assert make(source, tmp_path / f"out.{name}").frames == 30
    assert clips.times(tmp_path / f"out.{name}")[0][0] == 60
    make(source, tmp_path / "behind.mkv", style="image", image=clips.picture(0), behind=source, kernel=None)
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    with pytest.raises(ClipBrokenError, match="ends after"):
        make(source, tmp_path / "cut.mkv")


def test_a_part_of_a_truncated_clip_is_right_or_refused(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 90, container={"movflags": "+faststart"}, options={"g": "10"})
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    for part in ({"end": 2.5}, {"start": 0.5}, {"start": 0.5, "end": 2.8}):
        with pytest.raises(ClipBrokenError, match="ends after"):
            make(source, tmp_path / "out.mp4", **part)
    assert make(source, tmp_path / "out.mp4", end=0.5).frames == 15


def test_a_hole_in_matroska_is_damage(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 120, rate=RATE, options={"g": "30", "sc_threshold": "0"})
    with av.open(str(source)) as file:
        place = next(packet for packet in file.demux(video=0) if packet.is_keyframe and packet.pts > 3000).pos
    data = bytearray(source.read_bytes())
    data[place - 40 : place + 200] = bytes(byte ^ 255 for byte in data[place - 40 : place + 200])
    source.write_bytes(bytes(data))
    with pytest.raises(ClipBrokenError, match="pictures between"):
        make(source, tmp_path / "out.mkv")


def test_a_cut_goes_round_what_is_refused(make: Make, tmp_path: Path) -> None:
    from tests.video.test_clip import mjpeg

    sizes = mjpeg(tmp_path / "sizes.mkv", [(n, clips.SIZE if n < 20 else (64, 64)) for n in range(40)])
    back = mjpeg(tmp_path / "back.mkv", [(time, clips.SIZE) for time in (0, 1, 2, 3, 2, 5)])
    with pytest.raises(ClipChangesError):
        make(sizes, tmp_path / "out.mkv")
    assert make(sizes, tmp_path / "one.mkv", end=0.8).frames == 20
    assert make(sizes, tmp_path / "two.mkv", start=0.8).frames == 20
    with pytest.raises(ClipUnreadableError):
        make(back, tmp_path / "out.mkv")
    assert make(back, tmp_path / "three.mkv", end=0.08).frames == 2


@pytest.mark.parametrize("part", [{"start": float("nan")}, {"start": float("inf")}, {"end": float("nan")}])
def test_times_that_are_none_are_refused(tmp_path: Path, part: dict[str, float]) -> None:
    with pytest.raises(ValueRangeError, match="no time"):
        Clip(clips.write(tmp_path / "clip.mp4"), **part)


def test_a_start_beyond_all_is_behind_the_end(tmp_path: Path) -> None:
    with pytest.raises(ValueRangeError, match="behind the end"):
        Clip(clips.write(tmp_path / "clip.mp4"), 1e300)
