"""The driver of a run on Ray: hands blocks to workers, keeps the ledger, and says what became of each photo."""

import contextlib
import hashlib
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, get_args

from edgebokeh import files, threads
from edgebokeh.batch.cluster.blocks import DEATHS, Blocks
from edgebokeh.batch.cluster.connection import connected
from edgebokeh.batch.cluster.crew import LOST, Call, Crew, Kind, Member
from edgebokeh.batch.cluster.kit import packed, runtime
from edgebokeh.batch.cluster.site import Site
from edgebokeh.batch.cluster.worker import Answer, Placing
from edgebokeh.batch.journal import Journal
from edgebokeh.batch.ledger import Item, Ledger
from edgebokeh.batch.making import Facts, Wish
from edgebokeh.batch.outcome import Failure, Outcome
from edgebokeh.batch.plan import Job
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.settings import LOCAL, Cluster
from edgebokeh.errors import ClusterUnfitError, ContradictionError, JournalError, WorkerLostError
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.remote import Remote

STARTING = 300.0
"""Seconds until the first worker must be there: a cluster that grows by itself has to get its machines first."""

STILLBORN = 3
"""So often workers may die before they are ready, with none that is ready in between; then no others are started, or
hardly any where some are ready. A machine that goes takes all of its workers at once: that counts once in GROWTH."""

FORGIVEN = 60.0
"""Seconds after which one more is tried all the same: another machine may do better."""

GRACE = 5.0
"""Seconds for results that are being written when the run is ended."""

GROWTH = 5.0
"""Seconds after which the cluster is asked again what it has room for."""

SEEN = 32
"""Folders of photos that a machine has to show that it sees."""


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
    check([job for job, _ in items])
    due = [number for number, (_, standing) in enumerate(items) if ledger.due(standing)]
    _, skipped = ledger.begin([item for item in items if not ledger.due(item[1])])
    yield from skipped
    if not due:
        return
    cores = max(threads.available(), (jobs or 1) * bokeh.threads)
    with connected(cluster.address, cores) as ray:
        site = Site(ray, bokeh.threads, runtime(bokeh, cluster).providers[0], jobs, grows=cluster.address != LOCAL)
        kit = packed(bokeh, wish.look, cluster, ray.put)
        crew = Crew(ray, (kit, ray.put(wish)))
        todo = [items[number][0] for number in due]
        with _marked([job.target.parent for job in todo], alone=journal is not None) as marks:
            seen = [*marks, *_seen([job.source for job in todo], journal)]
            driver = _Driver(list(items), Blocks(due), crew, ledger, site, seen)
            try:
                yield from driver.outcomes()
            finally:
                driver.close()


def check(jobs: Iterable[Job]) -> None:
    """Raises ContradictionError for streams, and for other places that no other process has."""
    for place in {place for job in jobs for place in (job.source, job.target) if _is_of_this_process(place)}:
        raise ContradictionError(f"a cluster cannot reach {place}", "name files or URLs, or leave --cluster out")


def _is_of_this_process(place: Place) -> bool:
    return place == STREAM or (isinstance(place, Remote) and place.scheme == "memory")


def _seen(sources: Iterable[Place], journal: Journal | None) -> list[Path]:
    """Files by which a machine shows that it shares the folders of a run: the journal, and a photo of each folder."""
    photos = {source.parent: source for source in sources if isinstance(source, Path)}
    notes = [journal.path] if journal and isinstance(journal.path, Path) else []
    return [*notes, *islice(photos.values(), SEEN)]


@contextmanager
def _marked(folders: Iterable[Place], *, alone: bool) -> Iterator[list[Path]]:
    """Inside, an empty file in each folder for results, or above it where it is not there yet, SEEN at most: an old
    journal may lie elsewhere too, and what a machine writes into a folder of its own is lost.

    alone: no other run works there, as the journal's lock says; then the name is the folder's own, and the next run
    takes away what one that was killed has left. Else no other run has that name.
    """
    marks = []
    try:
        own = dict.fromkeys(_there(place) for place in folders if isinstance(place, Path))
        for folder in islice(own, SEEN):
            # Who cannot write there is told so by the first result.
            with contextlib.suppress(OSError):
                token = hashlib.blake2b(os.fsencode(folder), digest_size=8).digest() if alone else None
                marks.append(folder / files.temporary_name(token))
                marks[-1].open("wb").close()
        yield marks
    finally:
        for mark in marks:
            with contextlib.suppress(OSError):
                mark.unlink(missing_ok=True)


