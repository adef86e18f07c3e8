"""`edgebokeh bench`: providers, models and settings measured against each other, and results against older ones."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edgebokeh import options
from edgebokeh.console import say
from edgebokeh.errors import SelfCheckError, SlowerError

if TYPE_CHECKING:
    from edgebokeh.benchmark.measured import BenchResult

app = typer.Typer()


@app.callback(invoke_without_command=True)
def measure(
    context: typer.Context,
    model: options.BenchModels = None,
    provider: options.BenchProviders = None,
    provider_option: options.BenchProviderOptions = None,
    allow_fallback: options.BenchAllowFallback = False,
    threads: options.BenchThreads = None,
    size: options.BenchSizes = None,
    batch: options.BenchBatches = None,
    python: options.BenchPythons = None,
    photo: options.BenchPhoto = None,
    quality: options.Quality = None,
    baseline: options.BenchBaseline = None,
    scenario: options.BenchScenario = "single",
    flight: options.BenchFlight = None,
    fps: options.BenchFps = None,
    budget: options.BenchBudget = 60.0,
    within: options.BenchWithin = "2%",
    seed: options.BenchSeed = 0,
    profile: options.BenchProfile = False,
    limit: options.BenchLimit = 120.0,
    self_check: options.BenchSelfCheck = False,
    as_json: options.BenchJson = None,
    as_csv: options.BenchCsv = None,
    as_markdown: options.BenchMarkdown = None,
    as_html: options.BenchHtml = None,
    force: options.Force = False,
) -> None:
    """Measure models, providers and settings against each other, each in a process of its own, round by round."""
    if context.invoked_subcommand is not None:
        return
    targets = {"json": as_json, "csv": as_csv, "markdown": as_markdown, "html": as_html}
    _refuse_contradictions(scenario, fps, flight, targets)
    share, sizes = options.parse_percent(within), [options.parse_size(text) for text in size or []]
    extra = dict(options.parse_pair(text) for text in provider_option or [])
    from edgebokeh import execution, files
    from edgebokeh.benchmark import configuration, rounds

    paths = {kind: Path(name) for kind, name in targets.items() if name is not None and name != "-"}
    for path in paths.values():
        files.check_target(path, force=force)
    wished = configuration.crossed(
        model or ["selfie"],
        [execution.plain(name) for name in provider or ["cpu"]],
        threads or [None],
        sizes or [None],
        batch or [1],
        python or [sys.executable],
        extra,
        allow_fallback,
    )
    if self_check:
        place = rounds.wished(baseline, wished)
        if len(wished) > 1:
            _progress(f"self-check: {configuration.labels(wished)[place]}, twice, and none of the others")
        wished = [wished[place]] * 2
        baseline = wished[0].model
    settings = configuration.BenchSettings(
        photo=photo,
        quality=quality,
        baseline=baseline,
        scenario=scenario if fps is None else "paced",
        fps=fps,
        flight=flight,
        budget=budget,
        within=share,
        seed=seed,
        profile=profile,
        limit=limit,
    )
    result = rounds.bench(wished, settings, _progress)
    _publish(result, targets, paths, force)
    if self_check:
        _check(result)


@app.command()
def compare(
    old: options.OldResult,
    new: options.NewResult,
    fail_above: options.FailAbove = None,
    as_json: options.Json = False,
) -> None:
    """Compare two results of bench --json. With --fail-above, what became slower than that is an error."""
    allowed = options.parse_percent(fail_above) if fail_above is not None else None
    from edgebokeh.benchmark import comparison, report
    from edgebokeh.benchmark.measured import BenchResult

    before, after = BenchResult.read(old), BenchResult.read(new)
    for caveat in comparison.caveats(before, after):
        say(f"edgebokeh: warning: {caveat}", err=True)
    changes = comparison.compare_bench(before, after)
    for one in changes:
        say(report.change(one, as_json=as_json))
    if allowed is not None:
        _demand(
            {
                f"slower by more than {fail_above}": [one.label for one in changes if one.slower(allowed)],
                "measured before and not now": list(comparison.lost(before, after)),
                "too few rounds to tell": [one.label for one in changes if one.ratio is None],
            }
        )


def _refuse_contradictions(
    scenario: str, fps: float | None, flight: int | None, targets: dict[str, str | None]
) -> None:
    if scenario == "offline" and fps is not None:
        raise typer.BadParameter("--scenario offline and --fps exclude each other; leave one out")
    if flight is not None and scenario != "offline":
        raise typer.BadParameter("--flight is for --scenario offline; leave it out")
    printed = [f"--{kind} -" for kind, name in targets.items() if name == "-"]
    if len(printed) > 1:
        raise typer.BadParameter(f"{' and '.join(printed)} would be printed into each other; print one of them")


def _demand(found: dict[str, list[str]]) -> None:
    """Raises SlowerError where there are labels of what must not be; each with what is wrong with them."""
    told = [f"{what}: {', '.join(names)}" for what, names in found.items() if names]
    if told:
        raise SlowerError("; ".join(told), "see what changed, measure for longer, or allow more with --fail-above")


def _progress(line: str) -> None:
    say(f"edgebokeh: {line}", err=True)


def _publish(result: "BenchResult", targets: dict[str, str | None], paths: dict[str, Path], force: bool) -> None:
    """Writes what was asked for into files and to standard output; tables go there where nothing else does."""
    from edgebokeh import files
    from edgebokeh.benchmark import page, report

    forms = {
        "json": report.to_json,
        "csv": report.to_csv,
        "markdown": report.to_markdown,
        "html": page.page,
    }
    for kind, path in paths.items():
        files.write(forms[kind](result).encode(), path, force=force)
    streamed = [kind for kind, name in targets.items() if name == "-"]
    for kind in streamed:
        _print(forms[kind](result))
    if not streamed and sys.stdout.isatty():
        report.show(result)
    elif not streamed:
        _print(report.to_markdown(result))
    for text in result.warnings:
        say(f"edgebokeh: warning: {text}", err=True)


def _print(text: str) -> None:
    for line in text.splitlines():
        say(line)


def _check(result: "BenchResult") -> None:
    """Raises SelfCheckError where a configuration seems to differ from itself."""
    from edgebokeh.benchmark import figures, stats

    found = figures.of(result.trials[1], result)
    if found is None or found.ratio is None:
        raise SelfCheckError("there were too few rounds for a self-check", "give it a larger --budget")
    told = f"{found.ratio.value:.3f} ({found.ratio.low:.3f} to {found.ratio.high:.3f})"
    if stats.differs(found.ratio, float(result.settings["within"])):
        raise SelfCheckError(
            f"a configuration takes {told} times as long as itself", "measure on a quieter machine, or for longer"
        )
    seen = max(float(result.settings["within"]), found.ratio.high / found.ratio.low - 1)
    _progress(
        f"self-check: the same twice takes {told} times as long: no significant difference, none above {seen:.0%}"
    )
