"""JPEG files: what stands ahead of the picture, and what is put there. Layout: ITU-T T.81, annex B."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from edgebokeh.containers.blocks import exif_density, exif_orientation
from edgebokeh.containers.header import Coding, Density, Header, left_out

PHOTOSHOP_HEAD = b"Photoshop 3.0\0"

SEGMENT = 65533 - 64
"""The most bytes of metadata that a segment holds, less the longest head."""

MOST_SEGMENTS = 10_000
"""That are looked at."""

_MARKER = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]")
"""Of a segment with content."""

_MARKERS = {marker: "frame" for marker in range(0xC0, 0xD0) if marker not in (0xC4, 0xC8, 0xCC)} | {0xDB: "tables"}
_MARKERS |= {0xE0 + number: f"APP{number}" for number in range(16) if number not in (0, 12, 14)}
"""What a segment is, by its marker. APP0 may show the photo small, APP12 and APP14 tell how it was compressed."""

_MARKERS[0xC4] = "codes"
_PLAIN, _AC_LUMINANCE, HOLE = (0xC0, 0xC1), 0x10, 64
"""Frames of one scan with Huffman codes; a Huffman table; how many zeros in the picture's data are damage."""

_HOLE_NOTE = "a part of its data is zeros: it is damaged, and so is the result"

_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)

_HEADS = (
    (0xE0, b"JFIF\0", "jfif"),
    (0xE1, b"Exif\0\0", "exif"),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\0", "xmp"),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0", "extended"),
    (0xE2, b"ICC_PROFILE\0", "icc"),
    (0xE2, b"MPF\0", "mpf"),
    (0xE2, b"urn:iso:std:iso:ts:21496:-1\0", "gain map"),
    (0xEB, b"JP", "jumbf"),
    (0xED, PHOTOSHOP_HEAD, "photoshop"),
    (0xFE, b"", "text"),
)
"""What a segment holds, by its marker and its first bytes."""

_NOTES = {
    "gain map": "its HDR gain map is left out: the result has standard range",
    "mpf": "it holds further pictures (MPF), which are left out",
    "extended": "its extended XMP, which may hold pictures, is left out",
    "jumbf": "its content credentials (JUMBF) are left out: they vouch for the photo as it was",
    "motion": "it is a motion photo, and its video is left out",
}

_TOLD_BY_XMP = {"gain map": (b"hdrgm:", b"HDRGainMap"), "motion": (b"MotionPhoto", b"MicroVideo")}

_LUMINANCE = (
    *(16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51),
    *(61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77),
    *(113, 121, 112, 100, 120, 92, 101, 103, 99),
)
"""ITU-T T.81, table K.1, in the zigzag order of files."""

_SAMPLINGS = {b"\x11": "444", b"\x21": "422", b"\x22": "420", b"\x12": "440", b"\x41": "411"}
"""By the factors of the first component, where those of the others are 1."""


def read(data: bytes) -> Header:
    """What a JPEG file says of itself. Of several EXIF blocks the last one counts, as it does for OpenCV."""
    found: dict[str, list[bytes]] = {}
    frame, progressive = b"", False
    plain = False
    for marker, content in islice(segments(data), MOST_SEGMENTS):
        kind, head = _kind(marker, content)
        found.setdefault(kind, []).append(content[head:])
        if kind == "frame":
            frame, progressive, plain = content, marker in _PROGRESSIVE, marker in _PLAIN
    blocks, inks = _blocks(found), frame[5] if len(frame) > 5 else 0
    exif = blocks.get("exif", b"")
    return Header(
        ".jpg",
        (int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])),
        exif_orientation(exif),
        bits=frame[0] if frame else 8,
        blocks=blocks,
        density=_density(found.get("jfif", [b""])[0]) or exif_density(exif),
        coding=Coding(_quality(found.get("tables", [])), _sampling(frame), progressive),
        foreign="CMYK with a colour profile" if inks == 4 and "icc" in blocks else "",
        notes=_notes(found, blocks, inks)
        + ((_HOLE_NOTE,) if plain and _has_hole(data, found.get("codes", [])) else ()),
    )


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment up to the picture's data; junk between them is passed over, as by libjpeg."""
    for place, length in _places(data):
        if data[place + 1] != 0xDA:
            yield data[place + 1], data[place + 4 : place + 2 + length]


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each segment begins, and its length without the marker; the last is that ahead of the picture's data."""
    found = _MARKER.search(data, 2)
    while found:
        place = found.start()
        length = int.from_bytes(data[place + 2 : place + 4])
        yield place, length
        found = _MARKER.search(data, place + 2 + max(length, 2)) if data[place + 1] != 0xDA else None


def _has_hole(data: bytes, codes: Sequence[bytes]) -> bool:
    """Whether some of the picture's data was overwritten with zeros, as where a card or a disk lost a block.

    codes: Huffman tables. The first code of each is all zeros: where that of the luminance's AC table is not "end of
    block", zeros would be blocks whose every frequency is alike, which no photo has. Else it cannot be told.
    """
    first = dict(pair for content in codes for pair in _first_symbols(content))
    if first.get(_AC_LUMINANCE, 0) == 0:
        return False
    last, length = max(islice(_places(data), MOST_SEGMENTS))
    start = last + 2 + length
    hole = data.find(bytes(HOLE), start)
    return hole >= 0 and b"\xff\xd9" not in data[start:hole]


