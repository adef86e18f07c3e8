"""Optimised graphs of models, kept between runs in the user's cache folder and checked whenever they are opened.

A fault of the cache is never an error: what is wrong in it is thrown away, what cannot be kept is not kept.

    graphs/<key>/             one entry: manifest.json, graph.onnx and, for weights that are not small, weights.bin
    graphs/tmp-<random>/      one that is being written, or was when its process was killed
    hashes/<path's hash>      the SHA-256 of a model file, for as long as the file does not change
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebokeh.files import real

VARIABLE = "EDGEBOKEH_CACHE"
"""Environment variable: the cache folder; set to nothing, there is no cache."""

MANIFEST, GRAPH, WEIGHTS = "manifest.json", "graph.onnx", "weights.bin"

FRESH = 2.0
"""Seconds: a file that was changed this recently may change again without a new time stamp; git keeps the same rule."""

ABANDONED, STALE = 3600.0, 90 * 86400.0
"""Seconds until a temporary folder is thrown away, and an entry; one that is still in use is then written again."""

KINDS = ("graphs", "hashes")
"""The folders of the cache."""

HASHED = 64_000_000
"""Bytes of weights, up to which they are hashed at each opening; that takes a millisecond for each megabyte or less."""

OURS = re.compile(r"[0-9a-f]{40}|tmp-[0-9a-f]{16}")
"""Names that the cache gives: nothing else in its folder is touched, whatever folder the user names."""

ELSEWHERE = b"\x08location"
"""How an ONNX file begins the name of another file, where weights of its lie."""


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """folder: where optimised graphs are kept, None without a cache. entries: how many. bytes: what they take."""

    folder: Path | None
    entries: int
    bytes: int


def cache_info() -> CacheInfo:
    """What the cache holds."""
    entries, size = 0, 0
    for path in _children():
        with contextlib.suppress(OSError):
            entries += (path / MANIFEST).is_file()
            size += sum(file.stat().st_size for file in (path, *path.glob("*")) if file.is_file())
    return CacheInfo(_folder(), entries, size)


def clear_cache() -> CacheInfo:
    """Throws everything in the cache away. Returns what it held."""
    before = cache_info()
    for path in _children():
        _remove(path)
    return before


def model_hash(path: Path) -> str | None:
    """The SHA-256 of a model file, not computed again while the file stays as it is.

    None for a file that cannot be read, or that keeps weights in other files, whose changes would go unseen.
    """
    note = _home("hashes", os.fsencode(real(path)))
    with contextlib.suppress(OSError):
        if note and _is_ours(note.parent) and (known := _json(note)).get("file") == _identity(path):
            return str(known.get("sha256")) or None
    with contextlib.suppress(OSError):
        before, changed = _identity(path), max(path.stat().st_mtime, path.stat().st_ctime)
        digest = _digest(path)
        if note and time.time() - changed > FRESH and _identity(path) == before and _make(note.parent):
            _write(note, {"file": before, "sha256": digest})
        return digest or None
    return None


def find(key: Mapping[str, str]) -> Path | None:
    """The folder of the entry that was made for exactly this key; a faulty one is thrown away.

    The graph is hashed, and so are weights of up to HASHED bytes. Larger ones are not, where their size and time of
    change are as they were written: reading them whole is what the cache saves.
    """
    entry = _entry(key)
    if not entry:
        return None
    with contextlib.suppress(OSError, KeyError, TypeError, ValueError):
        manifest = _json(entry / MANIFEST)
        right = manifest["key"] == dict(key) and manifest["graph"] == sha256(entry / GRAPH)
        if right and _is_ours(entry.parent) and _is_ours(entry) and _has(entry / WEIGHTS, manifest["weights"]):
            return entry
    _remove(entry)
    return None


@contextlib.contextmanager
def draft() -> Iterator[Path | None]:
    """A new folder to write GRAPH and WEIGHTS into, None without a cache; gone afterwards unless it was published."""
    folder = _folder()
    path = folder / "graphs" / f"tmp-{os.urandom(8).hex()}" if folder else None
    try:
        yield path if path and _make(path.parent) and _make(path) else None
    finally:
        if path:
            shutil.rmtree(path, ignore_errors=True)


def publish(written: Path, key: Mapping[str, str]) -> None:
    """Makes a draft the entry of this key, at once and whole. Of two writers the first wins."""
    entry = _entry(key)
    with contextlib.suppress(OSError):
        weights = written / WEIGHTS
        facts = [*_facts(weights), sha256(weights)] if weights.exists() else None
        _write(written / MANIFEST, {"key": dict(key), "graph": sha256(written / GRAPH), "weights": facts})
        for file in written.iterdir():
            with file.open("r+b") as opened:
                os.fsync(opened.fileno())
        if entry:
            written.rename(entry)
            _sweep()


def drop(key: Mapping[str, str]) -> None:
    """Throws an entry away."""
    if entry := _entry(key):
        _remove(entry)


def sha256(path: Path) -> str:
    """Of a file: 64 hex digits, lower case. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder() -> Path | None:
    """The user's cache folder; None if it is switched off, or if there is no home."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return real(Path(chosen)) if chosen else None
    with contextlib.suppress(RuntimeError):
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "edgebokeh" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "edgebokeh"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgebokeh"
    return None


def _home(kind: str, content: bytes) -> Path | None:
    folder = _folder()
    return folder / kind / hashlib.sha256(content).hexdigest()[:40] if folder else None


def _entry(key: Mapping[str, str]) -> Path | None:
    return _home("graphs", json.dumps(dict(key), sort_keys=True).encode())


def _children() -> list[Path]:
    """All that the cache wrote."""
    folder = _folder()
    with contextlib.suppress(OSError):
        inside = [path for kind in KINDS for path in folder.glob(f"{kind}/*")] if folder else []
        return [path for path in inside if OURS.fullmatch(path.name)]
    return []


def _sweep() -> None:
    now = time.time()
    for path in _children():
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > (ABANDONED if path.name.startswith("tmp-") else STALE):
                _remove(path)


def _remove(path: Path) -> None:
    """A folder is moved aside first, so that nobody finds half of it."""
    aside = path.with_name(f"tmp-{os.urandom(8).hex()}")
    with contextlib.suppress(OSError):
        path.rename(aside)
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink()


def _make(folder: Path) -> bool:
    """Makes a folder for the user alone, and the cache folder around it; whether it is safe to write into."""
    with contextlib.suppress(OSError):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return _is_ours(folder)
    return False


def _is_ours(folder: Path) -> bool:
    """Whether the folder and the one around it belong to this user, and nobody else may write to them.

    Windows keeps the user's folders from others by other means.
    """
    if not hasattr(os, "getuid"):
        return True
    facts = [path.stat() for path in (folder, folder.parent)]
    return all(fact.st_uid == os.getuid() and not fact.st_mode & 0o022 for fact in facts)


def _identity(path: Path) -> list[str | int]:
    """What changes with a file."""
    facts = path.stat()
    return [str(real(path)), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]


def _facts(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


def _has(weights: Path, told: Any) -> bool:
    """Whether the weights are those that the manifest tells of: size, time of change, SHA-256, or None for no file."""
    if told is None or not weights.exists():
        return told is None and not weights.exists()
    size, changed, digest = told
    if size > HASHED and _facts(weights) == [size, changed]:
        return True
    return weights.stat().st_size == size and bool(sha256(weights) == digest)


def _digest(path: Path) -> str:
    """The SHA-256 of a model file; "" if it keeps weights in other files."""
    digest, end = hashlib.sha256(), b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if ELSEWHERE in end + block:
                return ""
            digest.update(block)
            end = block[1 - len(ELSEWHERE) :]
    return digest.hexdigest()


def _json(path: Path) -> dict[str, Any]:
    """What a file of the cache says; nothing where it is no JSON object. Raises OSError."""
    with contextlib.suppress(ValueError, RecursionError):
        data = json.loads(path.read_bytes())
        return data if isinstance(data, dict) else {}
    return {}


def _write(path: Path, data: Mapping[str, Any]) -> None:
    temporary = path.with_name(f"tmp-{os.urandom(8).hex()}")
    try:
        temporary.write_text(json.dumps(data), "utf-8")
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
