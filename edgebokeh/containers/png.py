"""PNG files: their chunks. Layout: PNG (third edition), sections 5 and 11."""

import struct
import zlib
from collections.abc import Iterator, Mapping

from edgebokeh.containers.blocks import exif_density, exif_orientation
from edgebokeh.containers.header import Density, Header, frames_note

MAGIC = b"\x89PNG\r\n\x1a\n"
XMP_HEAD = b"XML:com.adobe.xmp\0"

MOST_PROFILE = 2**24
"""Bytes up to which a compressed colour profile is taken out."""

_INCH = 0.0254
"""Metres."""

_TEXT = (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"gAMA", b"cHRM", b"sRGB")
"""Chunks that go into the next PNG file as they are."""

_RAW = b"Raw profile type "
"""ImageMagick's keyword of EXIF and others as hexadecimal text; they may hold a thumbnail."""

_RAW_NOTE = "its raw profiles, as ImageMagick writes them, are left out"

_STANDARD = ((1, 13), (1, 1), (1, 6), (2, 2))
"""Primaries and transfer functions (ITU-T H.273) that programs take a picture to have which does not say."""


def read(data: bytes) -> Header:
    """What a PNG file says of itself; no size where its chunks do not add up.

    OpenCV would make room for whatever length a chunk claims to have, and spend seconds on it.
    """
    blocks: dict[str, bytes] = {}
    size, bits, frames, raw = (0, 0), 8, 1, False
    density: Density | None = None
    for kind, content in chunks(data):
        if kind == b"IHDR" and len(content) == 13:
            width, height, bits = struct.unpack(">IIB", content[:9])
            size = (height, width)
        elif not kind:
            size = (0, 0)
        elif kind == b"acTL" and len(content) == 8:
            frames = int.from_bytes(content[:4])
        elif kind == b"pHYs" and len(content) == 9 and content[8] == 1:
            x, y = struct.unpack(">II", content[:8])
            density = (x * _INCH, y * _INCH) if x and y else None
        elif content.startswith(_RAW):
            raw = True
        else:
            _take(kind, content, blocks)
    exif = blocks.get("exif", b"")
    return Header(
        ".png",
        size,
        exif_orientation(exif),
        bits,
        blocks,
        density or exif_density(exif),
        notes=(*frames_note(frames), *((_RAW_NOTE,) if raw else ())),
    )


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk, without those of the pixels; an empty kind where one reaches beyond the end."""
    place = len(MAGIC)
    while place + 12 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if place + 12 + length > len(data):
            yield b"", b""
            return
        if kind == b"IEND":
            return
        if kind not in (b"IDAT", b"fdAT"):
            yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk as it stands in a file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def finish(file: bytes, blocks: Mapping[str, bytes], density: Density | None) -> bytes:
    """A PNG file as OpenCV writes it, with XMP, density, texts and the numbers of its colour space.

    OpenCV could write the XMP too, but takes bytes that lie behind it in memory with it.
    """
    more = blocks.get("text", b"")
    if "xmp" in blocks:
        more += chunk(b"iTXt", XMP_HEAD + bytes(4) + blocks["xmp"])
    if "cicp" in blocks:
        more = chunk(b"cICP", blocks["cicp"]) + more
    if density:
        more += chunk(b"pHYs", struct.pack(">IIB", *(min(2**31 - 1, round(dots / _INCH)) for dots in density), 1))
    after = len(MAGIC) + 25
    return file[:after] + more + file[after:]


def _take(kind: bytes, content: bytes, blocks: dict[str, bytes]) -> None:
    """Adds what a chunk holds to the blocks."""
    if kind == b"eXIf":
        blocks["exif"] = content
    elif kind == b"iCCP":
        packed = content.partition(b"\0")[2][1:]
        try:
            blocks["icc"] = zlib.decompressobj().decompress(packed, MOST_PROFILE)
        except zlib.error:
            return
    elif kind == b"iTXt" and content.startswith(XMP_HEAD) and content[18:19] == b"\0":
        blocks["xmp"] = content[20:].split(b"\0", 2)[-1]
    elif kind == b"cICP" and len(content) == 4 and tuple(content[:2]) not in _STANDARD:
        blocks["cicp"] = content
    elif kind in _TEXT:
        blocks["text"] = blocks.get("text", b"") + chunk(kind, content)
