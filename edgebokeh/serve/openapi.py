"""The OpenAPI document: the interface for programs, its query fields from the table of options."""

from functools import cache
from typing import Any, get_args

from edgebokeh import __version__
from edgebokeh.results import Task
from edgebokeh.serve.answers import MEDIA
from edgebokeh.serve.fields import Field, fields
from edgebokeh.serve.studio import LARGEST_DRAFT, LARGEST_SIDE, LEAST_SIDE, SIDE

Json = dict[str, Any]

TYPES = {"integer": "integer", "number": "number", "flag": "boolean"}
"""Of JSON, by a field's kind; all others are text."""

PROBLEMS = {
    "400": "The request or the photo is damaged, or no photo is there.",
    "401": "The token is missing or wrong.",
    "403": "The request comes from another site.",
    "404": "No photo is kept under this id.",
    "406": "The client accepts none of the formats.",
    "408": "The body did not arrive in time.",
    "409": "A newer request for the same picture came.",
    "413": "The body, or the photo, is too large.",
    "415": "This is no picture that edgebokeh can read.",
    "421": "The server is not called that.",
    "422": "An option is wrong, or does not fit another one.",
    "429": "Too many photos wait; see Retry-After.",
    "431": "The line and headers of the request are too long.",
    "500": "A bug of edgebokeh.",
    "503": "The server stops, had no time, or has too many connections.",
    "504": "It took too long.",
}
OF_ALL = ("400", "401", "403", "421", "431", "500", "503")
OF_WORK = ("422", "429", "503", "504")
OF_BODIES = ("400", "408", "413", "415")
OF_KEPT = ("404",)

ERROR = {
    "type": "object",
    "required": ["error", "message", "hint", "code"],
    "properties": {
        "error": {"type": "string", "description": "A word for programs."},
        "message": {"type": "string", "description": "What is wrong, as the command line says it."},
        "hint": {"type": "string", "description": "What to do."},
        "code": {"type": ["integer", "null"], "description": "The exit code of the command line, where it has one."},
    },
}
PHOTO = {
    "type": "object",
    "required": ["id", "name", "width", "height", "bytes"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "bytes": {"type": "integer"},
    },
}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
FILE = {"type": "string", "format": "binary"}


