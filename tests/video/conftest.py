"""Fixtures of the tests on clips, which need PyAV."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import edgebokeh
from edgebokeh import Look

collect_ignore_glob = [] if find_spec("av") else ["test_*.py"]

Make = Callable[..., Any]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore_glob:
        terminalreporter.write_line("PyAV is not here: the tests on clips were left out; install the extra dev")


@pytest.fixture
def make(tiny_bokeh: edgebokeh.Bokeh) -> Make:
    """Makes a clip of a clip with the tiny model: make(source, target, kind=…, **settings of the job or the look)."""
    from edgebokeh.video.codecs import Wish
    from edgebokeh.video.job import Job, make
    from edgebokeh.video.painter import Manner

    def call(source: Path, target: Path, kind: Any = "blur", wish: Wish | None = None, **settings: Any) -> Any:
        job = {name: settings.pop(name) for name in Job.__slots__ if name in settings}
        manner = {name: settings.pop(name) for name in ("stability", "every") if name in settings}
        look = Look(**({"quality": "fast", "kernel": 15} | settings))
        return make(tiny_bokeh, Job(source, target, wish or Wish(), **job), Manner(look, kind, **manner))

    return call
