"""What fsspec's drivers do, each in its way: a row for each scheme of URLs, and what their errors come to."""

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edgebokeh.asking import Driver
from edgebokeh.errors import (
    EdgeBokehError,
    OutputExistsError,
    OutputUnwritableError,
    PhotoMissingError,
    PhotoUnreadableError,
    StoreAbsentError,
    StoreUnreachableError,
)
from edgebokeh.remote import Remote

Info = Mapping[str, Any]
"""What a driver tells of an object."""


TRIES = 2
"""Of a driver, for each of which the library below it tries thrice: three minutes where nobody answers."""


@dataclass(frozen=True, slots=True)
class Store:
    """How the objects of a scheme are reached.

    package: what to install for the driver that fsspec has for the scheme. mark: what of an object's Info is another
    after each change. look: at one object, its size and Info. objects: key, size and Info of all below a folder.
    holds: whether a folder is there.
    login, address: variables that say with which credentials, and where else than usual. options: of the driver.
    root: what it wants before a key.
    """

    package: str
    mark: Callable[[Info], object]
    look: Callable[[Driver, str], tuple[int, Info]]
    objects: Callable[[Driver, str], Iterator[tuple[str, int, Info]]]
    holds: Callable[[Driver, str], bool]
    login: str
    address: str
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""


_used: list[str] = []
"""Schemes whose driver is there."""


@functools.cache
def driver(scheme: str) -> Driver:
    """fsspec's driver."""
    # Here, as a start without stores needs none of it.
    import logging

    store = STORES[scheme]
    # What it has to say comes as an error; without a handler its warnings go to standard error.
    logging.getLogger(store.package).addHandler(logging.NullHandler())
    try:
        import fsspec

        # One of our own: others in this process may use theirs in another way.
        made = fsspec.filesystem(scheme, skip_instance_cache=True, **store.options)
    except ImportError as error:
        hint = f"install it with: pip install 'edgebokeh[remote]' {store.package}"
        raise StoreAbsentError(f"{scheme}:// needs {store.package} ({error})", hint) from error
    made.retries = TRIES
    _used.append(scheme)
    return Driver(made)


def hurry() -> None:
    """For a process that is told to end: whom nobody answers does not hold it up for more than a few seconds."""
    for scheme in _used:
        driver(scheme).hurry()


@contextlib.contextmanager
def errors_of(place: Remote, *, writes: bool) -> Iterator[None]:
    """Inside, errors of a driver become ours, but for FileExistsError."""
    try:
        yield
    except (EdgeBokehError, FileExistsError, GeneratorExit):
        raise
    except Exception as error:
        trouble = _trouble(place, error, writes=writes)
        if isinstance(trouble, StoreUnreachableError):
            driver(place.scheme).silent()
        raise trouble from error


def _trouble(place: Remote, error: Exception, *, writes: bool) -> EdgeBokehError:
    """What stands for an error of a driver, each of which has its own kinds."""
    code = _code(error)
    if code in TAKEN:
        return exists_already(place)
    kinds = {kind.__name__ for one in (error, error.__cause__) for kind in type(one).__mro__} | {code}
    if found := next((hint for names, hint in HINTS.items() if kinds & set(names.split())), None):
        store = STORES[place.scheme]
        return StoreUnreachableError(
            f"{place.scheme}://{place.bucket} cannot be reached ({_reason(error)})",
            found.format(login=store.login, address=store.address),
        )
    if isinstance(error, FileNotFoundError):
        if writes:
            return OutputUnwritableError(f"{place} cannot be written: no bucket {place.bucket}", "make it first")
        what = f"the bucket {place.bucket}" if code == "NoSuchBucket" else str(place)
        return PhotoMissingError(f"{what} does not exist", "check the spelling, the bucket and the folder")
    hint = f"check what the credentials may do in {place.bucket}"
    if writes:
        return OutputUnwritableError(f"{place} cannot be written ({_reason(error)})", hint)
    return PhotoUnreadableError(f"{place} cannot be read ({_reason(error)})", hint)


