"""The driver of a run on Ray: hands blocks to workers, keeps the ledger, and says what became of each photo."""

import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, get_args

from edgebokeh import threads
from edgebokeh.batch.cluster.blocks import DEATHS, Blocks
from edgebokeh.batch.cluster.connection import connected
from edgebokeh.batch.cluster.crew import LOST, Call, Crew, Kind, Member
from edgebokeh.batch.cluster.kit import packed, runtime
from edgebokeh.batch.cluster.worker import Answer, Placing
from edgebokeh.batch.journal import Journal
from edgebokeh.batch.ledger import Item, Ledger
from edgebokeh.batch.making import Facts, Wish
from edgebokeh.batch.outcome import Failure, Outcome
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.settings import Cluster
from edgebokeh.errors import ClusterUnfitError, ContradictionError, JournalError, WorkerLostError
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.remote import Remote

GPUS = ("cuda", "tensorrt", "tensorrt-rtx", "migraphx", "rocm")
"""Keys of PROVIDERS that take what Ray counts as a GPU."""

STARTING = 300.0
"""Seconds until the first worker must be there: a cluster that grows by itself has to get its machines first."""

STILLBORN = 3
"""So many workers may die before they are ready, with none that is ready in between; then no others are started."""

GRACE = 5.0
"""Seconds for results that are being written when the run is ended."""


