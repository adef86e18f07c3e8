import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.alpha import levels
from edgebokeh.matte import (
    agreement,
    colours,
    guided,
    last_word,
    main_subject,
    reduced,
    refined,
    restored,
    shifted,
    solid,
    vouched,
)
from edgebokeh.tiles import resize

unit = st.floats(0, 1, width=32)


def disc(size: int = 200, radius: int = 60, x: int = 100, y: int = 100) -> np.ndarray:
    matte = np.zeros((size, size), np.float32)
    cv2.circle(matte, (x, y), radius, 1, -1)
    return matte


def photo_of(matte: np.ndarray, dtype: type = np.uint8) -> np.ndarray:
    """A dark subject on a bright, noisy ground."""
    noise = np.random.default_rng(2).normal(0, 0.02, (*matte.shape, 3))
    colour = np.where(matte[..., None] > 0.5, (0.1, 0.15, 0.2), (0.8, 0.7, 0.75)) + noise
    return (np.clip(colour, 0, 1) * np.iinfo(dtype).max).astype(dtype)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), unit)
def test_resizing_keeps_a_flat_matte_and_its_range(h: int, w: int, rows: int, columns: int, value: float) -> None:
    assert np.allclose(resize(np.full((h, w), value, np.float32), (rows, columns)), value, atol=1e-6)
    noise = np.random.default_rng(h).random((h, w), np.float32)
    assert resize(noise, (rows, columns)).shape == (rows, columns)
    assert 0 <= resize(noise, (rows, columns)).min() <= resize(noise, (rows, columns)).max() <= 1


@given(st.integers(1, 3000), st.integers(1, 30))
def test_a_reduced_photo_keeps_its_shape(long: int, short: int) -> None:
    small = reduced(np.zeros((short, long, 3), np.uint8), 100)
    assert max(small.shape[:2]) == min(100, max(long, short))
    assert min(small.shape[:2]) >= 1


def test_agreement_is_intersection_over_union() -> None:
    one, other = np.zeros((10, 10)), np.zeros((10, 10))
    assert agreement(one, other) == 1
    one[:, :6] = 1
    other[:, 4:] = 0.9
    assert agreement(one, other) == agreement(other, one) == pytest.approx(0.2)
    assert agreement(one, one) == 1


def test_the_finder_has_the_last_word_far_from_the_edge_and_the_drawing_near_it() -> None:
    found = disc(radius=60)
    drawn = cv2.GaussianBlur(disc(radius=62), (0, 0), 3)
    drawn[:12, :12] = 1  # something else that the matting network took for a person
    drawn[95:105, 95:105] = 0.3  # a hole that it half tore
    agreed = last_word(drawn, found)
    assert agreed[:8, :8].max() == 0
    assert agreed[98:102, 98:102].min() == 1
    ring = np.abs(np.hypot(*np.mgrid[-100:100, -100:100]) - 61) < 4
    assert np.allclose(agreed[ring], drawn[ring], atol=1e-6)


def test_a_part_of_the_body_that_was_lost_whole_is_put_back() -> None:
    body = np.zeros((400, 200), np.float32)
    body[120:380, 50:150] = 1
    whole = body.copy()
    cv2.circle(whole, (100, 100), 28, 1, -1)
    assert np.array_equal(restored(body, whole) > 0.5, whole > 0.5)
    rim = cv2.dilate(body, np.ones((9, 9)))
    assert np.array_equal(restored(body, rim), body)
    flowers = whole.copy()
    flowers[:, 150:] = 1
    assert np.array_equal(restored(body, flowers), body)
    assert np.array_equal(restored(whole, body), whole)
    assert restored(body * 0, body * 0).max() == 0


def test_a_gate_keeps_whom_both_see_and_drops_the_others() -> None:
    person, thing = disc(400, 40, 90, 200), disc(400, 40, 300, 200)
    kept = vouched(np.maximum(person, thing), person * 0.9)
    assert kept[thing > 0].max() == 0
    assert kept[person > 0].min() == 1
    assert vouched(thing, person * 0.9).max() == 0
    assert vouched(person, person * 0.1).max() == 0
    everywhere = np.ones((50, 50), np.float32)
    assert vouched(everywhere, everywhere).min() == 1


def test_the_main_subject_is_large_and_central() -> None:
    main, bystander = disc(radius=40, x=90), disc(radius=25, x=170)
    together = cv2.GaussianBlur(np.maximum(main, bystander), (0, 0), 2)
    alone = main_subject(together)
    assert alone[main == 1].min() > 0.4
    assert alone[bystander == 1].max() == 0
    assert np.array_equal(alone[:, :120], together[:, :120])
    assert np.array_equal(main_subject(main), main)
    assert main_subject(np.zeros((5, 5), np.float32)).max() == 0


