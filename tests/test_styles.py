import inspect
import itertools
import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebokeh import styles
from edgebokeh.styles import STYLES, from_linear, gaussian, lens, motion, pixelate, to_linear, varying, zoom

Blur = Callable[..., np.ndarray]

EXTREMES = {"blades": (3, 12), "angle": (-360.0, 90.0), "x": (-1.0, 2.0), "y": (-1.0, 2.0), "width": (0.0, 2.0)}


def variants() -> list:
    """Every style of the table as it is, and with each of its options at either end."""
    plain = [pytest.param(style.blur, id=name) for name, style in STYLES.items()]
    return plain + [
        pytest.param(partial(style.blur, **{option: value}), id=f"{name}-{option}-{value}")
        for name, style in STYLES.items()
        for option in style.options
        for value in EXTREMES.get(option, (0.0, 1.0))
    ]


every_style = pytest.mark.parametrize("name", STYLES)
every_variant = pytest.mark.parametrize("blur", variants())


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape or (17, 23, 4), np.float32)


def response(blur: Blur, sigma: float, side: int = 161, right: int = 0, down: int = 0) -> np.ndarray:
    """What becomes of one point, in a square picture; right, down: of the middle."""
    point = np.zeros((side, side, 1), np.float32)
    point[side // 2 + down, side // 2 + right] = 1
    return blur(point, sigma)[..., 0].astype(np.float64)


def covariance(spread: np.ndarray) -> np.ndarray:
    """Of right and up, weighted with the picture."""
    down, right = np.indices(spread.shape)
    return np.cov(np.stack([right.ravel(), -down.ravel()]), aweights=np.maximum(spread, 0).ravel(), ddof=0)


@every_variant
@settings(max_examples=40)
@given(st.floats(0, 40), st.floats(0, 255))
def test_a_constant_picture_stays_up_to_its_border(blur: Blur, sigma: float, value: float) -> None:
    image = np.full((17, 23, 4), value, np.float32)
    assert np.allclose(blur(image, sigma), image, rtol=3e-6, atol=1e-5)


@every_variant
@settings(max_examples=40)
@given(st.floats(0, 40), st.floats(-3, 3))
def test_a_style_is_linear(blur: Blur, sigma: float, factor: float) -> None:
    a, b = noise(1), noise(2)
    together = blur(a + np.float32(factor) * b, sigma)
    assert np.allclose(together, blur(a, sigma) + factor * blur(b, sigma), atol=1e-5)


@every_variant
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (17, 23)])
def test_any_size_and_strength_keeps_shape_and_dtype_and_the_picture_handed_in(
    blur: Blur, size: tuple[int, int], channels: int
) -> None:
    for sigma in (0.01, 0.3, 1.0, 6.0, 1e3, 1e9):
        image = noise(3, *size, channels)
        blurred = blur(image, sigma)
        assert (blurred.shape, blurred.dtype) == (image.shape, np.float32)
        assert blurred.min() > -1e-5
        assert blurred.max() < 1 + 1e-5
        assert np.array_equal(image, noise(3, *size, channels))


@every_variant
def test_no_strength_is_no_change(blur: Blur) -> None:
    assert np.array_equal(blur(noise(4), 0.0), noise(4))


@every_variant
def test_channels_do_not_mix(blur: Blur) -> None:
    image = noise(5)
    image[..., 2] = 0
    assert np.allclose(blur(image, 3.0)[..., 1:2], blur(image[..., 1:2].copy(), 3.0), atol=1e-6)
    assert np.array_equal(blur(image, 3.0)[..., 2], image[..., 2])


@every_style
def test_more_strength_leaves_less_detail(name: str) -> None:
    image = noise(6, 60, 80, 3)
    detail = [np.abs(np.diff(STYLES[name].blur(image, sigma), axis=1)).mean() for sigma in (0, 2, 8)]
    assert detail[0] > 1.3 * detail[1] > 1.3 * 1.3 * detail[2]


