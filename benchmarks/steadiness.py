"""How steady mattes of clips are: flicker, ghosts, gaps, trails; and how well they are carried along. See `video`."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.material import SAMPLE, photo
from benchmarks.tables import Lines
from edgebokeh import Bokeh, Look
from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.look import QUALITIES
from edgebokeh.matte import agreement, share
from edgebokeh.stages import Clock
from edgebokeh.subject import MIN_SUBJECT, find
from edgebokeh.temporal import RATE, STABILITY, Steady
from edgebokeh.video.canvas import Canvas, drawable
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import nearest

HALVED = 0.5
"""What must be left of the flicker."""

STILL = 2.0
"""Mean difference to the picture before, in steps of 255 over 5×5 pixels, under which a place counts as still."""

LINGERS = 0.2
"""Seconds after which a steadied matte that contradicts the new one is a ghost."""

JUMP = 0.3
"""Of the larger one of two areas, by which they differ."""

STABILITIES = (0.0, 0.25, 0.5, 0.75, STABILITY, 1.0)
SPEEDS = (0.0, 0.25, 1.0, 4.0)
"""Of a subject, in pixels of a view 512 wide, for each picture."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Pictures of a clip as the finder sees them, what it found in each by itself, and when each is shown, in s."""

    small: Sequence[Pixels]
    mattes: Sequence[Matte]
    times: Sequence[float]


def watched(bokeh: Bokeh, source: Path, count: int) -> Watched:
    """The first pictures of a clip."""
    small, mattes, times = [], [], []
    with closing(Clip(source)) as clip:
        frames = (item for item in clip.items() if isinstance(item, av.VideoFrame))
        pixels = nearest(clip.first.format.name)
        for frame, _ in zip(frames, range(count), strict=False):
            times.append(float(clip.time(frame)))
            seen = Canvas(drawable(frame, pixels), clip.turn).source()
            small.append(seen.small)
            mattes.append(find(bokeh.networks(), seen, QUALITIES["fast"], Clock()))
    return Watched(small, mattes, times)


def steadied(clip: Watched, stability: float, every: int = 1) -> list[Matte]:
    """The mattes as a clip has them."""
    steady, pictures = Steady(stability, every), zip(clip.small, clip.mattes, clip.times, strict=True)
    return [steady.at(time).matte(picture, lambda one=one: one) for picture, one, time in pictures]  # type: ignore[misc]


def change(small: Sequence[Pixels], mattes: Sequence[Matte]) -> float:
    """The flicker: mean absolute change of the matte, 0..1, from picture to picture where that is still."""
    greys = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in small]
    changes = []
    for number in range(1, len(mattes)):
        still = cv2.blur(cv2.absdiff(greys[number], greys[number - 1]).astype(np.float32), (5, 5)) < STILL
        changes.append(float(np.abs(mattes[number] - mattes[number - 1])[still].mean()))
    return float(np.mean(changes))


def ghosts(clip: Watched, mattes: Sequence[Matte], least: float = 0.5) -> float:
    """Mean difference, 0..1, to what was found, where it has been more than `least` for longer than LINGERS."""
    since, last, lingering = np.zeros(mattes[0].shape), clip.times[0], []
    for found, shown, time in zip(clip.mattes, mattes, clip.times, strict=True):
        difference = np.abs(shown - found)
        since = np.where(difference > least, since + time - last, 0)
        lingering.append(float((difference * (since > LINGERS)).mean()))
        last = time
    return float(np.mean(lingering))


def gaps(mattes: Sequence[Matte]) -> int:
    """In how many pictures the subject is too small to count as a person: those flash."""
    return sum(share(one) < MIN_SUBJECT / 100 for one in mattes)


def jumps(mattes: Sequence[Matte]) -> int:
    """How often the subject's area differs from that of the picture before by more than JUMP."""
    areas = np.array([share(one) for one in mattes])
    return int((np.abs(np.diff(areas)) > JUMP * np.maximum(areas[1:], areas[:-1])).sum())


def passing(bokeh: Bokeh, speed: float, count: int = 40) -> Watched:
    """A subject that passes at so many pixels a picture, and its true mattes: the sample's, composed over noise."""
    generator, size = np.random.default_rng(0), (288, 512)
    portrait = cv2.resize(photo(0.2, SAMPLE), (256, 256), interpolation=cv2.INTER_AREA)
    matte = bokeh.mask(portrait, Look(quality="balanced")).matte
    rough = cv2.GaussianBlur(generator.normal(0, 1, (*size, 3)).astype(np.float32), (0, 0), 6)
    behind = np.clip(rough / rough.std() * 60 + 120, 0, 255)
    shown, true = [], []
    for number in range(count):
        place = np.array([[1, 0, 40 + speed * number], [0, 1, 32]], np.float32)
        here, over = (cv2.warpAffine(one.astype(np.float32), place, size[::-1]) for one in (matte, portrait))
        picture: Floats = over * here[..., None] + behind * (1 - here[..., None])
        noisy = picture + generator.normal(0, 2, picture.shape)
        shown.append(np.clip(noisy, 0, 255).astype(np.uint8))
        true.append(here)
    return Watched(shown, true, [number / RATE for number in range(count)])


def trailing(clip: Watched, stability: float) -> float:
    """Mean absolute error, 0..1, within 4 pixels of the edge, of mattes that were right before they were steadied."""
    square, errors = np.ones((9, 9), np.uint8), []
    for seen, here in list(zip(steadied(clip, stability), clip.mattes, strict=True))[8:]:
        band = (cv2.dilate(here, square) > 0.02) & (cv2.erode(here, square) < 0.98)
        errors.append(float(np.abs(seen - here)[band].mean()))
    return float(np.mean(errors))


def flicker(bokeh: Bokeh, source: Path, count: int) -> tuple[Lines, bool]:
    """A table of stability, what it mends and what it costs, and whether the default's flicker keeps the must."""
    clip = watched(bokeh, source, count)
    scenes = [passing(bokeh, speed) for speed in SPEEDS]
    head = ["stability", "flicker", "of frame by frame", "ghosts", "faint ghosts", "gaps", "jumps"]
    lines = [[*head, *(f"trailing at {speed:g} px" for speed in SPEEDS)]]
    alone, kept = change(clip.small, clip.mattes), False
    for stability in STABILITIES:
        seen = steadied(clip, stability)
        left = change(clip.small, seen)
        mended = [f"{ghosts(clip, seen):.1e}", f"{ghosts(clip, seen, 0.25):.1e}", str(gaps(seen)), str(jumps(seen))]
        errors = [f"{trailing(scene, stability):.4f}" for scene in scenes]
        lines.append([f"{stability:g}", f"{left:.2e}", f"{left / alone:.2f}", *mended, *errors])
        kept |= stability == STABILITY and left / alone <= HALVED
    return lines, kept


def carried(bokeh: Bokeh, source: Path, count: int) -> Lines:
    """How well mattes that were carried along agree with those that were found."""
    clip = watched(bokeh, source, count)
    reference = steadied(clip, STABILITY)
    lines = [["every", "agreement (IoU)", "worst", "mean error", "flicker"]]
    for every in (1, 2, 3, 5, 10):
        seen = steadied(clip, STABILITY, every)
        scores = [agreement(one, other) for one, other in zip(seen, reference, strict=True)]
        error = float(np.mean([np.abs(one - other).mean() for one, other in zip(seen, reference, strict=True)]))
        row = [f"{np.mean(scores):.4f}", f"{min(scores):.4f}", f"{error:.5f}", f"{change(clip.small, seen):.2e}"]
        lines.append([str(every), *row])
    return lines
