"""Bytes to `Photo`: upright pixels, alpha, bit depth, colour profile, EXIF, XMP, IPTC, resolution."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from edgebokeh import containers, foreign
from edgebokeh.arrays import Pixels
from edgebokeh.containers import Coding, Density, Header, tiff
from edgebokeh.errors import (
    PhotoEmptyError,
    PhotoTooLargeError,
    PhotoTruncatedError,
    PhotoUnreadableError,
    PhotoUnsupportedError,
    ValueRangeError,
)

MAX_MEGAPIXELS = 200.0
"""Larger photos are refused unless the caller says otherwise."""

OPENCV_MEGAPIXELS = 1073.0
"""OpenCV decodes no photo of more than 2^30 pixels (CV_IO_MAX_IMAGE_PIXELS)."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How photo files are read and written.

    max_megapixels: what has more is refused by its header, before it is decoded; up to 1073.
    quality_jpeg: 1 to 100; None is near the photo's own if that is a JPEG, else 95.
    strip: leave out EXIF with the GPS position, XMP, IPTC and comments; the colour profile and the resolution stay.
    Raises ValueRangeError.
    """

    max_megapixels: float = MAX_MEGAPIXELS
    quality_jpeg: int | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.max_megapixels <= OPENCV_MEGAPIXELS:
            raise ValueRangeError(
                f"--max-megapixels {self.max_megapixels:g} is out of range",
                f"use a number above 0, up to {OPENCV_MEGAPIXELS:.0f}",
            )
        if self.quality_jpeg is not None and not 1 <= self.quality_jpeg <= 100:
            raise ValueRangeError(f"--quality-jpeg {self.quality_jpeg} is out of range", "use 1 to 100")


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded picture.

    pixels: H×W×3 BGR, uint8 or uint16, upright; a blur or a cutout changes them.
    alpha: H×W of the same dtype, or None where the file has no transparency.
    grey: the file holds one channel, the three are alike, and a result has one in a format that can.
    metadata: by kind: "exif", "xmp", "icc", "photoshop" (IPTC lies within), "text", "cicp",
        "gamma", "srgb"; the EXIF orientation says
        "upright", and there are no thumbnails.
    ending: the usual file name ending of the format it came in, such as ".jpg".
    density: dots per inch along the width and the height, or None. coding: how the file was compressed.
    notes: what the file held that the photo does not, a few words each, as "only the first of its 3 frames is used".
    """

    pixels: Pixels
    alpha: Pixels | None = None
    grey: bool = False
    metadata: Mapping[str, bytes] = field(default_factory=dict)
    ending: str = ".png"
    density: Density | None = None
    coding: Coding = field(default_factory=Coding)
    notes: tuple[str, ...] = ()


def decode(data: bytes, name: str = "the photo", handling: Handling | None = None) -> Photo:
    """The picture in `data`, turned upright by its EXIF orientation.

    name: what to call the photo in an error.
    Raises PhotoEmptyError, PhotoTooLargeError, PhotoTruncatedError, PhotoUnreadableError, PhotoUnsupportedError.
    """
    header = checked(data, name, handling or Handling())
    pixels = foreign.decode(data, header, name) if header.foreign else _decoded(data, header, name)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise PhotoUnreadableError(
            f"{name} has {pixels.dtype} pixels, only 8 and 16 bits are supported", "convert it to 16-bit PNG or TIFF"
        )
    if pixels.shape[0] * pixels.shape[1] > header.size[0] * header.size[1]:
        raise PhotoUnreadableError(f"{name} is larger than its header tells", "save it again elsewhere")
    if header.ending == ".avif" and pixels.dtype == np.uint16:
        pixels = pixels << 16 - header.bits
    upright = header.ending in DECODED_UPRIGHT
    photo = _split(pixels, TURNS[1 if upright else header.orientation])
    blocks = dict(header.blocks)
    if blocks.get("icc", b"")[16:20] not in (b"RGB ", b"GRAY" if photo.grey else b"RGB "):
        # A profile of other inks than the decoded pixels have would colour them wrongly.
        blocks.pop("icc", None)
    notes = header.notes + (
        (f"8 of its {header.bits} bits are kept",) if header.bits > 8 and pixels.dtype == np.uint8 else ()
    )
    density = header.density
    if density and header.orientation in containers.SIDEWAYS:
        density = density[::-1]
    return replace(photo, metadata=blocks, ending=header.ending, density=density, coding=header.coding, notes=notes)


