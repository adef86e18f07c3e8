"""Clips that are odd or broken: right, or refused with a word on what to do; nothing hangs."""

import gc
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from edgebokeh.errors import (
    ClipBrokenError,
    ClipChangesError,
    ClipUnreadableError,
    CodecError,
    EdgeBokehError,
    OutputExistsError,
    PhotoEmptyError,
    PhotoIsFolderError,
    PhotoMissingError,
    ValueRangeError,
)
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import Wish
from tests.video import clips
from tests.video.conftest import Make


def mjpeg(path: Path, pictures: list[tuple[int, tuple[int, int]]]) -> Path:
    """Pictures at (time in 1/25 s, size), each coded by itself, so that all of them may differ."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25, time_base=Fraction(1, 25))
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuvj420p"
        file.start_encoding()
        for number, (stamp, size) in enumerate(pictures):
            coder: Any = av.CodecContext.create("mjpeg", "w")
            coder.width, coder.height, coder.pix_fmt, coder.time_base = size[1], size[0], "yuvj420p", Fraction(1, 25)
            frame = av.VideoFrame.from_ndarray(clips.picture(number, size), format="bgr24").reformat(format="yuvj420p")
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            for packet in [*coder.encode(frame), *coder.encode()]:
                packet.stream, packet.pts, packet.dts, packet.time_base = stream, stamp + 9, number, Fraction(1, 25)
                file.mux(packet)
    return path


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def silent(path: Path) -> Path:
    """A clip whose pictures are announced and never come."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height = 128, 96
        file.start_encoding()
    return path


def noise(path: Path) -> Path:
    """A clip of pictures that are none."""
    with av.open(str(path), "w") as file:
        stream = file.add_mux_stream("mjpeg", rate=25, width=128, height=96)
        for number in range(5):
            packet = av.Packet(b"\xff\xd8 no picture " * 9)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 25)
            file.mux(packet)
    return path


