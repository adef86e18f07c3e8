"""The ONNX file that leaves an export: described by its own metadata, written whole or not at all."""

from pathlib import Path
from typing import Any

from edgebokeh import files
from edgebokeh.errors import OutputFormatError, OutputUnwritableError
from edgebokeh.proof import PROOF_KEY, Conversion, Proof
from edgebokeh.spec import METADATA_KEY, ModelSpec

MODELS = Path(__file__).resolve().parent.parent / "models"
"""Where exports are written unless the user says otherwise."""


SAMPLE_SET = "the sample photo"
"""What a proof calls it."""


def stamp(model: Any, spec: ModelSpec, proof: Proof | Conversion | None = None) -> None:
    """Write `spec` into an `onnx.ModelProto`, and its proof, if there is one: nothing else stays in its metadata."""
    del model.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=spec.to_json())
    if proof:
        model.metadata_props.add(key=PROOF_KEY, value=proof.to_json())


def encode(model: Any) -> bytes:
    """The bytes of an `onnx.ModelProto`; the same on every run."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def proven(data: bytes, proof: Conversion) -> bytes:
    """The bytes of an ONNX file with a proof in its metadata."""
    import onnx

    model = onnx.load_from_string(data)
    model.metadata_props.add(key=PROOF_KEY, value=proof.to_json())
    return encode(model)


def check_target(target: Path, force: bool) -> None:
    """Refuses a place for a model before long work, not after it. A folder that is missing is made by `publish`.

    Raises OutputFormatError where the name does not end in .onnx, OutputExistsError where there is a file and `force`
    is off, OutputUnwritableError where there is what is none, or its folder cannot be written.
    """
    if target.suffix.lower() != ".onnx":
        raise OutputFormatError(f"{target} would not be found as a model", "name a file that ends in .onnx")
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    # Where the folder is still to be made, the one that it will be in tells.
    files.check_writable(target if folder == target.parent else folder / target.name, force=force)


def publish(data: bytes, target: Path, force: bool) -> None:
    """Write the finished file, whole or not at all, and print its size.

    A link is followed. A file that holds the same bytes already is left as it is, with or without `force`.
    Raises OutputExistsError where it holds others and `force` is off, and what else `check_target` does.
    """
    check_target(target, force=True)
    if not (target.is_file() and target.read_bytes() == data):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritableError(
                f"{target} cannot be written ({error.strerror or error})", "choose another place with -o"
            ) from error
        files.write(data, target, force=force)
    print(f"{target}: {len(data):,} bytes")
