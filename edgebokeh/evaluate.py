"""How well a model and a look find the subject, measured on photos whose true masks are known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edgebokeh import files, formats, images
from edgebokeh.arrays import Mask, Matte, Pixels
from edgebokeh.errors import EvaluationError
from edgebokeh.look import Look
from edgebokeh.matte import agreement
from edgebokeh.pipeline import Bokeh
from edgebokeh.tiles import resize

BAND = 0.01
"""Width of the band inside a silhouette's edge that the boundary IoU compares, as a share of the photo's diagonal."""

CELL, BAR, COLUMNS = 480, 56, 5
"""Of a contact sheet: side of a photo's square and height of a line of text, in pixels; cells in a row."""

MISSED, ADDED, EDGE = (40, 40, 255), (255, 80, 30), (60, 230, 255)
"""BGR: subject that was not found, background that was taken for subject, and the found silhouette's outline."""

TINT = 0.7
"""How much MISSED and ADDED hide the photo below."""


@dataclass(frozen=True, slots=True)
class Score:
    """How close one photo's matte is to the truth; both silhouettes are what lies above 1/2.

    name: the photo's file name without its ending. iou: intersection over union of the silhouettes, 0..1.
    boundary_iou: the same for the bands along their edges, 0..1. error: mean absolute difference of the soft mattes,
    0..1.
    """

    name: str
    iou: float
    boundary_iou: float
    error: float


