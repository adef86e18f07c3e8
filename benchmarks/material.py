"""The photo that is measured with: a portrait of any size, as dense a JPEG as a camera's."""

from pathlib import Path

import cv2
import numpy as np

from edgebokeh import decode
from edgebokeh.arrays import Pixels

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs" / "sample" / "astronaut.png"

NOISE = 4.0
"""Standard deviation of the noise on an enlarged picture, the same in all channels. An enlarged picture alone has no
detail, and decodes and encodes twice as fast as a camera's; with it, 12 megapixels make a JPEG of 4.3 MB."""

JPEG_QUALITY = 95
"""What edgebokeh writes; `methods.floor` checks that."""


def photo(megapixels: float, source: Path = SAMPLE) -> Pixels:
    """The picture of a file at so many megapixels, H×W×3 uint8 BGR; with noise where it had to be enlarged."""
    pixels = decode(source.read_bytes(), source.name).pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    scale = (megapixels * 1e6 / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    if scale <= 1:
        return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(4).standard_normal(large.shape[:2], np.float32)
    return cv2.add(large, cv2.merge([NOISE * noise] * 3), dtype=cv2.CV_8U)


def decoded(data: bytes) -> Pixels:
    """The pixels of a picture file by OpenCV alone, H×W×3 uint8 BGR. Raises ValueError where there are none."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("this is not a picture")
    return pixels


def jpeg(pixels: Pixels) -> Pixels:
    """The bytes of a JPEG file, as OpenCV's encoder returns them."""
    return cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1]
