"""`edgebokeh bench`: providers, models and settings measured against each other, and results against older ones."""

import contextlib
import sys
from collections.abc import Container, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edgebokeh import options
from edgebokeh.console import complain, say
from edgebokeh.errors import ExitCode, ModelUnknownError, OutputError, OutputExistsError, SlowerError

if TYPE_CHECKING:
    from edgebokeh.benchmark.measured import BenchResult

app = typer.Typer()

Targets = dict[str, str | None]
"""Where each form goes: a file, - for standard output, or nowhere."""


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
    budget: options.BenchBudget = "60s",
    within: options.BenchWithin = "2%",
    seed: options.BenchSeed = 0,
    profile: options.BenchProfile = False,
    limit: options.BenchLimit = 120.0,
    self_check: options.BenchSelfCheck = False,
    widest: options.BenchWidest = "10%",
    repeat: options.BenchRepeat = 1,
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
    _refuse_contradictions(scenario, fps, flight, targets, self_check, repeat)
    share, limits = options.parse_percent(within), options.parse_percent(widest)
    sizes = [options.parse_size(text) for text in size or []]
    seconds = options.parse_seconds(budget)
    extra = options.parse_settings(provider_option or [])
    from edgebokeh import execution
    from edgebokeh.benchmark import configuration, rounds
    from edgebokeh.benchmark import self_check as checks

    paths = _checked(targets, force, _read([photo or rounds.sample()], model or []))
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
    settings = configuration.BenchSettings(
        photo=photo,
        quality=quality,
        baseline=baseline,
        scenario=scenario if fps is None else "paced",
        fps=fps,
        flight=flight,
        budget=seconds,
        within=share,
        seed=seed,
        profile=profile,
        limit=limit,
    )
    if not self_check:
        result = rounds.tried(wished, settings, _progress)
        code = _publish(result, targets, paths, force)
        rounds.demand(result)
        _end(code)
        return
    place = rounds.wished(baseline, wished)
    if len(wished) > 1:
        _progress(f"self-check: {configuration.labels(wished)[place]}, twice, and none of the others")
    if repeat > 1:
        checks.repeated(wished[place], settings, limits, repeat, _print)
        return
    result = checks.twice(wished[place], settings, _progress)
    code = _publish(result, targets, paths, force)
    _progress(f"self-check: {checks.judged(result, limits)}")
    _end(code)


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
                "another model file than before": [one.label for one in changes if one.other_model],
                "not where it ran before": [f"{one.label} {one.moved}" for one in changes if one.moved],
                "too few rounds to tell": [one.label for one in changes if one.ratio is None],
                "too uncertain to tell": [one.label for one in changes if one.uncertain],
            }
        )


def _refuse_contradictions(
    scenario: str, fps: float | None, flight: int | None, targets: Targets, self_check: bool, repeat: int
) -> None:
    if scenario == "offline" and fps is not None:
        raise typer.BadParameter("--scenario offline and --fps exclude each other; leave one out")
    if flight is not None and scenario != "offline":
        raise typer.BadParameter("--flight is for --scenario offline; leave it out")
    if repeat > 1 and not self_check:
        raise typer.BadParameter("--repeat is for --self-check; leave it out")
    if repeat > 1 and any(targets.values()):
        raise typer.BadParameter("--repeat prints a line for each self-check, and nothing else; leave the files out")
    printed = [f"--{kind} -" for kind, name in targets.items() if name == "-"]
    if len(printed) > 1:
        raise typer.BadParameter(f"{' and '.join(printed)} would be printed into each other; print one of them")


def _read(photos: Iterable[Path], models: Iterable[str]) -> set[Path]:
    """The files that are read; a model that is not there is told of later."""
    from edgebokeh import catalog, files

    found = {files.real(photo) for photo in photos}
    for model in models:
        with contextlib.suppress(ModelUnknownError):
            found.add(files.real(catalog.find(model)))
    return found


def _checked(targets: Targets, force: bool, reads: Container[Path]) -> dict[str, Path]:
    """The files to write, all of which can be written. Raises OutputError before anything is measured."""
    from edgebokeh import files

    paths = {kind: Path(name) for kind, name in targets.items() if name is not None and name != "-"}
    for kind, path in paths.items():
        if files.real(path) in reads:
            raise OutputExistsError(
                f"{path} is a file to read and never written to", f"name another file with --{kind}"
            )
        files.check_writable(path, force=force)
        if rival := next(
            (other for other in paths if other != kind and files.real(paths[other]) == files.real(path)), ""
        ):
            raise typer.BadParameter(f"--{kind} and --{rival} name the same file; name two")
    return paths


def _demand(found: dict[str, list[str]]) -> None:
    """Raises SlowerError where there are labels of what must not be; each with what is wrong with them."""
    told = [f"{what}: {', '.join(names)}" for what, names in found.items() if names]
    if told:
        raise SlowerError("; ".join(told), "see what changed, measure for longer, or allow more with --fail-above")


def _progress(line: str) -> None:
    say(f"edgebokeh: {line}", err=True)


def _end(code: ExitCode) -> None:
    if code:
        raise typer.Exit(code)


def _publish(result: "BenchResult", targets: Targets, paths: dict[str, Path], force: bool) -> ExitCode:
    """Writes what was asked for into files and to standard output; tables go there where nothing else does,
    and where anything was measured.

    A file that cannot be written is said, and all else is told nevertheless: it took long to measure. Returns the exit
    code of the last such file.
    """
    from edgebokeh import files
    from edgebokeh.benchmark import page, report

    forms = {
        "json": report.to_json,
        "csv": report.to_csv,
        "markdown": report.to_markdown,
        "html": page.page,
    }
    code = ExitCode.OK
    for kind, path in paths.items():
        try:
            files.write(forms[kind](result).encode(), path, force=force)
        except OutputError as error:
            code = complain(error)
    streamed = [kind for kind, name in targets.items() if name == "-"]
    for kind in streamed:
        _print(forms[kind](result))
    tables = not streamed and any(trial.rounds for trial in result.trials)
    if tables and sys.stdout.isatty():
        report.show(result)
    elif tables:
        _print(report.to_markdown(result))
    for text in result.warnings:
        say(f"edgebokeh: warning: {text}", err=True)
    return code


def _print(text: str) -> None:
    for line in text.splitlines():
        say(line)
