"""A folder that one process at a time writes into. The system releases it when the process ends, however it ends."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edgebokeh.errors import JournalError, OutputBusyError
from edgebokeh.places import Place
from edgebokeh.remote import Remote

NAME = ".edgebokeh.lock"


@contextmanager
def locked(folder: Place) -> Iterator[Callable[[], None]]:
    """Inside, no other process is. The file or object that is locked is gone afterwards.

    What is yielded raises JournalError where the lock was lost, which only one of an object can be.
    Raises OutputBusyError where another is inside, JournalError where the folder cannot be locked.
    """
    if isinstance(folder, Remote):
        # Here, as it takes longer to import than all of a lock on this machine.
        from edgebokeh.batch.lease import leased

        with leased(folder / NAME) as check:
            yield check
        return
    path = folder / NAME
    number = _taken(path)
    try:
        yield _cannot_be_lost
    finally:
        # Removed while it is held: who opened it meanwhile finds out that it is not the one in the folder.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(number)


def _cannot_be_lost() -> None:
    """The system keeps it for as long as the process lives."""


def _taken(path: Path) -> int:
    """The file descriptor of the lock file, locked."""
    while True:
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise JournalError(
                f"{path} cannot be written ({error.strerror})", "check the folder's permissions"
            ) from error
        try:
            _lock(number)
            if os.path.samestat(os.fstat(number), path.stat()):
                return number
        except FileNotFoundError:
            pass
        except BlockingIOError as error:
            os.close(number)
            raise OutputBusyError(
                f"another run writes into {path.parent}", "wait for its end, or name another folder with -o"
            ) from error
        except OSError as error:
            os.close(number)
            hint = "name a folder on a disk of this machine"
            raise JournalError(f"{path.parent} cannot be locked ({error.strerror})", hint) from error
        os.close(number)


def _lock(number: int) -> None:
    """Raises BlockingIOError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
