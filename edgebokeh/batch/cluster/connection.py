"""Ray, quietly: one that is started for a run, or one that is there."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from edgebokeh.batch.settings import LOCAL
from edgebokeh.errors import ClusterAbsentError, ClusterUnreachableError, ContradictionError

PATIENCE = 10
"""Seconds for an answer from another machine, at each of a few steps."""

STORE = 1 << 28
"""Bytes of a local Ray's store of objects: the networks' files and a picture for the background pass through it."""

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_gcs_server_request_timeout_seconds": str(PATIENCE),
}
"""Environment variables that Ray reads when it is imported; those that are set stay."""

SETTINGS = b"\x04"
"""The type of the first frame that both sides of HTTP/2, and so of gRPC, send; it follows three bytes of length."""

HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0" + SETTINGS + b"\0\0\0\0\0"
"""What a client of HTTP/2 begins with (RFC 9113, section 3.4)."""

GIVES_UP = 1
"""What Ray would exit with where a cluster ends while it is being joined."""

_OURS = threading.Lock()
"""Held while Ray is connected by us: a process has one connection, which the end of one run would take from another."""

PREFIX = "edgebokeh-ray-"
"""Of the folder of a local Ray's files."""

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def connected(address: str, cpus: int) -> Iterator[Any]:
    """Inside, Ray's module, connected. A Ray of our own ends with it; one that the caller has joined stays.

    cpus: that a local Ray is to offer at least. Raises ClusterAbsentError, ClusterUnreachableError, ContradictionError
    where another run of this process has Ray already: it has one for a process.
    """
    ray = sys.modules.get("ray")
    if ray and ray.is_initialized() and not _OURS.locked():
        yield ray
        return
    if not _OURS.acquire(blocking=False):
        raise ContradictionError("another run of this process is on a cluster", "let it end first, or use processes")
    with ExitStack() as stack:
        stack.callback(_OURS.release)
        yield stack.enter_context(_joined(address, cpus))


@contextmanager
def lasting(cpus: int) -> Iterator[Any]:
    """Inside, Ray's module and a local Ray for any number of runs of this process. Raises what `connected` does."""
    with _joined(LOCAL, cpus) as ray:
        yield ray


@contextmanager
def _joined(address: str, cpus: int) -> Iterator[Any]:
    ray = _imported()
    with ExitStack() as stack:
        own: dict[str, Any] = {}
        if address == LOCAL:
            folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=_short(), ignore_cleanup_errors=True)
            own = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": STORE}
            own["_temp_dir"] = stack.enter_context(folder)
        else:
            address = _current(ray) if address == "auto" else address
            _knock(address)
        stack.enter_context(_trusted(_token(address)))
        stack.callback(ray.shutdown)
        _start(ray, address, own)
        yield ray


def _short() -> str | None:
    """A folder for a local Ray's files: the names of its sockets must not be longer than 107 bytes, on macOS 103."""
    usual = "/tmp"
    return os.environ.get("RAY_TMPDIR") or (usual if os.access(usual, os.W_OK) else None)


@contextmanager
def _trusted(settings: Mapping[str, str]) -> Iterator[None]:
    """Inside, the environment has these variables; what this process joins later may want other ones, or none."""
    os.environ.update(settings)
    try:
        _read_again()
        yield
    finally:
        for name in settings:
            os.environ.pop(name, None)
        _read_again()


