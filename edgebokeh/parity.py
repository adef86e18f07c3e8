"""Whether two sessions of one network say the same about one picture."""

from collections.abc import Callable
from typing import Any

import numpy as np

from edgebokeh.arrays import Floats, Pixels
from edgebokeh.patience import run
from edgebokeh.spec import LARGEST

SIDE = 64
"""Height and width in pixels of the picture for a network that takes any."""

KINDS: dict[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}
"""Of numbers that a picture may be fed in, by onnxruntime's names."""

LARGEST_BATCH = 64
"""Pictures that a network of a fixed batch may want at once to be asked."""

FLAT = 1e-6
"""A range of values below this counts as this: what is as good as constant says nothing about a share of its range."""


def portrait(height: int, width: int) -> Floats:
    """A drawn head with shoulders before a gradient: 3×height×width float32 in [-1, 1], the same at each call.

    On noise, segmentation networks see nobody and give all zeros, which a broken provider gives too.
    """
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = (rows + 0.5) / height, (columns + 0.5) / width
    planes = np.stack([0.2 + 0.3 * y, 0.5 + 0.2 * x, 0.7 - 0.2 * y])
    shoulders = ((x - 0.5) / 0.4) ** 2 + ((y - 1.1) / 0.45) ** 2 < 1
    head = ((x - 0.5) / 0.16) ** 2 + ((y - 0.4) / 0.24) ** 2 < 1
    planes[:, shoulders] = np.array([[0.15], [0.2], [0.5]], np.float32)
    planes[:, head] = np.array([[0.85], [0.65], [0.5]], np.float32)
    return planes.astype(np.float32) * 2 - 1


def noise(height: int, width: int) -> Floats:
    """Every colour everywhere: 3×height×width float32 in [-1, 1], the same at each call."""
    generator = np.random.default_rng(0)
    return generator.uniform(-1, 1, (3, height, width)).astype(np.float32)


def question(
    session: Any, size: tuple[int, int] = (SIDE, SIDE), drawn: Callable[[int, int], Floats] = portrait
) -> Floats | Pixels | None:
    """A picture as a session's one input wants it, a batch of one, float32 in [-1, 1] or uint8 in 0..255.

    size: (height, width) for what takes any. drawn: `portrait` or `noise`.
    None for what takes no single colour picture, or one whose fixed sides are above LARGEST pixels or below 1.
    """
    inputs = session.get_inputs()
    shape = inputs[0].shape if len(inputs) == 1 and inputs[0].type in KINDS else []
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        return None
    first = shape[1] == 3
    sides = zip(shape[2:] if first else shape[1:3], size, strict=True)
    height, width = (side if isinstance(side, int) else other for side, other in sides)
    batch = shape[0] if isinstance(shape[0], int) else 1
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST and 1 <= batch <= LARGEST_BATCH):
        return None
    planes = drawn(height, width)
    if KINDS[inputs[0].type] is np.uint8:
        planes = np.rint((planes + 1) * 127.5)
    picture = (planes if first else planes.transpose(1, 2, 0)).astype(KINDS[inputs[0].type])
    return np.ascontiguousarray(np.stack([picture] * batch))


def answer(session: Any, picture: Floats | Pixels) -> Floats:
    """A session's first output. Raises what onnxruntime raises."""
    return run(session, {session.get_inputs()[0].name: picture})  # type: ignore[no-any-return]


def difference(output: Floats, truth: Floats) -> float:
    """The largest absolute difference of two outputs; infinity where one has another shape, or values that are none."""
    if output.shape != truth.shape or not np.isfinite(output).all():
        return float("inf")
    return float(np.abs(output.astype(np.float64) - truth).max(initial=0))


def is_flat(truth: Floats) -> bool:
    """Whether true values are as good as one: that a provider says the same tells nothing, and all zeros would too."""
    return not truth.size or float(np.ptp(truth)) < FLAT


def limit(truth: Floats, tolerance: float) -> float:
    """The largest difference that counts as the same: the tolerance as a share of the range of the true values.

    Below a tolerance of 0.5 no constant output stays within it, whatever the constant. No finite number where the true
    values are none: then nobody can tell.
    """
    return tolerance * max(float(np.ptp(truth)) if truth.size else 0.0, FLAT)
