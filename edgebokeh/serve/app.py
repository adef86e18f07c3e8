"""The application: the table of routes, and what stands around them."""

import sys
import traceback
from functools import partial
from typing import get_args

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgebokeh.errors import EdgeBokehError
from edgebokeh.options import UsageError
from edgebokeh.results import Task
from edgebokeh.serve import lists, page_files, pictures
from edgebokeh.serve.answers import error_answer
from edgebokeh.serve.guard import Door, Guard
from edgebokeh.serve.refusal import RefusedError
from edgebokeh.serve.rest import Rest
from edgebokeh.serve.studio import Studio

ROUTES = (
    *(Route(f"/v1/{task}", partial(pictures.convert, task=task), methods=["POST"]) for task in get_args(Task)),
    Route("/v1/photos", pictures.keep, methods=["POST"]),
    Route("/v1/photos/{id}", pictures.remove, methods=["DELETE"]),
    Route("/v1/photos/{id}/preview", pictures.preview, methods=["GET"]),
    Route("/v1/photos/{id}/result", pictures.result, methods=["GET"]),
    Route("/v1/models", lists.models, methods=["GET"]),
    Route("/v1/styles", lists.styles, methods=["GET"]),
    Route("/v1/options", lists.options, methods=["GET"]),
    Route("/v1/command", lists.command, methods=["GET"]),
    Route("/healthz", lists.health, methods=["GET"]),
    Route("/openapi.json", lists.openapi, methods=["GET"]),
    Route("/metrics", lists.metrics, methods=["GET"]),
    Route("/", page_files.serve, methods=["GET"]),
    Route("/{file}", page_files.serve, methods=["GET"]),
)


GONE = 499
"""The status by which requests are counted whose client went away: nobody gets it."""


def application(studio: Studio, door: Door) -> ASGIApp:
    """All of it, as an ASGI server takes it."""
    handled = (EdgeBokehError, UsageError, RefusedError, HTTPException, Exception)
    app = Starlette(
        routes=ROUTES,
        exception_handlers=dict.fromkeys(handled, _answered) | {ClientDisconnect: _left},
    )
    app.router.redirect_slashes = False
    app.state.studio = studio
    return Rest(_Counted(Guard(app, door), studio))


def _answered(request: Request, error: Exception) -> Response:
    answer = error_answer(error)
    request.app.state.studio.metrics.failed(answer.kind)
    if answer.kind == "bug":
        traceback.print_exception(error, file=sys.stderr)
    return answer


def _left(_request: Request, _error: Exception) -> Response:
    """For a client that is not there any more."""
    return Response(status_code=GONE)


class _Counted:
    """Counts what is answered, by route."""

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        self._app, self._studio = app, studio
        self._paths: dict[object, str] = {route.endpoint: route.path for route in ROUTES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets it through."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = self._paths.get(scope.get("endpoint"), "none")
                method = scope["method"] if scope["method"] in ("GET", "POST", "DELETE") else "other"
                self._studio.metrics.answered(route, method, message["status"])
            await send(message)

        await self._app(scope, receive, noted if scope["type"] == "http" else send)
