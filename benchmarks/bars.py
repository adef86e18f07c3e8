"""What is measured, and how good it has to be."""

from collections.abc import Sequence
from dataclasses import dataclass, field

BARS = {"balanced": "must, balanced", "best": "must, best", "gate": "must, gate", "aim": "aim"}
"""What a figure is held to: a quality's must, what every setting with a gate must reach besides, and the aim."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table. bars: by their names in BARS. less: less is better."""

    label: str
    decimals: int
    bars: dict[str, float] = field(default_factory=dict)
    less: bool = False

    def verdict(self, value: float, musts: Sequence[str]) -> str:
        """What stands beside a value: that it reaches the aim, reaches its musts, or misses one; "" without bars.

        musts: names of BARS; those that the figure does not have are passed over.
        """
        if self._reaches(value, "aim"):
            return "aim"
        asked = [bar for bar in musts if bar in self.bars]
        if not asked:
            return ""
        return "ok" if all(self._reaches(value, bar) for bar in asked) else "MISSED"

    def _reaches(self, value: float, bar: str) -> bool:
        return bar in self.bars and (value <= self.bars[bar] if self.less else value >= self.bars[bar])


FIGURES = {
    "psnr": Figure("composites, PSNR to the ideal picture, dB", 2, {"balanced": 37.5, "best": 40.5, "aim": 43}),
    "band_psnr": Figure("the same, within the edge band, dB", 2, {"balanced": 29.3, "best": 32.4, "aim": 35}),
    "composites_iou": Figure("composites, mask IoU", 3, {"balanced": 0.925, "best": 0.970, "aim": 0.985}),
    "composites_boundary_iou": Figure("composites, boundary IoU", 3, {"balanced": 0.67, "best": 0.83, "aim": 0.90}),
    "composites_error": Figure("composites, mean error of the matte", 4),
    "street_iou": Figure("street, mask IoU", 3, {"balanced": 0.944, "best": 0.966, "aim": 0.975}),
    "street_boundary_iou": Figure("street, boundary IoU", 3, {"balanced": 0.69, "best": 0.77, "aim": 0.83}),
    "street_error": Figure("street, mean error of the matte", 4),
    "false_people": Figure("false people, in {empty} photos without", 0, {"gate": 0, "aim": 0}, less=True),
    "lost_people": Figure("people lost, in {people} photos with", 0, {"gate": 0, "aim": 0}, less=True),
    "milliseconds": Figure("median time for a photo, ms", 0),
}
"""The lines of the table of `benchmarks.quality`, by the names that its `figures` gives them."""

SPEED = {
    "fast": Figure("fast, 12 MP: time over the floor", 2, {"must": 1.5, "aim": 1.25}, less=True),
    "balanced": Figure("balanced, 12 MP: time over the floor", 2, {"must": 2.0, "aim": 1.4}, less=True),
    "best": Figure(
        "best, 12 MP: time over the floor with its own network runs", 2, {"must": 1.7, "aim": 1.35}, less=True
    ),
    "blur_51": Figure("blur and composite, 12 MP, kernel 51: times as fast as the plain one", 1, {"must": 4, "aim": 6}),
    "blur_401": Figure("the same with kernel 401", 1, {"must": 20, "aim": 40}),
    "psnr": Figure("background against the exact Gaussian, PSNR, dB", 1, {"must": 50, "aim": 55}),
    "growth": Figure("time at 48 MP over time at 12 MP", 2, {"must": 4.4, "aim": 4.0}, less=True),
    "memory": Figure(
        "peak memory at 48 MP beyond the base, in decoded photos", 2, {"must": 2.5, "aim": 2.0}, less=True
    ),
}
"""The bars of `benchmarks.photo`, by the names that its `bars` gives them."""

START = {
    "help": Figure("--help, over `import typer`", 2, {"must": 1.5}, less=True),
    "version": Figure("--version, over `import typer`", 2, {"must": 1.5}, less=True),
    "wrong option": Figure("a wrong option, over `import typer`", 2, {"must": 1.5}, less=True),
    "blur": Figure("blur of a small photo, over `import cv2, numpy, onnxruntime`", 2, {"must": 2.0}, less=True),
}
"""The bars of `benchmarks.start`, by the names of its commands."""

FOOTPRINT = {
    "fast": Figure("fast, 12 MP: peak of the process, MB", 0, {"must": 256}, less=True),
    "best": Figure("best, 12 MP: peak of the process, MB", 0, {"must": 512}, less=True),
}
"""The bars of `benchmarks.footprint`, by presets."""

LOAD = {
    "seconds": Figure("loading again, the slowest model: seconds", 3, {"must": 0.1}, less=True),
    "megabytes": Figure("loading again, the largest model: growth of resident memory, MB", 0, {"must": 60}, less=True),
}
"""The bars of `benchmarks.load`, by the names that its `bars` gives them."""
