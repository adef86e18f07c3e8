"""Memory that is used again costs no new pages."""

import os
import platform
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SCRIPT = """
import resource
import numpy as np
from edgebokeh import allocator

allocator.settle()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    planes = [np.ones(1 << 18, np.float32) for _ in range(8)]
    del planes
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment: str) -> int:
    """Pages that come anew while eight planes of 1 MB are made and freed a hundred times: 204,800 if all of them do."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc's allocator that is told")
def test_planes_are_worked_on_in_the_same_memory_unless_the_environment_says_otherwise() -> None:
    assert faults() < 10_000
    assert faults(MALLOC_TRIM_THRESHOLD_="131072") > 100_000
