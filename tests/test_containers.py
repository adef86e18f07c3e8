"""What picture files say of themselves, on files that Pillow writes."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from benchmarks import specimens
from edgebokeh import containers
from edgebokeh.containers import Header, blocks, png, tiff

FILES = specimens.specimens()


def header(name: str) -> Header:
    found = containers.read(FILES[name])
    assert found is not None
    return found


@pytest.mark.parametrize("name", FILES)
def test_sizes_and_formats_are_those_that_pillow_sees(name: str) -> None:
    if name.startswith("heic"):
        assert header(name).ending == ".heic"
        return
    with Image.open(io.BytesIO(FILES[name])) as picture:
        if picture.format != "TIFF":
            picture = ImageOps.exif_transpose(picture)
        assert header(name).upright == picture.size[::-1]


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "bmp RGB", "webp", "avif"])
def test_the_resolution_is_found_in_the_container_or_in_exif(name: str) -> None:
    with Image.open(io.BytesIO(FILES[name])) as picture:
        dpi = picture.info.get("dpi", (300, 300))
    assert header(name).density == pytest.approx(dpi, rel=1e-3)


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 90, 95, 100])
@pytest.mark.parametrize(("subsampling", "name"), [(0, "444"), (1, "422"), (2, "420")])
def test_the_coding_of_a_jpeg_is_seen(quality: int, subsampling: int, name: str) -> None:
    data = specimens.saved(specimens.picture(), "JPEG", quality=quality, subsampling=subsampling, progressive=True)
    found = containers.read(data)
    assert found is not None
    assert (found.coding.quality, found.coding.sampling, found.coding.progressive) == (quality, name, True)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("png animated", "first of its 3 frames"),
        ("webp animated", "first of its 3 frames"),
        ("gif animated", "first of its 3 frames"),
        ("tiff pages", "first of its 3 pages"),
        ("avif animated", "only its first frame"),
        ("jpeg with a gain map", "gain map"),
        ("jpeg cmyk", "CMYK"),
        ("tiff LAB", "Lab"),
    ],
)
def test_what_no_result_holds_is_noted(name: str, note: str) -> None:
    assert any(note in said for said in header(name).notes)


def test_what_is_whole_has_no_notes() -> None:
    assert [name for name in ("jpeg", "png", "webp", "tiff", "avif", "gif", "bmp RGB") if header(name).notes] == []


def test_parts_that_nobody_knows_are_named() -> None:
    jpeg, plain, tiff_file = FILES["jpeg 4:2:2"], FILES["png L"], FILES["tiff L"]
    entries = tiff.directory(tiff_file, "<", int.from_bytes(tiff_file[4:8], "little")) | {
        0x830E: tiff.Entry(3, b"\1\0"),
        0x83BB: tiff.Entry(7, b"iptc data"),
    }
    tagged = tiff_file[:4] + struct.pack("<I", len(tiff_file)) + tiff_file[8:]
    cases = {
        "its segments APP4 are left out": jpeg[:2] + b"\xff\xe4\0\6abcd" + jpeg[2:],
        "its chunks caBX are left out": plain[:33] + png.chunk(b"caBX", b"jumb") + plain[33:],
        "its TIFF tags 33550 are left out": tagged + tiff.written(entries, "<", len(tiff_file)),
    }
    for note, data in cases.items():
        found = containers.read(data)
        assert found is not None
        assert found.notes == (note,)
        assert "exif" not in found.blocks or b"iptc data" in found.blocks["exif"]


def test_xmp_is_upright_and_shows_no_other_pictures() -> None:
    packet = (
        b'<d tiff:Orientation="6" hdrgm:Version="1.0" dc:title="kept"><tiff:Orientation>8</tiff:Orientation>'
        b"<xmp:Thumbnails><rdf:Alt>secret</rdf:Alt></xmp:Thumbnails><a/><xmp:Thumbnails>open</d>"
    )
    assert blocks.upright_xmp(packet) == (
        b'<d tiff:Orientation="1" dc:title="kept"><tiff:Orientation>1</tiff:Orientation><a/><xmp:Thumbnails>open</d>'
    )


def test_photoshops_thumbnails_go_and_iptc_stays() -> None:
    thumbnail = b"8BIM\x04\x0c\0\0\0\0\0\x06secret"
    assert blocks.photoshop_without_thumbnails(thumbnail + specimens.IPTC + thumbnail) == specimens.IPTC


def test_a_colour_space_by_numbers_is_refused_where_it_would_be_lost() -> None:
    plain = header("avif with alpha")
    assert plain.refused == ""
    data = FILES["avif with alpha"]
    place = data.index(b"nclx") + 4
    found = containers.read(data[:place] + struct.pack(">HH", 9, 16) + data[place + 4 :])
    assert found is not None
    assert "CICP 9, 16" in found.refused


def test_an_exif_block_goes_into_tiff_in_the_other_byte_order() -> None:
    exif = specimens.exif().tobytes().removeprefix(b"Exif\0\0")
    assert exif[:2] == b"MM"
    told = tiff.finish(FILES["tiff L"], {"exif": exif}, None, alpha=False)
    with Image.open(io.BytesIO(told)) as picture:
        read = picture.getexif()
        assert read[0x010F] == "Maker"
        assert read.get_ifd(0x8769)[0x9003] == "2020:02:02 20:20:20"
        assert read.get_ifd(0x8825)[2] == (51.0, 30.0, 12.5)


def _pages() -> bytes:
    data = bytearray(b"II*\0" + struct.pack("<I", 8) + bytes(2_000_000))
    for number in range(1100):
        place = 8 + 6 * number
        struct.pack_into("<H", data, place, 60_000)
        struct.pack_into("<I", data, place + 2 + 12 * 60_000, place + 6)
    return bytes(data)


def _directories() -> bytes:
    tags = [0x8769] * 30_000 + list(range(1, 30_000))
    entries = b"".join(struct.pack("<HHII", tag, 1, 1_000_000, 8) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(1_000_000)


_HEAD = png.MAGIC + png.chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))

BOMBS = {
    "segments without an end": b"\xff\xd8" + b"\xff\xe1\0\2" * 1_000_000,
    "nothing but marks": b"\xff\xd8\xff" + b"\xff" * 4_000_000,
    "texts without an end": _HEAD + png.chunk(b"tEXt", b"a\0b") * 300_000,
    "elements that are not closed": _HEAD + png.chunk(b"iTXt", png.XMP_HEAD + bytes(4) + b"<xmp:Thumbnails>" * 200_000),
    "a profile that swells": _HEAD + png.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8))),
    "blocks of one byte": b"GIF89a\1\0\1\0\0\0\0!\xf9" + b"\1\0" * 1_000_000,
    "boxes in boxes": b"\0\0\0\x10ftypavif\0\0\0\0" + b"\0\1\0\0meta\0\0\0\0" * 100_000,
    "pages on pages": _pages(),
    "values upon each other": _directories(),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_that_is_a_bomb_is_read_in_bounded_memory(name: str) -> None:
    found = containers.read(BOMBS[name])
    assert found is not None
    assert sum(map(len, found.blocks.values())) <= max(len(BOMBS[name]), png.MOST_PROFILE)


def test_the_evaluation_photos_say_what_they_are(shared: Callable[[str], Path]) -> None:
    for path in sorted(shared("eval/odd").iterdir()):
        found = containers.read(path.read_bytes())
        assert found is not None, path
        assert all(found.size), path
