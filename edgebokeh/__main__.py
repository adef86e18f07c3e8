"""`edgebokeh` and `python -m edgebokeh`: the command line, and a quick end of the process."""

import contextlib
import os
import sys
from typing import NoReturn

from edgebokeh.cli import main


def run() -> NoReturn:
    """Runs the command line and ends the process there and then.

    All is written and closed by now; unloading the libraries would take half as long as blurring a small photo.
    """
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
