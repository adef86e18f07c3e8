"""Where photos are read and results are written: files of this machine, or objects in a store, named by a URL.

Each function does what the one of its name does in `files` or in `stores`, which says what it raises.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from edgebokeh import files, remote, stores
from edgebokeh.errors import EdgeBokehError, StoreUnknownError
from edgebokeh.remote import Remote

Place = Path | Remote

Seen = tuple[int, int]
"""Size in bytes, and nanoseconds of the last change or what else is another after each; -1 where nothing is seen."""


def place(text: str | Place) -> Place:
    """What a path or a URL names. file:// is a path, percent-encoded; in all others each character is meant.

    Raises StoreUnknownError.
    """
    if not isinstance(text, str):
        return text
    scheme = remote.scheme_of(text)
    if not scheme:
        return Path(text)
    if scheme == "file":
        return _local(text)
    named = remote.parse(text)
    stores.check(named)
    return named


def _local(url: str) -> Path:
    # Here, as it takes longer to import than all else of a start, and hardly anyone needs it.
    from urllib.request import url2pathname

    host, slash, path = url.partition("://")[2].partition("/")
    if host not in ("", "localhost") or not path:
        raise StoreUnknownError(f"{url} is no file of this machine", "write file:///FOLDER/FILE, or the path alone")
    return Path(url2pathname(slash + path))


def real(place: Place) -> Place:
    """What is the same for all names of one file."""
    return place if isinstance(place, Remote) else files.real(place)


def real_but_for_links(place: Place) -> Place:
    """The same, but a link to a file is a file of its own."""
    return place if isinstance(place, Remote) else files.real(place.parent) / place.name


def with_parts(place: Place, parts: tuple[str, ...]) -> Place:
    """A place of the same kind with these parts. Raises StoreUnknownError where no bucket is among them."""
    if not isinstance(place, Remote):
        return Path(*parts)
    named = Remote(place.scheme, "/".join(parts))
    stores.check(named)
    return named


def below(place: Place, folder: Place) -> str:
    """Its place in a folder that it lies in, with slashes; folders without a name are left out. Raises ValueError."""
    if isinstance(place, Remote) and isinstance(folder, Remote):
        return str(PurePosixPath(*place.below(folder)))
    return Path(str(place)).relative_to(str(folder)).as_posix()


def is_folder(place: Place) -> bool:
    return stores.is_folder(place) if isinstance(place, Remote) else files.is_folder(place)


def takes_results(place: Place) -> bool:
    """Whether results can go there under names of their own."""
    return stores.takes_results(place) if isinstance(place, Remote) else files.is_folder(place)


def exists(place: Place) -> bool:
    """Whether something has that name, a link to nothing too."""
    return stores.exists(place) if isinstance(place, Remote) else files.exists(place)


def is_standard_input(place: Place) -> bool:
    return not isinstance(place, Remote) and files.is_standard_input(place)


def takes_names_for_one(folder: Place) -> bool:
    return not isinstance(folder, Remote) and files.takes_names_for_one(folder)


def seen(place: Place) -> Seen:
    return stores.seen(place) if isinstance(place, Remote) else files.seen(place)


def seen_in(folder: Place) -> Callable[[Place], Seen]:
    """`seen` for very many in one folder: of a store that is listed once, so what changes later is not seen."""
    if not isinstance(folder, Remote):
        return seen
    there = {one.key: one.seen or (-1, -1) for one in stores.listing(folder)}
    return lambda place: there.get(place.key, (-1, -1)) if isinstance(place, Remote) else seen(place)


def looked_up(place: Place) -> Place:
    """The same, with what is `seen` of it if it lies in a store, so that nobody has to ask again."""
    return stores.looked_up(place) if isinstance(place, Remote) else place


def read(place: Place) -> bytes:
    return stores.read(place) if isinstance(place, Remote) else files.read(place)


def head(place: Place, most: int) -> tuple[int, bytes]:
    """Its size, and so many bytes at most of its beginning."""
    return stores.head(place, most) if isinstance(place, Remote) else files.head(place, most)


def check_target(place: Place, *, force: bool) -> None:
    if isinstance(place, Remote):
        stores.check_target(place, force=force)
    else:
        files.check_target(place, force=force)


def temporary_name(place: Place) -> str:
    """Of a file beside it that becomes it; "" for an object, which comes to be at once."""
    return "" if isinstance(place, Remote) else files.temporary_name()


def write(data: bytes, place: Place, *, force: bool = False, temporary_as: str | None = None) -> None:
    if isinstance(place, Remote):
        stores.write(data, place, force=force)
    else:
        files.write(data, place, force=force, temporary_as=temporary_as)


def make_folder(folder: Place) -> None:
    """With those above it, where it is missing; a store has none to be made. Raises OSError."""
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)


def discard(place: Place) -> None:
    """Removes a file or an object, as far as that is possible."""
    with contextlib.suppress(OSError, EdgeBokehError):
        stores.remove(place) if isinstance(place, Remote) else place.unlink()
