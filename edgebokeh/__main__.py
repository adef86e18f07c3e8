"""`edgebokeh` and `python -m edgebokeh`: the command line, and a quick end of the process."""

import contextlib
import gc
import os
import sys
from typing import NoReturn


def run() -> NoReturn:
    """Runs the command line and ends the process there and then.

    All is written and closed by then; unloading the libraries would take half as long as blurring a small photo.
    """
    # Imports leave no garbage to look for. What opens networks turns the collector on again, see `opened`.
    gc.disable()
    code: object = 130  # ExitCode.INTERRUPTED: its module may not be there yet
    try:
        from edgebokeh.cli import main

        main()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        pass
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    run()
