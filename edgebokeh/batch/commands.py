"""`edgebokeh blur`, `mask` and `cutout`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edgebokeh import networks as opened
from edgebokeh.batch.options import Files, Matte, Style, look
from edgebokeh.console import complain, say
from edgebokeh.errors import ContradictionError, ExitCode
from edgebokeh.options import Networks, Photos

if TYPE_CHECKING:
    from edgebokeh.look import Look
    from edgebokeh.pipeline import Task


def blur(photos: Photos, files: Files, networks: Networks, matte: Matte, style: Style) -> None:
    """Blur the background. Without -o the result lies beside the photo as NAME.bokeh.EXT (NAME.compare.EXT)."""
    wanted = look(matte, style)
    if style.classic and networks.gate:
        raise ContradictionError("--classic and --gate exclude each other", "leave one of them out")
    reads = [style.image] if style.image else []
    _run("blur", photos, files, "compare" if style.compare else "bokeh", networks, wanted, reads)


def mask(photos: Photos, files: Files, networks: Networks, matte: Matte) -> None:
    """Write where the subject is, as an 8-bit grey picture: white is subject. Without -o: NAME.mask.png."""
    _run("mask", photos, files, "mask", networks, look(matte))


def cutout(photos: Photos, files: Files, networks: Networks, matte: Matte) -> None:
    """Write the subject on a transparent background. Without -o: NAME.cutout.png."""
    _run("cutout", photos, files, "cutout", networks, look(matte))


def _run(
    task: "Task",
    photos: list[str],
    files: Files,
    suffix: str,
    networks: Networks,
    wanted: "Look",
    reads: Sequence[Path] = (),
) -> None:
    """Works through the photos, prints a line for each, and exits: with an error's code, or SEVERAL for several."""
    from edgebokeh.batch import plan, report, run

    ending = "" if task == "blur" else ".png"
    output = None if files.output is None else _path(files.output)
    jobs = plan.plan([_path(photo) for photo in photos], output, suffix, ending, reads)
    streamed = any(job.target == plan.STREAM for job in jobs)
    if streamed:
        _check_stream(files.as_json)
    bokeh = opened.load(networks)
    told, codes = opened.tell(bokeh.verdict), set()
    for outcome in run.run(bokeh, jobs, task, wanted, force=files.force):
        told = opened.tell(bokeh.verdict, told)
        if outcome.error:
            codes.add(complain(outcome.error))
        elif outcome.result and not outcome.result.person:
            say(f"edgebokeh: warning: {report.no_person(outcome, task, wanted)}", err=True)
        text = report.row(outcome) if files.as_json else report.line(outcome) if outcome.result else ""
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
