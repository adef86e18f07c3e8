"""Bytes to `Photo` and back: upright pixels, alpha, bit depth, colour profile, EXIF and XMP."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.errors import (
    OutputFormatError,
    PhotoEmptyError,
    PhotoTruncatedError,
    PhotoUnreadableError,
)

EXIF = int(cv2.IMAGE_METADATA_EXIF)
XMP = int(cv2.IMAGE_METADATA_XMP)
ICC = int(cv2.IMAGE_METADATA_ICCP)


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded picture.

    pixels: H×W×3 BGR, uint8 or uint16, upright; a blur or a cutout changes them.
    alpha: H×W of the same dtype, or None where the file has no transparency.
    grey: the file holds one channel, the three are alike, and a result has one in a format that can.
    metadata: EXIF, XMP and ICC blocks by OpenCV's number for their kind; the EXIF orientation says "upright", and there
        is no thumbnail.
    ending: the usual file name ending of the format it came in, such as ".jpg".
    """

    pixels: Pixels
    alpha: Pixels | None = None
    grey: bool = False
    metadata: Mapping[int, bytes] = field(default_factory=dict)
    ending: str = ".png"


@dataclass(frozen=True, slots=True)
class Format:
    """What a file format can hold, and how OpenCV is to write it.

    magic: what its files start with, at the first or fifth byte. trailer: bytes that end every whole file.
    xmp_head: what stands before the XMP in the block that OpenCV reads and writes.
    """

    magic: tuple[bytes, ...]
    deep: bool = False
    alpha: bool = False
    metadata: bool = False
    trailer: bytes = b""
    xmp_head: bytes = b""
    parameters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """size: (height, width) of the picture upright. orientation: 1 to 8, a key of TURNS."""

    size: tuple[int, int]
    orientation: int


