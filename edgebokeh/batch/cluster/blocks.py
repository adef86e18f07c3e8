"""What is to be done, handed out in blocks; what a lost worker had goes out again."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SECONDS = 1.0
"""Of work in a block: a call costs a millisecond, and what a lost worker had begun is done twice."""

MOST = 64
"""Photos in a block."""

FIRST = 2
"""Photos in a block while nobody knows how long one takes."""

DEATHS = 3
"""So many workers may die with a photo in work; then it is given up."""

WEIGHT = 0.3
"""Of the latest block in the mean of seconds for a photo."""


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers of photos that a worker gets at once. alone: with nothing beside it, so that its death tells of this."""

    photos: Sequence[int]
    alone: bool = False


class Blocks:
    """Hands photos out by their numbers, each until it is settled or given up.

    workers: how many there may be, so that towards the end all have something to do.
    """

    def __init__(self, photos: Iterable[int], workers: int = 1) -> None:
        self._waiting, self._suspected = deque(photos), deque[int]()
        self.workers = workers
        self._deaths: Counter[int] = Counter()
        self._paces: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._suspected)

    @property
    def size(self) -> int:
        """Photos of the next block: a second's work, less towards the end."""
        pace = sum(self._paces.values())
        wanted = int(SECONDS / pace) if pace else FIRST
        fair = -(-len(self._waiting) // (2 * self.workers))
        return max(1, min(MOST, wanted, fair))

    def take(self, *, idle: bool) -> Block | None:
        """The next block for a worker, None for nothing now. idle: whether it has nothing to do."""
        if idle and self._suspected:
            return Block([self._suspected.popleft()], alone=True)
        if not self._waiting:
            return None
        return Block([self._waiting.popleft() for _ in range(self.size)])

    def timed(self, kind: str, photos: int, seconds: float) -> None:
        """Notes how long something took of which each photo needs one kind after the other."""
        if not photos:
            return
        pace = max(seconds, 1e-6) / photos
        self._paces[kind] = WEIGHT * pace + (1 - WEIGHT) * self._paces.get(kind, pace)

    def put_back(self, photos: Sequence[int]) -> None:
        """For photos that were not begun."""
        self._waiting.extendleft(reversed(photos))

    def suspect(self, photos: Sequence[int]) -> list[int]:
        """For photos that a worker had in work when it died: they go out alone. Returns those that are given up."""
        self._deaths.update(photos)
        given_up = [photo for photo in photos if self._deaths[photo] >= DEATHS]
        self._suspected.extend(photo for photo in photos if self._deaths[photo] < DEATHS)
        return given_up
