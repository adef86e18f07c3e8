"""Picture files without their pixels: what each format says of itself ahead of them, and what is put there.

One module for each format; `KINDS` is their table.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from edgebokeh.containers import blocks, bmff, bmp, gif, jpeg, png, tiff, webp
from edgebokeh.containers.header import SIDEWAYS, Coding, Density, Header

__all__ = ["KINDS", "SIDEWAYS", "Coding", "Density", "Header", "Kind", "kind", "read"]


class Kind(NamedTuple):
    """A format that is read. magics: what its files start with, each at its place. reader: of its header."""

    magics: tuple[tuple[int, bytes], ...]
    reader: Callable[[bytes], Header]


def kind(data: bytes) -> Kind | None:
    """The row of KINDS for a file's first bytes, None for no picture that edgebokeh reads."""
    for row in KINDS.values():
        if any(data.startswith(magic, place) for place, magic in row.magics):
            return row
    return None


def read(data: bytes) -> Header | None:
    """What a file says of itself, its metadata true of the picture upright; None for no picture that edgebokeh reads.

    A damaged file says what it can; its size is (0, 0) where it does not say.
    """
    row = kind(data)
    if row is None:
        return None
    header = row.reader(data)
    cleaned = {name: _CLEANERS[name](block) if name in _CLEANERS else block for name, block in header.blocks.items()}
    return replace(header, blocks={name: block for name, block in cleaned.items() if block})


_CLEANERS: dict[str, Callable[[bytes], bytes]] = {
    "exif": blocks.upright_exif,
    "xmp": blocks.upright_xmp,
    "photoshop": blocks.photoshop_without_thumbnails,
}

KINDS: dict[str, Kind] = {
    ".jpg": Kind(((0, b"\xff\xd8\xff"),), jpeg.read),
    ".png": Kind(((0, png.MAGIC),), png.read),
    ".webp": Kind(((8, b"WEBP"),), webp.read),
    ".tif": Kind(((0, b"II*\0"), (0, b"MM\0*"), *((0, big) for big in tiff.BIG)), tiff.read),
    ".gif": Kind(((0, b"GIF87a"), (0, b"GIF89a")), gif.read),
    ".bmp": Kind(((0, b"BM"),), bmp.read),
    ".avif": Kind(tuple((4, b"ftyp" + brand) for brand in bmff.AVIF), bmff.read),
    ".heic": Kind(tuple((4, b"ftyp" + brand) for brand in bmff.HEIC), bmff.read),
}
"""The formats that are read, by their usual ending."""
