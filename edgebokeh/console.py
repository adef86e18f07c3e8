"""What is printed, line by line, also where nobody listens any more."""

import errno
import os
import re
import sys

import typer


def say(text: str, *, err: bool = False) -> bool:
    """Prints one line, control characters in names made visible; false if it was lost, which is said once.

    The work goes on all the same, and where nobody listens any more, as behind a pipe that was closed, nothing is lost.
    """
    line = re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: found[0].encode("unicode_escape").decode(), text)
    try:
        typer.echo(line, err=err)
    except OSError as error:
        nowhere = open(os.devnull, "w")  # noqa: PTH123, SIM115 - it stays open until the process ends
        if err:
            sys.stderr = nowhere
            return True
        sys.stdout = nowhere
        if error.errno != errno.EPIPE:
            return not say(f"edgebokeh: error: standard output is lost ({error.strerror}); check its disk", err=True)
    return True
