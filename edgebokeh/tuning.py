"""Searches this device for the fastest setting whose mattes stay within a loss."""

import datetime
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgebokeh import benchmark, catalog, device_profile, files, halving, images, probe, stats, threads
from edgebokeh.device_profile import DeviceProfile, Setting
from edgebokeh.errors import BenchEmptyError, NoPersonError, ValueRangeError
from edgebokeh.halving import Decision, Entry
from edgebokeh.look import Look
from edgebokeh.pipeline import MATTING
from edgebokeh.stats import Interval
from edgebokeh.worker import Worker, WorkerError

SIDES = (384, 320, 256)
"""Sides of the matting network's input that are tried where they are smaller than the preset's."""

PRECISIONS = ("fp16", "int8")
"""NAME-fp16.onnx and NAME-int8.onnx are taken for the network of NAME.onnx in half precision and in 8 bits."""

BLOCK = 0.3
"""Seconds that one block is aimed at."""

TO_OPEN = 0.5
"""Share of the budget after which no further settings are opened."""

Watcher = Callable[[str], None]
"""Is told what goes on, a line at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneSettings:
    """What to search for. budget: seconds for all of it. max_loss: see `Tried`, 0 to 1. quality: the preset to tune, None
    the default one; the profile keeps it if it is named. photos: to walk through and to compare mattes on, empty for
    the sample portrait. model: the finder, None the default one. seed: of the order. limit: seconds that a process may
    keep silent.

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
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ValueRangeError(f"{name.replace('_', '-')} {value:g} is out of range", f"use {low:g} to {high:g}")
        Look(quality=self.quality)


_RANGES = (("budget", 1, 86400), ("max_loss", 0, 1), ("limit", 1, 86400))


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting and what came of it.

    label: short. loss: 1 less the mean intersection over union of its silhouettes with the default's, 0..1; None where
    that is unknown. milliseconds: median of a walk through all photos. ratio: to the default's time in the same rounds;
    None where they are too few. rounds: that it ran. verdict: in words.
    """

    label: str
    setting: Setting
    verdict: str
    loss: float | None = None
    milliseconds: float | None = None
    ratio: Interval | None = None
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class TuneResult:
    """profile: the winner, not saved yet. summary: why it won, in a sentence. tried: all, the default first."""

    profile: DeviceProfile
    summary: str
    tried: list[Tried]
    seconds: float


@dataclass(slots=True)
class _Runner:
    """A setting with its process. walks: through all photos in a block."""

    setting: Setting
    worker: Worker
    entry: Entry
    loss: float
    any_size: bool
    walks: int
    closing: ExitStack
    note: str = ""


@dataclass(slots=True)
class _Search:
    """A search under way. reference: the default's masks."""

    settings: TuneSettings
    photos: Sequence[Path]
    start: Setting
    folder: Path
    stack: ExitStack
    watch: Watcher
    until: float
    runners: list[_Runner] = field(default_factory=list)
    out: list[Tried] = field(default_factory=list)
    reference: list[np.ndarray] = field(default_factory=list)


def tune(settings: TuneSettings | None = None, name: str | None = None, watch: Watcher | None = None) -> TuneResult:
    """Tries settings against the default, each in a process of its own, and gives the winner as a profile to save.

    name: of the profile, None for the machine's.
    Raises PhotoError, NoPersonError where the default finds nobody to compare mattes of, BenchEmptyError where the
    default itself does not run.
    """
    settings, began = settings or TuneSettings(), time.monotonic()
    photos = list(settings.photos) or [benchmark.sample()]
    for photo in photos:
        images.decode(files.read(photo), str(photo))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebokeh-tune-")))
        until = began + TO_OPEN * settings.budget
        search = _Search(settings, photos, _default(settings), folder, stack, watch or (lambda _line: None), until)
        _open_all(search)
        by_label = {runner.entry.label: runner for runner in search.runners}
        entries = [runner.entry for runner in search.runners]
        search.watch(f"{len(entries)} settings go into the race")
        left = settings.budget - (time.monotonic() - began)
        halving.race(entries, lambda entry: _measured(by_label[entry.label]), left, settings.seed)
    decision = halving.decide([runner.entry for runner in search.runners if not runner.note])
    tried = [*(_told(runner, search, decision) for runner in search.runners), *search.out]
    won, seconds = by_label[decision.winner.label], time.monotonic() - began
    summary = _summary(decision, search.start)
    return TuneResult(_profile(won, next(one for one in tried if one.setting == won.setting), search, name), summary, tried, seconds)


