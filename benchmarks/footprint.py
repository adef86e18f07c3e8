"""How much memory a whole `edgebokeh blur` takes on one core: python -m benchmarks.footprint.

The largest resident set of the process, with the interpreter, the libraries and the networks, for each preset and size
of photo: at the first start, when the optimised networks are kept for later, at the next, and without the cache. The
largest of all runs counts. Exits with 1 where a must is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import peak, report
from benchmarks.bars import FOOTPRINT
from benchmarks.material import ROOT, jpeg, photo
from benchmarks.report import Measured, Report
from edgebokeh import cache
from edgebokeh.look import QUALITIES

NAME = "benchmarks.footprint"

STARTS: dict[str, tuple[str, ...]] = {"first": (), "next": (), "--no-cache": ("--no-cache",)}
"""The starts of one round, in this order, and the options of each. The round begins with an empty cache."""

BARRED = 12.0
"""Megapixels of the photo that the bars speak of."""


@dataclass(frozen=True, slots=True)
class Case:
    """What ran: a preset, the photo's size, and one of STARTS."""

    quality: str
    megapixels: float
    start: str


Peaks = dict[Case, list[int]]
"""Largest resident sets in bytes, of each run."""


def measured(sizes: Sequence[float], rounds: int) -> Peaks:
    """Runs everything. sizes: in megapixels. Raises RuntimeError where edgebokeh fails."""
    peaks: Peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {size: Path(folder, f"{size:g}.jpg") for size in sizes}
        for size, file in files.items():
            file.write_bytes(bytes(jpeg(photo(size))))
        for _ in range(rounds):
            for size, file in files.items():
                for quality in QUALITIES:
                    for start, bytes_ in _round(quality, file):
                        peaks.setdefault(Case(quality, size, start), []).append(bytes_)
    return peaks


def bars(peaks: Peaks) -> dict[str, Measured]:
    """The largest peak of each preset at BARRED megapixels, in MB."""
    found: dict[str, Measured] = {}
    for quality in FOOTPRINT:
        seen = [max(runs) for case, runs in peaks.items() if (case.quality, case.megapixels) == (quality, BARRED)]
        if seen:
            found[quality] = Measured(max(seen) / 1e6)
    return found


def table(peaks: Peaks) -> list[list[str]]:
    """A line for each preset and start, a column for each size."""
    sizes = sorted({case.megapixels for case in peaks})
    lines = [["", "start", *(f"{size:g} MP" for size in sizes)]]
    for quality, start in dict.fromkeys((case.quality, case.start) for case in peaks):
        largest = [max(peaks[Case(quality, size, start)]) for size in sizes]
        lines.append([quality, start, *(f"{bytes_ / 1e6:.0f}" for bytes_ in largest)])
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--megapixels", type=_sizes, default=(12, 24, 48), metavar="N,…", help="of the photo (12,24,48)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often everything runs (3)")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    if not peak.KNOWN:
        parser.error("it needs Linux, which holds a process to one core and tells its peak")
    peaks = measured(options.megapixels, options.rounds)
    tables = {"Peak of the whole process on one core, MB (10⁶ bytes):": table(peaks)}
    data = {"footprint": [{**asdict(case), "bytes": runs} for case, runs in peaks.items()]}
    return report.deliver(Report(NAME, tables, FOOTPRINT, bars(peaks), data), options)


def _round(quality: str, file: Path) -> Iterator[tuple[str, int]]:
    """The peaks of the starts of one round."""
    out = file.with_suffix(".out.jpg")
    blur = (sys.executable, "-m", "edgebokeh", "blur", str(file), "-o", str(out), "--force", "--quality", quality)
    with tempfile.TemporaryDirectory() as kept:
        environment = os.environ | {cache.VARIABLE: kept}
        for start, extra in STARTS.items():
            command = [sys.executable, "-m", "benchmarks.peak", *blur, *extra]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
            if done.returncode:
                raise RuntimeError(done.stderr.strip())
            yield start, int(done.stdout)


def _sizes(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
