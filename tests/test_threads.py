import gc
import os
import sys
import threading
import time
import weakref
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh import threads
from edgebokeh.errors import ValueRangeError
from edgebokeh.threads import current, each, working

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tree(root: Path, files: dict[str, str]) -> Path:
    """A root folder that holds these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


V2 = {"proc/self/cgroup": "0::/user/me"}
V1 = {"proc/self/cgroup": "9:name=systemd:/\n4:cpu,cpuacct:/docker/abc\n0::/"}
GROUPS = {
    "nothing": ({}, None),
    "v2 own": (V2 | {"sys/fs/cgroup/user/me/cpu.max": "100000 100000"}, 1),
    "v2 parent": (V2 | {"sys/fs/cgroup/user/me/cpu.max": "max 100000", "sys/fs/cgroup/user/cpu.max": "100 1000"}, 1),
    "v2 root of a container": (V2 | {"sys/fs/cgroup/cpu.max": "50000 100000"}, 1),
    "v2 the lowest counts": (
        V2 | {"sys/fs/cgroup/user/me/cpu.max": "9000000 100000", "sys/fs/cgroup/user/cpu.max": "1 1"},
        1,
    ),
    "v2 outside our namespace": ({"proc/self/cgroup": "0::/../../x", "sys/fs/cgroup/x/cpu.max": "1 1"}, 1),
    "v2 beside v1": (V2 | {"sys/fs/cgroup/unified/user/me/cpu.max": "1 1"}, 1),
    "v2 without limit": (V2 | {"sys/fs/cgroup/user/me/cpu.max": "max 100000"}, None),
    "v1": (
        V1
        | {
            "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "100000",
            "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000",
        },
        1,
    ),
    "v1 as the host names it": (
        V1 | {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "20000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
        1,
    ),
    "v1 without limit": (
        V1 | {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
        None,
    ),
    "nonsense": ({"proc/self/cgroup": "x\n0:\n0::/a", "sys/fs/cgroup/a/cpu.max": "5"}, None),
    "a period of zero": (V2 | {"sys/fs/cgroup/cpu.max": "5 0"}, None),
    "a quota of zero": (V2 | {"sys/fs/cgroup/cpu.max": "0 100"}, 1),
}


@pytest.mark.parametrize("name", GROUPS)
def test_the_quota_of_a_container_counts(name: str, tmp_path: Path) -> None:
    files, cores = GROUPS[name]
    assert threads.available(tree(tmp_path, files)) == min(ALL, cores or ALL)


@pytest.mark.skipif(ALL < 2, reason="a quota of more than one core shows only where there are two")
def test_a_part_of_a_core_counts_as_one(tmp_path: Path) -> None:
    assert threads.available(tree(tmp_path, V2 | {"sys/fs/cgroup/cpu.max": "110000 100000"})) == 2


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is set on Linux only")
def test_the_affinity_counts() -> None:
    if sys.platform == "linux":
        before = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {min(before)})
            assert threads.available() == 1
        finally:
            os.sched_setaffinity(0, before)


def test_what_the_program_told_opencv_is_not_raised() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        assert (threads.allowed(), threads.allowed(3)) == (1, 3)
        cv2.setNumThreads(threads.MOST)
        assert threads.allowed() == threads.available()
        with threads.working(2):
            assert threads.allowed() == threads.available()
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("wanted", [0, -1, threads.MOST + 1])
def test_numbers_out_of_range_are_refused(wanted: int) -> None:
    with pytest.raises(ValueRangeError, match=f"threads is {wanted}"):
        threads.allowed(wanted)


def test_each_does_every_item_and_raises_what_it_raises() -> None:
    done: list[int] = []
    with working(3):
        each(range(20), done.append)
        with pytest.raises(ZeroDivisionError):
            each([1, 0], lambda item: print(1 / item))
    assert sorted(done) == list(range(20))


def test_as_many_threads_work_as_were_asked_for() -> None:
    for count in (1, 3):
        seen: set[int] = set()
        gate = threading.Barrier(count)

        def work(_: int, gate: threading.Barrier = gate, seen: set[int] = seen) -> None:
            seen.add(threading.get_ident())
            gate.wait(30)

        with working(count):
            assert current() == count
            each(range(count), work)
        assert len(seen) == count


def test_opencv_has_one_thread_inside_and_its_own_number_afterwards() -> None:
    before = cv2.getNumThreads()
    with working(2):
        assert cv2.getNumThreads() == 1
        other = threading.Thread(target=_inside)
        other.start()
        other.join()
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before
    assert current() == before


def _inside() -> None:
    with working(7):
        assert current() == 7


def test_work_aside_takes_a_thread_until_it_is_done() -> None:
    gate = threading.Event()
    with working(3):
        aside = threads.Aside(lambda: gate.wait(30))
        assert current() == 2
        gate.set()
        assert aside.result()
        failing = threads.Aside(lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            failing.result()
        assert current() == 3


def test_working_ends_when_what_is_aside_has_ended() -> None:
    done: list[int] = []
    with working(2):
        threads.Aside(lambda: (time.sleep(0.05), done.append(1)))
    assert done == [1]


def test_with_one_thread_nothing_works_aside() -> None:
    runs: list[int] = []
    with threads.working(1):
        aside = threads.Aside(lambda: runs.append(threading.get_ident()))
        threads.Aside(lambda: runs.append(0))
        assert runs == []
        aside.result()
        aside.result()
        assert runs == [threading.get_ident()]
        failing = threads.Aside(lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            failing.result()


@pytest.mark.parametrize("count", [1, 2])
def test_what_worked_aside_is_let_go_at_once(count: int) -> None:
    gc.disable()
    try:
        with threads.working(count):
            aside = threads.Aside(lambda: np.zeros(9))
            result = weakref.ref(aside.result())
            del aside
        assert result() is None
    finally:
        gc.enable()