def decode(data: bytes, name: str = "the photo") -> Photo:
    """The picture in `data`, turned upright by its EXIF orientation.

    name: what to call the photo in an error.
    Raises PhotoEmptyError, PhotoTruncatedError, PhotoUnreadableError.
    """
    if not data:
        raise PhotoEmptyError(f"{name} is empty", "copy the photo again from where it came from")
    try:
        pixels, kinds, blocks = cv2.imdecodeWithMetadata(np.frombuffer(data, np.uint8), flags=cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise PhotoUnreadableError(f"{name} cannot be decoded ({error.err})", "convert it to JPEG or PNG") from error
    ending = _ending(data)
    if pixels is None:
        raise _decode_failure(data, ending, name)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise PhotoUnreadableError(
            f"{name} has {pixels.dtype} pixels, only 8 and 16 bits are supported", "convert it to 16-bit PNG or TIFF"
        )
    metadata = {int(kind): np.asarray(block).tobytes() for kind, block in zip(kinds, blocks, strict=True)}
    exif, orientation = _cleaned_exif(metadata.get(EXIF, b""))
    if exif:
        metadata[EXIF] = exif
    if XMP in metadata and ending:
        metadata[XMP] = metadata[XMP].removeprefix(FORMATS[ending].xmp_head)
    photo = _split(pixels, TURNS[orientation])
    if metadata.get(ICC, b"")[16:20] not in (b"RGB ", b"GRAY" if photo.grey else b"RGB "):
        # A profile of other inks than the decoded pixels have, as in a CMYK JPEG, would colour them wrongly.
        metadata.pop(ICC, None)
    return replace(photo, metadata=metadata, ending=ending or ".png")


def jpeg_header(data: bytes) -> JpegHeader | None:
    """What a JPEG file says of itself ahead of its picture; None for any other file, or a broken one.

    Layout: ITU-T T.81, annex B. Of several EXIF blocks, APP1 segments that begin with "Exif" (EXIF 2.32, 4.7.2), the
    last one ahead of the picture counts, as it does for OpenCV.
    """
    place, orientation, size = 2, 1, (0, 0)
    while data.startswith(JPEG.magic) and place + 9 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker == 0xE1 and data[place + 4 : place + 10] == b"Exif\0\0":
            orientation = _cleaned_exif(data[place + 4 : place + 2 + length])[1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = int.from_bytes(data[place + 5 : place + 7]), int.from_bytes(data[place + 7 : place + 9])
        if marker == 0xDA:
            return JpegHeader(size[::-1] if orientation in SIDEWAYS else size, orientation) if all(size) else None
        place += 2 + length
    return None


def decode_reduced(data: bytes, times: int, header: JpegHeader) -> Pixels | None:
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
    wanted = (-(-header.size[0] // times), -(-header.size[1] // times))
    upright: Pixels | None = None if pixels is None else TURNS[header.orientation](pixels)
    return upright if upright is not None and upright.shape[:2] == wanted else None


def encode(photo: Photo, ending: str) -> bytes:
    """The file of a picture, in the format that the ending names.

    ending: one of FORMATS, any case. What the format cannot hold is left out: alpha, metadata, or the lower half of
    16 bits. Raises OutputFormatError for any other ending.
    """
    form = output_format(ending)
    pixels = photo.pixels
    if photo.grey:
        pixels = np.ascontiguousarray(pixels[..., 0])
    if photo.alpha is not None and form.alpha:
        planes = [pixels] * 3 if pixels.ndim == 2 else cv2.split(pixels)
        pixels = cv2.merge([*planes, photo.alpha])
    if not form.deep:
        pixels = to_8_bit(pixels)
    blocks = dict(photo.metadata) if form.metadata else {}
    if XMP in blocks:
        blocks[XMP] = form.xmp_head + blocks[XMP]
    try:
        done, buffer = cv2.imencodeWithMetadata(
            ending.lower(),
            pixels,
            list(blocks),
            [np.frombuffer(block, np.uint8)[None] for block in blocks.values()],
            form.parameters,
        )
    except cv2.error as error:
        raise OutputFormatError(f"cannot write this picture as {ending} ({error.err})", "use .png or .jpg") from error
    if not done:
        raise OutputFormatError(f"cannot write this picture as {ending}", "use another ending; .png or .jpg")
    return bytes(buffer)


def in_8_bit(photo: Photo) -> Photo:
    """The photo with 8-bit pixels and alpha."""
    alpha = None if photo.alpha is None else to_8_bit(photo.alpha)
    return replace(photo, pixels=to_8_bit(photo.pixels), alpha=alpha)


def to_8_bit(pixels: Pixels) -> Pixels:
    """uint8 pixels; of 16 bits the upper 8, as OpenCV's own 8-bit decoding does."""
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def output_format(ending: str) -> Format:
    """The row of FORMATS for a file name ending, any case. Raises OutputFormatError where there is none."""
    try:
        return FORMATS[ending.lower()]
    except KeyError:
        raise OutputFormatError(
            f"cannot write a picture with the ending {ending!r}", f"use one of {' '.join(FORMATS)}"
        ) from None


def _ending(data: bytes) -> str:
    """The ending of the format that the first bytes tell, or "" for an unknown one."""
    for ending, form in FORMATS.items():
        if any(data.startswith(magic) or data[4:12].startswith(magic) for magic in form.magic):
            return ending
    return ""


def _decode_failure(data: bytes, ending: str, name: str) -> PhotoUnreadableError | PhotoTruncatedError:
    if not ending:
        hint = "use JPEG, PNG, WebP, TIFF or AVIF"
        return PhotoUnreadableError(f"{name} is not a picture that OpenCV can read", hint)
    trailer = FORMATS[ending].trailer
    riff_size = struct.unpack("<I", data[4:8])[0] + 8 if ending == ".webp" and len(data) >= 8 else 0
    if (trailer and trailer not in data[-4096:]) or len(data) < riff_size:
        return PhotoTruncatedError(f"{name} ends too early: part of it is missing", "copy the photo again")
    return PhotoUnreadableError(
        f"{name} is damaged, or of a kind that this OpenCV does not know",
        "open it elsewhere and save it as JPEG or PNG",
    )


def _split(pixels: Pixels, turn: Callable[[Any], Any]) -> Photo:
    """Colour, alpha and greyness of what OpenCV decoded (H×W, H×W×1, H×W×3 or H×W×4), each turned upright."""
    pixels = turn(pixels)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return Photo(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), grey=True)
    if pixels.shape[2] == 4:
        return Photo(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), alpha=np.ascontiguousarray(pixels[..., 3]))
    return Photo(pixels)


def _cleaned_exif(exif: bytes) -> tuple[bytes, int]:
    """The EXIF block as TIFF, upright and without thumbnail, and the orientation it had (1 where it says none).

    The thumbnail shows the photo as it was, so it would neither fit a result nor keep its background private.
    Layout: TIFF 6.0, section 2, and EXIF 2.32, 4.5.2: tag 0x0112 of the first directory is the orientation; the second
    directory describes the thumbnail, whose bytes lie from 0x0201, of length 0x0202.
    """
    block = bytearray(exif.removeprefix(b"Exif\0\0"))
    orientation = 1
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
    if order is None:
        return bytes(block), orientation
    try:
        first = struct.unpack_from(f"{order}I", block, 4)[0]
        entries = _directory(block, order, first)
        if 0x0112 in entries:
            place = entries[0x0112]
            orientation = struct.unpack_from(f"{order}H", block, place)[0]
            struct.pack_into(f"{order}H", block, place, 1)
        link = first + 2 + 12 * struct.unpack_from(f"{order}H", block, first)[0]
        second = struct.unpack_from(f"{order}I", block, link)[0]
        struct.pack_into(f"{order}I", block, link, 0)
        thumbnail = _directory(block, order, second) if second else {}
        if {0x0201, 0x0202} <= thumbnail.keys():
            start, length = (struct.unpack_from(f"{order}I", block, thumbnail[tag])[0] for tag in (0x0201, 0x0202))
            block[start : start + length] = bytes(len(block[start : start + length]))
    except struct.error:
        pass
    return bytes(block), orientation if orientation in TURNS else 1


def _directory(block: bytearray, order: str, start: int) -> dict[int, int]:
    """Where the value of each tag stands that a TIFF directory at `start` holds. Raises struct.error past the end."""
    count = struct.unpack_from(f"{order}H", block, start)[0]
    places = range(start + 2, start + 2 + 12 * count, 12)
    return {struct.unpack_from(f"{order}H", block, place)[0]: place + 8 for place in places}


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

SIDEWAYS = (5, 6, 7, 8)
"""Orientations whose turn swaps height and width."""

JPEG = Format(
    (b"\xff\xd8\xff",),
    metadata=True,
    trailer=b"\xff\xd9",
    xmp_head=b"http://ns.adobe.com/xap/1.0/\0",
    parameters=(cv2.IMWRITE_JPEG_QUALITY, 95),
)
TIFF = Format((b"II*\0", b"MM\0*"), deep=True, alpha=True)
FORMATS: dict[str, Format] = {
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": Format((b"\x89PNG\r\n\x1a\n",), deep=True, alpha=True, metadata=True, trailer=b"IEND"),
    ".webp": Format((b"RIFF",), alpha=True, metadata=True, parameters=(cv2.IMWRITE_WEBP_QUALITY, 95)),
    ".tif": TIFF,
    ".tiff": TIFF,
    ".bmp": Format((b"BM",)),
    ".avif": Format((b"ftypavif",), alpha=True, metadata=True, parameters=(cv2.IMWRITE_AVIF_QUALITY, 90)),
}
"""The formats that edgebokeh writes, by file name ending. It reads whatever OpenCV reads."""
