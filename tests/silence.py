"""A server's neighbour that passes everything on, until it is hushed: then its connections stay open in silence."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Neighbour:
    """address: to be asked in place of the server's."""

    address: str
    hushed: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def beside(server: str) -> Iterator[Neighbour]:
    """One of a server's address, for as long as the block takes."""
    parts = urlsplit(server)
    with socket.create_server(("127.0.0.1", 0)) as door:
        neighbour = Neighbour(f"http://127.0.0.1:{door.getsockname()[1]}")
        threading.Thread(target=_let_in, args=(door, (parts.hostname, parts.port), neighbour), daemon=True).start()
        try:
            yield neighbour
        finally:
            neighbour.over.set()
            neighbour.hushed.set()
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)


def _let_in(door: socket.socket, server: tuple[str, int], neighbour: Neighbour) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = door.accept()
            behind = socket.create_connection(server)
            for pair in ((client, behind), (behind, client)):
                threading.Thread(target=_pass_on, args=(*pair, neighbour), daemon=True).start()


def _pass_on(giver: socket.socket, taker: socket.socket, neighbour: Neighbour) -> None:
    with giver, contextlib.suppress(OSError):
        while data := giver.recv(1 << 16):
            if neighbour.hushed.is_set():
                neighbour.over.wait()
                return
            taker.sendall(data)
        taker.shutdown(socket.SHUT_WR)
