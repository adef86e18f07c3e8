"""A benchmark as one page of HTML, with pictures, that needs nothing from elsewhere; the table of all its forms."""

from collections.abc import Callable
from html import escape
from typing import Literal

from edgebokeh.benchmark import chart, figures, report
from edgebokeh.benchmark.measured import BenchResult
from edgebokeh.benchmark.report import Table
from edgebokeh.errors import ValueRangeError
from edgebokeh.stages import STAGES

HUES = ("#4e79a7", "#f28e2b", "#e15759", "#59a14f", "#b6992d", "#76b7b2", "#b07aa1", "#9c755f")
"""Of the stages, in their order."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --faint: #d9dce1; --bar: #4e79a7; --dot: #4e79a7 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6eb; --paper: #17191c; --faint: #3a3f46; --bar: #5f8fc4; --dot: #8cb4e0 }
}
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
svg { width: 100%; height: auto } svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
.grid { stroke: var(--faint); fill: none } .bar { fill: var(--bar) } .dot { fill: var(--dot); fill-opacity: .55 }
.whisker { stroke: var(--ink); stroke-width: 1.5; fill: none }
.band { fill: var(--faint); fill-opacity: .6 } .one { stroke: var(--ink); stroke-dasharray: 4 3 }
.mark { fill: var(--bar); stroke: var(--paper) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
th, td { border-bottom: 1px solid var(--faint); padding: .25rem .45rem; text-align: right; vertical-align: top }
th:first-child, td:first-child, td:nth-child(2):last-child, th:nth-child(2):last-child { text-align: left }
td { white-space: nowrap } td:nth-child(2):last-child { white-space: normal }
.warning { border-left: 4px solid #e0a800; padding-left: .8rem } .key span { margin-right: 1rem; white-space: nowrap }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .35em }
"""


def page(result: BenchResult) -> str:
    """The whole page."""
    measured = figures.measured(result)
    first, *others = report.tables(result)
    parts = [f"<p>{escape(report.heading(result))}</p>", _warnings(result), _table(first)]
    if measured:
        parts += ["<h2>How long a photo takes</h2>", chart.bars(measured)]
        if picture := chart.ratios(measured, float(result.settings["within"])):
            parts += [f"<h2>Beside {escape(result.baseline)}</h2>", picture]
        parts += ["<h2>Every single time</h2>", chart.strips(measured)]
        if picture := chart.stages(measured):
            parts += ["<h2>Where the time goes</h2>", _key(), picture]
    parts += [_table(table) for table in others] + [_machine(result)]
    hues = "\n".join(f".s{place} {{ fill: {hue}; background: {hue} }}" for place, hue in enumerate(HUES))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{TITLE}</title>'
    body = f"<h1>{TITLE}</h1>" + "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}{hues}</style></head><body>{body}</body></html>\n'
    )


def _warnings(result: BenchResult) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in result.warnings)
    return f'<div class="warning"><b>Read these times with care</b><ul>{items}</ul></div>' if items else ""


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f'<h2>{escape(table.title)}</h2><div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _key() -> str:
    spans = "".join(f'<span><i class="s{place}"></i>{stage}</span>' for place, stage in enumerate(STAGES))
    return f'<p class="key">{spans}</p>'


def _machine(result: BenchResult) -> str:
    rows = [[name, "unknown" if value is None else str(value)] for name, value in result.machine.items()]
    for trial in result.trials:
        libraries = ", ".join(f"{name} {version}" for name, version in trial.versions.items())
        rows += [[f"libraries of {trial.label}", libraries]] if libraries else []
    rows += [[f"setting {name}", str(value)] for name, value in result.settings.items() if value is not None]
    return _table(Table("The machine, and the settings", ("", ""), rows))


TITLE = "edgebokeh bench"

Form = Literal["json", "csv", "markdown", "html"]


def bench_report(result: BenchResult, form: Form) -> str:
    """What a benchmark says, in one of FORMS, as `edgebokeh bench` writes it. Raises ValueRangeError for another."""
    if form not in FORMS:
        raise ValueRangeError(f"the form of a report is {form!r}", f"use {', '.join(FORMS)}")
    return FORMS[form](result)


FORMS: dict[str, Callable[[BenchResult], str]] = {
    "json": report.to_json,
    "csv": report.to_csv,
    "markdown": report.to_markdown,
    "html": page,
}
