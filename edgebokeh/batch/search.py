"""Photos found: files as they are named, folders and globs searched."""

import functools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import NamedTuple

from edgebokeh import files, places, stores
from edgebokeh.errors import PhotoUnreadableError
from edgebokeh.places import Place
from edgebokeh.remote import Remote

STREAM = Path("-")
"""Stands for standard input as a source and standard output as a target."""

PHOTO_ENDINGS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
}
"""What the names of files end with that are taken for photos in a folder, in any case."""

Parts = tuple[str, ...]


class Search(NamedTuple):
    """What is taken in folders and globs.

    recursive: also what lies in their subfolders. include, exclude: patterns as a shell has them, of which one or none
    must fit the place below the folder that is searched ("2024/*"; a star also stands for slashes), or the name, of the
    photo or of a folder that it lies in; upper and lower case are alike. leave_out: a folder that is not searched, a
    real path or a URL.
    """

    recursive: bool = True
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    leave_out: Place | None = None


class Found(NamedTuple):
    """A photo, and where it lies below the folder that was searched; of a file that was named, its name alone."""

    path: Place
    place: PurePath


@dataclass(frozen=True, slots=True)
class Findings:
    """photos: in the order of the sources, those of a folder by name, each once. roots: the folders that were searched.

    passed_over: how many things were not taken, by why: "hidden", "no photos", "excluded", "links" to folders or to
    nothing, "output", "given twice". closed: folders that cannot be searched, and what is wrong.
    """

    photos: list[Found] = field(default_factory=list)
    roots: list[Place] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    closed: list[tuple[Place, PhotoUnreadableError]] = field(default_factory=list)
    _taken: set[Place] = field(default_factory=set)

    def take(self, path: Place, place: PurePath) -> None:
        """Adds a photo, unless it is there; a link to another is one of its own."""
        name = places.real_but_for_links(path)
        if path != STREAM and name in self._taken:
            self.passed_over["given twice"] += 1
            return
        self._taken.add(name)
        self.photos.append(Found(path, place))


def find(sources: Sequence[Place], search: Search) -> Findings:
    """The photos among the sources: files and objects, STREAM, folders, and globs such as "2024*/**/*.jpg".

    What is named is always taken, and a link to a folder followed. Inside folders, links to folders are not, so that
    nothing is found twice and no cycle has no end. A photo of a glob has its place below the part without wildcards.
    Raises PhotoMissingError for a bucket that is not there, PhotoUnreadableError for one that may not be listed,
    StoreError.
    """
    findings = Findings()
    for source in sources:
        if source != STREAM and places.is_folder(source):
            _through(source, _Sieve(findings, search, [("**",) if search.recursive else ("*",)]))
        elif any(sign in str(source) for sign in "*?[") and not places.exists(source):
            root, pattern = _split(source)
            below = [(*pattern, "**")] if search.recursive else []
            _through(root, _Sieve(findings, search, [pattern, *below]))
        else:
            findings.take(places.looked_up(source), PurePath(source.name))
    return findings


class _Sieve:
    """What is taken of a folder: what fits one of the patterns, part by part; "**" stands for any number of parts."""

    def __init__(self, findings: Findings, search: Search, patterns: Sequence[Parts]) -> None:
        self.findings, self._search, self._patterns = findings, search, patterns

    def enters(self, folder: Place, place: Parts) -> bool:
        """Whether a folder is to be searched; where it is passed over, that is counted."""
        if not any(_may_hold(place, pattern) for pattern in self._patterns):
            return False
        if place[-1].startswith("."):
            why = "hidden"
        elif self._search.leave_out and places.real(folder) == self._search.leave_out:
            why = "output"
        else:
            why = "excluded" if _any_of(self._search.exclude, place) else ""
        self.findings.passed_over.update([why] if why else [])
        return not why

    def offer(self, path: Place, place: Parts, other: Callable[[], str]) -> None:
        """Takes a photo. other: why it is none that its name does not tell, "" where it is one."""
        if not any(_fits(place, pattern) for pattern in self._patterns):
            return
        if why := "hidden" if place[-1].startswith(".") else other() or self._why_not(place):
            self.findings.passed_over[why] += 1
        else:
            self.findings.take(path, PurePath(*place))

    def _why_not(self, place: Parts) -> str:
        """A key of Findings.passed_over, or "" for a photo that is wanted."""
        search = self._search
        if PurePath(place[-1]).suffix.lower() not in PHOTO_ENDINGS:
            return "no photos"
        above = (place[: depth + 1] for depth in range(len(place)))
        included = not search.include or any(_any_of(search.include, part) for part in above)
        return "" if included and not _any_of(search.exclude, place) else "excluded"


