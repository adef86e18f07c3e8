"""Device profiles: the setting that `edgebokeh tune` found fastest on a machine, kept under a name."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import onnxruntime as ort

from edgebokeh import catalog, execution, files, machine, profile_folder, toml
from edgebokeh.errors import (
    ModelUnknownError,
    OutputUnwritableError,
    ProfileBrokenError,
    ProfileUnknownError,
    ProviderAbsentError,
    ProviderUnknownError,
    ValueRangeError,
)
from edgebokeh.look import DEFAULT_QUALITY, QUALITIES
from edgebokeh.threads import MOST

SIDES = (32, 4096)
"""Least and largest side of a network's input."""

TRAITS = ("processor", "architecture", "cores", "onnxruntime")
"""By which a machine is known again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How to run the networks; None is what edgebokeh does without a profile.

    model, matting: the finder and the network that draws edges, by name or file. provider: "cpu", "cuda:1" …; options:
    of it, in its own words. threads: 1 to 1024. quality: the preset for looks that name none. finder_side: of the
    square whose area the finder's input has, in pixels, instead of its own; matting_side: the same of the matting
    network, instead of the preset's.

    Raises ValueRangeError.
    """

    model: str | None = None
    matting: str | None = None
    provider: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    threads: int | None = None
    quality: str | None = None
    finder_side: int | None = None
    matting_side: int | None = None

    def __post_init__(self) -> None:
        texts = {name: getattr(self, name) for name in ("model", "matting", "provider")}
        checks = {
            **{f"{name} is a text": value is None or _is_text(value) for name, value in texts.items()},
            "options are texts": all(_is_text(part) for pair in self.options.items() for part in pair),
            f"threads is a whole number, 1 to {MOST}": _is_within(self.threads, 1, MOST),
            f"quality is one of {', '.join(QUALITIES)}": self.quality is None or self.quality in tuple(QUALITIES),
        }
        sides = {name: getattr(self, name) for name in ("finder_side", "matting_side")}
        checks |= {
            f"{name} is a whole number, {SIDES[0]} to {SIDES[1]}": _is_within(value, *SIDES)
            for name, value in sides.items()
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

    def lacks(self) -> list[str]:
        """What it names that is not here: models, and a provider that this onnxruntime does not have."""
        models = [name for name in (self.setting.model, self.setting.matting) if name]
        wished = self.setting.provider or profile_folder.AUTO
        return [*(name for name in models if not _is_found(name)), *([wished] if not _is_had(wished) else [])]

    @property
    def doubt(self) -> str:
        """Why it may not be right for this machine, or cannot be used there; "" where it was made on it."""
        if not self.machine:
            return "it does not say which machine it was made on"
        if told := "; ".join(self.differences()):
            return f"it was made on another machine: {told}"
        missing = " and ".join(self.lacks())
        return f"it names what is not here: {missing}" if missing else ""

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
        path = profile_folder.place(self.name, force=force)
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
    if name.lower() != profile_folder.AUTO:
        return _read(name)
    fitting = [(_age(info.path), info.profile) for info in profiles() if info.profile and not info.profile.doubt]
    rather = (quality,) if quality else (None, DEFAULT_QUALITY)
    apt = [one for one in fitting if one[1].quality in rather] or fitting
    return max(apt, key=lambda one: one[0])[1] if apt else None


def profiles() -> list[ProfileInfo]:
    """All of the user's folder, by name. Raises ProfileUnknownError for a user who has none."""
    found = []
    for path in sorted(profile_folder.folder().glob("*.toml")):
        try:
            found.append(ProfileInfo(path.stem, path, _read(path.stem)))
        except (ProfileBrokenError, ProfileUnknownError) as error:
            found.append(ProfileInfo(path.stem, path, problem=str(error)))
    return found


def delete_profile(name: str) -> Path:
    """Removes a profile; returns the file that it was. Raises ProfileUnknownError, OutputUnwritableError."""
    path = profile_folder.existing(name)
    try:
        path.unlink()
    except OSError as error:
        raise OutputUnwritableError(f"{path} cannot be deleted ({error.strerror})", "check its folder") from error
    return path


def here() -> dict[str, str | int]:
    """The TRAITS of this machine, without those that the system does not tell."""
    known = machine.fingerprint() | {"onnxruntime": ort.__version__}
    return {name: value for name in TRAITS if (value := known[name]) is not None}


class _UnfitError(Exception):
    """A profile's text that is TOML and no profile."""


def _is_found(model: str) -> bool:
    with contextlib.suppress(ModelUnknownError):
        return bool(catalog.find(model))
    return False


def _is_had(provider: str) -> bool:
    if provider.lower() == profile_folder.AUTO:
        return True
    try:
        return execution.kind(execution.rows()[execution.wish(provider).key]) != "absent"
    except (ProviderUnknownError, ProviderAbsentError):
        return False


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


def _read(name: str) -> DeviceProfile:
    path = profile_folder.existing(name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise ProfileBrokenError(f"{path} cannot be read ({reason})", "check it, or delete it") from error
    return DeviceProfile.from_toml(text, name)


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