def checked(data: bytes, name: str, handling: Handling) -> Header:
    """What the file says of itself, if that is a photo which may be decoded. Raises what `decode` does."""
    if not data:
        raise PhotoEmptyError(f"{name} is empty", "copy the photo again from where it came from")
    header = containers.read(data)
    if header is None:
        raise PhotoUnreadableError(
            f"{name} is not a picture that edgebokeh can read", "use JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF or HEIC"
        )
    if header.refused:
        raise PhotoUnsupportedError(f"{name} is refused: {header.refused}", "save it elsewhere as JPEG or PNG in sRGB")
    if not all(header.size):
        raise _failure(data, header, name)
    megapixels = header.size[0] * header.size[1] / 1e6
    if megapixels > handling.max_megapixels:
        raise PhotoTooLargeError(
            f"{name} has {megapixels:.4g} megapixels, more than the {handling.max_megapixels:g} allowed",
            "raise --max-megapixels if you trust it",
        )
    return header


def decode_reduced(data: bytes, times: int, header: Header) -> Pixels | None:
    """A JPEG's picture at 1/times, upright, in 8 bits, h×w×3 with h = ceil(H / times); None where it cannot be had.

    times: 2, 4 or 8. It is not quite the mean of so many pixels: the decoder leaves the finer frequencies out.
    A photo that has to be turned must be a multiple of `times`, or the pixels would not lie upon each other.
    """
    if header.orientation != 1 and any(side % times for side in header.size):
        return None
    flags = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}[times]
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    wanted = (-(-header.upright[0] // times), -(-header.upright[1] // times))
    upright: Pixels | None = None if pixels is None else TURNS[header.orientation](pixels)
    return upright if upright is not None and upright.shape[:2] == wanted else None


def in_8_bit(photo: Photo) -> Photo:
    """The photo with 8-bit pixels and alpha."""
    if photo.pixels.dtype == np.uint8:
        return photo
    alpha = None if photo.alpha is None else to_8_bit(photo.alpha)
    return replace(photo, pixels=to_8_bit(photo.pixels), alpha=alpha, notes=(*photo.notes, "8 of its 16 bits are kept"))


def to_8_bit(pixels: Pixels) -> Pixels:
    """uint8 pixels; of 16 bits the upper 8, as OpenCV's own 8-bit decoding does."""
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def _decoded(data: bytes, header: Header, name: str) -> Pixels:
    """What OpenCV makes of a file: H×W, H×W×1, H×W×3 or H×W×4, of any type."""
    if header.ending == ".tif":
        data = tiff.unmultiplied(data)
    try:
        pixels: Pixels | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise PhotoUnreadableError(f"{name} cannot be decoded ({error.err})", "convert it to JPEG or PNG") from error
    if pixels is None:
        raise _failure(data, header, name)
    return pixels


def _failure(data: bytes, header: Header, name: str) -> PhotoUnreadableError | PhotoTruncatedError:
    """Why a file that begins as a photo does cannot be decoded."""
    trailer = TRAILERS.get(header.ending, b"")
    riff_size = int.from_bytes(data[4:8], "little") + 8 if header.ending == ".webp" else 0
    if trailer not in data[-4096:] or len(data) < riff_size:
        return PhotoTruncatedError(f"{name} ends too early: part of it is missing", "copy the photo again")
    return PhotoUnreadableError(
        f"{name} is damaged, or of a kind that this OpenCV does not know",
        "open it elsewhere and save it as JPEG or PNG",
    )


def _split(pixels: Pixels, turn: Callable[[Any], Any]) -> Photo:
    """Colour, alpha and greyness of what was decoded, each turned upright."""
    pixels = turn(pixels)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return Photo(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), grey=True)
    if pixels.shape[2] == 4:
        return Photo(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), alpha=np.ascontiguousarray(pixels[..., 3]))
    return Photo(pixels)


TURNS: dict[int, Callable[[Any], Any]] = {
    1: lambda pixels: pixels,
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: lambda pixels: cv2.transpose(pixels),
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
"""How to turn a picture upright, by EXIF orientation (EXIF 2.32, tag 274)."""

DECODED_UPRIGHT = (".tif", ".heic")
"""Formats whose decoders turn the picture themselves."""

TRAILERS = {".jpg": b"\xff\xd9", ".png": b"IEND", ".gif": b";"}
"""Bytes that end every whole file."""
