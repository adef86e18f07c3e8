"""A clip on its way out: frames encoded with the times that they came with, all else copied packet by packet."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from edgebokeh.errors import CodecError
from edgebokeh.stages import Clock
from edgebokeh.video.canvas import tags
from edgebokeh.video.clip import LEFT_OUT, Clip
from edgebokeh.video.codecs import Recipe
from edgebokeh.video.colour import LIMITED_RANGE
from edgebokeh.video.reader import address, is_cover, reason
from edgebokeh.video.streams import ATTACHING, cover, made_anew, takers, takes

TO_DECODE = ("mp4", "mov")
"""Containers that hold how long pictures are decoded, not shown, and whose tracks end with that at the latest."""

FEW = 2
"""So few pictures are decoded in the order in which they are shown. To them x265 up to 4.2 gives decoding times out of
memory that it never set (https://github.com/Multicorewareinc/x265/issues/781)."""

NO_TEXT = b"\0\0"
"""A packet of mov_text that fills a gap; the muxer writes its own."""


class Writer:
    """A clip that is being written.

    dropped: what the container cannot take, in words, and takers: endings of those that take all of it. frames: written
    so far.
    """

    def __init__(self, path: Path, clip: Clip, recipe: Recipe) -> None:
        """A part of a clip that has a start begins at the time 0, with the chapters that lie in it."""
        self.frames = 0
        self.clock = Clock()
        self._closed = False
        self._clip, self._base = clip, clip.base
        self._offset = clip.since or Fraction(0)
        self._lengths: dict[int, int] = {}
        self._shown = [0, 0]
        self._decoded: int | None = None
        self._to_decode = recipe.box.name in TO_DECODE
        self._refused: Counter[str] = Counter()
        options = dict(recipe.box.options)
        if "movflags" in options:
            # Else the time of the first picture is rounded to milliseconds.
            options["movie_timescale"] = str(clip.base.denominator)
        self._container = av.open(address(path), "w", format=recipe.box.name, container_options=options)
        self._container.metadata.update(clip.metadata)
        self._stream = self._pictures(clip, recipe)
        others = [stream for stream in clip.others if not made_anew(stream, recipe.box.name)]
        lost = [stream for stream in others if not takes(recipe.box.name, stream)]
        self.dropped = [_told(stream) for stream in lost]
        self.takers = takers(lost) if lost else []
        self._copies = {stream.index: self._copied(stream) for stream in others if stream not in lost}
        self._container.set_chapters(list(_chapters(clip)))
        try:
            self._container.start_encoding()
        except (av.error.FFmpegError, ValueError) as error:
            size = f"{clip.first.width}×{clip.first.height}"
            raise CodecError(
                f"{recipe.codec} cannot be started for pictures of {size} ({reason(error)})",
                "use another --codec or --preset",
            ) from error

    @property
    def copied(self) -> int:
        """How many streams are copied."""
        return len(self._copies)

    @property
    def seconds(self) -> float:
        """From the beginning of the first picture that is written to the end of the last."""
        first, end = self._shown
        return float((end - first) * self._base)

    @property
    def notes(self) -> list[str]:
        """What was left out on the way, in words."""
        return [f"damaged packets of {name}, left out: {count}" for name, count in self._refused.items()]

    def write(self, item: Any) -> None:
        """A frame, with its time stamp in the clip's time base, or a packet of one of its other streams."""
        if isinstance(item, av.Packet):
            self._copy(item)
            return
        item.pts -= int(self._offset / self._base)
        item.time_base = self._base
        item.pict_type = 0
        self._lengths[item.pts] = item.duration
        self._shown = [self._shown[0] if self.frames else item.pts, item.pts + item.duration]
        with _refused():
            self._put(item)
        self.frames += 1

    def close(self) -> None:
        """Writes what the encoder still holds, and the end of the file; a second time it does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self.frames:
                with _refused():
                    self._put(None)
        finally:
            with _refused():
                self._container.close()

    def _put(self, frame: "av.VideoFrame | None") -> None:
        with self.clock.stage("encode"):
            packets = self._stream.encode(frame)
        for packet in packets:
            if length := self._lengths.pop(packet.pts or 0, 0):
                packet.duration = length
            if frame is None and self.frames <= FEW:
                packet.dts = packet.pts
        if packets and self._decoded is None:
            self._decoded = packets[0].dts
        if packets and frame is None and self._to_decode:
            self._stretch(packets[-1])
        self._container.mux(packets)

    def _stretch(self, packet: Any) -> None:
        """Has the last packet, which may be another picture's, not end the track before the last picture ends."""
        first, end = self._shown
        if packet.dts is not None and self._decoded is not None:
            packet.duration = max(packet.duration or 0, (end - first) - (packet.dts - self._decoded))

    def _pictures(self, clip: Clip, recipe: Recipe) -> "av.video.stream.VideoStream":
        stream = self._container.add_stream(
            recipe.encoder.name, rate=clip.rate or 25, options=dict(recipe.options), time_base=clip.base
        )
        assert isinstance(stream, av.VideoStream)
        context, first = stream.codec_context, clip.first
        context.width, context.height, context.pix_fmt = first.width, first.height, recipe.pixels
        if clip.aspect:
            context.sample_aspect_ratio = clip.aspect
        for name, value in tags(first)._asdict().items():
            setattr(context, name, value)
        if recipe.encoder.limited:
            context.color_range = LIMITED_RANGE
        context.thread_count = 0
        if recipe.codec == "hevc" and recipe.box.name in ("mp4", "mov"):
            context.codec_tag = "hvc1"
        stream.time_base = clip.base
        stream.metadata.update(_kept(clip.stream))
        stream.disposition = clip.stream.disposition
        if clip.matrix:
            stream.set_display_matrix(np.frombuffer(clip.matrix, np.int32).tolist())
        return stream

    def _copied(self, stream: Any) -> Any:
        """The stream that takes the packets of another, or the file that a cover becomes."""
        if is_cover(stream) and self._container.format.name == ATTACHING:
            return self._container.add_attachment(*cover(self._clip.path, stream))
        copy = self._container.add_stream_from_template(stream, opaque=True)
        if stream.codec_context is not None:
            copy.time_base = stream.time_base
            copy.metadata.update(_kept(stream))
            copy.disposition = stream.disposition
        return copy

    def _copy(self, packet: Any) -> None:
        stream = packet.stream
        copy = self._copies.get(stream.index)
        if copy is None or copy.type == "attachment" or (copy.name == "mov_text" and bytes(packet) == NO_TEXT):
            return
        shift = 0 if is_cover(stream) else round(self._offset / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = copy
        try:
            self._container.mux_one(packet)
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            self._refused[_told(stream)] += 1


def _told(stream: Any) -> str:
    return f"{stream.type} stream {stream.index} ({stream.name or 'of an unknown kind'})"


def _chapters(clip: Clip) -> Iterator[Any]:
    """Those of the clip, or what of them lies in its part, by the part's times."""
    since, until = clip.since or Fraction(0), clip.until
    for chapter in clip.container.chapters():
        base = chapter["time_base"] or Fraction(1)
        first, last = (Fraction(chapter[name]) * base for name in ("start", "end"))
        if clip.since is not None:
            first = max(first, since)
        if until is not None:
            last = min(last, until)
        if first < last or (clip.since is None and until is None):
            moved = chapter.copy()
            moved["start"], moved["end"] = round((first - since) / base), round((last - since) / base)
            yield moved


def _kept(stream: "av.stream.Stream") -> dict[str, str]:
    """What a stream says of itself and is still true in another file."""
    return {key: value for key, value in stream.metadata.items() if key not in LEFT_OUT}


@contextmanager
def _refused() -> Iterator[None]:
    """What FFmpeg does not write is the codec's or container's fault, but a full disk is not."""
    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise CodecError(f"FFmpeg does not write this ({error})", "use another ending or --codec") from error
