import threading
import time

import pytest

from edgebokeh.batch import conveyor
from edgebokeh.batch.conveyor import Abandoned, Gate, conveyed
from tests import interrupts


def never() -> bool:
    return False


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(workers: int) -> None:
    def work(item: int) -> int:
        time.sleep(0.001 * (item % 3))
        return item * item

    assert list(conveyed(range(30), work, workers, never)) == [item * item for item in range(30)]


def test_several_are_worked_on_at_once() -> None:
    together = threading.Barrier(3, timeout=30)
    assert list(conveyed(range(6), lambda _: together.wait() >= 0, 3, never)) == [True] * 6


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_ends_it(workers: int) -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 4:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError):
        list(conveyed(range(10_000), work, workers, never))
    assert len(begun) < 10_000


@pytest.mark.parametrize("workers", [1, 3])
def test_nothing_is_begun_once_it_is_stopped(workers: int) -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item

    assert list(conveyed(range(1000), work, workers, lambda: len(begun) >= 5)) == sorted(begun)
    assert 5 <= len(begun) < 5 + workers


def test_who_does_not_want_the_rest_gets_no_more() -> None:
    begun: list[int] = []
    belt = conveyed(range(10_000), lambda item: begun.append(item) or time.sleep(0.001), 3, never)
    next(belt)
    belt.close()  # type: ignore[attr-defined]
    count = len(begun)
    time.sleep(0.05)
    assert len(begun) == count < 10_000


def test_a_gate_that_shuts_waits_for_those_inside() -> None:
    gate, inside, out = Gate(), threading.Event(), list[str]()

    def enter() -> None:
        with gate.passed():
            inside.set()
            time.sleep(0.05)
            out.append("through")

    thread = threading.Thread(target=enter)
    thread.start()
    inside.wait()
    gate.shut()
    assert out == ["through"]
    with pytest.raises(Abandoned), gate.passed():
        pass
    thread.join()


@pytest.mark.parametrize("workers", [1, 2])
def test_no_interrupt_makes_it_wait_for_ever(workers: int) -> None:
    def run(gate: Gate) -> None:
        def work(item: int) -> int:
            with gate.passed():
                return item

        try:
            list(conveyed(range(3), work, workers, never))
        finally:
            gate.shut()

    assert sum(gate.is_shut for gate in interrupts.everywhere(Gate, run, conveyor)) > 20