@cache
def document() -> Json:
    """All of it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "edgebokeh", "version": __version__, "description": "Blurs what lies behind people."},
        "paths": {f"/v1/{task}": {"post": _conversion(task)} for task in get_args(Task)} | _photos() | _lists(),
        "components": {
            "schemas": {"Error": ERROR, "Photo": PHOTO},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _conversion(task: Task) -> Json:
    name = {"name": "name", "in": "query", "schema": {"type": "string"}, "description": "What to call a raw body."}
    parts = {"photo": FILE} | ({"image": FILE} if task == "blur" else {})
    form = {"type": "object", "required": ["photo"], "properties": parts, "additionalProperties": False}
    return {
        "operationId": task,
        "summary": f"The {task} of a photo, as `edgebokeh {task}` writes it",
        "parameters": [name, *_query(task)],
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": form}, "application/octet-stream": {"schema": FILE}},
        },
        "responses": _answers(_pictures(), (*OF_BODIES, *OF_WORK, "406")),
    }


def _photos() -> dict[str, Json]:
    """The routes of kept photos."""
    kept = {"application/json": {"schema": {"$ref": "#/components/schemas/Photo"}}}
    form = {"type": "object", "required": ["photo"], "properties": {"photo": FILE}, "additionalProperties": False}
    name = {"name": "name", "in": "query", "schema": {"type": "string"}, "description": "What to call a raw body."}
    upload = {
        "operationId": "keep",
        "summary": "Keep a photo in memory, for previews",
        "parameters": [name],
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": form}, "application/octet-stream": {"schema": FILE}},
        },
        "responses": _answers({"201": {"description": "It is kept.", "content": kept}}, (*OF_BODIES, *OF_WORK)),
    }
    remove = {
        "operationId": "forget",
        "summary": "Let a kept photo go",
        "parameters": [ID],
        "responses": _answers({"204": {"description": "It is gone."}}, OF_KEPT),
    }
    side = {"type": "integer", "minimum": LEAST_SIDE, "maximum": LARGEST_SIDE, "default": SIDE}
    long = {"name": "side", "in": "query", "schema": side, "description": f"{LARGEST_DRAFT} at most but for original."}
    asked = [ID, _task("original", *get_args(Task)), {"name": "image", "in": "query", "schema": {"type": "string"}}]
    preview = {
        "operationId": "preview",
        "summary": "What the result looks like, at the size of a window",
        "parameters": [*asked, long, *_query(*get_args(Task))],
        "responses": _answers(_pictures(), ("400", *OF_KEPT, "409", "413", "415", *OF_WORK)),
    }
    result = {
        "operationId": "result",
        "summary": "What the command line makes of a kept photo",
        "parameters": [ID, _task(*get_args(Task)), asked[2], *_query(*get_args(Task))],
        "responses": _answers(_pictures(), ("400", *OF_KEPT, "406", "413", "415", *OF_WORK)),
    }
    return {
        "/v1/photos": {"post": upload},
        "/v1/photos/{id}": {"delete": remove},
        "/v1/photos/{id}/preview": {"get": preview},
        "/v1/photos/{id}/result": {"get": result},
    }


def _lists() -> dict[str, Json]:
    """The routes that tell something."""
    names = {"name": "name", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}, "explode": True}
    image = {"name": "image", "in": "query", "schema": {"type": "string"}}
    command = [_task(*get_args(Task)), names, image, *_query(*get_args(Task))]
    return {
        "/v1/models": {"get": _told("models", "The models at hand", ["models", "used"])},
        "/v1/styles": {"get": _told("styles", "Styles and quality presets", ["styles", "qualities"])},
        "/v1/options": {"get": _told("options", "The fields of a query, and limits", ["options", "limits"])},
        "/v1/command": {"get": _told("command", "The line for a shell", ["command"], command, ("404", "422"))},
        "/healthz": {"get": _told("health", "That the server is there", ["status"])},
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "What the server counts, as Prometheus reads it",
                "responses": _answers({"200": {"description": "Text.", "content": {"text/plain": {}}}}, ()),
            }
        },
    }


def _told(
    name: str, summary: str, keys: list[str], asked: list[Json] | None = None, also: tuple[str, ...] = ()
) -> Json:
    content = {"application/json": {"schema": {"type": "object", "required": keys}}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": asked or [],
        "responses": _answers({"200": {"description": summary, "content": content}}, also),
    }


def _answers(good: Json, problems: tuple[str, ...]) -> Json:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    told = sorted({*problems, *OF_ALL})
    return good | {status: {"description": PROBLEMS[status], "content": error} for status in told}


def _pictures() -> Json:
    return {"200": {"description": "The picture.", "content": {kind: {"schema": FILE} for kind in MEDIA.values()}}}


def _task(*names: str) -> Json:
    return {"name": "task", "in": "query", "schema": {"type": "string", "enum": list(names), "default": "blur"}}


def _query(*tasks: Task) -> list[Json]:
    """The fields that these tasks have, but files."""
    return [
        {"name": field.name, "in": "query", "description": field.help, "schema": _schema(field)}
        for field in fields()
        if set(tasks) & set(field.tasks) and field.kind != "file"
    ]


def _schema(field: Field) -> Json:
    schema: Json = {"type": TYPES.get(field.kind, "string")}
    told = {"enum": field.choices, "minimum": field.minimum, "maximum": field.maximum, "default": field.default}
    if field.kind == "color":
        told["pattern"] = "^#?[0-9a-fA-F]{6}$"
    return schema | {name: value for name, value in told.items() if value is not None}
