"""How fast clips are, how steady their mattes, how flat their memory: python -m benchmarks.video.

--speed: a clip of 1280×720 is blurred, and decoded and encoded alone with the same settings, in turns in one process;
what counts is the median of the ratios within the rounds. Beside it stands the ratio of the processor's time, which is
disturbed less by others at work. --every: how far mattes that are carried along are from those that were found.
--flicker: the mean absolute change of the matte from picture to picture where the picture is still, and how far a
moving edge trails, for some stabilities. --memory N: the resident memory of a process that blurs a clip of N pictures.
Without any of these, all but the last. Exits with 1 where a must is missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from benchmarks import machine
from benchmarks.duels import Duel, Limits, Side, hold, interval, spread, wall
from benchmarks.material import SAMPLE, photo
from benchmarks.memory import KNOWN, resident
from benchmarks.tables import Lines, fixed_width
from edgebokeh import Bokeh, Look, load
from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.look import QUALITIES
from edgebokeh.matte import agreement
from edgebokeh.stages import Clock
from edgebokeh.subject import find
from edgebokeh.temporal import STABILITY, Steady
from edgebokeh.tiles import resize
from edgebokeh.video.canvas import Canvas, drawable
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import Wish, nearest, recipe
from edgebokeh.video.conveyor import conveyed
from edgebokeh.video.job import Job, make
from edgebokeh.video.painter import Manner
from edgebokeh.video.writer import Writer

MUST, AIM = 1.8, 1.3
"""Times decoding and encoding alone."""

HALVED = 0.5
"""What must be left of the flicker."""

SIZE = (720, 1280)
RATE = Fraction(25)

STILL = 2.0
"""Mean difference to the picture before, in steps of 255 over 5×5 pixels, under which a place counts as still."""

STABILITIES = (0.0, 0.25, 0.5, 0.75, STABILITY, 1.0)
SPEEDS = (0.0, 0.25, 1.0, 4.0)
"""Of a subject, in pixels of a view 512 wide, for each picture."""


def moving(count: int, size: tuple[int, int] = SIZE, shift: float = 2.0) -> Iterator[Pixels]:
    """The sample portrait swaying over a still background, with a camera's noise: H×W×3 uint8 BGR."""
    generator, (height, width) = np.random.default_rng(0), size
    portrait = cv2.resize(photo(0.3, SAMPLE), (height, height), interpolation=cv2.INTER_AREA)
    noise = generator.normal(0, 2, (4, height, width, 3)).astype(np.float32)
    wall_ = cv2.resize(portrait[:, ::-1], (width, height)).astype(np.float32)
    for number in range(count):
        left = (width - height) / 2 + 40 * np.sin(number * shift / 40)
        place = np.array([[1, 0, left], [0, 1, 0]], np.float32)
        picture = wall_.copy()
        cv2.warpAffine(portrait.astype(np.float32), place, (width, height), picture, borderMode=cv2.BORDER_TRANSPARENT)
        yield np.clip(picture + noise[number % 4], 0, 255).astype(np.uint8)


