"""Memory that the work on a photo takes, known before its file is read, and taken out of what all may use."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from edgebokeh import containers, places
from edgebokeh.containers import Header
from edgebokeh.errors import EdgeBokehError
from edgebokeh.places import Place

HEAD = 1 << 20
"""Bytes of a file in which its header is looked for at first."""

PEAKS = {".jpg": 9, ".webp": 40, ".avif": 25, ".heic": 25}
"""Bytes that a pixel of 8 bits takes at most, in a file of a format or on its way into one."""

PROGRESSIVE, OTHERS = 13, 17
"""The same of a JPEG in several scans, whose coefficients are held whole; of other formats, with alpha."""


class Room:
    """Bytes that may be taken by several at once; who wants more than there are waits until it is alone."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size
        self._changed = threading.Condition()
        self._turn = threading.Lock()

    @contextmanager
    def taken(self, wanted: int) -> Iterator[None]:
        """Waits for so many bytes, in the order of those who came, and gives them back at the end."""
        wanted = min(wanted, self._size)
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._left >= wanted)
            self._left -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._left += wanted
                self._changed.notify_all()


@contextmanager
def held(path: Place, ending: str, room: Room) -> Iterator[bytes]:
    """Inside, the bytes of a photo file, and room for all that becomes of it.

    ending: of the result, such as ".png". Raises what `places.read` does.
    """
    with room.taken(_wanted(path, ending, room)):
        yield places.read(path)


def estimate(header: Header | None, size: int, ending: str) -> int:
    """Bytes of memory that the work on a photo takes with its file, which has so many.

    A file without a known header is refused before it is decoded.
    """
    if header is None:
        return size
    height, width = header.size
    peak = PROGRESSIVE if header.coding.progressive else PEAKS.get(header.ending, OTHERS)
    deep = 2 if header.bits > 8 else 1
    return size + height * width * deep * max(peak, PEAKS.get(ending.lower(), OTHERS))


def _wanted(path: Place, ending: str, room: Room) -> int:
    try:
        size, head = places.head(path, HEAD)
        header = containers.read(head)
        if header and not all(header.size) and size > len(head):
            # Its header lies further behind, or tells only in the whole file whether it is sound.
            with room.taken(size):
                header = containers.read(places.read(path))
    except (EdgeBokehError, OSError, ValueError):
        # Whoever reads it says what is wrong.
        return 0
    return estimate(header, size, ending)