@pytest.mark.parametrize("move", [-50, -12, -3, -0.4, 0.4, 3, 12, 35])
def test_expanding_moves_the_edge_by_so_many_pixels(move: int) -> None:
    radius = np.sqrt(np.count_nonzero(shifted(disc(), move, 0) > 0.5) / np.pi)
    assert radius == pytest.approx(60 + move, abs=1)
    assert shifted(disc() * 0, move, 0).max() == 0


def test_feathering_softens_the_edge_over_so_many_pixels_and_leaves_it_where_it_is() -> None:
    soft = shifted(disc(), 0, 10)
    row = soft[100, 100:]
    assert np.count_nonzero((row > 0.16) & (row < 0.84)) == pytest.approx(10, abs=2)
    assert agreement(soft, disc()) > 0.97
    assert np.array_equal(shifted(disc(), 0, 0), disc())


def test_haze_inside_a_body_is_filled_and_gaps_are_not() -> None:
    body = disc() * 0.95
    body[90:110, 70:90] = 0.6
    body[90:110, 110:130] = 0.1
    filled = solid(body)
    assert filled[95:105, 75:85].min() == 1
    assert np.array_equal(filled[90:110, 110:130], body[90:110, 110:130])
    assert np.array_equal(filled > 0.5, body > 0.5)
    assert (solid(np.ones((9, 9), np.float32)) == 1).all()
    assert solid(body * 0.5).max() < 0.5


@given(unit, unit)
def test_levels_clear_haze_and_keep_the_order(one: float, other: float) -> None:
    low, high = levels(np.array(sorted((one, other)), np.float32))
    assert 0 <= low <= high <= 1
    assert levels(np.array([0.1, 0.5, 0.9], np.float32)).tolist() == pytest.approx([0, 0.5, 1], abs=1e-6)


def test_the_guided_filter_is_the_closed_form() -> None:
    generator = np.random.default_rng(3)
    guide, matte = generator.random((9, 9, 3), np.float32), generator.random((9, 9), np.float32)
    factors, constant = guided(guide, matte, 20, 1e-2)
    # One window covers all of it, mirrored whole: the filter is one ridge regression.
    doubled = np.concatenate([guide.reshape(-1, 3)])
    centred = doubled - doubled.mean(axis=0)
    covariance = centred.T @ centred / len(doubled) + 1e-2 * np.eye(3)
    expected = np.linalg.solve(covariance, centred.T @ (matte.ravel() - matte.mean()) / len(doubled))
    middle = factors[4, 4]
    assert middle == pytest.approx(expected, abs=0.08)
    assert constant[4, 4] == pytest.approx(matte.mean() - expected @ doubled.mean(axis=0), abs=0.08)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [200, 1500])
def test_refining_snaps_a_coarse_matte_to_the_photos_edge(dtype: type, size: int) -> None:
    truth = disc(size, size // 3, size // 2, size // 2)
    coarse = resize(resize(np.roll(truth, size // 100, axis=1), (40, 40)), (size, size))
    photo = photo_of(truth, dtype)
    fine = refined(reduced(photo), coarse, photo.shape[:2], 0.03, 1e-4).drawn(photo)
    assert (fine.shape, fine.dtype) == ((size, size), np.float32)
    assert 0 <= fine.min() <= fine.max() <= 1
    assert np.abs(fine - truth).mean() < np.abs(coarse - truth).mean() / 3
    assert fine[:20, :20].max() == 0
    assert fine[size // 2, size // 2] == 1


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_refining_nothing_or_everything_changes_nothing(value: float) -> None:
    matte = np.full((50, 60), value, np.float32)
    photo = photo_of(disc()[:50, :60])
    assert (refined(photo, matte, photo.shape[:2], 0.015, 1e-4).drawn(photo) == value).all()


def test_colours_are_those_of_each_side() -> None:
    alpha = cv2.GaussianBlur(disc(512, 170, 256, 256), (0, 0), 2)
    red, green = np.array([20, 30, 200.0]), np.array([40, 180.0, 10])
    photo = np.rint(alpha[..., None] * red + (1 - alpha[..., None]) * green).astype(np.uint8)
    found = colours(photo, alpha, photo.shape[:2])
    subject, background = found.behind + found.contrast, found.behind
    edge = (alpha > 0.3) & (alpha < 0.7)
    assert np.abs(subject[edge] - red).mean() < np.abs(photo[edge] - red).mean() / 2
    assert np.abs(background[edge] - green).mean() < np.abs(photo[edge] - green).mean() / 2
