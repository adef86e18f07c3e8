"""Photos found: files as they are named, folders and globs searched."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from edgebokeh import files
from edgebokeh.errors import PhotoUnreadableError

STREAM = Path("-")
"""Stands for standard input as a source and standard output as a target."""

PHOTO_ENDINGS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
}
"""What the names of files end with that are taken for photos in a folder, in any case."""

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is taken in folders and globs.

    recursive: also what lies in their subfolders. include, exclude: patterns as a shell has them, of which one or none
    must fit the place below the folder that is searched ("2024/*"; a star also stands for slashes), or the name, of the
    photo or of a folder that it lies in; upper and lower case are alike. leave_out: a folder that is not searched, a
    real path.
    """

    recursive: bool = True
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    leave_out: Path | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A photo, and where it lies below the folder that was searched; of a file that was named, its name alone."""

    path: Path
    place: PurePath


@dataclass(frozen=True, slots=True)
class Findings:
    """photos: in the order of the sources, those of a folder by name, each once. roots: the folders that were searched.

    passed_over: how many things were not taken, by why: "hidden", "no photos", "excluded", "links" to folders or to
    nothing, "output", "given twice". closed: folders that cannot be searched, and what is wrong.
    """

    photos: list[Found] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    closed: list[tuple[Path, PhotoUnreadableError]] = field(default_factory=list)
    _taken: set[Path] = field(default_factory=set)

    def take(self, path: Path, place: PurePath) -> None:
        """Adds a photo, unless it is there; a link to another is one of its own."""
        name = files.real(path.parent) / path.name
        if path != STREAM and name in self._taken:
            self.passed_over["given twice"] += 1
            return
        self._taken.add(name)
        self.photos.append(Found(path, place))


def find(sources: Sequence[Path], search: Search) -> Findings:
    """The photos among the sources: files, STREAM, folders, and globs such as "2024*/**/*.jpg".

    What is named is always taken, and a link to a folder followed. Inside folders, links to folders are not, so that
    nothing is found twice and no cycle has no end. A photo of a glob has its place below the part without wildcards.
    """
    findings = Findings()
    for source in sources:
        if source != STREAM and files.is_folder(source):
            _Walk(findings, search, [("**",) if search.recursive else ("*",)]).through(source)
        elif any(sign in str(source) for sign in "*?[") and not os.path.lexists(source):
            root, pattern = _split(source)
            below = [(*pattern, "**")] if search.recursive else []
            _Walk(findings, search, [pattern, *below]).through(root)
        else:
            findings.take(source, PurePath(source.name))
    return findings


class _Walk:
    """Through one folder, taking what fits one of the patterns, part by part; "**" stands for any number of parts."""

    def __init__(self, findings: Findings, search: Search, patterns: Sequence[Parts]) -> None:
        self._findings, self._search, self._patterns = findings, search, patterns

    def through(self, root: Path) -> None:
        self._findings.roots.append(root)
        waiting: list[tuple[Path, Parts]] = [(root, ())]
        while waiting:
            waiting += reversed(self._folder(*waiting.pop()))

    def _folder(self, folder: Path, place: Parts) -> list[tuple[Path, Parts]]:
        """Takes the photos of a folder, and returns the folders in it that are to be searched."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            problem = PhotoUnreadableError(f"{folder} cannot be searched ({error.strerror})", "check its permissions")
            self._findings.closed.append((folder, problem))
            return []
        below = [(folder / entry.name, (*place, entry.name)) for entry in entries]
        return [inside for inside, entry in zip(below, entries, strict=True) if self._is_folder(*inside, entry)]

    def _is_folder(self, path: Path, place: Parts, entry: "os.DirEntry[str]") -> bool:
        """Takes what is a photo; whether it is a folder to be searched."""
        folder = entry.is_dir(follow_symlinks=False)
        fits = any((_may_hold if folder else _fits)(place, pattern) for pattern in self._patterns)
        if not fits:
            return False
        if why := self._why_not(path, place, entry, folder):
            self._findings.passed_over[why] += 1
        elif not folder:
            self._findings.take(path, PurePath(*place))
        return folder and not why

    def _why_not(self, path: Path, place: Parts, entry: "os.DirEntry[str]", folder: bool) -> str:
        """Why something is passed over, a key of Findings.passed_over, or "" where it is not."""
        search = self._search
        if entry.name.startswith("."):
            return "hidden"
        if folder:
            if search.leave_out and files.real(path) == search.leave_out:
                return "output"
            return "excluded" if _any_of(search.exclude, place) else ""
        if entry.is_symlink() and not files.is_file(path):
            return "links"
        if path.suffix.lower() not in PHOTO_ENDINGS or not files.is_file(path):
            return "no photos"
        above = (place[: depth + 1] for depth in range(len(place)))
        included = not search.include or any(_any_of(search.include, part) for part in above)
        return "" if included and not _any_of(search.exclude, place) else "excluded"


def _any_of(patterns: Sequence[str], place: Parts) -> bool:
    names = ["/".join(place).lower(), place[-1].lower()]
    return any(fnmatchcase(name, pattern.lower().rstrip("/")) for pattern in patterns for name in names)


def _split(glob: Path) -> tuple[Path, Parts]:
    """The folder before the first part with a wildcard, and the parts from there."""
    first = next(i for i, part in enumerate(glob.parts) if any(sign in part for sign in "*?["))
    return Path(*glob.parts[:first]), glob.parts[first:]


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
