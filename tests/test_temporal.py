"""Mattes of moving pictures: steady where they are still, without a trail where they move."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

import edgebokeh
from edgebokeh.errors import PhotoUnreadableError, ValueRangeError
from edgebokeh.matte import agreement
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


def seen(steady: Steady, scenes: list[tuple[np.ndarray, np.ndarray]], rate: float = 25) -> list[np.ndarray]:
    return [
        steady.at(number / rate).matte(picture, lambda matte=matte: matte)
        for number, (picture, matte) in enumerate(scenes)
    ]


def swaying(count: int, rate: float, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """A textured subject that sways before a textured wall, by up to 120 pixels in a second, with noise."""
    generator, fixed = np.random.default_rng(seed), np.random.default_rng(7)
    wall, body = (cv2.GaussianBlur(fixed.uniform(0, 255, (144, 256)), (0, 0), 2) for _ in range(2))
    wall, body = (wall - wall.mean()) * 3 + 80, (body - body.mean()) * 3 + 170
    shape = np.zeros((144, 256))
    cv2.ellipse(shape, (100, 90), (30, 60), 0, 0, 360, 1, -1)
    scenes = []
    for number in range(count):
        place = np.float32([[1, 0, 60 * np.sin(2 * number / rate)], [0, 1, 0]])
        matte, there = (cv2.warpAffine(one, place, (256, 144)) for one in (shape, body))
        grey = there * matte + wall * (1 - matte) + generator.normal(0, 2, (144, 256))
        scenes.append((np.clip(grey, 0, 255).astype(np.uint8)[..., None].repeat(3, 2), matte.astype(np.float32)))
    return scenes


def with_mattes(scenes: list[tuple[np.ndarray, np.ndarray]], wrong: dict[int, np.ndarray]) -> list:
    return [(picture, wrong.get(number, matte)) for number, (picture, matte) in enumerate(scenes)]


@pytest.mark.parametrize(
    ("stability", "least", "most"), [(0.0, 1, 1), (0.5, 0.3, 0.8), (STABILITY, 0, 0.5), (1.0, 0, 0.3)]
)
def test_flicker_of_a_still_picture_is_damped(stability: float, least: float, most: float) -> None:
    generator = np.random.default_rng(0)
    scenes = [scene(30, number) for number in range(30)]
    flickering = [
        (one, np.clip(matte + generator.normal(0, 0.1, SIZE), 0, 1).astype(np.float32)) for one, matte in scenes
    ]
    found = seen(Steady(stability), flickering, rate=15)

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
    found = seen(Steady(1.0), [(picture, matte * (0.3 + 0.4 * (number % 2))) for number in range(400)])
    assert found[-1].max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("wrong", [0.4, 0.7, 1.0])
@pytest.mark.parametrize("rate", [15, 30, 60])
def test_what_was_wrongly_taken_leaves_no_ghost(rate: int, wrong: float) -> None:
    picture, matte = scene(30)
    taken = matte.copy()
    taken[20:40, 60:75] = wrong
    found = seen(Steady(), [(picture, taken)] * rate + [(picture, matte)] * rate, rate)
    assert found[rate - 1][30, 67] == pytest.approx(wrong)
    assert np.abs(found[rate + int(0.2 * rate)] - matte).max() < 0.01


def test_seconds_count_and_not_pictures() -> None:
    picture, matte = scene(30)
    steps = []
    for rate in (15, 30, 60):
        found = seen(Steady(), [(picture, matte)] + [(picture, 0.85 * matte)] * rate, rate)
        steps.append([found[round(time * rate)][30, 40] for time in (0.2, 0.4, 0.8)])
    assert steps[0] == pytest.approx([0.952, 0.919, 0.882], abs=0.005)
    assert np.ptp(steps, axis=0).max() < 0.002


@pytest.mark.parametrize("missed", [1, 2, 4])
@pytest.mark.parametrize(("kind", "least"), [("nothing", 0.85), ("half", 0.9), ("everything", 0.6)])
def test_what_the_finder_misses_for_a_moment_is_bridged(missed: int, kind: str, least: float) -> None:
    scenes = swaying(40, 30)
    wrong = {
        number: {"nothing": 0 * scenes[number][1], "everything": 0 * scenes[number][1] + 1}.get(
            kind, scenes[number][1] * (np.arange(144) > 90)[:, None]
        ).astype(np.float32)
        for number in range(5, 5 + missed)
    }
    found = seen(Steady(), with_mattes(scenes, wrong), 30)
    for number in range(5, 11):
        assert agreement(found[number], scenes[number][1]) > least


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_a_subject_that_is_no_longer_seen_goes_in_time(rate: int) -> None:
    scenes = swaying(2 * rate, rate)
    found = seen(Steady(), with_mattes(scenes, {n: 0 * scenes[n][1] for n in range(rate, 2 * rate)}), rate)
    assert agreement(found[rate + int(0.25 * rate)], scenes[rate + int(0.25 * rate)][1]) > 0.75
    assert found[rate + int(0.35 * rate) + 1].max() < 0.2


def test_one_look_alone_is_not_believed_however_late() -> None:
    picture, matte = scene(30)
    looks = [0.3, 0.3, 0.7, 0.3, 0.7, 0.7]
    found = seen(Steady(every=5), [(picture, matte * looks[number // 5]) for number in range(30)], 15)
    after = [one[30, 40] for one in found[4::5]]
    assert max(after[:4]) < 0.4
    assert after[5] == pytest.approx(0.7)


@pytest.mark.parametrize("speed", [3, 8])
def test_who_leaves_leaves_no_ghost_and_who_enters_is_there(speed: int) -> None:
    generator = np.random.default_rng(0)
    wall = generator.integers(0, 80, (72, 196))
    scenes = []
    for left in [*range(0, 190, speed), *[190] * 10, *range(190, 0, -speed)]:
        matte = np.zeros((72, 196), np.float32)
        matte[20:72, left : left + 40] = 1
        picture = np.clip(wall + 150 * matte + generator.normal(0, 1, wall.shape), 0, 255).astype(np.uint8)
        scenes.append((cv2.merge([picture[:, 50:146]] * 3), matte[:, 50:146]))
    for found, (_, matte) in zip(seen(Steady(), scenes, 30), scenes, strict=True):
        assert np.abs(found - matte).mean() < 0.003


def test_what_passes_before_the_subject_takes_nothing_along() -> None:
    scenes = []
    for number, (picture, matte) in enumerate(swaying(40, 30)):
        hidden = np.zeros(matte.shape, bool)
        hidden[:, 6 * number : 6 * number + 30] = True
        scenes.append((np.where(hidden[..., None], np.uint8(20), picture), np.where(hidden, np.float32(0), matte)))
    for found, (_, matte) in zip(seen(Steady(), scenes, 30), scenes, strict=True):
        assert np.abs(found - matte).mean() < 0.004


def test_a_fade_keeps_the_subject_as_long_as_it_is_found() -> None:
    scenes = [
        ((picture * max(0.0, 1 - number / 30)).astype(np.uint8), matte * (number < 26))
        for number, (picture, matte) in enumerate(swaying(45, 30))
    ]
    found = seen(Steady(), scenes, 30)
    assert all(agreement(one, matte) > 0.95 for one, (_, matte) in zip(found[:26], scenes, strict=False))
    assert max(one.mean() for one in found[36:]) < 1e-3


def test_a_person_has_gone_after_a_while_but_at_once_with_a_cut() -> None:
    picture, matte = scene(30)
    told = []
    for cut in (False, True):
        steady, there = Steady(), []
        for number in range(20):
            shown = 255 - picture if cut and number == 5 else picture
            steady.at(number / 30).matte(shown, lambda: matte)
            there.append(steady.person(number < 5))
        told.append(there.count(True))
    assert told == [13, 5]
    raw = Steady(0)
    raw.matte(picture, lambda: matte)
    assert [raw.person(True), raw.person(False)] == [True, False]


def test_a_cut_starts_anew() -> None:
    picture, matte = scene(30)
    other = 255 - picture
    found = seen(Steady(1.0), [(picture, matte)] * 5 + [(other, 1 - matte)])
    assert np.array_equal(found[-1], 1 - matte)


def looks(pictures: list[np.ndarray]) -> list[int]:
    """At which of the pictures a new scene begins."""
    found: list[int] = []
    steady, nobody = Steady(every=1000), np.zeros(pictures[0].shape[:2], np.float32)
    for number, picture in enumerate(pictures):
        steady.matte(picture, lambda number=number: (found.append(number), nobody)[1])
    return found


def view(seed: int) -> np.ndarray:
    """A picture of middle grey, of soft shapes of its own."""
    rough = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (144, 256)), (0, 0), 12)
    return np.clip(118 + 45 * rough / rough.std(), 0, 255)[..., None].repeat(3, 2)


def lit(picture: np.ndarray, light: float, seed: int = 0) -> np.ndarray:
    """In so much light, with a camera's noise."""
    noise = np.random.default_rng(seed).normal(0, 2, picture.shape)
    return np.clip(picture * light + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [1, 1 / 2, 1 / 3, 1 / 6])
