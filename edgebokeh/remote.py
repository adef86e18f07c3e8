"""Names of objects in stores such as S3, and of the folders that slashes in their names make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath


@dataclass(frozen=True, slots=True)
class Remote:
    """An object, or a folder of objects, by its URL; every character after `scheme://` is meant as it stands.

    key: the bucket and the object's name, as in "bucket/2024/a.jpg", with single slashes or more: a folder may have an
    empty name. seen: size in bytes and mark of change, where a listing told of them; two names are equal without it.
    It has the parts of `pathlib.Path` that say something of a name, and needs no store for them.
    """

    scheme: str
    key: str
    seen: tuple[int, int] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.key}"

    def __truediv__(self, below: PurePath | str) -> "Remote":
        text = below if isinstance(below, str) else "/".join(below.parts)
        return Remote(self.scheme, f"{self.key}/{text}" if self.key and text else self.key or text)

    @property
    def bucket(self) -> str:
        return self.key.partition("/")[0]

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def parent(self) -> "Remote":
        """The folder that it lies in; of a bucket, itself."""
        return Remote(self.scheme, self.key.rpartition("/")[0] or self.key)

    @property
    def parents(self) -> "tuple[Remote, ...]":
        """The folders that it lies in, from the nearest to the bucket."""
        return tuple(self._above())

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.key.split("/"))

    def with_name(self, name: str) -> "Remote":
        return self.parent / name

    def below(self, folder: "Remote") -> tuple[str, ...]:
        """Its parts from there on. Raises ValueError where it does not lie in that folder."""
        start = f"{folder.key}/" if folder.key else ""
        if self.scheme != folder.scheme or not self.key.startswith(start):
            raise ValueError(f"{self} does not lie in {folder}")
        return tuple(self.key[len(start) :].split("/"))

    def _above(self) -> Iterator["Remote"]:
        above = self.parent
        while above != self:
            yield above
            self, above = above, above.parent


def scheme_of(text: str) -> str:
    """What a URL begins with, in lower case; "" where it is none. Single letters are drives of Windows."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", text)
    return found[1].lower() if found else ""


def parse(text: str) -> Remote:
    """What a URL names; one slash at its end is left out."""
    key = text.partition("://")[2].lstrip("/")
    return Remote(scheme_of(text), key.removesuffix("/"))
