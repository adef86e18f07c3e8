"""The formats that edgebokeh writes: what each can hold, and a `Photo` as a file of it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.containers import bmp, jpeg, png, tiff
from edgebokeh.errors import OutputFormatError
from edgebokeh.images import Handling, Photo, to_8_bit

DEFAULT_QUALITY = 95
"""Of a JPEG, where neither the caller nor the photo says."""


class Format(NamedTuple):
    """What a file format can hold, and how OpenCV is to write it.

    bits: of each value, at most. blocks: the kinds of metadata. given: those that OpenCV writes.
    density: whether there is a place for it.
    xmp_head: what OpenCV wants ahead of the XMP.
    parameters: for OpenCV, from how the photo was compressed and the caller's wish.
    """

    bits: int = 8
    alpha: bool = False
    blocks: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    density: bool = False
    xmp_head: bytes = b""
    parameters: Callable[[Photo, Handling], tuple[int, ...]] = lambda _photo, _handling: ()


def encode(photo: Photo, ending: str, handling: Handling | None = None) -> bytes:
    """The file of a picture, in the format that the ending names.

    ending: one of FORMATS, any case. What the format cannot hold is left out, as `losses` tells.
    Raises OutputFormatError for any other ending, and where the colours would be wrong without what is left out.
    """
    form, handling = output_format(ending), handling or Handling()
    for kind, told in _SPACES.items():
        if kind in photo.metadata and kind not in form.blocks:
            raise OutputFormatError(f"{ending} cannot hold this photo's colour space ({told})", "use .png")
    kept = {kind: block for kind, block in photo.metadata.items() if _is_kept(kind, block, photo, ending, handling)}
    file = _encoded(photo, ending.lower(), form, kept, handling)
    if form is JPEG:
        return jpeg.finish(file, kept, photo.density)
    if form is BMP:
        return bmp.finish(file, photo.density)
    if form is PNG:
        return png.finish(file, kept, photo.density)
    return tiff.finish(file, kept, photo.density, photo.alpha is not None) if form is TIFF else file


def losses(photo: Photo, ending: str, handling: Handling | None = None) -> tuple[str, ...]:
    """What a file of that format leaves out of a photo, each a few words; not what the caller wants left out."""
    form, handling = output_format(ending), handling or Handling()
    wanted = (kind for kind in photo.metadata if kind in _NAMES and not (handling.strip and kind in _STRIPPED))
    gone = [_NAMES[kind] for kind in wanted if not _is_kept(kind, photo.metadata[kind], photo, ending, handling)]
    bits = photo.pixels.dtype.itemsize * 8
    said = {
        f"its {', '.join(gone)} cannot be kept in {ending}": bool(gone),
        f"{form.bits} of its 16 bits are kept in {ending}": bits > form.bits and photo.ending != ending.lower(),
        f"its transparency cannot be kept in {ending}": photo.alpha is not None and not form.alpha,
        f"its resolution in dpi cannot be kept in {ending}": bool(
            photo.density and not form.density and "exif" not in photo.metadata and photo.ending != ending.lower()
        ),
    }
    return tuple(note for note, is_so in said.items() if is_so)


def output_format(ending: str) -> Format:
    """The row of FORMATS for a file name ending, any case. Raises OutputFormatError where there is none."""
    try:
        return FORMATS[ending.lower()]
    except KeyError:
        raise OutputFormatError(
            f"cannot write a picture with the ending {ending!r}", f"use one of {' '.join(FORMATS)}"
        ) from None


def own_ending(photo: Photo) -> str:
    """The ending of a file like the photo's: its own where edgebokeh writes that format, ".png" otherwise."""
    return photo.ending if photo.ending in FORMATS else ".png"


def _is_kept(kind: str, block: bytes, photo: Photo, ending: str, handling: Handling) -> bool:
    """Whether a file of that format holds a block of metadata; comments only where the photo came in this format."""
    form = output_format(ending)
    if (handling.strip and kind in _STRIPPED) or kind not in form.blocks:
        return False
    if kind == "text" and FORMATS.get(photo.ending) is not form:
        return False
    return form is not JPEG or jpeg.fits(kind, block)


