"""One configuration of a benchmark, or setting of a search, in its own process: python -m edgebokeh.benchmark.trial

Reads requests as lines of JSON from standard input and answers each with one on standard output, until the input ends:

    {"do": "open", "configuration": …, "photo": FILE, "quality": …, "outputs": FILE, "flight": …}
                                                                                       see `Workload.opened`
    {"do": "compete", "setting": …, "photos": [FILE, …], "masks": FILE}                see `Contestant.opened`
    {"do": "round", "walks": N, "runs": N, "scenario": …, "fps": …, "flight": …}       see `Workload.round`
    {"do": "probe", "profile": true}                                                   see `Workload.probed`

What cannot be done is answered with "error", "hint" and "code", an exit code.
"""

import json
import os
import sys
import time
from importlib import import_module
from typing import Any

from edgebokeh import allocator
from edgebokeh.errors import EdgeBokehError, ExitCode


def main() -> None:
    """Answers until nobody asks any more."""
    # Before anything else, so that no configuration has another memory than the next.
    allocator.settle()
    # Providers print what they like to standard output: it is kept for the answers, and theirs goes to standard error.
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as answers:
        os.dup2(2, 1)
        workload: Any = None
        for line in sys.stdin:
            request = json.loads(line)
            try:
                if request["do"] in _OPENERS:
                    workload, answer = _opened(request)
                else:
                    answer = getattr(workload, _ANSWERS[request["do"]])(request)
            except EdgeBokehError as error:
                answer = {"error": str(error), "hint": error.hint, "code": int(error.code)}
            except ImportError as error:
                answer = {"error": f"this Python lacks what edgebokeh needs ({error})", "hint": _MISSING, "code": 1}
            except Exception as error:  # whatever a provider raises ends this configuration alone
                text = f"{type(error).__name__}: {error}".splitlines()[0]
                hint = _SHORT if isinstance(error, OSError | MemoryError) else "see its provider's own documentation"
                answer = {"error": text, "hint": hint, "code": int(ExitCode.BUG)}
            answers.write(json.dumps(answer) + "\n")


def _opened(request: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    start = time.perf_counter()
    home, name = _OPENERS[request["do"]]
    kind = getattr(import_module(f"edgebokeh.{home}"), name)
    spent = (time.perf_counter() - start) * 1000
    workload = kind(request)
    answer = workload.opened(request)
    return workload, answer | {"cold": {"import": spent, **answer["cold"]}}


_OPENERS = {"open": ("benchmark.workload", "Workload"), "compete": ("tuning.contestant", "Contestant")}
_ANSWERS = {"round": "round", "probe": "probed"}
_SHORT = "see that there is room on the disk for temporary files, and in memory"
_MISSING = "install numpy, opencv-python-headless and one onnxruntime into it"

if __name__ == "__main__":
    main()
