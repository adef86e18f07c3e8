"""What a benchmark's process asks beside the time: peak memory by stage, and whose kernels ran."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnxruntime as ort

from edgebokeh.arrays import Floats
from edgebokeh.engine import Network
from edgebokeh.stages import Clock

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Linux's record of this process, and where its largest resident set is reset by writing 5."""


class MemoryClock(Clock):
    """A clock that also keeps the largest resident set of the process in each stage.

    What another thread does meanwhile counts to the stage that is under way here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, int] = {}

    @contextmanager
    def stage(self, name: str, network: str = "") -> Iterator[None]:
        """Times a block, and keeps its peak in bytes; where the system does not tell that, none."""
        _reset()
        with super().stage(name, network):
            yield
        if peak := resident("VmHWM"):
            self.peaks[name] = max(peak, self.peaks.get(name, 0))


def resident(line: str) -> int | None:
    """In bytes, VmHWM: the largest resident set so far, VmRSS: that of now. None where the system does not tell."""
    with contextlib.suppress(OSError):
        for text in STATUS.read_text("utf-8").splitlines():
            if text.startswith(line + ":"):
                return int(text.split()[1]) * 1024
    return None


def kernel_shares(inputs: Sequence[tuple[Network, Floats]], runs: int = 5) -> dict[str, float]:
    """The share of time, 0..1, that the networks' kernels spent on each provider, by onnxruntime's own profiler."""
    spent: Counter[str] = Counter()
    for network, tensor in inputs:
        spent += _kernel_times(network, tensor, runs)
    total = sum(spent.values())
    return {name: micros / total for name, micros in spent.most_common()} if total else {}


def _kernel_times(network: Network, tensor: Floats, runs: int) -> Counter[str]:
    """Microseconds by provider, in a session of its own with the settings of the network's, as it slows what it
    watches."""
    session = network.session
    with TemporaryDirectory() as folder:
        options = session.get_session_options()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        given = session.get_provider_options()
        watched: Any = ort.InferenceSession(
            str(network.path), options, providers=[(name, given.get(name, {})) for name in session.get_providers()]
        )
        for _ in range(runs):
            watched.run(None, {watched.get_inputs()[0].name: tensor})
        events = json.loads(Path(watched.end_profiling()).read_text("utf-8"))
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"].get("provider") or "unknown"] += event["dur"]
    return spent


def _reset() -> None:
    with contextlib.suppress(OSError):
        RESET.write_text("5", "ascii")