@every_style
def test_options_are_numbers_with_a_default(name: str) -> None:
    parameters = inspect.signature(STYLES[name].blur).parameters
    assert list(parameters)[2:] == list(STYLES[name].options)
    assert all(isinstance(parameters[option].default, int | float) for option in STYLES[name].options)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 11.0])
@pytest.mark.parametrize(
    ("blur", "tolerance"),
    [
        (gaussian, 0.01),
        (lens, 0.01),
        *((partial(lens, blades=n), 0.045) for n in (5, 6, 8)),
        (partial(lens, blades=12), 0.015),
    ],
)
def test_a_point_spreads_by_sigma_along_both_axes(blur: Blur, tolerance: float, sigma: float) -> None:
    spread = covariance(response(blur, sigma))
    assert np.diag(spread) == pytest.approx([sigma**2] * 2, rel=tolerance)
    assert abs(spread[0, 1]) < 0.005 * sigma**2


def test_a_lens_lights_its_disc_evenly_and_nothing_else() -> None:
    disc = response(lens, 8.0)
    down, right = np.indices(disc.shape) - 80
    distance = np.hypot(down, right)
    assert disc[distance < 15] == pytest.approx(1 / (math.pi * 16**2), rel=0.01)
    assert np.abs(disc[distance > 17]).max() < 1e-8


@pytest.mark.parametrize("blades", range(3, 13))
def test_blades_make_a_polygon_of_the_discs_area_with_a_corner_on_top(blades: int) -> None:
    shape = response(partial(lens, blades=blades), 8.0)
    assert shape.max() == pytest.approx(response(lens, 8.0).max(), rel=0.01)
    rows = np.flatnonzero(shape.max(axis=1) > shape.max() / 2)
    circumradius = 16 * math.sqrt(2 * math.pi / blades / math.sin(2 * math.pi / blades))
    assert 80 - rows[0] == pytest.approx(circumradius, abs=1.6)
    assert shape == pytest.approx(shape[:, ::-1], abs=1e-6)


@pytest.mark.parametrize("sigma", [3.0, 8.0, 15.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0, -20.0])
def test_motion_spreads_by_sigma_along_its_angle_and_not_across(angle: float, sigma: float) -> None:
    (across, along), axes = np.linalg.eigh(covariance(response(partial(motion, angle=angle), sigma)))
    assert along == pytest.approx(sigma**2, rel=0.03)
    assert across < 0.25
    direction = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    assert abs(axes[:, 1] @ direction) > 0.9999


def test_zoom_streaks_away_from_its_centre_and_grow_with_the_distance() -> None:
    half_diagonal = 321 / math.sqrt(2)
    for right, down in ((40, 0), (0, -80), (60, 80)):
        (across, along), axes = np.linalg.eigh(covariance(response(zoom, 20.0, 321, right, down)))
        distance = math.hypot(right, down)
        assert along == pytest.approx((20 * distance / half_diagonal) ** 2, rel=0.03, abs=2.5)
        assert across < 1.5
        assert abs(axes[:, 1] @ np.array([right, -down])) / distance > 0.999


def test_zoom_leaves_its_centre_sharp_and_follows_it() -> None:
    image = noise(7, 41, 41, 1)
    assert zoom(image, 5.0)[20, 20] == pytest.approx(image[20, 20], abs=0.02)
    assert zoom(image, 5.0, x=10.5 / 41, y=30.5 / 41)[30, 10] == pytest.approx(image[30, 10], abs=0.02)
    assert abs(zoom(image, 5.0)[30, 10] - image[30, 10]) > 0.05


def test_a_zoom_streak_has_no_ghost_copies() -> None:
    along = response(zoom, 30.0, 401, 120).sum(axis=0)
    lit = np.flatnonzero(along > along.max() / 2)
    assert len(lit) > 40
    assert np.ptp(lit) == len(lit) - 1
    assert np.abs(np.diff(along[lit])).max() < 0.3 * along.max()


