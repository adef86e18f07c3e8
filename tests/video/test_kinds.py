"""What is made of a clip: blurred, before something else, its matte, a cutout; by every style."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from edgebokeh.errors import CodecError, NoPersonError, OutputFormatError
from edgebokeh.styles import STYLES
from edgebokeh.video.codecs import BOXES, ENCODERS, Wish
from tests import tiny
from tests.video import clips
from tests.video.conftest import Make

ROWS, COLUMNS = tiny.subject(*clips.SIZE)
INSIDE = slice(ROWS.start + 6, ROWS.stop - 6), slice(COLUMNS.start + 6, COLUMNS.stop - 6)
OUTSIDE = slice(0, ROWS.start - 6), slice(0, clips.SIZE[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return clips.write(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuv444p")


def first(path: Path) -> np.ndarray:
    return clips.frames(path)[0].to_ndarray(format="bgr24").astype(int)


@pytest.mark.parametrize("quality", ["fast", "balanced"])
@pytest.mark.parametrize("style", [*STYLES, "grey", "lens+grey"])
def test_every_style_leaves_the_subject_and_changes_the_rest(
    make: Make, tmp_path: Path, source: Path, style: str, quality: str
) -> None:
    settings: dict[str, Any] = {"kernel": None} if style == "grey" else {"kernel": 15}
    make(source, tmp_path / "out.mkv", style=style, quality=quality, **settings)
    before, after = first(source), first(tmp_path / "out.mkv")
    assert np.array_equal(before[INSIDE], after[INSIDE])
    assert np.abs(before[OUTSIDE] - after[OUTSIDE]).mean() > 5


def test_a_blur_is_that_of_photos(make: Make, tiny_bokeh: Any, tmp_path: Path, source: Path) -> None:
    from edgebokeh import Look

    for settings in ({}, {"falloff": 20.0}, {"expand": 3.0, "feather": 4.0}):
        make(source, tmp_path / "out.mkv", stability=0, force=True, **settings)
        photo = clips.frames(source)[0].to_ndarray(format="bgr24")
        wanted = tiny_bokeh.blur(photo, Look(quality="fast", kernel=15, **settings)).pixels
        assert np.abs(first(tmp_path / "out.mkv") - wanted).mean() < 2


def test_a_colour_or_a_picture_lies_behind(make: Make, tmp_path: Path, source: Path) -> None:
    make(source, tmp_path / "out.mkv", style="color", color=(200, 30, 60), kernel=None)
    assert np.abs(first(tmp_path / "out.mkv")[OUTSIDE] - (60, 30, 200)).max() <= 3
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (*clips.SIZE, 3)).astype(np.uint8), (0, 0), 9)
    make(source, tmp_path / "out.mkv", style="image", image=picture, kernel=None, force=True)
    for frame in clips.frames(tmp_path / "out.mkv"):
        assert np.abs(frame.to_ndarray(format="bgr24").astype(int) - picture)[OUTSIDE].max() <= 4


def test_a_clip_lies_behind_and_begins_again(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 7, codec="ffv1", pixels="yuv444p", rate=Fraction(20))
    behind = clips.write(tmp_path / "behind.mkv", 2, codec="ffv1", pixels="yuv444p", rate=Fraction(10))
    shown = [frame.to_ndarray(format="bgr24").astype(int) for frame in clips.frames(behind)]
    image = np.zeros((4, 4, 3), np.uint8)
    make(source, tmp_path / "out.mkv", style="image", image=image, behind=behind, kernel=None)
    found = [frame.to_ndarray(format="bgr24").astype(int) for frame in clips.frames(tmp_path / "out.mkv")]
    which = [int(np.argmin([np.abs(one - other)[OUTSIDE].mean() for other in shown])) for one in found]
    assert which == [0, 0, 1, 1, 0, 0, 1]


def square(path: Path) -> np.ndarray:
    """The first picture upright, as players show it, BGR float32."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        wide = float(file.streams.video[0].sample_aspect_ratio or 1)
    coded = cv2.resize(frame.to_ndarray(format="bgr24"), None, fx=wide, fy=1)
    return np.rot90(coded, frame.rotation // 90).astype(np.float32)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("of_clip", [False, True])
def test_what_lies_behind_is_no_wider_than_it_was(make: Make, tmp_path: Path, of_clip: bool, rotation: int) -> None:
    """A circle stays one, whatever the shape of a pixel in front and behind."""
    tags = {"sample_aspect_ratio": Fraction(2)}
    source = clips.write(tmp_path / "clip.mp4", 2, size=(192, 96), rotation=rotation, tags=tags)
    picture = cv2.circle(np.zeros((400, 400, 3), np.uint8), (80, 80), 40, (255, 255, 255), -1)
    look: dict[str, Any] = {"image": picture}
    if of_clip:
        with av.open(str(tmp_path / "behind.mp4"), "w") as file:
            stream = file.add_stream("libx264", rate=25, options={"qp": "0"})
            stream.width, stream.height, stream.pix_fmt = 200, 400, "yuv420p"
            stream.codec_context.sample_aspect_ratio = Fraction(2)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(cv2.resize(picture, (200, 400)), format="bgr24")))
            file.mux(stream.encode(None))
        look = {"image": np.zeros((4, 4, 3), np.uint8), "behind": tmp_path / "behind.mp4"}
    make(source, tmp_path / "out.mp4", style="image", kernel=None, **look)
    shown = square(tmp_path / "out.mp4")
    corner = shown[: shown.shape[0] * 2 // 5, : shown.shape[1] * 2 // 5].min(axis=2) > 128
    rows, columns = (np.flatnonzero(corner.any(axis=axis)) for axis in (1, 0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert height == pytest.approx(shown.shape[0] / 5, rel=0.1)
    assert width == pytest.approx(height, rel=0.1)


@pytest.mark.parametrize("ending", BOXES)
def test_a_matte_is_a_grey_clip(make: Make, tmp_path: Path, source: Path, ending: str) -> None:
    make(source, tmp_path / f"out{ending}", "matte", stability=0)
    for number, frame in enumerate(clips.frames(tmp_path / f"out{ending}")):
        grey = np.roll(frame.to_ndarray(format="gray").astype(int), -number, axis=1)
        assert grey[INSIDE].min() > 245
        assert grey[OUTSIDE].max() < 10
        assert np.abs(np.diff(frame.to_ndarray(format="bgr24").astype(int), axis=2)).max() < 8


def transparent(path: Path) -> list[Any]:
    """Frames with their alpha, which FFmpeg's own decoder of VP9 leaves out."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        coder: Any = (
            av.CodecContext.create("libvpx-vp9", "r") if stream.codec_context.name == "vp9" else stream.codec_context
        )
        return [frame for packet in file.demux(stream) for frame in coder.decode(packet if packet.size else None)]


@pytest.mark.parametrize(("ending", "pixels"), [(".webm", "yuva420p"), (".mov", "yuva444p"), (".mkv", "yuva420p")])
def test_a_cutout_has_an_alpha_channel(make: Make, tmp_path: Path, source: Path, ending: str, pixels: str) -> None:
    make(source, tmp_path / f"out{ending}", "alpha", stability=0)
    found = transparent(tmp_path / f"out{ending}")
    assert len(found) == 3
    for number, frame in enumerate(found):
        assert frame.format.name.startswith(pixels)
        rgba = np.roll(frame.to_ndarray(format="rgba").astype(int), -number, axis=1)
        assert rgba[INSIDE][..., 3].min() > 245
        assert rgba[OUTSIDE].max() < 12
        assert np.abs(rgba[INSIDE][..., :3] - (255, 0, 0)).mean() < 12


@pytest.mark.parametrize("codec", ENCODERS)
def test_every_codec_is_written_and_read_again(make: Make, tmp_path: Path, source: Path, codec: str) -> None:
    summary = make(source, tmp_path / "out.mkv", wish=Wish(codec))
    with av.open(str(tmp_path / "out.mkv")) as file:
        assert file.streams.video[0].codec_context.codec.canonical_name == codec
        # FFmpeg reads ProRes 4444 in 12 bits, whatever it was written in.
        assert codec == "prores" or file.streams.video[0].codec_context.pix_fmt == summary.pixels
    assert np.abs(first(tmp_path / "out.mkv")[INSIDE] - first(source)[INSIDE]).mean() < 12


@pytest.mark.parametrize(("ending", "box"), BOXES.items())
def test_every_container_takes_all_that_its_row_says(
    make: Make, tmp_path: Path, source: Path, ending: str, box: Any
) -> None:
    for codec in box.codecs:
        assert make(source, tmp_path / f"out{ending}", wish=Wish(codec), force=True).codec == codec


def test_a_clip_of_few_bits_does_not_grow_as_vp9(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mp4", 100, size=(192, 256), options={"crf": "45"})
    assert make(source, tmp_path / "out.webm").bytes < 1.2 * source.stat().st_size
    assert make(source, tmp_path / "large.webm", wish=Wish(crf=30)).bytes > 1.2 * source.stat().st_size


def test_a_clip_without_wishes_keeps_its_codec_and_about_its_size(make: Make, tmp_path: Path) -> None:
    for codec, name in (("libx264", "h264"), ("libx265", "hevc"), ("libvpx-vp9", "vp9"), ("mpeg4", "h264")):
        source = clips.write(tmp_path / "clip.mkv", 40, size=(192, 256), codec=codec)
        summary = make(source, tmp_path / "out.mkv", force=True)
        assert summary.codec == name
        assert summary.bytes < 1.2 * source.stat().st_size
    few = make(source, tmp_path / "out.mkv", wish=Wish(crf=45), force=True)
    many = make(source, tmp_path / "out.mkv", wish=Wish(crf=5), force=True)
    assert few.bytes < many.bytes / 2


def test_ten_bits_stay_where_the_encoder_can(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 3, pixels="yuv420p10le", codec="libx265")
    found = {name: make(source, tmp_path / "out.mkv", wish=Wish(name), force=True) for name in ENCODERS}
    deep = {name for name, summary in found.items() if "10le" in summary.pixels}
    assert deep >= {"h264", "hevc", "av1", "prores", "ffv1"}
    for name, summary in found.items():
        assert bool(summary.notes) == (summary.pixels != "yuv420p10le"), name


def test_what_cannot_be_written_is_refused_before_any_work(make: Make, tmp_path: Path, source: Path) -> None:
    wishes = [
        ("mp4", "blur", Wish("ffv1")),
        ("mp4", "blur", Wish("best")),
        ("mp4", "alpha", Wish()),
        ("mkv", "alpha", Wish("h264")),
    ]
    for ending, kind, wish in [
        *wishes,
        ("mkv", "blur", Wish("ffv1", crf=3)),
        ("mkv", "blur", Wish("ffv1", preset="slow")),
    ]:
        with pytest.raises(CodecError):
            make(source, tmp_path / f"out.{ending}", kind, wish=wish)
    with pytest.raises(OutputFormatError):
        make(source, tmp_path / "out.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mkv"]


def test_pictures_without_a_person(make: Make, tmp_path: Path) -> None:
    source = clips.write(tmp_path / "clip.mkv", 6, codec="ffv1", pixels="yuv444p", without=[3, 4])
    options = {"wish": Wish("ffv1"), "stability": 0, "force": True}
    assert make(source, tmp_path / "out.mkv", **options).people == 4
    before, blurred = clips.frames(source)[3], clips.frames(tmp_path / "out.mkv")[3]
    make(source, tmp_path / "out.mkv", no_person="keep", **options)
    kept = clips.frames(tmp_path / "out.mkv")[3]
    one, two, three = (frame.to_ndarray(format="bgr24").astype(int) for frame in (before, blurred, kept))
    assert np.array_equal(one, three)
    assert np.abs(np.diff(two[..., 1])).mean() < np.abs(np.diff(one[..., 1])).mean() / 4
    with pytest.raises(NoPersonError):
        make(source, tmp_path / "none.mkv", no_person="fail", **options)
    assert not (tmp_path / "none.mkv").exists()
    with pytest.raises(NoPersonError):
        make(source, tmp_path / "some.mkv", no_person="fail", keep_partial=True, **options)
    assert len(clips.frames(tmp_path / "some.mkv")) == 3
