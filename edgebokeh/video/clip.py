"""A clip on its way in: its pictures in order, and the packets of all else as they are; all of it, or a part."""

import itertools
import math
import stat
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from edgebokeh import files
from edgebokeh.errors import (
    ClipUnreadableError,
    EdgeBokehError,
    PhotoEmptyError,
    PhotoUnreadableError,
    ValueRangeError,
)
from edgebokeh.stages import Clock
from edgebokeh.video.canvas import UPRIGHT, Turn, display_matrix, turn
from edgebokeh.video.reader import FROM_ZERO, Reader, checked, is_cover, opened, pictures

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

BEFORE = (3.0, 30.0)
"""Seconds before the start of a part from which on it is read, the second where that does not do: nearer ones do not
always hold a picture that stands for itself, and text that is shown at the start comes before it."""

HELD = Fraction(1, 10)
"""Seconds without a picture at the start of a part from which on the one before is shown."""

ROUNDED = Fraction(1, 1_000_000)
"""Seconds by which a time that was typed may lie beside the one that is meant."""

LEFT_OUT = (
    *("major_brand", "minor_version", "compatible_brands", "encoder", "ENCODER", "DURATION", "vendor_id"),
    *("alpha_mode", "ALPHA_MODE"),
)
"""Metadata of the file as it was, which would be wrong in another."""


