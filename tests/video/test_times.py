"""Pictures keep their times, and all beside them is copied."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from edgebokeh.video.codecs import Wish
from tests.video import clips
from tests.video.conftest import Make

CLIPS = {
    "29.97": {},
    "23.976": {"rate": Fraction(24000, 1001)},
    "variable": {"base": Fraction(1, 90000), "stamps": [0, 3003, 9009, 9100, 20000, 20500, 60000, 61000]},
    "late": {"rate": Fraction(25), "base": Fraction(1, 12800), "stamps": [512 * number + 6400 for number in range(9)]},
    "one": {"count": 1},
    "two": {"count": 2},
    "without reordering": {"options": {"bf": "0"}},
}


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("name", CLIPS)
def test_times_are_carried_over(make: Make, tmp_path: Path, name: str, ending: str) -> None:
    source = clips.write(tmp_path / f"clip.{ending}", **CLIPS[name])
    make(source, tmp_path / f"out.{ending}")
    found, wanted = clips.times(tmp_path / f"out.{ending}"), clips.times(source)
    assert [stamp for stamp, _ in found] == [stamp for stamp, _ in wanted]
    with av.open(str(source)) as before, av.open(str(tmp_path / f"out.{ending}")) as after:
        one, other = before.streams.video[0], after.streams.video[0]
        assert one.frames == other.frames
        if name == "variable":
            # Where pictures are reordered, mp4 tells no true duration of such clips, nor does their source.
            return
        assert (one.average_rate, one.duration) == (other.average_rate, other.duration)
        assert before.duration == pytest.approx(after.duration, abs=1000)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("count", [1, 2])
def test_so_few_pictures_are_decoded_as_they_are_shown(make: Make, tmp_path: Path, codec: str, count: int) -> None:
    source = clips.write(tmp_path / "clip.mp4", count)
    make(source, tmp_path / "out.mp4", wish=Wish(codec))
    with av.open(str(tmp_path / "out.mp4")) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
    assert [packet.dts for packet in packets] == [packet.pts for packet in packets]
    assert [packet.pts * packet.time_base for packet in packets] == [stamp for stamp, _ in clips.times(source)]


@pytest.mark.parametrize("name", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    "stamps", [[0, 5000, 10_000, 19_960, 20_000], [0, 17, 67, 134, 200, 240, 280, 6000, 6017]], ids=["rare", "one"]
)
def test_a_result_ends_with_its_last_picture(make: Make, tmp_path: Path, name: str, stamps: list[int]) -> None:
    source = clips.write(tmp_path / "clip.mp4", base=Fraction(1, 1000), stamps=stamps)
    summary = make(source, tmp_path / f"out.{name}")
    with av.open(str(tmp_path / f"out.{name}")) as file:
        assert file.duration == pytest.approx(summary.seconds * 1e6, abs=1000)
    # A tenth of a second is left to the last picture, which takes seconds to decode.
    assert stamps[-1] / 1000 < summary.seconds < stamps[-1] / 1000 + 0.1


@pytest.mark.parametrize(("ending", "sound", "text"), [("mp4", "aac", "mov_text"), ("mkv", "libopus", "subrip")])
def test_sound_text_chapters_and_words_are_copied(
    make: Make, tmp_path: Path, ending: str, sound: str, text: str
) -> None:
    source, target = tmp_path / f"clip.{ending}", tmp_path / f"out.{ending}"
    clips.write(source, 30, sound=sound, text=text, metadata={"title": "Süß"})
    summary = make(source, target)
    assert (summary.copied, summary.dropped) == (2, [])
    for kind in ("audio", "subtitle"):
        assert clips.packets(source, kind)
        assert clips.packets(target, kind) == clips.packets(source, kind)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        assert _chapters(after) == _chapters(before) == [(0, Fraction(1, 5), "one")]
        assert after.metadata["title"] == "Süß"
        assert after.streams.audio[0].language == "deu"


@pytest.mark.parametrize("ending", ["webm", "mkv", "mp4"])
def test_sound_that_begins_before_zero_is_whole(make: Make, tmp_path: Path, ending: str) -> None:
    source = clips.write(tmp_path / "clip.webm", 25, rate=Fraction(25), codec="libvpx-vp9", sound="libopus")
    target = tmp_path / f"out.{ending}"
    make(source, target)
    whole = clips.packets(source, "audio")
    assert whole[0][0] < 0
    assert [digest for _, digest in clips.packets(target, "audio")] == [digest for _, digest in whole]
    assert [time for time, _ in clips.packets(target, "audio")] == pytest.approx([time for time, _ in whole], abs=0.001)


def _chapters(file: Any) -> list[tuple[Any, Any, str]]:
    return [
        (*(one[key] * one["time_base"] for key in ("start", "end")), one["metadata"]["title"])
        for one in file.chapters()
    ]


def test_what_the_container_cannot_take_is_told(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 20, sound="aac", text="mov_text")
    summary = make(source, tmp_path / "out.webm")
    assert summary.copied == 0
    assert [text.split(" ")[0] for text in summary.dropped] == ["audio", "subtitle"]
    assert clips.times(tmp_path / "out.webm")[-1][0] == pytest.approx(float(clips.times(source)[-1][0]), abs=0.001)


def test_avi_has_no_times_but_an_order(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.avi", 20)
    make(source, tmp_path / "out.mp4")
    assert [stamp for stamp, _ in clips.times(tmp_path / "out.mp4")] == [number / clips.NTSC for number in range(20)]


def test_what_an_edit_list_hides_is_not_missing(make: Make, tmp_path: Path) -> None:
    whole, source = clips.write(tmp_path / "whole.mp4", 40, options={"bf": "0", "g": "10"}), tmp_path / "clip.mp4"
    with (
        av.open(str(whole)) as file,
        av.open(str(source), "w", container_options={"avoid_negative_ts": "disabled"}) as cut,
    ):
        stream = cut.add_stream_from_template(file.streams.video[0], opaque=True)
        for packet in (packet for packet in file.demux(video=0) if packet.size):
            packet.pts -= round(15 / clips.NTSC / packet.time_base)
            packet.dts, packet.stream = packet.pts, stream
            cut.mux(packet)
    with av.open(str(source)) as file:
        assert file.streams.video[0].frames == 40
    assert make(source, tmp_path / "out.mp4").frames == 25
    assert clips.times(tmp_path / "out.mp4") == clips.times(source)


def test_a_late_start_stays_exact(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.ts", 20, sound="aac")
    make(source, tmp_path / "out.mp4")
    found, wanted = clips.times(tmp_path / "out.mp4"), clips.times(source)
    assert wanted[0][0] > 0
    assert [stamp for stamp, _ in found] == [stamp for stamp, _ in wanted]


@pytest.fixture
def covered(tmp_path: Path) -> Path:
    """A clip with a time code and a cover."""
    source = tmp_path / "clip.mp4"
    with av.open(str(source), "w") as file:
        video, cover = file.add_stream("libx264", rate=25), file.add_stream("mjpeg", rate=1)
        video.width, video.height, video.metadata["timecode"] = 128, 96, "01:00:00:00"
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        for number in range(5):
            file.mux(video.encode(av.VideoFrame.from_ndarray(clips.picture(number), format="bgr24")))
        file.mux([*cover.encode(av.VideoFrame.from_ndarray(clips.picture(0, (64, 64)), format="bgr24"))])
        file.mux([*video.encode(), *cover.encode()])
    return source


def test_time_codes_and_covers_are_kept(make: Make, tmp_path: Path, covered: Path) -> None:
    summary = make(covered, tmp_path / "out.mp4")
    assert (summary.frames, summary.dropped, summary.notes) == (5, [], [])
    with av.open(str(covered)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        for one, other in zip(before.streams, after.streams, strict=True):
            assert (one.type, one.disposition) == (other.type, other.disposition)
            assert one.metadata.get("timecode") == other.metadata.get("timecode")


@pytest.mark.parametrize(("ending", "takers"), [("mov", [".mp4", ".m4v", ".mkv"]), ("webm", [])])
def test_a_cover_that_a_container_does_not_keep_is_told(
    make: Make, tmp_path: Path, covered: Path, ending: str, takers: list[str]
) -> None:
    summary = make(covered, tmp_path / f"out.{ending}")
    assert [text for text in summary.dropped if "data" not in text] == ["video stream 2 (mjpeg)"]
    assert summary.takers == takers
    with av.open(str(tmp_path / f"out.{ending}")) as after:
        assert len(after.streams.video) == 1


def test_a_cover_is_attached_to_matroska(make: Make, tmp_path: Path, covered: Path) -> None:
    assert [text.split(" (")[0] for text in make(covered, tmp_path / "out.mkv").dropped] == ["data stream 1"]
    summary = make(tmp_path / "out.mkv", tmp_path / "again.mkv")
    assert (summary.copied, summary.dropped, summary.notes) == (1, [], [])
    for path in (tmp_path / "out.mkv", tmp_path / "again.mkv"):
        with av.open(str(covered)) as before, av.open(str(path)) as after:
            cover = after.streams.video[1]
            assert (cover.disposition, cover.metadata["filename"]) == (before.streams[2].disposition, "cover.jpg")
            [one], [other] = ([bytes(p) for p in s.container.demux(s) if p.size] for s in (before.streams[2], cover))
            assert one == other


def test_files_in_the_clip_are_kept(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "clip.mkv"
    with av.open(str(source), "w") as file:
        video = file.add_stream("libx264", rate=25)
        video.width, video.height = 128, 96
        file.add_attachment("serif.ttf", "font/ttf", b"letters")
        file.mux([*video.encode(av.VideoFrame.from_ndarray(clips.picture(0), format="bgr24")), *video.encode()])
    assert make(source, tmp_path / "out.mkv").dropped == []
    with av.open(str(tmp_path / "out.mkv")) as after:
        found = after.streams.attachments[0]
        assert (found.name, found.mimetype, found.data) == ("serif.ttf", "font/ttf", b"letters")
    assert make(source, tmp_path / "out.mp4").dropped == ["attachment stream 1 (serif.ttf)"]


def test_other_pictures_in_the_clip_are_copied_and_told(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "clip.mkv"
    with av.open(str(source), "w") as file:
        streams = [file.add_stream("libx264", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height = 128, 96
        frame = av.VideoFrame.from_ndarray(clips.picture(0), format="bgr24")
        for stream in streams:
            file.mux([*stream.encode(frame), *stream.encode()])
    summary = make(source, tmp_path / "out.mkv")
    assert summary.copied == 1
    assert summary.notes == ["the pictures of stream 1 are copied as they are, not blurred"]


def test_broken_words_do_not_stop_anything(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", metadata={"title": "MARKMARK"})
    source.write_bytes(source.read_bytes().replace(b"MARKMARK", b"\xff\xfe\xe9\xe8\xff\xfe\xe9\xe8"))
    assert make(source, tmp_path / "out.mkv").frames == 12


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_part_starts_at_zero_with_its_sound(make: Make, tmp_path: Path, ending: str) -> None:
    source = clips.write(tmp_path / f"clip.{ending}", 60, sound="aac", options={"g": "10"})
    target = tmp_path / f"out.{ending}"
    start, end = float(clips.times(source)[15][0]), float(clips.times(source)[40][0])
    summary = make(source, target, start=start, end=end)
    whole, part = clips.times(source), clips.times(target)
    assert summary.frames == len(part) == 25
    assert [stamp for stamp, _ in part] == pytest.approx([stamp - whole[15][0] for stamp, _ in whole[15:40]], abs=0.001)
    sound = [(stamp, digest) for stamp, digest in clips.packets(source, "audio") if start <= stamp < end]
    assert [digest for _, digest in clips.packets(target, "audio")] == [digest for _, digest in sound]
    shifts = {
        round(float(one - two) * 1000) for (one, _), (two, _) in zip(sound, clips.packets(target, "audio"), strict=True)
    }
    assert max(shifts) - min(shifts) <= 1
    assert min(shifts) == pytest.approx(start * 1000, abs=2)


@pytest.mark.parametrize("name", ["portrait_1024x576_15fps.mp4", "court_640x360_2997fps.mp4"])
def test_real_clips_keep_their_times(make: Make, shared: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    source = shared(f"eval/video/{name}")
    make(source, tmp_path / name, wish=Wish(preset="ultrafast"))
    assert clips.times(tmp_path / name) == clips.times(source)
    with av.open(str(source)) as before, av.open(str(tmp_path / name)) as after:
        one, other = before.streams.video[0], after.streams.video[0]
        assert (one.average_rate, one.duration, one.frames) == (other.average_rate, other.duration, other.frames)
        assert one.time_base == other.time_base
