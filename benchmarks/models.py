"""Models against each other, on the evaluation photos: how well they see, how fast, how large.

A finder works alone, in the preset fast: one look at the whole photo, nothing corrects it. A matting network draws in
the crops that the bundled finder chose, in the preset best. The folder of photos is that of `benchmarks.quality`.
The time is that of one run of the network, taken in turns with the first model's; the memory is what a new process
grows by while it opens the network and runs it, without the cache. Each figure can be had again with this one command.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks import memory, pareto
from benchmarks.duels import Duel, Limits, Times, hold, interval, wall
from benchmarks.material import ROOT, SAMPLE
from benchmarks.quality import PEOPLE, read
from benchmarks.tables import Lines, fixed_width, markdown, put
from edgebokeh import Bokeh, Look, catalog, load, tensors
from edgebokeh.arrays import Pixels
from edgebokeh.engine import Network, open_network
from edgebokeh.evaluate import evaluate, pairs
from edgebokeh.sessions import Runtime

HEAD = (
    "model",
    "used",
    "composites, IoU",
    "boundary",
    "street, IoU",
    "boundary",
    "false people",
    "ms a run",
    "times the first",
    "file, MB",
    "memory, MB",
)

TRUTHS = {"composites": "alphas", "street": "masks"}
"""The folder of the true masks beside that of the photos."""

LIMITS = Limits(rounds=60, least=9, seconds=12)


@dataclass(frozen=True, slots=True)
class Row:
    """A model's figures.

    used: how, "finder" or "matting". iou, boundary_iou: means by folder of photos. false_people: photos of `empty`
    without people in which one is seen. ratio: median of the rounds' ratios of one run to the first model's, low and
    high where it lies with 95 %. milliseconds: of one run, the ratio times the median of all runs of the first model.
    bytes: of the file. memory: bytes; None where nobody tells.
    """

    name: str
    used: str
    iou: dict[str, float]
    boundary_iou: dict[str, float]
    false_people: int
    empty: int
    milliseconds: float
    ratio: float
    low: float
    high: float
    bytes: int
    memory: int | None

    @property
    def mean_iou(self) -> float:
        """The mean of the folders."""
        return statistics.mean(self.iou.values())

    def cells(self) -> list[str]:
        """The line of the table, as HEAD has it."""
        scores = [f"{part[folder]:.3f}" for folder in PEOPLE for part in (self.iou, self.boundary_iou)]
        exact = f"{self.ratio:.2f} ({self.low:.2f}–{self.high:.2f})"
        large = f"{self.memory / 1e6:.0f}" if self.memory is not None else ""
        seen = f"{self.false_people} of {self.empty}"
        return [
            self.name,
            self.used,
            *scores,
            seen,
            f"{self.milliseconds:.1f}",
            exact,
            f"{self.bytes / 1e6:.2f}",
            large,
        ]


def opened(path: Path) -> tuple[Network, Bokeh, Look]:
    """A model's network, and the walk that uses it as what it is."""
    network = open_network(path, runtime=Runtime(cache=False))
    if network.spec.task == "matting":
        return network, load(matting=path), Look(quality="best")
    return network, Bokeh(network), Look(quality="fast")


def seen(bokeh: Bokeh, look: Look, root: Path) -> tuple[dict[str, float], dict[str, float], int]:
    """Mean IoU and boundary IoU by folder, and in how many photos without people one is seen."""
    iou, boundary = {}, {}
    for folder, truth in TRUTHS.items():
        scores = list(evaluate(bokeh, pairs(root / folder / "images", root / folder / truth), look))
        iou[folder] = statistics.mean(one.iou for one in scores)
        boundary[folder] = statistics.mean(one.boundary_iou for one in scores)
    return iou, boundary, sum(bokeh.mask(read(path), look).person for path in empty(root))


def empty(root: Path) -> list[Path]:
    """The photos without people."""
    return sorted((root / "no_person").glob("*.jpg"))


def grown(path: Path) -> int | None:
    """Bytes by which a new process grows that opens a network and runs it; the middle one of three."""
    if not memory.KNOWN:
        return None
    command = [sys.executable, "-m", "benchmarks.models", "--grow", str(path)]
    runs = [subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT) for _ in range(3)]
    return sorted(int(run.stdout) for run in runs)[1]


def growth(path: Path) -> int:
    """What `grown` measures, in this process."""
    pixels = read(SAMPLE)
    before = memory.resident("VmRSS")
    network, _, _ = opened(path)
    turn(network, pixels)()
    return memory.resident("VmHWM") - before


def turn(network: Network, pixels: Pixels) -> Callable[[], object]:
    """One run of a network, on an input that is ready."""
    tensor, _ = tensors.prepare(pixels, network.spec, network.size)
    return partial(network.run, tensor)


def timed(networks: Sequence[Network], limits: Limits) -> list[Times]:
    """Each network in turns with the first."""
    sides = [wall(turn(network, read(SAMPLE))) for network in networks]
    for side in sides:
        side()
    found = hold({place: Duel(side, sides[0]) for place, side in enumerate(sides)}, limits)
    return [found[place] for place in range(len(sides))]


def measure(paths: Sequence[Path], root: Path, limits: Limits = LIMITS) -> list[Row]:
    """The figures of every model, the first of which is the measure of time."""
    entries = [opened(path) for path in paths]
    taken = timed([one[0] for one in entries], limits)
    base = statistics.median(run for times in taken for run in times.reference)
    rows = []
    for path, (network, bokeh, look), times in zip(paths, entries, taken, strict=True):
        print(f"{path.stem} …", file=sys.stderr, flush=True)
        iou, boundary, false = seen(bokeh, look, root)
        used = "matting" if network.spec.task == "matting" else "finder"
        ratio = statistics.median(times.ratios)
        spent = base * ratio, ratio, *interval(times.ratios)
        rows.append(
            Row(path.stem, used, iou, boundary, false, len(empty(root)), *spent, path.stat().st_size, grown(path))
        )
    return rows


def table(rows: Sequence[Row]) -> Lines:
    """Head and lines."""
    return [HEAD, *(row.cells() for row in rows)]


def points(rows: Sequence[Row]) -> list[pareto.Point]:
    """The models as the chart shows them."""
    return [pareto.Point(row.name, row.milliseconds, row.mean_iou, row.bytes, row.used == "matting") for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    shared = Path(os.environ.get("EDGEBOKEH_SHARED", Path(__file__).parents[2] / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="names or files, beside the bundled ones")
    parser.add_argument("--eval", type=Path, default=shared / "eval", metavar="DIR", help="the evaluation photos")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table into a page, between its marks")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="write the chart, .svg")
    parser.add_argument("--grow", type=Path, metavar="MODEL", help="only print by how many bytes this process grows")
    options = parser.parse_args(arguments)
    if options.grow:
        print(growth(options.grow))
        return 0
    if missing := [name for name in (*PEOPLE, "no_person") if not (options.eval / name).is_dir()]:
        parser.error(f"no evaluation photos in {options.eval}: no {', '.join(missing)}; name their folder with --eval")
    rows = measure([catalog.find(name) for name in ("selfie", *options.models, "modnet")], options.eval)
    print(fixed_width(table(rows)))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    if options.page:
        put(options.page, "models", markdown(table(rows)))
    if options.chart:
        options.chart.write_text(pareto.chart(points(rows)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
