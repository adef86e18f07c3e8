"""Two results of the benchmark, held against each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edgebokeh.benchmark import figures, stats
from edgebokeh.benchmark.configuration import settings
from edgebokeh.benchmark.measured import BenchResult, Trial
from edgebokeh.benchmark.stats import Interval
from edgebokeh.errors import BenchFileError

WIDEST = 0.1
"""How far the ends of a ratio's interval may be apart, as a share of the lower one, to tell that nothing changed."""

_TASK = ("photo", "quality", "scenario", "fps", "flight")
"""Settings without which times are of something else."""

_OF = {"versions": "", "model": "the model's ", "verdict": "of what ran, "}
"""What stands before the name of a difference."""


@dataclass(frozen=True, slots=True)
class Change:
    """One configuration in both results. old, new: median milliseconds. ratio: new to old; None with too few rounds.

    p: of Mann and Whitney's test; None where the rounds are paired. significant: whether the
    ratio's interval leaves 1 out, which is a p below 1 - SURE. other_model:
    whether the model's file is another one by its SHA-256, so that the ratio says nothing of what became slower.
    moved: "ran on cpu, not on openvino as before", "fell back to the CPU, unlike before"; "" where it ran as before.
    late: the shares of late frames in both, 0..1; None of runs that are not paced. later: whether there are more of
    them, and not by chance.
    """

    label: str
    old: float
    new: float
    ratio: Interval | None
    paired: bool
    p: float | None
    significant: bool
    other_model: bool = False
    moved: str = ""
    late: tuple[float, float] | None = None
    later: bool = False

    @property
    def word(self) -> str:
        """What it means."""
        if self.other_model:
            return "not comparable: another model file"
        late = f"{self.late[1]:.0%} of the frames are late, {self.late[0]:.0%} were" if self.late and self.later else ""
        return ", and ".join(filter(None, (self._told, self.moved, late)))

    @property
    def uncertain(self) -> bool:
        """Whether nothing is found, and nothing much is excluded either."""
        return not self.significant and self._wide

    @property
    def _wide(self) -> bool:
        return self.ratio is not None and self.ratio.high / self.ratio.low - 1 > WIDEST

    @property
    def _told(self) -> str:
        if self.ratio is None:
            return "too few rounds to tell"
        if self.uncertain:
            return "too uncertain to tell"
        if not self.significant:
            return "no significant difference"
        more = self.ratio.value - 1
        return f"takes {abs(more):.1%} {'longer' if more > 0 else 'less time'}"

    def slower(self, allowed: float) -> bool:
        """Whether the same takes longer by more than a share, and not by chance."""
        return not self.other_model and self.significant and self.ratio is not None and self.ratio.value > 1 + allowed

    def unsure(self, allowed: float) -> bool:
        """Whether it is not slower by more than a share as far as is known, and far from sure not to be."""
        beyond = self.ratio is not None and self.ratio.high > 1 + allowed
        return not self.other_model and beyond and self._wide and not self.slower(allowed)


def compare_bench(old: BenchResult, new: BenchResult) -> list[Change]:
    """The configurations that both have, by their settings and not by labels, which only tell what varied in a run.

    Results of one run are compared round by round. Others cannot be paired: the medians of their rounds are compared by
    Mann and Whitney's test, and the interval that belongs to it, which know nothing of a machine that is slower today.
    Raises BenchFileError where they have none in common.
    """
    changes = list(_changes(old, new))
    if not changes:
        raise BenchFileError(
            "the two results have no measured configuration in common", "measure the same configurations in both"
        )
    return changes


def caveats(old: BenchResult, new: BenchResult) -> list[str]:
    """Why they may not be comparable."""
    found, pairs = [], _pairs(old, new)
    if old.run != new.run:
        found.append("two runs cannot be paired: a machine that was slower in one of them looks like a difference")
    found += [
        f"{name} was {old.machine.get(name)!r} and is {new.machine.get(name)!r}"
        for name in sorted(old.machine.keys() | new.machine.keys())
        if old.machine.get(name) != new.machine.get(name)
    ]
    return [*found, *unlike(old, new), *_namesakes(new, pairs), *_differences(pairs), *lost(old, new).values()]


def unlike(old: BenchResult, new: BenchResult) -> list[str]:
    """What makes two results those of other tasks: the photo, and how it was worked on."""
    names = [name for name in _TASK if old.settings.get(name) != new.settings.get(name)]
    found = [f"{name} was {old.settings.get(name)!r} and is {new.settings.get(name)!r}" for name in names]
    photos = old.settings.get("photo_sha256"), new.settings.get("photo_sha256")
    same_name = "photo" not in names and None not in photos and photos[0] != photos[1]
    return [*found, *(["photo is another picture of that name"] if same_name else [])]


