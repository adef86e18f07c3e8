"""What the command line says about a benchmark: tables for people, rows for programs."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edgebokeh.benchmark import figures
from edgebokeh.benchmark.comparison import Change
from edgebokeh.benchmark.figures import Figures
from edgebokeh.benchmark.measured import BenchResult, Trial
from edgebokeh.benchmark.meters import TOGETHER
from edgebokeh.benchmark.stats import SURE, Estimate, Interval
from edgebokeh.stages import STAGES

_UNKNOWN = "–"
_ANY = 10_000
"""Columns of a terminal that any table fits in."""

Cell = Callable[[Trial, Figures], str]


@dataclass(frozen=True, slots=True)
class Table:
    """Some columns of text under a title; the first names the configuration."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(result: BenchResult) -> list[Table]:
    """All that a benchmark says; whether the outputs are right before how fast they came."""
    judged = [[trial.label, *(cell(trial) for cell in _TRUTH.values())] for trial in result.trials]
    notes = [[trial.label, note] for trial in result.trials if (note := trial.note or trial.verdict.get("note"))]
    timed = figures.measured(result)
    found = [
        Table("What ran, and is it right?", ("configuration", *_TRUTH), judged),
        Table("Notes", ("configuration", "note"), notes),
    ]
    stages = [stage for stage in STAGES if any(stage in one.stages for _, one in timed)]
    for title, columns in (
        ("Milliseconds for one photo", _TIMES),
        ("Costs", _COSTS),
        ("Stages of the walk, median milliseconds", {stage: _time_in(stage) for stage in stages}),
        ("Peak memory of the process in each stage, MB", {stage: _peak_in(stage) for stage in (*stages, TOGETHER)}),
    ):
        rows = [[trial.label, *(cell(trial, one) for cell in columns.values())] for trial, one in timed]
        found.append(Table(title, ("configuration", *columns), rows))
    return [_told(table) for table in found if table.rows and len(table.header) > 1]


def _told(table: Table) -> Table:
    """Without the columns in which nothing is known."""
    kept = [place for place in range(len(table.header)) if any(row[place] != _UNKNOWN for row in table.rows)]
    rows = [[row[place] for place in kept] for row in table.rows]
    return Table(table.title, [table.header[place] for place in kept], rows)


def heading(result: BenchResult) -> str:
    """One line: what was measured, on what, how long."""
    machine, settings = result.machine, result.settings
    rounds = max((len(trial.rounds) for trial in result.trials), default=0)
    ways = {"paced": f"{settings['fps']} frames a second", "offline": f"{settings['flight'] or 'all cores'} in flight"}
    how = ways.get(settings["scenario"], "one photo after the other")
    return (
        f"{settings['photo']}, {how}, on {machine['processor']}, "
        f"{machine['cores']} cores: {rounds} rounds in {result.seconds:.0f} s, seed {settings['seed']}; "
        f"intervals of medians and ratios: bootstrap over rounds, {SURE:.0%} of resamples"
    )


def to_json(result: BenchResult) -> str:
    """The whole result with its figures; docs/bench.md describes it."""
    data = result.to_dict()
    for row, trial in zip(data["trials"], result.trials, strict=True):
        found = figures.of(trial, result)
        row["figures"] = asdict(found) if found else None
    return json.dumps(_rounded(data))


def to_csv(result: BenchResult) -> str:
    """A line for each configuration, with a header."""
    out = io.StringIO()
    rows = [_flat(trial, figures.of(trial, result)) for trial in result.trials]
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_markdown(result: BenchResult) -> str:
    """The tables and warnings."""
    parts = [_escaped(heading(result))]
    for table in tables(result):
        lines = [table.header, ["---"] + ["---:"] * (len(table.header) - 1), *table.rows]
        body = "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines)
        parts.append(f"### {table.title}\n\n{body}")
    parts += ["\n".join(f"- Warning: {_escaped(text)}" for text in result.warnings)] if result.warnings else []
    return "\n\n".join(parts) + "\n"


