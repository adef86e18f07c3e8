"""What results are written with: tables of encoders and containers, and the choice among them for a clip."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import av

from edgebokeh.errors import CodecError, OutputFormatError, ValueRangeError
from edgebokeh.video.canvas import LAYOUTS, Layout

if TYPE_CHECKING:
    from edgebokeh.video.clip import Clip


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of FFmpeg's. crf: its constant quality unless the caller says, and the worst; None: it has none.

    effort: the option that trades time for size, its default, and all its values in words, or the range of a number.
    cap: the options that hold the quality to a bit rate at most, each with how many times that. even: sides must be
    even where chroma is halved. least: the shortest side, in pixels. formats: the pixel formats that it takes, None for
    those that it lists. alpha: whether it holds alpha. limited: its codes are taken for 16 to 235 whatever is said of
    them. aspect: its pictures say how wide their pixels are.
    """

    name: str
    crf: tuple[int, int] | None = None
    effort: tuple[str, str, str] | None = None
    cap: Mapping[str, int] = field(default_factory=dict)
    even: bool = False
    least: int = 1
    formats: tuple[str, ...] | None = None
    alpha: bool = False
    limited: bool = False
    aspect: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


OVER_TWO_SECONDS = {"maxrate": 1, "bufsize": 2}
"""The bit rate at most, over the two seconds that the buffer holds."""

WORDS = "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"

ENCODERS: dict[str, Encoder] = {
    "h264": Encoder("libx264", (20, 51), ("preset", "medium", WORDS), cap=OVER_TWO_SECONDS, even=True, aspect=True),
    "hevc": Encoder(
        "libx265",
        (24, 51),
        ("preset", "medium", WORDS),
        cap=OVER_TWO_SECONDS,
        even=True,
        aspect=True,
        options={"x265-params": "log-level=none"},
    ),
    # With pictures such as 1024×8 it never comes to an end.
    "av1": Encoder("libsvtav1", (32, 63), ("preset", "8", "0..13"), cap=OVER_TWO_SECONDS, least=64),
    "vp9": Encoder(
        "libvpx-vp9",
        (30, 63),
        ("cpu-used", "4", "0..8"),
        cap={"b": 1},
        # It lists more with alpha, and cannot be opened with them.
        formats=("yuv420p", "yuv422p", "yuv444p", "yuva420p"),
        alpha=True,
        options={"row-mt": "1", "deadline": "good", "b": "0"},
    ),
    "prores": Encoder("prores_ks", formats=("yuv422p10le", "yuv444p10le", "yuva444p10le"), alpha=True, limited=True),
    "ffv1": Encoder("ffv1", alpha=True, options={"level": "3"}),
}
"""By the name that `--codec` takes, which is FFmpeg's for the codec."""


@dataclass(frozen=True, slots=True)
class Box:
    """A container. name: FFmpeg's. codecs: that it is written with here, the first one unless the source's is among
    them. alpha: the codec for results with alpha, "" for none. aspect: it says how wide pixels are."""

    name: str
    codecs: tuple[str, ...]
    alpha: str = ""
    aspect: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


FAST = {"movflags": "+faststart"}

BOXES: dict[str, Box] = {
    ".mp4": Box("mp4", ("h264", "hevc", "av1", "vp9"), aspect=True, options=FAST),
    ".m4v": Box("mp4", ("h264", "hevc", "av1"), aspect=True, options=FAST),
    ".mov": Box("mov", ("h264", "hevc", "prores"), "prores", True, FAST),
    ".mkv": Box("matroska", ("h264", "hevc", "av1", "vp9", "ffv1", "prores"), "vp9"),
    ".webm": Box("webm", ("vp9", "av1"), "vp9"),
}
"""By the ending of a file."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a result is written. codec: of ENCODERS. pixels: the format of its frames. options: of the encoder.

    note: what is to be said about it, "" for nothing.
    """

    codec: str
    box: Box
    pixels: str
    options: Mapping[str, str]
    note: str = ""

    @property
    def encoder(self) -> Encoder:
        """The row of ENCODERS."""
        return ENCODERS[self.codec]

    @property
    def keeps_aspect(self) -> bool:
        """Whether the result says how wide its pixels are, of which PyAV tells Matroska nothing."""
        return self.box.aspect or self.encoder.aspect

    def loses(self, name: str) -> bool:
        """Whether the result holds less of a picture of another format."""
        return _shallow(self.pixels, name) or any(_distance(LAYOUTS[self.pixels], LAYOUTS[nearest(name)])[:2])


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller wants of the encoding; None is the encoder's default."""

    codec: str | None = None
    crf: int | None = None
    preset: str | None = None


DEEP = 10
"""Bits of a code that are not given up for the clip's own codec."""

NO_ALPHA = "use .webm or .mkv (vp9), .mov (prores), or --codec ffv1 for .mkv"


def box(target: Path) -> Box:
    """The container for a file's ending. Raises OutputFormatError."""
    found = BOXES.get(target.suffix.lower())
    if found is None:
        raise OutputFormatError(f"{target} has no ending of a clip", f"use one of {', '.join(BOXES)}")
    return found


