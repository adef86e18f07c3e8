"""Searches this device for the fastest setting whose mattes stay within a loss."""

import datetime
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgebokeh import device_profile, files, images, machine, probe, profile_folder, toml
from edgebokeh.arrays import Floats
from edgebokeh.benchmark import figures, rounds, stats
from edgebokeh.benchmark.configuration import check_number
from edgebokeh.benchmark.stats import Interval
from edgebokeh.benchmark.worker import Worker, WorkerError
from edgebokeh.device_profile import DeviceProfile, Setting
from edgebokeh.errors import BenchEmptyError, NoPersonError
from edgebokeh.look import Look
from edgebokeh.tuning import grid, halving
from edgebokeh.tuning.halving import Decision, Entry

BLOCK = 0.3
"""Seconds that one block is aimed at."""

TO_OPEN = 0.5
"""Share of the budget after which no further settings are opened."""

NOT_TRIED = "not tried: half of the budget was spent before"

Watcher = Callable[[str], None]
"""Is told what goes on, a line at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneSettings:
    """What to search for.

    budget: seconds for all of it, 1 to 86400; a setting that is being opened may exceed it. max_loss: 0 to 1, see
    `Tried`. quality: the preset to tune for; the profile keeps it. None tunes the default one, and keeps none. photos:
    to walk through and to compare mattes on; empty takes the sample portrait. model: the finder, None the default one.
    seed: of the order. limit: seconds that a process may keep silent before it is given up.

    Raises ValueRangeError.
    """

    budget: float = 60.0
    max_loss: float = 0.005
    quality: str | None = None
    photos: Sequence[Path] = ()
    model: str | None = None
    seed: int = 0
    limit: float = 120.0

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            check_number(name.replace("_", "-"), getattr(self, name), low, high)
        photos = [self.photos] if isinstance(self.photos, str | Path) else self.photos
        object.__setattr__(self, "photos", tuple(map(Path, photos)))
        Look(quality=self.quality)


_RANGES = (("budget", 1, 86400), ("max_loss", 0, 1), ("limit", 1, 86400))


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting and what came of it.

    label: short. verdict: in words. loss: 1 less the mean intersection over union of its silhouettes with the
    default's, 0..1; None where that is unknown. milliseconds: median of a walk through all photos. ratio: to the
    default's time in the same rounds; None where they are too few. rounds: that it ran. ran: the provider that really
    runs most nodes, share: of them, 0..1; None where unknown, as of what does not race.
    """

    label: str
    setting: Setting
    verdict: str
    loss: float | None = None
    milliseconds: float | None = None
    ratio: Interval | None = None
    rounds: int = 0
    ran: str | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class TuneResult:
    """profile: the winner, not saved yet. summary: why it won. tried: all settings, the default first. seconds: that it
    took. warnings: why that may not be the fastest on another day."""

    profile: DeviceProfile
    summary: str
    tried: list[Tried]
    seconds: float
    warnings: list[str]


@dataclass(slots=True)
class _Runner:
    """A setting in its process. sides: of the finder's and the matting network's input, see `grid.candidates`. walks:
    through all photos in a block. note: why it does not run any more."""

    setting: Setting
    worker: Worker
    entry: Entry
    loss: float
    sides: tuple[int, int]
    walks: int
    ran: str
    share: float | None
    note: str = ""


@dataclass(slots=True)
class _Search:
    """A search under way. until: no settings are opened after that. reference: the default's masks. out: settings that
    do not race."""

    settings: TuneSettings
    photos: Sequence[Path]
    start: Setting
    folder: Path
    stack: ExitStack
    watch: Watcher
    until: float
    reference: list[Floats] = field(default_factory=list)
    out: list[Tried] = field(default_factory=list)


def tune(settings: TuneSettings | None = None, name: str | None = None, watch: Watcher | None = None) -> TuneResult:
    """Tries settings against the default, each in a process of its own, and gives the winner as a profile to save.

    name: of the profile, None for the machine's.
    Raises ValueRangeError for a name that makes no file, PhotoError, ModelUnknownError, NoPersonError where the default
    finds nobody to compare mattes of, BenchEmptyError where the default itself does not run.
    """
    settings, began = settings or TuneSettings(), time.perf_counter()
    name = profile_folder.default_name() if name is None else name
    profile_folder.check_name(name)
    photos, load = _checked_photos(settings), machine.waiting()
    start = grid.default(settings.model, settings.quality)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebokeh-tune-")))
        until = began + TO_OPEN * settings.budget
        search = _Search(settings, photos, start, folder, stack, watch or (lambda _line: None), until)
        runners = _open_all(search)
        search.watch(f"settings in the race: {len(runners)}")
        left = began + settings.budget - time.perf_counter()
        halving.race([one.entry for one in runners], lambda entry: _measured(entry, runners), left, settings.seed)
    decision = halving.decide([one.entry for one in runners if not one.note])
    raced = {one.entry.label: _told(one, runners[0].entry, decision) for one in runners}
    winner, summary = raced[decision.winner.label], _summary(decision, runners, search.out)
    profile = DeviceProfile(
        name=name,
        setting=winner.setting,
        machine=device_profile.here(),
        measured=_measurements(winner, search, summary),
    )
    tried = [*raced.values(), *search.out]
    return TuneResult(profile, summary, tried, time.perf_counter() - began, _warnings(load))


