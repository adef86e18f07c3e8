import threading

import cv2
import pytest

from edgebokeh.threads import current, each, working


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
            gate.wait(5)

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
