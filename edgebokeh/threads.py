"""How many threads to work with: never more than the cores that this process may really use."""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import cv2

from edgebokeh.errors import ValueRangeError

MOST = 1024
"""The highest number that may be asked for; each thread costs memory, also one that finds no core."""


def available(root: Path = Path("/")) -> int:
    """The cores that this process may use, at least 1: its CPU affinity, and the quota of a container or service.

    A quota of 1.5 cores counts as 2. root: where /proc and /sys are looked for.
    """
    return max(1, min([_affinity(), *(math.ceil(quota) for quota in _quotas(root))]))


def use(wanted: int | None = None) -> int:
    """Sets how many threads OpenCV and the tiled compositor use in this process, and returns it for the networks.

    wanted: 1 to MOST; None is what is available, and does not raise a lower number that OpenCV was set to.
    Raises ValueRangeError.
    """
    if wanted is None:
        wanted = max(1, min(available(), cv2.getNumThreads()))
    if not 1 <= wanted <= MOST:
        raise ValueRangeError(
            f"threads is {wanted}", f"use 1 to {MOST}, or leave it out for the {available()} that this process may use"
        )
    cv2.setNumThreads(wanted)
    return wanted


def _affinity() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """In cores, of the process's own control group and of each one around it, in both versions of the interface."""
    mount = root / "sys" / "fs" / "cgroup"
    for line in (_text(root / "proc" / "self" / "cgroup") or "").splitlines():
        number, controllers, group = [*line.split(":", 2), "", ""][:3]
        if number == "0":
            hierarchies = [mount, mount / "unified"]
        elif "cpu" in controllers.split(","):
            hierarchies = [mount / controllers, mount / "cpu"]
        else:
            continue
        # Inside a container the group may be named as the host sees it: of that path only the root exists here.
        names = [name for name in PurePosixPath(group).parts if name not in ("/", "..")]
        for hierarchy in hierarchies:
            for depth in range(len(names), -1, -1):
                yield from _quota(hierarchy.joinpath(*names[:depth]))


def _quota(group: Path) -> Iterator[float]:
    """At most one: microseconds of CPU time for each period, over the period; "max" and -1 are none."""
    both = _text(group / "cpu.max") or f"{_text(group / 'cpu.cfs_quota_us')} {_text(group / 'cpu.cfs_period_us')}"
    quota, period = [*both.split(), "", ""][:2]
    if quota.isdecimal() and period.isdecimal() and int(period):
        yield int(quota) / int(period)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
