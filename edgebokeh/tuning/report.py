"""What the command line says about a search and about device profiles."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgebokeh.device_profile import DeviceProfile, ProfileInfo
from edgebokeh.tuning.search import Tried, TuneResult

HEADER = ("setting", "ms", "ratio to the default", "rounds", "loss", "verdict")


def found(result: TuneResult, path: Path | None, *, as_json: bool) -> list[str]:
    """The result of a search, and the file of its profile; None where that could not be written, for the profile's text
    instead."""
    if as_json:
        return [json.dumps(to_dict(result) | {"path": str(path) if path else None})]
    name = result.profile.name
    if path:
        use = f"use it with --profile {name}, or on this machine with --profile auto"
        return [*table(result), f"{path} is written; {use}"]
    missed = f"the device profile {name!r} is not written; this is its text:"
    return [*table(result), missed, *profile(result.profile, as_json=False)]


def table(result: TuneResult) -> list[str]:
    """What was tried, aligned, and who won; intervals are those of bench."""
    rows = [HEADER, *(_cells(one) for one in result.tried)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, f"{result.summary} ({result.seconds:.0f} s)"]


def to_dict(result: TuneResult) -> dict[str, Any]:
    """Ready for JSON."""
    return {
        "profile": _as_dict(result.profile),
        "summary": result.summary,
        "seconds": round(result.seconds, 3),
        "warnings": result.warnings,
        "tried": [asdict(one) | {"setting": one.setting.to_dict()} for one in result.tried],
    }


def info(one: ProfileInfo, *, as_json: bool) -> str:
    """A profile in the list."""
    found = one.profile
    if as_json:
        told = _as_dict(found) | {"differences": found.differences()} if found else {"problem": one.problem}
        return json.dumps({"name": one.name, "path": str(one.path), **told})
    if not found:
        return f"{one.name:16} cannot be used: {one.problem}"
    return f"{one.name:16} {_told(found)}; {found.doubt or 'fits this machine'}"


def profile(found: DeviceProfile, *, as_json: bool) -> list[str]:
    """A profile in full."""
    return [json.dumps(_as_dict(found))] if as_json else found.to_toml().splitlines()


def _told(found: DeviceProfile) -> str:
    setting = found.setting.to_dict()
    options = setting.pop("options", {})
    return ", ".join(f"{name} {value}" for name, value in (setting | options).items())


def _as_dict(found: DeviceProfile) -> dict[str, Any]:
    return {
        "name": found.name,
        "setting": found.setting.to_dict(),
        "machine": dict(found.machine),
        "measured": dict(found.measured),
    }


def _cells(one: Tried) -> tuple[str, ...]:
    ratio = one.ratio
    return (
        one.label,
        "–" if one.milliseconds is None else f"{one.milliseconds:.1f}",
        "–" if ratio is None else f"{ratio.value:.3f} ({ratio.low:.3f}–{ratio.high:.3f})",
        str(one.rounds or "–"),
        "–" if one.loss is None else f"{one.loss:.4f}",
        one.verdict,
    )
