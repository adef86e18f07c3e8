"""The rest of a request's body that no handler reads.

A connection that is closed with bytes left unread is reset, and a client that still sends never sees its answer
(RFC 9112, 9.6). So the rest is taken in and dropped before the answer ends.
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 1 << 27
"""Bytes that are dropped; who sends more is cut off."""

LONGEST = 10.0
"""Seconds that it may take."""

PAUSE = 1.0
"""Seconds after which a client that sends nothing more is not waited for."""


class Rest:
    """In front of an application: what is left of a body is taken in where the answer closes the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets it through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        whole = closes = False

        async def heard() -> Message:
            nonlocal whole
            message = await receive()
            whole = whole or not message.get("more_body", False)
            return message

        async def told(message: Message) -> None:
            nonlocal closes
            if message["type"] == "http.response.start":
                closes = (b"connection", b"close") in message["headers"]
            elif closes and not whole and not message.get("more_body", False):
                await send({**message, "more_body": True})
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONGEST):
                        await _drop(heard)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self._app(scope, heard, told)


async def _drop(receive: Receive) -> None:
    size = 0
    while size < MOST:
        async with asyncio.timeout(PAUSE):
            message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
