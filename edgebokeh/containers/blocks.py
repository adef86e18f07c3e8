"""Blocks of metadata, made true of a picture that is upright and no longer what it was: EXIF, XMP, Photoshop."""

import re
import struct
from contextlib import suppress

from edgebokeh.containers.header import SIDEWAYS, Density

ORDERS = {b"II": "<", b"MM": ">"}
"""Byte orders of TIFF, and so of EXIF, as `struct` spells them."""

RATIONAL = 5
ORIENTATION, RESOLUTIONS, UNIT = 0x0112, (0x011A, 0x011B), 0x0128
THUMBNAIL_START, THUMBNAIL_LENGTH = 0x0201, 0x0202
EXIF_FOLDER = 0x8769
SIDES = ((0x0100, 0x0101), (0xA002, 0xA003))
"""Width and height, in the first directory and in EXIF's own."""

_THUMBNAILS = (0x0409, 0x040C)
"""Photoshop's image resources that show the picture small."""

_STALE_ELEMENTS = (b"xmp:Thumbnails", b"xap:Thumbnails", b"Container:Directory")
_STALE_ATTRIBUTES = rb"""\s(?:hdrgm|GCamera|xmpNote):\w+=(?:"[^"]*"|'[^']*')"""
"""What XMP says of pictures that are no longer there: thumbnails, gain maps, motion photos, an extended packet."""


def exif_directory(exif: bytes | bytearray, start: int | None = None) -> tuple[str, dict[int, int]]:
    """The byte order of an EXIF block, and where the values of a directory's tags stand: the first's, or that at start.

    Layout: TIFF 6.0, section 2. ("", {}) for no EXIF; the tags ahead of the damage for a damaged one.
    """
    order = ORDERS.get(bytes(exif[:2]), "")
    places: dict[int, int] = {}
    with suppress(struct.error):
        if order:
            first = struct.unpack_from(f"{order}I", exif, 4)[0] if start is None else start
            count = struct.unpack_from(f"{order}H", exif, first)[0]
            for place in range(first + 2, first + 2 + 12 * count, 12):
                places[struct.unpack_from(f"{order}H", exif, place)[0]] = place + 8
    return order, places


def exif_orientation(exif: bytes) -> int:
    """1 to 8; 1 where it does not say."""
    order, places = exif_directory(exif)
    with suppress(struct.error):
        if ORIENTATION in places:
            found = int(struct.unpack_from(f"{order}H", exif, places[ORIENTATION])[0])
            return found if 1 <= found <= 8 else 1
    return 1


def exif_density(exif: bytes) -> Density | None:
    """Its resolution, None where it does not say."""
    order, places = exif_directory(exif)
    try:
        unit = struct.unpack_from(f"{order}H", exif, places[UNIT])[0] if UNIT in places else 2
        kinds = {struct.unpack_from(f"{order}H", exif, places[tag] - 6)[0] for tag in RESOLUTIONS}
        offsets = [struct.unpack_from(f"{order}I", exif, places[tag])[0] for tag in RESOLUTIONS]
        x, y = (up / down for up, down in (struct.unpack_from(f"{order}II", exif, place) for place in offsets))
    except (KeyError, struct.error, ZeroDivisionError):
        return None
    scale = {2: 1.0, 3: 2.54}.get(unit, 0.0) if kinds == {RATIONAL} else 0.0
    return (x * scale, y * scale) if x * y * scale > 0 else None


def upright_exif(exif: bytes) -> bytes:
    """The block of a picture that was turned upright, without thumbnail.

    The thumbnail shows the photo as it was, so it would neither fit a result nor keep its background private.
    Layout: EXIF 2.32, 4.5.2: the second directory describes the thumbnail, whose bytes lie from 0x0201, of length
    0x0202. A damaged block stays as it is, but for what was found ahead of the damage.
    """
    orientation = exif_orientation(exif)
    block = bytearray(exif)
    order, places = exif_directory(block)
    with suppress(struct.error):
        _swap_sides(block, order, places, orientation)
        if ORIENTATION in places:
            struct.pack_into(f"{order}H", block, places[ORIENTATION], 1)
        if order:
            _drop_thumbnail(block, order)
    return bytes(block)


def _swap_sides(block: bytearray, order: str, places: dict[int, int], orientation: int) -> None:
    if orientation not in SIDEWAYS:
        return
    if EXIF_FOLDER in places:
        places = places | exif_directory(block, struct.unpack_from(f"{order}I", block, places[EXIF_FOLDER])[0])[1]
    for one, other in SIDES:
        if one in places and other in places:
            # Kind, count and value of an entry belong together: one side may be short, the other long.
            first, second = (slice(places[tag] - 6, places[tag] + 4) for tag in (one, other))
            block[first], block[second] = block[second], block[first]


def _drop_thumbnail(block: bytearray, order: str) -> None:
    first = struct.unpack_from(f"{order}I", block, 4)[0]
    link = first + 2 + 12 * struct.unpack_from(f"{order}H", block, first)[0]
    second = struct.unpack_from(f"{order}I", block, link)[0]
    struct.pack_into(f"{order}I", block, link, 0)
    thumbnail = exif_directory(block, second)[1] if second else {}
    if {THUMBNAIL_START, THUMBNAIL_LENGTH} <= thumbnail.keys():
        tags = (THUMBNAIL_START, THUMBNAIL_LENGTH)
        start, length = (struct.unpack_from(f"{order}I", block, thumbnail[tag])[0] for tag in tags)
        block[start : start + length] = bytes(len(block[start : start + length]))


def upright_xmp(xmp: bytes) -> bytes:
    """The packet of a picture that was turned upright, without thumbnails and what described other pictures."""
    for name in _STALE_ELEMENTS:
        xmp = _without(xmp, b"<" + name, b"</" + name + b">")
    xmp = re.sub(_STALE_ATTRIBUTES, b"", xmp)
    xmp = re.sub(rb"""(tiff:Orientation=["'])\d""", rb"\g<1>1", xmp)
    return re.sub(rb"(<tiff:Orientation>)\d", rb"\g<1>1", xmp)


def _without(xmp: bytes, opening: bytes, closing: bytes) -> bytes:
    """The packet without an element; as it is where one is not closed."""
    kept, place = [], 0
    while (start := xmp.find(opening, place)) >= 0 and (end := xmp.find(closing, start)) >= 0:
        kept.append(xmp[place:start])
        place = end + len(closing)
    return b"".join([*kept, xmp[place:]])


def photoshop_without_thumbnails(resources: bytes) -> bytes:
    """Photoshop's image resources but for its thumbnails; what follows on damage is left out.

    Layout: Adobe Photoshop File Formats Specification, "Image Resource Blocks".
    """
    kept, place = [], 0
    while resources[place : place + 4] == b"8BIM" and place + 12 <= len(resources):
        number = int.from_bytes(resources[place + 4 : place + 6])
        after_name = place + 6 + (resources[place + 6] + 2) // 2 * 2
        length = int.from_bytes(resources[after_name : after_name + 4])
        end = after_name + 4 + (length + 1) // 2 * 2
        if number not in _THUMBNAILS:
            kept.append(resources[place:end])
        place = end
    return b"".join(kept)
