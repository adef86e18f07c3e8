"""The routes that make pictures: of a photo that comes with the request, and of one that is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import ExitStack
from functools import partial
from typing import TypeVar, get_args

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from edgebokeh.errors import ContradictionError
from edgebokeh.results import Task
from edgebokeh.serve import body, fields
from edgebokeh.serve.answers import Picture, PictureResponse
from edgebokeh.serve.fields import Wish
from edgebokeh.serve.refusal import RefusedError
from edgebokeh.serve.store import Kept
from edgebokeh.serve.studio import ANY, LARGEST_DRAFT, LARGEST_SIDE, LEAST_SIDE, SIDE, Studio

SENT_IMAGE = "send it as the part image of a form, and the photo as the part photo"
KEPT_IMAGE = "keep it as a photo too, and say image=ID"

Result = TypeVar("Result")
Name = TypeVar("Name", bound=str)


def studio(request: Request) -> Studio:
    """That of the server."""
    found: Studio = request.app.state.studio
    return found


async def convert(request: Request, task: Task) -> Response:
    """A photo in the body, its picture in the answer."""
    _once(request, "name")
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "name"]
    wish = fields.wish(task, pairs)
    room = studio(request)
    check(room, wish, image=wish.style.background.style == "image")
    with ExitStack() as place:
        place.enter_context(room.work.place())
        upload = await _received(request, ("photo", "image") if task == "blur" else ("photo",))
        check(room, wish, image=upload.image is not None, hint=SENT_IMAGE)
        behind = (upload.image, "the picture of image") if upload.image is not None else None
        make = partial(room.result, upload.photo, upload.name, wish, _accepted(request), behind)
        return _sent(await working(request, make), place)


async def keep(request: Request) -> Response:
    """Keeps the photo in the body."""
    room = studio(request)
    with room.work.place():
        upload = await _received(request)
        kept = await working(request, partial(room.measured, upload.photo, upload.name))
        room.store.add(kept)
    told = {"id": kept.id, "name": kept.name, "width": kept.size[1], "height": kept.size[0], "bytes": len(kept.data)}
    return JSONResponse(told, 201, headers={"Location": f"/v1/photos/{kept.id}"})


async def remove(request: Request) -> Response:
    """Lets a photo go."""
    studio(request).store.remove(request.path_params["id"])
    return Response(status_code=204)


async def preview(request: Request) -> Response:
    """A kept photo, or what is made of it, at the size of a window."""
    room, kept = studio(request), studio(request).store.get(request.path_params["id"])
    task = _task(request, "original", *get_args(Task))
    side = _whole(request, "side", SIDE, LEAST_SIDE, LARGEST_SIDE if task == "original" else LARGEST_DRAFT)
    line: Hashable = kept.id, task, side
    if task == "original":
        if others := [name for name in request.query_params if name not in ("task", "side")]:
            what = f"the photo itself has no option {', '.join(others)}"
            raise RefusedError(422, "usage", what, "leave it out")
        with ExitStack() as place:
            place.enter_context(room.work.place())
            return _sent(await working(request, partial(room.shown, kept, side), line), place)
    wish, behind = asked(request, "side")
    check(room, wish, image=behind is not None)
    picture = await working(request, partial(room.preview, kept, wish, side, behind), line)
    with ExitStack() as place:
        # Only now, as a slider that moves asks for many, which take each other's place in the line.
        place.enter_context(room.work.place(done=True))
        return _sent(picture, place)


async def result(request: Request) -> Response:
    """What the command line would make of a kept photo."""
    room, kept = studio(request), studio(request).store.get(request.path_params["id"])
    wish, image = asked(request)
    check(room, wish, image=image is not None)
    behind = (image.data, image.name) if image else None
    with ExitStack() as place:
        place.enter_context(room.work.place())
        make = partial(room.result, kept.data, kept.name, wish, _accepted(request), behind)
        return _sent(await working(request, make), place)


def asked(request: Request, *own: str) -> tuple[Wish, Kept | None]:
    """What the query of a kept photo asks for, and the kept picture of `image`. own: fields that the route reads."""
    query = request.query_params
    task: Task = _task(request, *get_args(Task))
    _once(request, "image")
    left = [(name, value) for name, value in query.multi_items() if name not in ("task", "image", *own)]
    image = studio(request).store.get(query["image"]) if "image" in query else None
    return fields.wish(task, left), image


def _accepted(request: Request) -> str:
    """The header Accept; several lines of it are one list (RFC 9110, 5.3)."""
    return ", ".join(request.headers.getlist("accept"))


async def _received(request: Request, names: tuple[str, ...] = ("photo",)) -> body.Upload:
    limits = studio(request).limits
    return await body.received(request, limits.max_upload * 1_000_000, limits.time_limit, names)


def _sent(picture: Picture, place: ExitStack) -> PictureResponse:
    """The answer with a picture, which keeps the request's place until the client has taken it: files in memory are as
    few as places."""
    return PictureResponse(picture, place.pop_all().close)


def check(room: Studio, wish: Wish, *, image: bool, hint: str = KEPT_IMAGE) -> None:
    """Raises what wrong options do, before anything is received or decoded. hint: how a picture gets here."""
    needed = wish.style.background.style == "image"
    wish.look(ANY if image or needed else None)
    wish.settings(room.limits.max_megapixels)
    if needed and not image:
        raise ContradictionError("--style image needs a picture", hint)


async def working(request: Request, call: Callable[[], Result], line: Hashable = None) -> Result:
    """What `call` returns, when it came to its turn; it gives its place up where the client goes away."""
    room = studio(request)
    job = asyncio.ensure_future(room.work.run(call, room.limits.time_limit, line))
    gone = asyncio.ensure_future(_gone(request.receive))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientDisconnect
        return job.result()
    finally:
        for task in (job, gone):
            task.cancel()
        # What becomes of a job that nobody waits for any more, such as that a newer one took its place, is no news.
        await asyncio.gather(job, gone, return_exceptions=True)


async def _gone(receive: Callable[[], Awaitable[object]]) -> None:
    while True:
        message = await receive()
        if isinstance(message, dict) and message["type"] == "http.disconnect":
            return


def _task(request: Request, *names: Name) -> Name:
    """The one of these that the query names; "blur" where it names none."""
    _once(request, "task")
    task = request.query_params.get("task", "blur")
    found = next((name for name in names if name == task), None)
    if found is None:
        raise RefusedError(422, "usage", f"no task is called {task[:20]!r}", f"use {', '.join(names)}")
    return found


def _once(request: Request, name: str) -> None:
    if len(request.query_params.getlist(name)) > 1:
        raise RefusedError(422, "usage", f"{name} is given twice", "give it once")


def _whole(request: Request, name: str, usual: int, low: int, high: int) -> int:
    _once(request, name)
    text = request.query_params.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and low <= int(text[:9]) <= high):
        raise RefusedError(422, "usage", f"{name} is {text[:20]!r}", f"use a whole number from {low} to {high}")
    return int(text[:9])
