"""GIF files: their size and how many frames. Layout: GIF89a, sections 17 to 26."""

from edgebokeh.containers.header import Header, frames_note

MOST_FRAMES, MOST_BLOCKS = 100_000, 10_000_000
"""That are counted, and passed over."""


def read(data: bytes) -> Header:
    """What a GIF file says of itself."""
    width, height = (int.from_bytes(data[place : place + 2], "little") for place in (6, 8))
    return Header(".gif", (height, width), notes=frames_note(_frames(data)))


def _frames(data: bytes) -> int:
    """How many images the blocks hold, up to where they end or are damaged."""
    count, blocks, place = 0, 0, 13 + _colours(data, 10)
    while place + 10 <= len(data) and data[place] in b"!," and count < MOST_FRAMES:
        if data[place] == ord(","):
            count += 1
            place += 11 + _colours(data, place + 9)
        else:
            place += 2
        while place < len(data) and data[place] and blocks < MOST_BLOCKS:
            place += data[place] + 1
            blocks += 1
        place += 1
    return count


def _colours(data: bytes, place: int) -> int:
    """The bytes of the colour table that the flags at a place announce."""
    flags = data[place] if place < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
