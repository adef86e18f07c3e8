"""Objects in stores, read and written through fsspec's drivers: what `files` does for the files of this machine.

Whose objects, where and with which credentials, the store's own configuration says, such as AWS_PROFILE,
AWS_ENDPOINT_URL or GOOGLE_APPLICATION_CREDENTIALS. Every function that asks a store raises StoreAbsentError without
its driver, and StoreUnreachableError where nobody answers or lets us in.
"""

import contextlib
import functools
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from edgebokeh.errors import (
    EdgeBokehError,
    OutputExistsError,
    OutputUnwritableError,
    PhotoMissingError,
    PhotoTooLargeError,
    PhotoUnreadableError,
    StoreAbsentError,
    StoreUnknownError,
    StoreUnreachableError,
)
from edgebokeh.files import MOST_BYTES
from edgebokeh.remote import Remote

Info = Mapping[str, Any]
"""What a driver tells of an object."""


BEGIN = 1 << 18
"""Bytes of an object that are read alone: they pass the network again with all of it."""


TRIES = 2
"""Of a driver, for each of which the library below it tries thrice: three minutes where nobody answers."""


@dataclass(frozen=True, slots=True)
class Store:
    """How the objects of a scheme are reached.

    package: what to install for the driver that fsspec has for the scheme. mark: what of an object's Info is another
    after each change. look: at one object, its size and Info. objects: key, size and Info of all below a folder.
    holds: whether a folder is there.
    options: of the driver. root: what it wants before a key.
    """

    package: str
    mark: str
    look: Callable[[Any, str], tuple[int, Info]]
    objects: Callable[[Any, str], Iterator[tuple[str, int, Info]]]
    holds: Callable[[Any, str], bool]
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""


def check(place: Remote) -> None:
    """Raises StoreUnknownError for a scheme without a store, and for a URL that can name no object."""
    if place.scheme not in STORES:
        known = ", ".join(f"{scheme}://" for scheme in STORES)
        raise StoreUnknownError(f"there is no store for {place.scheme}://", f"use {known}, or files of this machine")
    if not place.bucket:
        raise StoreUnknownError(f"{place} names no bucket", f"write {place.scheme}://BUCKET/FOLDER")
    _check_key(place)


def seen(place: Remote) -> tuple[int, int]:
    """Size in bytes and a number that changes with the object; -1 where there is no such object, or not for us."""
    if place.seen:
        return place.seen
    try:
        return _info(place, writes=False)
    except (PhotoMissingError, PhotoUnreadableError):
        return -1, -1


def looked_up(place: Remote) -> Remote:
    """The same with what is seen of it, if it is there. Raises PhotoMissingError where only a folder can be meant."""
    size, mark = seen(place)
    if size < 0 and not place.suffix:
        raise PhotoMissingError(f"there is nothing in {place}", "check the spelling, the bucket and the folder")
    return place if size < 0 else Remote(place.scheme, place.key, (size, mark))


def is_folder(place: Remote) -> bool:
    """Whether there is anything below it, and no object of its own name. Raises PhotoMissingError for no bucket."""
    return _holds(place, writes=False) and ("/" not in place.key or seen(place)[0] < 0)


def takes_results(place: Remote) -> bool:
    """Whether it is a folder for results: objects need none that is made before, so a name without an ending is."""
    return _holds(place, writes=True) or not place.suffix or "/" not in place.key


def exists(place: Remote) -> bool:
    """Whether an object has this very name."""
    return "/" in place.key and seen(place)[0] >= 0


def listing(folder: Remote) -> Iterator[Remote]:
    """All objects below a folder, in the store's order, each `seen`, with a request for every thousand or so."""
    with _asking(folder, writes=False):
        for key, size, info in STORES[folder.scheme].objects(_driver(folder.scheme), _name(folder)):
            yield Remote(folder.scheme, key, (size, _mark(folder.scheme, info)))


