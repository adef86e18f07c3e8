"""The command line: parse, call, print; the one place that catches errors and exits.

What is heavy is imported inside the commands, so that --help, --version and wrong options answer at once.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from edgebokeh import __version__, options
from edgebokeh.console import complain, keep_for_us, lose, lost, say
from edgebokeh.errors import EdgeBokehError, ExitCode
from edgebokeh.options import UsageError

QUIET: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
"""What is said and caught is this module's affair."""

COMMANDS = {
    "blur": ("edgebokeh.batch.commands", "blur"),
    "mask": ("edgebokeh.batch.commands", "mask"),
    "cutout": ("edgebokeh.batch.commands", "cutout"),
    "watch": ("edgebokeh.batch.commands", "watch"),
    "video": ("edgebokeh.video.commands", "video"),
    "evaluate": ("edgebokeh.evaluate_commands", "evaluate"),
    "styles": ("edgebokeh.cli", "styles"),
    "models": ("edgebokeh.model_commands", "app"),
    "providers": ("edgebokeh.cli", "providers"),
    "bench": ("edgebokeh.benchmark.commands", "app"),
    "tune": ("edgebokeh.tuning.commands", "tune"),
    "profiles": ("edgebokeh.tuning.commands", "app"),
    "serve": ("edgebokeh.serve.commands", "serve"),
    "cache": ("edgebokeh.cache_commands", "app"),
}
"""Each command's module, and its function or, of several commands, its Typer app there."""


class Commands(Mapping[str, Any]):
    """The commands by name, each imported and read by Typer when it is asked for: two of three parts of a start."""

    def __getitem__(self, name: str) -> Any:
        module, attribute = COMMANDS[name]
        return _read(name, module, attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """A group of COMMANDS."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": Commands()})


app = typer.Typer(cls=Group, context_settings={"help_option_names": ["-h", "--help"]}, **QUIET)

ENDS = {"SIGINT": ExitCode.INTERRUPTED, "SIGTERM": ExitCode.TERMINATED, "SIGHUP": ExitCode.TERMINATED}
"""Exit codes of a process that one of these signals ended."""

_ended: list[ExitCode] = []


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


@cache
def _read(name: str, module: str, attribute: str) -> Any:
    from edgebokeh.option_groups import Command, grouped

    found, home = getattr(import_module(module), attribute), typer.Typer(**QUIET)
    if isinstance(found, typer.Typer):
        home.add_typer(found, name=name)
    else:
        home.command(name, cls=Command)(grouped(found))
    return typer.main.get_group(home).commands[name]


def providers(as_json: options.Json = False) -> None:
    """List the execution providers: whether each is here and really runs a network, why not, and how to install it."""
    from edgebokeh import execution, probe, report

    for name in execution.rows():
        say(report.provider(probe.provider(name), as_json=as_json))
    runtimes = execution.runtimes()
    if len(runtimes) > 1:
        what = " and ".join(runtimes)
        say(f"edgebokeh: warning: {what} lie over each other; uninstall them all, then install one", err=True)


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
