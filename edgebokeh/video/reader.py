"""One walk through a clip's file: pictures decoded, packets of all else as they are, and whether all of it is there."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from edgebokeh.errors import ClipBrokenError, ClipChangesError, ClipUnreadableError, EdgeBokehError
from edgebokeh.stages import Clock

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SHORT = 0.5
"""Seconds by which a whole clip may end before its header says, and over which a key picture may be looked for."""

TO_DECODE = "mov,mp4,m4a,3gp,3g2,mj2"
"""The format that tells how long pictures are decoded, not shown."""

WITH_LENGTH = (TO_DECODE, "matroska,webm", "avi", "flv")
"""Formats whose header tells how long a clip is; for others FFmpeg estimates it."""

FROM_ZERO = ("matroska,webm", "flv")
"""Those of them that count from the time 0, wherever the clip begins."""

WITH_KEYS = "matroska,webm"
"""The format whose index names key pictures, and which loses more than that in silence where it is damaged."""

NEAR = 64
"""Packets among which a key picture is looked for: pictures come out of order, but not by more."""

APART = 5.0
"""Seconds by which packets of one time may lie apart in a file."""

WITHOUT_TIMES = ("avi",)
"""Formats whose pictures have no times but their order: the first one to be shown has the time of the first packet."""

LOCAL = {"protocol_whitelist": "file"}
"""Of FFmpeg's: what lists other files, such as a playlist, cannot make it ask another machine."""


def opened(path: Path) -> "InputContainer":
    """A clip's file, by its name alone, whatever FFmpeg would make of colons in it. Raises ClipUnreadableError."""
    try:
        return av.open(address(path), metadata_errors="ignore", container_options=LOCAL)
    except (av.error.FFmpegError, ValueError) as error:
        raise ClipUnreadableError(f"{path} is no clip that FFmpeg reads ({reason(error)})", "check the file") from error


def address(path: Path) -> str:
    """What FFmpeg takes for this very file."""
    return f"file:{path.absolute()}"


def pictures(container: "InputContainer", path: Path) -> "VideoStream":
    """The stream whose pictures move. Raises ClipUnreadableError."""
    for stream in container.streams.video:
        if not is_cover(stream):
            return stream
    raise ClipUnreadableError(f"{path} has no moving pictures", "name a clip with a video stream")


