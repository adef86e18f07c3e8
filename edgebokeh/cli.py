"""The command line: parse, call, print; the one place that catches errors and exits.

What is heavy is imported inside the commands, so that --help, --version and wrong options answer at once.
"""

import errno
import json
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from edgebokeh import __version__, cache_commands, model_commands, opened, options
from edgebokeh.batch import commands as photo_commands
from edgebokeh.benchmark import commands as bench_commands
from edgebokeh.console import complain, keep_for_us, lose, lost, say
from edgebokeh.errors import EdgeBokehError, ExitCode, OutputExistsError
from edgebokeh.option_groups import Networks, grouped
from edgebokeh.tuning import commands as profile_commands
from edgebokeh.video import commands as video_commands

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

for command in (photo_commands.blur, photo_commands.mask, photo_commands.cutout, photo_commands.watch):
    app.command()(grouped(command))
app.add_typer(model_commands.app, name="models")
app.add_typer(cache_commands.app, name="cache")
app.add_typer(bench_commands.app, name="bench")
app.add_typer(profile_commands.app, name="profiles")
app.command()(profile_commands.tune)
app.command()(grouped(video_commands.video))


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
@grouped
def evaluate(
    images: options.Images,
    masks: options.Masks,
    networks: Networks,
    sheet: options.Sheet = None,
    quality: options.Quality = None,
    subject: options.Subject = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Measure a model and a quality on your own labelled photos: IoU, boundary IoU, mean absolute error."""
    from edgebokeh import evaluate as evaluation
    from edgebokeh import files, report
    from edgebokeh.formats import encode, output_format
    from edgebokeh.images import Photo
    from edgebokeh.look import Look

    if sheet:
        output_format(sheet.suffix)
        files.check_target(sheet, force=force)
    look = Look(quality=quality, subject=subject)
    pairs = evaluation.pairs(images, masks)
    if sheet and files.real(sheet) in {files.real(path) for pair in pairs for path in pair}:
        raise OutputExistsError(f"{sheet} is one of the pictures to read", "name another file with --sheet")
    bokeh = opened.load(networks, quality)
    told = opened.tell(bokeh.verdict)
    scores = []
    for score in evaluation.evaluate(bokeh, pairs, look):
        scores.append(score)
        say(report.score(score, as_json=as_json))
    opened.tell(bokeh.verdict, told)
    say(report.scores(evaluation.summary(scores) | evaluation.ran(bokeh, look), as_json=as_json))
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
def styles(as_json: options.Json = False) -> None:
    """List the styles that a background can have, and the quality presets."""
    from edgebokeh import report

    for text in [*report.styles(as_json=as_json), *([] if as_json else [""]), *report.qualities(as_json=as_json)]:
        say(text)


def main() -> NoReturn:
    """Runs the command line and exits: the error boundary.

    Errors become one line on stderr and their exit code, and with --json an object on standard output as well.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    for name in ENDS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    keep_for_us("stdout")
    keep_for_us("stderr")
    noted: dict[str, bool] = {}
    try:
        code = app(standalone_mode=False, obj=noted)
    except EdgeBokehError as error:
        code = _ended[0] if _ended else _told(error, as_json=noted.get("json", False))
    except UsageError as error:
        say(f"edgebokeh: error: {getattr(error, 'format_message', error.__str__)()} (see --help)", err=True)
        code = ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except Exception as error:
        code = _unforeseen(error)
    # A library may make an interrupt of any signal.
    done = _ended[-1] if _ended else code if isinstance(code, int) else ExitCode.OK
    sys.exit(done or (ExitCode.OUTPUT_UNWRITABLE if lost else ExitCode.OK))


def _told(error: EdgeBokehError, *, as_json: bool) -> ExitCode:
    """Its exit code, once it is said."""
    if as_json:
        say(json.dumps(error.to_dict()))
    return complain(error)


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
    # A library that is being loaded may print a traceback of this, and go on with an error of its own.
    sys.excepthook = lambda *_error: None
    if _ended[-1] == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    sys.exit(_ended[-1])
