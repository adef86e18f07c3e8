"""Photos of the page: kept in memory for a while, with what was seen in them. Nothing is ever written to a disk."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from edgebokeh.draft import Draft
from edgebokeh.serve.refusal import RefusedError

MOST_DRAFTS = 8
"""Of one photo: sizes of the window and qualities that one goes back and forth between."""


class Kept:
    """A photo that is kept. name: as its file was called. size: (height, width), upright."""

    def __init__(self, name: str, data: bytes, size: tuple[int, int]) -> None:
        self.id, self.name, self.data, self.size = secrets.token_urlsafe(16), name, data, size
        self._drafts: OrderedDict[Hashable, Draft] = OrderedDict()
        self._making = threading.Lock()

    @property
    def bytes(self) -> int:
        """What it takes of the memory."""
        return len(self.data) + sum(draft.bytes for draft in list(self._drafts.values()))

    @property
    def drafts(self) -> int:
        """How many drafts are kept of it."""
        return len(self._drafts)

    def draft(self, key: Hashable, make: Callable[[], Draft]) -> Draft:
        """The draft of that key, made only once; another thread that wants one of this photo waits for it."""
        with self._making:
            draft = self._drafts.pop(key, None) or make()
            self._drafts[key] = draft
            while len(self._drafts) > MOST_DRAFTS:
                self._drafts.popitem(last=False)
            return draft

    def forget(self) -> None:
        """Lets its drafts go; they can be made again."""
        self._drafts.clear()


class Store:
    """The photos that are kept, at most so many and of so many bytes; those that were not used for longest go first."""

    def __init__(self, photos: int, memory: int) -> None:
        self._photos, self._memory = photos, memory
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._changing = threading.RLock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What they take of the memory together."""
        with self._changing:
            return sum(photo.bytes for photo in self._kept.values())

    @property
    def drafts(self) -> int:
        """How many drafts are kept."""
        with self._changing:
            return sum(photo.drafts for photo in self._kept.values())

    def add(self, photo: Kept) -> None:
        """Keeps a photo, and for it lets others go. Raises RefusedError, 413, for one that needs more than there is."""
        if photo.bytes > self._memory:
            raise RefusedError(
                413, "too_large", f"{photo.name} needs more memory than photos may take", "raise --keep-memory"
            )
        with self._changing:
            self._kept[photo.id] = photo
            self.trim()

    def get(self, key: str) -> Kept:
        """The photo of that id. Raises RefusedError, 404."""
        with self._changing:
            photo = self._kept.get(key)
            if photo is None:
                raise RefusedError(404, "photo_unknown", "no photo is kept under this id", "upload it again")
            self._kept.move_to_end(key)
            return photo

    def remove(self, key: str) -> None:
        """Lets a photo go. Raises RefusedError, 404."""
        with self._changing:
            self.get(key)
            del self._kept[key]

    def trim(self) -> None:
        """Lets go what is too much: first drafts, then photos; what was used last stays."""
        with self._changing:
            while len(self._kept) > self._photos:
                self._kept.popitem(last=False)
            for photo in list(self._kept.values())[:-1]:
                if self.bytes > self._memory:
                    photo.forget()
            while self.bytes > self._memory and len(self._kept) > 1:
                self._kept.popitem(last=False)
            if self.bytes > self._memory:
                next(iter(self._kept.values())).forget()
