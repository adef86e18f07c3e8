"""Device profiles: the setting that `edgebokeh tune` found fastest on a machine, kept under a name."""

import contextlib
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import onnxruntime as ort

from edgebokeh import files, machine, toml
from edgebokeh.errors import (
    OutputExistsError,
    OutputUnwritableError,
    ProfileBrokenError,
    ProfileUnknownError,
    ValueRangeError,
)
from edgebokeh.look import DEFAULT_QUALITY, QUALITIES
from edgebokeh.threads import MOST

FOLDER_VARIABLE = "EDGEBOKEH_CONFIG"
"""Environment variable: the folder in which `profiles` lies, instead of the user's own."""

AUTO = "auto"
"""Stands, in any case, for the newest profile of this very machine; no profile has this name."""

DEVICES = ("con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)))
"""What Windows keeps for itself: there no file may be called so, in any case and with any ending."""

NAMES = f"up to 64 letters, digits, dots, - and _, but neither {AUTO} nor what Windows keeps for itself, such as CON"
"""What a profile may be called."""

SIDES = (32, 4096)
"""Least and largest side of the matting network's input."""

TRAITS = ("processor", "architecture", "cores", "onnxruntime")
"""By which a machine is known again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How to run the networks; None is what edgebokeh does without a profile.

    model, matting: the finder and the network that draws edges, by name or file. provider: "cpu", "cuda:1" …; options:
    of it, in its own words. threads: 1 to 1024. quality: the preset for looks that name none. matting_side: of the
    square whose area the matting network's input has, in pixels, instead of the preset's.

    Raises ValueRangeError.
    """

    model: str | None = None
    matting: str | None = None
    provider: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    threads: int | None = None
    quality: str | None = None
    matting_side: int | None = None

    def __post_init__(self) -> None:
        texts = {name: getattr(self, name) for name in ("model", "matting", "provider")}
        checks = {
            **{f"{name} is a text": value is None or _is_text(value) for name, value in texts.items()},
            "options are texts": all(_is_text(part) for pair in self.options.items() for part in pair),
            f"threads is a whole number, 1 to {MOST}": _is_within(self.threads, 1, MOST),
            f"quality is one of {', '.join(QUALITIES)}": self.quality is None or self.quality in tuple(QUALITIES),
            f"matting_side is a whole number, {SIDES[0]} to {SIDES[1]}": _is_within(self.matting_side, *SIDES),
        }
        for text, holds in checks.items():
            if not holds:
                raise ValueRangeError(f"a setting breaks the rule that {text}", "correct it")

    def to_dict(self) -> dict[str, Any]:
        """What is set, ready for JSON; the reverse is `Setting(**data)`."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: dict(value) if name == "options" else value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """A named setting. machine: of TRAITS, that it was tuned on. measured: for people, what `edgebokeh tune` saw."""

    name: str
    setting: Setting
    machine: Mapping[str, str | int] = field(default_factory=dict)
    measured: Mapping[str, toml.Value] = field(default_factory=dict)

    def differences(self) -> list[str]:
        """How the machine it was tuned on differs from this one; empty where it fits."""
        now = here()
        pairs = {name: (self.machine.get(name, "unknown"), now.get(name, "unknown")) for name in TRAITS}
        return [f"{name} {theirs}, here {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]

    @property
    def doubt(self) -> str:
        """Why it may not be right for this machine; "" where it was made on it."""
        if not self.machine:
            return "it does not say which machine it was made on"
        told = "; ".join(self.differences())
        return f"it was made on another machine: {told}" if told else ""

    @property
    def quality(self) -> str | None:
        """The preset that it was measured for; None where it does not say."""
        return self.setting.quality or (DEFAULT_QUALITY if self.measured else None)

    def to_toml(self) -> str:
        """As it is kept."""
        setting = self.setting.to_dict()
        options = setting.pop("options", {})
        tables = {"setting": setting, "options": options, "machine": self.machine, "measured": self.measured}
        return toml.dumps(tables)

    @classmethod
    def from_toml(cls, text: str, name: str) -> Self:
        """The reverse of `to_toml`. Raises ProfileBrokenError."""
        # Imported here because few starts need it.
        import tomllib

        try:
            data = tomllib.loads(text)
            tables = {key: _table(data.pop(key, {}), key) for key in ("setting", "options", "machine", "measured")}
            _refuse(data.keys(), "the profile")
            settable = {item.name for item in fields(Setting)} - {"options"}
            _refuse(tables["setting"].keys() - settable, "[setting]")
            _refuse(tables["machine"].keys() - set(TRAITS), "[machine]")
            setting = Setting(**tables["setting"], options=tables["options"])
        except (tomllib.TOMLDecodeError, RecursionError, ValueRangeError, _UnfitError) as error:
            hint = "correct it, or make it again with: edgebokeh tune"
            raise ProfileBrokenError(f"the device profile {name!r} is broken: {error}", hint) from error
        return cls(name=name, setting=setting, machine=tables["machine"], measured=tables["measured"])

    def save(self, *, force: bool = False) -> Path:
        """Writes it, whole or not at all, into the user's folder. force: over one of its name.

        Raises ValueRangeError for a name that makes no file, OutputError.
        """
        path = target(self.name, force=force)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_place(path.parent, error.strerror) from error
        try:
            data = self.to_toml().encode()
        except UnicodeEncodeError as error:
            raise OutputUnwritableError(
                f"the device profile {self.name!r} would name a file that is no Unicode text", "rename the model's file"
            ) from error
        files.write(data, path, force=force)
        return path


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """A profile in the user's folder: either it can be read, or `problem` says what is wrong."""

    name: str
    path: Path
    profile: DeviceProfile | None = None
    problem: str = ""


def profile(name: str, quality: str | None = None) -> DeviceProfile | None:
    """The profile of that name; for "auto" the newest of this very machine, or None.

    quality: a preset; "auto" rather takes a profile that was measured for it, and without one a profile that leaves the
    quality open or was made for the default one.
    Raises ValueRangeError for a name that is no text, ProfileUnknownError, ProfileBrokenError.
    """
    if not isinstance(name, str):
        raise ValueRangeError(f"{name!r} is no name of a device profile", "use a text, such as auto")
    if name.lower() != AUTO:
        return _read(name)
    fitting = [(_age(info.path), info.profile) for info in profiles() if info.profile and not info.profile.doubt]
    rather = (quality,) if quality else (None, DEFAULT_QUALITY)
    apt = [one for one in fitting if one[1].quality in rather] or fitting
    return max(apt, key=lambda one: one[0])[1] if apt else None


def profiles() -> list[ProfileInfo]:
    """All of the user's folder, by name. Raises ProfileUnknownError for a user who has none."""
    found = []
    for path in sorted(folder().glob("*.toml")):
        try:
            found.append(ProfileInfo(path.stem, path, _read(path.stem)))
        except (ProfileBrokenError, ProfileUnknownError) as error:
            found.append(ProfileInfo(path.stem, path, problem=str(error)))
    return found


def delete_profile(name: str) -> Path:
    """Removes a profile; returns the file that it was. Raises ProfileUnknownError, OutputUnwritableError."""
    path = _existing(name)
    try:
        path.unlink()
    except OSError as error:
        raise OutputUnwritableError(f"{path} cannot be deleted ({error.strerror})", "check its folder") from error
    return path


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


def check_name(name: str) -> None:
    """Raises ValueRangeError where no profile can be called so."""
    if not _is_name(name):
        raise ValueRangeError(f"{name!r} is no name for a profile", f"use {NAMES}")


def default_name(host: str | None = None) -> str:
    """The name of this machine, or of `host`, as far as a profile's name can hold it."""
    told = re.sub(r"[^A-Za-z0-9._-]+", "-", platform.node() if host is None else host).strip("._-")[:64]
    return told if _is_name(told) else "device"


def here() -> dict[str, str | int]:
    """The TRAITS of this machine, without those that the system does not tell."""
    known = machine.fingerprint() | {"onnxruntime": ort.__version__}
    return {name: value for name in TRAITS if (value := known[name]) is not None}


def _no_place(path: Path, reason: str | None) -> OutputUnwritableError:
    return OutputUnwritableError(f"{path} cannot be written ({reason})", f"name another folder in {FOLDER_VARIABLE}")


class _UnfitError(Exception):
    """A profile's text that is TOML and no profile."""


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(one, str | int | float) for one in value.values()):
        raise _UnfitError(f"{name} is no table of plain values")
    return value


def _refuse(unknown: Any, where: str) -> None:
    if unknown:
        raise _UnfitError(f"{where} has the unknown {', '.join(sorted(map(repr, unknown)))}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_within(value: Any, low: int, high: int) -> bool:
    return value is None or (type(value) is int and low <= value <= high)


def _is_name(text: Any) -> bool:
    free = isinstance(text, str) and text.lower() != AUTO and text.partition(".")[0].lower() not in DEVICES
    return free and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text))


def _read(name: str) -> DeviceProfile:
    path = _existing(name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise ProfileBrokenError(f"{path} cannot be read ({reason})", "check it, or delete it") from error
    return DeviceProfile.from_toml(text, name)


def _existing(name: str) -> Path:
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


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


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