class Clip:
    """An open clip. stream: its pictures. others: the streams that are copied.

    matrix: the display matrix of its pictures as they are coded, b"" for none. turn: how to turn them upright. rate: in
    pictures per second, and aspect: the width of a pixel of its height; None where the clip does not say. begin: the
    time stamp of its first picture. first: the first picture that is read. since, until: when the part that is read
    begins and ends, in seconds as the file counts them;
    None where that is the clip's own.
    """

    def __init__(self, path: Path, start: Fraction | float | None = None, end: Fraction | float | None = None) -> None:
        """Opens a clip and decodes its first picture.

        start, end: seconds from the first picture; what lies outside is left out.
        Raises PhotoMissingError, PhotoIsFolderError, PhotoUnreadableError, PhotoEmptyError, ClipUnreadableError,
        ClipBrokenError, ValueRangeError.
        """
        check(path)
        self._start, self._end = _times(start, end)
        self.path, self.clock = path, Clock()
        self._head: list[Any] = []
        self.container = opened(path)
        try:
            self._begin_to_read()
        except BaseException:
            self.close()
            raise

    @property
    def length(self) -> float | None:
        """Of what is read, in seconds, as far as the clip says."""
        own = self.stream.duration * self.base if self.stream.duration else None
        whole = float(own) if own else (self.container.duration or 0) / 1e6
        if not own and self.container.format.name in FROM_ZERO:
            whole = max(0.0, whole - float(self.begin * self.base))
        if not whole:
            return None
        return max(0.0, min(whole, float(self._end) if self._end is not None else whole) - float(self._start or 0))

    @property
    def count(self) -> int | None:
        """Of the pictures that are read, about, as far as the clip says."""
        if self.stream.frames and not self._start and self._end is None:
            return self.stream.frames
        return round(self.length * self.rate) if self.length and self.rate else None

    @property
    def bit_rate(self) -> int | None:
        """Of its pictures alone, in bits per second, as far as the clip says."""
        sound = sum(stream.codec_context.bit_rate or 0 for stream in self.others if stream.type == "audio")
        rate = self.stream.bit_rate or max(0, (self.container.bit_rate or 0) - sound)
        return rate or None

    @property
    def metadata(self) -> dict[str, str]:
        """What the clip says of itself."""
        return {key: value for key, value in self.container.metadata.items() if key not in LEFT_OUT}

    @property
    def transparent(self) -> bool:
        """Whether it has an alpha channel, also where FFmpeg's decoder leaves that out."""
        told = {key.lower(): value for key, value in self.stream.metadata.items()}
        return told.get("alpha_mode") == "1" or any(part.is_alpha for part in self.first.format.components)

    @property
    def damaged(self) -> list[float]:
        """When pictures were shown that the decoder had to patch up, in seconds from the first one."""
        return [time - float(self.begin * self.base) for time in self._reader.damaged]

    def items(self) -> Iterator[Any]:
        """Once: its pictures as av.VideoFrame, and the av.Packet of other streams, as they lie in the file.

        Each picture has its time stamp, in units of `base`.
        Raises ClipBrokenError, ClipChangesError, ClipUnreadableError.
        """
        yield from self._head
        self._head = []
        yield from self._items

    def time(self, frame: "VideoFrame") -> Fraction:
        """Of a picture that came out of `items`: seconds since the clip's first one."""
        return ((frame.pts or 0) - self.begin) * self.base

    def close(self) -> None:
        """Gives the file free."""
        self.container.close()

    def _begin_to_read(self) -> None:
        self._look_through()
        items, self.begin = self._begun(self._reader.items())
        self.until = self._absolute(self._end) if self._end is not None else None
        self._reader.until = float(self.until) if self.until is not None else None
        if self._start > BEFORE[0]:
            items = self._near_start(self._reader.until)
        self.since: Fraction | None = None
        self._items = self._lasting(checked(self._part(items), self.path, self.time))
        self.first = self._first()
        if self._start:
            self.since = (self.first.pts or 0) * self.base
            self._head = [item for item in self._head if item is self.first or self._reaches(item)]
        # Kept, as a clip behind another is closed when its last picture is shown: asked after that, PyAV crashes.
        self.aspect: Fraction | None = (
            self.stream.sample_aspect_ratio or self.stream.codec_context.sample_aspect_ratio or None
        )
        self.matrix = display_matrix(self.first)
        self.turn: Turn = turn(self.matrix) if self.matrix else UPRIGHT

    def _look_through(self) -> None:
        self.stream = pictures(self.container, self.path)
        self.stream.thread_type = "AUTO"
        self.others = [stream for stream in self.container.streams if stream is not self.stream]
        self.base: Fraction = self.stream.time_base or Fraction(1, 90000)
        self.rate = self.stream.average_rate or self.stream.guessed_rate
        self._reader = Reader(self.path, self.container, self.clock)

    def _begun(self, items: Iterator[Any]) -> tuple[Iterator[Any], int]:
        """The same items, with the time stamp of the first picture among them."""
        head = []
        for item in items:
            head.append(item)
            if isinstance(item, av.VideoFrame):
                return itertools.chain(head, items), item.pts or 0
        raise ClipUnreadableError(f"{self.path} has no picture that can be decoded", "check the file")

    def _near_start(self, until: float | None) -> Iterator[Any]:
        """What is read for a part: from a picture that stands for itself before its start, or from the very first."""
        for seconds in BEFORE:
            if self._start <= seconds:
                break
            try:
                stamp = round(self._absolute(self._start - Fraction(seconds)) / self.base)
                self.container.seek(stamp, stream=self.stream)
                self._reader = Reader(self.path, self.container, self.clock, until)
                items = self._whole_ones(self._reader.items())
            except (av.error.FFmpegError, EdgeBokehError, OverflowError):
                break
            if items is not None:
                return items
        self.container.close()
        self.container = opened(self.path)
        self._look_through()
        self._reader.until = until
        return self._reader.items()

    def _whole_ones(self, items: Iterator[Any]) -> Iterator[Any] | None:
        """The items from the first picture that stands for itself on; None where that comes after the start."""
        head = []
        for item in items:
            if not isinstance(item, av.VideoFrame):
                head.append(item)
            elif item.key_frame and item.pts is not None:
                return itertools.chain(head, [item], items) if self.time(item) <= self._start else None
        return None

    def _first(self) -> "VideoFrame":
        """The first picture that is read, which with all before it comes out of `items` again."""
        for item in self._items:
            self._head.append(item)
            if isinstance(item, av.VideoFrame):
                return item
        if self._start:
            raise ValueRangeError(
                f"--start {float(self._start):g} lies behind the end of {self.path}", "use an earlier time"
            )
        raise ClipUnreadableError(f"{self.path} has no picture before --end", "use a later time")

    def _part(self, items: Iterator[Any]) -> Iterator[Any]:
        """What lies between start and end; where no picture begins near the start, the one that is shown then."""
        before: VideoFrame | None = None
        for item in items:
            if not isinstance(item, av.VideoFrame):
                yield from [item] * self._reaches(item)
                continue
            time = self.time(item)
            if time < self._start - ROUNDED:
                before = item
            elif self._end is None or time < self._end - ROUNDED:
                if before is not None and time - self._start > HELD:
                    yield self._held(before, time)
                before = None
                yield item
        if before is not None and (end := self.time(before) + self._lasts(before)) > self._start:
            yield self._held(before, end)

    def _held(self, frame: "VideoFrame", until: Fraction) -> "VideoFrame":
        """A picture that began before the start, from there until a time."""
        frame.pts = math.ceil(self._absolute(self._start) / self.base)
        frame.duration = max(1, round((until - self._start) / self.base))
        return frame

    def _lasting(self, items: Iterator[Any]) -> Iterator[Any]:
        """The same items, each picture with how long it is shown; it waits for the next one, and packets with it."""
        before: VideoFrame | None = None
        packets: list[Any] = []
        try:
            for item in items:
                if not isinstance(item, av.VideoFrame):
                    packets.append(item)
                    continue
                if before is not None:
                    before.duration = round((self.time(item) - self.time(before)) / self.base)
                    yield before
                before = item
                yield from packets
                packets.clear()
            if before is not None and self._reader.more:
                before.duration = max(1, round(((self._end or 0) - self.time(before)) / self.base))
            elif before is not None:
                before.duration = self._reader.length_of_last(before)
        except EdgeBokehError:
            yield from [before] if before is not None else []
            raise
        yield from [before] if before is not None else []
        yield from packets

    def _reaches(self, packet: Any) -> bool:
        """Whether a packet is of the part: by its own time stamp, but for text that is shown when the part begins."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or is_cover(packet.stream):
            return True
        time, begin = stamp * packet.time_base, self.since or self._absolute(self._start)
        if self.until is not None and time >= self.until - ROUNDED:
            return False
        if self.until is not None and packet.stream.type == "subtitle" and packet.duration:
            packet.duration = min(packet.duration, math.ceil((self.until - time) / packet.time_base))
        if not self._start or time >= begin - ROUNDED:
            return True
        late = math.ceil(begin / packet.time_base) - stamp
        if packet.stream.type != "subtitle" or late >= (packet.duration or 0):
            return False
        packet.pts = packet.dts = stamp + late
        packet.duration -= late
        return True

    def _absolute(self, seconds: Fraction) -> Fraction:
        """Seconds since the first picture as the file counts them."""
        return seconds + self.begin * self.base

    def _lasts(self, frame: "VideoFrame") -> Fraction:
        return (frame.duration or self._reader.step) * self.base


def check(path: Path) -> None:
    """Raises PhotoMissingError, PhotoIsFolderError, PhotoUnreadableError, PhotoEmptyError for what cannot be a clip."""
    with suppress(OSError, ValueError):
        if not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode)):
            raise PhotoUnreadableError(
                f"{path} is not a plain file", "clips are read from files: write it into one first"
            )
    files.check_source(path)
    if not path.stat().st_size:
        raise PhotoEmptyError(f"{path} is an empty file", "copy it again from where it came from")


def _times(start: Fraction | float | None, end: Fraction | float | None) -> tuple[Fraction, Fraction | None]:
    """Where a part begins and ends. Raises ValueRangeError."""
    for name, value in (("--start", start), ("--end", end)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ValueRangeError(f"{name} {value} is no time", "use seconds from the start of the clip")
    if end is not None and end <= (start or 0):
        raise ValueRangeError("--end does not come after --start", "use seconds from the start of the clip")
    return Fraction(start or 0), Fraction(end) if end is not None else None
