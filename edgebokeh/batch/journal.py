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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from edgebokeh import drivers, files, places
from edgebokeh.batch import lines
from edgebokeh.batch.lock import locked
from edgebokeh.errors import EdgeBokehError, JournalError, JournalUnreachableError, StoreUnreachableError
from edgebokeh.places import Place

NAME = "edgebokeh.jsonl"

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

    def __init__(self, folder: Place, check: Callable[[], None]) -> None:
        """check: raises JournalError where the folder is another's by now."""
        self.folder, self.path = folder, folder / NAME
        self._entries, count = _read(folder)
        self._spare = count - len(self._entries)
        self._noting = threading.Lock()
        self._lines = lines.opened(self.path, check)
        self._clean()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The last line of each target, but for `more`, which would take memory for nothing."""
        return self._entries

    def note(self, entry: Entry, *, lasting: bool = False) -> None:
        """Adds a line. lasting: it is there after any end when this returns. Raises JournalError, also once closed."""
        self.note_all([entry], lasting=lasting)

    def note_all(self, entries: Sequence[Entry], *, lasting: bool = False) -> None:
        """Adds several lines, which together last as soon as one would."""
        self._lines.add(b"".join(entry.to_json().encode() + b"\n" for entry in entries), lasting=lasting)
        with self._noting:
            for entry in entries:
                self._spare += entry.target in self._entries
                self._entries[entry.target] = replace(entry, more={})

    def close(self, *, compact: bool) -> None:
        """compact: leaves one line for each target. Raises JournalError where lines that need not last are lost."""
        try:
            self._lines.close()
        except JournalError:
            if compact:
                raise
            return
        if compact and (self._spare or self._lines.apart):
            # The long form says the same.
            with contextlib.suppress(EdgeBokehError, OSError):
                last = {entry.target: number for number, (_, entry) in enumerate(_all_lines(self.path))}
                wanted = set(last.values())
                found = enumerate(_all_lines(self.path))
                self._lines.replace(line + b"\n" for number, (line, _) in found if number in wanted)

    def _clean(self) -> None:
        """Removes what a killed process was writing."""
        for entry in self._entries.values():
            if entry.status == "writing" and files.is_temporary(entry.temporary):
                places.discard(places.real(self.folder / entry.target).with_name(entry.temporary))


@contextmanager
def opened(folder: Place) -> Iterator[Journal]:
    """The journal of a folder, which is made where it is missing, for this process alone.

    Raises OutputBusyError, JournalError.
    """
    try:
        places.make_folder(folder)
    except OSError as error:
        raise JournalError(f"the folder {folder} cannot be made ({error.strerror})", "name another with -o") from error
    with locked(folder) as check:
        journal = Journal(folder, check)
        whole = False
        try:
            yield journal
            whole = True
        except (KeyboardInterrupt, SystemExit):
            drivers.hurry()
            raise
        finally:
            journal.close(compact=whole)


def read(folder: Place) -> Mapping[str, Entry]:
    """What Journal.entries would be, without opening it to be written. Raises JournalError."""
    return _read(folder)[0]


def digest(data: bytes) -> str:
    """What tells the content of files apart: BLAKE2b, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of(path: Place) -> str:
    """The same of a file, "" where it cannot be read."""
    with contextlib.suppress(EdgeBokehError):
        return digest(places.read(path))
    return ""


def _read(folder: Place) -> tuple[dict[str, Entry], int]:
    """The last line of each target, and the number of lines."""
    entries: dict[str, Entry] = {}
    count = 0
    try:
        for part in lines.kept(folder / NAME):
            entries |= {entry.target: replace(entry, more={}) for _, entry in _lines(part)}
            count += part.count(b"\n")
    except StoreUnreachableError as error:
        raise JournalUnreachableError(f"the journal cannot be read: {error}", error.hint) from error
    except (EdgeBokehError, OSError) as error:
        raise JournalError(f"the journal cannot be read: {error}", "move it away, or check its permissions") from error
    return entries, count


def _all_lines(path: Place) -> Iterator[tuple[bytes, Entry]]:
    for part in lines.kept(path):
        yield from _lines(part)


def _lines(data: bytes) -> Iterator[tuple[bytes, Entry]]:
    """Each whole line that is one, and what it says."""
    for line in data.split(b"\n")[:-1]:
        if entry := Entry.from_json(line):
            yield line, entry
