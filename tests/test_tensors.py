from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.errors import ModelUnsuitableError
from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD
from edgebokeh.tensors import Placement, prepare, to_mask, to_matte
from tests import tiny

sides = st.integers(1, 70)


@given(sides, sides, sides, sides)
def test_fit_and_unfit_restore_the_size_and_a_flat_picture(height: int, width: int, rows: int, columns: int) -> None:
    placement = Placement((height, width))
    small = placement.fit(np.full((height, width, 3), 93, np.uint8), (rows, columns), cv2.INTER_AREA)
    assert small.shape == (rows, columns, 3)
    assert (small == 93).all()
    back = placement.unfit(small[..., 0])
    assert back.shape == (height, width)
    assert (back == 93).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_tensor_is_rgb_and_normalised(dtype: type) -> None:
    pixels = np.zeros((4, 4, 3), dtype)
    pixels[..., 2] = np.iinfo(dtype).max
    spec = tiny.spec(mean=IMAGENET_MEAN, std=IMAGENET_STD)
    tensor, placement = prepare(pixels, spec, (2, 2))
    assert (tensor.shape, tensor.dtype, placement.size) == ((1, 3, 2, 2), np.float32, (4, 4))
    expected = (np.array([1, 0, 0]) - IMAGENET_MEAN) / np.array(IMAGENET_STD)
    assert tensor[0, :, 0, 0] == pytest.approx(expected, abs=1e-6)
    nhwc, _ = prepare(pixels, replace(spec, layout="NHWC"), (2, 2))
    assert np.array_equal(nhwc, tensor.transpose(0, 2, 3, 1))


@given(st.lists(st.floats(-200, 200, width=32), min_size=21, max_size=21))
def test_logits_become_the_softmax_of_person(values: list[float]) -> None:
    spec = tiny.spec(classes=21, person=15)
    logits = np.array(values, np.float32).reshape(1, 21, 1, 1)
    exact = np.array(values, np.float64)
    exact = np.exp(exact - exact.max())
    matte = to_matte(logits, spec)
    assert matte.dtype == np.float32
    assert matte[0, 0] == pytest.approx(exact[15] / exact.sum(), abs=1e-6)
    assert (to_mask(logits, spec)[0, 0] == 255) == (int(np.argmax(logits)) == 15)


@pytest.mark.parametrize(
    ("output", "value", "probability"), [("logits", 0.0, 0.5), ("logits", 99, 1), ("probability", 0.3, 0.3)]
)
def test_a_single_plane(output: str, value: float, probability: float) -> None:
    spec = tiny.spec(output=output, layout="NHWC")
    raw = np.full((1, 2, 3, 1), value, np.float32)
    assert to_matte(raw, spec) == pytest.approx(np.full((2, 3), probability), abs=1e-6)
    assert (to_mask(raw, spec) == 255).all() == (probability > 0.5)


def test_probabilities_a_hair_outside_are_clipped() -> None:
    raw = np.array([-1e-3, 1 + 1e-3], np.float32).reshape(1, 1, 1, 2)
    assert to_matte(raw, tiny.spec(output="probability")).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("shape", [(1, 2, 4, 4), (2, 1, 4, 4), (1, 1, 4), (1, 4, 4, 1)])
def test_outputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelUnsuitableError, match="returned the shape"):
        to_matte(np.zeros(shape, np.float32), tiny.spec())


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ModelUnsuitableError, match="not finite"):
        to_matte(np.full((1, 1, 2, 2), np.nan, np.float32), tiny.spec(output="probability"))