def only_sound(path: Path) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=48000)
        for number in range(5):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            frame.rate, frame.pts, frame.time_base = 48000, 1024 * number, Fraction(1, 48000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def bytes_of(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def damaged(path: Path) -> Path:
    """The pictures after the first ones are noise."""
    clips.write(path, 40, codec="ffv1")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60000] = np.random.default_rng(0).integers(0, 256, 60000, np.uint8).tobytes()
    path.write_bytes(bytes(data))
    return path


FASTSTART = {"movflags": "+faststart"}

REFUSED: dict[str, tuple[Any, type[EdgeBokehError], str]] = {
    "missing": (lambda folder: folder / "nothing.mp4", PhotoMissingError, "does not exist"),
    "folder": (lambda folder: folder, PhotoIsFolderError, "is a folder"),
    "empty": (lambda folder: bytes_of(folder / "clip.mp4", b""), PhotoEmptyError, "empty"),
    "no clip": (lambda folder: bytes_of(folder / "clip.mp4", b"hello" * 100), ClipUnreadableError, "no clip"),
    "no pictures": (lambda folder: silent(folder / "clip.mp4"), ClipUnreadableError, "no moving pictures"),
    "nothing but noise": (lambda folder: noise(folder / "clip.mkv"), ClipUnreadableError, "no picture that"),
    "only sound": (lambda folder: only_sound(folder / "clip.mp4"), ClipUnreadableError, "no moving pictures"),
    "without its end": (lambda folder: cut(clips.write(folder / "clip.mp4", 40), 0.7), ClipUnreadableError, "no clip"),
    "truncated mp4": (
        lambda folder: cut(clips.write(folder / "clip.mp4", 40, container=FASTSTART), 0.7),
        ClipBrokenError,
        "ends after",
    ),
    "truncated mkv": (lambda folder: cut(clips.write(folder / "clip.mkv", 80), 0.7), ClipBrokenError, "ends after"),
    "damaged": (lambda folder: damaged(folder / "clip.mkv"), ClipBrokenError, "damaged|ends after|cannot be read"),
    "times go back": (
        lambda folder: mjpeg(folder / "clip.mkv", [(time, clips.SIZE) for time in (0, 1, 2, 3, 2, 5)]),
        ClipUnreadableError,
        "go back to 0.080 s after 0.120 s",
    ),
    "sizes change": (
        lambda folder: mjpeg(folder / "clip.mkv", [(0, clips.SIZE), (1, clips.SIZE), (2, (64, 64))]),
        ClipChangesError,
        "from 128×96 to 64×64 at 0.080 s",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_is_refused_and_leaves_nothing(make: Make, tmp_path: Path, name: str) -> None:
    written, error, words = REFUSED[name]
    source, target = written(tmp_path), tmp_path / "out" / "clip.mp4"
    target.parent.mkdir()
    with pytest.raises(error, match=words) as found:
        make(source, target)
    assert found.value.hint
    assert not list(target.parent.iterdir())


def test_a_picture_of_no_bytes_is_one_that_was_dropped(make: Make, tmp_path: Path) -> None:
    source = mjpeg(tmp_path / "clip.mov", [(time, clips.SIZE) for time in range(6)])
    data = bytearray(source.read_bytes())
    table = data.index(b"stsz")
    flat, count = (int.from_bytes(data[table + 8 + 4 * one :][:4], "big") for one in range(2))
    assert (flat, count) == (0, 6)
    data[table + 24 : table + 28] = bytes(4)
    source.write_bytes(data)
    assert make(source, tmp_path / "out.mp4").frames == 5


def test_pictures_that_lose_further_on_are_told(make: Make, tmp_path: Path) -> None:
    parts = [
        clips.write(tmp_path / f"{pixels}.h264", 5, pixels=pixels).read_bytes() for pixels in ("yuv420p", "yuv444p")
    ]
    (tmp_path / "clip.h264").write_bytes(b"".join(parts))
    summary = make(tmp_path / "clip.h264", tmp_path / "out.mp4")
    assert summary.frames == 10
    assert "further on the clip is yuv444p, of which h264 writes yuv420p" in summary.notes
    (tmp_path / "clip.h264").write_bytes(b"".join(reversed(parts)))
    assert not make(tmp_path / "clip.h264", tmp_path / "out.mp4", force=True).notes


@pytest.fixture
def is_open() -> Iterator[Callable[[Path], bool]]:
    """Tells whether this process has a file open, which nothing closes by chance."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("this system does not tell which files are open")
    gc.disable()
    yield lambda path: path.resolve() in {one.resolve() for one in descriptors.iterdir()}
    gc.enable()


@pytest.mark.parametrize("name", ["only sound", "nothing but noise", "late start"])
def test_a_refused_clip_is_not_kept_open(tmp_path: Path, is_open: Callable[[Path], bool], name: str) -> None:
    source = clips.write(tmp_path / "clip.mp4") if name == "late start" else REFUSED[name][0](tmp_path)
    with pytest.raises(EdgeBokehError) as found:
        Clip(source, 9 if name == "late start" else None)
    assert found.value.hint
    assert not is_open(source)


def test_a_clip_behind_another_is_not_kept_open(make: Make, tmp_path: Path, is_open: Callable[[Path], bool]) -> None:
    source, behind = clips.write(tmp_path / "clip.mp4"), clips.write(tmp_path / "behind.mp4", 60)
    make(source, tmp_path / "out.mp4", style="image", image=clips.picture(0), behind=behind, kernel=None)
    assert not is_open(behind)


@pytest.mark.parametrize("name", ["truncated mp4", "truncated mkv", "sizes change", "times go back"])
def test_what_was_made_before_the_error_can_be_kept(make: Make, tmp_path: Path, name: str) -> None:
    written, error, _ = REFUSED[name]
    target = tmp_path / "out.mp4"
    with pytest.raises(error):
        make(written(tmp_path), target, keep_partial=True)
    assert 2 <= len(clips.frames(target)) < 80


@pytest.mark.parametrize(
    ("ending", "codec", "written"),
    [
        ("mp4", None, "yuv444p"),
        ("mp4", "hevc", "yuv444p"),
        ("webm", None, "yuv420p"),
        ("mkv", "ffv1", "yuv420p"),
        ("mp4", "av1", "yuv420p"),
    ],
)
def test_odd_sizes_are_kept(make: Make, tmp_path: Path, ending: str, codec: str | None, written: str) -> None:
    source = clips.write(tmp_path / "clip.mkv", 3, size=(241, 427), codec="ffv1")
    summary = make(source, tmp_path / f"out.{ending}", wish=Wish(codec))
    found = clips.frames(tmp_path / f"out.{ending}")
    assert [(one.width, one.height, one.format.name) for one in found] == [(427, 241, written)] * 3
    assert bool(summary.notes) == (written != "yuv420p")


def test_an_encoder_that_cannot_hold_the_size_says_so(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 3, size=(8, 1024), codec="ffv1")
    with pytest.raises(CodecError, match="1024×8"):
        make(source, tmp_path / "out.mp4", wish=Wish("av1"))


@pytest.mark.parametrize(
    ("pixels", "written", "told"),
    [("gray16le", "yuv420p12le", True), ("yuv422p", "yuv422p", False), ("yuv420p", "yuv420p", False)],
)
def test_bits_that_are_given_up_are_told(make: Make, tmp_path: Path, pixels: str, written: str, told: bool) -> None:
    source = clips.write(tmp_path / "clip.mkv", 3, pixels=pixels, codec="ffv1")
    summary = make(source, tmp_path / "out.mkv")
    assert (summary.pixels, [f"ffv1 writes {written} for {pixels}"] if told else []) == (written, summary.notes)


def test_a_recording_may_start_between_whole_pictures(make: Make, tmp_path: Path) -> None:
    clips.write(tmp_path / "whole.ts", 60, options={"g": "20", "sc_threshold": "0"})
    data = (tmp_path / "whole.ts").read_bytes()
    source = bytes_of(tmp_path / "clip.ts", data[188 * (len(data) // 188 // 4) :])
    summary = make(source, tmp_path / "out.mp4")
    assert 20 <= summary.frames < 60


def test_parts_that_are_none_are_refused(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4")
    for times in ({"start": 2.0}, {"start": -1.0}, {"start": 0.2, "end": 0.1}):
        with pytest.raises(ValueRangeError):
            make(source, tmp_path / "out.mp4", **times)
    assert not (tmp_path / "out.mp4").exists()


def test_the_clip_itself_is_never_written_to(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4")
    before = source.read_bytes()
    with pytest.raises(OutputExistsError):
        make(source, source, force=True)
    assert source.read_bytes() == before
