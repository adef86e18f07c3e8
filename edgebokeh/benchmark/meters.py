"""What a benchmark's process asks beside the time: peak memory by stage, and whose kernels ran."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebokeh.arrays import Floats
from edgebokeh.engine import Network
from edgebokeh.errors import ProviderNotUsedError
from edgebokeh.sessions import open_session
from edgebokeh.stages import Clock

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Linux's record of this process, and where its largest resident set is reset by writing 5."""

TOGETHER = "together"
"""What stands in the place of a stage for the memory of several photos that are worked on at once."""


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
    """The share of time, 0..1, that the networks' kernels spent on each provider, by onnxruntime's own profiler.

    Raises ProviderError where a network that is watched does not run as the one that was measured.
    """
    spent: Counter[str] = Counter()
    for network, tensor in inputs:
        spent += _kernel_times(network, tensor, runs)
    total = sum(spent.values())
    return {name: micros / total for name, micros in spent.most_common()} if total else {}


def _kernel_times(network: Network, tensor: Floats, runs: int) -> Counter[str]:
    """Microseconds by provider, in a session of its own that is asked for as the network's was, as it slows what it
    watches."""
    with TemporaryDirectory() as folder:
        watched, verdict = open_session(network.path, network.runtime._replace(profile=str(Path(folder) / "profile")))
        if (verdict.provider, verdict.nodes) != (network.provider, network.verdict.nodes):
            raise ProviderNotUsedError(
                f"the session that is watched runs on {verdict.provider} otherwise than the one that was measured",
                "measure without --profile",
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
