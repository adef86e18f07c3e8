"""Files read safely, and written whole or not at all."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from edgebokeh.errors import (
    OutputExistsError,
    OutputUnwritableError,
    PhotoIsFolderError,
    PhotoMissingError,
    PhotoUnreadableError,
)


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


def is_standard_input(path: Path) -> bool:
    """Whether standard input reads this very file."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samestat(os.fstat(0), path.stat())
    return False


def real(path: Path) -> Path:
    """The absolute path without links; a loop of links is left as it is."""
    return Path(os.path.realpath(path))


def read(path: Path) -> bytes:
    """All bytes of a file. Raises what `check_source` does."""
    check_source(path)
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def check_source(path: Path) -> None:
    """Refuses what cannot be read.

    Raises PhotoMissingError, PhotoIsFolderError, PhotoUnreadableError (no permission, or not a plain file, so that a
    pipe or a device cannot make the program wait for ever).
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PhotoIsFolderError(f"{path} is a folder", "name the photos in it, for example with *.jpg")
        if not stat.S_ISREG(mode):
            raise PhotoUnreadableError(f"{path} is not a plain file", "use - to read a photo from standard input")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoMissingError(f"{path} does not exist", "check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def check_target(path: Path, *, force: bool) -> None:
    """Refuses a target before any work is done for it.

    Raises OutputExistsError, OutputUnwritableError (its folder is missing, or it is a folder, device or pipe).
    """
    try:
        exists, plain, housed = path.exists(), path.is_file(), real(path).parent.is_dir()
    except OSError as error:
        raise _unwritable(path, error) from error
    if exists and not plain:
        raise OutputUnwritableError(f"{path} is not a plain file", "name a file to write with -o")
    if exists and not force:
        raise _exists(path)
    if not housed:
        raise OutputUnwritableError(f"{path} cannot be written: no folder {path.parent}", "make the folder first")


def write(data: bytes, path: Path, *, force: bool = False) -> None:
    """Writes a file whole or not at all, as `whole` does. Raises OutputExistsError, OutputUnwritableError."""
    with whole(path, force=force) as temporary, temporary.open("wb") as file:
        file.write(data)


@contextlib.contextmanager
def whole(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Inside, an empty file beside `path` to write to, which afterwards is flushed to the disk and moved into place.

    A symbolic link is followed, and an existing file is replaced only with `force`, also if it appeared meanwhile.
    Where the block raises, nothing stays. Raises OutputExistsError, OutputUnwritableError.
    """
    check_target(path, force=force)
    target = real(path)
    temporary = target.with_name(f".edgebokeh-{os.urandom(8).hex()}.tmp")
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
