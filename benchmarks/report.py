"""What a run tells: tables, the bars with their verdicts, JSON, and the page of the documentation that holds them."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import edgebokeh
from benchmarks import machine
from benchmarks.bars import Figure
from benchmarks.duels import Spread, Times, interval, spread
from benchmarks.tables import Lines, fixed_width, markdown, put

MUST, AIM = "must", "aim"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that a bar is held to, and where it lies with a probability of 95 %, if that is known."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found. tables: by their headings. data: for JSON, beside the bars and the machine."""

    name: str
    tables: Mapping[str, Lines]
    figures: Mapping[str, Figure]
    measured: Mapping[str, Measured]
    data: Mapping[str, Any]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def bars(self) -> list[list[str]]:
        """The table of the bars: a line for each figure."""
        lines = [["", "measured", "95 % interval", MUST, AIM, "verdict"]]
        for name, figure in self.figures.items():
            seen = self.measured.get(name)
            limits = [f"{figure.bars[bar]:g}" if bar in figure.bars else "" for bar in (MUST, AIM)]
            lines.append([figure.label, *_value(figure, seen), *limits, verdict(figure, seen)])
        return lines

    @property
    def missed(self) -> bool:
        """Whether a must is."""
        return any(line[-1] == "MISSED" for line in self.bars)

    def text(self, *, for_docs: bool) -> str:
        """Tables, bars and notes, for a terminal or in Markdown."""
        table = markdown if for_docs else fixed_width
        parts = [f"{heading}\n\n{table(lines)}" for heading, lines in {**self.tables, "Bars:": self.bars}.items()]
        notes = [_on_what(), *self.notes]
        return "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes)])

    def as_json(self) -> str:
        """Everything, with the machine that it was measured on."""
        held = {
            name: {
                "label": figure.label,
                **(asdict(self.measured[name]) if name in self.measured else {"value": None}),
                **figure.bars,
                "verdict": verdict(figure, self.measured.get(name)),
            }
            for name, figure in self.figures.items()
        }
        whole = {"edgebokeh": edgebokeh.__version__, "machine": machine.fingerprint(), **self.data}
        return json.dumps({**whole, "bars": held, "notes": list(self.notes)}, indent=1) + "\n"


def verdict(figure: Figure, seen: Measured | None) -> str:
    """What is to be said of a value, or that there is none."""
    return figure.verdict(seen.value, (MUST,)) if seen else "not measured"


def measured(ratios: Sequence[float]) -> Measured:
    """The median of ratios, with its interval."""
    return Measured(spread(ratios).median, *interval(ratios))


def as_data(times: Times) -> dict[str, Any]:
    """Medians and quartiles of both sides and of their ratio, its interval, and each round, in milliseconds."""
    sides = {"ours": times.ours, "reference": times.reference, "ratio": times.ratios}
    spreads = {name: asdict(spread(values)) for name, values in sides.items()}
    return {"rounds": len(times.ours), **spreads, "interval": interval(times.ratios), "samples": asdict(times)}


def cell(times: Times) -> str:
    """Median and quartiles of our milliseconds, and the ratio."""
    ours = spread(times.ours)
    return f"{ours.median:.0f} ({ours.lower:.0f}–{ours.upper:.0f}), {spread(times.ratios).median:.2f}×"


def doubts(load_before: float, seen: Sequence[Times]) -> list[str]:
    """Why the times may be wrong. load_before: `machine.load()` at the start."""
    return machine.doubts(
        load_before, [_width(spread(side)) for times in seen for side in (times.ours, times.reference)]
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where a report goes."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between their marks in a page")
    parser.add_argument(
        "--peer-python", default=sys.executable, metavar="PYTHON", help="where other tools are installed"
    )


def deliver(report: Report, options: argparse.Namespace) -> int:
    """Prints and writes a report as `add_options` says; returns the exit code, 1 where a must is missed."""
    print(report.text(for_docs=options.markdown))
    if options.json:
        options.json.write_text(report.as_json(), "utf-8")
    if options.write:
        put(options.write, report.name, report.text(for_docs=True))
    return int(report.missed)


def _value(figure: Figure, seen: Measured | None) -> list[str]:
    if seen is None:
        return ["", ""]
    places = figure.decimals
    known = seen.low is not None and seen.high is not None
    return [f"{seen.value:.{places}f}", f"{seen.low:.{places}f} to {seen.high:.{places}f}" if known else ""]


def _on_what() -> str:
    known = machine.fingerprint()
    libraries = ", ".join(f"{name} {known[name]}" for name in ("python", *machine.LIBRARIES))
    return f"Measured on {known['cores']} cores of {known['processor']}, {known['system']}; {libraries}."


def _width(middle: Spread) -> float:
    return (middle.upper - middle.lower) / middle.median
