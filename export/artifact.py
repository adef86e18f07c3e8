"""The ONNX file that leaves an export: described by its own metadata, written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgebokeh.errors import OutputExistsError, OutputUnwritableError
from edgebokeh.proof import PROOF_KEY, Proof
from edgebokeh.spec import METADATA_KEY, ModelSpec

MODELS = Path(__file__).resolve().parent.parent / "models"
"""Where exports are written unless the user says otherwise."""


def stamp(model: Any, spec: ModelSpec, proof: Proof | None = None) -> None:
    """Write `spec` into an `onnx.ModelProto`, and the proof of a reduced one: nothing else stays in its metadata."""
    del model.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=spec.to_json())
    if proof:
        model.metadata_props.add(key=PROOF_KEY, value=proof.to_json())


def encode(model: Any) -> bytes:
    """The bytes of an `onnx.ModelProto`; the same on every run."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def check_free(target: Path, force: bool) -> None:
    """Raises OutputExistsError where `target` exists and `force` is off: before long work, not after it."""
    if target.exists() and not force:
        raise OutputExistsError(f"{target} exists", "choose another name with -o, or overwrite it with --force")


def publish(data: bytes, target: Path, force: bool) -> None:
    """Write the finished file, as `staged` does, and print its size."""
    with staged(target, force) as draft:
        draft.write_bytes(data)
    print(f"{target}: {len(data):,} bytes")


@contextmanager
def staged(target: Path, force: bool) -> Iterator[Path]:
    """A path beside `target`, for a file that takes target's place when the block ends well and is removed otherwise.

    A `target` that already holds the same bytes is left as it is, with or without `force`.
    Raises OutputExistsError where it holds others and `force` is off, OutputUnwritableError where it cannot be written.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        if target.is_file() and target.read_bytes() == draft.read_bytes():
            return
        check_free(target, force)
        draft.replace(target)
    except OSError as error:
        raise OutputUnwritableError(
            f"{target} cannot be written ({error.strerror or error})", "choose another place with -o"
        ) from error
    finally:
        if draft.exists():
            draft.unlink()
