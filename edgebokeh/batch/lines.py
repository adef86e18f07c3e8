"""Lines that are added one after the other and are there after any end: in a file, or in objects put whole.

An object cannot grow. So lines go to objects of their own in the folder NAME.d, each put again with more lines until it
has enough of them; the end of a run puts them together into one.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from edgebokeh import files, stores
from edgebokeh.errors import EdgeBokehError, JournalError, JournalUnreachableError, StoreUnreachableError
from edgebokeh.places import Place
from edgebokeh.remote import Remote

PART = 1 << 18
"""Bytes after which another of them is begun: each line that must last puts all of its object again."""


class Lines(Protocol):
    """What lines are added to."""

    @property
    def apart(self) -> bool:
        """Whether there are some that only `replace` puts where all belong."""

    def add(self, data: bytes, *, lasting: bool) -> None:
        """Adds whole lines. lasting: they are there after any end when this returns. Raises JournalError."""

    def replace(self, lines: Iterable[bytes]) -> None:
        """Puts others in place of all, once it is closed, or leaves all as they are. Raises EdgeBokehError, OSError."""

    def close(self) -> None:
        """Nothing can be added any more. Raises JournalError where something is lost."""


WHOLE = 1 << 30
"""Bytes up to which objects are put together; more of them stay as they are, as one would be too large to be read."""

PIECE = 1 << 26
"""Bytes of a file that are looked at together."""


def kept(path: Place) -> Iterator[bytes]:
    """All lines, a part at a time. Raises EdgeBokehError, OSError."""
    if isinstance(path, Remote):
        yield from map(stores.read, [path] if stores.exists(path) else [])
        yield from map(stores.read, _parts(path))
    elif files.exists(path):
        files.check_source(path)
        with path.open("rb") as file:
            while found := file.readlines(PIECE):
                yield b"".join(found)


def opened(path: Place, check: Callable[[], None]) -> Lines:
    """check: raises JournalError where the path is another's by now. Raises JournalError."""
    return _Objects(path, check) if isinstance(path, Remote) else _File(path)


def _closed(place: Place) -> JournalError:
    return JournalError(f"{place} is closed", "open it again")


def _unwritable(place: Place, why: object) -> JournalError:
    if isinstance(why, StoreUnreachableError):
        return JournalUnreachableError(f"{place} cannot be written: {why}", why.hint)
    return JournalError(
        f"{place} cannot be written ({why})",
        "free some space, or check the folder's permissions, and run the same command again: it goes on",
    )


class _File:
    apart = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shorter = f".{path.name}.tmp"
        self._writing, self._closed = threading.Lock(), False
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
            self._cut_off()
        except OSError as error:
            raise _unwritable(self.path, error.strerror) from error
        with contextlib.suppress(OSError):
            files.real(self.path).with_name(self._shorter).unlink()

    def add(self, data: bytes, *, lasting: bool) -> None:
        with self._writing:
            if self._closed:
                # Its number may be another file's by now.
                raise _closed(self.path)
            try:
                self._append(data)
                if lasting:
                    os.fsync(self._file)
            except OSError as error:
                raise _unwritable(self.path, error.strerror) from error

    def replace(self, lines: Iterable[bytes]) -> None:
        with files.writing(self.path, force=True, temporary_as=self._shorter) as file:
            file.writelines(lines)

    def close(self) -> None:
        with self._writing:
            self._closed = True
            os.close(self._file)

    def _append(self, data: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, data)
            if written < len(data):
                os.write(self._file, data[written:])
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def _cut_off(self) -> None:
        """Removes a last line without an end, which a killed process left."""
        size = os.fstat(self._file).st_size
        start = max(0, size - (1 << 20))
        os.lseek(self._file, start, os.SEEK_SET)
        tail = os.read(self._file, size - start)
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self._file, start + tail.rfind(b"\n") + 1)


class _Objects:
    def __init__(self, path: Remote, check: Callable[[], None]) -> None:
        self._path, self._check = path, check
        self._folder = _folder(path)
        try:
            self._number = max((int(part.stem) for part in _parts(path)), default=0)
        except EdgeBokehError as error:
            raise _unwritable(path, error) from error
        self._adding, self._putting = threading.Lock(), threading.Lock()
        self._waiting, self._part = bytearray(), b""
        self._added = self._there = 0
        self._closed = False

    @property
    def apart(self) -> bool:
        return self._number > 0

    def add(self, data: bytes, *, lasting: bool) -> None:
        with self._adding:
            if self._closed:
                raise _closed(self._path)
            self._waiting += data
            self._added += 1
            mine = self._added
        if lasting:
            self._put(mine)

    def close(self) -> None:
        with self._adding:
            self._closed = True
        self._put(self._added)

    def replace(self, lines: Iterable[bytes]) -> None:
        if sum(stores.seen(place)[0] for place in (self._path, *_parts(self._path))) > WHOLE:
            return
        stores.write(b"".join(lines), self._path, force=True)
        # The oldest first: those that an end on the way leaves say nothing that is not so.
        for part in _parts(self._path):
            stores.remove(part)

    def _put(self, number: int) -> None:
        """Puts what waits, unless so many were put by another thread meanwhile, with its own."""
        with self._putting:
            if self._there >= number:
                return
            self._check()
            with self._adding:
                data, added, taken = self._part + bytes(self._waiting), self._added, len(self._waiting)
            begins = not self._part
            name = f"{self._number + begins:08}.jsonl"
            try:
                stores.write(data, self._folder / name, force=not begins)
            except EdgeBokehError as error:
                raise _unwritable(self._folder / name, error) from error
            with self._adding:
                del self._waiting[:taken]
            self._there, self._number = added, self._number + begins
            self._part = data if len(data) < PART else b""


def _folder(path: Remote) -> Remote:
    return path.with_name(f"{path.name}.d")


def _parts(path: Remote) -> list[Remote]:
    """In the order in which they were begun."""
    found = [part for part in stores.listing(_folder(path)) if part.stem.isdecimal() and part.suffix == ".jsonl"]
    return sorted(found, key=lambda part: int(part.stem))
