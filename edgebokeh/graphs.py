"""Sessions on the CPU, from an optimised graph that was kept where there is one."""

import contextlib
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from edgebokeh import __version__, cache, parity, threads
from edgebokeh.errors import ModelUnreadableError

CPU = "CPUExecutionProvider"
"""onnxruntime's name of what it always has."""

QUIET = 4
"""onnxruntime's log level for fatal errors only: what goes wrong is raised, and said once."""

FORMAT = "1"
"""Of what is kept. To be raised when `_keeping` changes what it writes."""

LARGE = 1024
"""Bytes from which weights are kept beside the graph, where they are mapped into memory instead of read."""

TOLERANCE = 1e-5
"""How far, absolutely or relatively, a kept graph may be from the network itself."""

FEATURES = ("vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU implementer", "CPU part")
"""Lines of Linux's /proc/cpuinfo that say what a core can do."""


def cpu_session(path: Path, wanted: int | None, *, keep: bool, profile: str = "") -> Any:
    """An onnxruntime session on the CPU. keep: whether its optimised graph may come from the cache, and be kept there;
    not with a profile, see `options`.

    Raises ModelUnreadableError.
    """
    digest = cache.model_hash(path) if keep and not profile else None
    if not digest:
        return _ordinary(path, wanted, profile)
    key = _key(digest)
    if entry := cache.find(key):
        with contextlib.suppress(Exception):
            return _kept(entry, wanted)
        cache.drop(key)
    return _keeping(path, wanted, key)


def options(wanted: int | None, profile: str = "") -> Any:
    """Settings of a session that is quiet and tells what runs where.

    wanted: threads; None takes as many as the process may use cores. profile: how the path of the file begins that
    onnxruntime's profiler writes; "" for none.
    """
    settings = ort.SessionOptions()
    if profile:
        settings.enable_profiling, settings.profile_file_prefix = True, profile
    settings.log_severity_level = QUIET
    settings.intra_op_num_threads = wanted or threads.available()
    settings.inter_op_num_threads = 1
    # Threads that wait in a busy loop take the cores from OpenCV between two runs, and from other processes in a run.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return settings


def first_line(error: Exception) -> str:
    """onnxruntime's message without the place in its source, "[ONNXRuntimeError] : 7 : FAIL : " and further lines."""
    noise = r"^(\[ONNXRuntimeError\] : \d+ : \w+ : |/\S+:\d+ .*?\) (?=[A-Z\[]))+"
    return re.sub(noise, "", (str(error).splitlines() or [""])[0])


def _session(path: Path, settings: Any) -> Any:
    # With onnxruntime's own fallback it would print to standard output, and try the same again.
    return ort.InferenceSession(str(path), settings, providers=[CPU], enable_fallback=0)


def _ordinary(path: Path, wanted: int | None, profile: str = "") -> Any:
    try:
        str(path).encode()
        return _session(path, options(wanted, profile))
    except UnicodeEncodeError as error:
        raise ModelUnreadableError(
            f"the name of {path} is not UTF-8, which onnxruntime wants", "give it another name"
        ) from error
    except Exception as error:  # onnxruntime raises a dozen unrelated private classes
        raise ModelUnreadableError(
            f"{path} is not an ONNX model that onnxruntime can run ({first_line(error)})",
            "check the file, or export it again",
        ) from error


def _kept(folder: Path, wanted: int | None) -> Any:
    """A session of a graph that is optimised already. Raises what onnxruntime raises."""
    settings = options(wanted)
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return _session(folder / cache.GRAPH, settings)


def _keeping(path: Path, wanted: int | None, key: Mapping[str, str]) -> Any:
    """An ordinary session, whose optimised graph is kept if it does the same.

    Where it cannot be kept, be it for a full disk, nothing is, and only the model itself can be at fault.
    """
    settings = options(wanted)
    settings.add_session_config_entry("session.optimized_model_external_initializers_file_name", cache.WEIGHTS)
    settings.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", str(LARGE))
    with cache.draft() as draft, contextlib.suppress(Exception):
        if draft:
            settings.optimized_model_filepath = str(draft / cache.GRAPH)
            session = _session(path, settings)
            with contextlib.suppress(Exception):
                if _agree(session, draft, wanted) and cache.model_hash(path) == key["model"]:
                    cache.publish(draft, key)
            return session
    return _ordinary(path, wanted)


def _agree(session: Any, draft: Path, wanted: int | None) -> bool:
    """Whether the graph in the draft gives the same as the session for one picture; no where it takes none."""
    picture = parity.question(session)
    if picture is None:
        return False
    plain, kept = (parity.answer(network, picture) for network in (session, _kept(draft, wanted)))
    return plain.shape == kept.shape and np.allclose(plain, kept, rtol=TOLERANCE, atol=TOLERANCE)


def _key(digest: str) -> dict[str, str]:
    """All that the optimised graph of a model file depends on."""
    return {
        "model": digest,
        "format": FORMAT,
        "edgebokeh": __version__,
        "onnxruntime": f"{ort.__version__} {ort.get_build_info()}",
        "provider": CPU,
        "cpu": _cpu(),
    }


def _cpu() -> str:
    """What this machine's cores are and can do; where the system does not say, which machine and system it is."""
    lines: list[str] = []
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.strip():
                break
            if line.partition(":")[0].strip() in FEATURES:
                lines.append(" ".join(line.split()))
    return "\n".join([platform.machine(), *lines] if lines else platform.uname())
