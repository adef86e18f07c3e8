"""What is printed, line by line, also where nobody listens any more."""

import errno
import os
import re
import sys
from typing import Literal, TextIO

import typer

from edgebokeh.errors import EdgeBokehError, ExitCode

lost: list[OSError] = []
"""What was to be printed, and could not be."""


def say(text: str, *, err: bool = False) -> bool:
    """Prints one line, what no text should hold made visible; false if it was lost, which is said once.

    That is control characters, as in names of files, and halves of surrogate pairs. The work goes on all the same, and
    where nobody listens any more, as behind a pipe that was closed, nothing is lost.
    """
    line = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda found: found[0].encode("unicode_escape").decode(), text)
    try:
        typer.echo(line, err=err)
    except OSError as error:
        if not err:
            return lose(error) == ExitCode.OK
        sys.stderr = _nowhere()
    return True


def lose(error: OSError) -> ExitCode:
    """Gives standard output up after an error in writing to it, and says so where that matters."""
    sys.stdout = _nowhere()
    if error.errno == errno.EPIPE:
        return ExitCode.OK
    lost.append(error)
    say(f"edgebokeh: error: standard output is lost ({error.strerror}); check its disk", err=True)
    return ExitCode.OUTPUT_UNWRITABLE


def complain(error: EdgeBokehError) -> ExitCode:
    """Says what is wrong and what to do, in one line, and below it the error's details; returns its exit code."""
    say(f"edgebokeh: error: {error}; {error.hint}", err=True)
    for detail in error.details:
        say(f"  {detail}", err=True)
    return error.code


def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 - it stays open until the process ends


def keep_for_us(name: Literal["stdout", "stderr"]) -> None:
    """Sends what C libraries print to nowhere, of damaged pictures or of themselves; what is wrong, an error says once.

    What the stream cannot hold of ours, such as a file name that is no UTF-8, is escaped. A stream that is not the
    process's own stays.
    """
    stream = getattr(sys, name)
    if stream is None or stream is not getattr(sys, f"__{name}__"):
        return
    try:
        number = stream.fileno()
        ours = os.dup(number)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
    except (OSError, ValueError):
        return
    kept = os.fdopen(ours, "w", encoding=stream.encoding, errors="backslashreplace", buffering=1, closefd=False)
    setattr(sys, name, kept)
