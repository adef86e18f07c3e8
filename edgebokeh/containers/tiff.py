"""TIFF files: their directories, read and written. Layout: TIFF 6.0, section 2; EXIF 2.32, 4.6."""

import struct
from collections.abc import Mapping
from itertools import count
from typing import NamedTuple

from edgebokeh.containers.blocks import ORDERS, exif_density
from edgebokeh.containers.header import Density, Header, frames_note, left_out

BIG = (b"II+\0", b"MM\0+")
"""What a TIFF file with offsets of 64 bits begins with."""

EXTRA_SAMPLES = 0x0152

MOST_PAGES, MOST_ENTRIES = 1000, 4096
"""Where reading ends."""

_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of a value, by its kind."""

_SWAPPED = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
"""Bytes of which the order counts, by kind."""

_FOLDERS = (0x8769, 0x8825, 0xA005)
"""Tags that lead to a directory of their own: EXIF's, GPS', interoperability's."""

_TOLD = frozenset(
    [
        *(
            0x010D,
            0x010E,
            0x010F,
            0x0110,
            0x0112,
            0x011A,
            0x011B,
            0x0128,
            0x0131,
            0x0132,
            0x013B,
            0x013C,
            0x013E,
            0x013F,
        ),
        *(0x4746, 0x4749, 0x8298, 0x83BB, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, *_FOLDERS[:2]),
    ]
)
"""Tags of the first directory that tell of the photo; the others tell how the file is laid out."""

_BLOCKS = {0x02BC: "xmp", 0x8773: "icc", 0x8649: "photoshop"}

_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946)
"""Those that every OpenCV reads: none, CCITT, LZW, JPEG, Deflate, PackBits."""


_LAYOUT = frozenset((*range(0x00FE, 0x0162), *range(0x0200, 0x0216), 0x828D, 0x828E, 0xC4A5)) - _TOLD
"""Tags that tell how a file is laid out, or how it is to be printed."""

_INKS = {
    5: ("its colours are converted from CMYK to sRGB",),
    **dict.fromkeys((8, 9, 10), ("its colours are converted from Lab to sRGB",)),
}
"""The notes about colours that results do not have, by PhotometricInterpretation."""


class Entry(NamedTuple):
    """A tag's value: kind and bytes as in the file, or the directory that it leads to."""

    kind: int
    value: bytes
    folder: "Directory | None" = None


Directory = dict[int, Entry]


def read(data: bytes) -> Header:
    """What a TIFF file says of itself."""
    if data[:4] in BIG:
        return Header(".tif", (0, 0), refused="a BigTIFF")
    order = ORDERS[data[:2]]
    start = _number(data, order, 4)
    first = directory(data, order, start)
    blocks = {kind: first[tag].value for tag, kind in _BLOCKS.items() if tag in first}
    told = {tag: entry for tag, entry in first.items() if tag in _TOLD}
    if told:
        blocks["exif"] = block(told, order)
    exif = blocks.get("exif", b"")
    orientation = _integers(first, 0x0112, order, 1)[0]
    return Header(
        ".tif",
        (_integers(first, 0x0101, order)[0], _integers(first, 0x0100, order)[0]),
        orientation if 1 <= orientation <= 8 else 1,
        max(_integers(first, 0x0102, order, 1)),
        blocks,
        exif_density(exif),
        foreign=_foreign(first, order),
        notes=_notes(first, order, _pages(data, order, start)),
    )


def unmultiplied(data: bytes) -> bytes:
    """The file as OpenCV has to see it, so that it leaves colours alone where there is alpha.

    libtiff multiplies colours by an alpha that the file calls unassociated (ExtraSamples 2); one that is called
    associated (1) it takes for multiplied already.
    """
    order = ORDERS[data[:2]]
    start = _number(data, order, 4)
    for place in range(start + 2, start + 2 + 12 * _number(data, order, start, "H"), 12):
        if data[place : place + 12] == struct.pack(f"{order}HHIHH", EXTRA_SAMPLES, 3, 1, 2, 0):
            return data[: place + 8] + struct.pack(f"{order}HH", 1, 0) + data[place + 12 :]
    return data


def directory(data: bytes, order: str, start: int, depth: int = 0) -> Directory:
    """The directory at `start`; entries that lie outside of the data are left out.

    So are those after MOST_ENTRIES, and whatever makes all values together longer than the data.
    """
    found: Directory = {}
    room = len(data)
    for place in range(start + 2, start + 2 + 12 * min(MOST_ENTRIES, _number(data, order, start, "H")), 12):
        if place + 12 > len(data):
            break
        tag, kind, amount = struct.unpack_from(f"{order}HHI", data, place)
        length = amount * _WIDTHS.get(kind, 0)
        where = place + 8 if length <= 4 else _number(data, order, place + 8)
        if not 0 < length <= min(room, len(data) - where):
            continue
        room -= length
        found[tag] = Entry(kind, data[where : where + length])
    for tag in found.keys() & set(_FOLDERS if depth < 2 else ()):
        if len(found[tag].value) == 4:
            inner = directory(data, order, _number(found[tag].value, order, 0), depth + 1)
            found[tag] = found[tag]._replace(folder=inner)
    return found


