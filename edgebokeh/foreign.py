"""Photos that OpenCV gets wrong or cannot read, decoded with Pillow and LittleCMS, from the extra "heif"."""

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from edgebokeh.arrays import Pixels
from edgebokeh.containers import Header
from edgebokeh.errors import PhotoUnreadableError, PhotoUnsupportedError

if TYPE_CHECKING:
    from PIL.Image import Image

INSTALL = "install edgebokeh with its extra: pip install 'edgebokeh[heif]'; or convert the photo to JPEG or PNG"


def decode(data: bytes, header: Header, name: str) -> Pixels:
    """The picture of a file whose header says that it is foreign to OpenCV, as OpenCV would lay it out.

    H×W, H×W×3 BGR or H×W×4 BGRA, uint8 or uint16; TIFF and HEIC come upright. CMYK and Lab become sRGB, by the file's
    profile where it has one. Raises PhotoUnsupportedError without the extra, PhotoUnreadableError.
    """
    try:
        decoder = _heic if header.ending == ".heic" else _pillow
        return decoder(data, header)
    except ImportError as error:
        raise PhotoUnsupportedError(f"{name} is {header.foreign}, which needs another library", INSTALL) from error
    except Exception as error:
        # These libraries raise whatever a damaged file leads them into.
        raise PhotoUnreadableError(f"{name} cannot be decoded ({error})", "save it elsewhere as JPEG or PNG") from error


def _heic(data: bytes, _header: Header) -> Pixels:
    import pillow_heif

    # What has more than 8 bits fills the range of 16.
    return _reversed(np.asarray(pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)))


def _pillow(data: bytes, header: Header) -> Pixels:
    from PIL import Image

    with warnings.catch_warnings():
        # Its size was checked already.
        warnings.simplefilter("ignore")
        picture: Image.Image = Image.open(io.BytesIO(data))
        picture.load()
    if picture.mode in ("CMYK", "LAB"):
        picture = _in_srgb(picture, header.blocks.get("icc"))
    wanted = {"LA": "RGBA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "P": "RGB", "1": "L", "I;16B": "I;16"}
    if picture.mode in wanted:
        picture = picture.convert(wanted[picture.mode])
    if picture.mode not in ("L", "I;16", "RGB", "RGBA"):
        raise ValueError(f"its mode is {picture.mode}")
    return _reversed(np.asarray(picture))


def _in_srgb(picture: "Image", profile: bytes | None) -> "Image":
    """CMYK or Lab as sRGB; plainly where CMYK has no profile."""
    from PIL import ImageCms

    if picture.mode == "CMYK" and not profile:
        return picture.convert("RGB")
    source: Any = ImageCms.createProfile("LAB")
    if picture.mode == "CMYK" and profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    changed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if changed is None:
        raise ValueError("its colours cannot be converted")
    return changed


def _reversed(pixels: Pixels) -> Pixels:
    """RGB as BGR, RGBA as BGRA; greys as they are."""
    if pixels.ndim == 2:
        return np.array(pixels)
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return np.ascontiguousarray(pixels[..., order])
