"""WebP files: the chunks of their RIFF. Layout: WebP Container Specification (RFC 9649, section 2)."""

from collections.abc import Iterator
from itertools import islice

from edgebokeh.containers.blocks import exif_density, exif_orientation
from edgebokeh.containers.header import Coding, Header, frames_note

MOST_CHUNKS = 100_000
"""That are looked at."""

_BLOCKS = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc"}


def read(data: bytes) -> Header:
    """What a WebP file says of itself."""
    blocks: dict[str, bytes] = {}
    size, frames, lossless = (0, 0), 0, False
    for kind, content in islice(chunks(data), MOST_CHUNKS):
        found = _size(kind, content)
        size = size if any(size) else found
        frames += kind == b"ANMF"
        lossless = lossless or kind == b"VP8L"
        if kind in _BLOCKS:
            blocks[_BLOCKS[kind]] = content
    exif = blocks["exif"] = blocks.get("exif", b"").removeprefix(b"Exif\0\0")
    if not exif:
        del blocks["exif"]
    return Header(
        ".webp",
        size,
        exif_orientation(exif),
        blocks=blocks,
        density=exif_density(exif),
        coding=Coding(lossless=lossless),
        notes=frames_note(frames),
    )


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk."""
    place = 12
    while place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4], data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _size(kind: bytes, content: bytes) -> tuple[int, int]:
    """(height, width) of the canvas or the picture; (0, 0) where a chunk tells none."""
    if kind == b"VP8X" and len(content) >= 10:
        width, height = (int.from_bytes(content[place : place + 3], "little") + 1 for place in (4, 7))
    elif kind == b"VP8 " and len(content) >= 10:
        width, height = (int.from_bytes(content[place : place + 2], "little") & 0x3FFF for place in (6, 8))
    elif kind == b"VP8L" and len(content) >= 5:
        packed = int.from_bytes(content[1:5], "little")
        width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    else:
        return 0, 0
    return height, width
