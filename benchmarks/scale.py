"""What a million photos take, and a billion: python -m benchmarks.scale.

Measured here: the time that a core works on a photo, what a driver takes for one (finding it, its lines in the journal,
its messages to a worker, its memory), and the size of all that. The rest is arithmetic, printed with its assumptions.
With Ray (the extra "ray") the messages are measured too.
"""

import argparse
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TypeVar

from benchmarks import machine
from benchmarks.material import jpeg, photo
from benchmarks.tables import fixed_width, markdown, put
from edgebokeh import Bokeh, Job, Look, load
from edgebokeh.batch import journal as journals
from edgebokeh.batch.ledger import Ledger
from edgebokeh.batch.making import Facts, Wish, made
from edgebokeh.batch.plan import Plan, plan
from edgebokeh.batch.standing import standings
from edgebokeh.images import Handling

NAME = "benchmarks.scale"

BLOCK = 64
"""Photos that a driver commits at once: with hundreds of workers several blocks are ready at any time."""

KEPT = 5
"""Blocks whose results a worker may keep: two that it makes, two that wait to be written, one that is written."""

Result = TypeVar("Result")

PHOTOS = (10**6, 10**9)

MARK = "0" * 16
"""Stands for the hash of the settings."""

CORES, WEEK = 32, 7 * 24
"""Of a machine of the cluster; hours that a billion may take."""

SHARE = 0.5
"""Of what a driver was measured to do that is counted on: another disk is slower, and Ray has more workers to serve."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a photo takes of a worker: seconds of a core, the share of these that decodes and encodes, bytes read and
    written, the largest memory of its process."""

    seconds: float
    coding: float
    read: int
    written: int
    peak: int

    @property
    def kept(self) -> int:
        """Bytes of the results that its process keeps at most: of KEPT blocks, each of about a second."""
        return KEPT * max(1, round(1 / self.seconds)) * self.written


@dataclass(frozen=True, slots=True)
class Driver:
    """What a photo takes of a driver.

    found, resumed, committed, talked: seconds to find and plan it, to know it again by its line in the journal, to note
    what becomes of it, to talk about it with a worker. memory, lines, line: bytes of its memory at most, of the lines
    in the journal on the way, and of the one that is left.
    """

    found: float
    resumed: float
    committed: float
    talked: float
    memory: float
    lines: float
    line: float

    @property
    def rate(self) -> float:
        """Photos a second that it can commit."""
        return 1 / (self.committed + self.talked)


def work(bokeh: Bokeh, megapixels: float, rounds: int) -> tuple[Work, Facts]:
    """Of a JPEG of that size, blurred with the default quality on one thread; the fastest of some rounds."""
    data, wish = bytes(jpeg(photo(megapixels))), Wish("blur", Look(), "", Handling())
    job, spent = Job(Path("a.jpg"), Path("a.bokeh.jpg")), []
    for _ in range(rounds):
        start = time.process_time()
        _, facts = made(bokeh, job, data, wish)
        spent.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    stages = facts.report.milliseconds
    coding = (stages["decode"] + stages["encode"]) / sum(stages.values())
    return Work(min(spent), coding, len(data), facts.size, peak), facts


def driver(folder: Path, count: int, facts: Facts, talked: float) -> Driver:
    """Of so many files in folders of a thousand. facts: what all results are like. talked: see Driver."""
    for number in range(count):
        path = folder / "in" / f"{number // 1000:04}" / f"IMG_{number:08}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    out, other = folder / "out", folder / "other"
    found, planned = timed(lambda: plan([folder / "in"], out))
    with journals.opened(out) as journal:
        committed, _ = timed(lambda: commit(planned, Ledger(journal, MARK, force=False), facts))
        lines = (out / journals.NAME).stat().st_size
    resumed, _ = timed(lambda: standings(planned, journals.read(out), MARK))
    line = (out / journals.NAME).stat().st_size
    tracemalloc.start()
    planned = plan([folder / "in"], other)
    with journals.opened(other) as journal:
        commit(planned, Ledger(journal, MARK, force=False), facts)
        _, memory = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Driver(
        found / count, resumed / count, committed / count, talked, memory / count, lines / count, line / count
    )


def commit(planned: Plan, ledger: Ledger, facts: Facts) -> None:
    """All that is noted of jobs, block by block, with one flush to the disk for each block; nothing is written."""
    for start in range(0, len(planned.jobs), BLOCK):
        begun, _ = ledger.begin([(job, "new") for job in planned.jobs[start : start + BLOCK]])
        announced = ledger.announce([(one, facts) for one in begun])
        ledger.finish([(one, facts, 0) for one in announced])