def pairs(photos: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Every photo under one folder with the mask of the same name, whatever its ending, under another, sorted by name.

    Masks without a photo are left out. Raises EvaluationError where a folder is missing or has no pictures, a photo has
    no mask, or two pictures of one folder have one name.
    """
    named, truths = _by_name(photos), _by_name(masks)
    alone = sorted(named.keys() - truths.keys())
    if alone:
        raise EvaluationError(
            f"no mask in {masks} for {len(alone)} of {len(named)} photos: {_few(alone)}",
            "give each mask its photo's name; the ending may differ: me.jpg and me.png",
        )
    return [(named[name], truths[name]) for name in sorted(named)]


def score(matte: Matte, truth: Matte, name: str = "") -> Score:
    """Compares a matte with the truth, both H×W float32 in 0..1.

    The boundary IoU is that of Cheng, Girshick, Dollár, Berg and Kirillov (2021): of each silhouette only the pixels
    within 1 % of the diagonal from its edge count, at least 2 pixels; the photo's border is an edge too. Two empty
    silhouettes agree wholly, an empty one and another not at all.
    """
    width = max(2, round(BAND * float(np.hypot(*truth.shape))))
    found, true = ((plane > 0.5).astype(np.uint8) for plane in (matte, truth))
    along = agreement(_band(found, width), _band(true, width))
    error = np.abs(matte - truth).mean(dtype=np.float64)
    return Score(name, float(agreement(found, true)), float(along), float(error))


def evaluate(bokeh: Bokeh, photos: Sequence[tuple[Path, Path]], look: Look | None = None) -> Iterator[Score]:
    """Scores photos one after the other, in the order of `photos`, pairs of a photo and its true mask.

    A mask is a grey picture, white on the subject, of the photo's upright size; in a coloured one its brightness
    counts.
    Raises EvaluationError for a mask of another size, or one that is nowhere brighter than half grey but not black, as
    masks of class numbers are; and PhotoError where a file cannot be read.
    """
    for photo, mask in photos:
        _, matte, truth = _seen(bokeh, photo, mask, look)
        yield score(matte, truth, photo.stem)


def true_matte(mask: Path, photo: Path, pixels: Pixels) -> Matte:
    """What a mask says of its photo of these H×W×3 pixels: H×W float32 in 0..1.

    Raises EvaluationError as `evaluate` does, and PhotoError where the mask cannot be read.
    """
    drawn = images.decode(files.read(mask), str(mask)).pixels
    if drawn.shape[:2] != pixels.shape[:2]:
        raise EvaluationError(
            f"{mask} is {_size(drawn)} pixels and {photo} is {_size(pixels)}",
            "a mask must be as large as its photo is when it stands upright",
        )
    grey = cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY)
    truth: Matte = grey.astype(np.float32) / np.float32(np.iinfo(drawn.dtype).max)
    if 0 < truth.max() <= 0.5:
        raise EvaluationError(
            f"{mask} is nowhere brighter than {grey.max()} of {np.iinfo(drawn.dtype).max}",
            "a mask is white on the subject and black elsewhere",
        )
    return truth


def summary(scores: Sequence[Score], count: int = 10) -> dict[str, Any]:
    """The scores of at least one photo, ready for JSON.

    "photos": how many there are. "mean": of "iou", "boundary_iou" and "error". "worst": the `count` photos of the
    lowest IoU, the worst first, each with its "name" and the same three.
    """
    keys = ("iou", "boundary_iou", "error")
    mean = {key: float(np.mean([getattr(one, key) for one in scores])) for key in keys}
    return {"photos": len(scores), "mean": mean, "worst": [asdict(one) for one in sorted(scores, key=_by_iou)[:count]]}


def ran(bokeh: Bokeh, look: Look | None = None) -> dict[str, Any]:
    """What worked on photos with that look, ready for JSON.

    "model": the networks, joined by "+". "provider", "provider_device", "provider_share", "fallback",
    "provider_note", "threads", "profile": as in a Report.
    Raises what opening the matting network does.
    """
    networks = bokeh.networks(look)
    found = bokeh.verdict
    return {
        "model": "+".join(one.spec.name for one in (networks.finder, networks.matting, networks.gate) if one),
        "provider": found.provider,
        "provider_device": found.device,
        "provider_share": None if found.share is None else round(found.share, 4),
        "fallback": found.fallback,
        "provider_note": found.note,
        "threads": bokeh.threads,
        "profile": bokeh.profile,
    }


def sheet(
    bokeh: Bokeh,
    photos: Sequence[tuple[Path, Path]],
    scores: Sequence[Score],
    look: Look | None = None,
    count: int = 10,
) -> Pixels:
    """The worst photos on one sheet, up to five in a row: H×W×3 uint8 BGR.

    The photos are grey, missed parts of the subject red, parts added to it blue, and the found edge is a yellow line.
    Only these photos are read and looked at again, one at a time.

    photos, scores: at least one, as `evaluate` took and gave them. count: how many photos to show.
    Raises what `evaluate` does.
    """
    worst = sorted(zip(photos, scores, strict=True), key=lambda one: _by_iou(one[1]))[:count]
    cells = [_cell(*_seen(bokeh, *pair, look), one) for pair, one in worst]
    columns = min(COLUMNS, len(cells))
    cells += [_ground(CELL + BAR, CELL)] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return np.vstack([_legend(columns * CELL), *rows])


def _by_name(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder", "name the folders of the photos and of their masks")
    named: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in formats.FORMATS or path.name.startswith("."):
            continue
        if path.stem in named:
            raise EvaluationError(
                f"{named[path.stem]} and {path} have one name",
                "rename one; photos and masks are told apart by their folders and matched by their names",
            )
        named[path.stem] = path
    if not named:
        raise EvaluationError(f"{folder} holds no pictures", f"it needs files that end in {' '.join(formats.FORMATS)}")
    return named


def _few(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def _by_iou(one: Score) -> float:
    return one.iou


def _band(silhouette: Mask, width: int) -> Mask:
    """The pixels of a silhouette of 0 and 1 that lie within `width` of its edge."""
    kernel = np.ones((2 * width + 1,) * 2, np.uint8)
    core = cv2.erode(silhouette, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    band: Mask = silhouette - core
    return band


def _seen(bokeh: Bokeh, photo: Path, mask: Path, look: Look | None) -> tuple[Pixels, Matte, Matte]:
    """A photo's pixels, the matte that is found in it, and the true one."""
    pixels = images.decode(files.read(photo), str(photo)).pixels
    truth = true_matte(mask, photo, pixels)
    # A photo without a person is a result here, no failure.
    look = replace(look or Look(), no_person=None, compare=False)
    return pixels, bokeh.mask(pixels, look).matte, truth


def _size(plane: Pixels) -> str:
    return f"{plane.shape[1]}×{plane.shape[0]}"


def _cell(pixels: Pixels, matte: Matte, truth: Matte, one: Score) -> Pixels:
    """One photo of a sheet, (CELL + BAR)×CELL: the photo in the middle of a square, its name and scores below."""
    scale = CELL / max(truth.shape)
    height, width = (max(1, round(side * scale)) for side in truth.shape)
    grey = cv2.cvtColor(resize(images.to_8_bit(pixels), (height, width)), cv2.COLOR_BGR2GRAY)
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.float32)
    found, true = matte > 0.5, truth > 0.5
    for wrong, colour in ((true & ~found, MISSED), (found & ~true, ADDED)):
        weight = TINT * resize(wrong.astype(np.float32), (height, width))[..., None]
        picture += weight * (np.array(colour, np.float32) - picture)
    shown: Pixels = np.rint(picture).astype(np.uint8)
    silhouette = (resize(found.astype(np.float32), (height, width)) > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(silhouette, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shown, outlines, -1, EDGE, 1)
    cell = _ground(CELL + BAR, CELL)
    top, left = (CELL - height) // 2, (CELL - width) // 2
    cell[top : top + height, left : left + width] = shown
    _write(cell, one.name, CELL + 22)
    _write(cell, f"IoU {one.iou:.3f}  boundary {one.boundary_iou:.3f}  error {one.error:.3f}", CELL + 46)
    return cell


def _legend(width: int) -> Pixels:
    bar = _ground(BAR, width)
    left = 8
    for word, colour in (("missed", MISSED), ("added", ADDED), ("edge", EDGE)):
        _write(bar, word, 36, left, colour)
        left += 110
    return bar


def _write(canvas: Pixels, text: str, foot: int, left: int = 8, colour: tuple[int, ...] = (255, 255, 255)) -> None:
    # OpenCV's letters are ASCII's; 46 of them fill a cell.
    plain = text.encode("ascii", "replace").decode()[:46]
    cv2.putText(canvas, plain, (left, foot), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, 1, cv2.LINE_AA)


def _ground(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), 32, np.uint8)