def _there(folder: Path) -> Path:
    """A folder, or the nearest above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if files.is_folder(one))


class _Driver:
    def __init__(
        self, items: list[Item], blocks: Blocks, crew: Crew, ledger: Ledger, site: Site, seen: list[Path]
    ) -> None:
        self._items, self._blocks, self._crew, self._ledger = items, blocks, crew, ledger
        self._site, self._seen = site, seen
        self._numbers, self._stillborn, self._asked = count(), 0, -GROWTH
        self._died = -FORGIVEN
        # What is not told yet.
        self._known = deque[Outcome]()

    def outcomes(self) -> Iterator[Outcome]:
        """However it ends, but for a caller who wants no more: also of what is written within GRACE."""
        try:
            yield from self._working()
        except JournalError:
            # The ledger keeps it as the end of the run.
            pass
        except (Exception, KeyboardInterrupt, SystemExit):
            self.close()
            yield from self._told()
            raise
        self.close()
        yield from self._told()

    def close(self) -> None:
        """Notes what is written within GRACE, and lets the workers go."""
        deadline = time.monotonic() + GRACE
        try:
            while self._crew.calls("place") and (left := deadline - time.monotonic()) > 0:
                answers = self._crew.answers(left)
                for member in {call.member for call, answer in answers if answer is LOST}:
                    self._crew.dismiss(member)
                self._placed([one for one in answers if one[0].kind == "place" and one[1] is not LOST])
        except JournalError:
            # It is why the run ends, or the next one makes up for it.
            pass
        finally:
            for member in list(self._crew.members):
                self._crew.dismiss(member)

    def _told(self) -> Iterator[Outcome]:
        while self._known:
            yield self._known.popleft()

    def _working(self) -> Iterator[Outcome]:
        deadline = time.monotonic() + STARTING
        while not self._ledger.ended:
            self._staff()
            self._hand_out()
            yield from self._told()
            if not (self._blocks or self._crew.calls("make", "place")):
                return
            self._heard(self._crew.answers(1.0))
            yield from self._told()
            if any(member.ready for member in self._crew.members):
                deadline = time.monotonic() + STARTING
            elif time.monotonic() > deadline:
                what = f"no worker has started within {STARTING:.0f} s: {self._site.needs}"
                raise ClusterUnfitError(what, "lower --threads, or ask `ray status` why")

    def _staff(self) -> None:
        """Hires as many workers as the cluster has room for, now and as it grows."""
        now = time.monotonic()
        if now < self._asked + GROWTH or (self._stillborn >= STILLBORN and now < self._died + FORGIVEN):
            return
        self._asked = now
        for _ in range(min(self._site.wanted(), len(self._blocks)) - len(self._crew.members)):
            self._hire()

    def _hire(self) -> None:
        self._crew.hire(self._site.resources(), [path for path in self._seen if files.is_file(path)])
        self._blocks.workers = len(self._crew.members)

    def _hand_out(self) -> None:
        """Gives workers what they want."""
        for member in self._crew.members:
            while member.wants and not self._ledger.ended and (block := self._blocks.take(idle=member.idle)):
                begun, settled = self._ledger.begin([self._items[number] for number in block.photos])
                self._known += settled
                over = {outcome.job for outcome in settled}
                left = [number for number in block.photos if self._items[number][0] not in over]
                if left:
                    photos = list(zip(left, begun, strict=True))
                    call = Call(member, "make", next(self._numbers), photos, block.alone)
                    self._crew.ask(call, call.number, [one.job for one in begun])

    def _heard(self, answers: Sequence[tuple[Call, Any]]) -> None:
        """Deals with answers, notes first."""
        lost = dict.fromkeys(call.member for call, answer in answers if answer is LOST)
        of = {kind: [one for one in answers if one[0].kind == kind and one[1] is not LOST] for kind in get_args(Kind)}
        for call, answer in of["open"]:
            self._opened(call.member, answer)
        self._placed(of["place"])
        for call, _ in of["make"]:
            if call.member in lost:
                # Its results went with it, and it is not what killed it.
                self._blocks.put_back([number for number, _ in call.photos])
        self._made([one for one in of["make"] if one[0].member not in lost])
        for member in lost:
            self._lost(member)

    def _opened(self, member: Member, answer: Failure | None) -> None:
        if answer:
            raise answer.error
        member.ready, self._stillborn = True, 0

    def _made(self, answers: Sequence[tuple[Call, Answer]]) -> None:
        """Notes what is about to be written, of all these blocks at once, and has it written."""
        made = []
        for call, answer in answers:
            pairs = list(zip(call.photos, answer.results, strict=True))
            self._known += [self._ledger.fail(one, why) for (_, one), why in pairs if isinstance(why, Failure)]
            some = [(photo, facts) for photo, facts in pairs if isinstance(facts, Facts)]
            # What failed at once tells nothing of what the next ones take.
            self._blocks.timed("make", len(some), answer.seconds)
            made.append((call, some))
        announced = iter(self._ledger.announce([(one, facts) for _, some in made for (_, one), facts in some]))
        for call, some in made:
            if some:
                placed = [(next(announced), facts) for _, facts in some]
                photos = [photo for photo, _ in some]
                asked = Call(call.member, "place", call.number, photos, call.alone, placed)
                self._crew.ask(asked, call.number, [Placing(one.force, one.temporary) for one, _ in placed])

    def _placed(self, answers: Sequence[tuple[Call, Answer]]) -> None:
        """Notes what is written, and what could not be."""
        written = []
        for call, answer in answers:
            self._blocks.timed("place", len(call.photos), answer.seconds)
            for (_, before), (one, facts), result in zip(call.photos, call.made, answer.results, strict=True):
                if isinstance(result, Failure):
                    self._known.append(self._ledger.fail(before, result))
                elif isinstance(result, int):
                    written.append((one, facts, result))
        self._known += self._ledger.finish(written)

    def _lost(self, member: Member) -> None:
        """Takes another worker for one that is gone, and has its work done again, or gives it up."""
        calls = self._crew.dismiss(member)
        if not member.ready and time.monotonic() >= self._died + GROWTH:
            self._stillborn, self._died = self._stillborn + 1, time.monotonic()
        if not member.ready and self._stillborn >= STILLBORN and not any(one.ready for one in self._crew.members):
            token = (
                ", or RAY_AUTH_MODE=disabled for a cluster without tokens"
                if os.environ.get("RAY_AUTH_MODE") == "token"
                else ""
            )
            hint = f"install the same edgebokeh on all machines, and see the workers' logs with `ray logs`{token}"
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
        if self._blocks and (member.ready or self._stillborn < STILLBORN):
            self._hire()
        for number in given_up:
            self._given_up(number)

    def _given_up(self, number: int) -> None:
        begun, settled = self._ledger.begin([self._items[number]])
        what = f"{self._items[number][0].source} was in work when {DEATHS} workers died"
        error = WorkerLostError(what, "blur it alone, or give workers more memory")
        self._known += settled + [self._ledger.fail(one, Failure(error)) for one in begun]
