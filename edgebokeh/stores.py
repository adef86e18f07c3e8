"""Objects in stores, read and written through fsspec's drivers: what `files` does for the files of this machine.

Whose objects, where and with which credentials, the store's own configuration says, such as AWS_PROFILE,
AWS_ENDPOINT_URL or GOOGLE_APPLICATION_CREDENTIALS. Every function that asks a store raises StoreUnknownError for
what its driver would take for another name, StoreAbsentError without the driver, and StoreUnreachableError where
nobody answers or lets us in.
"""

import contextlib
import hashlib
from collections.abc import Iterator

from edgebokeh.drivers import STORES, Info, driver, errors_of, exists_already
from edgebokeh.errors import (
    OutputUnwritableError,
    PhotoMissingError,
    PhotoTooLargeError,
    PhotoUnreadableError,
    StoreUnknownError,
)
from edgebokeh.files import MOST_BYTES
from edgebokeh.remote import Remote

BEGIN = 1 << 18
"""Bytes of an object that are read alone: they pass the network again with all of it."""


def check(place: Remote) -> None:
    """Raises StoreUnknownError for a scheme without a store, and for a URL that can name no object."""
    if place.scheme not in STORES:
        known = ", ".join(f"{scheme}://" for scheme in STORES)
        raise StoreUnknownError(f"there is no store for {place.scheme}://", f"use {known}, or files of this machine")
    if not place.bucket:
        raise StoreUnknownError(f"{place} names no bucket", f"write {place.scheme}://BUCKET/FOLDER")
    _check_key(place)


def seen(place: Remote) -> tuple[int, int]:
    """Size in bytes and a number that changes with the object; -1 where there is no such object, or not for us.

    Of one that was listed, what it was then.
    """
    return place.seen or _seen_now(place)


def looked_up(place: Remote) -> Remote:
    """The same with what is seen of it, if it is there. Raises PhotoMissingError where only a folder can be meant."""
    size, mark = seen(place)
    if size < 0 and not place.suffix:
        raise PhotoMissingError(f"there is nothing in {place}", "check the spelling, the bucket and the folder")
    return place if size < 0 else Remote(place.scheme, place.key, (size, mark))


def is_folder(place: Remote) -> bool:
    """Whether there is anything below it, and no object of its own name. Raises PhotoMissingError for no bucket."""
    return _holds(place, writes=False) and not exists(place)


def takes_results(place: Remote) -> bool:
    """Whether it is a folder for results: objects need none that is made before, so a name without an ending is."""
    return _holds(place, writes=True) or not place.suffix or "/" not in place.key


def exists(place: Remote) -> bool:
    """Whether an object has this very name now."""
    return "/" in place.key and _seen_now(place)[0] >= 0


def listing(folder: Remote) -> Iterator[Remote]:
    """All objects below a folder, in the store's order, each `seen`, with a request for every thousand or so."""
    with errors_of(folder, writes=False):
        for key, size, info in STORES[folder.scheme].objects(driver(folder.scheme), _name(folder)):
            yield Remote(folder.scheme, key, (size, _mark(folder.scheme, info)))


def read(place: Remote) -> bytes:
    """All bytes of an object.

    Raises PhotoMissingError, PhotoTooLargeError, PhotoUnreadableError (no permission, or another size than was seen
    before).
    """
    size = _info(place, writes=False)[0] if place.seen is None else place.seen[0]
    if size > MOST_BYTES:
        raise PhotoTooLargeError(f"{place} has more than {MOST_BYTES >> 30} GiB", "convert it to a smaller file")
    with errors_of(place, writes=False):
        data: bytes = driver(place.scheme).ask("cat_file", _name(place), size=size)
    if len(data) != size:
        raise PhotoUnreadableError(f"{place} changed while it was read", "run the same command again")
    return data


def head(place: Remote, most: int) -> tuple[int, bytes]:
    """Its size, and so many bytes at most of its beginning, or BEGIN if that is less. Raises what `read` does."""
    size = _info(place, writes=False)[0] if place.seen is None else place.seen[0]
    with errors_of(place, writes=False):
        end = min(size, most, BEGIN)
        return size, driver(place.scheme).ask("cat_file", _name(place), start=0, end=end) if size else b""


def check_target(place: Remote, *, force: bool) -> None:
    """Raises OutputExistsError, OutputUnwritableError for a bucket."""
    if "/" not in place.key:
        raise OutputUnwritableError(f"{place} is no object", "name one to write with -o")
    if not force and exists(place):
        raise exists_already(place)


def write(data: bytes, place: Remote, *, force: bool = False) -> None:
    """Puts an object whole or not at all; another is replaced only with `force`.

    Without it the store is asked to refuse where there is one already, and asked before, as not every one can.
    Raises OutputExistsError, OutputUnwritableError.
    """
    check_target(place, force=force)
    try:
        with errors_of(place, writes=True):
            mode = "overwrite" if force else "create"
            driver(place.scheme).ask("pipe_file", _name(place), data, mode=mode, size=len(data))
    except FileExistsError as error:
        raise exists_already(place) from error


def remove(place: Remote) -> None:
    """Removes an object, if it is there. Raises OutputUnwritableError."""
    with errors_of(place, writes=True), contextlib.suppress(FileNotFoundError):
        driver(place.scheme).ask("rm_file", _name(place))


def changed_at(place: Remote) -> float:
    """When an object was written, in seconds since 1970 by the store's clock. Raises what `read` does."""
    with errors_of(place, writes=False):
        return float(driver(place.scheme).ask("modified", _name(place)).timestamp())


def _seen_now(place: Remote) -> tuple[int, int]:
    try:
        return _info(place, writes=False)
    except (PhotoMissingError, PhotoUnreadableError):
        return -1, -1


def _info(place: Remote, *, writes: bool) -> tuple[int, int]:
    with errors_of(place, writes=writes):
        size, info = STORES[place.scheme].look(driver(place.scheme), _name(place))
    return size, _mark(place.scheme, info)


def _holds(place: Remote, *, writes: bool) -> bool:
    with errors_of(place, writes=writes):
        return STORES[place.scheme].holds(driver(place.scheme), _name(place))


def _name(place: Remote) -> str:
    """As the driver knows it. Raises StoreUnknownError for what it would take for another: a listing may have any."""
    _check_key(place)
    return STORES[place.scheme].root + place.key


def _mark(scheme: str, info: Info) -> int:
    """48 bits, which JSON holds everywhere."""
    told = str(STORES[scheme].mark(info)).encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=6).digest())


def _check_key(place: Remote) -> None:
    # s3fs takes it for a version of the object before it.
    if "?versionId=" in place.key:
        raise StoreUnknownError(f"{place} would be read as a version of another object", "rename it")
