"""The control groups of Linux that this process is in: where limits of containers and services stand."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def folders(root: Path, controller: str) -> Iterator[Path]:
    """Of the process's own control group and of each one around it, in both versions of the interface.

    controller: such as "cpu" or "memory". root: where /proc and /sys are looked for. They need not be there.
    """
    mount = root / "sys" / "fs" / "cgroup"
    for line in (text(root / "proc" / "self" / "cgroup") or "").splitlines():
        number, controllers, group = [*line.split(":", 2), "", ""][:3]
        if number == "0":
            hierarchies = [mount, mount / "unified"]
        elif controller in controllers.split(","):
            hierarchies = [mount / controllers, mount / controller]
        else:
            continue
        # Inside a container the group may be named as the host sees it: of that path only the root exists here.
        names = [name for name in PurePosixPath(group).parts if name not in ("/", "..")]
        for hierarchy in hierarchies:
            for depth in range(len(names), -1, -1):
                yield hierarchy.joinpath(*names[:depth])


def text(path: Path) -> str | None:
    """What a file says, None where it cannot be read."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
