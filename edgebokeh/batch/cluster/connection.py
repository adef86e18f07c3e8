"""Ray, quietly: one that is started for a run, or one that is there."""

import contextlib
import os
import signal
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from edgebokeh.batch.settings import LOCAL
from edgebokeh.errors import ClusterAbsentError, ClusterUnreachableError

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

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def connected(address: str, cpus: int) -> Iterator[Any]:
    """Inside, Ray's module, connected. A Ray of our own ends with it.

    cpus: that a local Ray is to offer at least. Raises ClusterAbsentError, ClusterUnreachableError.
    """
    ray = _imported()
    if ray.is_initialized():
        yield ray
        return
    with tempfile.TemporaryDirectory(prefix="edgebokeh-ray-", ignore_cleanup_errors=True) as folder:
        own = {
            "num_cpus": cpus, "include_dashboard": False, "object_store_memory": STORE, "_temp_dir": folder
        }  # fmt: skip
        if address == "auto":
            address = _current(ray)
        if address != LOCAL:
            _knock(address)
        try:
            _start(ray, address, own if address == LOCAL else {})
            yield ray
        finally:
            ray.shutdown()


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
        raise _unreachable("auto", "RAY_ADDRESS is not set, and no `ray start` was run here")
    return told


def _start(ray: Any, address: str, own: dict[str, Any]) -> None:
    """Ray's words are kept back, and so are the handlers of signals that it would set."""
    handlers = {name: signal.getsignal(getattr(signal, name)) for name in SIGNALS if hasattr(signal, name)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
            _hush(ray)
    except (OSError, RuntimeError, ValueError, TimeoutError, ray.exceptions.RayError) as error:
        raise _unreachable(address, str(error)) from error
    except SystemExit as end:
        if end.code != GIVES_UP:
            raise
        raise _unreachable(address, "Ray gave up") from end
    finally:
        for name, handler in handlers.items():
            if signal.getsignal(getattr(signal, name)) is not handler:
                signal.signal(getattr(signal, name), handler)


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
    return ClusterUnreachableError(
        f"no Ray cluster answers at {address} ({line})",
        "start one with `ray start --head`, name its head as host:port, or use --cluster local",
    )