def show(result: BenchResult) -> None:
    """Prints the tables on the terminal; one that is wider than that as a list for each configuration."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as Grid

    console = Console()
    console.print(heading(result), markup=False, highlight=False)
    for table in tables(result):
        grid = Grid(title=table.title, title_justify="left")
        for place, name in enumerate(table.header):
            grid.add_column(name, justify="right" if place else "left")
        for row in table.rows:
            grid.add_row(*map(escape, row))
        if console.measure(grid, options=console.options.update(width=_ANY)).maximum <= console.width:
            console.print(grid)
        else:
            console.print(_listed(table), markup=False, highlight=False)


def _listed(table: Table) -> str:
    """A table turned on its side."""
    _, *names = table.header
    longest = max(map(len, names))
    lines = [f"\n{table.title}"]
    for label, *cells in table.rows:
        lines += [f"  {label}", *(f"    {name:{longest}}  {cell}" for name, cell in zip(names, cells, strict=True))]
    return "\n".join(lines)


def change(one: Change, *, as_json: bool) -> str:
    """One configuration of a comparison."""
    if as_json:
        return json.dumps(_rounded(asdict(one)) | {"word": one.word})
    how = "paired" if one.paired else f"p = {one.p:.4g}"
    return f"{one.label:32} {one.old:9.2f} -> {one.new:9.2f} ms  {_interval(one.ratio, 3)}  {how}  {one.word}"


def _flat(trial: Trial, found: Figures | None) -> dict[str, Any]:
    """The columns of the CSV; what is unknown stays empty."""
    times = found.times if found else {}
    ratio, network, alone = (found.ratio, found.network, found.network_ratio) if found else (None, None, None)
    parity = trial.parity
    row: dict[str, Any] = _rounded(
        {
            "label": trial.label,
            **{name: value for name, value in trial.configuration.to_dict().items() if name != "options"},
            "size": "×".join(map(str, reversed(trial.model.get("size", ())))),
            "state": trial.state,
            "note": trial.note,
            "ran_on": trial.verdict.get("provider"),
            "node_share": trial.verdict.get("share"),
            "difference": parity and parity.difference,
            "iou": parity and parity.iou,
            "compared_with": parity and parity.against,
            "model_bytes": trial.model.get("bytes"),
            **{f"cold_{name}_ms": trial.cold.get(name) for name in ("import", "create", "run", "walk")},
            **{
                f"p{rank}{end}_ms": getattr(times.get(rank), field, None)
                for rank in figures.RANKS
                for end, field in _ENDS
            },
            **{f"ratio{end}": getattr(ratio, field) if ratio else None for end, field in _ENDS},
            **{f"network_ms{end}": getattr(network, field) if network else None for end, field in _ENDS},
            **{f"network_ratio{end}": getattr(alone, field) if alone else None for end, field in _ENDS},
            **{name: getattr(found, name) if found else None for name in _COUNTS},
            **{f"{stage}_ms": found.stages.get(stage) if found else None for stage in STAGES},
        }
    )
    return row


def _rounded(value: Any) -> Any:
    """The same with four digits after the point, or four that count: more are noise."""
    if isinstance(value, float):
        return round(value, 4) if abs(value) >= 1 else float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list | tuple) else value


def _escaped(text: str) -> str:
    """A text that Markdown leaves as it is, on one line."""
    return re.sub(r"([|<\\`*\[])", r"\\\1", " ".join(text.split()))


def _interval(interval: Interval | Estimate | None, digits: int = 1) -> str:
    if interval is None:
        return _UNKNOWN
    digits = digits if interval.value >= 1 else 3
    if interval.low is None or interval.high is None:
        return f"{interval.value:.{digits}f}"
    return f"{interval.value:.{digits}f} ({interval.low:.{digits}f}–{interval.high:.{digits}f})"


def _number(value: float | None, form: str = ".1f", otherwise: str = _UNKNOWN) -> str:
    return otherwise if value is None else format(value, form)


def _at(rank: int) -> Cell:
    return lambda _trial, one: _interval(one.times[rank])


def _time_in(stage: str) -> Cell:
    return lambda _trial, one: _number(one.stages.get(stage))


def _peak_in(stage: str) -> Cell:
    return lambda trial, _one: _mega(trial.peaks.get(stage))


def _mega(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value / 1e6:.1f}"


def _shares(shares: Any) -> str:
    return (
        ", ".join(f"{name.removesuffix('ExecutionProvider')} {share:.0%}" for name, share in shares.items()) or _UNKNOWN
    )


def _nodes(verdict: Mapping[str, Any]) -> str:
    """The share of the nodes; of what does not run, nothing is to be known."""
    return _number(verdict["share"], ".0%", "unknown") if "share" in verdict else _UNKNOWN


def _parity(trial: Trial) -> str:
    if trial.parity is None:
        return _UNKNOWN
    return "not finite" if not trial.parity.finite else _number(trial.parity.difference, ".2g")


_ENDS = (("", "value"), ("_low", "low"), ("_high", "high"))
_COUNTS = ("what", "word", "throughput", "cpu", "peak", "missed", "samples", "rounds")
_TRUTH: dict[str, Callable[[Trial], str]] = {
    "state": lambda trial: trial.state,
    "ran on": lambda trial: trial.verdict.get("provider") or _UNKNOWN,
    "nodes": lambda trial: _nodes(trial.verdict),
    "kernel time": lambda trial: _shares(trial.kernels),
    "off by": _parity,
    "IoU": lambda trial: _number(trial.parity.iou, ".4f") if trial.parity else _UNKNOWN,
    "compared with": lambda trial: (trial.parity and trial.parity.against) or _UNKNOWN,
    "model MB": lambda trial: _mega(trial.model.get("bytes")),
    "weights": lambda trial: trial.model.get("numbers") or _UNKNOWN,
    "onnxruntime": lambda trial: trial.versions.get("onnxruntime") or _UNKNOWN,
}
_TIMES: dict[str, Cell] = {
    "of": lambda _trial, one: one.what,
    "median": _at(50),
    "p90": _at(90),
    "p95": _at(95),
    "p99": _at(99),
    "ratio": lambda _trial, one: _interval(one.ratio, 3),
    "that is": lambda _trial, one: one.word,
    "network alone": lambda _trial, one: _interval(one.network),
    "its ratio": lambda _trial, one: _interval(one.network_ratio, 3),
}
_COSTS: dict[str, Cell] = {
    "photos/s": lambda _trial, one: _number(one.throughput),
    "CPU s/photo": lambda _trial, one: _number(one.cpu, ".3f"),
    "peak MB": lambda _trial, one: _mega(one.peak),
    "late frames": lambda _trial, one: _number(one.missed, ".1%"),
    "import ms": lambda trial, _one: _number(trial.cold.get("import"), ".0f"),
    "create ms": lambda trial, _one: _number(trial.cold.get("create"), ".0f"),
    "first run ms": lambda trial, _one: _number(trial.cold.get("run"), ".0f"),
    "first walk ms": lambda trial, _one: _number(trial.cold.get("walk"), ".0f"),
}
"""The columns of the tables, and what stands in them."""
