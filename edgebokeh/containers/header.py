"""What a picture file says of itself ahead of its pixels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations whose turn swaps height and width (EXIF 2.32, tag 274)."""

SEVERAL = 8
"""How many names a note lists."""

Density = tuple[float, float]
"""Dots per inch, along the width and along the height."""


class Coding(NamedTuple):
    """How a file was compressed, as far as a result in its format can be like it.

    quality: 1 to 100, of JPEG. sampling: of JPEG's colours, such as "420". progressive: JPEG in several scans.
    lossless: WebP without loss.
    """

    quality: int | None = None
    sampling: str = ""
    progressive: bool = False
    lossless: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself.

    ending: the usual one of its format, such as ".jpg". size: (height, width) as stored, (0, 0) where it is not told.
    orientation: 1 to 8, what is to be done to see the picture upright. bits: of each value.
    blocks: metadata by kind: "exif", "xmp", "icc", "photoshop" (IPTC lies within), "text" (comments, as the format has
        them), "cicp" (a colour space by numbers), and of PNG "gamma" (gamma and primaries, as chunks) or "srgb" (the
        same where they say what is so anyway), as in the file.
    foreign: why OpenCV would not get its pixels right, such as "CMYK with a colour profile"; "" where it does.
    refused: why nobody here does; "" otherwise.
    notes: what the file holds that no result does.
    """

    ending: str
    size: tuple[int, int]
    orientation: int = 1
    bits: int = 8
    blocks: Mapping[str, bytes] = field(default_factory=dict)
    density: Density | None = None
    coding: Coding = field(default_factory=Coding)
    foreign: str = ""
    refused: str = ""
    notes: tuple[str, ...] = ()

    @property
    def upright(self) -> tuple[int, int]:
        """(height, width) of the picture upright."""
        return self.size[::-1] if self.orientation in SIDEWAYS else self.size


def left_out(what: str, names: Iterable[str]) -> tuple[str, ...]:
    """The note about parts of a file that no result holds."""
    known = sorted(set(names))
    more = " and others" if len(known) > SEVERAL else ""
    return (f"its {what} {', '.join(known[:SEVERAL])}{more} are left out",) if known else ()


def frames_note(count: int, what: str = "frames") -> tuple[str, ...]:
    """The note about a file of several pictures."""
    return (f"only the first of its {count} {what} is used",) if count > 1 else ()
