"""The server: its socket, and how it begins and ends."""

import errno
import os
import socket

import uvicorn
from starlette.types import ASGIApp

from edgebokeh.errors import AddressError
from edgebokeh.serve.guard import LARGEST_HEAD
from edgebokeh.serve.protocol import CONNECTIONS, Impatient
from edgebokeh.serve.work import Work

IDLE = 30
"""Seconds for which a connection stays open between two requests."""

FINISH = 30
"""Seconds for what runs when the server is stopped."""


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free. Raises AddressError."""
    try:
        kind, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # Unless the protocol is named, asyncio leaves Nagle's algorithm on, and an answer waits 40 ms.
        made = socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"no address is called {host!r}", "use 127.0.0.1, or an address of this machine") from error
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(where)
        made.listen(CONNECTIONS)
    except OSError as error:
        made.close()
        hint = "choose another with --port, or 0 for any" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        what = f"cannot listen on {host}, port {port} ({error.strerror})"
        raise AddressError(what, hint or "use 127.0.0.1, or an address of this machine") from error
    return made


def address(listening: socket.socket) -> str:
    """How a browser of this machine reaches it."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


class Server(uvicorn.Server):
    """A server that finishes what runs when it is stopped, and refuses what waits."""

    def __init__(self, app: ASGIApp, work: Work) -> None:
        config = uvicorn.Config(
            app,
            http=Impatient,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=FINISH,
        )
        super().__init__(config)
        self._work = work

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends what waits, then waits for what runs."""
        self._work.stop()
        await super().shutdown(sockets)
