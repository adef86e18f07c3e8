"""What was measured on, and whether it was quiet."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "typer")

BUSY = 0.5
"""Load average per core above which others were at work."""

WIDE = 0.15
"""Distance of the quartiles, as a share of the median, above which times are not worth much."""


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """Processes that waited for a core during the last minute, per core; 0 where the system does not tell."""
    return os.getloadavg()[0] / cores() if hasattr(os, "getloadavg") else 0.0


def fingerprint() -> dict[str, str | int]:
    """Processor, cores allowed, system, and versions of Python and the libraries."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
    }


def doubts(load_before: float, widths: list[float]) -> list[str]:
    """Why the figures may be wrong. load_before: `load()` at the start. widths: distances of quartiles over medians."""
    found = []
    if load_before > BUSY:
        found.append(f"the machine was busy before the start: {load_before:.1f} waiting processes per core")
    if wide := sum(width > WIDE for width in widths):
        found.append(f"{wide} of {len(widths)} times spread by more than {WIDE:.0%}; measure again on a quiet machine")
    return found


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "from elsewhere"
