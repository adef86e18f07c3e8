"""Streams that are copied from one container into another: FFmpeg is asked whether it takes them, by trying it."""

import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import av

from edgebokeh.video.codecs import BOXES
from edgebokeh.video.reader import is_cover, opened, pictures

TEXT_OF_CHAPTERS = "bin_data"
"""The codec of the stream in which mov keeps the titles of chapters."""

ATTACHING = "matroska"
"""The container that holds files, such as fonts for its subtitles."""

COVERED = "mp4"
"""The container whose streams may be covers."""

COVERS = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}
"""What the file of a cover is called where it is attached, and its kind, by its codec."""

ENDINGS = {"blur": (".mp4", ".mov", ".mkv"), "matte": (".mp4", ".mov", ".mkv"), "alpha": (".webm", ".mkv")}
"""Of results that nobody named, in order of preference, by what is made; before them comes the clip's own."""


class _Nowhere(io.RawIOBase):
    """A file that forgets what is written."""

    _place = 0

    def write(self, data: Any) -> int:
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = offset if whence == 0 else self._place + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def takes(box: str, stream: Any) -> bool:
    """Whether a container, by FFmpeg's name, can be begun with a copy of a stream, and keeps it for what it is."""
    if stream.type == "attachment":
        return box == ATTACHING
    if is_cover(stream) and box != COVERED:
        return box == ATTACHING and stream.name in COVERS
    try:
        trial: Any = av.open(_Nowhere(), "w", format=box)
        trial.add_stream_from_template(stream, opaque=True)
        trial.start_encoding()
    except (ValueError, av.error.FFmpegError):
        return False
    with suppress(ValueError, av.error.FFmpegError):
        trial.close()
    return True


def takers(streams: Sequence[Any]) -> list[str]:
    """The endings of BOXES whose containers take all of these."""
    return [ending for ending, box in BOXES.items() if all(takes(box.name, stream) for stream in streams)]


def cover(path: Path, stream: Any) -> tuple[str, str, bytes]:
    """A clip's cover as a file to attach: its name, its kind and what is in it. Raises ClipUnreadableError."""
    name, kind = COVERS[stream.name]
    with opened(path) as container:
        packet = next(container.demux(container.streams[stream.index]))
        return stream.metadata.get("filename", name), kind, bytes(packet)


def made_anew(stream: Any, box: str) -> bool:
    """Whether a muxer writes a stream by itself: the titles of chapters, and the time code that a stream names."""
    if stream.type != "data":
        return False
    titles = stream.name == TEXT_OF_CHAPTERS and bool(stream.container.chapters())
    return titles or ("timecode" in stream.metadata and box in ("mov", "mp4"))


def ending(path: Path, kind: str) -> str:
    """For a result that nobody named: the first that takes the clip's sound and text, else its sound, else the first.

    Raises ClipUnreadableError.
    """
    own = path.suffix.lower()
    fits = own in BOXES and (kind != "alpha" or BOXES[own].alpha)
    endings = [path.suffix] * bool(fits) + [one for one in ENDINGS[kind] if one != own]
    with opened(path) as container:
        moving = pictures(container, path)
        others = [stream for stream in container.streams if stream is not moving and not is_cover(stream)]
        for kinds in (("audio", "subtitle"), ("audio",)):
            wanted = [stream for stream in others if stream.type in kinds]
            for one in endings:
                if all(takes(BOXES[one.lower()].name, stream) for stream in wanted):
                    return one
    return endings[0]