def _code(error: Exception) -> str:
    """S3's own name for what is wrong, "" without one."""
    response = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, Mapping) else ""


def _reason(error: Exception) -> str:
    """In one line."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def exists_already(place: Remote) -> OutputExistsError:
    return OutputExistsError(f"{place} exists already", "add --force to overwrite it, or name another file")


def _s3_look(driver: Driver, name: str) -> tuple[int, Info]:
    """The driver's own `info` looks for a folder, too, where there is no object."""
    bucket, _, key = name.partition("/")
    told = driver.ask("call_s3", "head_object", Bucket=bucket, Key=key)
    return told["ContentLength"], told


def _s3_objects(driver: Driver, folder: str) -> Iterator[tuple[str, int, Info]]:
    """Page by page: the driver's own `find` holds all of them at once."""
    bucket, _, prefix = folder.partition("/")
    page: dict[str, Any] = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    while True:
        told = driver.ask("call_s3", "list_objects_v2", **page)
        yield from ((f"{bucket}/{one['Key']}", one["Size"], one) for one in told.get("Contents", ()))
        if not told.get("IsTruncated"):
            return
        page["ContinuationToken"] = told["NextContinuationToken"]


def _s3_holds(driver: Driver, folder: str) -> bool:
    """A bucket is a folder also where it is empty."""
    return any(True for _ in _s3_objects(driver, folder)) or "/" not in folder


def _look(driver: Driver, name: str) -> tuple[int, Info]:
    info = driver.ask("info", name)
    if info["type"] == "directory":
        raise FileNotFoundError(name)
    return info["size"], info


def _objects(driver: Driver, folder: str) -> Iterator[tuple[str, int, Info]]:
    for name, info in driver.ask("find", folder, detail=True).items():
        if name.startswith(f"{folder}/") and info["type"] == "file":
            yield name.lstrip("/"), info["size"], info


def _created(info: Info) -> str:
    """A time, which a listing tells in seconds."""
    created = info["created"]
    return str(created.timestamp() if isinstance(created, datetime) else created)


def _holds_any(driver: Driver, folder: str) -> bool:
    return bool(driver.ask("isdir", folder))


STORES = {
    "s3": Store(
        package="s3fs",
        mark=operator.itemgetter("ETag"),
        look=_s3_look,
        objects=_s3_objects,
        holds=_s3_holds,
        login="AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        address="AWS_ENDPOINT_URL",
        options={
            "use_listings_cache": False,
            # One request for a photo.
            "max_concurrency": 1,
            "config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 3}},
        },
    ),
    "gs": Store(
        package="gcsfs",
        mark=operator.itemgetter("generation"),
        look=_look,
        objects=_objects,
        holds=_holds_any,
        login="GOOGLE_APPLICATION_CREDENTIALS",
        address="STORAGE_EMULATOR_HOST",
        options={"use_listings_cache": False},
    ),
    "memory": Store(
        package="fsspec", mark=_created, look=_look, objects=_objects, holds=_holds_any, login="", address="", root="/"
    ),
}
"""The stores by the scheme of their URLs; memory:// is of this process alone."""

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
"""What S3 calls it where an object may be created alone, and is there already."""

HINTS = {
    "NoCredentialsError PartialCredentialsError CredentialRetrievalError TokenRetrievalError SSOTokenLoadError "
    "UnauthorizedSSOTokenError ProfileNotFound NoAuthTokenError DefaultCredentialsError RefreshError "
    "InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken InvalidToken": ("set its credentials, such as {login}"),
    "ConnectionError HTTPClientError ConnectTimeoutError ReadTimeoutError ClientConnectionError gaierror "
    "TimeoutError FSTimeoutError SlowDown ServiceUnavailable": (
        "check the network, and {address} if it is set, and run the same command again"
    ),
}
"""Names of errors after which a whole store is out of reach, and what to do."""
