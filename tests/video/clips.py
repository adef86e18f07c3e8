"""Small clips with a known answer, written by PyAV: the red subject of `tiny.picture` moves over noisy green."""

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests import tiny

SIZE = (96, 128)
NTSC = Fraction(30000, 1001)
LOSSLESS = {"qp": "0"}


def picture(number: int, size: tuple[int, int] = SIZE, *, subject: bool = True) -> np.ndarray:
    """BGR; the subject moves a pixel to the right with each picture."""
    pixels = tiny.picture(*size)
    if not subject:
        pixels[tiny.subject(*size)] = (0, 200, 0)
    return np.roll(pixels, number, axis=1)


def write(
    path: Path,
    count: int = 12,
    *,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: Fraction = NTSC,
    base: Fraction | None = None,
    stamps: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    sound: str = "",
    text: str = "",
    shown: tuple[int, int] = (100, 200),
    more_sound: int = 0,
    chapters: Sequence[tuple[int, int]] = ((0, 200),),
    without: Sequence[int] = (),
    rotation: int = 0,
    tags: dict[str, Any] | None = None,
    container: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """stamps: in units of base, one for each picture; default: evenly. sound, text: codecs of further streams. shown:
    when the text begins and for how long, in ms. more_sound: seconds of it after the pictures. chapters: in ms.
    without: pictures that have no subject."""
    base = base or 1 / rate
    stamps = stamps if stamps is not None else [round(number / rate / base) for number in range(count)]
    with av.open(str(path), "w", container_options=container or {}) as file:
        file.metadata.update(metadata or {})
        video = file.add_stream(codec, rate=rate, options=options or {}, time_base=base)
        video.width, video.height, video.pix_fmt = size[1], size[0], pixels
        for name, value in (tags or {}).items():
            setattr(video.codec_context, name, value)
        if rotation:
            video.set_display_rotation(rotation)
        others = [_sound(file, sound)] if sound else []
        others += [_text(file, text, shown)] if text else []
        if others or len(chapters) > 1:
            file.set_chapters(
                [
                    {"id": 1 + n, "start": a, "end": b, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}}
                    for n, (a, b) in enumerate(chapters)
                ]
            )
        file.start_encoding()
        packets = []
        for number, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(picture(number, size, subject=number not in without), format="bgr24")
            frame = frame.reformat(format=pixels)
            frame.pts, frame.time_base = stamp, base
            frame.duration = (
                stamps[number + 1] if number + 1 < len(stamps) else 2 * stamp - stamps[number - 1]
            ) - stamp
            packets += video.encode(frame)
        packets += video.encode()
        file.mux(packets)
        for write_all in others:
            write_all(stamps[-1] * base + more_sound)
    return path


def _sound(file: Any, codec: str) -> Any:
    stream = file.add_stream(codec, rate=48000)
    stream.metadata["language"] = "deu"

    def write_all(seconds: Fraction) -> None:
        wave = np.sin(np.arange(int(48000 * seconds) or 4800) / 20)
        step = stream.codec_context.frame_size or 1024
        for first in range(0, len(wave) - step + 1, step):
            part = (wave[first : first + step] * 8000).astype(np.float32)[None].repeat(2, 0) / 32768
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())

    return write_all


def _text(file: Any, codec: str, shown: tuple[int, int]) -> Any:
    stream = file.add_mux_stream(codec, time_base=Fraction(1, 1000))

    def write_all(_seconds: Fraction) -> None:
        words = b"hello"
        packet = av.Packet(len(words).to_bytes(2) + words if codec == "mov_text" else words)
        packet.pts, packet.duration = shown
        packet.dts, packet.time_base, packet.stream = shown[0], Fraction(1, 1000), stream
        file.mux(packet)

    return write_all


def times(path: Path) -> list[tuple[Fraction, Fraction]]:
    """Time and duration of each picture, in seconds."""
    with av.open(str(path)) as file:
        return [(frame.pts * frame.time_base, frame.duration * frame.time_base) for frame in file.decode(video=0)]


def frames(path: Path) -> list[Any]:
    with av.open(str(path)) as file:
        return list(file.decode(video=0))


def packets(path: Path, kind: str) -> list[tuple[Fraction, str]]:
    """Time and hash of each packet of the first stream of a kind."""
    with av.open(str(path)) as file:
        stream = next(stream for stream in file.streams if stream.type == kind)
        found = [packet for packet in file.demux(stream) if packet.size]
        return [(packet.pts * packet.time_base, sha256(bytes(packet)).hexdigest()) for packet in found]
