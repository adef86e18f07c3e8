"""What a model file is and says of itself, and copies of it that say more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from edgebokeh import cache, catalog, files, weights
from edgebokeh.engine import open_network
from edgebokeh.errors import ModelUnreadableError, ModelUnsuitableError, OutputFormatError
from edgebokeh.proof import PROOF_KEY, Conversion, Proof, read
from edgebokeh.sessions import Runtime
from edgebokeh.spec import METADATA_KEY, ModelSpec

METADATA_FIELD = 14
"""Number of `metadata_props` among the fields of an ONNX file's ModelProto; each is an entry of two texts, key and
value, with the numbers 1 and 2."""

BLOCK = 1 << 20
"""Bytes that are copied at a time: a model need not fit into memory."""

LONGEST_ENTRY = 1 << 24
"""Bytes of metadata that are looked at; a longer entry is none of edgebokeh's."""


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model file, and all that is known of it.

    size: (height, width) of its input. bytes, sha256: of the file, the latter 64 hex digits. weights: what most of them
    are, a value of `weights.KINDS` such as "fp16", or "unknown". proof: what was lost when the export made it smaller,
    or how near it is to what the export converted; None for all others.
    """

    name: str
    path: Path
    spec: ModelSpec
    size: tuple[int, int]
    bytes: int
    sha256: str
    weights: str
    proof: Proof | Conversion | None


def model(name: str | Path) -> ModelDetails:
    """What is known of one model. name: one that `edgebokeh models` lists, or the path of an .onnx file.

    Raises ModelUnknownError, ModelUnreadableError, ModelUnsuitableError, ModelUndescribedError.
    """
    path = catalog.find(str(name))
    network = open_network(path, runtime=Runtime(cache=False))
    proof = network.metadata.get(PROOF_KEY)
    told = read(proof) if proof is not None else None
    facts = path.stat().st_size, cache.sha256(path), weights.number_kind(path)
    return ModelDetails(path.stem, path, network.spec, network.size, *facts, told)


def stamp_model(
    name: str | Path, copy: str | Path, spec: ModelSpec | Mapping[str, Any] | None = None, *, force: bool = False
) -> ModelSpec:
    """Writes a copy of a model that describes itself; the network is the same to the bit.

    name: as in `model`. copy: the .onnx file to write. spec: all of the description, or some of its fields; None takes
    what the file says or is known by. Its name in the copy is the copy's. A proof of the model stays only where its
    description does, since it was made with that.
    Returns the description. Raises ModelUnknownError, ModelUnreadableError, ModelUnsuitableError (also for a model with
    weights in other files), ModelUndescribedError, OutputFormatError, OutputExistsError, OutputUnwritableError.
    """
    return stamped(name, copy, spec, force=force)[0]


def stamped(
    name: str | Path, copy: str | Path, spec: ModelSpec | Mapping[str, Any] | None = None, *, force: bool = False
) -> tuple[ModelSpec, str]:
    """What `stamp_model` does; also returns what of the description is guessed, as `Network` has it."""
    path, copy = catalog.find(str(name)), Path(copy)
    if copy.suffix.lower() != ".onnx":
        raise OutputFormatError(f"{copy} would not be found as a model", "name a file that ends in .onnx")
    files.check_target(copy, force=force)
    network = open_network(path, spec, Runtime(cache=False))
    if cache.model_hash(path) is None:
        raise ModelUnsuitableError(
            f"{path} keeps weights in other files, which a copy elsewhere would not find", "save it as one file first"
        )
    description = replace(network.spec, name=copy.stem)
    before, proof = (network.metadata.get(key) for key in (METADATA_KEY, PROOF_KEY))
    entries = {METADATA_KEY: description.to_json()}
    if proof is not None and (before is None or replace(ModelSpec.from_json(before), name=copy.stem) != description):
        entries[PROOF_KEY] = ""
    with path.open("rb") as source, files.writing(copy, force=force) as target:
        for piece in _pieces(source, entries, path):
            target.write(piece)
    return description, network.guesses


def _pieces(source: BinaryIO, entries: Mapping[str, str], path: Path) -> Iterator[bytes]:
    """The pieces of a ModelProto with these metadata, instead of those of the same keys; an empty text is left out."""
    for head, length in _fields(source, path):
        if head[0] == METADATA_FIELD << 3 | 2 and length <= LONGEST_ENTRY:
            entry = _read(source, length, path)
            if not any(entry.startswith(_text(1, key)) for key in entries):
                yield head + entry
            continue
        yield head
        while length:
            block = _read(source, min(BLOCK, length), path)
            yield block
            length -= len(block)
    for key, value in entries.items():
        if value:
            yield _text(METADATA_FIELD, _text(1, key) + _text(2, value))


def _fields(source: BinaryIO, path: Path) -> Iterator[tuple[bytes, int]]:
    """The head of each field of a protobuf message, and how many bytes follow, which the caller has to read."""
    while start := source.read(1):
        tag = _varint(source, path, start)
        kind = tag[0] & 7
        if kind == 0:
            yield tag + _varint(source, path), 0
        elif kind == 2:
            length = _varint(source, path)
            yield tag + length, sum((byte & 127) << 7 * place for place, byte in enumerate(length))
        elif kind in (1, 5):
            yield tag, 8 if kind == 1 else 4
        else:
            raise _broken(path)


def _varint(source: BinaryIO, path: Path, start: bytes = b"") -> bytes:
    """The bytes of a whole number, of which `start` is read already."""
    number = start or _read(source, 1, path)
    while number[-1] > 127:
        number += _read(source, 1, path)
    return number


def _text(number: int, value: str | bytes) -> bytes:
    """A field of text or bytes."""
    data = value.encode() if isinstance(value, str) else value
    length, head = len(data), bytes([number << 3 | 2])
    while length > 127:
        head += bytes([length & 127 | 128])
        length >>= 7
    return head + bytes([length]) + data


def _read(source: BinaryIO, count: int, path: Path) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise _broken(path)
    return data


def _broken(path: Path) -> ModelUnreadableError:
    return ModelUnreadableError(f"{path} is no whole ONNX file", "check the file, or export it again")
