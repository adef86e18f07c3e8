"""`edgebokeh serve`. Nothing heavy is imported here."""

import re
from importlib.util import find_spec
from math import isfinite
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from edgebokeh import opened
from edgebokeh.console import say
from edgebokeh.errors import ServeExtraError
from edgebokeh.option_groups import Networks
from edgebokeh.serve.settings import Address, Limits

if TYPE_CHECKING:
    from edgebokeh.serve.studio import Studio

NEEDED = ("starlette", "uvicorn", "python_multipart", "prometheus_client")
"""Packages of the extra "serve"."""

LEAST_TOKEN = 16
"""Signs of a token that nobody guesses."""


def serve(address: Address, limits: Limits, networks: Networks) -> None:
    """Open a page to look at and an HTTP interface, for this machine alone; needs the extra "serve". Ctrl-C ends it."""
    if any(find_spec(name) is None for name in NEEDED):
        raise ServeExtraError("the server needs some packages", "pip install 'edgebokeh[serve]'")
    from edgebokeh.serve import guard, server
    from edgebokeh.serve.app import application

    if address.token is not None and not re.fullmatch(rf"[!-~]{{{LEAST_TOKEN},}}", address.token):
        raise typer.BadParameter(f"use {LEAST_TOKEN} letters, digits and signs or more", param_hint="--token")
    if wrong := next((name for name in address.allow_host or () if not guard.is_host(name)), None):
        raise typer.BadParameter(f"{wrong!r} is no host's name, such as booth.local", param_hint="--allow-host")
    if not isfinite(limits.time_limit):
        raise typer.BadParameter("use a number of seconds", param_hint="--time-limit")
    away = not guard.is_loopback(address.host)
    if away and address.token is None:
        raise typer.BadParameter(f"others can reach {address.host}: add --token with a secret", param_hint="--host")
    listening = server.bound(address.host, address.port)
    with listening:
        studio = _studio(limits, networks)
        door = guard.Door(guard.names(address.host, address.allow_host or ()), address.token)
        where = server.address(listening)
        if away:
            say(f"edgebokeh: warning: {address.host} is not this machine alone; requests are not encrypted", err=True)
        say(f"edgebokeh: ready at {where}; Ctrl-C ends it")
        if address.open:
            typer.launch(f"{where}?token={quote(address.token)}" if address.token else where)
        server.Server(application(studio, door), studio.work).run(sockets=[listening])


def _studio(limits: Limits, networks: Networks) -> "Studio":
    """The networks, opened, and what works with them. Raises what `edgebokeh.load` does."""
    from edgebokeh.images import MAX_MEGAPIXELS, Handling
    from edgebokeh.serve import fields
    from edgebokeh.serve.studio import furnished

    Handling(max_megapixels=limits.max_megapixels)
    bokeh = opened.load(networks, None)
    opened.tell(bokeh.verdict)
    larger = ("--max-megapixels", f"{limits.max_megapixels:g}") if limits.max_megapixels > MAX_MEGAPIXELS else ()
    return furnished(bokeh, limits, (*fields.told_of(networks), *larger))