def candidates(start: Setting, providers: Sequence[str], sides: Sequence[int]) -> list[Setting]:
    """Every setting to try, `start` first and its number of threads before all others.

    start: the default, with all that may vary set; without a matting network that is left alone. providers: usable
    ones. sides: of the matting network's input, beside the default's.
    """
    most = start.threads or 1
    counts = [most, *sorted((1 << bit for bit in range(most.bit_length()) if 1 << bit < most), reverse=True)]
    models = [start.model, *_variants(start.model)]
    mattings = [start.matting, *_variants(start.matting)]
    places = ["cpu", *(one for one in providers if one != "cpu")]
    return [
        replace(start, provider=place, threads=count, model=model, matting=matting, matting_side=side)
        for count, place, model, matting, side in product(counts, places, models, mattings, [start.matting_side, *sides])
    ]


def _variants(model: str | None) -> list[str]:
    """The same network's files of other PRECISIONS: among the names at hand, or beside a file."""
    if model is None:
        return []
    path = Path(model)
    if model.lower().endswith(".onnx") or path.name != model:
        beside = [path.with_name(f"{path.stem}-{kind}{path.suffix}") for kind in PRECISIONS]
        return [str(one) for one in beside if files.is_file(one)]
    names = catalog.names()
    return [f"{model}-{kind}" for kind in PRECISIONS if f"{model}-{kind}" in names]


def _default(settings: TuneSettings) -> Setting:
    """What edgebokeh does without a profile, said in full."""
    side = Look(quality=settings.quality).preset.matting
    model = settings.model or "selfie"
    return Setting(
        # A profile is used from any folder.
        model=str(Path(model).absolute()) if files.is_file(Path(model)) else model,
        matting=MATTING if side else None,
        provider="cpu",
        threads=threads.allowed(),
        quality=settings.quality,
        matting_side=side or None,
    )


def _cost(setting: Setting, start: Setting) -> tuple[int, ...]:
    """Simpler first: the default's provider, files and size, then fewer threads."""
    alike = ("provider", "model", "matting", "matting_side")
    return (*(getattr(setting, name) != getattr(start, name) for name in alike), setting.threads or 0)


def _label(setting: Setting, start: Setting) -> str:
    count = setting.threads or 0
    parts = [f"{setting.provider}, {count} thread{'s' if count > 1 else ''}"]
    parts += [Path(one).stem for one, usual in _files(setting, start) if one and one != usual]
    parts += [f"side {setting.matting_side}"] if setting.matting_side else []
    return ", ".join(parts)


def _files(setting: Setting, start: Setting) -> list[tuple[str | None, str | None]]:
    return [(setting.model, start.model), (setting.matting, start.matting)]


def _open_all(search: _Search) -> None:
    """Opens the default, and then the others for as long as there is time. Raises BenchEmptyError, NoPersonError."""
    first = _opened(search.start, search)
    if first is None:
        raise BenchEmptyError(f"the default setting does not run: {search.out[0].verdict}", "make it run first")
    search.runners.append(first)
    usable = [info.name for info in probe.providers() if info.usable]
    usual = search.start.matting_side or 0
    sides = [side for side in SIDES if side < usual] if first.any_size else []
    lossy: list[Setting] = []
    for setting in candidates(search.start, usable, sides)[1:]:
        alike = replace(setting, threads=search.start.threads)
        if alike in lossy:
            search.out.append(Tried(_label(setting, search.start), setting, "as with more threads: not within the loss"))
        elif time.monotonic() > search.until:
            search.out.append(Tried(_label(setting, search.start), setting, "not tried: half of the budget was spent"))
        elif runner := _opened(setting, search):
            search.runners.append(runner)
        elif search.out[-1].loss is not None:
            lossy.append(alike)


