"""The workers of a run: actors that are asked, and what they answer, or that they are lost."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from edgebokeh.batch.cluster.worker import Worker
from edgebokeh.batch.ledger import Begun
from edgebokeh.batch.making import Facts

AHEAD = 2
"""Blocks that a worker makes at once, or writes, so that it need not wait for the next: one in work, one behind it."""

Kind = Literal["open", "make", "place"]

LOST = object()
"""Stands for the answer of a worker that is gone."""


@dataclass(slots=True, eq=False)
class Member:
    """An actor. ready: whether it has the networks open."""

    actor: Any
    ready: bool = False
    calls: "list[Call]" = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Whether it has nothing to do."""
        return not self.calls

    @property
    def wants(self) -> bool:
        """Whether it may get another block."""
        kinds = Counter(call.kind for call in self.calls)
        # Results wait in the worker's memory until they are written, however slow that is.
        return self.ready and max(kinds["make"], kinds["place"]) < AHEAD and not any(call.alone for call in self.calls)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What a worker was asked. photos: that it is about, by number and as they were begun. alone: see Block.

    made: of these, what is to be written: as announced, with what is known of it.
    """

    member: Member
    kind: Kind
    number: int = 0
    photos: Sequence[tuple[int, Begun]] = ()
    alone: bool = False
    made: Sequence[tuple[Begun, Facts]] = ()


class Crew:
    """Starts workers, asks them and listens. opening: arguments of `Worker.open`, all but the last."""

    def __init__(self, ray: Any, opening: Sequence[Any]) -> None:
        self._ray, self._opening = ray, opening
        # Results are written while the next block is converted.
        ray.method(concurrency_group="place")(Worker.place)
        self._remote = ray.remote(concurrency_groups={"place": 1})(Worker)
        self.members: list[Member] = []
        self._calls: dict[Any, Call] = {}

    def hire(self, resources: Mapping[str, float], sees: Sequence[Path]) -> None:
        """Starts one more worker, as soon as the cluster has room for it.

        resources: of it, as Ray takes them. sees: see `Worker.open`.
        """
        member = Member(self._remote.options(**resources).remote())
        self.members.append(member)
        self.ask(Call(member, "open"), *self._opening, sees)

    def ask(self, call: Call, *arguments: Any) -> None:
        """Asks a worker; the answer comes with `answers`."""
        self._calls[getattr(call.member.actor, call.kind).remote(*arguments)] = call
        call.member.calls.append(call)

    def calls(self, *kinds: Kind) -> list[Call]:
        """Those of some kinds that are not answered."""
        return [call for call in self._calls.values() if call.kind in kinds]

    def answers(self, seconds: float) -> list[tuple[Call, Any]]:
        """What has been answered, LOST in place of it where the worker is gone; waits so long for the first."""
        if not self._calls:
            return []
        self._ray.wait(list(self._calls), num_returns=1, timeout=seconds)
        found, _ = self._ray.wait(list(self._calls), num_returns=len(self._calls), timeout=0)
        # All of them before one is taken out: an interrupt meanwhile leaves them to be heard again.
        heard = [(reference, self._heard(reference)) for reference in found]
        return [(self._answered(reference, answer), answer) for reference, answer in heard]

    def dismiss(self, member: Member) -> list[Call]:
        """Takes a worker out, and makes sure that it does nothing more. Returns what it has not answered, in order."""
        if member in self.members:
            self.members.remove(member)
        # One that the cluster would not start is none that could do anything.
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.kill(member.actor)
        left, member.calls = member.calls, []
        self._calls = {reference: call for reference, call in self._calls.items() if call.member is not member}
        return left

    def _heard(self, reference: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            raise error.cause from None
        except errors.RayError:
            return LOST

    def _answered(self, reference: Any, answer: Any) -> Call:
        """The call, which is over; one that is lost stays with its member."""
        if answer is LOST:
            return self._calls[reference]
        call = self._calls.pop(reference)
        call.member.calls.remove(call)
        return call
