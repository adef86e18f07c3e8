import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from edgebokeh.serve.refusal import RefusedError
from edgebokeh.serve.work import Work

SOON = 20.0


async def until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that")


def run(scene: Callable[[Work, threading.Event], Awaitable[None]], waiting: int = 2) -> None:
    """Plays a scene with one thread, which is held up by a job that waits for the event."""

    async def play() -> None:
        work, go = Work(1, waiting), threading.Event()
        try:
            await asyncio.wait_for(scene(work, go), 60)
        finally:
            go.set()

    asyncio.run(play())


def test_results_and_errors_come_back() -> None:
    async def scene(work: Work, _go: threading.Event) -> None:
        assert await work.run(lambda: 7, SOON) == 7
        with pytest.raises(KeyError):
            await work.run(lambda: {}["none"], SOON)
        assert (work.running, work.waiting) == (0, 0)

    run(scene)


def test_too_many_are_refused_with_a_time_to_come_back() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        jobs = [asyncio.ensure_future(work.run(go.wait, SOON)) for _ in range(3)]
        await until(lambda: (work.running, work.waiting) == (1, 2))
        with pytest.raises(RefusedError) as refused:
            await work.run(go.wait, SOON)
        assert refused.value.status == 429
        assert int(refused.value.headers["Retry-After"]) >= 1
        go.set()
        assert await asyncio.gather(*jobs) == [True] * 3

    run(scene)


def test_bodies_are_counted_before_they_are_received() -> None:
    async def scene(work: Work, _go: threading.Event) -> None:
        with work.place(), work.place(), work.place(), pytest.raises(RefusedError, match="too many"), work.place():
            pass
        with work.place():
            pass

    run(scene)


def test_a_newer_one_takes_the_place_of_one_that_waits() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        first = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.running == 1)
        old = asyncio.ensure_future(work.run(lambda: "old", SOON, "one"))
        other = asyncio.ensure_future(work.run(lambda: "other", SOON, "two"))
        await until(lambda: work.waiting == 2)
        new = asyncio.ensure_future(work.run(lambda: "new", SOON, "one"))
        with pytest.raises(RefusedError) as refused:
            await old
        assert (refused.value.status, refused.value.kind) == (409, "superseded")
        go.set()
        assert await asyncio.gather(first, other, new) == [True, "other", "new"]

    run(scene)


def test_what_runs_is_not_replaced() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        first = asyncio.ensure_future(work.run(go.wait, SOON, "one"))
        await until(lambda: work.running == 1)
        second = asyncio.ensure_future(work.run(lambda: "second", SOON, "one"))
        await until(lambda: work.waiting == 1)
        go.set()
        assert await asyncio.gather(first, second) == [True, "second"]

    run(scene)


def test_previews_go_ahead() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        order: list[str] = []
        first = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.running == 1)
        whole = asyncio.ensure_future(work.run(lambda: order.append("whole"), SOON))
        await until(lambda: work.waiting == 1)
        preview = asyncio.ensure_future(work.run(lambda: order.append("preview"), SOON, "one"))
        await until(lambda: work.waiting == 2)
        go.set()
        await asyncio.gather(first, whole, preview)
        assert order == ["preview", "whole"]

    run(scene)


@pytest.mark.parametrize("begun", [True, False])
def test_the_time_limit(begun: bool) -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        held = [] if begun else [asyncio.ensure_future(work.run(go.wait, SOON))]
        await until(lambda: work.running == len(held))
        with pytest.raises(RefusedError) as refused:
            await work.run(go.wait, 0.2)
        assert refused.value.status == (504 if begun else 503)
        assert work.waiting == 0
        go.set()
        await asyncio.gather(*held)
        assert await work.run(lambda: "free again", SOON) == "free again"

    run(scene)


def test_who_goes_away_gives_the_place_up() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        first = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.running == 1)
        gone = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.waiting == 1)
        gone.cancel()
        await until(lambda: work.waiting == 0)
        first.cancel()
        go.set()
        await until(lambda: work.running == 0)
        assert await work.run(lambda: 1, SOON) == 1

    run(scene)


def test_stopping_finishes_what_runs_and_refuses_the_rest() -> None:
    async def scene(work: Work, go: threading.Event) -> None:
        runs = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.running == 1)
        waits = asyncio.ensure_future(work.run(go.wait, SOON))
        await until(lambda: work.waiting == 1)
        work.stop()
        for late in (waits, work.run(go.wait, SOON)):
            with pytest.raises(RefusedError) as refused:
                await late
            assert refused.value.status == 503
        go.set()
        assert await runs

    run(scene)
