"""Mattes of moving pictures: steady where they are still, without a trail where they move."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

import edgebokeh
from edgebokeh.errors import ValueRangeError
from edgebokeh.temporal import STABILITY, Steady
from tests import tiny

SIZE = (72, 96)


def scene(left: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A bright square on dark noise, BGR with a camera's noise, and its matte."""
    generator, behind = np.random.default_rng(seed), np.random.default_rng(99)
    matte = np.zeros(SIZE, np.float32)
    matte[20:50, left : left + 30] = 1
    picture = behind.integers(0, 80, (*SIZE, 3)) + generator.normal(0, 1, (*SIZE, 3)) + 150 * matte[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8), matte


def seen(steady: Steady, scenes: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    return [steady.matte(picture, lambda matte=matte: matte) for picture, matte in scenes]


@pytest.mark.parametrize(
    ("stability", "least", "most"), [(0.0, 1, 1), (0.5, 0.3, 0.8), (STABILITY, 0, 0.5), (1.0, 0, 0.3)]
)
def test_flicker_of_a_still_picture_is_damped(stability: float, least: float, most: float) -> None:
    generator = np.random.default_rng(0)
    scenes = [scene(30, number) for number in range(30)]
    flickering = [
        (one, np.clip(matte + generator.normal(0, 0.1, SIZE), 0, 1).astype(np.float32)) for one, matte in scenes
    ]
    found = seen(Steady(stability), flickering)

    def change(mattes: list[np.ndarray]) -> float:
        return float(np.mean([np.abs(a - b).mean() for a, b in pairwise(mattes[9:])]))

    assert least <= change(found) / change([matte for _, matte in flickering]) <= most


@pytest.mark.parametrize("speed", [1, 4])
@pytest.mark.parametrize("stability", [STABILITY, 1.0])
def test_a_moving_edge_does_not_trail(speed: int, stability: float) -> None:
    scenes = [scene(5 + speed * number, number) for number in range(12)]
    for found, (_, matte) in zip(seen(Steady(stability), scenes), scenes, strict=True):
        assert np.abs(found - matte).max() < 0.15


def test_what_is_uncertain_settles_at_its_mean() -> None:
    picture, matte = scene(30)
    found = seen(Steady(1.0), [(picture, matte * (number % 2)) for number in range(400)])
    assert found[-1].max() == pytest.approx(0.5, abs=0.05)


def test_a_cut_starts_anew() -> None:
    picture, matte = scene(30)
    other = 255 - picture
    found = seen(Steady(1.0), [(picture, matte)] * 5 + [(other, 1 - matte)])
    assert np.array_equal(found[-1], 1 - matte)


@pytest.mark.parametrize("every", [1, 3])
def test_another_size_starts_anew(every: int) -> None:
    steady = Steady(every=every)
    small = np.zeros((40, 50, 3), np.uint8)
    for picture, matte in (scene(30), (small, np.ones((40, 50), np.float32)), scene(10)):
        assert np.array_equal(steady.matte(picture, lambda matte=matte: matte), matte)


def test_networks_look_at_one_of_n_pictures_and_at_cuts() -> None:
    looks: list[int] = []
    steady = Steady(every=3)
    for number in range(10):
        picture, matte = scene(30, number)
        picture = picture if number < 7 else 255 - picture
        steady.matte(picture, lambda number=number, matte=matte: (looks.append(number), matte)[1])
    assert looks == [0, 3, 6, 7]


@pytest.mark.parametrize("deep", [False, True])
def test_a_matte_is_carried_along_with_what_moves(deep: bool) -> None:
    rng = np.random.default_rng(0)
    wall = cv2.GaussianBlur(rng.integers(0, 256, (144, 400, 3)).astype(np.uint8), (0, 0), 2)
    wall = cv2.normalize(wall, None, 0, 255, cv2.NORM_MINMAX)
    steady, mattes = Steady(0.0, every=100), []
    for number in range(6):
        picture = wall[:, 40 + 3 * number : 40 + 3 * number + 192].astype(np.uint16 if deep else np.uint8)
        matte = np.zeros((144, 192), np.float32)
        matte[40:100, 80 - 3 * number : 140 - 3 * number] = 1
        mattes.append(matte)
        found = steady.matte(picture * 257 if deep else picture, lambda matte=matte: matte)
    assert np.abs(found - mattes[-1]).mean() < 0.2 * np.abs(mattes[0] - mattes[-1]).mean()


@pytest.mark.parametrize("settings", [{"stability": -0.1}, {"stability": 1.1}, {"every": 0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueRangeError):
        Steady(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_frames_of_a_caller(tiny_bokeh: edgebokeh.Bokeh, order: str) -> None:
    look = edgebokeh.Look(quality="fast", kernel=15)
    pictures = [np.roll(tiny.picture(), number, axis=1) for number in range(4)]
    given = [picture if order == "bgr" else picture[..., ::-1] for picture in pictures]
    taken = []
    results = tiny_bokeh.frames((taken.append(one) or one for one in given), look, order=order, stability=0)
    first = next(results)
    assert len(taken) == 1
    for found, picture in zip([first, *results], given, strict=True):
        assert np.array_equal(found, tiny_bokeh.blur(picture, look, order=order).pixels)
    assert len(taken) == 4


def test_frames_are_steady_and_of_any_task(tiny_bokeh: edgebokeh.Bokeh) -> None:
    pictures = [tiny.picture(), tiny.picture(), tiny.picture(80, 60)]
    for task, channels in (("mask", 0), ("cutout", 4)):
        shapes = [one.shape for one in tiny_bokeh.frames(pictures, task=task)]
        assert shapes == [(*picture.shape[:2], channels)[: 2 + bool(channels)] for picture in pictures]
    with pytest.raises(ValueRangeError):
        tiny_bokeh.frames(pictures, stability=2)
