"""AVIF and HEIC files: the boxes that describe them. Layout: ISO/IEC 14496-12 and 23008-12 (HEIF)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from edgebokeh.containers.blocks import exif_density
from edgebokeh.containers.header import Header

AVIF = (b"avif", b"avis")
HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

_ANIMATED = (b"avis", b"hevc", b"hevx", b"msf1")

DEEPEST, MOST_ITEMS = 4, 100
"""How many boxes in each other are opened, and how many items are looked into."""

_FOLDERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6}
"""Boxes that hold boxes, and after how many bytes."""

_PLAIN = ((1, 2), (1, 2, 6, 13, 14, 15))
"""Primaries and transfer functions (ITU-T H.273) that are sRGB, or so near that programs take them for it."""

_TURNS = {
    (0, -1): 1,
    (1, -1): 8,
    (2, -1): 3,
    (3, -1): 6,
    (0, 0): 4,
    (1, 0): 5,
    (2, 0): 2,
    (3, 0): 7,
    (0, 1): 2,
    (1, 1): 7,
    (2, 1): 4,
    (3, 1): 5,
}
"""EXIF orientation by quarter turns anticlockwise (irot), and then the mirror (imir): 0 swaps top and bottom, 1 left
and right, -1 is none."""

Boxes = Mapping[bytes, Sequence[bytes]]


def read(data: bytes) -> Header:
    """What an AVIF or HEIC file says of itself. Its EXIF does not turn it, its own properties do."""
    brand = data[8:12]
    found = _gathered(data)
    own = _primary(found)
    sizes = [(int.from_bytes(box[8:12]), int.from_bytes(box[4:8])) for box in found[b"ispe"]]
    turn = own[b"irot"][0][0] & 3 if own[b"irot"] and own[b"irot"][0] else 0
    mirror = own[b"imir"][0][0] & 1 if own[b"imir"] and own[b"imir"][0] else -1
    blocks = _blocks(data, found, own)
    depths = [depth for box in own[b"pixi"] for depth in box[5:]]
    notes = ["it is animated, and only its first frame is used"] if brand in _ANIMATED else []
    if any(box[8:12] == b"tmap" for box in found[b"infe"]):
        notes.append("its HDR gain map is left out: the result has standard range")
    return Header(
        ".avif" if brand in AVIF else ".heic",
        max(sizes, key=lambda size: size[0] * size[1], default=(0, 0)),
        _TURNS[turn, mirror],
        max(depths, default=8),
        blocks,
        exif_density(blocks.get("exif", b"")),
        foreign="" if brand in AVIF else "HEIC",
        refused=_refused(own, brand),
        notes=tuple(notes),
    )


def boxes(data: bytes, place: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box, those inside of others too."""
    while place + 8 <= end:
        length, kind, head = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[place + 8 : place + 16]), 16
        if length < head:
            return
        if kind in _FOLDERS and depth < DEEPEST:
            yield from boxes(data, place + head + _FOLDERS[kind], min(end, place + length), depth + 1)
        elif kind not in (b"mdat", b"moov"):
            yield kind, data[place + head : min(end, place + length)]
        place += length


def _gathered(data: bytes) -> dict[bytes, list[bytes]]:
    """The boxes by kind; under b"" the properties, in their order, each with its kind ahead."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for kind, content in boxes(data, 0, len(data)):
        found[kind].append(content)
        if kind not in (b"ftyp", b"hdlr", b"pitm", b"iloc", b"infe", b"iref", b"ipma", b"idat"):
            found[b""].append(kind + content)
    return found


def _primary(found: Boxes) -> dict[bytes, list[bytes]]:
    """The properties of the picture that the file is about, by kind."""
    pitm = next(iter(found[b"pitm"]), b"")
    primary = int.from_bytes(pitm[4:])
    own: dict[bytes, list[bytes]] = defaultdict(list)
    for ipma in found[b"ipma"]:
        wide, two = ipma[:1] > b"\0", bool(ipma[3:4] and ipma[3] & 1)
        place = 8
        for _ in range(int.from_bytes(ipma[4:8])):
            item_end = place + (4 if wide else 2)
            item, amount = int.from_bytes(ipma[place:item_end]), int.from_bytes(ipma[item_end : item_end + 1])
            place = item_end + 1 + amount * (2 if two else 1)
            if item_end >= len(ipma):
                break
            if item == primary:
                step = 2 if two else 1
                for at in range(item_end + 1, place, step):
                    number = int.from_bytes(ipma[at : at + step]) & (0x7FFF if two else 0x7F)
                    if 0 < number <= len(found[b""]):
                        kept = found[b""][number - 1]
                        own[kept[:4]].append(kept[4:])
    return own


def _blocks(data: bytes, found: Boxes, own: Boxes) -> dict[str, bytes]:
    """EXIF and XMP from the items, the profile from the picture's properties."""
    profiles = [box[4:] for box in own[b"colr"] if box[:4] in (b"prof", b"rICC")]
    blocks = {"icc": profiles[0]} if profiles else {}
    kinds = {int.from_bytes(box[4:6]): box[8:12] for box in found[b"infe"] if box[:1] == b"\2"}
    places = _places(next(iter(found[b"iloc"]), b""))
    wanted = [(item, kind) for item, kind in kinds.items() if kind in (b"Exif", b"mime")]
    for item, kind in wanted[:MOST_ITEMS]:
        start, length = places.get(item, (0, 0))
        content = data[start : start + length]
        if kind == b"Exif" and len(content) > 4:
            blocks["exif"] = content[4 + int.from_bytes(content[:4]) :].removeprefix(b"Exif\0\0")
        elif kind == b"mime" and b"<x:xmpmeta" in content:
            blocks["xmp"] = content
    return blocks


def _places(iloc: bytes) -> dict[int, tuple[int, int]]:
    """Start and length of each item that lies in the file in one piece."""
    if len(iloc) < 8 or iloc[0] > 1:
        return {}
    offset, length, base = iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4
    index = iloc[5] & 15 if iloc[0] else 0
    place, found = 8, {}
    for _ in range(int.from_bytes(iloc[6:8])):
        item, method = int.from_bytes(iloc[place : place + 2]), 0
        place += 2
        if iloc[0]:
            method = int.from_bytes(iloc[place : place + 2]) & 15
            place += 2
        start = int.from_bytes(iloc[place + 2 : place + 2 + base])
        extents = int.from_bytes(iloc[place + 2 + base : place + 4 + base])
        place += 4 + base
        first = place + index
        start += int.from_bytes(iloc[first : first + offset])
        if extents == 1 and method == 0:
            found[item] = (start, int.from_bytes(iloc[first + offset : first + offset + length]))
        place += extents * (index + offset + length)
        if place > len(iloc):
            break
    return found


def _refused(own: Boxes, brand: bytes) -> str:
    """Why its pixels would come out wrong, "" where they do not."""
    profiled = any(box[:4] in (b"prof", b"rICC") for box in own[b"colr"])
    for box in own[b"colr"]:
        numbers = int.from_bytes(box[4:6]), int.from_bytes(box[6:8])
        if box[:4] == b"nclx" and not profiled and any(n not in ok for n, ok in zip(numbers, _PLAIN, strict=True)):
            return f"its colours are wide-gamut or HDR (CICP {numbers[0]}, {numbers[1]}), which results cannot keep"
    if own[b"clap"] and brand in AVIF:
        return "it is cropped by a clean aperture, which OpenCV does not know"
    return ""
