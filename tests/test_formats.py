"""What files keep of a photo, and what they say where they cannot."""

import io
import struct
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks import fidelity, specimens
from edgebokeh import containers
from edgebokeh.containers import png
from edgebokeh.errors import OutputFormatError, ValueRangeError
from edgebokeh.formats import FORMATS, encode, losses, own_ending
from edgebokeh.images import Handling, Photo, decode

FILES = {name: data for name, data in specimens.specimens().items() if not name.startswith("heic")}
TOLD = ("jpeg", "png", "webp", "avif")
WRITTEN = sorted({".jpg", ".png", ".webp", ".tif", ".avif"})


@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_out_as_pillow_and_littlecms_see_it(name: str) -> None:
    found = fidelity.line(name, FILES[name])
    assert found.right, found


@pytest.mark.parametrize("ending", WRITTEN)
@pytest.mark.parametrize("name", TOLD)
def test_what_a_photo_tells_goes_into_other_formats(name: str, ending: str) -> None:
    photo = decode(FILES[name])
    with Image.open(io.BytesIO(encode(photo, ending))) as picture:
        exif = picture.getexif()
        assert exif[0x010F] == "Maker"
        assert exif.get(0x0112, 1) == 1
        assert exif.get_ifd(0x8825)[2] == (51.0, 30.0, 12.5)
        assert picture.info["icc_profile"] == specimens.profile()
        xmp: Any = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode()
        assert xmp == specimens.XMP.replace(b'"6"', b'"1"')
        if FORMATS[ending].density:
            assert picture.info["dpi"] == pytest.approx((300, 300), rel=1e-3)


@pytest.mark.parametrize("ending", WRITTEN)
def test_strip_leaves_colours_alone_and_tells_nobody_where(ending: str) -> None:
    photo, handling = decode(FILES["jpeg"]), Handling(strip=True)
    file = encode(photo, ending, handling)
    with Image.open(io.BytesIO(file)) as picture:
        assert 0x010F not in picture.getexif()
        assert not picture.getexif().get_ifd(0x8825)
        assert picture.info["icc_profile"] == specimens.profile()
    assert all(word not in file for word in (b"Eileen", b"Maker", b"a comment"))
    assert losses(photo, ending, handling) == ()


@pytest.mark.parametrize("quality", [30, 80, 95])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_is_written_as_it_was(quality: int, subsampling: int) -> None:
    data = specimens.saved(specimens.picture(), "JPEG", quality=quality, subsampling=subsampling, progressive=True)
    photo = decode(data)
    again = containers.read(encode(photo, ".jpg"))
    assert again is not None
    assert again.coding == photo.coding
    wanted = containers.read(encode(photo, ".jpg", Handling(quality_jpeg=71)))
    assert wanted is not None
    assert wanted.coding.quality == 71


def test_a_webp_without_loss_stays_without_loss() -> None:
    photo = decode(FILES["webp lossless with alpha"])
    assert photo.alpha is not None
    again = decode(encode(photo, ".webp"))
    seen = photo.alpha > 0
    assert np.array_equal(again.pixels[seen], photo.pixels[seen])
    assert np.array_equal(again.alpha, photo.alpha)
    assert again.coding.lossless


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_stay(ending: str, channels: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 65536, (20, 30, channels), np.uint16)
    photo = decode(bytes(cv2.imencode(ending, pixels)[1]))
    again = decode(encode(photo, ending))
    assert np.array_equal(again.pixels, photo.pixels)
    assert again.grey == (channels == 1)
    assert channels < 4 or np.array_equal(again.alpha, photo.alpha)


def test_ten_bits_fill_the_range() -> None:
    photo = decode(FILES["avif 10 bits"])
    deep = np.asarray(specimens.picture())[..., ::-1].astype(int) * 257
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels.astype(int) - deep).mean() < 4 * 257
    again = decode(encode(photo, ".avif"))
    assert np.abs(again.pixels.astype(int) - photo.pixels).mean() < 2 * 257


@pytest.mark.parametrize(
    ("name", "ending", "loss"),
    [
        ("jpeg", ".bmp", "EXIF, XMP, colour profile, comments"),
        ("jpeg with iptc", ".png", "IPTC"),
        ("png 16 bits", ".jpg", "8 of its 16 bits"),
        ("png 16 bits", ".avif", "10 of its 16 bits"),
        ("png RGBA", ".jpg", "transparency"),
        ("bmp RGB", ".webp", "resolution"),
    ],
)
def test_what_a_format_cannot_hold_is_said(name: str, ending: str, loss: str) -> None:
    photo = decode(FILES[name])
    assert any(loss in said for said in losses(photo, ending))
    assert losses(photo, own_ending(photo)) == ()


def test_a_block_too_large_for_a_segment_is_said_to_be_lost() -> None:
    photo = Photo(np.zeros((8, 8, 3), np.uint8), metadata={"xmp": bytes(70_000)})
    assert losses(photo, ".jpg") == ("its XMP cannot be kept in .jpg",)
    assert len(encode(photo, ".jpg")) < 70_000


def test_a_colour_space_by_numbers_goes_only_where_it_can_be_said() -> None:
    numbers = bytes([9, 16, 0, 1])
    plain = FILES["png RGBA"]
    photo = decode(plain[:33] + png.chunk(b"cICP", numbers) + plain[33:])
    assert png.chunk(b"cICP", numbers) in encode(photo, ".png")
    with pytest.raises(OutputFormatError, match="colour space"):
        encode(photo, ".jpg")


GAMMA = {
    "linear": (png.chunk(b"gAMA", struct.pack(">I", 100_000)), True),
    "usual": (png.chunk(b"gAMA", struct.pack(">I", 45_455)), False),
    "adobe": (png.chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)), True),
    "srgb": (png.chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)), False),
    "said otherwise": (png.chunk(b"gAMA", struct.pack(">I", 100_000)) + png.chunk(b"sRGB", b"\0"), False),
    "broken": (png.chunk(b"gAMA", b"\0\0"), False),
}


@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("name", GAMMA)
def test_gamma_and_primaries_go_only_where_they_can_be_said(name: str, strip: bool) -> None:
    chunks, counts = GAMMA[name]
    plain, handling = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes(), Handling(strip=strip)
    photo = decode(plain[:33] + chunks + plain[33:])
    assert chunks in encode(photo, ".png", handling)
    assert losses(photo, ".png", handling) == ()
    if counts:
        with pytest.raises(OutputFormatError, match="colour space"):
            encode(photo, ".jpg", handling)
    else:
        assert encode(photo, ".jpg", handling)
        assert losses(photo, ".jpg", handling) == ()


@pytest.mark.parametrize("name", ["gif", "jpeg"])
def test_a_photo_goes_into_its_own_format_where_that_is_written(name: str) -> None:
    assert own_ending(decode(FILES[name])) == {"gif": ".png", "jpeg": ".jpg"}[name]


@pytest.mark.parametrize("wrong", [{"max_megapixels": 0}, {"max_megapixels": 2000}, {"quality_jpeg": 0}])
def test_wishes_outside_of_their_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueRangeError, match=r"^--(max-megapixels|quality-jpeg) \d+ is out of range$"):
        Handling(**wrong)


def test_a_tiff_of_the_result_says_that_its_alpha_is_unmultiplied() -> None:
    file = encode(decode(FILES["png RGBA"]), ".tif")
    assert struct.pack("<HHIHH", 0x0152, 3, 1, 2, 0) in file
