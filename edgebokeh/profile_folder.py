"""Where device profiles lie: their folder, their names, and the files that these make."""

import contextlib
import os
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgebokeh import files
from edgebokeh.errors import (
    OutputExistsError,
    OutputUnwritableError,
    ProfileBrokenError,
    ProfileUnknownError,
    ValueRangeError,
)

FOLDER_VARIABLE = "EDGEBOKEH_CONFIG"
"""Environment variable: the folder in which `profiles` lies, instead of the user's own."""

AUTO = "auto"
"""Stands, in any case, for the newest profile of this very machine; no profile has this name."""

DEVICES = ("con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)))
"""What Windows keeps for itself: there no file may be called so, in any case and with any ending."""

NAMES = f"up to 64 letters, digits, dots, - and _, but neither {AUTO} nor what Windows keeps for itself, such as CON"
"""What a profile may be called."""


def folder() -> Path:
    """Where profiles lie. Raises ProfileUnknownError for a user without a home."""
    own = os.environ.get(FOLDER_VARIABLE)
    base = Path(own) if own else next(_user_config(), None)
    if base is None:
        raise ProfileUnknownError("there is no folder for profiles", f"name one in {FOLDER_VARIABLE}")
    return base / "profiles"


def target(name: str, *, force: bool) -> Path:
    """The file for a profile of that name, checked before any work is done for it. Its folder may have to be made.

    Raises ValueRangeError, OutputExistsError, OutputUnwritableError.
    """
    check_name(name)
    path = folder() / f"{name}.toml"
    there = next(one for one in path.parents if files.is_folder(one) or files.is_file(one))
    if not (files.is_folder(there) and os.access(there, os.W_OK)):
        raise _no_place(path.parent, f"{there} is no folder to write in")
    if files.is_file(path) and not force:
        raise OutputExistsError(
            f"the device profile {name!r} exists already", "add --force, or another name with --name"
        )
    if there == path.parent:
        files.check_target(path, force=force)
    return path


def place(name: str, *, force: bool) -> Path:
    """What `target` gives, in a folder that has been made. Raises what that does."""
    path = target(name, force=force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(path.parent, error.strerror) from error
    return path


def check_name(name: str) -> None:
    """Raises ValueRangeError where no profile can be called so."""
    if not _is_name(name):
        raise ValueRangeError(f"{name!r} is no name for a profile", f"use {NAMES}")


def default_name(host: str | None = None) -> str:
    """The name of this machine, or of `host`, as far as a profile's name can hold it."""
    told = re.sub(r"[^A-Za-z0-9._-]+", "-", platform.node() if host is None else host).strip("._-")[:64]
    return told if _is_name(told) else "device"


def existing(name: str) -> Path:
    """The file of the profile of that name. Raises ProfileUnknownError, ProfileBrokenError."""
    if not _is_name(name):
        raise ProfileUnknownError(f"no device profile can be called {name!r}", _others(name))
    path = folder() / f"{name}.toml"
    if files.is_folder(path):
        raise ProfileBrokenError(f"{path} is a folder, and no device profile", "move it away")
    if not files.is_file(path):
        raise ProfileUnknownError(f"no device profile is called {name!r}", _others(name))
    return path


def _others(name: str) -> str:
    """What to do where no profile has that name."""
    if name.endswith(".toml"):
        return f"leave out .toml; profiles lie in {folder()}"
    others = ", ".join(sorted(one.stem for one in folder().glob("*.toml") if files.is_file(one)))
    return f"use one of {others}" if others else "make one with: edgebokeh tune"


def _no_place(path: Path, reason: str | None) -> OutputUnwritableError:
    return OutputUnwritableError(f"{path} cannot be written ({reason})", f"name another folder in {FOLDER_VARIABLE}")


def _is_name(text: Any) -> bool:
    free = isinstance(text, str) and text.lower() != AUTO and text.partition(".")[0].lower() not in DEVICES
    return free and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text))


def _user_config() -> Iterator[Path]:
    """The user's folder for settings; none for a user without a home, as in some containers."""
    with contextlib.suppress(RuntimeError):
        if sys.platform == "win32":
            base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        yield base / "edgebokeh"
