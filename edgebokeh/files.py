"""Files read safely, and written whole or not at all."""

import contextlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from edgebokeh import containers
from edgebokeh.errors import (
    OutputExistsError,
    OutputUnwritableError,
    PhotoIsFolderError,
    PhotoMissingError,
    PhotoTooLargeError,
    PhotoUnreadableError,
)

MOST_BYTES = 2**31
"""Of a photo file: 200 megapixels of four channels in 16 bits are 1.6 GB."""

HEAD, PIECE = 64, 2**20
"""Bytes of a stream that are read at once: at first, so as to know what it is, and then."""


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; no where that cannot be told (no permission, too long a name)."""
    with contextlib.suppress(OSError, ValueError):
        return path.is_dir()
    return False


def is_file(path: Path) -> bool:
    """The same for a plain file."""
    with contextlib.suppress(OSError, ValueError):
        return path.is_file()
    return False


def exists(path: Path) -> bool:
    """Whether something has that name, also a link to nothing."""
    return os.path.lexists(path)


def seen(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in nanoseconds; -1 where there is no such file, or it cannot be seen."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1, -1
    return status.st_size, status.st_mtime_ns


def is_standard_input(path: Path) -> bool:
    """Whether standard input reads this very file."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samestat(os.fstat(0), path.stat())
    return False


def real(path: Path) -> Path:
    """The absolute path without links; a loop of links is left as it is."""
    return Path(os.path.realpath(path))


def takes_names_for_one(folder: Path) -> bool:
    """Whether the disk takes names for one that differ in upper and lower case, or in how accents are written.

    folder: need not be there; the nearest above it that is there is tried, with a file that is removed at once. Where
    none can be made: yes.
    """
    folder = next(place for place in (folder, *folder.parents) if is_folder(place) or place == place.parent)
    name = f"{temporary_name()}-\N{LATIN SMALL LETTER E WITH ACUTE}"
    others = [name.upper(), unicodedata.normalize("NFD", name)]
    try:
        with (folder / name).open("xb"):
            return any(os.path.lexists(folder / other) for other in others)
    except (OSError, ValueError):
        return True
    finally:
        with contextlib.suppress(OSError, ValueError):
            (folder / name).unlink()


