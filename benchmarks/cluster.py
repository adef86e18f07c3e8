"""What Ray costs: python -m benchmarks.cluster (needs the extra "ray").

A folder of photos of a megapixel is worked through by two workers of a Ray on this machine and by two threads of this
process, in turns. The results are compared byte for byte. A run's start is told apart: the time of a photo is that from
the first outcome to the last, by the photos between them. Exits with 1 where results differ or the must is missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from benchmarks import machine, report
from benchmarks.bars import Figure
from benchmarks.duels import Duel, Limits, Times, hold, spread
from benchmarks.kills import differences
from benchmarks.material import jpeg, photo
from benchmarks.report import Report
from edgebokeh import BatchSettings, Bokeh, Cluster, convert_all, load
from edgebokeh.batch.cluster.connection import lasting

NAME = "benchmarks.cluster"

WORKERS = 2

BARS = {
    "throughput": Figure("photos a second of two workers, over --jobs 2", 2, {"must": 0.9}),
    "overhead": Figure("the same time for a photo, ours less theirs, ms", 1),
}


@dataclass(slots=True)
class Side:
    """One way through the folder. starts: seconds until the first outcome, round by round."""

    bokeh: Bokeh
    folder: Path
    out: Path
    cluster: Cluster | None
    starts: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Works through all of it; returns milliseconds for a photo."""
        start, settings = time.perf_counter(), BatchSettings(jobs=WORKERS, force=True)
        times, failed = [], 0
        for outcome in convert_all(self.bokeh, [self.folder], self.out, settings=settings, cluster=self.cluster):
            times.append(time.perf_counter())
            failed += outcome.error is not None
        if failed:
            raise RuntimeError(f"{failed} photos failed")
        self.starts.append(times[0] - start)
        return (times[-1] - times[0]) / (len(times) - 1) * 1000


def photos(folder: Path, count: int) -> None:
    """So many photos of a megapixel, no two alike."""
    folder.mkdir()
    pixels, noise = photo(1.0), np.random.default_rng(1)
    for number in range(count):
        shift = int(noise.integers(0, pixels.shape[1] // 4))
        other = cv2.convertScaleAbs(np.roll(pixels, shift, axis=1), alpha=float(noise.uniform(0.8, 1.1)))
        (folder / f"{number:04}.jpg").write_bytes(bytes(jpeg(other)))


def table(times: Times, ours: Side, reference: Side) -> list[list[str]]:
    """A line for each side."""
    lines = [["", "ms a photo", "s until the first outcome"]]
    for name, side, spent in (("two workers", ours, times.ours), ("--jobs 2", reference, times.reference)):
        lines.append([name, f"{spread(spent).median:.1f}", f"{spread(side.starts).median:.1f}"])
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=500, metavar="N", help="of a megapixel (500)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of the duel (3)")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    load_before, bokeh = machine.load(), load(threads=1)
    with tempfile.TemporaryDirectory() as parent, lasting(WORKERS):
        folder, whole, out = (Path(parent, name) for name in ("in", "here", "ray"))
        photos(folder, options.photos)
        ours, reference = Side(bokeh, folder, out, Cluster()), Side(bokeh, folder, whole, None)
        times = hold({NAME: Duel(ours, reference)}, Limits(options.rounds, seconds=1e9))[NAME]
        differing, results = differences(whole, out), len(list(out.glob("*.jpg")))
    measured = {
        "throughput": report.measured([1 / ratio for ratio in times.ratios]),
        "overhead": report.measured([one - other for one, other in zip(times.ours, times.reference, strict=True)]),
    }
    notes = [
        f"{results} results of {options.photos} photos; files that differ from the local run's: {len(differing)}.",
        *report.doubts(load_before, [times]),
    ]
    tables = {f"{options.photos} photos of a megapixel:": table(times, ours, reference)}
    code = report.deliver(Report(NAME, tables, BARS, measured, report.as_data(times), notes), options)
    return code or int(bool(differing) or results != options.photos)


if __name__ == "__main__":
    sys.exit(main())
