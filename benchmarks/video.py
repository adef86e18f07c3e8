"""How fast clips are, how steady their mattes, how flat their memory: python -m benchmarks.video.

--speed: a clip of 1280×720 is blurred, and decoded and encoded alone with the same settings, in turns in one process;
what counts is the median of the ratios within the rounds. Beside it stands the ratio of the processor's time, which is
disturbed less by others at work; for each preset of the encoder, of which the first one has to keep the must. --every:
how far mattes that are carried along are from those that were found. --flicker: for some stabilities, the mean absolute
change of the matte from picture to picture where the picture is still; ghosts, the mean difference to what was found
where that has been above 1/2 for 0.2 s, and faint ones, above 1/4; gaps, pictures in which a subject falls short of
0.5 % of the picture; jumps of its area by more than 30 %; and how far a moving edge
trails. --memory N: the resident memory of a process that blurs a clip of N pictures.
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
from benchmarks.steadiness import HALVED, carried, flicker
from benchmarks.tables import Lines, fixed_width
from edgebokeh import Bokeh, Look, load
from edgebokeh.arrays import Pixels
from edgebokeh.tiles import resize
from edgebokeh.video.clip import Clip
from edgebokeh.video.codecs import Wish, recipe
from edgebokeh.video.conveyor import conveyed
from edgebokeh.video.job import Job, make
from edgebokeh.video.painter import Manner
from edgebokeh.video.writer import Writer

MUST, AIM = 1.8, 1.3
"""Times decoding and encoding alone."""

SIZE = (720, 1280)
RATE = Fraction(25)


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


def speed(bokeh: Bokeh, source: Path, sides: dict[str, tuple[Wish, Manner]], rounds: int) -> tuple[Lines, bool]:
    """A table of ratios, and whether the first one keeps the must. sides: how to encode and to blur, by name."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "out.mp4")
        spent: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sides}
        duels = {
            name: Duel(
                timed(partial(make, bokeh, Job(source, target, wish, force=True), manner), spent[name][0]),
                timed(partial(plain, source, target, wish), spent[name][1]),
            )
            for name, (wish, manner) in sides.items()
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
    parser.add_argument("--encoder-preset", nargs="+", default=["medium"], metavar="NAME", help="H.264's (medium)")
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
        sides = {
            f"{preset}, every {every}": (Wish(preset=preset), Manner(Look(quality="fast"), every=every))
            for preset in options.encoder_preset
            for every in (1, 2)
        }
        lines, fast_enough = speed(bokeh, fitted, sides, options.rounds)
        heading = f"Over decoding and encoding alone, 1280×720, {machine.cores()} cores; must {MUST:g}, aim {AIM:g}:"
        kept &= _told(heading, lines, fast_enough)
    return kept


def _told(heading: str, lines: Lines, kept: bool = True) -> bool:
    print(f"{heading}\n\n{fixed_width(lines)}\n\n{'' if kept else 'MISSED'}".rstrip() + "\n", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