def read(place: Remote) -> bytes:
    """All bytes of an object.

    Raises PhotoMissingError, PhotoTooLargeError, PhotoUnreadableError (no permission, or another size than was seen
    before).
    """
    size = _info(place, writes=False)[0] if place.seen is None else place.seen[0]
    if size > MOST_BYTES:
        raise PhotoTooLargeError(f"{place} has more than {MOST_BYTES >> 30} GiB", "convert it to a smaller file")
    with _asking(place, writes=False):
        data: bytes = _driver(place.scheme).cat_file(_name(place))
    if len(data) != size:
        raise PhotoUnreadableError(f"{place} changed while it was read", "run the same command again")
    return data


def head(place: Remote, most: int) -> tuple[int, bytes]:
    """Its size, and so many bytes at most of its beginning, or BEGIN if that is less. Raises what `read` does."""
    size = _info(place, writes=False)[0] if place.seen is None else place.seen[0]
    with _asking(place, writes=False):
        return size, _driver(place.scheme).cat_file(_name(place), start=0, end=min(size, most, BEGIN)) if size else b""


def check_target(place: Remote, *, force: bool) -> None:
    """Raises OutputExistsError, OutputUnwritableError for a bucket."""
    if "/" not in place.key:
        raise OutputUnwritableError(f"{place} is no object", "name one to write with -o")
    if not force and exists(place):
        raise _exists(place)


def write(data: bytes, place: Remote, *, force: bool = False) -> None:
    """Puts an object whole or not at all; another is replaced only with `force`.

    Without it the store is asked to refuse where there is one already, and asked before, as not every one can.
    Raises OutputExistsError, OutputUnwritableError.
    """
    check_target(place, force=force)
    try:
        with _asking(place, writes=True):
            _driver(place.scheme).pipe_file(_name(place), data, mode="overwrite" if force else "create")
    except FileExistsError as error:
        raise _exists(place) from error


def remove(place: Remote) -> None:
    """Removes an object, if it is there. Raises OutputUnwritableError."""
    with _asking(place, writes=True), contextlib.suppress(FileNotFoundError):
        _driver(place.scheme).rm_file(_name(place))


def changed_at(place: Remote) -> float:
    """When an object was written, in seconds since 1970 by the store's clock. Raises what `read` does."""
    with _asking(place, writes=False):
        return float(_driver(place.scheme).modified(_name(place)).timestamp())


def _info(place: Remote, *, writes: bool) -> tuple[int, int]:
    with _asking(place, writes=writes):
        size, info = STORES[place.scheme].look(_driver(place.scheme), _name(place))
    return size, _mark(place.scheme, info)


def _holds(place: Remote, *, writes: bool) -> bool:
    with _asking(place, writes=writes):
        return STORES[place.scheme].holds(_driver(place.scheme), _name(place))


def _name(place: Remote) -> str:
    """As the driver knows it."""
    return STORES[place.scheme].root + place.key


def _mark(scheme: str, info: Info) -> int:
    """48 bits, which JSON holds everywhere."""
    told = str(info.get(STORES[scheme].mark)).encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=6).digest())


def _check_key(place: Remote) -> None:
    # s3fs takes it for a version of the object before it.
    if "?versionId=" in place.key:
        raise StoreUnknownError(f"{place} would be read as a version of another object", "rename it")


@functools.cache
def _driver(scheme: str) -> Any:
    """fsspec's driver, whose threads may share it."""
    store = STORES[scheme]
    # What it has to say comes as an error; without a handler its warnings go to standard error.
    logging.getLogger(store.package).addHandler(logging.NullHandler())
    try:
        import fsspec

        driver = fsspec.filesystem(scheme, **store.options)
    except ImportError as error:
        hint = f"install it with: pip install 'edgebokeh[remote]' {store.package}"
        raise StoreAbsentError(f"{scheme}:// needs {store.package} ({error})", hint) from error
    driver.retries = TRIES
    return driver


