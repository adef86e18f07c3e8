"""How fast a network loads, and what it adds to memory: python -m benchmarks.load [MODEL…].

Each model, by name or file (default: the bundled ones), is opened in fresh processes in turns: without the cache, the
first time, when its optimised graph is kept, and again, from there. The first photo after it is timed too, as weights
that are mapped into memory are read no sooner than they are needed. Files are in the system's cache by then. Exits with
1 where a must is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import machine, memory, report
from benchmarks.bars import LOAD
from benchmarks.duels import Times, spread
from benchmarks.material import ROOT
from benchmarks.report import Measured, Report
from edgebokeh import cache, catalog
from edgebokeh.engine import open_network
from edgebokeh.errors import EdgeBokehError
from edgebokeh.sessions import Runtime

NAME = "benchmarks.load"

BUNDLED = ("selfie", "modnet")

WAYS = {"--no-cache": False, "first": True, "again": True}
"""How a model is opened, in this order in each round, and whether with the cache, which is empty at first."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One process: seconds to open the network, and then for its first run; by how many bytes its resident memory has
    grown since before after the one and after the other."""

    seconds: float
    bytes: int
    run_seconds: float
    run_bytes: int


Openings = dict[str, dict[str, list[Opening]]]
"""By the model's name, and by WAYS."""


def opened(path: Path, way: str) -> Opening:
    """Opens a network in this process, in one of WAYS, and runs it once, on black. Raises what `open_network` does."""
    before, start = memory.resident("VmRSS"), time.perf_counter()
    network = open_network(path, None, Runtime(cache=WAYS[way]))
    seconds, grown = time.perf_counter() - start, memory.resident("VmRSS") - before
    height, width = network.size
    shape = (1, 3, height, width) if network.spec.layout == "NCHW" else (1, height, width, 3)
    start = time.perf_counter()
    network.run(np.zeros(shape, np.float32))
    return Opening(seconds, grown, time.perf_counter() - start, memory.resident("VmRSS") - before)


def measured(models: Mapping[str, Path], rounds: int) -> Openings:
    """All ways of all models in turns, each in a fresh process. Raises RuntimeError where one fails."""
    openings: Openings = {name: {way: [] for way in WAYS} for name in models}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as kept:
            for way in WAYS:
                for name, path in models.items():
                    openings[name][way].append(_apart(path, way, kept))
    return openings


def tell(path: str, way: str) -> None:
    """Prints as JSON what `opened` finds."""
    print(json.dumps(asdict(opened(Path(path), way))))


def bars(openings: Openings) -> dict[str, Measured]:
    """The worst model's median time and largest growth when it is loaded again."""
    again = [ways["again"] for ways in openings.values()]
    return {
        "seconds": Measured(max(spread([one.seconds for one in runs]).median for runs in again)),
        "megabytes": Measured(max(one.bytes / 1e6 for runs in again for one in runs)),
    }


def table(openings: Openings) -> list[list[str]]:
    """A line for each model and way."""
    lines = [["", "", "load, ms", "times as fast", "load, MB", "first run, ms", "MB after it"]]
    for name, ways in openings.items():
        for way, runs in ways.items():
            load, run = (spread([1000 * value for value in values]) for values in _times(runs))
            faster = spread([plain.seconds / one.seconds for plain, one in zip(ways["--no-cache"], runs, strict=True)])
            largest, after = max(one.bytes for one in runs) / 1e6, max(one.run_bytes for one in runs) / 1e6
            middle = f"{load.median:.0f} ({load.lower:.0f}–{load.upper:.0f})"
            lines.append(
                [name, way, middle, f"{faster.median:.1f}", f"{largest:.0f}", f"{run.median:.0f}", f"{after:.0f}"]
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=BUNDLED, help="a name or an .onnx file")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often everything runs (5)")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    if not memory.KNOWN:
        parser.error("it needs Linux, which tells how much memory is resident")
    try:
        models = {model: catalog.find(model) for model in options.models}
    except EdgeBokehError as error:
        parser.error(f"{error}; {error.hint}")
    load_before, openings = machine.load(), measured(models, options.rounds)
    data = {name: {way: list(map(asdict, runs)) for way, runs in ways.items()} for name, ways in openings.items()}
    notes = report.doubts(load_before, [Times(*_times(runs)) for ways in openings.values() for runs in ways.values()])
    tables = {"Loading a network, and its first run:": table(openings)}
    return report.deliver(Report(NAME, tables, LOAD, bars(openings), {"load": data}, notes), options)


def _times(runs: Sequence[Opening]) -> tuple[list[float], list[float]]:
    """Seconds of loading, and of the first run."""
    return [one.seconds for one in runs], [one.run_seconds for one in runs]


def _apart(path: Path, way: str, kept: str) -> Opening:
    code = "import sys; from benchmarks.load import tell; tell(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(path.resolve()), way]
    environment = os.environ | {cache.VARIABLE: kept}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode:
        raise RuntimeError(f"{path} cannot be opened: {done.stderr.strip().splitlines()[-1]}")
    return Opening(**json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
