"""A clip on its way in: its pictures in order, and the packets of all else as they are."""

import itertools
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from edgebokeh import files
from edgebokeh.errors import (
    ClipBrokenError,
    ClipChangesError,
    ClipUnreadableError,
    PhotoEmptyError,
    ValueRangeError,
)
from edgebokeh.stages import Clock
from edgebokeh.video.canvas import UPRIGHT, Turn, turn

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

SHORT = 0.5
"""Seconds by which a whole clip may end before its header says."""

WITH_LENGTH = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "flv")
"""Formats whose header tells how long a clip is; for others FFmpeg estimates it."""

INTERLEAVED = 1.0
"""Seconds by which packets of one time may lie apart in a file."""

WITHOUT_TIMES = ("avi",)
"""Formats whose pictures have no times but their order: the first one to be shown has the time of the first packet."""

LEFT_OUT = ("major_brand", "minor_version", "compatible_brands", "encoder", "ENCODER", "DURATION", "vendor_id")
"""Metadata of the file as it was, which would be wrong in another."""


class Clip:
    """An open clip. stream: its pictures. others: the streams that are copied.

    matrix: the display matrix of its pictures as they are coded, b"" for none. turn: how to turn them upright. rate: in
    pictures per second, None where the clip does not say. begin: the time stamp of its first picture. length: in
    seconds, None where the clip does not say.
    """

    def __init__(self, path: Path, start: float | None = None, end: float | None = None) -> None:
        """Opens a clip and decodes its first picture.

        start, end: seconds from the first picture; what lies outside is left out.
        Raises PhotoMissingError, PhotoIsFolderError, PhotoUnreadableError, PhotoEmptyError, ClipUnreadableError,
        ClipBrokenError, ValueRangeError.
        """
        files.check_source(path)
        if not path.stat().st_size:
            raise PhotoEmptyError(f"{path} is an empty file", "copy it again from where it came from")
        if (start or 0) < 0 or (end is not None and end <= (start or 0)):
            raise ValueRangeError("--end does not come after --start", "use seconds from the start of the clip")
        self.path, self._start, self._end = path, start, end
        self.clock = Clock()
        self._begin = 0
        self._stamps: deque[int | None] = deque()
        try:
            self.container = av.open(str(path), metadata_errors="ignore")
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipUnreadableError(
                f"{path} is no clip that FFmpeg reads ({_reason(error)})", "check the file"
            ) from error
        self.stream = self._pictures()
        self.stream.thread_type = "AUTO"
        self.others = [stream for stream in self.container.streams if stream is not self.stream]
        self.base: Fraction = self.stream.time_base or Fraction(1, 90000)
        self.rate = self.stream.average_rate or self.stream.guessed_rate
        self._items = self._kept(self._all())
        self._head: list[Any] = []
        self.first = self._first()
        self.begin = self._begin
        display: Any = self.first.side_data.get("DISPLAYMATRIX")
        self.matrix = bytes(display) if display else b""
        self.turn: Turn = turn(self.matrix) if self.matrix else UPRIGHT

    @property
    def length(self) -> float | None:
        """Of what is read, in seconds, as far as the clip says."""
        own = self.stream.duration * self.base if self.stream.duration else None
        whole = float(own) if own else (self.container.duration or 0) / 1e6
        if not whole:
            return None
        return max(0.0, min(whole, self._end or whole) - (self._start or 0))

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
        return ((frame.pts or 0) - self._begin) * self.base

    def close(self) -> None:
        """Gives the file free."""
        self.container.close()

    def _pictures(self) -> "av.video.stream.VideoStream":
        for stream in self.container.streams.video:
            if not is_cover(stream):
                return stream
        raise ClipUnreadableError(f"{self.path} has no moving pictures", "name a clip with a video stream")

    def _first(self) -> "VideoFrame":
        """The first picture that is read, which with all before it comes out of `items` again."""
        for item in self._items:
            self._head.append(item)
            if isinstance(item, av.VideoFrame):
                return item
        if self._start:
            raise ValueRangeError(f"--start {self._start:g} lies behind the end of {self.path}", "use an earlier time")
        raise ClipUnreadableError(f"{self.path} has no picture that can be decoded", "check the file")

    def _all(self) -> Iterator[Any]:
        """Every picture and packet, from the start or somewhat before `start`; checks what must hold of them."""
        first: VideoFrame | None = None
        last: int | None = None
        for item in self._from_start():
            if not isinstance(item, av.VideoFrame):
                yield item
                continue
            if item.pts is None:
                item.pts = last + self._step() if last is not None else 0
            if last is not None and item.pts <= last:
                raise ClipUnreadableError(
                    f"the times of {self.path} go back at {float(self.time(item)):.3f} s",
                    "repair it, for example by writing it anew with ffmpeg",
                )
            first, last = first or item, item.pts
            if (item.width, item.height) != (first.width, first.height):
                raise ClipChangesError(
                    f"the pictures of {self.path} change from {first.width}×{first.height} to "
                    f"{item.width}×{item.height} at {float(self.time(item)):.3f} s",
                    "cut it there with --end and --start",
                )
            yield item

    def _from_start(self) -> Iterator[Any]:
        """Seeks to `start`, for which the first picture's time has to be known."""
        items = self._decoded()
        head = []
        for item in items:
            head.append(item)
            if isinstance(item, av.VideoFrame):
                self._begin = item.pts or 0
                break
        if self._start:
            try:
                offset = self._begin + int(Fraction(self._start) / self.base)
                self.container.seek(offset, stream=self.stream)
                self._stamps.clear()
            except av.error.FFmpegError as error:
                raise ClipUnreadableError(
                    f"{self.path} cannot be sought in ({_reason(error)})", "leave --start out"
                ) from error
            return self._decoded()
        return itertools.chain(head, items)

    def _decoded(self) -> Iterator[Any]:
        reached, seen = 0.0, False
        try:
            for packet in self.container.demux([one for one in self.container.streams if one.type != "attachment"]):
                if packet.dts is not None:
                    reached = max(reached, _ends(packet))
                if packet.stream is not self.stream:
                    if packet.size:
                        yield packet
                    continue
                for frame in self._frames(packet, seen):
                    seen = True
                    yield frame
        except av.error.FFmpegError as error:
            raise self._broken(f"cannot be read after {reached:.1f} s ({_reason(error)})") from error
        if not self._start and self._end is None:
            self._check_whole(reached)

    def _frames(self, packet: Any, seen: bool) -> "list[VideoFrame]":
        if packet.size:
            self._stamps.append(packet.dts)
        try:
            with self.clock.stage("decode"):
                frames: list[VideoFrame] = packet.decode()
        except av.error.FFmpegError as error:
            if not seen and packet.size:
                # A recording may start between two pictures that stand for themselves.
                return []
            where = f" at {_ends(packet):.1f} s" if packet.dts is not None else ""
            raise self._broken(f"is damaged{where} ({_reason(error)})") from error
        for frame in frames:
            stamp = self._stamps.popleft() if self._stamps else None
            if self.container.format.name in WITHOUT_TIMES:
                frame.pts = stamp
        return frames

    def _check_whole(self, reached: float) -> None:
        """Raises ClipBrokenError where the index or the header tells of more than there is."""
        begin = (self.container.start_time or 0) / 1e6
        whole = (self.container.duration or 0) / 1e6
        beyond = any(entry.pos + entry.size > self.container.size for entry in self.stream.index_entries)
        if beyond or (self.container.format.name in WITH_LENGTH and whole and reached - begin < whole - SHORT):
            raise self._broken(f"ends after {reached - begin:.1f} of {whole:.1f} s")

    def _broken(self, what: str) -> ClipBrokenError:
        return ClipBrokenError(f"{self.path} {what}", "copy it again, or keep what there is with --keep-partial")

    def _kept(self, items: Iterator[Any]) -> Iterator[Any]:
        """What lies between `start` and `end`: a packet by its own time stamp."""
        for item in items:
            stamp = item.pts if item.pts is not None else item.dts
            if stamp is None or (isinstance(item, av.Packet) and is_cover(item.stream)):
                yield item
                continue
            time = float(stamp * item.time_base) - self._seconds_of_begin
            if self._end is not None and time >= self._end + INTERLEAVED:
                return
            if (not self._start or time >= self._start - 1e-9) and (self._end is None or time < self._end - 1e-9):
                yield item

    @property
    def _seconds_of_begin(self) -> float:
        return float(self._begin * self.base)

    def _step(self) -> int:
        return max(1, round(1 / (self.rate or 25) / self.base))


def is_cover(stream: "av.stream.Stream") -> bool:
    """Whether it is a still that stands for the clip, at no time of its own."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _ends(packet: Any) -> float:
    """The time at which a packet ends, in seconds."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return float((stamp + (packet.duration or 0)) * packet.time_base)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
