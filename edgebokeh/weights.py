"""What the weights of an ONNX file are, from the file's own structure."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

KINDS = {1: "fp32", 10: "fp16", 16: "bf16", 11: "fp64", 2: "int8", 3: "int8", 22: "int4", 21: "int4"}
"""Of numbers in ONNX's TensorProto.DataType."""


def number_kind(path: Path) -> str:
    """What most weights of an ONNX file are: a value of KINDS; "unknown" where the graph holds none.

    Reads only the file's own structure, as onnx.proto and protobuf's wire format describe it: field 7 of a model is its
    graph, field 5 of a graph a tensor, whose fields 1 and 2 are its dimensions and its type.
    """
    counts: Counter[str] = Counter()
    with contextlib.suppress(OSError, IndexError, KeyError):
        for graph in _fields(memoryview(path.read_bytes()), 7):
            for tensor in _fields(graph, 5):
                _count(tensor, counts)
    return counts.most_common(1)[0][0] if counts else "unknown"


def beside(path: Path) -> set[Path]:
    """The files in which an ONNX file keeps weights outside of itself, as its tensors name them (field 13 of each)."""
    found = set()
    with contextlib.suppress(OSError, IndexError, KeyError):
        for graph in _fields(memoryview(path.read_bytes()), 7):
            for entry in (entry for tensor in _fields(graph, 5) for entry in _fields(tensor, 13)):
                key, value = (next(_fields(entry, field), memoryview(b"")) for field in (1, 2))
                if bytes(key) == b"location":
                    found.add(path.parent / str(value, "utf-8", "replace"))
    return found


def _count(tensor: memoryview, counts: Counter[str]) -> None:
    """Adds a tensor's numbers to those of its kind; whole numbers of other kinds are shapes and indices."""
    size, kind = 1, ""
    for number, value in _parts(tensor):
        if number == 1 and isinstance(value, int):
            size *= value
        elif number == 1 and isinstance(value, memoryview):
            for side in _packed(value):
                size *= side
        elif number == 2 and isinstance(value, int):
            kind = KINDS.get(value, "")
    if kind:
        counts[kind] += size


def _fields(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, value in _parts(message):
        if number == wanted and isinstance(value, memoryview):
            yield value


def _parts(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: their number, and a whole number or bytes. Raises IndexError where it ends too early."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield tag >> 3, value
            continue
        length, place = _varint(message, place) if kind == 2 else ({1: 8, 5: 4}[kind], place)
        yield tag >> 3, message[place : place + length]
        place += length


def _packed(values: memoryview) -> Iterator[int]:
    place = 0
    while place < len(values):
        value, place = _varint(values, place)
        yield value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
