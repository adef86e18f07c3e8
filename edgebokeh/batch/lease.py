"""An object that one process at a time has. Nothing gives it up for a process that was killed, so it runs out."""

import contextlib
import json
import os
import platform
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from edgebokeh import stores
from edgebokeh.errors import (
    EdgeBokehError,
    JournalError,
    JournalUnreachableError,
    OutputBusyError,
    OutputExistsError,
    StoreUnreachableError,
)
from edgebokeh.remote import Remote

BEAT = 20.0
"""Seconds between two times that its owner writes it anew."""

LASTS = 120.0
"""Seconds after which one that was not written anew is given up."""

SURE = 90.0
"""Seconds for which its owner relies on it without having written it anew."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. host: which kernel, and which of its containers. born: by the kernel's clock. token: of this use."""

    host: str
    pid: int
    born: str
    token: str

    def has_ended(self) -> bool:
        """Whether that is known, which it is of this machine alone."""
        if self.host != _host() or sys.platform == "win32":
            return False
        if self.pid == os.getpid():
            return self.token not in _ours
        return not _is_alive(self.pid) or _born(self.pid) != self.born


_ours: set[str] = set()
"""Tokens of what this process has."""


@contextmanager
def leased(place: Remote) -> Iterator[Callable[[], None]]:
    """Inside, no other process is; what is yielded raises JournalError where that is not sure any more.

    Raises OutputBusyError, JournalError.
    """
    me = Owner(_host(), os.getpid(), _born(os.getpid()), secrets.token_hex(8))
    _take(place, me)
    _ours.add(me.token)
    beat = _Beat(place, me)
    try:
        yield beat.check
    finally:
        beat.stop()
        _ours.discard(me.token)


class _Beat:
    """Writes the object anew for as long as it is ours."""

    def __init__(self, place: Remote, me: Owner) -> None:
        self._place, self._me = place, me
        self._lost, self._sure = False, time.monotonic()
        self._silent: StoreUnreachableError | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beats, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises JournalError where another may have it."""
        if self._lost or time.monotonic() - self._sure > SURE:
            if self._silent and not self._lost:
                raise JournalUnreachableError(f"the lock {self._place} was lost: {self._silent}", self._silent.hint)
            hint = "make sure that no other run writes there, and run the same command again: it goes on"
            raise JournalError(f"the lock {self._place} was lost", hint)

    def stop(self) -> None:
        """Removes the object, if it is ours still."""
        self._over.set()
        self._thread.join()
        with contextlib.suppress(EdgeBokehError):
            if not self._lost and _owner(self._place) == self._me:
                stores.remove(self._place)

    def _beats(self) -> None:
        while not (self._lost or self._over.wait(BEAT)):
            try:
                began = time.monotonic()
                self._lost = _owner(self._place) != self._me
                if not self._lost:
                    _put(self._place, self._me, force=True)
                    self._sure, self._silent = began, None
            except StoreUnreachableError as error:
                # It may be there again the next time.
                self._silent = error
            except EdgeBokehError:
                continue


def _take(place: Remote, me: Owner) -> None:
    try:
        if not _created(place, me):
            _take_over(place, me)
    except OutputBusyError:
        raise
    except StoreUnreachableError as error:
        raise JournalUnreachableError(f"{place.parent} cannot be locked: {error}", error.hint) from error
    except EdgeBokehError as error:
        raise JournalError(f"{place.parent} cannot be locked: {error}", error.hint) from error


def _created(place: Remote, me: Owner) -> bool:
    try:
        _put(place, me, force=False)
    except OutputExistsError:
        return False
    return True


def _take_over(place: Remote, me: Owner) -> None:
    """Raises OutputBusyError unless its owner is known to have ended, or has not written it anew for long."""
    owner = _owner(place)
    if not (owner and owner.has_ended()) and _age(place, me) < LASTS:
        raise _busy(place, owner)
    _put(place, me, force=True)
    # Of several who saw the same, the last one has it.
    time.sleep(1)
    owner = _owner(place)
    if owner != me:
        raise _busy(place, owner)


def _age(place: Remote, me: Owner) -> float:
    """Seconds, by the store's clock."""
    now = place.parent / f"{place.name}.{me.token}"
    _put(now, me, force=True)
    try:
        return stores.changed_at(now) - stores.changed_at(place)
    finally:
        stores.remove(now)


def _busy(place: Remote, owner: Owner | None) -> OutputBusyError:
    who = f", process {owner.pid} on {owner.host.partition(' ')[0]}" if owner else ""
    hint = f"wait for its end, and {LASTS:.0f} seconds more if it was killed on another machine, or name another folder"
    return OutputBusyError(f"another run writes into {place.parent}{who}", f"{hint} with -o")


def _put(place: Remote, owner: Owner, *, force: bool) -> None:
    stores.write(json.dumps(asdict(owner)).encode(), place, force=force)


def _owner(place: Remote) -> Owner | None:
    """None where that is not told."""
    data = stores.read(place)
    with contextlib.suppress(ValueError, TypeError):
        return Owner(**json.loads(data))
    return None


def _host() -> str:
    """The name of this machine, and what no other has: a clone or a container may have its name."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(Path("/proc/self/ns/pid").readlink().name)
    return " ".join(parts)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _born(pid: int) -> str:
    """When a process was started, as Linux tells it; "" elsewhere, and for one that has ended and was not asked for."""
    with contextlib.suppress(OSError, IndexError):
        state, *more = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state == "Z" else more[18]
    return ""
