"""PNG files: their chunks. Layout: PNG (third edition), sections 5 and 11."""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from edgebokeh.containers.blocks import exif_density, exif_orientation
from edgebokeh.containers.header import Density, Header, frames_note, left_out

MAGIC = b"\x89PNG\r\n\x1a\n"
XMP_HEAD = b"XML:com.adobe.xmp\0"

MOST_CHUNKS = 10_000
"""Without those of the pixels, that are looked at."""

MOST_PROFILE = 2**24
"""Bytes up to which a compressed colour profile is taken out."""

_INCH = 0.0254
"""Metres."""

_TEXT = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
"""Chunks that go into the next PNG file as they are."""

_SRGB = {b"gAMA": (45455,), b"cHRM": (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)}
"""What these chunks say of a picture in sRGB, in 1/100,000: encoding gamma; white, red, green and blue (x, y)."""

_NEAR = 500
"""How far a picture's numbers may lie from these to be taken for them."""

_KNOWN = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"iCCP", b"pHYs", b"acTL", b"fcTL", b"cICP", b"xmp", b"bKGD", b"hIST", b"sBIT")
).union((b"sRGB",), _SRGB)
"""Chunks that are kept in one way or other, or that a result has no use for."""

_RAW = b"Raw profile type "
"""ImageMagick's keyword of EXIF and others as hexadecimal text; they may hold a thumbnail."""

_RAW_NOTE = "its raw profiles, as ImageMagick writes them, are left out"

_STANDARD = ((1, 13), (1, 1), (1, 6), (2, 2))
"""Primaries and transfer functions (ITU-T H.273) that programs take a picture to have which does not say."""


def read(data: bytes) -> Header:
    """What a PNG file says of itself; no size where its chunks do not add up.

    OpenCV would make room for whatever length a chunk claims to have, and spend seconds on it.
    """
    found: dict[bytes, bytes] = {}
    texts: list[bytes] = []
    for kind, content in islice(chunks(data), MOST_CHUNKS):
        if kind == b"iTXt" and content.startswith(XMP_HEAD + b"\0"):
            found[b"xmp"] = content[len(XMP_HEAD) + 2 :].split(b"\0", 2)[-1]
        elif content.startswith(_RAW):
            found[_RAW] = content
        elif kind in _TEXT:
            texts.append(chunk(kind, content))
        else:
            found[kind] = content
    blocks = _blocks(found) | ({"text": b"".join(texts)} if texts else {})
    exif = blocks.get("exif", b"")
    width, height, bits = struct.unpack(">IIB", found.get(b"IHDR", b"")[:9].ljust(9, b"\0"))
    return Header(
        ".png",
        (0, 0) if b"" in found else (height, width),
        exif_orientation(exif),
        bits,
        blocks,
        _density(found.get(b"pHYs", b"")) or exif_density(exif),
        notes=(
            *frames_note(int.from_bytes(found.get(b"acTL", b"")[:4])),
            *((_RAW_NOTE,) if _RAW in found else ()),
            *left_out("chunks", (kind.decode() for kind in found.keys() - _KNOWN if kind.isalpha())),
        ),
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
    """A PNG file as OpenCV writes it, with XMP, density, texts and what tells its colour space.

    OpenCV could write the XMP too, but takes bytes that lie behind it in memory with it.
    """
    more = blocks.get("srgb", b"") + blocks.get("gamma", b"") + blocks.get("text", b"")
    if "xmp" in blocks:
        more += chunk(b"iTXt", XMP_HEAD + bytes(4) + blocks["xmp"])
    if "cicp" in blocks:
        more = chunk(b"cICP", blocks["cicp"]) + more
    if density:
        more += chunk(b"pHYs", struct.pack(">IIB", *(min(2**31 - 1, round(dots / _INCH)) for dots in density), 1))
    after = len(MAGIC) + 25
    return file[:after] + more + file[after:]


def _blocks(found: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """Metadata from its chunks."""
    blocks = {
        kind: found[name] for kind, name in (("exif", b"eXIf"), ("xmp", b"xmp"), ("cicp", b"cICP")) if name in found
    }
    if tuple(blocks.get("cicp", b"")[:2]) in (*_STANDARD, ()):
        blocks.pop("cicp", None)
    with suppress(zlib.error):
        packed = found.get(b"iCCP", b"").partition(b"\0")[2][1:]
        if packed:
            blocks["icc"] = zlib.decompressobj().decompress(packed, MOST_PROFILE)
    return blocks | _colours(found, ruled="icc" in blocks or b"cICP" in found or b"sRGB" in found)


def _colours(found: Mapping[bytes, bytes], *, ruled: bool) -> dict[str, bytes]:
    """The chunks of gamma and primaries: "gamma" where they say that the picture is not in sRGB, else "srgb".

    ruled: something says so that counts for more (PNG, section 12.1).
    """
    told = b"".join(chunk(name, found[name]) for name in (*_SRGB, b"sRGB") if name in found)
    strange = any(_is_far(found.get(name, b""), usual) for name, usual in _SRGB.items())
    return {"gamma" if strange and not ruled else "srgb": told} if told else {}


def _is_far(content: bytes, usual: Sequence[int]) -> bool:
    if len(content) != 4 * len(usual):
        return False
    told = struct.unpack(f">{len(usual)}I", content)
    return any(abs(one - other) > _NEAR for one, other in zip(told, usual, strict=True))


def _density(physical: bytes) -> Density | None:
    """From a pHYs chunk in dots per metre."""
    if len(physical) != 9 or physical[8] != 1:
        return None
    x, y = struct.unpack(">II", physical[:8])
    return (x * _INCH, y * _INCH) if x and y else None
