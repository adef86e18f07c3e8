"""`python -m tests.s3 LOG`: an S3 server (moto's) on loopback that notes each request and ends with its standard input.

It prints its address. A bucket named "closed" refuses everything.
"""

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLOSED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Noted:
    """The application, with a line in the log for each request: method, path and what follows it."""

    def __init__(self, application: Application, log: Path) -> None:
        self._application, self._log, self._writing = application, log, threading.Lock()

    def __call__(self, environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environment["PATH_INFO"]
        with self._writing, self._log.open("a") as log:
            log.write(f"{environment['REQUEST_METHOD']} {path}?{environment['QUERY_STRING']}\n")
        if path.split("/")[1] == "closed":
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [] if environment["REQUEST_METHOD"] == "HEAD" else [CLOSED]
        return self._application(environment, start)


@dataclass
class Server:
    """A server that runs, and its client. environment: what lets a process find it."""

    log: Path
    environment: dict[str, str]
    client: Any = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def bucket(self) -> str:
        """The name of a new one."""
        name = f"bucket{next(self._numbers)}"
        self.client.mkdir(name)
        return name

    def below(self, folder: str) -> dict[str, bytes]:
        """All objects below "bucket/folder", by their place there."""
        return {key[len(folder) + 1 :]: self.client.cat_file(key) for key in self.client.find(folder)}

    def requests(self) -> list[str]:
        """Those since the last call."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server for as long as the block takes. folder: for its log."""
    import s3fs

    log = folder / "requests"
    log.touch()
    command = [sys.executable, "-m", "tests.s3", str(log)]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"},
        text=True,
    ) as process:
        assert process.stdout
        environment = {
            "AWS_ENDPOINT_URL": process.stdout.readline().strip(),
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        yield Server(
            log,
            environment,
            s3fs.S3FileSystem(
                key="key", secret="secret", endpoint_url=environment["AWS_ENDPOINT_URL"], use_listings_cache=False
            ),
        )
        assert process.stdin
        process.stdin.close()


def main() -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, Noted(application, Path(sys.argv[1])), threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