def read(path: Path) -> bytes:
    """All bytes of a file, as it was when it was opened.

    Raises PhotoMissingError, PhotoIsFolderError, PhotoTooLargeError, PhotoUnreadableError (no permission, it changed
    meanwhile, or not a plain file, so that a pipe or a device cannot make the program wait for ever).
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PhotoIsFolderError(f"{path} is a folder", "name the photos in it, for example with *.jpg")
        if not stat.S_ISREG(mode):
            raise _not_plain(path)
        with open(path, "rb", opener=_at_once) as file:
            return _whole(file, path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoMissingError(f"{path} does not exist", "check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def head(path: Path, most: int) -> tuple[int, bytes]:
    """Its size, and so many bytes at most of its beginning. Raises what `check_source` does, and OSError."""
    check_source(path)
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, file.read(most)


def check_source(path: Path) -> None:
    """Refuses what `read` would, but for a file's length, without reading it."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PhotoIsFolderError(f"{path} is a folder", "name the file in it")
        if not stat.S_ISREG(mode):
            raise _not_plain(path)
        with open(path, "rb", opener=_at_once):
            pass
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoMissingError(f"{path} does not exist", "check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def read_stream(stream: BinaryIO, name: str) -> bytes:
    """All bytes of a stream that may never end.

    Raises PhotoUnreadableError for one that does not begin as a picture does, PhotoTooLargeError.
    """
    begin = stream.read(HEAD)
    if begin and containers.kind(begin) is None:
        raise PhotoUnreadableError(
            f"{name} is not a picture that edgebokeh can read", "pipe in a JPEG, PNG or the like"
        )
    pieces, size = [begin], len(begin)
    while piece := stream.read(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise _too_large(name)
    return b"".join(pieces)


def _at_once(name: str, flags: int) -> int:
    """Opens a file without waiting for the other end of a pipe."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _whole(file: BufferedReader, path: Path) -> bytes:
    before = os.fstat(file.fileno())
    if not stat.S_ISREG(before.st_mode):
        raise _not_plain(path)
    if before.st_size > MOST_BYTES:
        raise _too_large(str(path))
    # Not more than it had at first: it may grow faster than it is read.
    data = file.read(before.st_size)
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) < before.st_size:
        raise PhotoUnreadableError(f"{path} changed while it was read", "wait until it is complete")
    return data


def _not_plain(path: Path) -> PhotoUnreadableError:
    return PhotoUnreadableError(f"{path} is not a plain file", "use - to read a photo from standard input")


def _too_large(name: str) -> PhotoTooLargeError:
    return PhotoTooLargeError(f"{name} has more than {MOST_BYTES >> 30} GiB", "convert it to a smaller file")


def check_target(path: Path, *, force: bool) -> None:
    """Refuses a target before any work is done for it.

    Raises OutputExistsError, OutputUnwritableError (its folder is missing, or it is a folder, device or pipe).
    """
    try:
        exists, plain, housed = path.exists(), path.is_file(), real(path).parent.is_dir()
    except OSError as error:
        raise _unwritable(path, error) from error
    if exists and not plain:
        raise OutputUnwritableError(f"{path} is not a plain file", "name another file to write")
    if exists and not force:
        raise _exists(path)
    if not housed:
        raise OutputUnwritableError(f"{path} cannot be written: no folder {path.parent}", "make the folder first")


def temporary_name(token: bytes | None = None) -> str:
    """A name for a file that is being written, which no other has; of 8 bytes, the same each time."""
    return f".edgebokeh-{(token or os.urandom(8)).hex()}.tmp"


def is_temporary(name: str) -> bool:
    """Whether it is such a name."""
    return re.fullmatch(r"\.edgebokeh-[0-9a-f]{16}\.tmp", name) is not None


def check_writable(path: Path, *, force: bool) -> None:
    """Refuses a target also where no file can be made beside it: for work that takes long, and should not be lost.

    Raises OutputExistsError, OutputUnwritableError.
    """
    check_target(path, force=force)
    target = real(path)
    temporary = target.with_name(temporary_name())
    try:
        temporary.open("xb").close()
        temporary.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write(data: bytes, path: Path, *, force: bool = False, temporary_as: str | None = None) -> None:
    """Writes a file whole or not at all, as `writing` does."""
    with writing(path, force=force, temporary_as=temporary_as) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: Path, *, force: bool = False, temporary_as: str | None = None) -> Iterator[BinaryIO]:
    """Inside, a file to write bytes to, which is whole or not there at all afterwards, as `whole` does."""
    with whole(path, force=force, temporary_as=temporary_as) as temporary, temporary.open("wb") as file:
        yield file


@contextlib.contextmanager
def whole(path: Path, *, force: bool = False, temporary_as: str | None = None) -> Iterator[Path]:
    """Inside, an empty file beside `path` to write to, which afterwards is flushed to the disk and moved into place.

    A symbolic link is followed, and an existing file is replaced only with `force`, also if it appeared meanwhile.
    temporary_as: the temporary file's name, for those who clean up after a process that was killed.
    Where the block raises, nothing stays. Raises OutputExistsError, OutputUnwritableError.
    """
    check_target(path, force=force)
    target = real(path)
    temporary = target.with_name(temporary_as or temporary_name())
    try:
        temporary.open("xb").close()
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        _publish(temporary, target, force=force)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _publish(temporary: Path, target: Path, *, force: bool) -> None:
    """Moves a finished file into place; raises FileExistsError where that would overwrite without `force`."""
    if not force:
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise
        except OSError:
            # No hard links on this file system: what check_target saw a moment ago has to do.
            pass
        else:
            return
    temporary.replace(target)


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(f"{path} exists already", "add --force to overwrite it, or name another file")


def _unreadable(path: Path, error: Exception) -> PhotoUnreadableError:
    return PhotoUnreadableError(f"{path} cannot be read ({_reason(error)})", "check its permissions")


def _unwritable(path: Path, error: OSError) -> OutputUnwritableError:
    return OutputUnwritableError(
        f"{path} cannot be written ({_reason(error)})", "check the folder, its permissions and the free space"
    )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
