"""Planes: their colours, their orientation, and that a subject's codes stay as they are."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from edgebokeh.video.canvas import LAYOUTS, UPRIGHT, Canvas, display_matrix, drawable, tags, turn
from edgebokeh.video.codecs import nearest
from edgebokeh.video.colour import WEIGHTS, Coding
from tests import tiny
from tests.test_images import exif, file_of
from tests.video import clips
from tests.video.conftest import Make


def smooth(dtype: type = np.uint8, size: tuple[int, int] = (64, 96)) -> np.ndarray:
    """BGR that hardly changes from pixel to pixel, so that reduced chroma holds it."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    planes = [rows / size[0], columns / size[1], 1 - rows / size[0] / 2 - columns / size[1] / 2]
    return np.rint(np.dstack(planes) * 0.8 * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
def test_codes_and_colours_are_inverse(matrix: int, full: bool, bits: int) -> None:
    coding, dtype = Coding(matrix, full, bits), np.uint8 if bits == 8 else np.uint16
    pixels = smooth(dtype)
    codes = coding.from_bgr(pixels)
    assert codes.dtype == dtype
    assert codes.max() < 1 << bits
    unit = np.iinfo(dtype).max / 255
    assert np.abs(coding.to_bgr(codes).astype(float) - pixels).max() / unit <= (2 if bits == 8 else 0.5)
    assert np.allclose(cv2.merge([*cv2.split(coding.offset(pixels.astype(np.float32)))]), codes, atol=1.5)
    black, white = (np.full((1, 1, 3), value, dtype) for value in (0, np.iinfo(dtype).max))
    assert coding.from_bgr(black)[0, 0].tolist() == [coding.black, coding.neutral, coding.neutral]
    assert coding.from_bgr(white)[0, 0].tolist() == [coding.white, coding.neutral, coding.neutral]


@pytest.mark.parametrize("number", [1, 5, 7, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_colours_are_those_of_ffmpeg(number: int, full: bool, pixels: str) -> None:
    picture = smooth()
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(
        format=pixels, dst_colorspace=number, dst_color_range=2 if full else 1
    )
    frame.colorspace, frame.color_range = number, 2 if full else 1
    canvas = Canvas(frame)
    found = canvas.bgr() if pixels != "yuv420p10le" else canvas.bgr() / 257
    assert np.abs(found.astype(float) - picture).mean() < 1.5


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_pictures_stand_upright(tmp_path: Path, rotation: int) -> None:
    path = clips.write(tmp_path / "clip.mp4", 1, rotation=rotation, options=clips.LOSSLESS)
    frame = clips.frames(path)[0]
    matrix = display_matrix(frame)
    assert bool(matrix) == bool(rotation)
    turned = turn(matrix) if rotation else UPRIGHT
    upright = np.rot90(frame.to_ndarray(format="bgr24"), frame.rotation // 90)
    canvas = Canvas(drawable(frame, "yuv420p"), turned)
    assert canvas.size == upright.shape[:2]
    assert np.abs(canvas.bgr().astype(int) - upright).mean() < 4
    before = [np.array(plane) for plane in canvas._own]
    canvas.done()
    assert all(np.array_equal(one, other) for one, other in zip(before, canvas._own, strict=True))
    canvas.planes[0][:10] = 16
    canvas.done()
    dark = np.rot90(frame.to_ndarray(format="bgr24"), frame.rotation // 90)
    assert dark[:9].mean() < dark[11:].mean() / 2


@pytest.mark.parametrize(("orientation", "rotation"), [(1, 0), (3, 180), (6, -90), (8, 90)])
def test_pictures_with_exif_stand_upright_too(make: Make, tmp_path: Path, orientation: int, rotation: int) -> None:
    """As cameras write them into MJPEG; PyAV cannot list their side data."""
    written = file_of(clips.picture(0), ".jpg", {"exif": exif(orientation)})
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=10)
        stream.height, stream.width, stream.pix_fmt = *clips.SIZE, "yuvj420p"
        for number in range(3):
            packet = av.Packet(written)
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, 10), number, number
            file.mux(packet)
    make(path, tmp_path / "out.mp4")
    made = clips.frames(tmp_path / "out.mp4")
    assert [frame.rotation % 360 for frame in made] == [rotation % 360] * 3
    matrix = display_matrix(clips.frames(path)[0])
    assert matrix == display_matrix(made[0])
    assert bool(matrix) == bool(rotation)


@pytest.mark.parametrize(
    "name", ["yuvj420p", "nv12", "rgb24", "gbrp", "gray", "gray10le", "yuv420p12le", "yuva420p", "rgb48le"]
)
def test_other_formats_become_the_nearest(name: str) -> None:
    frame = av.VideoFrame.from_ndarray(smooth(), format="bgr24").reformat(format=name)
    before = frame.to_ndarray(format="bgr24")
    drawn = drawable(frame, nearest(name))
    assert drawn.format.name in LAYOUTS
    assert (drawn.colorspace, drawn.color_range) == (tags(frame).colorspace, tags(frame).color_range)
    assert np.abs(drawn.to_ndarray(format="bgr24").astype(int) - before).mean() < 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("uyvy422", "yuv422p"),
        ("yuyv422", "yuv422p"),
        ("yuv411p", "yuv422p"),
        ("yuv410p", "yuv420p"),
        ("yuv440p", "yuv444p"),
        ("nv12", "yuv420p"),
        ("nv16", "yuv422p"),
        ("p010le", "yuv420p10le"),
        ("p210le", "yuv422p10le"),
        ("yuv420p16le", "yuv420p12le"),
        ("gray16le", "yuv420p12le"),
        ("rgb24", "yuv444p"),
        ("pal8", "yuv444p"),
    ],
)
def test_the_nearest_has_as_much_chroma(name: str, found: str) -> None:
    assert nearest(name) == found


KEPT: dict[str, dict[str, Any]] = {
    "8 bits": {},
    "full range": {"tags": {"color_range": 2, "colorspace": 5, "color_trc": 6, "color_primaries": 5}},
    "10 bits": {
        "pixels": "yuv420p10le",
        "tags": {"color_range": 1, "colorspace": 9, "color_trc": 16, "color_primaries": 9},
    },
    "4:2:2": {"pixels": "yuv422p"},
    "4:4:4": {"pixels": "yuv444p"},
    "odd": {"size": (71, 93)},
    "turned": {"rotation": 90},
    "weak": {},
    "grey": {},
    "tilt": {},
}


@pytest.mark.parametrize("name", KEPT)
def test_the_subject_keeps_its_codes_and_the_background_does_not(make: Make, tmp_path: Path, name: str) -> None:
    looks = {"weak": {"kernel": 5}, "grey": {"style": "grey", "kernel": None}, "tilt": {"style": "tilt", "line": 10.0}}
    size = KEPT[name].get("size", clips.SIZE)
    source = (
        clips.write(tmp_path / "clip.mp4", 2, codec="libx264", **(KEPT[name] | ({"options": clips.LOSSLESS})))
        if name != "odd"
        else clips.write(tmp_path / "clip.mkv", 2, codec="ffv1", size=size)
    )
    from edgebokeh.video.codecs import Wish

    make(source, tmp_path / "out.mkv", wish=Wish("ffv1"), **looks.get(name, {}))
    before, after = clips.frames(source)[0], clips.frames(tmp_path / "out.mkv")[0]
    named = before.format.name.replace("yuvj", "yuv")
    assert (after.format.name, after.width, after.height) == (named, before.width, before.height)
    assert (after.colorspace, after.color_range) == (before.colorspace, before.color_range)
    rows, columns = tiny.subject(*size)
    middle = slice(rows.start + 6, rows.stop - 6), slice(columns.start + 6, columns.stop - 6)
    for number in range(3):
        old, new = (np.array(Canvas(one).planes[number], np.int32) for one in (before, after))
        down, across = -(-size[0] // old.shape[0]), -(-size[1] // old.shape[1])
        part = tuple(slice(-(-one.start // by), one.stop // by) for one, by in zip(middle, (down, across), strict=True))
        assert np.array_equal(old[part], new[part])
        assert (number == 0 and name == "grey") or not np.array_equal(old, new)
    if name != "grey" and name != "tilt":
        old, new = (np.array(Canvas(one).planes[0][:8], np.float64) for one in (before, after))
        assert new.std() < 0.6 * old.std()
        assert new.mean() == pytest.approx(old.mean(), rel=0.05)


def test_tags_aspect_and_rotation_are_kept(make: Make, tmp_path: Path) -> None:
    named = {
        "color_range": 1,
        "colorspace": 9,
        "color_trc": 16,
        "color_primaries": 9,
        "sample_aspect_ratio": Fraction(4, 3),
    }
    source = clips.write(tmp_path / "clip.mp4", pixels="yuv420p10le", codec="libx265", rotation=90, tags=named)
    for ending in ("mp4", "mov", "mkv"):
        make(source, tmp_path / f"out.{ending}")
        with av.open(str(tmp_path / f"out.{ending}")) as file:
            context = file.streams.video[0].codec_context
            found = {name: getattr(context, name) for name in named} | {"codec": context.codec.canonical_name}
            frame = next(file.decode(video=0))
        assert found == named | {"codec": "hevc"}
        assert (frame.format.name, frame.rotation) == ("yuv420p10le", clips.frames(source)[0].rotation)