def _checked_photos(settings: TuneSettings) -> list[Path]:
    """Those to walk through. Raises PhotoError."""
    photos = list(settings.photos) or [rounds.sample()]
    for photo in photos:
        images.decode(files.read(photo), str(photo))
    return photos


def _warnings(load: float | None) -> list[str]:
    """load: processes that waited for a core before the start, per core; None where unknown."""
    if load is None or load <= figures.BUSY:
        return []
    return [
        f"the machine was busy before the start ({load:.1f} waiting processes per core), where fewer threads do better"
    ]


def _open_all(search: _Search) -> list[_Runner]:
    """Opens the default, and then the others for as long as there is time. Raises BenchEmptyError, NoPersonError."""
    first = _opened(search.start, search)
    if first is None:
        raise BenchEmptyError(f"the default setting {search.out[0].verdict}", "see that blur runs with it first")
    runners, lossy = [first], []
    usable = [info.name for info in probe.providers() if info.usable]
    for setting in grid.candidates(search.start, usable, *first.sides)[1:]:
        alike = replace(setting, threads=search.start.threads)
        if alike in lossy:
            _leave(setting, search, "not within the loss, as with more threads")
        elif time.perf_counter() > search.until:
            _leave(setting, search, NOT_TRIED)
        elif runner := _opened(setting, search):
            runners.append(runner)
        else:
            lossy += [alike] if search.out[-1].loss is not None else []
    return runners


def _opened(setting: Setting, search: _Search) -> _Runner | None:
    """A setting ready to race; None, and a line in `out`, where it does not run or loses too much."""
    masks, most = search.folder / "masks.npz", search.settings.max_loss
    request = {"setting": setting.to_dict(), "photos": [str(one.absolute()) for one in search.photos]}
    with ExitStack() as own:
        try:
            worker = own.enter_context(Worker(sys.executable, search.settings.limit))
            answer = worker.ask({"do": "compete", **request, "masks": str(masks)})
        except WorkerError as error:
            _leave(setting, search, f"does not run: {error}")
            return None
        loss = _loss(masks, search)
        name = grid.label(setting, search.start)
        search.watch(f"{name}: loss {loss:.4f}")
        if loss > most:
            _leave(setting, search, f"not within the loss of {most:g}", loss)
            return None
        search.stack.push(own.pop_all())
    walks = max(1, round(BLOCK * 1000 / max(answer["milliseconds"], 1e-3)))
    entry = Entry(name, grid.cost(setting, search.start))
    sides = (answer["finder"], answer["matting"])
    return _Runner(setting, worker, entry, loss, sides, walks, answer["ran"], answer["share"])


def _leave(setting: Setting, search: _Search, verdict: str, loss: float | None = None) -> None:
    search.out.append(Tried(grid.label(setting, search.start), setting, verdict, loss))


def _loss(path: Path, search: _Search) -> float:
    """1 less the mean agreement of the masks in a file with the default's, which the first file has."""
    with np.load(path) as found:
        masks = [found[name].astype(np.float32) / 255 for name in found.files]
    if not search.reference:
        search.reference.extend(masks)
        for photo, mask in zip(search.photos, masks, strict=True):
            if not (mask > 0.5).any():
                raise NoPersonError(f"no person found in {photo}", "tune on photos with people: --photo FILE")
    alike = [stats.agreement(mask, usual) for mask, usual in zip(masks, search.reference, strict=True)]
    return 1 - statistics.fmean(alike)


def _measured(entry: Entry, runners: Sequence[_Runner]) -> float | None:
    """Milliseconds of a walk through all photos; None from a process that fails.

    Raises BenchEmptyError where that is the default's.
    """
    runner = next(one for one in runners if one.entry is entry)
    try:
        spent: float = runner.worker.ask({"do": "round", "walks": runner.walks})["milliseconds"]
    except WorkerError as error:
        runner.note = f"does not run any more: {error}"
        if runner is runners[0]:
            raise BenchEmptyError(f"the default setting {runner.note}", "see that blur runs with it first") from error
        return None
    return spent


def _told(runner: _Runner, default: Entry, decision: Decision) -> Tried:
    """A setting that raced, with what its times say beside the default's."""
    entry = runner.entry
    found = halving.ratio(entry, default) if entry is not default else None
    verdict = runner.note or halving.word(entry, default, decision)
    middle = statistics.median(entry.times.values()) if entry.times else None
    told = (middle, found, len(entry.times), runner.ran, runner.share)
    return Tried(entry.label, runner.setting, verdict, runner.loss, *told)


def _summary(decision: Decision, runners: Sequence[_Runner], out: Sequence[Tried]) -> str:
    """Why it won. runners: the settings that raced, the default first. out: those that did not."""
    if len(runners) == 1 and not any(one.verdict == NOT_TRIED for one in out):
        why = "none of the others can take its place" if out else "there is no other setting to try here"
        return f"{decision.winner.label} stays without a race: {why}"
    return halving.summary(decision, runners[0].entry)


def _measurements(winner: Tried, search: _Search, summary: str) -> dict[str, toml.Value]:
    """What people may want to know of a profile later."""
    told: dict[str, toml.Value] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "photos": ", ".join(photo.name for photo in search.photos),
        "summary": summary,
        "default": grid.label(search.start, search.start),
        "loss": round(winner.loss or 0.0, 6),
        "rounds": winner.rounds,
    }
    if winner.ratio:
        parts = {"ratio": winner.ratio.value, "ratio_low": winner.ratio.low, "ratio_high": winner.ratio.high}
        told |= {name: round(value, 4) for name, value in parts.items()}
    return told
