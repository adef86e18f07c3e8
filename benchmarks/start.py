"""How fast edgebokeh starts: python -m benchmarks.start.

Whole processes in turns with what they cannot do without: `import typer` for what only talks, and `import cv2, numpy,
onnxruntime` for blurring a photo of half a megapixel. Everything has run once before, so that files are in the
system's cache and compiled. Exits with 1 where a must is missed.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import machine, peers, report
from benchmarks.bars import START
from benchmarks.duels import Duel, Limits, Times, hold, spread, wall
from benchmarks.material import ROOT, jpeg, photo
from benchmarks.report import Report
from edgebokeh.errors import ExitCode
from edgebokeh.look import DEFAULT_QUALITY, QUALITIES

NAME = "benchmarks.start"

TYPER = ("-c", "import typer")
LIBRARIES = ("-c", "import cv2, numpy, onnxruntime")

NO_CACHE = "--no-cache"
"""An option of `blur` that a version may have."""

REMBG = {"import rembg": ("-c", "import rembg"), "rembg --help": ("-c", "import rembg.cli; rembg.cli.main(['--help'])")}
"""What is started of rembg, by its names in the table."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is started with Python, what it is compared with, and the exit code it must have."""

    arguments: tuple[str, ...]
    reference: tuple[str, ...]
    code: int = ExitCode.OK


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Of the processes: an installed package is compiled, so a checkout may be too."""


def commands(small: Path, out: Path) -> dict[str, Command]:
    """By their names, those that have bars by the names in START. small: a JPEG. out: the result."""
    talking = {"help": "--help", "version": "--version"}
    blur = ("-m", "edgebokeh", "blur", str(small), "-o", str(out), "--force")
    others = [quality for quality in QUALITIES if quality != DEFAULT_QUALITY]
    without = {f"blur {NO_CACHE}": Command((*blur, NO_CACHE), LIBRARIES)} if _knows_no_cache() else {}
    return {
        **{name: Command(("-m", "edgebokeh", option), TYPER) for name, option in talking.items()},
        "wrong option": Command(("-m", "edgebokeh", "blur", "--nope"), TYPER, ExitCode.USAGE),
        "blur": Command(blur, LIBRARIES),
        **{f"blur --quality {name}": Command((*blur, "--quality", name), LIBRARIES) for name in others},
        **without,
    }


def run(arguments: Sequence[str], code: int = ExitCode.OK, python: str = sys.executable) -> None:
    """Runs a process to its end. Raises RuntimeError where it exits with another code."""
    done = subprocess.run([python, *arguments], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT)
    if done.returncode != code:
        raise RuntimeError(f"{' '.join(arguments)} exited with {done.returncode}: {done.stderr.strip()}")


def duel(command: Command) -> Duel:
    """Whole processes; each ran once before."""
    ours, reference = partial(run, command.arguments, command.code), partial(run, command.reference)
    ours()
    reference()
    return Duel(wall(ours), wall(reference))


def peer_duels(python: str) -> Iterator[tuple[str, Duel]]:
    """rembg, over the libraries that it imports too. Raises PeerAbsentError where it does not start."""
    for name, arguments in REMBG.items():
        peers.check([python, *arguments])
        reference = partial(run, LIBRARIES, python=python)
        reference()
        yield name, Duel(wall(partial(run, arguments, python=python)), wall(reference))


def table(times: dict[str, Times]) -> list[list[str]]:
    """A line for each command."""
    lines = [["", "milliseconds, median and quartiles", "compared with, ms", "ratio"]]
    for name, some in times.items():
        ours, ratio = spread(some.ours), spread(some.ratios)
        middle = f"{ours.median:.0f} ({ours.lower:.0f}–{ours.upper:.0f})"
        lines.append([name, middle, f"{spread(some.reference).median:.0f}", f"{ratio.median:.2f}"])
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="of each duel (15)")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    load_before, notes = machine.load(), []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, "small.jpg")
        small.write_bytes(bytes(jpeg(photo(0.5))))
        duels = {name: duel(command) for name, command in commands(small, Path(folder, "out.jpg")).items()}
        try:
            duels |= dict(peer_duels(options.peer_python))
        except peers.PeerAbsentError as reason:
            notes.append(f"rembg was not timed: {reason}. --peer-python names an interpreter that has it.")
        times = hold(duels, Limits(options.rounds, seconds=math.inf))
    values = {name: report.measured(times[name].ratios) for name in START}
    data = {"starts": {name: report.as_data(some) for name, some in times.items()}}
    notes += report.doubts(load_before, list(times.values()))
    return report.deliver(Report(NAME, {"Whole processes:": table(times)}, START, values, data, notes), options)


def _knows_no_cache() -> bool:
    command = [sys.executable, "-m", "edgebokeh", "blur", "--help"]
    return NO_CACHE in subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT).stdout


if __name__ == "__main__":
    sys.exit(main())
