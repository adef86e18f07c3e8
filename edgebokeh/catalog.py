"""Where model files lie, and which file a name means."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from edgebokeh.errors import ModelUnknownError
from edgebokeh.files import is_file, is_folder

FOLDERS_VARIABLE = "EDGEBOKEH_MODELS"
"""Environment variable: folders with models, separated as in PATH, searched before all others."""


PRECISIONS = ("own", "fp16", "int8", "int8-weights")
"""In which a network may lie in files of its own."""


def find(name: str) -> Path:
    """The model file that `name` means: a path to it, or a file's name without ".onnx" in one of `folders()`.

    Raises ModelUnknownError.
    """
    if _is_path(name):
        if is_file(Path(name)):
            return Path(name)
        raise ModelUnknownError(f"there is no model file {name}", "check the path, or see: edgebokeh models")
    models = names()
    if name not in models:
        hint = f"use a path to an .onnx file or one of {', '.join(models)}"
        raise ModelUnknownError(f"no model is called {name!r}", hint)
    return models[name]


def in_precision(model: str, precision: str) -> str:
    """What the same network is called in another of PRECISIONS: NAME-int8 for NAME, and so for a file; "own" is itself.

    `python -m export shrink` names files like this. Whether there is one, `find` tells.
    """
    if precision == PRECISIONS[0]:
        return model
    path = Path(model)
    return str(path.with_name(f"{path.stem}-{precision}{path.suffix}")) if _is_path(model) else f"{model}-{precision}"


def names() -> dict[str, Path]:
    """Every model at hand, by name, sorted; of two files with the same name the one in the earlier folder."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.onnx")) if is_folder(folder) else ():
            if is_file(path):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def folders() -> list[Path]:
    """The folders that are searched, first to last: $EDGEBOKEH_MODELS, ./models, the user's data, the bundled ones."""
    own = [Path(entry) for entry in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if entry]
    return [*own, Path("models"), *(data / "edgebokeh" / "models" for data in _user_data()), _bundled()]


def _is_path(name: str) -> bool:
    return name.lower().endswith(".onnx") or Path(name).name != name


def _user_data() -> Iterator[Path]:
    """The user's data folder; none for a user without a home, as in some containers."""
    with contextlib.suppress(RuntimeError):
        if sys.platform == "win32":
            yield Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            yield Path.home() / "Library" / "Application Support"
        else:
            yield Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _bundled() -> Path:
    """Inside the installed package, or beside it where it runs from a checkout."""
    package = Path(__file__).parent
    installed = package / "models"
    return installed if is_folder(installed) else package.parent / "models"
