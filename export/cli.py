"""The command line: one command per row of the recipes' COMMANDS. The one place that catches errors and prints them."""

import importlib
import pkgutil
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import typer

from edgebokeh.errors import EdgeBokehError, ExitCode
from export import recipes
from export.errors import ExportCode, ExportError, ExtraMissingError

EXIT_CODES = {
    ExitCode.OK: "the file is written, or was there with the same bytes",
    ExitCode.USAGE: "an option that makes no sense",
    ExitCode.OUTPUT_UNWRITABLE: "the output cannot be written",
    ExitCode.OUTPUT_EXISTS: "the output exists and --force is off",
    ExitCode.OUTPUT_FORMAT: "the output does not end in .onnx",
    ExitCode.MODEL_UNKNOWN: "no model of that name",
    ExitCode.MODEL_UNSUITABLE: "a model whose description or output makes no sense",
    ExitCode.MODEL_UNDESCRIBED: "nothing says how the model wants its pictures",
    ExitCode.EVALUATION: "photos on which nothing can be compared; one that cannot be read has its own code, 10 to 14",
    ExportCode.DOWNLOAD: "the published file cannot be fetched",
    ExportCode.SOURCE: "the fetched or given file is not one that the recipe can use",
    ExportCode.UNSUPPORTED: "the network holds something that the converter does not know",
    ExportCode.PARITY: "the ONNX file does not compute what its source computes",
    ExportCode.EXTRA_MISSING: "the export's libraries are not installed",
    ExportCode.DROP: "a reduced network loses more than --max-drop",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
    ExitCode.TERMINATED: "ended by SIGTERM",
}

EXTRA = {"ai_edge_litert", "onnx", "onnxscript", "tflite", "torch", "torchvision"}


def commands() -> dict[str, Callable[..., None]]:
    """Every recipe's commands, by name."""
    found = [
        importlib.import_module(f"export.recipes.{entry.name}") for entry in pkgutil.iter_modules(recipes.__path__)
    ]
    return {name: function for recipe in found for name, function in recipe.COMMANDS.items()}


def build() -> typer.Typer:
    """The Typer app."""
    codes = "\n".join(f"  {code:>2}  {meaning}" for code, meaning in EXIT_CODES.items())
    app = typer.Typer(
        name="python -m export",
        help="Write networks as ONNX files that describe themselves.",
        epilog=f"\b\nExit codes:\n{codes}",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_together)
    for name, function in commands().items():
        app.command(name)(function)
    return app


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line on `arguments`, or on the process's own. An expected error is one line on stderr.

    SIGTERM and Ctrl-C end it as an error would: nothing half-written stays.
    """
    # A process that a shell has started in the background ignores it otherwise.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _end)
    try:
        build()(arguments, prog_name="python -m export")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        _fail(ExtraMissingError(f"{error.name} is not installed", 'install the extra: pip install -e ".[export]"'))
    except (EdgeBokehError, ExportError) as error:
        _fail(error)
    sys.exit(ExitCode.OK)


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(ExitCode.TERMINATED)


def _together() -> None:
    """Write networks as ONNX files that describe themselves."""


def _fail(error: EdgeBokehError | ExportError) -> NoReturn:
    print(f"export: error: {error}; {error.hint}", file=sys.stderr)
    sys.exit(error.code)
