"""What libraries print by themselves, kept off the screen and off the results."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def captured() -> Iterator[list[str]]:
    """Inside, what the process writes to its standard streams goes into the list, filled at the end, without colours.

    Of the whole process: what other threads print meanwhile is captured too.
    """
    import tempfile

    lines: list[str] = []
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file, contextlib.ExitStack() as stack:
        for number in (1, 2):
            with contextlib.suppress(OSError):
                stack.callback(_put_back, number, os.dup(number))
                os.dup2(file.fileno(), number)
        try:
            with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                yield lines
        finally:
            stack.close()
            file.seek(0)
            lines += re.sub(r"\x1b\[[0-9;]*m", "", file.read()).splitlines()


def _put_back(number: int, copy: int) -> None:
    os.dup2(copy, number)
    os.close(copy)