@contextlib.contextmanager
def _asking(place: Remote, *, writes: bool) -> Iterator[None]:
    """Inside, errors of a driver become ours, but for FileExistsError."""
    try:
        yield
    except (EdgeBokehError, FileExistsError, GeneratorExit):
        raise
    except Exception as error:
        raise _trouble(place, error, writes=writes) from error


def _trouble(place: Remote, error: Exception, *, writes: bool) -> EdgeBokehError:
    """What stands for an error of a driver, each of which has its own kinds."""
    code = _code(error)
    if code in TAKEN:
        return _exists(place)
    kinds = {kind.__name__ for one in (error, error.__cause__) for kind in type(one).__mro__} | {code}
    if found := next((hint for names, hint in HINTS.items() if kinds & set(names.split())), None):
        return StoreUnreachableError(f"{place.scheme}://{place.bucket} cannot be reached ({_reason(error)})", found)
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


def _exists(place: Remote) -> OutputExistsError:
    return OutputExistsError(f"{place} exists already", "add --force to overwrite it, or name another file")


def _s3_look(driver: Any, name: str) -> tuple[int, Info]:
    """The driver's own `info` looks for a folder, too, where there is no object."""
    bucket, _, key = name.partition("/")
    told = driver.call_s3("head_object", Bucket=bucket, Key=key)
    return told["ContentLength"], told


def _s3_objects(driver: Any, folder: str) -> Iterator[tuple[str, int, Info]]:
    """Page by page: the driver's own `find` holds all of them at once."""
    bucket, _, prefix = folder.partition("/")
    page = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    while True:
        told = driver.call_s3("list_objects_v2", **page)
        yield from ((f"{bucket}/{one['Key']}", one["Size"], one) for one in told.get("Contents", ()))
        if not told.get("IsTruncated"):
            return
        page["ContinuationToken"] = told["NextContinuationToken"]


def _s3_holds(driver: Any, folder: str) -> bool:
    """A bucket is a folder also where it is empty."""
    return any(True for _ in _s3_objects(driver, folder)) or "/" not in folder


def _look(driver: Any, name: str) -> tuple[int, Info]:
    info = driver.info(name)
    if info["type"] == "directory":
        raise FileNotFoundError(name)
    return info["size"], info


def _objects(driver: Any, folder: str) -> Iterator[tuple[str, int, Info]]:
    for name, info in driver.find(folder, detail=True).items():
        if name.startswith(f"{folder}/") and info["type"] == "file":
            yield name.lstrip("/"), info["size"], info


def _holds_any(driver: Any, folder: str) -> bool:
    return bool(driver.isdir(folder))


STORES = {
    "s3": Store(
        "s3fs",
        "ETag",
        _s3_look,
        _s3_objects,
        _s3_holds,
        # One request for a photo.
        {
            "use_listings_cache": False,
            "max_concurrency": 1,
            "config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 3}},
        },
    ),
    "gs": Store("gcsfs", "generation", _look, _objects, _holds_any, {"use_listings_cache": False}),
    "memory": Store("fsspec", "created", _look, _objects, _holds_any, root="/"),
}
"""The stores by the scheme of their URLs; memory:// is of this process alone."""

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
"""What S3 calls it where an object may be created alone, and is there already."""

HINTS = {
    "NoCredentialsError PartialCredentialsError CredentialRetrievalError TokenRetrievalError SSOTokenLoadError "
    "UnauthorizedSSOTokenError ProfileNotFound NoAuthTokenError DefaultCredentialsError RefreshError "
    "InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken InvalidToken": (
        "set its credentials, such as AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    ),
    "ConnectionError HTTPClientError ConnectTimeoutError ReadTimeoutError ClientConnectionError gaierror "
    "TimeoutError FSTimeoutError SlowDown ServiceUnavailable": (
        "check the network and the endpoint, such as AWS_ENDPOINT_URL, and run the same command again"
    ),
}
"""Names of errors after which a whole store is out of reach, and what to do."""
