"""What was done, noted line by line as it happens: the state from which a run goes on, and its report.

`edgebokeh.jsonl` in the folder of the results holds a line when a photo is begun, one when its result is about to be
written, and one when it ended; of each result the last one counts. A line that was cut off by the end of a process is
left out.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from edgebokeh import files
from edgebokeh.batch.lock import locked
from edgebokeh.errors import EdgeBokehError, JournalError

NAME = "edgebokeh.jsonl"

SHORTER = ".edgebokeh.jsonl.tmp"
"""What becomes the journal once it has one line for each target."""

Status = Literal["begun", "writing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. What is known of an ended photo alone is in `more`, as `--json` tells it.

    target: relative to the journal's folder, with slashes. source: the absolute path. size, mtime_ns: the source's in
    bytes and nanoseconds, as it was before it was read; -1 where it could not be seen. settings: a hash of what else
    the result depends on. photo: `digest` of the source as it was read. temporary: name of the file, beside the target,
    that becomes the target. written, written_ns, result: size, time of change and `digest` of the file that was written
    here and lies at the target, None and "" for none; while it is being written, of the new one, without its time.
    former: while it is being written, the `digest` of the one that is replaced.
    """

    status: Status
    target: str
    source: str
    size: int
    mtime_ns: int
    settings: str
    photo: str = ""
    temporary: str = ""
    written: int | None = None
    written_ns: int | None = None
    result: str = ""
    former: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line, without its end."""
        return json.dumps({key: value for key, value in asdict(self).items() if value not in ("", None, {})})

    @classmethod
    def from_json(cls, line: bytes) -> "Entry | None":
        """The reverse; None for what is no such line."""
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            data = json.loads(line)
            known = [item.name for item in fields(cls) if item.name in data]
            entry = cls(**{name: data[name] for name in known})
            texts = (entry.status, entry.target, entry.source, entry.settings, entry.photo, entry.temporary)
            # No file has a name with a zero in it, or with what the system's encoding cannot hold.
            if all(b"\0" not in os.fsencode(text) for text in (*texts, entry.result, entry.former)):
                return entry
        return None


class Journal:
    """The open journal of a folder, to be written by one process alone. Its threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._entries, lines = _read(self.path)
        self._spare = lines - len(self._entries)
        self._writing, self._closed = threading.Lock(), False
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
            self._cut_off()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._clean()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The last line of each target, but for `more`, which would take memory for nothing."""
        return self._entries

    def note(self, entry: Entry, *, lasting: bool = False) -> None:
        """Adds a line. lasting: it is on the disk when this returns. Raises JournalError, also once it is closed."""
        self.note_all([entry], lasting=lasting)

    def note_all(self, entries: Sequence[Entry], *, lasting: bool = False) -> None:
        """The same with several lines, all of them or none, flushed to the disk once."""
        lines = b"".join(entry.to_json().encode() + b"\n" for entry in entries)
        with self._writing:
            if self._closed:
                # Its number may be another file's by now.
                raise JournalError(f"{self.path} is closed", "open it again")
            try:
                self._append(lines)
                if lasting:
                    os.fsync(self._file)
            except OSError as error:
                raise _unwritable(self.path, error) from error
            for entry in entries:
                self._spare += entry.target in self._entries
                self._entries[entry.target] = replace(entry, more={})

    def close(self, *, compact: bool) -> None:
        """compact: leaves one line for each target."""
        with self._writing:
            self._closed = True
            os.close(self._file)
        if compact and self._spare:
            # The long form says the same.
            with contextlib.suppress(EdgeBokehError):
                lines = {entry.target: line for line, entry in _lines(files.read(self.path))}
                files.write(b"\n".join([*lines.values(), b""]), self.path, force=True, temporary_as=SHORTER)

    def _append(self, lines: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, lines)
            if written < len(lines):
                os.write(self._file, lines[written:])
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

    def _clean(self) -> None:
        """Removes what a killed process was writing."""
        with contextlib.suppress(OSError):
            files.real(self.path).with_name(SHORTER).unlink()
        for entry in self._entries.values():
            if entry.status == "writing" and files.is_temporary(entry.temporary):
                target = files.real(self.folder / entry.target)
                with contextlib.suppress(OSError):
                    target.with_name(entry.temporary).unlink()


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The journal of a folder, which is made where it is missing, for this process alone.

    Raises OutputBusyError, JournalError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"the folder {folder} cannot be made ({error.strerror})", "name another with -o") from error
    with locked(folder):
        journal = Journal(folder)
        whole = False
        try:
            yield journal
            whole = True
        finally:
            journal.close(compact=whole)


def read(folder: Path) -> Mapping[str, Entry]:
    """What Journal.entries would be, without opening it to be written. Raises JournalError."""
    return _read(folder / NAME)[0]


def digest(data: bytes) -> str:
    """What tells the content of files apart: BLAKE2b, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of(path: Path) -> str:
    """The same of a file, "" where it cannot be read."""
    with contextlib.suppress(EdgeBokehError):
        return digest(files.read(path))
    return ""


def seen(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in nanoseconds; -1 where there is no such file, or it cannot be seen."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _read(path: Path) -> tuple[dict[str, Entry], int]:
    """The last line of each target, and the number of lines."""
    if not os.path.lexists(path):
        return {}, 0
    try:
        data = files.read(path)
    except EdgeBokehError as error:
        raise JournalError(f"the journal cannot be read: {error}", "move it away, or check its permissions") from error
    return {entry.target: replace(entry, more={}) for _, entry in _lines(data)}, data.count(b"\n")


def _lines(data: bytes) -> Iterator[tuple[bytes, Entry]]:
    """Each whole line that is one, and what it says."""
    for line in data.split(b"\n")[:-1]:
        if entry := Entry.from_json(line):
            yield line, entry


def _unwritable(path: Path, error: OSError) -> JournalError:
    return JournalError(
        f"{path} cannot be written ({error.strerror})",
        "free some space, or check the folder's permissions, and run the same command again: it goes on",
    )
