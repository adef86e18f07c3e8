"""`edgebokeh tune`, which makes device profiles, and `edgebokeh profiles`, which shows and deletes them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edgebokeh import options
from edgebokeh.console import say
from edgebokeh.errors import ProfileUnknownError

if TYPE_CHECKING:
    from edgebokeh.device_profile import DeviceProfile

app = typer.Typer()


@app.callback(invoke_without_command=True)
def listed(context: typer.Context, as_json: options.Json = False) -> None:
    """List the device profiles that tune wrote, and whether they fit this machine."""
    if context.invoked_subcommand is None:
        from edgebokeh.device_profile import profiles
        from edgebokeh.profile_folder import folder
        from edgebokeh.tuning import report

        found = profiles()
        for info in found:
            say(report.info(info, as_json=as_json))
        if not (found or as_json):
            say(f"{folder()}: no device profiles; make one with: edgebokeh tune")


@app.command()
def show(name: options.ProfileName, as_json: options.Json = False) -> None:
    """Show a profile: what it sets, the machine it is for, what was measured."""
    from edgebokeh.tuning import report

    for text in report.profile(_named(name), as_json=as_json):
        say(text)


@app.command()
def export(name: options.ProfileName, target: options.ProfileTarget, force: options.Force = False) -> None:
    """Write a profile to a file, or to standard output for -."""
    from edgebokeh import files

    text = _named(name).to_toml()
    if target == "-":
        for line in text.splitlines():
            say(line)
    else:
        files.write(text.encode(), Path(target), force=force)


@app.command()
def delete(name: options.ProfileName, as_json: options.Json = False) -> None:
    """Delete a profile."""
    from edgebokeh.device_profile import delete_profile

    path = str(delete_profile(name))
    say(json.dumps({"name": name, "deleted": path}) if as_json else f"deleted {path}")


def wished(name: str, quality: str | None) -> "DeviceProfile | None":
    """The profile for --profile, with a word on standard error where it is not plain what is used.

    quality: the preset that was asked for beside it.
    """
    from edgebokeh import device_profile, profile_folder

    found = device_profile.profile(name, quality)
    if found is None:
        say("edgebokeh: no device profile fits this machine, so none is used; make one with: edgebokeh tune", err=True)
        return None
    if name.lower() == profile_folder.AUTO:
        say(f"edgebokeh: auto takes the device profile {found.name}", err=True)
    for doubt in _doubts(found, quality):
        say(f"edgebokeh: warning: the device profile {found.name} may not be the best here: {doubt}", err=True)
    return found


def _doubts(found: "DeviceProfile", quality: str | None) -> list[str]:
    """Why a profile may not be right for this machine, and for a preset that was asked for."""
    other = quality is not None and found.quality not in (None, quality)
    told = f"it was measured for {found.quality}; make one with: edgebokeh tune --quality {quality}"
    return [*filter(None, [found.doubt]), *([told] if other else [])]


def tune(
    budget: options.TuneBudget = "60s",
    max_loss: options.MaxLoss = 0.005,
    quality: options.Quality = None,
    photo: options.TunePhotos = None,
    model: options.Model = None,
    name: options.NewProfileName = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Find the fastest setting on this device whose mattes stay the same, and keep it as a device profile."""
    seconds = options.parse_seconds(budget)
    from edgebokeh import profile_folder
    from edgebokeh.tuning import report, search

    wished = profile_folder.default_name() if name is None else name
    settings = search.TuneSettings(budget=seconds, max_loss=max_loss, quality=quality, photos=photo or [], model=model)
    profile_folder.target(wished, force=force)
    result = search.tune(settings, wished, _progress)
    for warning in result.warnings:
        say(f"edgebokeh: warning: {warning}", err=True)
    path = None
    try:
        path = result.profile.save(force=force)
    finally:
        # What the whole budget was spent on is not lost with the file.
        for text in report.found(result, path, as_json=as_json):
            say(text)


def _progress(line: str) -> None:
    say(f"edgebokeh: {line}", err=True)


def _named(name: str) -> "DeviceProfile":
    """The profile of that name, or for auto of this machine. Raises ProfileUnknownError, ProfileBrokenError."""
    from edgebokeh.device_profile import profile

    found = profile(name)
    if found is None:
        raise ProfileUnknownError("no device profile fits this machine", "make one with: edgebokeh tune")
    return found