def write(path: Path, pictures: Iterator[Pixels], size: tuple[int, int] = SIZE) -> Path:
    """A clip of BGR pictures as a camera would write it: H.264 of high quality."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = size[1], size[0], "yuv420p"
        for picture in pictures:
            fitted: Any = resize(picture, size)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(fitted, format="bgr24")))
        file.mux(stream.encode())
    return path


def pictures(path: Path, count: int) -> Iterator[Pixels]:
    """The first ones of a clip, in BGR."""
    with closing(Clip(path)) as clip:
        frames = (item for item in clip.items() if isinstance(item, av.VideoFrame))
        for frame, _ in zip(frames, range(count), strict=False):
            yield frame.to_ndarray(format="bgr24")


def plain(source: Path, target: Path, wish: Wish) -> None:
    """Decodes and encodes, with the threads that blurring has."""
    with closing(Clip(source)) as clip:
        writer = Writer(target, clip, recipe(clip, target, wish))
        for item in conveyed(clip.items(), []):
            writer.write(item)
        writer.close()


def timed(work: Callable[[], object], spent: list[float]) -> Side:
    """A side whose whole time counts, and whose processor time goes into a list."""

    def side() -> float:
        start = time.process_time()
        passed = wall(work)()
        spent.append(time.process_time() - start)
        return passed

    return side


def speed(bokeh: Bokeh, source: Path, wish: Wish, manners: dict[str, Manner], rounds: int) -> tuple[Lines, bool]:
    """A table of ratios, and whether the first one keeps the must."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "out.mp4")
        job = Job(source, target, wish, force=True)
        spent: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in manners}
        duels = {
            name: Duel(
                timed(partial(make, bokeh, job, manner), spent[name][0]),
                timed(partial(plain, source, target, wish), spent[name][1]),
            )
            for name, manner in manners.items()
        }
        times = hold(duels, Limits(rounds=rounds, least=rounds, seconds=1e9))
    count = sum(1 for _ in pictures(source, 10**9))
    lines = [["", "ratio", "95 % interval", "of processor time", "ms per picture", "alone"]]
    for name, found in times.items():
        low, high = interval(found.ratios)
        ours, alone = (f"{spread(side).median / count:.1f}" for side in (found.ours, found.reference))
        ratio, cpu = spread(found.ratios).median, spread([a / b for a, b in zip(*spent[name], strict=True)]).median
        lines.append([name, f"{ratio:.2f}", f"{low:.2f} to {high:.2f}", f"{cpu:.2f}", ours, alone])
    return lines, spread(next(iter(times.values())).ratios).median <= MUST


def views(source: Path, count: int) -> list[Canvas]:
    """The first pictures of a clip, as they are drawn on."""
    with closing(Clip(source)) as clip:
        frames = (item for item in clip.items() if isinstance(item, av.VideoFrame))
        pixels = nearest(clip.first.format.name)
        return [Canvas(drawable(frame, pixels), clip.turn) for frame, _ in zip(frames, range(count), strict=False)]


def found(bokeh: Bokeh, canvases: Sequence[Canvas]) -> tuple[list[Pixels], list[Matte]]:
    """What the finder sees in each picture by itself, and the view in which it looked."""
    sources = [canvas.source() for canvas in canvases]
    mattes = [find(bokeh.networks(), source, QUALITIES["fast"], Clock()) for source in sources]
    return [source.small for source in sources], mattes


def steadied(small: Sequence[Pixels], mattes: Sequence[Matte], stability: float, every: int = 1) -> list[Matte]:
    """The mattes as a clip has them."""
    steady = Steady(stability, every)
    return [steady.matte(picture, lambda one=one: one) for picture, one in zip(small, mattes, strict=True)]  # type: ignore[misc]


def change(small: Sequence[Pixels], mattes: Sequence[Matte]) -> float:
    """The flicker: mean absolute change of the matte, 0..1, from picture to picture where that is still."""
    greys = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in small]
    changes = []
    for number in range(1, len(mattes)):
        still = cv2.blur(cv2.absdiff(greys[number], greys[number - 1]).astype(np.float32), (5, 5)) < STILL
        changes.append(float(np.abs(mattes[number] - mattes[number - 1])[still].mean()))
    return float(np.mean(changes))


def passing(bokeh: Bokeh, speed: float, count: int = 40) -> tuple[list[Pixels], list[Matte]]:
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
    return shown, true


def trailing(shown: Sequence[Pixels], true: Sequence[Matte], stability: float) -> float:
    """Mean absolute error, 0..1, within 4 pixels of the edge, of mattes that were right before they were steadied."""
    square, errors = np.ones((9, 9), np.uint8), []
    for seen, here in list(zip(steadied(shown, true, stability), true, strict=True))[8:]:
        band = (cv2.dilate(here, square) > 0.02) & (cv2.erode(here, square) < 0.98)
        errors.append(float(np.abs(seen - here)[band].mean()))
    return float(np.mean(errors))