class Reader:
    """A walk from where the container stands.

    until: in seconds as the file counts them; no picture from then on is needed, nor is it looked at. more: whether it
    was seen that such pictures follow.
    """

    def __init__(self, path: Path, container: "InputContainer", clock: Clock, until: float | None = None) -> None:
        self.until, self.more = until, False
        self._path, self._container, self._clock = path, container, clock
        self._stream = pictures(container, path)
        self._stamps: deque[int | None] = deque()
        self._index: list[tuple[int, int]] = []
        self._keys: deque[int] = deque()
        self._near: deque[int] = deque(maxlen=NEAR)
        self._latest: int | None = None
        self._shown: int | None = None
        self._flushed = False
        self._reached = 0.0
        self._damaged: set[float] = set()

    @property
    def damaged(self) -> list[float]:
        """When pictures are shown that came damaged, or that the decoder patched up, in seconds as the file counts."""
        return sorted(self._damaged)

    @property
    def step(self) -> int:
        """How long a picture is shown where the clip does not say, in units of the stream's time base."""
        rate = self._stream.average_rate or self._stream.guessed_rate or 25
        return max(1, round(1 / rate / self._base))

    def length_of_last(self, frame: "VideoFrame") -> int:
        """How long the last picture is shown, in units of the time base: until the track ends, where that is known.

        Where pictures are reordered, mov and mp4 tell of it how long it takes until the next one is decoded.
        """
        track = self._stream
        if self._container.format.name != TO_DECODE or not track.duration or frame.pts is None:
            return frame.duration
        left = (track.start_time or 0) + track.duration - frame.pts
        return left if left > 0 else frame.duration

    def items(self) -> Iterator[Any]:
        """Pictures, each with a time stamp, and packets as they lie in the file. Raises ClipBrokenError."""
        for packet in self._packets():
            if packet.stream is self._stream:
                if packet.size and not self.more:
                    yield from self._frames(packet)
                elif self.more or packet.dts is None:
                    # One of no bytes that has a time is no end: a picture was dropped there.
                    yield from self._frames(None)
            elif packet.size:
                yield packet
        yield from self._frames(None)
        self._check_whole()

    def stamps(self) -> list[int]:
        """When pictures are shown, as far as the file says, without decoding them; in the order of the file.

        Raises ClipBrokenError, where the file ends too early.
        """
        moving = (packet for packet in self._packets() if packet.stream is self._stream and packet.size)
        found = [packet.pts if packet.pts is not None else packet.dts for packet in moving if not packet.is_discard]
        self._check_whole()
        return [stamp for stamp in found if stamp is not None]

    def _packets(self) -> Iterator[Any]:
        """Those of all streams, up to the end of the part, and of each stream an empty one at the file's end."""
        if self._container.format.name == WITH_KEYS:
            self._index = self._looked_up()
            self._keys.extend(sorted(stamp for stamp, _ in self._index))
        try:
            for packet in self._container.demux([s for s in self._container.streams if s.type != "attachment"]):
                time = _begins(packet)
                self._reached = max(self._reached, _ends(packet))
                if self._behind(time, APART):
                    break
                self.more |= packet.stream is self._stream and packet.dts is not None and self._behind(time)
                yield packet
        except av.error.FFmpegError as error:
            if not self.more:
                raise self._broken(f"cannot be read after {self._reached:.1f} s ({reason(error)})") from error

    @property
    def _base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 90000)

    def _behind(self, time: float | None, more: float = 0.0) -> bool:
        return self.until is not None and time is not None and time >= self.until + more

    def _frames(self, packet: Any) -> "Iterator[VideoFrame]":
        """Out of a packet; for None the last ones out of the decoder, once."""
        if packet is None:
            if self._flushed:
                return
            self._flushed = True
        else:
            self._check_hole(packet)
            self._stamps.append(packet.dts)
        for frame in self._decoded(packet):
            stamp = self._stamps.popleft() if self._stamps else None
            if self._container.format.name in WITHOUT_TIMES:
                frame.pts = stamp
            if frame.pts is None:
                frame.pts = 0 if self._shown is None else self._shown + self.step
            self._shown, frame.time_base = frame.pts, self._base
            if frame.is_corrupt:
                self._damaged.add(float(frame.pts * self._base))
            yield frame

    def _decoded(self, packet: Any) -> "list[VideoFrame]":
        try:
            with self._clock.stage("decode"):
                return self._stream.decode(packet)
        except av.error.FFmpegError as error:
            if self._shown is None and packet is not None:
                # A recording may start between two pictures that stand for themselves.
                return []
            where = f" at {_ends(packet):.1f} s" if packet is not None else ""
            raise self._broken(f"is damaged{where} ({reason(error)})") from error

    def _looked_up(self) -> list[tuple[int, int]]:
        """The index of a file that FFmpeg has to seek in to read it, after which packets before the time 0 are lost."""
        with opened(self._path) as other:
            with suppress(av.error.FFmpegError):
                other.seek(0)
            return _entries(other.streams[self._stream.index])

    def _check_hole(self, packet: Any) -> None:
        """Raises ClipBrokenError where a key picture of the index did not come, nor any other for a while after it."""
        if packet.pts is None:
            return
        if packet.is_corrupt and self._shown is not None:
            self._damaged.add(float(packet.pts * self._base))
        if self._latest is None:
            self._keys = deque(key for key in self._keys if key >= packet.pts)
        while self._keys and self._keys[0] <= packet.pts:
            key = self._keys.popleft()
            if key < packet.pts - SHORT / self._base and key not in self._near:
                gap = [float(stamp * self._base) for stamp in (self._latest or key, packet.pts)]
                raise self._broken(f"is damaged: its pictures between {gap[0]:.1f} and {gap[1]:.1f} s are lost")
        self._near.append(packet.pts)
        self._latest = max(packet.pts, packet.pts if self._latest is None else self._latest)

    def _check_whole(self) -> None:
        """Raises ClipBrokenError where the index or the header tells of more than there is."""
        file = self._container
        begin = 0.0 if file.format.name in FROM_ZERO else (file.start_time or 0) / 1e6
        whole = (file.duration or 0) / 1e6
        wanted = whole + begin if self.until is None else min(self.until, whole + begin)
        beyond = any(
            end > file.size and not self._behind(float(stamp * self._base))
            for stamp, end in self._index or _entries(self._stream)
        )
        if beyond or (file.format.name in WITH_LENGTH and whole and self._reached < wanted - SHORT):
            raise self._broken(f"ends after {self._reached - begin:.1f} of {whole:.1f} s")

    def _broken(self, what: str) -> EdgeBokehError:
        return ClipBrokenError(f"{self._path} {what}", "copy it again from where it came from")


def checked(items: Iterator[Any], path: Path, time: Callable[[Any], Fraction]) -> Iterator[Any]:
    """The same items. Raises ClipUnreadableError for times that do not rise, ClipChangesError for other sizes."""
    first: VideoFrame | None = None
    last: Fraction | None = None
    for item in items:
        if isinstance(item, av.VideoFrame):
            now = time(item)
            if last is not None and now <= last:
                what = "go back to" if now < last else "stand still at"
                raise ClipUnreadableError(
                    f"the times of {path} {what} {float(now):.3f} s after {float(last):.3f} s",
                    "repair it, for example by writing it anew with ffmpeg",
                )
            first, last = first or item, now
            if (item.width, item.height) != (first.width, first.height):
                raise ClipChangesError(
                    f"the pictures of {path} change from {first.width}×{first.height} to "
                    f"{item.width}×{item.height} at {float(now):.3f} s",
                    "cut it there with --end and --start",
                )
        yield item


def is_cover(stream: "av.stream.Stream") -> bool:
    """Whether it is a still that stands for the clip, at no time of its own."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def reason(error: Exception) -> str:
    """An error in FFmpeg's own words."""
    return getattr(error, "strerror", None) or str(error)


def _entries(stream: Any) -> list[tuple[int, int]]:
    """The time stamp of each packet that the index names, and where it ends in the file, in bytes."""
    return [(entry.timestamp, entry.pos + entry.size) for entry in stream.index_entries]


def _begins(packet: Any) -> float | None:
    """When a packet is decoded, in seconds."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    return None if stamp is None else float(stamp * packet.time_base)


def _ends(packet: Any) -> float:
    """The time at which a packet ends, in seconds; 0 for one without a time."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return 0.0 if stamp is None else float((stamp + (packet.duration or 0)) * packet.time_base)
