"""Runs of networks that do not end are ended: a model file is somebody else's program, and may hold an endless loop."""

import functools
import threading
import time
from collections.abc import Mapping
from typing import Any

import onnxruntime as ort

LIMIT = 120.0
"""Seconds that a run may take: far more than any network for pictures needs on a slow core."""

PULSE = 1.0
"""Seconds between two looks at what is running."""

FATAL = 4
"""onnxruntime's log level for fatal errors only: what goes wrong is raised."""

_running: dict[int, tuple[Any, float]] = {}


def run(session: Any, feed: Mapping[str, Any]) -> Any:
    """A session's first output for named inputs, unless it takes longer than LIMIT.

    Raises TimeoutError, and what onnxruntime raises.
    """
    _watch()
    options = ort.RunOptions()
    options.log_severity_level = FATAL
    _running[id(options)] = options, time.monotonic() + LIMIT
    try:
        return session.run(None, feed, options)[0]
    except Exception as error:  # onnxruntime raises a dozen unrelated private classes
        if options.terminate:
            raise TimeoutError(f"it did not end within {LIMIT:g} seconds") from error
        raise
    finally:
        del _running[id(options)]


@functools.cache
def _watch() -> None:
    """Starts the one thread that looks after all runs; a timer for each took a third of a small network's time."""
    threading.Thread(target=_end_the_late, name="edgebokeh-patience", daemon=True).start()


def _end_the_late() -> None:
    while True:
        time.sleep(PULSE)
        for options, deadline in list(_running.values()):
            if time.monotonic() > deadline:
                options.terminate = True
