from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import edgebokeh
from edgebokeh import containers
from edgebokeh.errors import PhotoError, PhotoTruncatedError
from edgebokeh.images import Photo, decode
from edgebokeh.source import arriving, held, view_scale
from edgebokeh.stages import Clock
from edgebokeh.threads import working
from tests.conftest import SAMPLE


def jpeg(height: int = 1701, width: int = 2101) -> bytes:
    pixels = cv2.resize(cv2.imread(str(SAMPLE)), (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def turned(data: bytes, orientation: int) -> bytes:
    """The same file with an EXIF block that asks for a turn."""
    entry = b"\x12\x01\x03\x00\x01\x00\x00\x00" + bytes([orientation, 0, 0, 0])
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + bytes(4)
    return data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif + data[2:]


@pytest.mark.parametrize(
    ("side", "scale"), [(100, 1), (2048, 1), (2049, 2), (2817, 4), (4032, 4), (6000, 8), (8064, 8), (30000, 8)]
)
def test_the_view_is_about_a_thousand_pixels_wide(side: int, scale: int) -> None:
    assert view_scale(side, side // 2) == view_scale(side // 2, side) == scale


@pytest.mark.parametrize("size", [(1701, 2101), (1696, 2112)])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_view_of_a_jpeg_lies_upon_its_photo(size: tuple[int, int], orientation: int) -> None:
    data = turned(jpeg(*size), orientation)
    clock = Clock()
    with working(2):
        source = arriving(data, "photo", clock)
        assert source is not None
        photo, same = source.photo(clock), held(decode(data))
        assert np.array_equal(photo.pixels, same.photo(clock).pixels)
        assert (source.size, source.scale, source.frame) == (same.size, same.scale, same.frame)
        assert source.small.shape == same.small.shape
        difference = np.abs(source.small.astype(int) - same.small)
        assert difference.mean() < 2
        box = (300, 200, 700, 500)
        assert np.abs(source.cut(box, 100, clock).astype(int) - same.cut(box, 100, clock)).mean() < 2
        assert np.array_equal(source.cut(box, 900, clock), same.photo(clock).pixels[400:1000, 600:1400])


def test_what_is_no_large_jpeg_is_decoded_in_one_go() -> None:
    with working(2):
        for data in (jpeg(500, 600), SAMPLE.read_bytes()):
            assert arriving(data, "photo", Clock()) is None
        for data in (b"", b"\xff\xd8\xff"):
            with pytest.raises(PhotoError):
                arriving(data, "photo", Clock())


def test_a_broken_photo_is_refused_as_it_is_without_a_view() -> None:
    broken = jpeg()[:300_000]
    with pytest.raises(PhotoTruncatedError) as plain:
        decode(broken, "photo")
    with working(2), pytest.raises(PhotoTruncatedError) as viewed:
        arriving(broken, "photo", Clock())
    assert str(viewed.value) == str(plain.value)


def test_the_header_says_what_the_decoder_sees(shared: Callable[[str], Path]) -> None:
    headers = {path: containers.read(path.read_bytes()) for path in sorted(shared("eval/odd").glob("*.jpg"))}
    assert sum(header is not None for header in headers.values()) > 25
    for path, header in headers.items():
        assert header is None or header.upright == decode(path.read_bytes()).pixels.shape[:2], path


def test_a_held_photo_is_reduced_to_where_it_is_cheap() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1600, 3000, 3), np.uint8)
    source, clock = held(Photo(pixels)), Clock()
    assert (source.scale, source.frame, source.small.shape) == (4, (1600, 3000), (400, 750, 3))
    assert source.reduced(2, 4, clock)[1] == 4
    assert source.reduced(2, 8, clock)[1] == 4
    exact, scale = source.reduced(2, 2, clock)
    assert (exact.shape, scale) == ((800, 1500, 3), 2)
    assert held(Photo(pixels), whole=True).scale == 1


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_a_large_jpeg_comes_out_like_the_same_pixels_without_a_view_of_the_decoder(quality: str) -> None:
    data, bokeh = jpeg(2300, 2301), edgebokeh.load()
    look = edgebokeh.Look(quality=quality)
    same = cv2.imencode(".png", decode(data).pixels)[1].tobytes()
    file, report = bokeh.convert(data, look=look, ending=".png")
    again, other = bokeh.convert(same, look=look, ending=".png")
    assert (report.size, report.person, report.model) == (other.size, other.person, other.model)
    assert report.share == pytest.approx(other.share, abs=0.005)
    difference = np.abs(decode(file).pixels.astype(int) - decode(again).pixels)
    assert difference.mean() < 0.5
    assert np.quantile(difference, 0.999) < 20


@pytest.mark.parametrize("orientation", [3, 6])
def test_an_exif_block_behind_the_frame_header_counts_too(orientation: int) -> None:
    data = jpeg(2304, 2112)
    exif = turned(b"\xff\xd8", orientation)[2:]
    frame = data.index(b"\xff\xc0")
    behind = frame + 2 + int.from_bytes(data[frame + 2 : frame + 4])
    late = data[:behind] + exif + data[behind:]
    assert containers.read(late) == containers.read(turned(data, orientation))
    with working(2):
        source = arriving(late, "photo", Clock())
        assert source is not None
        assert source.photo(Clock()).pixels.shape[:2] == source.size
        assert np.abs(source.small.astype(int) - held(decode(late)).small).mean() < 2
