import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh import containers, images
from edgebokeh.errors import (
    EdgeBokehError,
    OutputFormatError,
    PhotoEmptyError,
    PhotoTruncatedError,
    PhotoUnreadableError,
    PhotoUnsupportedError,
)
from edgebokeh.formats import FORMATS, encode
from edgebokeh.images import Photo, decode
from tests import tiny
from tests.conftest import SAMPLE

NUMBERS = {"exif": cv2.IMAGE_METADATA_EXIF, "xmp": cv2.IMAGE_METADATA_XMP, "icc": cv2.IMAGE_METADATA_ICCP}


def exif(orientation: int, order: str = "<") -> bytes:
    """A TIFF block with one directory: image width, orientation, and no thumbnail."""
    entries = struct.pack(f"{order}HHIHH", 0x0100, 3, 1, 80, 0) + struct.pack(
        f"{order}HHIHH", 0x0112, 3, 1, orientation, 0
    )
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, 2) + entries + bytes(4)


def profile(inks: bytes) -> bytes:
    """The header of an ICC profile without tags (ICC.1:2022, 7.2) for a colour space of four letters."""
    head = struct.pack(">I4sI4s4s4s", 132, b"none", 0x04400000, b"mntr", inks, b"XYZ ")
    return head + bytes(12) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D) + bytes(52)


def file_of(pixels: np.ndarray, ending: str = ".png", blocks: dict[str, bytes] | None = None) -> bytes:
    blocks = blocks or {}
    data = [np.frombuffer(block, np.uint8)[None] for block in blocks.values()]
    return bytes(cv2.imencodeWithMetadata(ending, pixels, [NUMBERS[kind] for kind in blocks], data)[1])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(10))
def test_photos_come_upright_as_opencv_turns_them(orientation: int, ending: str, order: str) -> None:
    corner = np.zeros((48, 64, 3), np.uint8)
    corner[:16, :16] = 255
    corner[:16, 48:] = (0, 0, 255)
    photo = decode(file_of(corner, ending, {"exif": exif(orientation, order)}))
    reference = cv2.imdecode(np.frombuffer(file_of(corner, ".jpg", {"exif": exif(orientation, order)}), np.uint8), 1)
    assert photo.pixels.shape == reference.shape
    assert np.abs(photo.pixels.astype(int) - reference).mean() < 8
    assert photo.metadata["exif"].startswith(exif(1, order))


def test_the_thumbnail_of_the_unblurred_photo_is_removed() -> None:
    thumbnail = b"\xff\xd8 sharp background \xff\xd9"
    first = struct.pack("<H", 1) + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<I", 26)
    entries = struct.pack("<HHII", 0x0201, 4, 1, 56) + struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    block = b"II*\0" + struct.pack("<I", 8) + first + struct.pack("<H", 2) + entries + bytes(4) + thumbnail
    photo = decode(file_of(tiny.picture(), ".jpg", {"exif": block}))
    assert photo.pixels.shape == (80, 60, 3)
    assert b"sharp" not in photo.metadata["exif"]
    assert struct.unpack_from("<I", photo.metadata["exif"], 22)[0] == 0
    assert b"sharp" not in encode(photo, ".jpg")