def _encoded(photo: Photo, ending: str, form: Format, kept: Mapping[str, bytes], handling: Handling) -> bytes:
    """The file as OpenCV writes it, with EXIF, XMP and profile where it can."""
    blocks = {_NUMBERS[kind]: kept[kind] for kind in form.given if kind in kept}
    if "xmp" in form.given and "xmp" in kept:
        blocks[_NUMBERS["xmp"]] = form.xmp_head + kept["xmp"]
    try:
        done, buffer = cv2.imencodeWithMetadata(
            ending,
            _planes(photo, form),
            list(blocks),
            [np.frombuffer(block, np.uint8)[None] for block in blocks.values()],
            form.parameters(photo, handling),
        )
    except cv2.error as error:
        raise OutputFormatError(f"cannot write this picture as {ending} ({error.err})", "use .png or .jpg") from error
    if not done:
        raise OutputFormatError(f"cannot write this picture as {ending}", "use another ending; .png or .jpg")
    return bytes(buffer)


def _planes(photo: Photo, form: Format) -> Pixels:
    """The pixels as the format holds them: grey or not, with alpha or not, of so many bits."""
    pixels = np.ascontiguousarray(photo.pixels[..., 0]) if photo.grey else photo.pixels
    if photo.alpha is not None and form.alpha:
        planes = [pixels] * 3 if pixels.ndim == 2 else cv2.split(pixels)
        pixels = cv2.merge([*planes, photo.alpha])
    if form.bits == 8:
        return to_8_bit(pixels)
    return pixels >> 16 - form.bits if pixels.dtype == np.uint16 else pixels


def _jpeg_parameters(photo: Photo, handling: Handling) -> tuple[int, ...]:
    coding = photo.coding
    wanted = [cv2.IMWRITE_JPEG_QUALITY, handling.quality_jpeg or coding.quality or DEFAULT_QUALITY]
    if coding.sampling:
        wanted += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLINGS[coding.sampling]]
    return (*wanted, cv2.IMWRITE_JPEG_PROGRESSIVE, int(coding.progressive))


def _webp_parameters(photo: Photo, _handling: Handling) -> tuple[int, ...]:
    """Above 100 there is no loss."""
    return (cv2.IMWRITE_WEBP_QUALITY, 101 if photo.coding.lossless else 95)


def _avif_parameters(photo: Photo, _handling: Handling) -> tuple[int, ...]:
    depth = 10 if photo.pixels.dtype == np.uint16 else 8
    return (cv2.IMWRITE_AVIF_QUALITY, 95, cv2.IMWRITE_AVIF_DEPTH, depth)


SAMPLINGS = {
    "411": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
    "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "440": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
}
"""OpenCV's numbers for how a JPEG holds its colours."""

_NUMBERS = {
    "exif": int(cv2.IMAGE_METADATA_EXIF),
    "xmp": int(cv2.IMAGE_METADATA_XMP),
    "icc": int(cv2.IMAGE_METADATA_ICCP),
}
_NAMES = {"exif": "EXIF", "xmp": "XMP", "icc": "colour profile", "photoshop": "IPTC", "text": "comments"}
_SPACES = {"cicp": "cICP", "gamma": "gAMA, cHRM"}
"""Without which the colours would be wrong."""
_THREE = ("exif", "xmp", "icc")
_STRIPPED = ("exif", "xmp", "photoshop", "text")

JPEG = Format(
    blocks=("exif", "xmp", "icc", "photoshop", "text"),
    given=_THREE,
    density=True,
    xmp_head=b"http://ns.adobe.com/xap/1.0/\0",
    parameters=_jpeg_parameters,
)
PNG = Format(
    16, alpha=True, blocks=("exif", "xmp", "icc", "text", "cicp", "gamma", "srgb"), given=("exif", "icc"), density=True
)
TIFF = Format(16, alpha=True, blocks=("exif", "xmp", "icc", "photoshop"), density=True)
BMP = Format(density=True)
FORMATS: dict[str, Format] = {
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": PNG,
    ".webp": Format(alpha=True, blocks=_THREE, given=_THREE, parameters=_webp_parameters),
    ".tif": TIFF,
    ".tiff": TIFF,
    ".bmp": BMP,
    ".avif": Format(10, alpha=True, blocks=_THREE, given=_THREE, parameters=_avif_parameters),
}
"""The formats that edgebokeh writes, by file name ending."""
