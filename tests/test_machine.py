from pathlib import Path

import pytest

from edgebokeh import BatchSettings, machine

WHOLE = 8 << 30
V1 = {"proc/self/cgroup": "9:name=systemd:/\n4:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc"}
V2 = {"proc/self/cgroup": "0::/user/me"}
LIMITS = {
    "none": ({}, WHOLE),
    "v2 own": (V2 | {"sys/fs/cgroup/user/me/memory.max": "1000"}, 1000),
    "v2 the lowest counts": (
        V2 | {"sys/fs/cgroup/user/me/memory.max": "1000", "sys/fs/cgroup/user/memory.max": "900"},
        900,
    ),
    "v2 root of a container": (V2 | {"sys/fs/cgroup/memory.max": "77"}, 77),
    "v2 without limit": (V2 | {"sys/fs/cgroup/user/me/memory.max": "max"}, WHOLE),
    "v1": (V1 | {"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1000"}, 1000),
    "v1 as the host names it": (V1 | {"sys/fs/cgroup/memory/memory.limit_in_bytes": "1000"}, 1000),
    "v1 without limit": (V1 | {"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, WHOLE),
}


def tree(root: Path, files: dict[str, str]) -> Path:
    """A root folder that holds these files, and a machine's memory."""
    for name, text in ({"proc/meminfo": f"MemTotal: {WHOLE >> 10} kB\nMemFree: 1 kB"} | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize("name", LIMITS)
def test_the_limit_of_a_container_counts(name: str, tmp_path: Path) -> None:
    files, expected = LIMITS[name]
    root = tree(tmp_path, files)
    assert machine.memory(root) == expected
    assert machine.fingerprint(root)["memory"] == WHOLE


def test_what_the_system_does_not_tell_is_none(tmp_path: Path) -> None:
    assert machine.memory(tmp_path) is None


def test_photos_may_take_half_of_it() -> None:
    assert BatchSettings().room == (machine.memory() or 2 << 30) // 2
    assert BatchSettings(memory=5).room == 5
