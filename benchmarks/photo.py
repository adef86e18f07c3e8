"""How fast edgebokeh is, and how much memory it takes, on photos of several sizes: python -m benchmarks.photo.

Everything is timed in duels: one thing and what it is compared with, one right after the other, in rounds of random
order, in one process and warm. What counts is the median of the ratios within the rounds.

The floor of a photo is its decoding, one run of the bundled finder on an input that is ready, and the encoding of the
very result; with the preset best, all of its own network runs. Memory is measured on Linux, each configuration in a
process of its own. Exits with 1 where a must is missed.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import findings, heats, machine, memory, peers, report
from benchmarks.bars import SPEED
from benchmarks.duels import Duel, Limits, Times, hold
from benchmarks.findings import BIG, MIDDLE, Found
from benchmarks.heats import Case
from benchmarks.material import SAMPLE, jpeg, photo
from benchmarks.report import Report
from edgebokeh import Bokeh, Look, load
from edgebokeh.look import QUALITIES
from edgebokeh.styles import STYLES

NAME = "benchmarks.photo"

LIMITS = Limits()
"""Of a duel, unless the options say."""

IN_MEMORY: dict[str, dict[str, Any]] = {
    **{quality: {"quality": quality} for quality in QUALITIES},
    **{f"fast, {style}": {"quality": "fast", "style": style} for style in STYLES if style != "gaussian"},
    heats.CLASSIC: {"classic": True},
}
"""The configurations whose memory is measured: settings of the Look."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: sizes in megapixels, kernels in pixels, and on which picture."""

    megapixels: tuple[float, ...] = (1, MIDDLE, 24, BIG)
    kernels: tuple[int, ...] = (51, 151, 401)
    limits: Limits = LIMITS
    source: Path = SAMPLE

    @property
    def middle(self) -> float:
        """The size of what is measured at one size."""
        return MIDDLE if MIDDLE in self.megapixels else min(self.megapixels)

    @property
    def big(self) -> float:
        """The size that memory and growth are measured at."""
        return BIG if BIG in self.megapixels else max(self.megapixels)


QUICK = Plan((0.2, 0.4), (15, 51), Limits(rounds=2, least=1, seconds=0.5))
"""To see that everything runs; the figures say nothing."""


def measure(plan: Plan, peer_python: str) -> tuple[Found, list[str]]:
    """Carries out a plan. peer_python: the interpreter with other tools. Returns also what to say of these."""
    bokeh, files = load(), {size: bytes(jpeg(photo(size, plan.source))) for size in plan.megapixels}
    over_floor: dict[Case, Times] = {}
    for megapixels, data in files.items():
        for group in heats.looks(megapixels, plan.kernels):
            _say(f"{megapixels:g} MP: {', '.join(case.what for case in group)}")
            over_floor |= hold(heats.over_floor(bokeh, data, group), plan.limits)
    middle = photo(plan.middle, plan.source)
    _say("blur and composite alone, growth, other tools, memory")
    with tempfile.TemporaryDirectory() as folder:
        beside, notes = _peers(bokeh, plan, peer_python, files[plan.middle], Path(folder, "middle.jpg"))
        found = Found(
            middle=plan.middle,
            big=plan.big,
            over_floor=over_floor | beside,
            compositor=hold(heats.compositor(bokeh, middle, plan.middle, plan.kernels), plan.limits),
            growth=hold(heats.growth(bokeh, files, plan.middle, plan.big), plan.limits),
            psnr={kernel: heats.background_psnr(bokeh, middle, kernel) for kernel in plan.kernels},
            peaks=_peaks(files[plan.big], Path(folder, "big.jpg")),
            decoded=photo(plan.big, plan.source).nbytes,
        )
    return found, notes


def _peers(bokeh: Bokeh, plan: Plan, python: str, data: bytes, path: Path) -> tuple[dict[Case, Times], list[str]]:
    """MediaPipe over the floor of the plain method with the same kernel; or why there is none. path: for its photo."""
    path.write_bytes(data)
    kernel = plan.kernels[0]
    classic, theirs = (Case(what, plan.middle, kernel) for what in (heats.CLASSIC, heats.MEDIAPIPE))
    duels = heats.over_floor(bokeh, data, {classic: Look(classic=True, kernel=kernel)})
    try:
        with peers.mediapipe(python, path, kernel) as side:
            return hold({theirs: Duel(side, duels[classic].reference)}, plan.limits), []
    except peers.PeerAbsentError as reason:
        return {}, [f"MediaPipe was not timed: {reason}. --peer-python names an interpreter that has it."]


def _peaks(data: bytes, path: Path) -> dict[str, memory.Peak]:
    """By the names of IN_MEMORY. path: for the photo."""
    path.write_bytes(data)
    return {name: memory.peak(path, settings) for name, settings in IN_MEMORY.items()} if memory.KNOWN else {}


def _soak(count: int) -> int:
    for when, size in memory.soak(count).items():
        print(f"{when:8} {size / 1e6:6.0f} MB resident")
    return 0


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _plan(options: argparse.Namespace) -> Plan:
    """What the options ask for, on top of the whole plan or the quick one."""
    plan = QUICK if options.quick else Plan()
    given = {name: getattr(options, name) for name in ("megapixels", "kernels") if getattr(options, name)}
    limits = {name: getattr(options, name) for name in ("rounds", "seconds") if getattr(options, name)}
    return replace(plan, source=options.photo, limits=replace(plan.limits, **limits), **given)


def _numbers(kind: Callable[[str], float]) -> Callable[[str], tuple[float, ...]]:
    return lambda text: tuple(kind(part) for part in text.split(","))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=_numbers(float), help="sizes, joined by commas (1,12,24,48)")
    parser.add_argument("--kernels", type=_numbers(int), help="kernels, joined by commas (51,151,401)")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"at most so many of each duel ({LIMITS.rounds})")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help=f"for each duel; thrice until three rounds ({LIMITS.seconds:g})"
    )
    parser.add_argument("--photo", type=Path, default=SAMPLE, metavar="FILE", help="another picture with a person")
    parser.add_argument("--quick", action="store_true", help="tiny, to see that everything runs")
    parser.add_argument("--soak", type=int, metavar="N", help="only blur N photos and tell the memory before and after")
    report.add_options(parser)
    options = parser.parse_args(arguments)
    if options.soak:
        return _soak(options.soak)
    load_before = machine.load()
    found, notes = measure(_plan(options), options.peer_python)
    notes += report.doubts(load_before, found.times)
    whole = Report(NAME, findings.tables(found), SPEED, findings.bars(found), findings.data(found), notes)
    return report.deliver(whole, options)


if __name__ == "__main__":
    sys.exit(main())