def messages(facts: Facts, rounds: int) -> float:
    """Seconds of a photo's share in the two calls for its block; 0 without Ray."""
    try:
        import ray
    except ImportError:
        return 0.0
    from edgebokeh.batch.cluster.connection import lasting

    class Echo:
        def make(self, _jobs: Sequence[Job], answer: object) -> object:
            return answer

    job = Job(Path("/archive/2024/in/IMG_00000001.jpg"), Path("/archive/out/2024/in/IMG_00000001.bokeh.jpg"))
    with lasting(1):
        actor = ray.remote(Echo).remote()
        call: Callable[[], object] = lambda: ray.get(actor.make.remote([job] * BLOCK, [facts] * BLOCK))  # noqa: E731
        call()
        return min(timed(call)[0] for _ in range(rounds)) * 2 / BLOCK


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measured(works: dict[float, Work], one: Driver) -> list[list[str]]:
    """The table of what was measured."""
    lines = [["a photo takes", "", ""]]
    for megapixels, some in works.items():
        told = f"{some.read / 1e6:.1f} MB read, {some.written / 1e6:.1f} MB written, {some.peak / 1e6:.0f} MB of memory"
        spent = f"{some.seconds * 1000:.0f} ms of a core, {some.coding:.0%} of it for the files"
        lines.append([f"of a worker, {megapixels:g} MP", spent, told])
    lines += [
        ["of the driver: found and planned", f"{one.found * 1e6:.0f} µs", f"{one.memory:.0f} bytes of memory at most"],
        ["its lines in the journal", f"{one.committed * 1e6:.0f} µs", f"{one.lines:.0f} bytes on the way"],
        ["its part of a block's messages", f"{one.talked * 1e6:.0f} µs" if one.talked else "without Ray", ""],
        ["together", f"{one.rate:.0f} photos a second", f"in blocks of {BLOCK}"],
        ["known again from the journal", f"{one.resumed * 1e6:.0f} µs", f"{one.line:.0f} bytes in the end"],
    ]
    return lines


def arithmetic(some: Work, one: Driver) -> list[list[str]]:
    """What so many photos take, a column for each number."""
    rate = one.rate * SHARE
    machines = max(1, round(rate * some.seconds / CORES))
    rows: dict[str, Callable[[int], str]] = {
        "core-hours of workers": lambda n: f"{n * some.seconds / 3600:,.0f}",
        f"hours of one machine of {CORES} cores": lambda n: f"{n * some.seconds / 3600 / CORES:,.0f}",
        "machines that one driver keeps busy": lambda _: f"{machines:,}",
        "hours with these, found and planned first": lambda n: (
            f"{n * (one.found + some.seconds / CORES / machines) / 3600:,.1f}"
        ),
        f"machines for all within {WEEK} hours": lambda n: f"{ceil(n * some.seconds / 3600 / CORES / WEEK):,}",
        "network of a machine, Gbit/s, in and out": lambda _: (
            f"{CORES / some.seconds * some.read * 8 / 1e9:.1f}, {CORES / some.seconds * some.written * 8 / 1e9:.1f}"
        ),
        "read and written in all, TB": lambda n: f"{n * some.read / 1e12:,.1f}, {n * some.written / 1e12:,.1f}",
        "memory of workers of a machine, GB": lambda _: f"{CORES * (some.peak + some.kept) / 1e9:.0f}",
        "one driver: minutes to find and plan": lambda n: f"{n * one.found / 60:,.1f}",
        "one driver: memory, GB": lambda n: f"{n * one.memory / 1e9:,.1f}",
        "one driver: journal on the way, GB": lambda n: f"{n * one.lines / 1e9:,.1f}",
        "one driver: minutes to go on after its end": lambda n: f"{n * (one.found + one.resumed) / 60:,.1f}",
        "runs of a million photos each": lambda n: f"{max(1, n // 10**6):,}",
    }
    return [["photos", *(f"{count:,}" for count in PHOTOS)]] + [
        [what, *(value(count) for count in PHOTOS)] for what, value in rows.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1.0, 12.0], metavar="MP", help="sizes (1 12)")
    parser.add_argument("--files", type=int, default=20_000, metavar="N", help="for the driver's part (20000)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of each photo, the fastest counts (5)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between their marks in a page")
    options = parser.parse_args(arguments)
    bokeh, load_before = load(threads=1), machine.load()
    found = {size: work(bokeh, size, options.rounds) for size in sorted(options.megapixels)}
    works = {size: some for size, (some, _) in found.items()}
    facts = found[max(found)][1]
    with tempfile.TemporaryDirectory() as folder:
        one = driver(Path(folder), options.files, facts, messages(facts, 50))
    largest = max(works)
    notes = [
        f"Photos of {largest:g} megapixels; of the driver's rate {SHARE:.0%} is counted on, of cores all.",
        *machine.doubts(load_before, []),
    ]
    for table in (fixed_width, markdown) if options.write else (fixed_width,):
        parts = [table(measured(works, one)), table(arithmetic(works[largest], one))]
        text = "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes)])
        if table is fixed_width:
            print(text)
    if options.write:
        put(options.write, NAME, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