def _opened(setting: Setting, search: _Search) -> _Runner | None:
    """A setting in its process, ready to race; None, and a line in `out`, where it does not run or loses too much."""
    label, masks = _label(setting, search.start), search.folder / "masks.npz"
    closing = search.stack.enter_context(ExitStack())
    try:
        worker = closing.enter_context(Worker(sys.executable, search.settings.limit))
        names = [str(photo.absolute()) for photo in search.photos]
        answer = worker.ask({"do": "compete", "setting": setting.to_dict(), "photos": names, "masks": str(masks)})
    except WorkerError as error:
        closing.close()
        search.out.append(Tried(label, setting, f"does not run: {error}"))
        return None
    with np.load(masks) as found:
        drawn = [found[name] for name in found.files]
    if not search.reference:
        search.reference.extend(drawn)
        if not all((mask > 127).any() for mask in drawn):
            raise NoPersonError("there is a photo in which nobody is found", "tune on photos with people: --photo FILE")
    loss = _loss(drawn, search.reference)
    search.watch(f"{label}: loss {loss:.4f}")
    if loss > search.settings.max_loss:
        closing.close()
        limit = f"{search.settings.max_loss:g}"
        search.out.append(Tried(label, setting, f"not within the loss of {limit}", loss, answer["milliseconds"]))
        return None
    walks = max(1, round(BLOCK * 1000 / max(answer["milliseconds"], 1e-3)))
    return _Runner(setting, worker, Entry(label, _cost(setting, search.start)), loss, answer["open"], walks, closing)


def _loss(masks: Sequence[np.ndarray], reference: Sequence[np.ndarray]) -> float:
    """1 less the mean agreement of silhouettes, of masks H×W uint8."""
    pairs = zip(masks, reference, strict=True)
    alike = [stats.agreement(*(np.float32(mask) / 255 for mask in pair)) for pair in pairs]
    return max(0.0, 1 - statistics.fmean(alike))


def _measured(runner: _Runner) -> float | None:
    try:
        spent: float = runner.worker.ask({"do": "round", "walks": runner.walks})["milliseconds"]
    except WorkerError as error:
        runner.note = f"does not run any more: {error}"
        return None
    return spent


def _told(runner: _Runner, search: _Search, decision: Decision) -> Tried:
    """A setting that raced, with what its times say beside the default's."""
    entry, default = runner.entry, search.runners[0].entry
    found = halving.ratio(entry, default) if entry is not default else None
    verdict = runner.note or _word(entry, default, found, decision)
    middle = statistics.median(entry.times.values()) if entry.times else None
    return Tried(entry.label, runner.setting, verdict, runner.loss, middle, found, len(entry.times))


def _word(entry: Entry, default: Entry, found: Interval | None, decision: Decision) -> str:
    words = {
        "default": entry is default,
        "winner": entry is decision.winner,
        "no slower than the winner, but not as simple": entry.label in decision.tied and entry is not decision.winner,
    }
    told = [text for text, holds in words.items() if holds]
    if not told and found is None:
        told = ["left out: too slow in its first rounds"]
    return ", ".join(told) or "slower than the winner"


def _summary(decision: Decision, start: Setting) -> str:
    winner = decision.winner
    if not decision.known:
        return f"there were too few rounds to tell: the default stays ({winner.label}); give it a larger --budget"
    if len(decision.tied) > 1:
        rest = ", ".join(label for label in decision.tied if label != winner.label)
        return f"{winner.label} wins as the simplest: no significant difference to {rest}"
    return f"{winner.label} wins" + ("" if _cost_is_default(winner, start) else ": significantly faster than the rest")


def _cost_is_default(winner: Entry, start: Setting) -> bool:
    return winner.cost == _cost(start, start)


def _profile(won: _Runner, tried: Tried, search: _Search, name: str | None) -> DeviceProfile:
    measured: dict[str, str | int | float] = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "photos": ", ".join(photo.name for photo in search.photos),
        "loss": round(tried.loss or 0.0, 6),
        "rounds": tried.rounds,
    }
    if tried.ratio:
        measured |= {"ratio": round(tried.ratio.value, 4), "ratio_low": round(tried.ratio.low, 4)}
        measured |= {"ratio_high": round(tried.ratio.high, 4)}
    named = name or device_profile.default_name()
    return DeviceProfile(name=named, setting=won.setting, machine=device_profile.here(), measured=measured)