def test_tilt_is_sharp_at_its_line_and_blurs_away_from_it() -> None:
    image = noise(8, 100, 60, 1)
    tilted = styles.tilt(image, 6.0, line=0.7, width=0.2)
    assert np.array_equal(tilted[60:80], image[60:80])
    detail = np.abs(np.diff(tilted[..., 0], axis=1)).mean(axis=1)
    assert detail[0:10].mean() < detail[25:35].mean() < detail[50:58].mean() < detail[60:80].mean()
    assert np.allclose(tilted[0], gaussian(image, 6.0)[0], atol=0.01)


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0, 2))
def test_the_distance_from_a_line_is_0_in_its_band_and_grows_to_1(height: int, line: float, band: float) -> None:
    amount = styles.away_from_line(height, 3, line, band)
    assert (amount.shape, amount.dtype) == ((height, 3), np.float32)
    rows = (np.arange(height) + 0.5) / height
    assert np.all(amount[np.abs(rows - line) < band / 2] == 0)
    above, below = amount[rows < line, 0], amount[rows > line, 0]
    assert np.all(np.diff(above) <= 0)
    assert np.all(np.diff(below) >= 0)
    if band < 0.8 and height > 20:
        assert amount.max() > 1 - 4 / height


@given(st.integers(1, 90), st.integers(1, 90), st.floats(0.3, 30))
def test_pixelate_fills_the_picture_with_equal_cells(height: int, width: int, sigma: float) -> None:
    mosaic = pixelate(noise(9, height, width, 1), sigma)[..., 0]
    for lines in (mosaic, mosaic.T):
        edges = np.flatnonzero(np.abs(np.diff(lines, axis=1)).max(axis=0))
        sides = np.diff([-1, *edges, lines.shape[1] - 1])
        assert np.ptp(sides) <= 1
        assert len(sides) == max(1, round(lines.shape[1] / max(1, sigma * math.sqrt(12))))


def test_a_cell_is_the_mean_of_what_it_covers() -> None:
    image = noise(10, 40, 60, 3)
    means = image.reshape(4, 10, 6, 10, 3).mean(axis=(1, 3))
    expected = means.repeat(10, axis=0).repeat(10, axis=1)
    assert np.allclose(pixelate(image, 10 / math.sqrt(12)), expected, atol=1e-6)


@every_style
@settings(max_examples=40)
@given(st.floats(0.1, 9), st.integers(0, 99))
def test_varying_strength_is_linear_and_keeps_a_constant_picture(name: str, sigma: float, seed: int) -> None:
    amount = noise(seed, 17, 23)
    blur = partial(varying, STYLES[name].blur, sigma=sigma, amount=amount)
    assert np.allclose(blur(image=np.full((17, 23, 4), 200, np.float32)), 200, rtol=3e-6)
    a, b = noise(11), noise(12)
    assert np.allclose(blur(image=a - 2 * b), blur(image=a) - 2 * blur(image=b), atol=1e-5)


@every_style
@pytest.mark.parametrize("sigma", [0.0, 0.4, 1.0, 7.0, 1e9])
def test_varying_strength_ends_at_the_picture_and_at_the_whole_blur(name: str, sigma: float) -> None:
    blur, image, ones = STYLES[name].blur, noise(13), np.ones((17, 23), np.float32)
    assert np.array_equal(varying(blur, image, sigma, 0 * ones), image)
    assert np.allclose(varying(blur, image, sigma, ones), blur(image, sigma), atol=1e-6)
    assert np.array_equal(image, noise(13))


@pytest.mark.parametrize("amount", [0.2, 0.37, 0.5, 0.81])
@pytest.mark.parametrize("blur", [gaussian, lens])
def test_varying_strength_spreads_a_point_by_its_share_of_sigma(blur: Blur, amount: float) -> None:
    amounts = np.full((161, 161), amount, np.float32)
    spread = covariance(response(partial(varying, blur, amount=amounts), 10.0))
    assert np.diag(spread) == pytest.approx([(10 * amount) ** 2] * 2, rel=0.02)