def test_a_cut_is_seen_in_any_light(light: float) -> None:
    assert looks([lit(view(number // 5), light, number) for number in range(20)]) == [0, 5, 10, 15]


def test_a_change_of_light_is_no_cut() -> None:
    fade = [(24 - number) / 24 for number in range(25)]
    exposure = [1] * 5 + [0.8] * 5 + [0.62] * 5 + [0.8] * 5 + [1] * 5
    dusk = [light / 5 for light in exposure]
    for lights in (fade, fade[::-1], exposure, dusk, [0.0] * 10):
        assert looks([lit(view(0), light, number) for number, light in enumerate(lights)]) == [0]


@pytest.mark.parametrize("light", [1, 1 / 3, 1 / 6])
def test_what_has_changed_is_not_bridged_in_dim_light_either(light: float) -> None:
    picture, matte = scene(30)
    gone, _ = scene(30)
    gone[20:50, 30:60] = gone[20:50, 60:90]
    scenes = [(lit(one, light), found) for one, found in [(picture, matte)] * 10 + [(gone, 0 * matte)] * 5]
    assert max(found.mean() for found in seen(Steady(), scenes)[10:]) < 0.002


@pytest.mark.parametrize(
    "size",
    [(360, 1920), (340, 1920), (100, 512), (64, 1920), (20, 1920), (16, 2000), (8, 1280), (4, 640), (2000, 8), (6, 6)],
)
def test_pictures_of_any_shape_are_steadied(size: tuple[int, int]) -> None:
    generator, matte = np.random.default_rng(0), np.zeros(size, np.float32)
    matte[:, : size[1] // 2] = 1
    pictures = [generator.integers(0, 256, (*size, 3), np.uint8) for _ in range(3)]
    assert np.abs(seen(Steady(), [(picture, matte) for picture in pictures])[-1] - matte).max() < 1e-6


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


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan"), "1"])
def test_stabilities_out_of_range_are_refused(wrong: float) -> None:
    with pytest.raises(ValueRangeError):
        Steady(wrong)


@pytest.mark.parametrize("wrong", [0, 1.5, float("nan"), "2"])
def test_steps_out_of_range_are_refused(wrong: int) -> None:
    with pytest.raises(ValueRangeError):
        Steady(every=wrong)


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
    rates = [{"rate": wrong} for wrong in (0, float("nan"), "30")]
    for wrong in ({"stability": 2}, {"every": 1.5}, {"task": "nope"}, *rates):
        with pytest.raises(ValueRangeError):
            tiny_bokeh.frames(pictures, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("wrong", "words"), [(None, "not NoneType"), (np.zeros((4, 5)), "not 4×5 float64")])
def test_frames_that_are_none_are_named(tiny_bokeh: edgebokeh.Bokeh, wrong: object, words: str) -> None:
    with pytest.raises(PhotoUnreadableError, match=words):
        next(tiny_bokeh.frames([wrong]))  # type: ignore[list-item]


def test_frames_are_as_far_apart_as_their_rate_says(tiny_bokeh: edgebokeh.Bokeh) -> None:
    person = tiny.picture()
    # Green of the same grey: to the eye that looks for motion nothing has changed.
    without = np.where(person[..., 2:] > person[..., 1:2], np.uint8([0, 102, 0]), person)
    person = np.where(person[..., 2:] > person[..., 1:2], np.uint8([0, 0, 200]), person)
    look = edgebokeh.Look(quality="fast")
    for rate in (8, 40):
        pictures = [person] * 5 + [without] * rate
        mattes = [one.mean() for one in tiny_bokeh.frames(pictures, look, task="mask", rate=rate)]
        assert 0.2 <= (np.array(mattes[5:]) > 1).sum() / rate <= 0.3
