"""Small picture files of every kind that edgebokeh reads, made by Pillow and OpenCV."""

import io
import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from benchmarks.material import SAMPLE, decoded
from edgebokeh.containers import tiff

SIZE = (96, 64)
"""Width and height."""

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" dc:title="Eileen"/></x:xmpmeta>'
GAIN_MAP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description hdrgm:Version="1.0"/></x:xmpmeta>'
IPTC = b"8BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x50\0\x06Eileen\0"
"""Photoshop's image resource with one line of IPTC."""


def picture() -> Image.Image:
    """A portrait, RGB."""
    pixels = cv2.resize(decoded(SAMPLE.read_bytes()), SIZE, interpolation=cv2.INTER_AREA)
    return Image.fromarray(np.ascontiguousarray(pixels[..., ::-1]))


def in_mode(mode: str) -> Image.Image:
    """The portrait in one of Pillow's modes, with a ramp for alpha."""
    one = picture()
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, SIZE[0]).astype(np.uint8), (SIZE[1], 1)))
    if mode in ("RGBA", "LA"):
        one = one.convert(mode.removesuffix("A"))
        one.putalpha(ramp)
        return one
    if mode == "I;16":
        return Image.fromarray(np.asarray(one.convert("L")).astype(np.uint16) * 257)
    if mode == "LAB":
        rgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(one, rgb, lab, outputMode="LAB") or one
    return one.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with an orientation, a maker, a resolution, a time and a place."""
    block = Image.Exif()
    block[0x0112], block[0x010F] = orientation, "Maker"
    block[0x011A], block[0x011B], block[0x0128] = 300.0, 300.0, 2
    block.get_ifd(0x8769).update({0x9003: "2020:02:02 20:20:20", 0xA002: SIZE[0], 0xA003: SIZE[1]})
    block.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 12.5)})
    return block


@cache
def profile() -> bytes:
    """A colour profile: sRGB's, which says when it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def ink_profile() -> bytes:
    """A colour profile for CMYK, in which each ink takes light away evenly (ICC.1:2022, lut16Type, two grid points)."""
    corners = []
    for number in range(16):
        cyan, magenta, yellow, black = (number >> bit & 1 for bit in (3, 2, 1, 0))
        light = (1 - black) * (1 - 0.3 * cyan - 0.4 * magenta - 0.1 * yellow)
        a, b = 60 * (magenta - cyan) * (1 - black), 60 * (yellow - 0.5 * cyan - 0.5 * magenta) * (1 - black)
        corners += [round(light * 65280), round((a + 128) * 256), round((b + 128) * 256)]
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft2" + bytes(4) + bytes([4, 3, 2, 0]) + identity + struct.pack(">HH", 2, 2)
    table += struct.pack(">2H", 0, 65535) * 4 + struct.pack(f">{len(corners)}H", *corners)
    table += struct.pack(">2H", 0, 65535) * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    name = (
        b"mluc"
        + bytes(4)
        + struct.pack(">II", 1, 12)
        + b"enUS"
        + struct.pack(">II", 8, 28)
        + "inks".encode("utf-16-be")
    )
    tags, data = [(b"desc", name), (b"cprt", name), (b"wtpt", white), (b"A2B0", table)], b""
    index, start = struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for tag, content in tags:
        index += tag + struct.pack(">II", start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(data), b"lcms", 0x04200000, b"prtr", b"CMYK", b"Lab ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D) + bytes(48)
    return head + index + data


def saved(one: Image.Image, form: str, **options: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    one.save(file, form, **options)
    return file.getvalue()


@cache
def specimens() -> dict[str, bytes]:
    """All of them, by name."""
    return dict([*_jpegs(), *_pngs(), *_webps(), *_tiffs(), *_others(), *_heics()])


def _jpegs() -> Iterator[tuple[str, bytes]]:
    one, told = picture(), {"exif": exif(), "xmp": XMP, "icc_profile": profile(), "dpi": (300, 300)}
    yield "jpeg", saved(one, "JPEG", quality=90, comment=b"a comment", **told)
    yield "jpeg 4:4:4 progressive", saved(one, "JPEG", quality=80, subsampling=0, progressive=True)
    yield "jpeg 4:2:2", saved(one, "JPEG", quality=60, subsampling=1)
    yield "jpeg grey", saved(in_mode("L"), "JPEG", quality=90, dpi=(118, 118))
    for orientation in range(2, 9):
        yield f"jpeg turned {orientation}", saved(one, "JPEG", quality=95, exif=exif(orientation), xmp=XMP)
    yield "jpeg cmyk", saved(in_mode("CMYK"), "JPEG", quality=100)
    yield "jpeg cmyk with a profile", saved(in_mode("CMYK"), "JPEG", quality=100, icc_profile=ink_profile())
    yield "jpeg with a gain map", saved(one, "MPO", save_all=True, append_images=[one], xmp=GAIN_MAP)
    plain = saved(one, "JPEG", quality=95)
    content = b"Photoshop 3.0\0" + IPTC
    yield "jpeg with iptc", plain[:20] + b"\xff\xed" + (len(content) + 2).to_bytes(2) + content + plain[20:]


def _pngs() -> Iterator[tuple[str, bytes]]:
    text = PngInfo()
    text.add_text("Author", "Eileen")
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    told = {"exif": exif(6), "icc_profile": profile(), "dpi": (300, 300), "pnginfo": text}
    yield "png", saved(picture(), "PNG", **told)
    for mode in ("L", "1", "P", "RGBA", "LA", "I;16"):
        yield f"png {mode}", saved(in_mode(mode), "PNG")
    yield "png palette with alpha", saved(in_mode("RGBA").quantize(64), "PNG")
    yield "png 16 bits", bytes(cv2.imencode(".png", _deep())[1])
    yield "png animated", saved(picture(), "PNG", **_moving())


def _webps() -> Iterator[tuple[str, bytes]]:
    yield "webp", saved(picture(), "WEBP", quality=95, exif=exif(8), xmp=XMP, icc_profile=profile())
    yield "webp lossless with alpha", saved(in_mode("RGBA"), "WEBP", lossless=True, exact=True)
    yield "webp animated", saved(picture(), "WEBP", **_moving())


def _tiffs() -> Iterator[tuple[str, bytes]]:
    yield "tiff", saved(picture(), "TIFF", exif=exif(6), icc_profile=profile(), dpi=(300, 300))
    for mode in ("L", "1", "P", "RGBA", "LA", "I;16", "CMYK", "LAB"):
        yield f"tiff {mode}", saved(in_mode(mode), "TIFF")
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg", "lzma"):
        yield f"tiff {compression}", saved(picture(), "TIFF", compression=compression)
    multiplied = Image.frombytes("RGBA", SIZE, in_mode("RGBA").convert("RGBa").tobytes())
    yield "tiff premultiplied", tiff.unmultiplied(saved(multiplied, "TIFF"))
    yield "tiff 16 bits", bytes(cv2.imencode(".tif", _deep())[1])
    yield "tiff pages", saved(picture(), "TIFF", **_moving())


def _others() -> Iterator[tuple[str, bytes]]:
    yield "avif", saved(picture(), "AVIF", quality=95, exif=exif(6), xmp=XMP, icc_profile=profile())
    yield "avif with alpha", saved(in_mode("RGBA"), "AVIF", quality=95)
    yield "avif animated", saved(picture(), "AVIF", **_moving())
    ten = (cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 95)
    yield "avif 10 bits", bytes(cv2.imencode(".avif", _deep() >> 6, ten)[1])
    yield "gif", saved(picture(), "GIF")
    yield "gif animated", saved(picture(), "GIF", **_moving())
    for mode in ("RGB", "L", "1", "P", "RGBA"):
        yield f"bmp {mode}", saved(in_mode(mode), "BMP")


def _heics() -> Iterator[tuple[str, bytes]]:
    """None without pillow-heif."""
    try:
        import pillow_heif
    except ImportError:
        return
    for name, mode in (("heic", "RGB"), ("heic with alpha", "RGBA")):
        file = io.BytesIO()
        one = in_mode(mode)
        told = {"exif": exif().tobytes(), "icc_profile": profile()} if mode == "RGB" else {}
        pillow_heif.from_pillow(one).save(file, quality=95, **told)
        yield name, file.getvalue()
    for name, mode, deep in (
        ("heic 10 bits", "RGB;16", _deep()[..., ::-1]),
        ("heic grey 10 bits", "I;16", in_mode("I;16")),
    ):
        file = io.BytesIO()
        pillow_heif.from_bytes(mode, SIZE, np.ascontiguousarray(deep).tobytes()).save(file, quality=95)
        yield name, file.getvalue()


def _moving() -> dict[str, Any]:
    one = picture()
    return {"save_all": True, "append_images": [ImageOps.invert(one), ImageOps.mirror(one)]}


def _deep() -> Any:
    """The portrait in 16 bits, BGR."""
    return np.asarray(picture())[..., ::-1].astype(np.uint16) * 257
