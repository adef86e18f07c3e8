"""Answers: pictures with what is told about them, and errors as JSON with the words of the command line."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from edgebokeh import errors
from edgebokeh.options import UsageError
from edgebokeh.serve.refusal import RefusedError

CHUNK = 1 << 18
"""Bytes that are sent at a time: a client that takes none of them for long is given up."""

MEDIA = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
}
"""Types of the files that are sent, by their usual ending."""

STATUS: tuple[tuple[type[errors.EdgeBokehError], int], ...] = (
    (errors.PhotoEmptyError, 400),
    (errors.PhotoTruncatedError, 400),
    (errors.PhotoTooLargeError, 413),
    (errors.PhotoError, 415),
    (errors.LookError, 422),
    (errors.OutputFormatError, 422),
    (errors.NoPersonError, 422),
    (errors.ModelError, 503),
    (errors.ProviderError, 503),
)
"""The first of these that an error is one of tells its status; a bug has none of them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to send. ending: of its format. name: what to call it where it is saved, "" for nothing.

    told: headers about it.
    """

    file: bytes
    ending: str
    told: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


class PictureResponse(Response):
    """A picture, sent in pieces. taken: called when it has been, or its client is gone."""

    def __init__(self, picture: Picture, taken: Callable[[], object] = lambda: None) -> None:
        super().__init__(picture.file, media_type=MEDIA[picture.ending.lower()], headers=dict(picture.told))
        self._taken = taken
        self.headers["Vary"] = "Accept"
        if picture.name:
            self.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(picture.name, safe='')}"

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            body = memoryview(self.body)
            for start in range(0, len(body), CHUNK):
                piece = bytes(body[start : start + CHUNK])
                await send({"type": "http.response.body", "body": piece, "more_body": start + CHUNK < len(body)})
        finally:
            self._taken()


def told(
    model: str,
    provider: str,
    *,
    person: bool,
    share: float,
    notes: tuple[str, ...],
    milliseconds: Mapping[str, float],
) -> dict[str, str]:
    """The headers about a picture; what no header can hold is escaped as in JSON."""
    return {
        "Edgebokeh-Model": json.dumps(model)[1:-1],
        "Edgebokeh-Provider": provider,
        "Edgebokeh-Person": "true" if person else "false",
        "Edgebokeh-Share": f"{share:.4f}",
        "Edgebokeh-Notes": json.dumps(notes),
        "Server-Timing": ", ".join(f"{stage};dur={spent:.1f}" for stage, spent in milliseconds.items()),
    }


class ErrorResponse(JSONResponse):
    """What is told of an error. kind: its word for programs."""

    kind: str = ""


def error_answer(error: Exception) -> ErrorResponse:
    """What is told of an error: "error", a word for programs; "message" and "hint" for people, as on the command line;
    and "code", the exit code of the command line, null where it knows no such error."""
    if isinstance(error, errors.EdgeBokehError):
        status = next((number for kind, number in STATUS if isinstance(error, kind)), 500)
        return _answer(status, error.code.name.lower(), str(error), error.hint, int(error.code))
    if isinstance(error, UsageError):
        message = getattr(error, "format_message", error.__str__)()
        return _answer(422, "usage", message, "see /v1/options", int(errors.ExitCode.USAGE))
    if isinstance(error, RefusedError):
        return _answer(error.status, error.kind, str(error), error.hint, None, error.headers)
    if isinstance(error, HTTPException):
        kind = HTTPStatus(error.status_code).phrase
        return _answer(
            error.status_code, kind.lower().replace(" ", "_"), kind, "see /openapi.json", None, error.headers
        )
    return _answer(
        500, "bug", "edgebokeh met a bug of its own", "please report the traceback that the server printed", 1
    )


def _answer(
    status: int, kind: str, message: str, hint: str, code: int | None, headers: Mapping[str, str] | None = None
) -> ErrorResponse:
    content = {"error": kind, "message": message, "hint": hint, "code": code}
    answer = ErrorResponse(content, status, headers=dict(headers or {}))
    answer.kind = kind
    return answer