def recipe(clip: "Clip", target: Path, wish: Wish, *, alpha: bool = False) -> Recipe:
    """How to write a result of this clip.

    Without a wish for a quality it takes at most as many bits as the clip, where the encoder can keep to that.
    Raises OutputFormatError, CodecError, ValueRangeError.
    """
    container = box(target)
    codec = wish.codec or _default(container, clip, alpha)
    if codec not in ENCODERS:
        raise CodecError(f"no codec is called {codec!r}", f"use one of {', '.join(ENCODERS)}")
    encoder = ENCODERS[codec]
    if codec not in container.codecs:
        raise CodecError(f"{target.suffix} holds no {codec}", f"use one of {', '.join(container.codecs)}")
    if alpha and not encoder.alpha:
        raise CodecError(f"{codec} holds no alpha", NO_ALPHA)
    options = {**encoder.options, **_quality(codec, wish, clip.bit_rate), **_effort(codec, wish.preset)}
    pixels, lost = _pixels(clip, codec, alpha=alpha)
    options |= {"auto-alt-ref": "0"} if alpha and codec == "vp9" else {}
    options |= {"profile": "hq" if pixels == "yuv422p10le" else "4444"} if codec == "prores" else {}
    own = clip.first.format.name
    return Recipe(codec, container, pixels, options, f"{codec} writes {pixels} for {own}" if lost else "")


def _default(container: Box, clip: "Clip", alpha: bool) -> str:
    """The clip's own codec, or the container's first; another that it holds where that would take bits away."""
    if alpha and not container.alpha:
        raise CodecError(f"{container.name} holds no alpha", NO_ALPHA)
    own = container.alpha if alpha else clip.stream.codec_context.codec.canonical_name
    wished = own if own in container.codecs else container.codecs[0]
    able = [codec for codec in (wished, *container.codecs) if ENCODERS[codec].alpha or not alpha]
    return next((codec for codec in able if _deep(clip, codec, alpha)), wished)


def _deep(clip: "Clip", codec: str, alpha: bool) -> bool:
    """Whether a codec holds a clip's sides, and more than 8 bits if the clip has them."""
    try:
        written, _ = _pixels(clip, codec, alpha=alpha)
    except CodecError:
        return False
    return LAYOUTS[written].bits >= min(DEEP, LAYOUTS[nearest(clip.first.format.name)].bits)


def _quality(codec: str, wish: Wish, bit_rate: int | None) -> dict[str, str]:
    encoder = ENCODERS[codec]
    if encoder.crf is None:
        if wish.crf is not None:
            raise CodecError(f"{codec} has no --crf", "leave it out")
        return {}
    default, worst = encoder.crf
    if wish.crf is not None and not 0 <= wish.crf <= worst:
        raise ValueRangeError(f"--crf {wish.crf} is out of range", f"use 0 to {worst}")
    options = {"crf": str(default if wish.crf is None else wish.crf)}
    if wish.crf is None and bit_rate:
        options |= {name: str(times * bit_rate) for name, times in encoder.cap.items()}
    return options


def _effort(codec: str, preset: str | None) -> dict[str, str]:
    effort = ENCODERS[codec].effort
    if effort is None:
        if preset is not None:
            raise CodecError(f"{codec} has no --preset", "leave it out")
        return {}
    name, default, known = effort
    low, _, high = known.partition("..")
    words = [str(number) for number in range(int(low), int(high) + 1)] if high else known.split()
    if preset is not None and preset not in words:
        raise ValueRangeError(f"--preset {preset!r} is none of {codec}'s", f"use {known.replace(' ', ', ')}")
    return {name: preset or default}


def _pixels(clip: "Clip", codec: str, *, alpha: bool = False) -> tuple[str, bool]:
    """The format that is nearest to the clip's, and whether to say so: it holds less, or without alpha more."""
    encoder, first = ENCODERS[codec], clip.first
    taken = encoder.formats or tuple(one.name for one in av.Codec(encoder.name, "w").video_formats or ())
    wanted = nearest(first.format.name)
    layout = LAYOUTS[wanted]
    able = [name for name in taken if name in LAYOUTS and ("a" in name) == alpha]
    if encoder.even:
        able = [name for name in able if _fits(name, first.width, first.height)]
    if not able or min(first.width, first.height) < encoder.least:
        raise CodecError(
            f"{codec} cannot hold pictures of {first.width}×{first.height}", "use --codec h264, hevc or vp9"
        )
    best = min(able, key=lambda name: (*_distance(LAYOUTS[name], layout), name != wanted, name.startswith("yuvj")))
    return best, _shallow(best, first.format.name) or any(_distance(LAYOUTS[best], layout)[: 2 if alpha else 4])


def _shallow(written: str, name: str) -> bool:
    return LAYOUTS[written].bits < _bits(name)


def nearest(name: str) -> str:
    """The format of LAYOUTS that loses nothing of another, but its alpha, and bits above 12."""
    if name in LAYOUTS:
        return name.replace("yuva", "yuv")
    bits, across, down = _bits(name), *_reduced(name)
    kind = "420p" if down > 1 and across > 1 else "422p" if across > 1 else "444p"
    return f"yuv{kind}{'' if bits <= 8 else '10le' if bits <= 10 else '12le'}"


def _bits(name: str) -> int:
    return max(part.bits for part in av.VideoFormat(name).components)


def _reduced(name: str) -> tuple[int, int]:
    """By how much chroma is reduced across and down, as in a Layout; grey has none, and may be so as well."""
    pixels = av.VideoFormat(name)
    return (2, 2) if name.startswith("gray") else (16 // pixels.chroma_width(16), 16 // pixels.chroma_height(16))


def _fits(name: str, width: int, height: int) -> bool:
    return width % LAYOUTS[name].across == 0 and height % LAYOUTS[name].down == 0


def _distance(have: Layout, want: Layout) -> tuple[int, ...]:
    """How far a format is from the wanted one: what is lost first, then what is too much."""
    lost = max(0, want.bits - have.bits), max(0, have.across - want.across) + max(0, have.down - want.down)
    more = max(0, have.bits - want.bits), max(0, want.across - have.across) + max(0, want.down - have.down)
    return (*lost, *more)