def driven(
    bokeh: Bokeh,
    items: Sequence[Item],
    wish: Wish,
    ledger: Ledger,
    cluster: Cluster,
    jobs: int | None,
    journal: Journal | None,
) -> Iterator[Outcome]:
    """Works through the jobs on a cluster, and yields an Outcome for each as it comes.

    bokeh: whose networks the workers open. jobs: how many workers, None for what the cluster has room for.
    Raises ContradictionError for streams, ClusterError, and what opening the networks on a worker does.
    """
    for place in {place for job, _ in items for place in (job.source, job.target) if _is_of_this_process(place)}:
        raise ContradictionError(f"a cluster cannot reach {place}", "name files or URLs, or leave --cluster out")
    due = [number for number, (_, standing) in enumerate(items) if ledger.due(standing)]
    _, skipped = ledger.begin([item for item in items if not ledger.due(item[1])])
    yield from skipped
    if not due:
        return
    cores = max(threads.available(), (jobs or 1) * bokeh.threads)
    with connected(cluster.address, cores) as ray:
        offered = ray.cluster_resources()
        wanted = min(len(due), jobs or max(1, int(offered.get("CPU", 1)) // bokeh.threads))
        resources = {"num_cpus": bokeh.threads, "num_gpus": gpu_share(bokeh, cluster, offered.get("GPU", 0), wanted)}
        kit = packed(bokeh, wish.look, cluster, ray.put)
        there = journal.path if journal and isinstance(journal.path, Path) else None
        crew = Crew(ray, resources, (kit, ray.put(wish), there))
        driver = _Driver(list(items), Blocks(due, wanted), crew, ledger)
        try:
            yield from driver.outcomes(wanted)
        finally:
            driver.close()


def _is_of_this_process(place: Place) -> bool:
    return place == STREAM or (isinstance(place, Remote) and place.scheme == "memory")


def gpu_share(bokeh: Bokeh, cluster: Cluster, offered: float, workers: int) -> float:
    """Of a GPU for each worker, 0..1: what the cluster offers, divided by them; 0 where it has none: they tell."""
    first = runtime(bokeh, cluster).providers[0]
    if not offered or first.partition(":")[0].lower() not in GPUS:
        return 0
    return max(0.01, min(1.0, int(100 * offered / workers) / 100))


class _Driver:
    def __init__(self, items: list[Item], blocks: Blocks, crew: Crew, ledger: Ledger) -> None:
        self._items, self._blocks, self._crew, self._ledger = items, blocks, crew, ledger
        self._numbers, self._stillborn = count(), 0

    def outcomes(self, workers: int) -> Iterator[Outcome]:
        for _ in range(workers):
            self._crew.hire()
        deadline = time.monotonic() + STARTING
        try:
            while not self._ledger.ended:
                yield from self._hand_out()
                if not (self._blocks or self._crew.calls("make", "place")):
                    return
                yield from self._heard(self._crew.answers(1.0))
                if any(member.ready for member in self._crew.members):
                    deadline = time.monotonic() + STARTING
                elif time.monotonic() > deadline:
                    raise ClusterUnfitError(f"no worker has started within {STARTING:.0f} s", "ask `ray status` why")
        except JournalError:
            # The ledger keeps it as the end of the run.
            return

    def close(self) -> None:
        """Notes what is written within GRACE, and lets the workers go."""
        deadline = time.monotonic() + GRACE
        try:
            while self._crew.calls("place") and (left := deadline - time.monotonic()) > 0:
                answers = [(call, answer) for call, answer in self._crew.answers(left) if answer is not LOST]
                if not answers:
                    break
                self._placed([(call, answer) for call, answer in answers if call.kind == "place"])
        except JournalError:
            # It is why the run ends, or the next one makes up for it.
            pass
        finally:
            for member in list(self._crew.members):
                self._crew.dismiss(member)

    def _hand_out(self) -> list[Outcome]:
        """Gives workers what they want; returns what became of jobs that need no worker."""
        outcomes = []
        for member in self._crew.members:
            while member.wants and not self._ledger.ended and (block := self._blocks.take(idle=member.idle)):
                begun, settled = self._ledger.begin([self._items[number] for number in block.photos])
                outcomes += settled
                over = {outcome.job for outcome in settled}
                left = [number for number in block.photos if self._items[number][0] not in over]
                if left:
                    photos = list(zip(left, begun, strict=True))
                    call = Call(member, "make", next(self._numbers), photos, block.alone)
                    self._crew.ask(call, call.number, [one.job for one in begun])
        return outcomes

    def _heard(self, answers: Sequence[tuple[Call, Any]]) -> list[Outcome]:
        """Deals with answers, notes first; returns what became of which jobs."""
        lost = dict.fromkeys(call.member for call, answer in answers if answer is LOST)
        of = {kind: [one for one in answers if one[0].kind == kind and one[1] is not LOST] for kind in get_args(Kind)}
        for call, answer in of["open"]:
            self._opened(call.member, answer)
        outcomes = self._placed(of["place"])
        for call, _ in of["make"]:
            if call.member in lost:
                # Its results went with it, and it is not what killed it.
                self._blocks.put_back([number for number, _ in call.photos])
        outcomes += self._made([one for one in of["make"] if one[0].member not in lost])
        return outcomes + [outcome for member in lost for outcome in self._lost(member)]

    def _opened(self, member: Member, answer: Failure | None) -> None:
        if answer:
            raise answer.error
        member.ready, self._stillborn = True, 0

    def _made(self, answers: Sequence[tuple[Call, Answer]]) -> list[Outcome]:
        """Notes what is about to be written, of all these blocks at once, and has it written."""
        outcomes, made = [], []
        for call, answer in answers:
            self._blocks.timed(len(call.photos), answer.seconds)
            pairs = list(zip(call.photos, answer.results, strict=True))
            outcomes += [self._ledger.fail(one, why) for (_, one), why in pairs if isinstance(why, Failure)]
            made.append((call, [(photo, facts) for photo, facts in pairs if isinstance(facts, Facts)]))
        announced = iter(self._ledger.announce([(one, facts) for _, some in made for (_, one), facts in some]))
        for call, some in made:
            if some:
                placed = [(next(announced), facts) for _, facts in some]
                photos = [photo for photo, _ in some]
                asked = Call(call.member, "place", call.number, photos, call.alone, placed)
                self._crew.ask(asked, call.number, [Placing(one.force, one.temporary) for one, _ in placed])
        return outcomes

    def _placed(self, answers: Sequence[tuple[Call, Sequence[int | Failure]]]) -> list[Outcome]:
        written, outcomes = [], []
        for call, results in answers:
            for (_, before), (one, facts), result in zip(call.photos, call.made, results, strict=True):
                if isinstance(result, Failure):
                    outcomes.append(self._ledger.fail(before, result))
                else:
                    written.append((one, facts, result))
        return self._ledger.finish(written) + outcomes

    def _lost(self, member: Member) -> list[Outcome]:
        """Takes another worker for one that is gone, and has its work done again; returns what is given up."""
        calls = self._crew.dismiss(member)
        self._stillborn += not member.ready
        if self._stillborn >= STILLBORN and not any(other.ready for other in self._crew.members):
            hint = "install the same edgebokeh on all machines, and see the workers' logs with `ray logs`"
            raise ClusterUnfitError("workers die before they are ready", hint)
        making = [call for call in calls if call.kind == "make"]
        placing = [call for call in calls if call.kind == "place"]
        for call in placing:
            for (number, _), (one, _) in zip(call.photos, call.made, strict=True):
                self._ledger.clean(one)
                # Its result may be there: what lies at the target is looked at again.
                self._items[number] = (one.job, "again")
        for call in reversed(making[1:]):
            self._blocks.put_back([number for number, _ in call.photos])
        suspects = [number for call in (*placing, *making[:1]) for number, _ in call.photos]
        given_up = self._blocks.suspect(suspects)
        if self._blocks and self._stillborn < STILLBORN:
            self._crew.hire()
        return [outcome for number in given_up for outcome in self._given_up(number)]

    def _given_up(self, number: int) -> list[Outcome]:
        begun, settled = self._ledger.begin([self._items[number]])
        what = f"{self._items[number][0].source} was in work when {DEATHS} workers died"
        error = WorkerLostError(what, "blur it alone, or give workers more memory")
        return settled + [self._ledger.fail(one, Failure(error)) for one in begun]