def _read_again() -> None:
    """Has Ray look at the environment once more, for which it has no public switch.

    A version with other parts inside goes on with what it found when it was imported.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from ray._raylet import AuthenticationTokenLoader, Config

        Config.initialize("")
        AuthenticationTokenLoader.instance().reset_cache()


def _token(address: str) -> dict[str, str]:
    """Environment variables by which Ray is told of a token; none where the user has set some.

    Newer versions demand a token of who joins a Ray that was started where the user has one, and send it only when they
    are told to. For a Ray of our own they would write one into the user's home, and all that is started there later
    would demand it.
    """
    if any(f"RAY_AUTH_{name}" in os.environ for name in ("MODE", "TOKEN", "TOKEN_PATH")):
        return {}
    if address == LOCAL:
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid4().hex}
    with contextlib.suppress(RuntimeError, OSError):
        if (Path.home() / ".ray" / "auth_token").exists() and not _is_open(address):
            return {"RAY_AUTH_MODE": "token"}
    return {}


def _is_open(address: str) -> bool:
    """Whether a cluster lets in who has no token: from one who has, its workers would refuse all work.

    Asked in a process of its own, as Ray prints what it is told.
    """
    asking = "import sys; from ray._raylet import GcsClient; GcsClient(address=sys.argv[1])"
    command = [sys.executable, "-c", asking, address]
    environment = os.environ | {"RAY_AUTH_MODE": "disabled"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=2 * PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _imported() -> Any:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise ClusterAbsentError("Ray is not installed", "install it: pip install 'edgebokeh[ray]'") from error
    return ray


def _current(ray: Any) -> str:
    """Where RAY_ADDRESS or the last `ray start` here says that a cluster is.

    Ray itself would take any that it finds running, also one that another run started for itself.
    """
    told: str | None = os.environ.get("RAY_ADDRESS")
    if told in (None, "", "auto"):
        told = ray._private.utils.read_ray_address(None)
    if not told:
        why = "RAY_ADDRESS is not set, and no `ray start` was noted in Ray's usual folder"
        raise ClusterUnreachableError(f"no Ray cluster is known here ({why})", "name its head as host:port")
    return told


def _start(ray: Any, address: str, own: dict[str, Any]) -> None:
    """Ray's words are kept back, and so are the handlers of signals that it would set."""
    handlers = {name: signal.getsignal(getattr(signal, name)) for name in SIGNALS if hasattr(signal, name)}
    ended = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
            _hush(ray)
    except (OSError, RuntimeError, ValueError, TimeoutError, ray.exceptions.RayError) as error:
        raise _unreachable(address, str(error)) from error
    except SystemExit as end:
        ended = end.code == signal.SIGTERM
        if end.code == GIVES_UP:
            raise _unreachable(address, "Ray gave up") from end
        if not ended:
            raise
    finally:
        for name, handler in handlers.items():
            if signal.getsignal(getattr(signal, name)) is not handler:
                signal.signal(getattr(signal, name), handler)
    if ended:
        # Ray's own handler took it, while there was no other.
        signal.raise_signal(signal.SIGTERM)


def _hush(ray: Any) -> None:
    """Ends the thread in which Ray, whatever `log_to_driver` says, prints that a worker died; the run makes up for it.

    It has no public switch. Where a version has another inside, Ray is only less quiet.
    """
    with contextlib.suppress(AttributeError):
        worker = ray._private.worker.global_worker
        subscriber, thread = worker.gcs_error_subscriber, worker.listener_thread
        worker.threads_stopped.set()
        subscriber.close()
        thread.join()
        worker.threads_stopped.clear()


def _knock(address: str) -> None:
    """Raises ClusterUnreachableError where no gRPC answers: Ray itself would try for long, or end the process."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _unreachable(address, str(error)) from error
    if not host or not port:
        raise _unreachable(address, "it is no host:port")
    try:
        with socket.create_connection((host, port), PATIENCE) as line:
            line.settimeout(PATIENCE)
            line.sendall(HELLO)
            answer = b"" if os.environ.get("RAY_USE_TLS") else line.recv(4)
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error
    if answer[3:] != SETTINGS and not os.environ.get("RAY_USE_TLS"):
        raise _unreachable(address, "something else listens there")


def _unreachable(address: str, why: str) -> ClusterUnreachableError:
    line = next(iter(why.splitlines()), "") or "no answer"
    if address == LOCAL:
        return ClusterUnreachableError(f"no Ray starts here ({line})", "leave --cluster out, or name a cluster")
    return ClusterUnreachableError(
        f"no Ray cluster answers at {address} ({line})",
        "start one with `ray start --head`, name its head as host:port, or use --cluster local",
    )
