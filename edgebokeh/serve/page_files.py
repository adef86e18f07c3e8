"""The files of the page, as they are in the package: read once, and served from memory."""

from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
"""By ending; files with others are not served."""


@cache
def page() -> dict[str, tuple[bytes, str]]:
    """The page's files by name, with their types."""
    found = {}
    for file in (files("edgebokeh.serve") / "page").iterdir():
        kind = TYPES.get(f".{file.name.rpartition('.')[2]}")
        if kind and file.is_file():
            found[file.name] = file.read_bytes(), kind
    return found


async def serve(request: Request) -> Response:
    """One file; without a name the page itself."""
    content, kind = page().get(request.path_params.get("file", "index.html"), (None, ""))
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})
