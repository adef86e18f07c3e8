"""Interpreters under which edgebokeh is slower, or answers something else, than it should."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the interpreters of these tests are shell scripts")

Python = Callable[[str, str], str]


def interpreter(around: Path, name: str, code: str) -> str:
    """An interpreter that runs some code before it measures, in a folder of that name."""
    folder = around / name
    folder.mkdir()
    script, wrapper = folder / "start.py", folder / "python"
    ends = "from edgebokeh.benchmark import trial\ntrial.main()\n"
    script.write_text(textwrap.dedent(code) + ends, "utf-8")
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n', "utf-8")
    wrapper.chmod(0o755)
    return str(wrapper)


def slower_by(seconds: float) -> str:
    """Code that makes every photo take so much longer."""
    return f"""
    import time
    from edgebokeh.pipeline import Bokeh
    convert = Bokeh.convert
    def slow(*args, **kwargs):
        time.sleep({seconds})
        return convert(*args, **kwargs)
    Bokeh.convert = slow
    """


def answering(output: str) -> str:
    """Code under which a network answers something else than it should."""
    return f"""
import numpy as np
from edgebokeh.engine import Network
run = Network.run
Network.run = lambda self, tensor: {output}
"""


OTHER = """
from edgebokeh import execution, parity, sessions
own = execution.Provider("CPUExecutionProvider", tolerance=execution.SINGLE)
execution.PROVIDERS = {"other": own, **execution.PROVIDERS}
"""
"""Code under which there is a second provider that really runs: the CPU under another name."""

HEAVY = """
import time
import numpy as np
checked, cpu_session = [], sessions.cpu_session
def heavy(*args, **kwargs):
    checked.append(np.ones(300_000_000, np.uint8))
    time.sleep(8)
    return cpu_session(*args, **kwargs)
sessions.cpu_session = heavy
"""
"""Code under which the session that outputs are compared with takes long and much memory."""

LIES = """
import numpy as np
answer, asked = parity.answer, []
def lying(session, picture):
    asked.append(session)
    return answer(session, picture) * (len(asked) % 2)
parity.answer = lying
"""
"""Code under which outputs are zeros for every second session that is asked."""

NAN = answering("np.nan * run(self, tensor)")
