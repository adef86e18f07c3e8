"""A clip on its way out: frames encoded with the times that they came with, all else copied packet by packet."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from edgebokeh.errors import CodecError
from edgebokeh.stages import Clock
from edgebokeh.video.canvas import tags
from edgebokeh.video.clip import LEFT_OUT, Clip, is_cover
from edgebokeh.video.codecs import Recipe

NO_TEXT = b"\0\0"
"""A packet of mov_text that fills a gap; the muxer writes its own."""

TEXT_OF_CHAPTERS = "bin_data"
"""The codec of the stream in which mov keeps the titles of chapters."""

ATTACHING = "matroska"
"""The container that holds files, such as fonts for its subtitles."""


class Writer:
    """A clip that is being written. dropped: what the container cannot take, in words. frames: written so far."""

    def __init__(self, path: Path, clip: Clip, recipe: Recipe, *, cut: bool = False) -> None:
        """cut: it holds a part of the clip, whose times then start at 0, and whose chapters are left out."""
        self.dropped: list[str] = []
        self.frames = 0
        self._closed = False
        self.clock = Clock()
        self._base = clip.base
        self._offset = clip.first.pts * clip.base if cut and clip.first.pts else Fraction(0)
        options = dict(recipe.box.options)
        if "movflags" in options:
            # Else the time of the first picture is rounded to milliseconds.
            options["movie_timescale"] = str(clip.base.denominator)
        self._container = av.open(str(path), "w", format=recipe.box.name, container_options=options)
        self._container.metadata.update(clip.metadata)
        self._stream = self._pictures(clip, recipe)
        self._copies = {stream.index: copy for stream in clip.others if (copy := self._copied(stream)) is not None}
        if not cut:
            self._container.set_chapters(clip.container.chapters())
        try:
            self._container.start_encoding()
        except (av.error.FFmpegError, ValueError) as error:
            raise CodecError(
                f"{recipe.codec} cannot be started ({error})", "use another --codec or --preset"
            ) from error

    @property
    def copied(self) -> int:
        """How many streams are copied."""
        return len(self._copies)

    def write(self, item: Any) -> None:
        """A frame, with its time stamp in the clip's time base, or a packet of one of its other streams."""
        if isinstance(item, av.Packet):
            self._copy(item)
            return
        item.pts -= int(self._offset / self._base)
        item.time_base = self._base
        item.pict_type = 0
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
        self._container.mux(packets)

    def _pictures(self, clip: Clip, recipe: Recipe) -> "av.video.stream.VideoStream":
        source, first = clip.stream.codec_context, clip.first
        stream = self._container.add_stream(
            recipe.encoder.name, rate=clip.rate or 25, options=dict(recipe.options), time_base=clip.base
        )
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, recipe.pixels
        if aspect := clip.stream.sample_aspect_ratio or source.sample_aspect_ratio:
            context.sample_aspect_ratio = aspect
        for name, value in tags(first)._asdict().items():
            setattr(context, name, value)
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
        """The stream that takes the packets of another; None where the container cannot, which is noted."""
        if _made_anew(stream, self._container.format.name):
            return None
        name = stream.name or "of an unknown kind"
        coded = stream.codec_context is not None
        known = stream.type == "attachment" and self._container.format.name == ATTACHING
        copy = None
        if coded or known or name in self._container.supported_codecs:
            with suppress(ValueError, av.error.FFmpegError):
                copy = self._container.add_stream_from_template(stream, opaque=True)
        if copy is None:
            self.dropped.append(f"{stream.type} stream {stream.index} ({name})")
            return None
        if coded:
            copy.time_base = stream.time_base
            copy.metadata.update(_kept(stream))
            copy.disposition = stream.disposition
        return copy

    def _copy(self, packet: Any) -> None:
        copy = self._copies.get(packet.stream.index)
        if copy is None or (copy.name == "mov_text" and bytes(packet) == NO_TEXT):
            return
        shift = 0 if is_cover(packet.stream) else round(self._offset / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = copy
        with _refused():
            self._container.mux_one(packet)


def _made_anew(stream: Any, container: str) -> bool:
    """Whether a muxer writes a stream by itself: the titles of chapters, and the time code that a stream names."""
    if stream.type != "data":
        return False
    titles = stream.name == TEXT_OF_CHAPTERS and bool(stream.container.chapters())
    return titles or ("timecode" in stream.metadata and container in ("mov", "mp4"))


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
