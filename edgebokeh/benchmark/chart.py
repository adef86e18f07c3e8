"""Pictures of a benchmark as SVG: bars and ratios with intervals, strips of single times, stages one on the other.

Colours are CSS variables of the page around them, so that they fit a light and a dark one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from edgebokeh.benchmark.figures import Figures
from edgebokeh.benchmark.measured import Trial
from edgebokeh.stages import STAGES

Measured = Sequence[tuple[Trial, Figures]]

WIDTH, NAMES, ROW, TOP, FOOT = 1000, 270, 34, 8, 46
"""In pixels: of the picture, of the labels' column, of a row, above the first, below the last."""

SHOWN = 400
"""Dots in a strip at most; more only grow into each other."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values to pixels, from `least` to `most`."""

    most: float
    least: float = 0.0

    @property
    def step(self) -> float:
        """Between two marks: 1, 2 or 5 of a power of ten, four to ten of them."""
        rough = (self.most - self.least) / 8
        power = 10.0 ** math.floor(math.log10(rough))
        return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)

    @property
    def marks(self) -> list[float]:
        """The multiples of the step from end to end."""
        first, last = math.ceil(self.least / self.step - 1e-9), math.floor(self.most / self.step + 1e-9)
        return [number * self.step for number in range(first, last + 1)]

    def x(self, value: float) -> float:
        """The place of a value, no further than the right edge."""
        return NAMES + (WIDTH - NAMES - 90) * min(1.0, (value - self.least) / (self.most - self.least))


def bars(measured: Measured) -> str:
    """The median of each configuration, and its interval."""
    rows, ends = [], []
    for trial, one in measured:
        if middle := one.times[50]:
            rows.append((trial.label, middle, f"{middle.value:.1f} ms" + (f", {one.word}" if one.ratio else "")))
            ends.append(middle.high or middle.value)
    scale = _Scale(max(ends) * 1.3)
    drawn = []
    for place, (label, middle, text) in enumerate(rows):
        y = TOP + place * ROW + ROW / 2
        low, end, high = (
            scale.x(value) for value in (middle.low or middle.value, middle.value, middle.high or middle.value)
        )
        drawn += [
            f'<rect class="bar" x="{NAMES}" y="{y - 9:.1f}" width="{end - NAMES:.1f}" height="18"/>',
            f'<path class="whisker" d="M{low:.1f} {y}H{high:.1f}M{low:.1f} {y - 5}v10M{high:.1f} {y - 5}v10"/>',
            _text(high + 8, y + 4, text, ""),
            _name(y, label),
        ]
    return _svg(drawn, len(rows), scale, "median milliseconds for one photo, with its interval")


def ratios(measured: Measured, within: float) -> str:
    """Each ratio to the baseline with its interval, a line at 1, and a band of ± within; "" where there is none."""
    rows = [(trial.label, one.ratio, one.word) for trial, one in measured if one.ratio]
    if not rows:
        return ""
    band = 1 / (1 + within), 1 + within
    ends = [*band, *(end for _, ratio, _ in rows for end in (ratio.low, ratio.high))]
    room = 0.1 * (max(ends) - min(ends))
    scale = _Scale(max(ends) + 3 * room, max(0.0, min(ends) - room))
    left, one, right = (scale.x(value) for value in (band[0], 1, band[1]))
    height = len(rows) * ROW
    drawn = [
        f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{height}"/>',
        f'<path class="one" d="M{one:.1f} {TOP}v{height}"/>',
    ]
    for place, (label, ratio, word) in enumerate(rows):
        y = TOP + place * ROW + ROW / 2
        low, middle, high = (scale.x(value) for value in (ratio.low, ratio.value, ratio.high))
        drawn += [
            f'<path class="whisker" d="M{low:.1f} {y}H{high:.1f}M{low:.1f} {y - 5}v10M{high:.1f} {y - 5}v10"/>',
            f'<circle class="mark" cx="{middle:.1f}" cy="{y}" r="5"><title>{ratio.value:.3f} '
            f"({ratio.low:.3f}–{ratio.high:.3f})</title></circle>",
            _text(high + 8, y + 4, word, ""),
            _name(y, label),
        ]
    return _svg(
        drawn,
        len(rows),
        scale,
        f"times the baseline's time, with its interval; in the band of ± {within:.1%} nothing counts",
    )


def strips(measured: Measured) -> str:
    """Every single time as a dot, and a line at the median; times beyond the 99th percentile stand at the edge."""
    times = [
        (trial.label, _thinned([time for r in trial.rounds for time in getattr(r, f.what)]), f) for trial, f in measured
    ]
    scale = _Scale(max(_high(values) for _, values, _ in times) * 1.1)
    drawn = []
    for place, (label, values, one) in enumerate(times):
        y = TOP + place * ROW + ROW / 2
        for number, value in enumerate(values):
            # The golden ratio spreads neighbours over the strip's height, the same in every drawing.
            shift = ((number * 0.618034) % 1 - 0.5) * (ROW - 14)
            drawn.append(f'<circle class="dot" cx="{scale.x(value):.1f}" cy="{y + shift:.1f}" r="2"/>')
        if middle := one.times[50]:
            drawn.append(f'<path class="whisker" d="M{scale.x(middle.value):.1f} {y - 14}v28"/>')
        drawn.append(_name(y, label))
    return _svg(drawn, len(times), scale, "milliseconds of each photo, and their median")


def stages(measured: Measured) -> str:
    """The median of each stage, one on the other; "" where nothing walked."""
    rows = [(trial.label, one.stages) for trial, one in measured if one.stages]
    if not rows:
        return ""
    scale = _Scale(max(sum(parts.values()) for _, parts in rows) * 1.1)
    drawn = []
    for place, (label, parts) in enumerate(rows):
        y, before = TOP + place * ROW + ROW / 2, 0.0
        for stage, spent in parts.items():
            left, right = scale.x(before), scale.x(before + spent)
            tip = f"<title>{stage}: {spent:.1f} ms</title>"
            box = f'x="{left:.1f}" y="{y - 9:.1f}" width="{right - left:.1f}" height="18"'
            drawn.append(f'<rect class="s{STAGES.index(stage)}" {box}>{tip}</rect>')
            before += spent
        drawn += [_text(scale.x(before) + 8, y + 4, f"{before:.1f} ms", ""), _name(y, label)]
    return _svg(drawn, len(rows), scale, "median milliseconds of each stage")


def _svg(drawn: Sequence[str], rows: int, scale: _Scale, axis: str) -> str:
    foot = TOP + rows * ROW
    marks = []
    for value in scale.marks:
        x = scale.x(value)
        marks.append(f'<path class="grid" d="M{x:.1f} {TOP}V{foot + 4}"/>')
        marks.append(_text(x, foot + 18, f"{value:.6g}", "middle"))
    marks.append(_text((NAMES + WIDTH - 90) / 2, foot + 38, axis, "middle"))
    size = f'viewBox="0 0 {WIDTH} {foot + FOOT}" role="img" aria-label="{escape(axis)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join([*marks, *drawn])}</svg>'


def _name(y: float, label: str) -> str:
    short = label if len(label) <= 38 else f"{label[:18]}…{label[-19:]}"
    return f"<g><title>{escape(label)}</title>{_text(NAMES - 10, y + 4, short, 'end')}</g>"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor or "start"}">{escape(text)}</text>'


def _thinned(values: Sequence[float]) -> Sequence[float]:
    return values[:: max(1, math.ceil(len(values) / SHOWN))]


def _high(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]