@pytest.mark.parametrize("name", [name for name, style in STYLES.items() if style.twice])
def test_a_blur_is_made_of_half_of_it(name: str) -> None:
    blur, twice, image = STYLES[name].blur, STYLES[name].twice, noise(15, 61, 83, 2)
    assert twice
    half, whole = blur(image, 7.0), blur(image, 14.0)
    assert np.allclose(twice(half, 14.0), whole, atol=1e-5)
    assert not np.allclose(half, whole, atol=0.02)
    amount = np.linspace(0, 1, 83, dtype=np.float32) * np.ones((61, 1), np.float32)
    assert np.allclose(varying(blur, image, 14.0, amount, twice), varying(blur, image, 14.0, amount), atol=1e-5)


@pytest.mark.parametrize("amount", [0.37, 0.5, 0.6, 0.81, 0.9])
def test_varying_strength_shows_no_small_disc_inside_a_large_one(amount: float) -> None:
    amounts = np.full((161, 161), amount, np.float32)
    disc = response(partial(varying, lens, amount=amounts), 10.0)
    assert disc.max() < 1.2 * response(lens, 10 * amount).max()


@every_style
def test_a_larger_amount_never_shows_more_detail(name: str) -> None:
    image, ones = noise(14, 40, 50, 1), np.ones((40, 50), np.float32)
    steps = [varying(STYLES[name].blur, image, 6.0, np.float32(amount) * ones) for amount in np.linspace(0, 1, 11)]
    detail = [float(np.abs(np.diff(step, axis=1)).mean()) for step in steps]
    assert all(less < more + 0.02 * detail[0] for more, less in itertools.pairwise(detail))
    assert detail[-1] < 0.8 * detail[0]


highlights = pytest.mark.parametrize("highlights", [0.0, 0.3, 1.0])


@highlights
def test_linear_light_and_back_is_the_picture(highlights: float) -> None:
    greys = np.linspace(0, 1, 1025, dtype=np.float32).reshape(1, -1, 1)
    for image in (greys, noise(15, 30, 30, 3)):
        light = to_linear(image, highlights)
        assert light.dtype == from_linear(light, highlights).dtype == np.float32
        assert np.abs(from_linear(light, highlights) - image).max() < 2e-5
    assert np.all(np.diff(to_linear(greys, highlights), axis=1) > 0)


def test_linear_light_follows_the_srgb_curve() -> None:
    greys = np.array([0, 0.02, 0.5, 0.735357, 1], np.float32).reshape(1, 5, 1)
    assert to_linear(greys).ravel() == pytest.approx([0, 0.02 / 12.92, 0.214041, 0.5, 1], rel=1e-5)


def test_highlights_brighten_white_by_stops_keep_hues_and_spare_the_shadows() -> None:
    white, grey, red = (
        np.array(bgr, np.float32).reshape(1, 1, 3) for bgr in ((1, 1, 1), (0.3, 0.3, 0.3), (0.2, 0.5, 1))
    )
    assert to_linear(white, 0.5) == pytest.approx(8 * to_linear(white), rel=1e-5)
    assert to_linear(white, 1.0) == pytest.approx(64 * to_linear(white), rel=1e-4)
    assert to_linear(grey, 1.0) == pytest.approx(to_linear(grey), rel=0.1)
    assert to_linear(red, 0.5) == pytest.approx(8 * to_linear(red), rel=1e-5)


def test_highlights_bloom_into_discs() -> None:
    night = np.full((61, 61, 3), 0.05, np.float32)
    night[29:32, 29:32] = 1

    def disc(highlights: float) -> float:
        return float(from_linear(lens(to_linear(night, highlights), 4.0), highlights)[30, 35, 0])

    assert lens(night, 4.0)[30, 35, 0] < 0.1 < 0.2 < disc(0.0) < 0.45 < disc(0.5) < 0.7 < disc(1.0) < 1
