"""BMP files: their size. Layout: Microsoft's BITMAPINFOHEADER, and BITMAPCOREHEADER of OS/2."""

from edgebokeh.containers.header import Density, Header

_INCH = 0.0254
"""Metres."""


def finish(file: bytes, density: Density | None) -> bytes:
    """A BMP file as OpenCV writes it, with density."""
    numbers = (min(2**31 - 1, round(dots / _INCH)).to_bytes(4, "little") for dots in density or ())
    return file[:38] + b"".join(numbers) + file[46:] if density else file


def read(data: bytes) -> Header:
    """What a BMP file says of itself."""
    core = int.from_bytes(data[14:18], "little") == 12
    places = ((18, 20), (20, 22)) if core else ((18, 22), (22, 26))
    width, height = (abs(int.from_bytes(data[a:b], "little", signed=not core)) for a, b in places)
    x, y = (0, 0) if core else (int.from_bytes(data[place : place + 4], "little") for place in (38, 42))
    return Header(".bmp", (height, width), density=(x * _INCH, y * _INCH) if x and y else None)
