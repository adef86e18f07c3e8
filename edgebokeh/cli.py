"""The command line: parse, call, print; the one place that catches errors and exits.

What is heavy is imported inside the commands, so that --help, --version and wrong options answer at once.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from edgebokeh import __version__
from edgebokeh.errors import EdgeBokehError, ExitCode

if TYPE_CHECKING:
    from edgebokeh.batch import Job, Outcome
    from edgebokeh.pipeline import Look, Result, Task

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What Typer raises for wrong options; it has no public name."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Photos = Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos to read; - is standard input.")]
Output = Annotated[
    str | None,
    typer.Option(
        "-o", "--output", metavar="OUT", help="File to write, a folder for several photos, or - for standard output."
    ),
]
Model = Annotated[str, typer.Option(metavar="NAME|FILE", help="A name from `edgebokeh models`, or an .onnx file.")]
Spec = Annotated[
    str | None,
    typer.Option(metavar="NAME|JSON", help="How to feed a model that does not say: deeplabv3, or a JSON file."),
]
Provider = Annotated[str, typer.Option(metavar="NAME", help="Execution provider to run on: cpu, cuda, openvino, …")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per photo.")]


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
    photos: Photos,
    output: Output = None,
    model: Model = "selfie",
    spec: Spec = None,
    provider: Provider = "cpu",
    kernel: Annotated[
        int | None,
        typer.Option(metavar="N", help="Gaussian kernel in pixels, odd. [default: 51 per 1024 px of the long side]"),
    ] = None,
    classic: Annotated[
        bool, typer.Option("--classic", help="The plain method: hard mask, kernel 51, bitwise join.")
    ] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Write photo, mask and result side by side.")] = False,
    no_person: Annotated[
        Literal["keep", "blur", "fail"] | None,
        typer.Option(help="A photo without a person: keep it sharp, blur all of it, or fail. [default: keep]"),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Blur the background. Without -o the result lies beside the photo as NAME.bokeh.EXT (NAME.compare.EXT)."""
    from edgebokeh.pipeline import Look

    look = Look(kernel=kernel, classic=classic, compare=compare, no_person=no_person)
    jobs = _plan(photos, output, "compare" if compare else "bokeh", "", as_json)
    _run("blur", jobs, (model, provider, spec), look, force, as_json)


@app.command()
def mask(
    photos: Photos,
    output: Output = None,
    model: Model = "selfie",
    spec: Spec = None,
    provider: Provider = "cpu",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write where the subject is, as an 8-bit grey picture: white is subject. Without -o: NAME.mask.png."""
    _run("mask", _plan(photos, output, "mask", ".png", as_json), (model, provider, spec), None, force, as_json)


@app.command()
def cutout(
    photos: Photos,
    output: Output = None,
    model: Model = "selfie",
    spec: Spec = None,
    provider: Provider = "cpu",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write the subject on a transparent background. Without -o: NAME.cutout.png."""
    _run("cutout", _plan(photos, output, "cutout", ".png", as_json), (model, provider, spec), None, force, as_json)


@app.command()
def models(as_json: Json = False) -> None:
    """List the models at hand: name, input, licence, where they lie."""
    from edgebokeh import engine

    for info in engine.models():
        spec, size = info.spec, info.size or (0, 0)
        row: dict[str, Any] = {"name": info.name, "path": str(info.path)}
        if spec:
            row |= {"input": [size[1], size[0]], "licence": spec.licence, "source": spec.source}
            text = f"{info.name}\n  input    {size[1]}×{size[0]}\n  licence  {spec.licence}\n  source   {spec.source}"
        else:
            row |= {"problem": info.problem}
            text = f"{info.name}\n  cannot be used: {info.problem}"
        typer.echo(json.dumps(row) if as_json else f"{text}\n  file     {info.path}")


def main() -> NoReturn:
    """Runs the command line and exits: the error boundary. Errors become one line on stderr and their exit code."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    try:
        code = app(standalone_mode=False)
    except EdgeBokehError as error:
        code = _complain(error)
    except UsageError as error:
        message = " ".join(getattr(error, "format_message", error.__str__)().split())
        typer.echo(f"edgebokeh: error: {message} (see --help)", err=True)
        code = ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    sys.exit(code if isinstance(code, int) else ExitCode.OK)


def _plan(photos: list[str], output: str | None, suffix: str, ending: str, as_json: bool) -> "list[Job]":
    from edgebokeh import batch

    jobs = batch.plan([Path(photo) for photo in photos], Path(output) if output else None, suffix, ending)
    if any(job.target == batch.STREAM for job in jobs):
        if as_json:
            raise typer.BadParameter("--json and the picture cannot both go to standard output; name a file with -o")
        if sys.stdout.isatty():
            raise typer.BadParameter("a picture is not for the terminal; redirect it, or name a file with -o")
    return jobs


def _run(
    task: "Task",
    jobs: "list[Job]",
    network: tuple[str, str, str | None],
    look: "Look | None",
    force: bool,
    as_json: bool,
) -> None:
    """Works through the jobs, prints a line for each, and exits: with the one error's code, or SEVERAL for several."""
    from edgebokeh import batch, pipeline

    model, provider, description = network
    bokeh = pipeline.load(model, provider=provider, description=description)
    codes = set()
    for outcome in batch.run(bokeh, jobs, task, look, force=force):
        if outcome.error:
            codes.add(_complain(outcome.error))
        elif outcome.result and not outcome.result.person:
            _warn_no_person(outcome.job, look)
        if as_json:
            typer.echo(json.dumps(_row(outcome)))
        elif outcome.result:
            typer.echo(_line(outcome.job, outcome.result), err=outcome.job.target == batch.STREAM)
    if codes:
        raise typer.Exit(codes.pop() if len(codes) == 1 else ExitCode.SEVERAL)


def _line(job: "Job", result: "Result") -> str:
    stages = ", ".join(f"{stage} {spent:.0f}" for stage, spent in result.milliseconds.items())
    total = sum(result.milliseconds.values())
    subject = f"subject {result.share:.0%}" if result.person else "no person found"
    return f"{job.source} -> {job.target} ({result.model} on {result.provider}, {subject}, {total:.0f} ms: {stages})"


def _row(outcome: "Outcome") -> dict[str, Any]:
    job, result, error = outcome.job, outcome.result, outcome.error
    row: dict[str, Any] = {"input": str(job.source), "output": str(job.target) if result else None}
    if result:
        row |= {
            "model": result.model,
            "provider": result.provider,
            "size": [result.matte.shape[1], result.matte.shape[0]],
            "person": result.person,
            "share": round(result.share, 4),
            "milliseconds": {stage: round(spent, 2) for stage, spent in result.milliseconds.items()},
        }
    if error:
        row |= {"error": str(error), "hint": error.hint, "exit_code": int(error.code)}
    return row


def _warn_no_person(job: "Job", look: "Look | None") -> None:
    done = "the result is empty"
    if look:
        wish = look.no_person or ("blur" if look.classic else "keep")
        done = {"keep": "nothing was blurred", "blur": "all of it was blurred"}[wish]
    typer.echo(f"edgebokeh: warning: no person found in {job.source}; {done}", err=True)


def _complain(error: EdgeBokehError) -> ExitCode:
    typer.echo(f"edgebokeh: error: {error}; {error.hint}", err=True)
    return error.code
