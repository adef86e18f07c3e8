"""The accuracy gate: a reduced network beside its parent, on photos, and what it may lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgebokeh import files, images
from edgebokeh.arrays import Matte, Pixels
from edgebokeh.errors import EvaluationError
from edgebokeh.evaluate import Score, score, true_matte
from edgebokeh.matte import agreement
from edgebokeh.proof import Proof
from edgebokeh.spec import ModelSpec
from edgebokeh.tensors import Placement, prepare, to_matte
from export.errors import DropError
from export.parity import answer, open_session
from export.photos import Pairs

NEAR_NOTHING = 0.1
"""A mean IoU below which two silhouettes have nothing to do with each other, whatever loss is allowed."""


class Segmenter:
    """A network and how to feed it. size: (height, width) of its input.

    Raises ParityError where onnxruntime refuses the network.
    """

    def __init__(self, model: bytes, spec: ModelSpec) -> None:
        self.session, self.spec = open_session(model), spec
        shape = self.session.get_inputs()[0].shape
        rows, columns = shape[2:] if spec.layout == "NCHW" else shape[1:3]
        self.size = (rows, columns) if isinstance(rows, int) and isinstance(columns, int) else spec.size

    def tensor(self, pixels: Pixels) -> Any:
        """Its input for a photo of H×W×3 BGR, as the spec lays it out."""
        return prepare(pixels, self.spec, self.size)[0]

    def see(self, tensor: Any) -> Matte:
        """The matte of an input, h×w float32 of the network's own size.

        Raises ParityError where onnxruntime cannot run it, ModelUnsuitableError where its output is not as described.
        """
        return to_matte(answer(self.session, tensor), self.spec)


@dataclass(frozen=True, slots=True)
class Lost:
    """How far a network is from its parent on one photo: difference of the mattes, and IoU of the silhouettes."""

    largest: float
    mean: float
    agreement: float


def read(path: Path) -> Pixels:
    """A photo's pixels, H×W×3 BGR uint8 or uint16. Raises PhotoError."""
    return images.decode(files.read(path), str(path)).pixels


def lost(found: Matte, expected: Matte) -> Lost:
    """Compares two mattes of one size."""
    apart = np.abs(found - expected)
    return Lost(float(apart.max()), float(apart.mean(dtype=np.float64)), float(agreement(found, expected)))


def judge(before: Segmenter, after: Segmenter, photos: Pairs, facts: Mapping[str, Any]) -> Proof:
    """Looks at every photo with a network and its reduced twin. facts: the Proof's fields that are known beforehand.

    Photos in which neither sees anybody count for the largest difference alone.
    Raises EvaluationError where the parent sees nobody in any of the photos or somebody else than the masks, or a mask
    is none that `edgebokeh.evaluate` takes; PhotoError; ModelUnsuitableError.
    """
    rows: list[Lost] = []
    scores: list[tuple[Score, Score]] = []
    seen, largest = False, 0.0
    for photo, mask in photos:
        pixels = read(photo)
        placement = Placement(pixels.shape[:2])
        old, new = (placement.unfit(network.see(network.tensor(pixels))) for network in (before, after))
        row = lost(new, old)
        seen |= bool((old > 0.5).any())
        largest = max(largest, row.largest)
        truth = true_matte(mask, photo, pixels) if mask else None
        if not (np.maximum(old, new) > 0.5).any():
            # Two empty silhouettes agree wholly: enough of them would hide any loss in the mean.
            continue
        rows.append(row)
        if truth is not None:
            scores.append((score(new, truth), score(old, truth)))
    if not seen:
        raise EvaluationError(
            f"the parent sees nobody in {len(photos)} of {len(photos)} photos, which proves nothing",
            "name a folder with photos of people: --validate DIR",
        )
    same = _mean(row.agreement for row in rows)
    truths: dict[str, Any] = _scores(scores)
    if truths and truths["parent_iou"] < NEAR_NOTHING:
        raise EvaluationError(
            f"by these masks the parent itself finds nobody: IoU {truths['parent_iou']:.4f}, which proves nothing",
            "name the masks of these very photos, white on the subject: --masks DIR",
        )
    drop = truths["parent_iou"] - truths["iou"] if truths else 1 - same
    return Proof(
        photos=len(rows),
        empty=len(photos) - len(rows),
        masks=bool(scores),
        largest=largest,
        mean=_mean(row.mean for row in rows),
        agreement=same,
        drop=drop,
        **truths,
        **facts,
    )


def demand(proof: Proof) -> None:
    """Raises DropError where the drop is larger than allowed, or no number, or nothing of the parent is left."""
    if not proof.agreement >= NEAR_NOTHING:
        raise DropError(
            f"the reduced network has nothing in common with its parent: {proof}",
            "calibrate on photos like yours, or choose another --precision or --calibration",
        )
    if not proof.drop <= proof.allowed:
        raise DropError(
            f"the reduced network loses too much: {proof}",
            "calibrate on photos like yours, choose another --precision or --calibration, or allow it with --max-drop",
        )


def _scores(scores: Sequence[tuple[Score, Score]]) -> dict[str, float]:
    if not scores:
        return {}
    new, old = zip(*scores, strict=True)
    return {
        "iou": _mean(one.iou for one in new),
        "boundary_iou": _mean(one.boundary_iou for one in new),
        "parent_iou": _mean(one.iou for one in old),
        "parent_boundary_iou": _mean(one.boundary_iou for one in old),
    }


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))
