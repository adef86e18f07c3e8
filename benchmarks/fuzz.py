"""Whether damaged picture files are refused in an orderly way: python -m benchmarks.fuzz --count 20000 --seed 1.

Small files of every format are mutated: bytes changed, parts cut off, left out, repeated or taken from another file,
lengths made extreme, a file's beginning put before another's data. Each is decoded and encoded again, as the commands
do, in another process, so that a crash or a hang of a decoder is seen. Exits with 1 where there was one, or an error
that is none of edgebokeh's.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import tables
from benchmarks.specimens import specimens
from edgebokeh import containers, images
from edgebokeh.containers import png
from edgebokeh.errors import EdgeBokehError
from edgebokeh.formats import encode, losses, own_ending

LIMIT = 10.0
"""Seconds after which a file counts as hung."""

KINDS = ("right", "refused", "astray", "crashed", "hung")
"""What becomes of a file; "right" is that it could be decoded and encoded, "astray" an error that is none of ours."""

BAD = KINDS[2:]

_SPAWNED = multiprocessing.get_context("spawn")


class Worker:
    """A process that decodes and encodes files; a new one takes over where it dies."""

    def __init__(self) -> None:
        self._ours, theirs = _SPAWNED.Pipe()
        self._process = _SPAWNED.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        # Its imports do not count as a file's time.
        self._ours.recv_bytes()

    def judge(self, data: bytes) -> tuple[str, str]:
        """What becomes of a file, one of KINDS, and the error or signal that says so."""
        try:
            self._ours.send_bytes(data)
            if self._ours.poll(LIMIT):
                kind, _, why = self._ours.recv_bytes().decode().partition(" ")
                return kind, why
            verdict = ("hung", "")
        except (EOFError, ConnectionError):
            self._process.join()
            verdict = ("crashed", _ending(self._process.exitcode or 0))
        self.close()
        self.__init__()  # type: ignore[misc]
        return verdict

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def mutations(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """So many damaged files."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            chance.choice(_MUTATIONS)(data, chance, seeds)
        yield _mended(bytes(data)) if chance.random() < 0.5 else bytes(data)


def judged(files: Iterator[bytes], keep: Path | None = None) -> dict[str, Counter[str]]:
    """How many files of each format became what. keep: a folder for those that became something BAD."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    worker = Worker()
    for number, data in enumerate(files):
        kind, why = worker.judge(data)
        row = containers.kind(data)
        name = next((ending for ending, one in containers.KINDS.items() if one is row), "other")
        found[name][kind] += 1
        if kind in BAD:
            print(f"file {number}, {name}: {kind} {why}", file=sys.stderr)
            if keep:
                (keep / f"{kind}-{number}{name}").write_bytes(data)
    worker.close()
    return found


def table(found: dict[str, Counter[str]]) -> list[list[str]]:
    """A line for each format, and one for all."""
    total = sum(found.values(), Counter[str]())
    lines = [*sorted(found.items()), ("all", total)]
    return [
        ["format", "files", *KINDS],
        *([name, str(row.total()), *(str(row[kind]) for kind in KINDS)] for name, row in lines),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, metavar="N", help="files (20000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the mutations (1)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write files that went wrong there")
    options = parser.parse_args(arguments)
    found = judged(mutations(list(specimens().values()), options.count, options.seed), options.keep)
    print(tables.fixed_width(table(found)))
    return int(any(row[kind] for row in found.values() for kind in BAD))


def _serve(pipe: Connection) -> None:
    """Answers each file with one of KINDS and a reason, for ever."""
    # Libraries in C complain about damaged files there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    pipe.send_bytes(b"ready")
    while True:
        data = pipe.recv_bytes()
        pipe.send_bytes(" ".join(_tried(data)).encode())


def _tried(data: bytes) -> tuple[str, str]:
    try:
        photo = images.decode(data)
        ending = own_ending(photo)
        encode(photo, ending)
        losses(photo, ending)
    except EdgeBokehError as error:
        return ("refused", "") if error.hint else ("astray", "no hint")
    except Exception as error:
        return "astray", f"{type(error).__name__}: {error}"
    return "right", ""


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _mended(data: bytes) -> bytes:
    """The file; a PNG file with right checksums, without which most of it would not be looked at."""
    if not data.startswith(png.MAGIC):
        return data
    whole, place = png.MAGIC, len(png.MAGIC)
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4])
        if end + 4 > len(data):
            break
        whole += png.chunk(data[place + 4 : place + 8], data[place + 8 : end])
        place = end + 4
    return whole + data[place:]


def _place(data: bytearray, chance: random.Random) -> int:
    """Somewhere, half of the time near the beginning."""
    return chance.randrange(max(1, min(len(data), chance.choice((400, len(data))))))


def _flip(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 2, 8, 64))):
        place = _place(data, chance)
        data[place : place + 1] = bytes([chance.randrange(256)])


def _cut(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    del data[_place(data, chance) :]


def _leave_out(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    place = _place(data, chance)
    del data[place : place + chance.choice((1, 2, 4, 16, 300))]


def _repeat(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    place = _place(data, chance)
    data[place:place] = data[place : place + chance.choice((1, 4, 64, 1000))]


def _extreme(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    """A number of two or four bytes becomes one of those that programs stumble over."""
    place, width = _place(data, chance), chance.choice((2, 4))
    value = chance.choice((0, 1, 2**15 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, chance.randrange(2**32)))
    data[place : place + width] = (value % 2 ** (8 * width)).to_bytes(width, chance.choice(("big", "little")))


def _graft(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    """The beginning of another file takes the place of this one's."""
    length = chance.choice((4, 12, 32, 200, 1000))
    data[:length] = chance.choice(seeds)[:length]


def _transplant(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    """A part of another file is put in."""
    other, place = chance.choice(seeds), _place(data, chance)
    start = chance.randrange(len(other))
    data[place:place] = other[start : start + chance.choice((4, 64, 1000))]


_MUTATIONS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    *(_flip, _cut, _leave_out, _repeat, _extreme, _graft, _transplant),
)

if __name__ == "__main__":
    sys.exit(main())
