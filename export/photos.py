"""The photos that a reduction looks at, and those that judge it: never the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from edgebokeh import files
from edgebokeh.evaluate import pairs
from export.artifact import SAMPLE_SET
from export.options import Plan
from export.parity import SAMPLE

Pairs = Sequence[tuple[Path, Path | None]]


@dataclass(frozen=True, slots=True)
class Photos:
    """seen: those that a reduction looks at. judges: those of the gate, each with its true mask if there are any.

    name: of the judges.
    """

    seen: Sequence[Path]
    judges: Pairs
    name: str


def gather(plan: Plan) -> Photos:
    """All the photos that a plan names; the sample photo where it names none.

    Raises EvaluationError where a folder is missing, is empty, or lacks a mask; PhotoError where a photo cannot be
    read; typer.BadParameter where a photo would judge what was fitted to it.
    """
    judges = photos_of(plan.validate, plan.masks)
    seen = [photo for photo, _ in photos_of(plan.calibrate, None)] if plan.looks else []
    contents = {_content(photo): photo for photo in seen}
    for judge, _ in judges:
        if twin := contents.get(_content(judge)):
            raise typer.BadParameter(
                f"a network is not judged on photos that it was fitted to, and {judge} is {_called(twin, judge)}; "
                "name others with --calibrate, or with --validate",
            )
    return Photos(seen, judges, plan.set_name or (plan.validate.name if plan.validate else SAMPLE_SET))


def photos_of(folder: Path | None, masks: Path | None) -> Pairs:
    """The photos of a folder with their true masks, if there are any; the sample photo where there is no folder.

    Raises EvaluationError where they cannot be paired.
    """
    if folder is None:
        return [(SAMPLE, None)]
    # A folder is its own folder of masks where there is none, so that photos are looked for in one way.
    return [(photo, mask if masks else None) for photo, mask in pairs(folder, masks or folder)]


def _called(twin: Path, judge: Path) -> str:
    return "one of them" if twin == judge else f"the same as {twin}"


def _content(photo: Path) -> str:
    return hashlib.sha256(files.read(photo)).hexdigest()
