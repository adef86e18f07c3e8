"""How much faster several photos at once are: python -m benchmarks.batch.

A folder of photos is worked through with one photo for each core at once, against one photo after the other on one
thread, in turns, each into a folder of its own with journal and all; and against the sum of the stages that each photo
was timed with. Where others are at work on the machine, two threads wait for cores more often than one: Linux tells
how long, and the ratio without these waits is what an idle machine would show. Exits with 1 where the must is missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import edgebokeh
from benchmarks import machine, report
from benchmarks.bars import Figure
from benchmarks.duels import Duel, Limits, Times, hold, spread
from benchmarks.material import jpeg, photo
from benchmarks.report import Measured, Report
from edgebokeh import BatchSettings, Bokeh, Look, convert_all, load

NAME = "benchmarks.batch"

BARS = {
    "throughput": Figure("photos a second, one for each core at once, over --jobs 1 --threads 1", 2, {"must": 1.8}),
    "idle": Figure("the same, less the time that threads waited for a core", 2, {"must": 1.8}),
    "stages": Figure("sum of the stages of --jobs 1, over the time of a photo with one for each core", 2),
}


WAITS = Path("/proc/thread-self/schedstat")
"""Where Linux tells a thread how many nanoseconds it worked, and how many it waited for a core."""


class Metered(Bokeh):
    """Adds up the seconds of each walk in which its thread did not wait for a core; locks and the disk count."""

    def __init__(self, whole: Bokeh) -> None:
        self.__dict__.update(whole.__dict__)
        self.seconds: list[float] = []

    def convert(self, data: bytes, *arguments: Any, **others: Any) -> tuple[bytes, edgebokeh.Report]:
        """As Bokeh does."""
        start, waited = time.perf_counter(), _waited()
        done = super().convert(data, *arguments, **others)
        self.seconds.append(time.perf_counter() - start - (_waited() - waited))
        return done


def _waited() -> float:
    return int(WAITS.read_text("ascii").split()[1]) / 1e9 if WAITS.exists() else 0.0


@dataclass(slots=True)
class Side:
    """One way through the folder. By round: stages, milliseconds of a photo's stages, the mean; cpu, seconds that the
    process worked for a photo; alone, seconds between two photos if no thread had waited for a core."""

    bokeh: Metered
    jobs: int
    folder: Path
    look: Look
    stages: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Works through all of it once; returns milliseconds for a photo."""
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as out:
            start, worked = time.perf_counter(), time.process_time()
            settings = BatchSettings(jobs=self.jobs)
            outcomes = list(convert_all(self.bokeh, [self.folder], out, look=self.look, settings=settings))
            spent = (time.perf_counter() - start) * 1000
            self.cpu.append((time.process_time() - worked) / len(outcomes))
            self.alone.append(sum(self.bokeh.seconds) / len(self.bokeh.seconds) / self.jobs)
            self.bokeh.seconds.clear()
        reports = [outcome.result for outcome in outcomes if outcome.result]
        if len(reports) < len(outcomes):
            raise RuntimeError(f"{len(outcomes) - len(reports)} photos failed")
        self.stages.append(sum(sum(one.milliseconds.values()) for one in reports) / len(reports))
        return spent / len(outcomes)


def folder_of(megapixels: float, count: int, parent: Path) -> Path:
    """A folder with so many photos of that size."""
    folder = parent / f"{megapixels:g}"
    folder.mkdir()
    data = bytes(jpeg(photo(megapixels)))
    for number in range(count):
        (folder / f"{number:03}.jpg").write_bytes(data)
    return folder


def table(times: dict[float, Times], sides: dict[float, tuple[Side, Side]], cores: int) -> list[list[str]]:
    """A line for each size of photo."""
    head = ["megapixels", f"--jobs {cores}, ms a photo", "--jobs 1, ms a photo", "sum of its stages, ms"]
    lines = [[*head, "times as fast", "less waits for a core", "CPU time a photo, over --jobs 1"]]
    for size, some in times.items():
        ours, reference = sides[size]
        cpu = np.median(np.divide(ours.cpu, reference.cpu))
        lines.append([
            f"{size:g}",
            f"{spread(some.ours).median:.0f}",
            f"{spread(some.reference).median:.0f}",
            f"{spread(reference.stages).median:.0f}",
            f"{1 / spread(some.ratios).median:.2f}",
            f"{np.median(np.divide(reference.alone, ours.alone)):.2f}" if WAITS.exists() else "",
            f"{cpu:.2f}",
        ])  # fmt: skip
    return lines


def measured(times: dict[float, Times], sides: dict[float, tuple[Side, Side]]) -> dict[str, Measured]:
    """The figures of BARS, of the largest photos."""
    size = max(times)
    some, (ours, reference) = times[size], sides[size]
    gains = [1 / ratio for ratio in some.ratios]
    summed = [stages / ours for stages, ours in zip(reference.stages, some.ours, strict=True)]
    found = {"throughput": report.measured(gains), "stages": report.measured(summed)}
    if WAITS.exists():
        found["idle"] = report.measured([one / other for one, other in zip(reference.alone, ours.alone, strict=True)])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1.0, 12.0], metavar="MP", help="sizes (1 12)")
    parser.add_argument("--photos", type=int, default=16, metavar="N", help="in each folder (16)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="of each duel (7)")
    parser.add_argument("--jobs", type=int, default=machine.cores(), metavar="N", help="photos at once (one a core)")
    parser.add_argument("--quality", default="balanced", help="preset (balanced)")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    load_before, bokeh, look = machine.load(), Metered(load(threads=1)), Look(quality=options.quality)
    with tempfile.TemporaryDirectory() as parent:
        folders = {size: folder_of(size, options.photos, Path(parent)) for size in options.megapixels}
        sides = {
            size: (Side(bokeh, options.jobs, folder, look), Side(bokeh, 1, folder, look))
            for size, folder in folders.items()
        }
        for ours, _ in sides.values():
            ours()
            for seen in (ours.stages, ours.cpu, ours.alone):
                seen.clear()
        times = hold({size: Duel(*both) for size, both in sides.items()}, Limits(options.rounds, seconds=1e9))
    notes = [
        f"{options.photos} photos in each folder, quality {options.quality}.",
        *report.doubts(load_before, list(times.values())),
    ]
    data = {"sizes": {f"{size:g}": report.as_data(some) for size, some in times.items()}}
    tables = {"A folder of photos:": table(times, sides, options.jobs)}
    return report.deliver(Report(NAME, tables, BARS, measured(times, sides), data, notes), options)


if __name__ == "__main__":
    sys.exit(main())
