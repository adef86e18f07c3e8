"""How a batch is worked through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edgebokeh import machine, threads
from edgebokeh.batch.search import Search
from edgebokeh.errors import ValueRangeError
from edgebokeh.images import Handling
from edgebokeh.look import Look
from edgebokeh.places import Place
from edgebokeh.results import Task

KEEP = "keep"

SUFFIXES: dict[Task, str] = {"blur": "bokeh", "mask": "mask", "cutout": "cutout"}
"""What stands between a photo's name and its result's ending."""

ROOM = 1 << 30
"""Bytes that photos may take together where the system does not tell how much memory it has."""


LOCAL = "local"
"""The address of a Ray that is started on this machine, for one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where Ray works on the photos of a batch, and on what.

    address: "local" starts a Ray on this machine and ends it with the run, "auto" is the one that this machine is part
    of; else the head's as host:port, or ray://host:port for its server of remote clients. A Ray that this process is
    connected to already is used whatever stands here.
    provider, provider_options, allow_fallback: of the workers, as `edgebokeh.load` takes them; where no provider is
    named, that of the networks that are handed over. "auto" is chosen on each machine.
    """

    address: str = LOCAL
    provider: str | Sequence[str] | None = None
    provider_options: Mapping[str, str] | None = None
    allow_fallback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """Which photos are taken, what results are called, and how many are worked on at once.

    recursive, include, exclude: see `Search`; of folders and globs alone.
    format: of the results, an ending without its dot, such as "png"; "keep" is each photo's own for a blur where
        edgebokeh writes it, else png.
    suffix: goes between a name and its ending, "" for none; None is the task's own, as in NAME.bokeh.jpg.
    force: existing files are overwritten, and what is done is done again.
    jobs: how many photos at once, 1 to 1024; None is the cores that the process may use, by the threads of a photo. On
        a cluster, how many workers; None is its cores by the threads of each.
    memory: bytes that the photos in work may take together, as far as their headers tell; one that needs more waits
        until it is alone. None is half of what the process may use, by the machine and its container.
    handling: limits of photo files, and how results are written.
    Raises ValueRangeError.
    """

    recursive: bool = True
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    format: str = KEEP
    suffix: str | None = None
    force: bool = False
    jobs: int | None = None
    memory: int | None = None
    handling: Handling = field(default_factory=Handling)

    def __post_init__(self) -> None:
        if self.jobs is not None and not 1 <= self.jobs <= threads.MOST:
            raise ValueRangeError(f"jobs is {self.jobs}", f"use 1 to {threads.MOST}, or leave it out for all cores")
        if self.suffix and any(sign in self.suffix for sign in "/\\\0"):
            raise ValueRangeError(f"the suffix {self.suffix!r} is no part of a file name", "leave slashes out")

    def search(self, leave_out: Place | None) -> Search:
        """What is taken in folders. leave_out: see `Search`."""
        return Search(self.recursive, self.include, self.exclude, leave_out)

    def ending(self, task: Task) -> str:
        """Of all results, or "" where each keeps its photo's."""
        if self.format == KEEP:
            return "" if task == "blur" else ".png"
        return f".{self.format}"

    def suffix_of(self, task: Task, look: Look) -> str:
        """With its dot, or "" for none."""
        name = self.suffix if self.suffix is not None else "compare" if look.compare else SUFFIXES[task]
        return f".{name}" if name else ""

    def workers(self, photos: int, threads_each: int) -> int:
        """How many photos are worked on at once, where each is by so many threads."""
        return max(1, min(photos, self.jobs or threads.available() // threads_each))

    @property
    def room(self) -> int:
        """`memory`, or what stands for None."""
        memory = machine.memory()
        return self.memory or (ROOM if memory is None else memory // 2)
