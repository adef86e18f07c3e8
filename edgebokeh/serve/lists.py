"""The routes that tell: models, styles, options, the command line, and how the server is."""

import json
import shlex
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edgebokeh import engine, report
from edgebokeh.look import DEFAULT_QUALITY
from edgebokeh.serve import fields
from edgebokeh.serve.body import clean_name
from edgebokeh.serve.openapi import document
from edgebokeh.serve.pictures import asked, check, studio


async def models(request: Request) -> Response:
    """The models at hand, and the one that is used; without where their files lie."""
    rows = [json.loads(report.model(info, as_json=True)[0]) for info in engine.models()]
    shown = [{key: value for key, value in row.items() if key not in ("path", "problem")} for row in rows]
    return JSONResponse({"models": shown, "used": studio(request).bokeh.finder.spec.name})


async def styles(request: Request) -> Response:
    """The styles of a background, and the quality presets with the one that is taken where none is named."""
    usual = studio(request).bokeh.wanted(None).quality or DEFAULT_QUALITY
    listed = [json.loads(row) for row in report.styles(as_json=True)]
    named = [{"name": row["style"], "summary": row["summary"], "blur": row["style"] in fields.BLURS} for row in listed]
    presets = [json.loads(row) for row in report.qualities(as_json=True)]
    qualities = [
        {"name": row["quality"], "summary": row["summary"], "default": row["quality"] == usual} for row in presets
    ]
    return JSONResponse({"styles": named, "qualities": qualities})


async def options(request: Request) -> Response:
    """The fields of a query, as the page makes its controls of them."""
    limits = studio(request).limits
    told = {"bytes": limits.max_upload * 1_000_000, "megapixels": limits.max_megapixels}
    return JSONResponse({"options": [asdict(field) for field in fields.fields()], "limits": told})


async def command(request: Request) -> Response:
    """The line for a shell that makes the same of a photo."""
    wish, image = asked(request, "name")
    check(studio(request), wish, image=image is not None)
    names = [clean_name(name or "photo.jpg") for name in request.query_params.getlist("name")] or ["photo.jpg"]
    behind = ("--image", _path(image.name)) if image else ()
    parts = ("edgebokeh", wish.task, *map(_path, names), *wish.given, *behind, *studio(request).started_with)
    return JSONResponse({"command": shlex.join(parts)})


async def openapi(_request: Request) -> Response:
    """The description of all this for programs."""
    return JSONResponse(document())


async def health(_request: Request) -> Response:
    """That the server is there."""
    return JSONResponse({"status": "ok"})


async def metrics(request: Request) -> Response:
    """What the server counts, as Prometheus reads it."""
    return Response(studio(request).metrics.text(), media_type="text/plain; version=0.0.4")


def _path(name: str) -> str:
    """A file's name, so that it is not taken for an option or a stream."""
    return f"./{name}" if name.startswith("-") else name
