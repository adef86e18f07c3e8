"""What costs more has to see better: a chart of time against accuracy, as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 860, 460, 64, 170, 24, 56
"""In pixels: of the picture, and of its margins."""

FINDER, MATTING, FRONT, INK, GRID = "#2563a8", "#b4531a", "#2e8b57", "#222222", "#dddddd"

LABEL = 16
"""Pixels between two labels, at least."""


@dataclass(frozen=True, slots=True)
class Point:
    """A model. milliseconds: of one run. iou: 0..1. bytes: of its file. matting: whether it draws in crops."""

    name: str
    milliseconds: float
    iou: float
    bytes: int
    matting: bool = False


def front(points: Sequence[Point]) -> list[Point]:
    """Those than which no other is both at least as fast and at least as good, the fastest first."""
    best: list[Point] = []
    for point in sorted(points, key=lambda one: (one.milliseconds, -one.iou)):
        if not best or point.iou > best[-1].iou:
            best.append(point)
    return best


def chart(points: Sequence[Point]) -> str:
    """Time from left to right, in a logarithmic scale, accuracy upwards, and a line through the front.

    The area of a dot is the size of its file.
    """
    low, high = (math.log10(pick(one.milliseconds for one in points)) for pick in (min, max))
    low, high = low - 0.15, high + 0.15
    floor, roof = _range([one.iou for one in points])

    def x(milliseconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(milliseconds) - low) / (high - low)

    def y(iou: float) -> float:
        return TOP + (HEIGHT - TOP - FOOT) * (roof - iou) / (roof - floor)

    foot = HEIGHT - FOOT
    drawn = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for mark in _marks(low, high):
        drawn += [_line(x(mark), TOP, x(mark), foot), _text(x(mark), foot + 18, f"{mark:g}", "middle")]
    for step in range(round(floor * 20), round(roof * 20) + 1):
        drawn += [
            _line(LEFT, y(step / 20), WIDTH - RIGHT, y(step / 20)),
            _text(LEFT - 8, y(step / 20) + 4, f"{step / 20:.2f}", "end"),
        ]
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, foot + 40, "milliseconds for one run of the network", "middle"))
    drawn.append(_text(LEFT, TOP - 8, "IoU, mean of both sets of photos", "start"))
    path = " ".join(f"{x(one.milliseconds):.1f},{y(one.iou):.1f}" for one in front(points))
    drawn.append(f'<polyline points="{path}" fill="none" stroke="{FRONT}" stroke-width="2" stroke-dasharray="6 4"/>')
    for one in sorted(points, key=lambda one: -one.bytes):
        radius = 3 + 3 * math.sqrt(one.bytes / 1e6)
        colour, tip = MATTING if one.matting else FINDER, f"{one.name}: {one.bytes / 1e6:.2f} MB"
        drawn.append(
            f'<circle cx="{x(one.milliseconds):.1f}" cy="{y(one.iou):.1f}" r="{radius:.1f}" fill="{colour}" '
            f'fill-opacity="0.55" stroke="{colour}"><title>{escape(tip)}</title></circle>'
        )
    drawn += _labels([(x(one.milliseconds), y(one.iou), one) for one in points])
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{"".join(drawn)}</svg>\n'


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Whole twentieths around the values."""
    return math.floor(min(values) * 20 - 0.2) / 20, math.ceil(max(values) * 20 + 0.2) / 20


def _marks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten between two logarithms."""
    steps = [factor * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for factor in (1, 2, 5)]
    return [step for step in steps if low <= math.log10(step) <= high]


def _labels(places: Sequence[tuple[float, float, Point]]) -> list[str]:
    """The names right of their dots, moved down where another one stands."""
    taken: list[tuple[float, float]] = []
    drawn = []
    for x, y, one in sorted(places, key=lambda place: place[1]):
        left, foot = x + 8 + 3 * math.sqrt(one.bytes / 1e6), y + 4
        while any(abs(foot - other) < LABEL and abs(left - near) < 9 * len(one.name) for near, other in taken):
            foot += LABEL
        taken.append((left, foot))
        drawn.append(_text(left, foot, one.name, "start"))
    return drawn


def _line(x: float, y: float, right: float, foot: float) -> str:
    return f'<path d="M{x:.1f} {y:.1f}L{right:.1f} {foot:.1f}" stroke="{GRID}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
