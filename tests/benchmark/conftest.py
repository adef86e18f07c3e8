"""Interpreters that disturb a benchmark, and the shortest settings for one."""

from functools import partial
from pathlib import Path

import pytest

from edgebokeh import BenchSettings
from tests.benchmark.interpreters import Python, interpreter


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Makes such interpreters."""
    return partial(interpreter, tmp_path)


@pytest.fixture
def brief(photo: Path) -> BenchSettings:
    """Two rounds at most, since these tests do not look at the times."""
    return BenchSettings(photo=photo, quality="fast", budget=0.1)
