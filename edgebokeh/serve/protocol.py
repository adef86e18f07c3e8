"""HTTP as uvicorn speaks it, without patience for clients that stop in the middle; refusals are JSON, as all others."""

import asyncio
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from edgebokeh.serve.guard import long_head, turned_away
from edgebokeh.serve.refusal import RefusedError

CONNECTIONS = 256
"""At once; on further ones all is answered with 503."""

HEAD = 10.0
"""Seconds in which the head of a request must be here, from its first byte or that of the connection."""

TAKING = 30.0
"""Seconds after which a client that takes nothing of an answer is given up."""

TAKEN = 120.0
"""Seconds in which a client must have taken an answer, from when it fell behind."""

LINGER = 2.0
"""Seconds in which what follows a refused head is dropped: closed over it, the connection would be reset, and the
answer lost on its way (RFC 9112, 9.6)."""


class Impatient(H11Protocol):
    """A connection that ends where a client keeps it open and does nothing."""

    _timers: dict[str, asyncio.TimerHandle]
    _is_deaf = False

    @property
    def _is_busy(self) -> bool:
        """Whether a request is being read or answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for a request."""
        super().connection_made(transport)
        self._timers = {}
        if len(self.connections) > CONNECTIONS:
            self.app = turned_away(
                RefusedError(503, "crowded", "too many connections are open", "try again in 5 s", {"Retry-After": "5"})
            )
        self._wait("head", HEAD)

    def data_received(self, data: bytes) -> None:
        """Waits no more once a request is here whole, and otherwise no longer for its sake."""
        if self._is_deaf:
            return
        if not self._is_busy:
            self._wait("head", HEAD)
        super().data_received(data)

    def handle_events(self) -> None:
        """The same for requests that came while another was answered."""
        super().handle_events()
        if self._is_busy:
            self._wait_no_more("head")

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as all else is, and the connection ends. msg: of uvicorn."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            refusal = RefusedError(400, "http", msg.rstrip(".").lower(), "send HTTP/1.1 without TLS")
            # uvicorn calls this where it caught what h11 found, and h11 alone knows of a head that is not whole yet.
            if getattr(sys.exc_info()[1], "error_status_hint", 400) == 431:
                refusal = long_head()
            answer = turned_away(refusal)
            events = (
                h11.Response(status_code=answer.status_code, headers=answer.raw_headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            )
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        if self._is_busy:
            # The application learns by it that no more of the body comes.
            self.transport.close()
        else:
            self._is_deaf = True
            self.transport.write_eof()
            self._wait("linger", LINGER)

    def on_response_complete(self) -> None:
        """Begins to wait for the rest of a request of which a part came while another was answered."""
        super().on_response_complete()
        self._wait_no_more("answer")
        if not self._is_busy and self.conn.trailing_data[0]:
            self._wait("head", HEAD)

    def pause_writing(self) -> None:
        """Begins to wait for the client to take what it was sent."""
        super().pause_writing()
        self._wait("taking", TAKING)
        self._wait("answer", TAKEN)

    def resume_writing(self) -> None:
        """It did."""
        super().resume_writing()
        self._wait_no_more("taking")

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing any more."""
        super().connection_lost(exc)
        for name in list(self._timers):
            self._wait_no_more(name)

    def _wait(self, name: str, seconds: float) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, self._give_up)

    def _wait_no_more(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer:
            timer.cancel()

    def _give_up(self) -> Any:
        self.transport.abort()
