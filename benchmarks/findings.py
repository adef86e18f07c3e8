"""What `benchmarks.photo` found: its tables, its bars, and all of it as data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.duels import Times, spread
from benchmarks.heats import CLASSIC, Case
from benchmarks.memory import Peak
from benchmarks.report import Measured, as_data, cell, measured
from benchmarks.tables import Lines
from edgebokeh.look import QUALITIES

MIDDLE, BIG = 12.0, 48.0
"""Megapixels that the bars speak of."""

BAR_KERNELS = (51, 401)
"""Kernels that they speak of."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured.

    middle, big: megapixels of what is measured at one size. over_floor: JPEG to JPEG against the floor. compositor:
    blur and composite against the plain ones, at `middle`. growth: `big` against `middle`. psnr: dB by kernel, at
    `middle`. peaks: by the names of their configurations, at `big`. decoded: bytes of the photo of that size.
    """

    middle: float
    big: float
    over_floor: Mapping[Case, Times]
    compositor: Mapping[Case, Times]
    growth: Mapping[Case, Times]
    psnr: Mapping[int, float]
    peaks: Mapping[str, Peak]
    decoded: int

    @property
    def times(self) -> list[Times]:
        """Of all duels."""
        return [times for some in (self.over_floor, self.compositor, self.growth) for times in some.values()]


def bars(found: Found) -> dict[str, Measured]:
    """What is held to the bars of SPEED, by their names, of several cases the worst; without what was not measured."""
    values: dict[str, Measured] = {}
    for quality in QUALITIES:
        cases = [case for case in found.over_floor if (case.what, case.megapixels) == (quality, MIDDLE)]
        values |= _worst(quality, [found.over_floor[case] for case in cases])
    for kernel in BAR_KERNELS:
        if times := found.compositor.get(Case("fast", MIDDLE, kernel)):
            values[f"blur_{kernel}"] = measured([1 / ratio for ratio in times.ratios])
    if found.middle == MIDDLE:
        values["psnr"] = Measured(min(found.psnr.values()))
    if (found.middle, found.big) == (MIDDLE, BIG):
        values |= _worst("growth", list(found.growth.values()))
    if found.peaks and found.big == BIG:
        values["memory"] = Measured(max(_decoded(found, peak) for name, peak in found.peaks.items() if name != CLASSIC))
    return values


def tables(found: Found) -> dict[str, Lines]:
    """By their headings; a cell has the median of milliseconds, the quartiles, and the median of the ratio."""
    held = {
        "JPEG to JPEG, milliseconds, and how many times the floor that is:": _by_size(found.over_floor),
        f"Blur and composite alone, at {found.middle:g} MP:": _compositor(found),
        f"A photo of {found.big:g} MP, milliseconds, and how many times one of {found.middle:g} MP that is:": [
            ["", "milliseconds, ratio"],
            *([case.what, cell(times)] for case, times in found.growth.items()),
        ],
    }
    if found.peaks:
        held[f"Peak memory at {found.big:g} MP, {found.decoded / 1e6:.0f} MB decoded:"] = _memory(found)
    return held


def data(found: Found) -> dict[str, Any]:
    """For JSON."""
    groups = {"over_floor": found.over_floor, "compositor": found.compositor, "growth": found.growth}
    return {
        "middle": found.middle,
        "big": found.big,
        **{name: [{**asdict(case), **as_data(times)} for case, times in some.items()] for name, some in groups.items()},
        "psnr": found.psnr,
        "memory": {
            name: {**asdict(peak), "times_decoded": _decoded(found, peak)} for name, peak in found.peaks.items()
        },
        "decoded": found.decoded,
    }


def _worst(name: str, some: Sequence[Times]) -> dict[str, Measured]:
    return {name: max((measured(times.ratios) for times in some), key=lambda one: one.value)} if some else {}


def _decoded(found: Found, peak: Peak) -> float:
    """The memory of a photo's walk, in decoded photos."""
    return (peak.whole - peak.base) / found.decoded


def _by_size(some: Mapping[Case, Times]) -> Lines:
    """A line for each configuration and kernel, a column for each size."""
    columns = sorted({case.megapixels for case in some})
    rows = dict.fromkeys((case.what, case.kernel) for case in some)
    lines = [["", "kernel", *(f"{megapixels:g} MP" for megapixels in columns)]]
    for what, kernel in rows:
        cells = [some.get(Case(what, megapixels, kernel)) for megapixels in columns]
        lines.append([what, str(kernel or "default"), *(cell(times) if times else "" for times in cells)])
    return lines


def _compositor(found: Found) -> Lines:
    lines = [["kernel", "edgebokeh, ms", "GaussianBlur and bitwise, ms", "times as fast", "PSNR to the exact blur, dB"]]
    for case, times in found.compositor.items():
        sides = [f"{spread(side).median:.0f}" for side in (times.ours, times.reference)]
        faster = 1 / spread(times.ratios).median
        lines.append([str(case.kernel), *sides, f"{faster:.1f}", f"{found.psnr[case.kernel or 0]:.1f}"])
    return lines


def _memory(found: Found) -> Lines:
    lines = [["", "base, MB", "beyond it, MB", "in decoded photos"]]
    for name, peak in found.peaks.items():
        beyond = peak.whole - peak.base
        lines.append([name, f"{peak.base / 1e6:.0f}", f"{beyond / 1e6:.0f}", f"{_decoded(found, peak):.2f}"])
    return lines
