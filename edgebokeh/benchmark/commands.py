"""`edgebokeh bench`: providers, models and settings measured against each other, and results against older ones."""

import contextlib
import sys
from collections.abc import Container, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edgebokeh import options
from edgebokeh.benchmark.options import Check, FailAbove, Forms, How, NewResult, OldResult, What
from edgebokeh.console import complain, say
from edgebokeh.errors import ExitCode, ModelUnknownError, OutputError, OutputExistsError, SlowerError
from edgebokeh.option_groups import grouped

if TYPE_CHECKING:
    from edgebokeh.benchmark.configuration import BenchSettings, Configuration
    from edgebokeh.benchmark.measured import BenchResult

app = typer.Typer()

Targets = dict[str, str | None]
"""Where each form goes: a file, - for standard output, or nowhere."""


@app.callback(invoke_without_command=True)
@grouped
def measure(context: typer.Context, what: What, how: How, check: Check, forms: Forms) -> None:
    """Measure models, providers and settings against each other, each in a process of its own, round by round."""
    if context.invoked_subcommand is not None:
        _refuse_before(context)
        return
    _refuse_contradictions(how, check, forms.targets)
    widest, settings, wished = options.parse_percent(check.widest), _settings(how), _configurations(what)
    from edgebokeh.benchmark import rounds

    paths = _checked(forms.targets, forms.force, _read([how.photo or rounds.sample()], (one.model for one in wished)))
    if check.self_check:
        _check_itself(wished, settings, widest, check.repeat, forms, paths)
        return
    result = rounds.tried(wished, settings, _progress)
    code = _publish(result, forms.targets, paths, forms.force)
    rounds.demand(result)
    _end(code)


def _configurations(what: What) -> "list[Configuration]":
    sizes = [options.parse_size(text) for text in what.size or []]
    extra = options.parse_settings(what.provider_option or [])
    from edgebokeh import execution
    from edgebokeh.benchmark import configuration

    return configuration.crossed(
        what.model or ["selfie"],
        [execution.plain(name) for name in what.provider or ["cpu"]],
        what.threads or [None],
        sizes or [None],
        what.batch or [1],
        what.python or [sys.executable],
        extra,
        what.allow_fallback,
        what.precision or ["own"],
    )


def _settings(how: How) -> "BenchSettings":
    budget, within = options.parse_seconds(how.budget), options.parse_percent(how.within)
    from edgebokeh.benchmark.configuration import BenchSettings

    scenario = how.scenario if how.fps is None else "paced"
    return BenchSettings(**how._asdict() | {"scenario": scenario, "budget": budget, "within": within})


def _check_itself(
    wished: "list[Configuration]",
    settings: "BenchSettings",
    widest: float,
    repeat: int,
    forms: Forms,
    paths: dict[str, Path],
) -> None:
    """Measures the baseline against itself, and exits as that went."""
    from edgebokeh.benchmark import configuration, rounds
    from edgebokeh.benchmark import self_check as checks

    place = rounds.wished(settings.baseline, wished)
    if len(wished) > 1:
        _progress(f"self-check: {configuration.labels(wished)[place]}, twice, and none of the others")
    if repeat > 1:
        checks.repeated(wished[place], settings, widest, repeat, _print)
        return
    result = checks.twice(wished[place], settings, _progress)
    code = _publish(result, forms.targets, paths, forms.force)
    _progress(f"self-check: {checks.judged(result, widest)}")
    _end(code)


@app.command()
def compare(
    old: OldResult,
    new: NewResult,
    fail_above: FailAbove = None,
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
                "another task than before": comparison.unlike(before, after),
                "another model file than before": [one.label for one in changes if one.other_model],
                "more late frames than before": [one.label for one in changes if one.later and not one.other_model],
                "not where it ran before": [f"{one.label} {one.moved}" for one in changes if one.moved],
                "too few rounds to tell": [one.label for one in changes if one.ratio is None],
                "too uncertain to tell": [one.label for one in changes if one.unsure(allowed)],
            }
        )


def _refuse_before(context: typer.Context) -> None:
    """Raises typer.BadParameter for options before a command below, which would be dropped."""
    for one in context.command.params:
        source = context.get_parameter_source(one.name) if one.name else None
        if source and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"{one.opts[0]} is not for {context.invoked_subcommand}; leave it out")


def _refuse_contradictions(how: How, check: Check, targets: Targets) -> None:
    if how.scenario == "offline" and how.fps is not None:
        raise typer.BadParameter("--scenario offline and --fps exclude each other; leave one out")
    if how.flight is not None and how.scenario != "offline":
        raise typer.BadParameter("--flight is for --scenario offline; leave it out")
    if check.repeat > 1 and not check.self_check:
        raise typer.BadParameter("--repeat is for --self-check; leave it out")
    if check.repeat > 1 and any(targets.values()):
        raise typer.BadParameter("--repeat prints a line for each self-check, and nothing else; leave the files out")
    printed = [f"--{kind} -" for kind, name in targets.items() if name == "-"]
    if len(printed) > 1:
        raise typer.BadParameter(f"{' and '.join(printed)} would be printed into each other; print one of them")


def _read(photos: Iterable[Path], models: Iterable[str]) -> set[Path]:
    """The files that are read, with the matting network that some presets need and weights beside a model; a model that
    is not there is told of later."""
    from edgebokeh import catalog, files, weights
    from edgebokeh.pipeline import MATTING

    found = {files.real(photo) for photo in photos}
    for model in (*models, MATTING):
        with contextlib.suppress(ModelUnknownError):
            file = catalog.find(model)
            found |= {files.real(one) for one in (file, *weights.beside(file))}
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

    code = ExitCode.OK
    for kind, path in paths.items():
        try:
            files.write(page.FORMS[kind](result).encode("utf-8", "backslashreplace"), path, force=force)
        except OutputError as error:
            code = complain(error)
    streamed = [kind for kind, name in targets.items() if name == "-"]
    for kind in streamed:
        _print(page.FORMS[kind](result))
    tables = not streamed and any(trial.rounds for trial in result.trials)
    if tables and sys.stdout is not None and sys.stdout.isatty():
        report.show(result)
    elif tables:
        _print(report.to_markdown(result))
    for text in result.warnings:
        say(f"edgebokeh: warning: {text}", err=True)
    return code


def _print(text: str) -> None:
    for line in text.removesuffix("\n").split("\n"):
        say(line)