def lost(old: BenchResult, new: BenchResult) -> dict[str, str]:
    """What was measured before and has no times now, by its label: a sentence about it."""
    found = {}
    for before, after in _pairs(old, new):
        if before.rounds and after is None:
            found[before.label] = f"{before.label} was measured before, and is not now"
        elif before.rounds and after and not after.rounds:
            why = f"{after.state}: {after.note}" if after.note else after.state
            found[before.label] = f"{before.label} was measured before, and is not now ({why})"
    return found


def _changes(old: BenchResult, new: BenchResult) -> Iterator[Change]:
    for before, after in _pairs(old, new):
        if after is None or not before.rounds or not after.rounds:
            continue
        what = "walk" if before.configuration.batch == 1 else "network"
        first, second = figures.medians(before, what), figures.medians(after, what)
        paired = old.run == new.run and first.keys() == second.keys()
        times = list(first.values()), list(second.values())
        p = None if paired else stats.mann_whitney(*times)
        ratio = (stats.paired_ratio if paired else stats.unpaired_ratio)(times[1], times[0])
        significant = ratio is not None and stats.differs(ratio, 0)
        was, now = (float(np.median(one)) for one in times)
        # Where labels differ the longer one says more.
        label = max(before.label, after.label, key=len)
        other = before.model.get("sha256") != after.model.get("sha256") and not _unknown(before, after)
        moved, late, later = _moved(before, after), *_late(before, after)
        yield Change(label, was, now, ratio, paired, p, significant, other, moved, late, later)


def _pairs(old: BenchResult, new: BenchResult) -> list[tuple[Trial, Trial | None]]:
    """Each old configuration with the new one of the same settings; each new one stands once.

    Where several have the same, as a self-check's two have, and models of the same file name, those of the same paths
    and label belong together, else those of the same model file, and only then any.
    """
    free, partners = list(new.trials), dict[int, Trial]()
    for alike in _ALIKE:
        for place, before in enumerate(old.trials):
            after = next((one for one in free if place not in partners and alike(before, one)), None)
            if after is not None:
                partners[place] = after
                free = [one for one in free if one is not after]
    return [(before, partners.get(place)) for place, before in enumerate(old.trials)]


def _moved(before: Trial, after: Trial) -> str:
    """How it came to run elsewhere than before, though the same was asked for."""
    was, now = before.verdict.get("provider"), after.verdict.get("provider")
    if None not in (was, now) and was != now:
        return f"ran on {now}, not on {was} as before"
    fallen = after.verdict.get("fallback") and before.verdict.get("fallback") is False
    return "fell back to the CPU, unlike before" if fallen else ""


def _late(before: Trial, after: Trial) -> tuple[tuple[float, float] | None, bool]:
    """The shares of late frames in two paced runs, and whether the second is larger by Mann and Whitney's test."""
    shares = [[one.missed / one.frames for one in trial.rounds if one.frames] for trial in (before, after)]
    if not all(shares):
        return None, False
    was, now = (float(np.mean(one)) for one in shares)
    return (was, now), now > was and stats.mann_whitney(*shares) < 1 - stats.SURE


def _differences(pairs: list[tuple[Trial, Trial | None]]) -> Iterator[str]:
    """In what ran where the settings are the same. What one of the two does not know is passed over."""
    for before, after in pairs:
        if after is None or not (before.rounds and after.rounds):
            continue
        for name in ("versions", "model", "verdict"):
            was, now = getattr(before, name), getattr(after, name)
            for key in sorted(was.keys() | now.keys()):
                if was.get(key) != now.get(key) and (name == "versions" or None not in (was.get(key), now.get(key))):
                    yield f"{before.label}: {_OF[name]}{key} was {was.get(key)!r} and is {now.get(key)!r}"


def _same(one: Trial, other: Trial) -> bool:
    return (one.label, one.configuration) == (other.label, other.configuration)


def _alike(one: Trial, other: Trial) -> bool:
    return settings(one.configuration) == settings(other.configuration)


def _same_model(one: Trial, other: Trial) -> bool:
    return not _unknown(one, other) and one.model["sha256"] == other.model["sha256"]


def _unknown(*trials: Trial) -> bool:
    """Whether it is not known of one of them which model file that was, as of one that did not run."""
    return any(one.model.get("sha256") is None for one in trials)


def _namesakes(new: BenchResult, pairs: list[tuple[Trial, Trial | None]]) -> Iterator[str]:
    """Of what has the same label in both and is not the same."""
    for before, after in pairs:
        namesake = new.trial(before.label)
        if after is None and namesake is not None:
            was, now = settings(before.configuration), settings(namesake.configuration)
            changed = ", ".join(f"{key} was {was[key]!r} and is {now[key]!r}" for key in was if was[key] != now[key])
            yield f"{before.label} is another configuration in each, and not compared: {changed or 'it stands twice'}"


_ALIKE: tuple[Callable[[Trial, Trial], bool], ...] = (
    lambda one, other: _same(one, other) and _same_model(one, other),
    lambda one, other: _alike(one, other) and _same_model(one, other),
    _same,
    _alike,
)
"""What makes two trials of two results the same, the surest first."""