def _through(root: Place, sieve: _Sieve) -> None:
    sieve.findings.roots.append(root)
    if isinstance(root, Remote):
        _through_objects(root, sieve)
        return
    waiting: list[tuple[Path, Parts]] = [(root, ())]
    while waiting:
        waiting += reversed(_searched(*waiting.pop(), sieve))


def _searched(folder: Path, place: Parts, sieve: _Sieve) -> list[tuple[Path, Parts]]:
    """Takes the photos of a folder, and returns the folders in it that are to be searched."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        problem = PhotoUnreadableError(f"{folder} cannot be searched ({error.strerror})", "check its permissions")
        sieve.findings.closed.append((folder, problem))
        return []
    inside = []
    for entry in entries:
        path, below = folder / entry.name, (*place, entry.name)
        if not entry.is_dir(follow_symlinks=False):
            sieve.offer(path, below, functools.partial(_no_file, path, entry))
        elif sieve.enters(path, below):
            inside.append((path, below))
    return inside


def _no_file(path: Path, entry: "os.DirEntry[str]") -> str:
    """Why an entry of a folder is no file to be read, "" for one that is."""
    if entry.is_file(follow_symlinks=False) or files.is_file(path):
        return ""
    return "links" if entry.is_symlink() else "no photos"


def _through_objects(root: Remote, sieve: _Sieve) -> None:
    """The same of a store, which lists whole trees at once."""
    entered: dict[Parts, bool] = {(): True}

    def enters(place: Parts) -> bool:
        if place not in entered:
            entered[place] = enters(place[:-1]) and sieve.enters(root / "/".join(place), place)
        return entered[place]

    for found in stores.listing(root):
        place = found.below(root)
        if not found.name:
            # What some programs put where they make an empty folder.
            continue
        if not all(part in ("", PurePath(part).name) for part in place):
            hint = "rename it, or name it alone with a file to write"
            problem = PhotoUnreadableError(f"{found} has no place in a folder of files", hint)
            sieve.findings.closed.append((found, problem))
        elif enters(place[:-1]):
            sieve.offer(found, place, str)


def _any_of(patterns: Sequence[str], place: Parts) -> bool:
    names = ["/".join(place).lower(), place[-1].lower()]
    return any(fnmatchcase(name, pattern.lower().rstrip("/")) for pattern in patterns for name in names)


def _split(glob: Place) -> tuple[Place, Parts]:
    """The folder before the first part with a wildcard, and the parts from there."""
    first = next(i for i, part in enumerate(glob.parts) if any(sign in part for sign in "*?["))
    return places.with_parts(glob, glob.parts[:first]), glob.parts[first:]


def _fits(place: Parts, pattern: Parts) -> bool:
    if not pattern:
        return not place
    if pattern[0] == "**":
        return any(_fits(place[i:], pattern[1:]) for i in range(len(place) + 1))
    return bool(place) and fnmatchcase(place[0], pattern[0]) and _fits(place[1:], pattern[1:])


def _may_hold(place: Parts, pattern: Parts) -> bool:
    """Whether something in the folder at that place could fit."""
    if not place or not pattern:
        return bool(pattern)
    if pattern[0] == "**":
        return True
    return fnmatchcase(place[0], pattern[0]) and _may_hold(place[1:], pattern[1:])
