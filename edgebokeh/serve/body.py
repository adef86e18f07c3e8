"""Request bodies: received in memory, no further than allowed, from nobody who keeps the server waiting."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from time import monotonic
from unicodedata import category

from starlette.requests import Request

from edgebokeh.serve.forms import Form, malformed
from edgebokeh.serve.refusal import RefusedError

PAUSE = 10.0
"""Seconds after which a client that sends nothing more of a body is given up."""

SLOWEST = 32_000
"""Bytes a second that a client must send on average."""

LONGEST_NAME = 255
"""Signs of a file name, as most file systems have it."""

LONGEST_ENDING = 16
"""Signs behind the last dot of a name that are kept where it is cut."""

UNSEEN = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
"""Kinds of signs that no name shows, in Unicode's words."""

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of text, and so can hide an ending."""

CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Upload:
    """What came in a body. photo: a picture file. name: as the client calls it, "" if it does not.

    image: another one, of the style.
    """

    photo: bytes
    name: str
    image: bytes | None = None


async def received(request: Request, most: int, seconds: float, names: tuple[str, ...] = ("photo",)) -> Upload:
    """The photo of a request: the part "photo" of a multipart body, or the body itself.

    most: bytes that a body may have. seconds: in which all of it must be here. names: of the parts that it may have.
    Raises RefusedError: 400, 408 and 413.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _parts(request, names, most, seconds)
    data = b"".join([chunk async for chunk in _bounded(request, most, seconds)])
    return Upload(data, clean_name(request.query_params.get("name", "")))


def clean_name(text: str) -> str:
    """A file name as text alone: without folders, with _ for signs that no screen shows, no longer than names may be.

    "" stays "".
    """
    if not text:
        return ""
    name = re.split(r"[/\\]", text)[-1]
    shown = "".join("_" if sign in TURNING or category(sign) in UNSEEN else sign for sign in name)
    stem, dot, ending = shown.rpartition(".")
    if len(shown) > LONGEST_NAME:
        kept = f"{dot}{ending}" if len(ending) < LONGEST_ENDING else ""
        shown = (stem or shown)[: LONGEST_NAME - len(kept)] + kept
    return shown if shown.strip(". ") else "photo"


async def _parts(request: Request, names: tuple[str, ...], most: int, seconds: float) -> Upload:
    form = Form(request.headers["content-type"], names)
    async for chunk in _bounded(request, most, seconds):
        form.write(chunk)
    files = form.files()
    if "photo" not in files:
        raise malformed("it has no photo")
    name, photo = files["photo"]
    return Upload(photo, clean_name(name), files["image"][1] if "image" in files else None)


async def _bounded(request: Request, most: int, seconds: float) -> AsyncGenerator[bytes, None]:
    """The chunks of a body. Raises RefusedError where they are too many, or too slow."""
    begin, size = monotonic(), 0
    chunks: AsyncIterator[bytes] = request.stream()
    while True:
        try:
            left = begin + min(PAUSE + size / SLOWEST, seconds) - monotonic()
            async with asyncio.timeout(min(PAUSE, left)):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise RefusedError(408, "slow", "the body did not arrive in time", "send it again", CLOSE) from error
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> RefusedError:
    what = f"the body has more than the {most / 1e6:g} MB allowed"
    return RefusedError(413, "too_large", what, "send a smaller file, or raise --max-upload", CLOSE)