def flicker(bokeh: Bokeh, source: Path, count: int) -> tuple[Lines, bool]:
    """A table of stability, flicker and trailing, and whether the default's flicker keeps the must."""
    small, mattes = found(bokeh, views(source, count))
    scenes = {speed: passing(bokeh, speed) for speed in SPEEDS}
    head = [f"trailing at {speed:g} px" for speed in SPEEDS]
    lines, alone, kept = [["stability", "flicker", "of frame by frame", *head]], change(small, mattes), False
    for stability in STABILITIES:
        left = change(small, steadied(small, mattes, stability))
        errors = [f"{trailing(*scene, stability):.4f}" for scene in scenes.values()]
        lines.append([f"{stability:g}", f"{left:.2e}", f"{left / alone:.2f}", *errors])
        kept |= stability == STABILITY and left / alone <= HALVED
    return lines, kept


def carried(bokeh: Bokeh, source: Path, count: int) -> Lines:
    """How well mattes that were carried along agree with those that were found."""
    small, mattes = found(bokeh, views(source, count))
    reference = steadied(small, mattes, STABILITY)
    lines = [["every", "agreement (IoU)", "worst", "mean error", "flicker"]]
    for every in (1, 2, 3, 5, 10):
        seen = steadied(small, mattes, STABILITY, every)
        scores = [agreement(one, other) for one, other in zip(seen, reference, strict=True)]
        error = float(np.mean([np.abs(one - other).mean() for one, other in zip(seen, reference, strict=True)]))
        row = [f"{np.mean(scores):.4f}", f"{min(scores):.4f}", f"{error:.5f}", f"{change(small, seen):.2e}"]
        lines.append([str(every), *row])
    return lines


def memory(bokeh: Bokeh, count: int, folder: Path) -> Lines:
    """Resident bytes of this process while it blurs a clip of `count` pictures of 320×180."""
    size = (180, 320)
    source = write(folder / "long.mp4", moving(count, size), size)
    seen: list[list[str]] = [["pictures", "resident MB", "largest MB"]]

    def look(done: int, _whole: int | None, _rate: float | None) -> None:
        if done % max(1, count // 8) == 0:
            seen.append([str(done), *(f"{resident(line) / 1e6:.0f}" for line in ("VmRSS", "VmHWM"))])

    make(bokeh, Job(source, folder / "out.mp4", force=True), Manner(Look(quality="fast")), look)
    return seen


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("speed", "every", "flicker"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--memory", type=int, metavar="N", help="only blur a clip of N pictures")
    parser.add_argument("--clip", type=Path, metavar="FILE", help="a clip with a person; default: the sample, moving")
    parser.add_argument("--frames", type=int, default=150, metavar="N", help="so many pictures of it (150)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="of the comparison of speeds (7)")
    parser.add_argument("--preset", metavar="NAME", help="of the encoder")
    options = parser.parse_args(arguments)
    busy, bokeh = machine.load(), load()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        if options.memory:
            print(fixed_width(memory(bokeh, options.memory, folder)) if KNOWN else "this system does not tell")
            return 0
        kept = _all(bokeh, options, folder)
    for doubt in machine.doubts(busy, []):
        print(f"note: {doubt}")
    return 0 if kept else 1


def _all(bokeh: Bokeh, options: argparse.Namespace, folder: Path) -> bool:
    """Prints what was asked for; whether every must is kept."""
    everything, kept = not (options.speed or options.every or options.flicker), True
    source = options.clip or write(folder / "clip.mp4", moving(options.frames))
    if options.flicker or everything:
        lines, halved = flicker(bokeh, source, options.frames)
        kept &= _told(f"Flicker of {source.name}; must be at most {HALVED:g} of frame by frame:", lines, halved)
    if options.every or everything:
        _told("Mattes carried along, against those found in every picture:", carried(bokeh, source, options.frames))
    if options.speed or everything:
        fitted = write(folder / "fitted.mp4", pictures(source, options.frames)) if options.clip else source
        fast = Look(quality="fast")
        manners = {f"every {every}": Manner(fast, every=every) for every in (1, 2)}
        lines, fast_enough = speed(bokeh, fitted, Wish(preset=options.preset), manners, options.rounds)
        heading = f"Over decoding and encoding alone, 1280×720, {machine.cores()} cores; must {MUST:g}, aim {AIM:g}:"
        kept &= _told(heading, lines, fast_enough)
    return kept


def _told(heading: str, lines: Lines, kept: bool = True) -> bool:
    print(f"{heading}\n\n{fixed_width(lines)}\n\n{'' if kept else 'MISSED'}".rstrip() + "\n", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
