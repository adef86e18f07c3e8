"""What a container is given of a clip: sound where FFmpeg takes it, shape, range, bits; what is said of the rest."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from edgebokeh.video.codecs import BOXES, Wish
from edgebokeh.video.streams import ending, takers
from tests import tiny
from tests.video import clips
from tests.video.conftest import Make

SOUNDS = {
    "aac": ("mp4", {".mp4", ".m4v", ".mov", ".mkv"}),
    "libopus": ("mkv", {".mp4", ".m4v", ".mkv", ".webm"}),
    "flac": ("mkv", {".mp4", ".m4v", ".mkv"}),
    "pcm_u8": ("avi", {".mov", ".mkv"}),
    "pcm_mulaw": ("mov", {".mov"}),
}
"""Codecs: a container in which such a clip comes, and the endings that take its sound."""


@pytest.fixture(params=SOUNDS)
def sounding(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, set[str]]:
    container, taken = SOUNDS[request.param]
    codec = "mpeg4" if container == "avi" else "libx264"
    return clips.write(tmp_path / f"clip.{container}", 12, codec=codec, sound=request.param), taken


def test_a_container_takes_what_ffmpeg_says_and_the_rest_is_told(
    make: Make, tmp_path: Path, sounding: tuple[Path, set[str]]
) -> None:
    source, taken = sounding
    for one in BOXES:
        summary = make(source, tmp_path / f"out{one}", force=True, end=0.2)
        assert bool(summary.copied) == (one in taken), one
        assert summary.dropped == [] or set(summary.takers) == taken


def test_a_result_without_a_name_keeps_its_sound_where_it_can(sounding: tuple[Path, set[str]]) -> None:
    source, taken = sounding
    for kind in ("blur", "alpha"):
        found = ending(source, kind)
        assert found in taken or not taken & {".webm", ".mkv", *([] if kind == "alpha" else [".mov", ".mp4"])}


def test_text_counts_after_sound(tmp_path: Path) -> None:
    assert ending(clips.write(tmp_path / "clip.mp4", sound="aac", text="mov_text"), "blur") == ".mp4"
    assert ending(clips.write(tmp_path / "clip.ts", sound="aac"), "blur") == ".mp4"
    assert ending(clips.write(tmp_path / "clip.mkv", sound="libopus", text="subrip"), "alpha") == ".mkv"
    assert ending(clips.write(tmp_path / "clip.webm", codec="libvpx-vp9", sound="libopus"), "alpha") == ".webm"
    with av.open(str(tmp_path / "clip.mkv")) as file:
        assert takers([file.streams.audio[0]]) == [".mp4", ".m4v", ".mkv", ".webm"]


def test_damaged_sound_is_left_out_and_told(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.ts", 30, sound="aac")
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as file:
        payload = [bytes(packet) for packet in file.demux(audio=0) if packet.size][20]
    place = bytes(data).index(payload[:60])
    data[place : place + 2] = b"\0\0"
    source.write_bytes(bytes(data))
    summary = make(source, tmp_path / "out.mp4")
    assert summary.frames == 30
    assert [text for text in summary.notes if "audio stream 1 (aac)" in text and "damaged" in text]


@pytest.mark.parametrize(
    ("ending", "codec", "kept"),
    [
        ("mp4", "vp9", True),
        ("mkv", "h264", True),
        ("mov", "prores", True),
        ("webm", None, False),
        ("mkv", "ffv1", False),
    ],
)
def test_the_shape_is_kept_or_that_is_told(
    make: Make, tmp_path: Path, ending: str, codec: str | None, kept: bool
) -> None:
    source = clips.write(tmp_path / "clip.mp4", 3, tags={"sample_aspect_ratio": Fraction(16, 11)})
    summary = make(source, tmp_path / f"out.{ending}", wish=Wish(codec))
    with av.open(str(tmp_path / f"out.{ending}")) as file:
        assert (file.streams.video[0].sample_aspect_ratio == Fraction(16, 11)) == kept
    assert any("16/11" in text for text in summary.notes) != kept


@pytest.mark.parametrize("kind", ["blur", "alpha"])
def test_prores_has_the_range_that_its_readers_take(make: Make, tmp_path: Path, kind: str) -> None:
    source = clips.write(
        tmp_path / "clip.mp4", 2, pixels="yuvj420p", tags={"color_range": 2}, options={"crf": "1", "preset": "fast"}
    )
    make(source, tmp_path / "out.mov", kind, wish=Wish("prores"), stability=0)
    rows, columns = tiny.subject(*clips.SIZE)
    inside = slice(rows.start + 6, rows.stop - 6), slice(columns.start + 6, columns.stop - 6)
    before, after = (clips.frames(path)[0] for path in (source, tmp_path / "out.mov"))
    assert after.color_range == 1
    one, other = (frame.to_ndarray(format="bgr24").astype(int)[inside] for frame in (before, after))
    assert np.abs(one - other).mean() < 4


def test_bits_of_a_cutout_stay_where_the_encoder_can(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 3, pixels="yuv420p10le", codec="libx265")
    found = make(source, tmp_path / "out.mkv", "alpha")
    assert (found.codec, found.pixels, found.notes) == ("ffv1", "yuva420p10le", [])
    found = make(source, tmp_path / "out.webm", "alpha")
    assert (found.pixels, found.notes) == ("yuva420p", ["vp9 writes yuva420p for yuv420p10le"])
    shallow = clips.write(tmp_path / "shallow.mp4", 2)
    assert make(shallow, tmp_path / "shallow.mkv", "alpha").codec == "vp9"


def test_ten_bits_of_webm_stay_in_webm(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.webm", 2, pixels="yuv420p10le", codec="libsvtav1")
    assert make(source, tmp_path / "one.webm").pixels == "yuv420p10le"
    deep = clips.write(tmp_path / "deep.mkv", 3, pixels="yuv420p10le", codec="libx265")
    summary = make(deep, tmp_path / "two.webm")
    assert (summary.codec, summary.pixels, summary.notes) == ("av1", "yuv420p10le", [])


def test_transparency_that_is_lost_is_told_and_no_longer_claimed(make: Make, tmp_path: Path) -> None:
    make(clips.write(tmp_path / "clip.mp4", 2), tmp_path / "alpha.webm", "alpha")
    summary = make(tmp_path / "alpha.webm", tmp_path / "out.webm")
    assert summary.notes == ["the transparency of the clip is not kept"]
    with av.open(str(tmp_path / "out.webm")) as file:
        assert "alpha_mode" not in {key.lower() for key in file.streams.video[0].metadata}


@pytest.mark.parametrize("name", ["mp4", "mkv"])
def test_the_last_picture_is_shown_as_long_as_it_was(make: Make, tmp_path: Path, name: str) -> None:
    settings: dict[str, Any] = {"base": Fraction(1, 1000), "stamps": [0, 100, 400, 1000], "options": {"bf": "0"}}
    source = clips.write(tmp_path / "clip.mp4", **settings)
    make(source, tmp_path / f"out.{name}")
    assert [length for _, length in clips.times(source)][:3] == [Fraction(one, 1000) for one in (100, 300, 600)]
    with av.open(str(source)) as before, av.open(str(tmp_path / f"out.{name}")) as after:
        assert after.duration == pytest.approx(before.duration, abs=1000)