def _first_symbols(content: bytes) -> Iterator[tuple[int, int]]:
    """Class and number of each table of a segment, and the symbol of its first code."""
    place = 0
    while place + 17 < len(content):
        yield content[place], content[place + 17]
        place += 17 + sum(content[place + 1 : place + 17])


def fits(kind: str, block: bytes) -> bool:
    """Whether a block can be written into a JPEG file: all but a profile have to fit into one segment."""
    return kind == "icc" or len(block) <= SEGMENT


def finish(file: bytes, blocks: Mapping[str, bytes], density: Density | None) -> bytes:
    """A JPEG file as OpenCV writes it, a JFIF segment first, with density, comments and Photoshop's resources."""
    after = 4 + int.from_bytes(file[4:6])
    head = bytearray(file[:after])
    if density and file[2:4] == b"\xff\xe0":
        unit, numbers = _whole(density)
        head[13:18] = bytes([unit]) + b"".join(number.to_bytes(2) for number in numbers)
    for kind, marker, start in (("photoshop", 0xED, PHOTOSHOP_HEAD), ("text", 0xFE, b"")):
        if kind in blocks:
            content = start + blocks[kind]
            head += bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content
    return bytes(head) + file[after:]


def _kind(marker: int, content: bytes) -> tuple[str, int]:
    """What a segment holds, and how many of its bytes say so."""
    for head_marker, head, kind in _HEADS:
        if marker == head_marker and content.startswith(head):
            return kind, len(head)
    return _MARKERS.get(marker, ""), 0


def _blocks(found: Mapping[str, Sequence[bytes]]) -> dict[str, bytes]:
    """Metadata from its segments; a profile comes in numbered parts (ICC.1:2022, annex B.4)."""
    blocks = {kind: found[kind][-1] for kind in ("exif", "xmp") if kind in found}
    profile = sorted(found.get("icc", []))
    if profile and [part[0] for part in profile if part] == list(range(1, len(profile) + 1)):
        blocks["icc"] = b"".join(part[2:] for part in profile)
    for kind, between in (("photoshop", b""), ("text", b"\n")):
        if kind in found:
            blocks[kind] = between.join(found[kind])
    return blocks


def _notes(found: Mapping[str, Sequence[bytes]], blocks: Mapping[str, bytes], inks: int) -> tuple[str, ...]:
    xmp = blocks.get("xmp", b"")
    told = {kind for kind, words in _TOLD_BY_XMP.items() if any(word in xmp for word in words)}
    notes = [note for kind, note in _NOTES.items() if kind in found or kind in told]
    if inks == 4:
        by = "by its colour profile" if "icc" in blocks else "without a colour profile, so they are a guess"
        notes.append(f"its colours are converted from CMYK to sRGB, {by}")
    return *notes, *left_out("segments", (kind for kind in found if kind.startswith("APP")))


def _quality(tables: Sequence[bytes]) -> int | None:
    """The quality for which libjpeg's luminance table is nearest, by the mean of the ratios, as logarithms."""
    steps = next((found for table in tables if (found := _luminance_steps(table))), None)
    return _nearest(tuple(steps)) if steps else None


@lru_cache
def _nearest(steps: tuple[int, ...]) -> int:
    return min(range(1, 101), key=lambda quality: sum(map(_distance, steps, _scaled(quality))))


def _luminance_steps(tables: bytes) -> list[int] | None:
    """The 64 steps of table 0 in a DQT segment (ITU-T T.81, B.2.4.1), None where it holds others."""
    place = 0
    while place < len(tables):
        width = 2 if tables[place] >> 4 else 1
        values = tables[place + 1 : place + 1 + 64 * width]
        if tables[place] & 15 == 0 and len(values) == 64 * width:
            return [max(1, int.from_bytes(values[i : i + width])) for i in range(0, 64 * width, width)]
        place += 1 + 64 * width
    return None


def _scaled(quality: int) -> list[int]:
    """libjpeg's luminance steps for a quality (jpeg_quality_scaling)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return [min(255, max(1, (step * scale + 50) // 100)) for step in _LUMINANCE]


def _distance(one: int, other: int) -> float:
    return abs(math.log(one / other))


def _sampling(frame: bytes) -> str:
    """Of the colours; CMYK's, which become RGB, are taken to be whole."""
    if len(frame) < 15 or frame[10] != 0x11 or frame[13] != 0x11:
        return ""
    return "444" if frame[5] == 4 else _SAMPLINGS.get(frame[7:8], "")


def _density(jfif: bytes) -> Density | None:
    if len(jfif) < 7:
        return None
    scale = {1: 1.0, 2: 2.54}.get(jfif[2], 0.0)
    x, y = int.from_bytes(jfif[3:5]), int.from_bytes(jfif[5:7])
    return (x * scale, y * scale) if x * y * scale > 0 else None


def _whole(density: Density) -> tuple[int, tuple[int, int]]:
    """The unit, 1 for an inch or 2 for a centimetre, in which it is nearer to whole numbers; and these."""
    x, y = density
    by_unit = {1: (x, y), 2: (x / 2.54, y / 2.54)}
    unit = min(by_unit, key=lambda unit: sum(abs(number - round(number)) for number in by_unit[unit]))
    numbers = [min(65535, max(1, round(number))) for number in by_unit[unit]]
    return unit, (numbers[0], numbers[1])