@given(st.binary(max_size=80))
def test_broken_exif_never_fails(block: bytes) -> None:
    for start in (b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0"):
        file = b"\xff\xd8\xff\xe1" + (len(start + block) + 8).to_bytes(2) + b"Exif\0\0" + start + block
        header = containers.read(file)
        assert header is not None
        assert header.orientation in range(1, 9)
        assert len(header.blocks.get("exif", start + block)) == len(start + block)


@pytest.mark.parametrize("ending", [ending for ending, form in FORMATS.items() if form.blocks])
def test_metadata_survives(ending: str) -> None:
    blocks = {"exif": exif(1), "xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>', "icc": profile(b"RGB ")}
    file = encode(Photo(tiny.picture(), metadata=blocks), ending)
    again = decode(file).metadata
    assert again.keys() >= blocks.keys()
    if FORMATS[ending] is not FORMATS[".tif"]:
        assert {kind: again[kind] for kind in blocks} == blocks
    if ending == ".jpg":
        assert b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta" in file


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_depth_alpha_and_greyness_survive_png(channels: int, dtype: type) -> None:
    pixels = np.random.default_rng(3).integers(0, np.iinfo(dtype).max, (20, 30, channels), dtype, endpoint=True)
    photo = decode(file_of(pixels))
    assert (photo.pixels.dtype, photo.grey, photo.alpha is not None) == (dtype, channels == 1, channels == 4)
    again = cv2.imdecode(np.frombuffer(encode(photo, ".png"), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(again.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_written_as_what_its_ending_says(ending: str) -> None:
    ramp = np.linspace(0, 65535, 80, dtype=np.uint16)
    pixels, alpha = np.tile(ramp[:, None], (60, 1, 3)), np.full((60, 80), 40000, np.uint16)
    photo = decode(encode(Photo(pixels, alpha=alpha), ending.upper()))
    assert FORMATS[photo.ending] == FORMATS[ending]
    form = FORMATS[ending]
    assert (photo.pixels.dtype == np.uint16) == (form.bits > 8)
    assert (photo.alpha is not None) == form.alpha
    assert np.abs(images.to_8_bit(photo.pixels).astype(int) - images.to_8_bit(pixels)).mean() < 2


@pytest.mark.parametrize(
    ("inks", "grey", "kept"), [(b"RGB ", False, True), (b"CMYK", False, False), (b"GRAY", True, True)]
)
def test_only_a_profile_that_fits_the_pixels_is_kept(inks: bytes, grey: bool, kept: bool) -> None:
    pixels = tiny.picture()[..., 0] if grey else tiny.picture()
    assert ("icc" in decode(file_of(pixels, ".jpg", {"icc": profile(inks)})).metadata) == kept


def test_a_picture_that_cannot_be_written_is_never_half_written() -> None:
    with pytest.raises(OutputFormatError, match="cannot write"):
        encode(Photo(tiny.picture(), metadata={"icc": bytes(200)}), ".png")


def test_an_unknown_ending_lists_the_known() -> None:
    with pytest.raises(OutputFormatError) as caught:
        encode(Photo(tiny.picture()), ".xyz")
    assert ".png" in caught.value.hint


@pytest.mark.parametrize(("data", "error"), [(b"", PhotoEmptyError), (b"hello\n", PhotoUnreadableError)])
def test_what_is_no_photo_is_refused(data: bytes, error: type[EdgeBokehError]) -> None:
    with pytest.raises(error, match=r"me\.jpg"):
        decode(data, "me.jpg")


def test_a_jpeg_with_a_hole_is_told_damaged_and_no_other() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    data = cv2.imencode(".jpg", noise)[1].tobytes()
    middle = len(data) // 2
    [note] = decode(data[:middle] + bytes(500) + data[middle + 500 :]).notes
    assert "damaged" in note
    assert decode(data + bytes(500)).notes == ()
    for pixels in (noise, np.zeros_like(noise), np.full_like(noise, 128), np.full_like(noise, 255)):
        for parameters in ([], [cv2.IMWRITE_JPEG_OPTIMIZE, 1], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]):
            assert decode(cv2.imencode(".jpg", pixels, parameters)[1].tobytes()).notes == ()


@pytest.mark.parametrize("begin", [b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"])
def test_a_bigtiff_is_called_so(begin: bytes) -> None:
    with pytest.raises(PhotoUnsupportedError, match=r"me\.tif is refused: a BigTIFF"):
        decode(begin + bytes(100), "me.tif")


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_photo_that_ends_too_early_is_refused(ending: str, part: float) -> None:
    file = file_of(cv2.imread(str(SAMPLE)), ending)
    with pytest.raises(PhotoTruncatedError):
        decode(file[: int(len(file) * part)])


def test_a_damaged_photo_is_refused() -> None:
    file = bytearray(file_of(tiny.picture()))
    file[40:-20] = bytes(len(file) - 60)
    with pytest.raises(PhotoUnreadableError):
        decode(bytes(file))


def test_float_pictures_are_refused() -> None:
    with pytest.raises(PhotoUnreadableError, match="float32"):
        decode(cv2.imencode(".tiff", np.zeros((4, 4, 3), np.float32))[1].tobytes())
