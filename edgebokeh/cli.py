"""The command line: parse, call, print; the one place that catches errors and exits.

What is heavy is imported inside the commands, so that --help, --version and wrong options answer at once.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from edgebokeh import __version__, cache_commands, options
from edgebokeh.benchmark import commands as bench_commands
from edgebokeh.console import keep_for_us, lose, lost, say
from edgebokeh.errors import ContradictionError, EdgeBokehError, ExitCode, OutputExistsError
from edgebokeh.loading import load as _load
from edgebokeh.loading import tell as _tell
from edgebokeh.tuning import commands as profile_commands
from edgebokeh.video import commands as video_commands

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels
    from edgebokeh.look import Look
    from edgebokeh.pipeline import Task

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What Typer raises for wrong options; it has no public name."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ENDS = {"SIGINT": ExitCode.INTERRUPTED, "SIGTERM": ExitCode.TERMINATED, "SIGHUP": ExitCode.TERMINATED}
"""Exit codes of a process that one of these signals ended."""

_ended: list[ExitCode] = []

app.add_typer(cache_commands.app, name="cache")
app.add_typer(bench_commands.app, name="bench")
app.add_typer(profile_commands.app, name="profiles")
app.command()(profile_commands.tune)
app.command()(video_commands.video)


@app.callback(invoke_without_command=True)
def edgebokeh(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Blur the background of portraits on your own machine."""
    if version:
        typer.echo(f"edgebokeh {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def blur(
    photos: options.Photos,
    output: options.Output = None,
    model: options.Model = None,
    spec: options.Spec = None,
    gate: options.Gate = None,
    provider: options.Provider = None,
    provider_option: options.ProviderOption = None,
    allow_fallback: options.AllowFallback = False,
    threads: options.Threads = None,
    no_cache: options.NoCache = False,
    profile: options.Profile = None,
    quality: options.Quality = None,
    style: options.Style = "gaussian",
    kernel: options.Kernel = None,
    strength: options.Strength = None,
    falloff: options.Falloff = None,
    subject: options.Subject = None,
    min_subject: options.MinSubject = None,
    expand: options.Expand = None,
    feather: options.Feather = None,
    blades: options.Blades = None,
    highlights: options.Highlights = None,
    angle: options.Angle = None,
    line: options.Line = None,
    band: options.Band = None,
    color: options.Color = None,
    image: options.Image = None,
    classic: options.Classic = False,
    compare: options.Compare = False,
    no_person: options.NoPerson = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Blur the background. Without -o the result lies beside the photo as NAME.bokeh.EXT (NAME.compare.EXT)."""
    rgb = options.parse_color(color) if color else None
    from edgebokeh.look import Look

    look = Look(
        style=style,
        kernel=kernel,
        strength=strength,
        falloff=falloff,
        quality=quality,
        subject=subject,
        min_subject=min_subject,
        expand=expand,
        feather=feather,
        blades=blades,
        highlights=highlights,
        angle=angle,
        line=line,
        band=band,
        color=rgb,
        image=_picture(image) if image else None,
        classic=classic,
        compare=compare,
        no_person=no_person,
    )
    suffix = "compare" if compare else "bokeh"
    if classic and gate:
        raise ContradictionError("--classic and --gate exclude each other", "leave one of them out")
    reads = [image] if image else []
    networks = options.Networks(
        model, spec, gate, provider, provider_option, allow_fallback, threads, no_cache, profile
    )
    _run("blur", photos, output, suffix, networks, look, force, as_json, reads)


@app.command()
def mask(
    photos: options.Photos,
    output: options.Output = None,
    model: options.Model = None,
    spec: options.Spec = None,
    gate: options.Gate = None,
    provider: options.Provider = None,
    provider_option: options.ProviderOption = None,
    allow_fallback: options.AllowFallback = False,
    threads: options.Threads = None,
    no_cache: options.NoCache = False,
    profile: options.Profile = None,
    quality: options.Quality = None,
    subject: options.Subject = None,
    min_subject: options.MinSubject = None,
    expand: options.Expand = None,
    feather: options.Feather = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Write where the subject is, as an 8-bit grey picture: white is subject. Without -o: NAME.mask.png."""
    from edgebokeh.look import Look

    look = Look(quality=quality, subject=subject, min_subject=min_subject, expand=expand, feather=feather)
    networks = options.Networks(
        model, spec, gate, provider, provider_option, allow_fallback, threads, no_cache, profile
    )
    _run("mask", photos, output, "mask", networks, look, force, as_json)


@app.command()
def cutout(
    photos: options.Photos,
    output: options.Output = None,
    model: options.Model = None,
    spec: options.Spec = None,
    gate: options.Gate = None,
    provider: options.Provider = None,
    provider_option: options.ProviderOption = None,
    allow_fallback: options.AllowFallback = False,
    threads: options.Threads = None,
    no_cache: options.NoCache = False,
    profile: options.Profile = None,
    quality: options.Quality = None,
    subject: options.Subject = None,
    min_subject: options.MinSubject = None,
    expand: options.Expand = None,
    feather: options.Feather = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Write the subject on a transparent background. Without -o: NAME.cutout.png."""
    from edgebokeh.look import Look

    look = Look(quality=quality, subject=subject, min_subject=min_subject, expand=expand, feather=feather)
    networks = options.Networks(
        model, spec, gate, provider, provider_option, allow_fallback, threads, no_cache, profile
    )
    _run("cutout", photos, output, "cutout", networks, look, force, as_json)


@app.command()
def evaluate(
    images: options.Images,
    masks: options.Masks,
    sheet: options.Sheet = None,
    model: options.Model = None,
    spec: options.Spec = None,
    gate: options.Gate = None,
    provider: options.Provider = None,
    provider_option: options.ProviderOption = None,
    allow_fallback: options.AllowFallback = False,
    threads: options.Threads = None,
    no_cache: options.NoCache = False,
    profile: options.Profile = None,
    quality: options.Quality = None,
    subject: options.Subject = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Measure a model and a quality on your own labelled photos: IoU, boundary IoU, mean absolute error."""
    from edgebokeh import evaluate as evaluation
    from edgebokeh import files, report
    from edgebokeh.images import Photo, encode, output_format
    from edgebokeh.look import Look

    if sheet:
        output_format(sheet.suffix)
        files.check_target(sheet, force=force)
    look = Look(quality=quality, subject=subject)
    pairs = evaluation.pairs(images, masks)
    if sheet and files.real(sheet) in {files.real(path) for pair in pairs for path in pair}:
        raise OutputExistsError(f"{sheet} is one of the pictures to read", "name another file with --sheet")
    bokeh = _load(
        options.Networks(model, spec, gate, provider, provider_option, allow_fallback, threads, no_cache, profile)
    )
    _tell(bokeh.verdict)
    scores = []
    for score in evaluation.evaluate(bokeh, pairs, look):
        scores.append(score)
        say(report.score(score, as_json=as_json))
    say(report.scores(evaluation.summary(scores), as_json=as_json))
    if sheet:
        picture = encode(Photo(evaluation.sheet(bokeh, pairs, scores, look)), sheet.suffix)
        files.write(picture, sheet, force=force)


@app.command()
def providers(as_json: options.Json = False) -> None:
    """List the execution providers: whether each is here and really runs a network, why not, and how to install it."""
    from edgebokeh import execution, probe, report

    for name in execution.rows():
        say(report.provider(probe.provider(name), as_json=as_json))
    runtimes = execution.runtimes()
    if len(runtimes) > 1:
        what = " and ".join(runtimes)
        say(f"edgebokeh: warning: {what} lie over each other; uninstall them all, then install one", err=True)


@app.command()
def models(as_json: options.Json = False) -> None:
    """List the models at hand: what for, input, licence, where they lie."""
    from edgebokeh import engine, report

    for info in engine.models():
        for text in report.model(info, as_json=as_json):
            say(text)


@app.command()
def styles(as_json: options.Json = False) -> None:
    """List the styles that a background can have, and the quality presets."""
    from edgebokeh import report

    for text in [*report.styles(as_json=as_json), *([] if as_json else [""]), *report.qualities(as_json=as_json)]:
        say(text)


def main() -> NoReturn:
    """Runs the command line and exits: the error boundary. Errors become one line on stderr and their exit code."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    for name in ENDS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    keep_for_us("stdout", "strict")
    keep_for_us("stderr", "backslashreplace")
    try:
        code = app(standalone_mode=False)
    except EdgeBokehError as error:
        code = _complain(error)
    except UsageError as error:
        say(f"edgebokeh: error: {getattr(error, 'format_message', error.__str__)()} (see --help)", err=True)
        code = ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except Exception as error:
        code = _unforeseen(error)
    done = code if isinstance(code, int) else ExitCode.OK
    sys.exit(done or (ExitCode.OUTPUT_UNWRITABLE if lost else ExitCode.OK))


def _unforeseen(error: Exception) -> ExitCode:
    """The exit code of an error that is none of ours and yet no bug. Raises any other."""
    if _ended:
        # A library that was being loaded made an error of its own of the signal.
        return _ended[0]
    if isinstance(error, OSError) and not error.filename and error.errno in (errno.EPIPE, errno.ENOSPC):
        # Typer's own words, such as a help page.
        return lose(error)
    raise error


def _end(number: int, _frame: object) -> NoReturn:
    _ended.append(ENDS[signal.Signals(number).name])
    if _ended[-1] == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    sys.exit(_ended[-1])


def _picture(path: Path) -> "Pixels":
    from edgebokeh import files, images

    return images.decode(files.read(path), str(path)).pixels


def _run(
    task: "Task",
    photos: list[str],
    output: str | None,
    suffix: str,
    networks: options.Networks,
    look: "Look",
    force: bool,
    as_json: bool,
    reads: Sequence[Path] = (),
) -> None:
    """Works through the photos, prints a line for each, and exits: with an error's code, or SEVERAL for several."""
    from edgebokeh import batch, report

    ending = "" if task == "blur" else ".png"
    jobs = batch.plan(
        [_path(photo) for photo in photos], None if output is None else _path(output), suffix, ending, reads
    )
    streamed = any(job.target == batch.STREAM for job in jobs)
    if streamed:
        _check_stream(as_json)
    bokeh = _load(networks)
    told, codes = _tell(bokeh.verdict), set()
    for outcome in batch.run(bokeh, jobs, task, look, force=force):
        told = _tell(bokeh.verdict, told)
        if outcome.error:
            codes.add(_complain(outcome.error))
        elif outcome.result and not outcome.result.person:
            say(f"edgebokeh: warning: {report.no_person(outcome, task, look)}", err=True)
        text = report.row(outcome) if as_json else report.line(outcome) if outcome.result else ""
        if text and not say(text, err=streamed):
            codes.add(ExitCode.OUTPUT_UNWRITABLE)
    if codes:
        raise typer.Exit(codes.pop() if len(codes) == 1 else ExitCode.SEVERAL)


def _path(text: str) -> Path:
    """The path that a user means; only "-" itself is a stream. Raises typer.BadParameter for an empty one."""
    if not text:
        raise typer.BadParameter("a file name is empty")
    path = Path(text)
    return path.absolute() if path == Path("-") and text != "-" else path


def _check_stream(as_json: bool) -> None:
    """Raises typer.BadParameter where standard output is no place for a picture."""
    if as_json:
        raise typer.BadParameter("--json and the picture cannot both go to standard output; name a file with -o")
    if sys.stdout is not None and sys.stdout.isatty():
        raise typer.BadParameter("a picture is not for the terminal; redirect it, or name a file with -o")


def _complain(error: EdgeBokehError) -> ExitCode:
    say(f"edgebokeh: error: {error}; {error.hint}", err=True)
    return error.code
