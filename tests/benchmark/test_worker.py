"""The process that measures, as the one sees it that asks."""

import sys
from pathlib import Path

import pytest

from edgebokeh.benchmark import worker
from edgebokeh.benchmark.worker import Worker
from tests import interrupts

ECHO = """\
#!{python} -S
import sys

for line in iter(sys.stdin.readline, ""):
    print(line, end="", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no script can stand for an interpreter there")
def test_no_interrupt_makes_its_end_wait_for_ever(tmp_path: Path) -> None:
    echo = tmp_path / "echo"
    echo.write_text(ECHO.format(python=sys.executable))
    echo.chmod(0o755)

    def run(asked: Worker) -> None:
        try:
            for number in range(3):
                assert asked.ask({"number": number}) == {"number": number}
        finally:
            asked.close()

    for asked in interrupts.everywhere(lambda: Worker(str(echo), 60), run, worker):
        # It comes to its end also where the interrupt came into `close` itself.
        asked.close()
