"""What is left of a body is dropped for a while only, whatever comes of it."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from edgebokeh.serve import rest

DROPS = 8000


async def refusing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 408, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"too slow"})


def test_who_goes_on_sending_is_not_listened_to_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drops that come as quickly as one turns to the next leave no moment in which the end could be overheard."""
    monkeypatch.setattr(rest, "LONGEST", 0.1)
    drops, answer = 0, []

    async def receive() -> Message:
        nonlocal drops
        drops += 1
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"x", "more_body": drops < DROPS}

    async def send(message: Message) -> None:
        answer.append(message)

    asyncio.run(rest.Rest(refusing)({"type": "http"}, receive, send))
    assert 0 < drops < DROPS
    assert [message.get("body") for message in answer] == [None, b"too slow", b""]
    assert answer[1]["more_body"]
