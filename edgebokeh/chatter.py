"""What libraries print by themselves, kept off the screen and off the results."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def captured() -> Iterator[list[str]]:
    """Inside, whatever the process writes to its standard streams goes into the list, which is filled at the end.

    Of the whole process: other threads should not print meanwhile. Without such streams nothing is captured.
    """
    lines: list[str] = []
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    with tempfile.TemporaryFile() as file, contextlib.ExitStack() as stack:
        for number in (1, 2):
            with contextlib.suppress(OSError):
                stack.callback(_put_back, number, os.dup(number))
                os.dup2(file.fileno(), number)
        try:
            yield lines
        finally:
            stack.close()
            file.seek(0)
            lines += file.read().decode("utf-8", "replace").splitlines()


def _put_back(number: int, copy: int) -> None:
    os.dup2(copy, number)
    os.close(copy)
