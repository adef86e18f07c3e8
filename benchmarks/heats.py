"""The duels of `benchmarks.photo`: what edgebokeh does to a photo, and what each of it is held against."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from benchmarks.duels import Duel, Side, wall
from benchmarks.material import JPEG_QUALITY, jpeg
from benchmarks.methods import floor, gaussian_and_bitwise, on_all_cores, plain, recorded
from edgebokeh import Bokeh, Look, compose, decode, threads
from edgebokeh.alpha import Alpha
from edgebokeh.arrays import Pixels
from edgebokeh.backdrop import backdrop
from edgebokeh.images import Photo
from edgebokeh.look import QUALITIES
from edgebokeh.source import held
from edgebokeh.stages import Clock
from edgebokeh.styles import STYLES
from edgebokeh.tiles import reduce

CLASSIC, PLAIN, MEDIAPIPE = "--classic", "plain numpy", "mediapipe"

OWN_NETWORKS = "best"
"""The preset whose own network runs all count in its floor; with the others, the first one does."""

SAME_SIZE = 0.01
"""Of a JPEG in bytes: the share by which the floor's may differ from edgebokeh's and pass for the same quality."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is timed, on a photo of so many megapixels. kernel: in pixels; None is the default, which grows with it."""

    what: str
    megapixels: float
    kernel: int | None = None


def looks(megapixels: float, kernels: Sequence[int]) -> Iterator[dict[Case, Look]]:
    """All that runs on photos of a size, in groups whose results fit into memory together."""
    for kernel in kernels:
        presets = {Case(name, megapixels, kernel): Look(quality=name, kernel=kernel) for name in QUALITIES}
        yield {**presets, Case(CLASSIC, megapixels, kernel): Look(classic=True, kernel=kernel)}
    yield {Case(f"fast, {style}", megapixels): Look(quality="fast", style=style) for style in STYLES}


def over_floor(bokeh: Bokeh, data: bytes, group: Mapping[Case, Look]) -> dict[Case, Duel]:
    """JPEG to JPEG against the floor of that photo and result; beside `--classic`, the same in plain numpy.

    Each configuration runs once here and so is warm. Raises ValueError where the floor would be another than ours: no
    network run was seen, or edgebokeh's JPEG quality is not the floor's.
    """
    duels: dict[Case, Duel] = {}
    for case, look in group.items():
        with recorded() as runs:
            file, _ = bokeh.convert(data, look=look)
        pixels = decode(file).pixels
        if not runs:
            raise ValueError(f"no network run was seen in {case.what}: onnxruntime is called in a way unknown here")
        if abs(len(jpeg(pixels)) / len(file) - 1) > SAME_SIZE:
            raise ValueError(f"the floor encodes with quality {JPEG_QUALITY}, edgebokeh seems not to")
        counted = runs if case.what == OWN_NETWORKS else runs[:1]
        lowest = on_all_cores(wall(partial(floor, data, pixels, counted)))
        duels[case] = Duel(wall(partial(bokeh.convert, data, look=look)), lowest)
        if look.classic and look.kernel:
            numpy_way = on_all_cores(wall(partial(plain, data, look.kernel, runs[0])))
            duels[Case(PLAIN, case.megapixels, case.kernel)] = Duel(numpy_way, lowest)
    return duels


def compositor(bokeh: Bokeh, pixels: Pixels, megapixels: float, kernels: Sequence[int]) -> dict[Case, Duel]:
    """Blur and composite of the fast preset against GaussianBlur and a bitwise join, on decoded pixels.

    Either has the subject's mask: ours the matte of a reduced size as it comes from the network, the other a full one.
    """
    mask = (bokeh.mask(pixels, Look(quality="fast")).pixels > 127).astype(np.uint8) * 255
    duels = {}
    for kernel in kernels:
        reference = on_all_cores(wall(partial(gaussian_and_bitwise, pixels, mask, kernel)))
        duels[Case("fast", megapixels, kernel)] = Duel(_compositor_alone(bokeh, pixels, kernel), reference)
    return duels


def growth(bokeh: Bokeh, files: Mapping[float, bytes], middle: float, big: float) -> dict[Case, Duel]:
    """A large photo against a smaller one, with the same settings. files: JPEGs by megapixels."""
    return {
        Case(quality, big): Duel(
            *(wall(partial(bokeh.convert, files[size], look=Look(quality=quality))) for size in (big, middle))
        )
        for quality in ("fast", "balanced")
    }


def background_psnr(bokeh: Bokeh, pixels: Pixels, kernel: int) -> float:
    """PSNR in dB of the fast path's background to OpenCV's Gaussian of that kernel's sigma in float32.

    Not to that of the kernel itself, which is cut off at three sigma and so has a hundredth less variance.

    The whole photo is background: a subject that has to fill all of it is none.
    """
    look = Look(quality="fast", kernel=kernel, min_subject=100, no_person="blur")
    result = bokeh.blur(pixels, look)
    if result.person:
        raise ValueError("the subject fills the whole photo")
    exact = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), look.sigma_for(*pixels.shape[:2]))
    return float(-10 * np.log10(np.mean(((result.pixels - exact) / 255) ** 2)))


def _compositor_alone(bokeh: Bokeh, pixels: Pixels, kernel: int) -> Side:
    look = Look(quality="fast", kernel=kernel)
    found, shape = bokeh.mask(pixels, look).matte, held(Photo(pixels))
    matte = Alpha(reduce(found, shape.scale), shape.frame)

    def side() -> float:
        photo = Photo(pixels.copy())
        start = time.perf_counter()
        with threads.working(threads.available()):
            far = backdrop(held(photo), matte.coarse, look, Clock())
            compose.blend(photo.pixels, matte, far)
        return (time.perf_counter() - start) * 1000

    return side
