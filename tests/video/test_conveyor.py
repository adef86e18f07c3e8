"""Stations in threads: in order, bounded, and no thread is left whatever happens."""

import itertools
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest

from edgebokeh.video import conveyor
from edgebokeh.video.conveyor import LENGTH, conveyed
from tests import interrupts


@pytest.fixture(autouse=True)
def known() -> Iterator[set[threading.Thread]]:
    """Those that may be there at the end: no others are left."""
    before = set(threading.enumerate())
    yield before
    assert set(threading.enumerate()) <= before


def test_things_come_out_in_order() -> None:
    assert list(conveyed(range(100), [lambda n: n + 1, lambda n: 2 * n])) == [2 * (n + 1) for n in range(100)]
    assert list(conveyed([], [str])) == []
    assert list(conveyed([1, 2], [])) == [1, 2]


def test_each_station_has_a_thread_of_its_own() -> None:
    seen: list[set[int]] = [set(), set()]
    stations = [lambda n, s=s: (s.add(threading.get_ident()), n)[1] for s in seen]
    list(conveyed(range(5), stations))
    assert [len(one) for one in seen] == [1, 1]
    assert len(seen[0] | seen[1] | {threading.get_ident()}) == 3


def test_belts_are_short() -> None:
    taken: list[int] = []
    results = conveyed((taken.append(n) or n for n in itertools.count()), [lambda n: n])
    for number in range(50):
        assert next(results) == number
        # Two belts, and what the source and the station hold in their hands.
        assert len(taken) <= number + 1 + 2 * LENGTH + 2
    results.close()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_error_comes_after_what_was_made_before_it(place: int) -> None:
    def fails(number: int) -> int:
        if number == 7:
            raise ArithmeticError("seven")
        return number

    source = map(fails, itertools.count()) if place == 0 else itertools.count()
    stations = [fails if place == number else (lambda n: n) for number in (1, 2)]
    found: list[int] = []
    with pytest.raises(ArithmeticError, match="seven"):
        found.extend(conveyed(source, stations))
    assert found == list(range(7))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_the_one_who_takes_may_stop(error: type[BaseException]) -> None:
    results = conveyed(itertools.count(), [lambda n: n, lambda n: n])
    with pytest.raises(error):
        _take(results, error)
    assert list(results) == []


def _take(results: Generator[int, None, None], error: type[BaseException]) -> None:
    with closing(results):
        for number in results:
            if number == 3:
                raise error


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers there")
def test_an_interrupt_while_threads_end_waits_until_they_have() -> None:
    begun, finished = [], []

    def slow(number: int) -> int:
        begun.append(number)
        if number:
            time.sleep(0.3)
        finished.append(number)
        return number

    def ends(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ends)
    results = conveyed(itertools.count(), [slow])
    try:
        assert next(results) == 0
        while len(begun) < 2:
            time.sleep(0.001)
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            results.close()
        assert finished == begun == [0, 1]
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers there")
def test_a_third_interrupt_does_not_wait_for_a_thread_that_never_ends() -> None:
    wanted, interrupts_left = threading.Event(), [1, 2, 3]

    def stuck(_number: int) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        return wanted.wait()

    def ends(_number: int, _frame: object) -> None:
        if interrupts_left:
            interrupts_left.pop()
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ends)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(conveyed([1], [stuck]))
        assert not interrupts_left
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        wanted.set()
        while [thread for thread in threading.enumerate() if not getattr(thread, "over", True)]:
            time.sleep(0.001)


def test_no_interrupt_makes_it_wait_for_ever(known: set[threading.Thread]) -> None:
    def run(found: list[int]) -> None:
        with closing(conveyed(itertools.count(), [lambda n: n])) as results:
            found.extend(itertools.islice(results, 3))

    assert len(list(interrupts.everywhere(list[int], run, conveyor))) > 50
    # One on the way into `start`, or out of the conveyor itself, leaves threads to end with the process.
    known |= set(threading.enumerate())


def test_interrupts_of_a_station_reach_the_caller() -> None:
    def stops(_number: int) -> int:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        list(conveyed(itertools.count(), [stops]))
