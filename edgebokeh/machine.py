"""The machine that something is measured on, and who else is at work there."""

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from edgebokeh import control_groups, threads


def fingerprint(root: Path = Path("/")) -> dict[str, str | int | None]:
    """What times depend on: processor, cores that this process may use, memory in bytes, system, Python, governor.

    What the system does not tell is None. root: where /proc and /sys are looked for.
    """
    governor = "\n".join(_lines(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))
    names = [line.partition(":")[2].strip() for line in _lines(root / "proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or None,
        "architecture": platform.machine(),
        "cores": threads.available(root),
        "memory": _built_in(root),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "governor": governor or None,
    }


def memory(root: Path = Path("/")) -> int | None:
    """Bytes that this process may use: the machine's, or less where a container or service has a limit.

    None where the system does not tell. root: where /proc and /sys are looked for.
    """
    known = [_built_in(root)]
    for group in control_groups.folders(root, "memory"):
        told = [control_groups.text(group / name) for name in ("memory.max", "memory.limit_in_bytes")]
        known += [int(limit) for limit in told if limit and limit.isdecimal()]
    return min((limit for limit in known if limit is not None), default=None)


def waiting() -> float | None:
    """Processes that waited for a core during the last minute, per core; None where the system does not tell."""
    return os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else None


def busy(root: Path = Path("/")) -> float | None:
    """Seconds that the machine's cores worked since it started, all together; None where the system does not tell."""
    for line in _lines(root / "proc/stat"):
        name, *ticks = line.split()
        if name == "cpu":
            user, nice, system, _idle, _waiting, *interrupts = map(int, ticks)
            return (user + nice + system + sum(interrupts[:2])) / os.sysconf("SC_CLK_TCK")
    return None


def _built_in(root: Path) -> int | None:
    told = [line.split()[1] for line in _lines(root / "proc/meminfo") if line.startswith("MemTotal:")]
    return int(told[0]) * 1024 if told else None


def _lines(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, ValueError):
        yield from path.read_text("utf-8").splitlines()