def written(entries: Directory, order: str, base: int) -> bytes:
    """A directory as it stands in a file at `base`, an even place, with its values and inner directories behind it."""
    head, behind = struct.pack(f"{order}H", len(entries)), b""
    after = base + 2 + 12 * len(entries) + 4
    for tag, entry in sorted(entries.items()):
        amount = len(entry.value) // _WIDTHS[entry.kind]
        value, place = entry.value, after + len(behind)
        if entry.folder is not None:
            behind += written(entry.folder, order, place)
            value = struct.pack(f"{order}I", place)
        elif len(value) > 4:
            behind += value + bytes(len(value) % 2)
            value = struct.pack(f"{order}I", place)
        head += struct.pack(f"{order}HHI", tag, entry.kind, amount) + value.ljust(4, b"\0")
    return head + bytes(4) + behind


def block(entries: Directory, order: str) -> bytes:
    """A directory as an EXIF block of its own."""
    mark = next(mark for mark, name in ORDERS.items() if name == order)
    return mark + struct.pack(f"{order}HI", 42, 8) + written(entries, order, 8)


def finish(file: bytes, blocks: Mapping[str, bytes], density: Density | None, alpha: bool) -> bytes:
    """A TIFF file that OpenCV wrote, with EXIF, XMP, profile, Photoshop's resources and density.

    The directory is written anew at the end. alpha: the file's last channel is one (tag ExtraSamples), unmultiplied.
    """
    order = ORDERS[file[:2]]
    file += bytes(len(file) % 2)
    entries = directory(file, order, _number(file, order, 4)) | _from_exif(blocks.get("exif", b""), order)
    entries |= {tag: Entry(7 if kind != "xmp" else 1, blocks[kind]) for tag, kind in _BLOCKS.items() if kind in blocks}
    if density and not {0x011A, 0x011B} <= entries.keys():
        for tag, dots in zip((0x011A, 0x011B), density, strict=True):
            entries[tag] = Entry(5, struct.pack(f"{order}II", min(2**32 - 1, round(dots * 10_000)), 10_000))
        entries[0x0128] = Entry(3, struct.pack(f"{order}H", 2))
    if alpha:
        entries[EXTRA_SAMPLES] = Entry(3, struct.pack(f"{order}H", 2))
    return file[:4] + struct.pack(f"{order}I", len(file)) + file[8:] + written(entries, order, len(file))


def _from_exif(exif: bytes, order: str) -> Directory:
    """What an EXIF block tells of the photo, in the byte order of a file."""
    own = ORDERS.get(exif[:2], "")
    if not own:
        return {}
    found = directory(exif, own, _number(exif, own, 4))
    found = {tag: entry for tag, entry in found.items() if tag in _TOLD}
    return found if own == order else _swapped(found)


def _swapped(entries: Directory) -> Directory:
    """A directory in the other byte order."""
    return {
        tag: Entry(
            entry.kind,
            _reversed(entry.value, _SWAPPED.get(entry.kind, 1)),
            None if entry.folder is None else _swapped(entry.folder),
        )
        for tag, entry in entries.items()
    }


def _reversed(value: bytes, width: int) -> bytes:
    return b"".join(value[place : place + width][::-1] for place in range(0, len(value), width))


def _notes(first: Directory, order: str, pages: int) -> tuple[str, ...]:
    unknown = left_out("TIFF tags", map(str, first.keys() - _TOLD - _LAYOUT - _BLOCKS.keys()))
    return frames_note(pages, "pages") + _INKS.get(_integers(first, 0x0106, order, 1)[0], ()) + unknown


def _foreign(first: Directory, order: str) -> str:
    """Why OpenCV would not get it right, "" where it does."""
    inks, samples = _integers(first, 0x0106, order, 1)[0], _integers(first, 0x0115, order, 1)[0]
    extra = _integers(first, EXTRA_SAMPLES, order, 2)
    reasons = {
        _integers(first, 0x0103, order, 1)[0]
        not in _COMPRESSIONS: "a TIFF compressed in a way that OpenCV cannot read",
        samples == 2: "a grey TIFF with alpha",
        samples > 3 and extra != (2,) and inks == 2: "a TIFF with premultiplied alpha or further channels",
        inks == 5: "a CMYK TIFF",
        inks in (8, 9, 10): "a Lab TIFF",
    }
    return reasons.get(True, "")


def _pages(data: bytes, order: str, start: int) -> int:
    """How many directories of full pictures follow each other; reduced ones are previews."""
    seen: set[int] = set()
    pages = 0
    for _ in count():
        if not start or start in seen or start + 2 > len(data) or len(seen) >= MOST_PAGES:
            return pages
        seen.add(start)
        kind = data[start + 2 : start + 14]
        pages += not (_number(kind, order, 0, "H") == 0x00FE and _number(kind, order, 8) & 1)
        start = _number(data, order, start + 2 + 12 * _number(data, order, start, "H"))
    return pages


def _number(data: bytes, order: str, place: int, kind: str = "I") -> int:
    """A number of two or four bytes; 0 outside of the data."""
    try:
        return int(struct.unpack_from(f"{order}{kind}", data, place)[0])
    except struct.error:
        return 0


def _integers(entries: Directory, tag: int, order: str, default: int = 0) -> tuple[int, ...]:
    """The whole numbers of a tag."""
    entry = entries.get(tag)
    letter = {1: "B", 3: "H", 4: "I"}.get(entry.kind, "") if entry else ""
    if not entry or not letter:
        return (default,)
    return struct.unpack(f"{order}{len(entry.value) // _WIDTHS[entry.kind]}{letter}", entry.value)
