"""Photos that OpenCV gets wrong, decoded by the libraries of the extra, and refused without them."""

import io
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms

from benchmarks import specimens
from edgebokeh.errors import PhotoUnreadableError, PhotoUnsupportedError
from edgebokeh.images import decode

FILES = specimens.specimens()
FOREIGN = ["jpeg cmyk with a profile", "tiff CMYK", "tiff LAB", "tiff LA", "tiff lzma", "tiff premultiplied"]


@pytest.mark.parametrize("name", FOREIGN)
def test_without_the_extra_they_are_refused_with_the_way_to_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(PhotoUnsupportedError, match=r"me\.tif is") as caught:
        decode(FILES[name], "me.tif")
    assert "edgebokeh[heif]" in caught.value.hint


def test_heic_is_refused_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    box = b"\0\0\0\x14ispe\0\0\0\0\0\0\0\x40\0\0\0\x40"
    boxes = b"".join((len(box) + 8 * n).to_bytes(4) + kind for n, kind in ((2, b"iprp"), (1, b"ipco"))) + box
    file = b"\0\0\0\x10ftypheic\0\0\0\0" + (len(boxes) + 12).to_bytes(4) + b"meta\0\0\0\0" + boxes
    with pytest.raises(PhotoUnsupportedError, match="HEIC"):
        decode(file)


def test_heic_is_read_with_what_it_tells() -> None:
    pytest.importorskip("pillow_heif", reason="pillow-heif, of the extra heif, is not installed")
    photo = decode(FILES["heic"])
    assert np.abs(photo.pixels[..., ::-1].astype(int) - np.asarray(specimens.picture())).mean() < 6
    assert photo.metadata["icc"] == specimens.profile()
    assert b"Maker" in photo.metadata["exif"]
    for name, wanted in (("heic 10 bits", "RGB"), ("heic grey 10 bits", "L")):
        deep = decode(FILES[name])
        expected = np.asarray(specimens.in_mode(wanted).convert("RGB")).astype(int) * 257
        assert deep.pixels.dtype == np.uint16
        assert deep.grey == (wanted == "L")
        assert np.abs(deep.pixels[..., ::-1].astype(int) - expected).mean() < 6 * 257
    with_alpha = decode(FILES["heic with alpha"])
    assert with_alpha.alpha is not None
    assert np.abs(with_alpha.alpha.astype(int) - np.asarray(specimens.in_mode("RGBA"))[..., 3]).mean() < 6


def test_inks_become_colours_by_the_files_profile() -> None:
    data = FILES["jpeg cmyk with a profile"]
    with Image.open(io.BytesIO(data)) as picture:
        inks = ImageCms.ImageCmsProfile(io.BytesIO(specimens.ink_profile()))
        wanted = ImageCms.profileToProfile(picture, inks, ImageCms.createProfile("sRGB"), outputMode="RGB")
        plain = np.asarray(picture.convert("RGB"))
    photo = decode(data)
    assert np.array_equal(photo.pixels[..., ::-1], np.asarray(wanted))
    assert np.abs(photo.pixels[..., ::-1].astype(int) - plain).mean() > 10
    assert "icc" not in photo.metadata


@pytest.mark.parametrize("name", FOREIGN)
def test_damage_is_told_as_in_any_other_photo(name: str) -> None:
    data = FILES[name]
    with pytest.raises(PhotoUnreadableError):
        decode(data[:600] if data.startswith(b"\xff\xd8") else data[:-9000] + bytes(2000))
