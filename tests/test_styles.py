import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.styles import STYLES

every_style = pytest.mark.parametrize("name", STYLES)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((17, 23, 4), np.float32)


@every_style
@given(st.floats(0.5, 9), st.floats(0, 255))
def test_a_constant_picture_stays(name: str, strength: float, value: float) -> None:
    image = np.full((17, 23, 4), value, np.float32)
    assert np.allclose(STYLES[name](image, strength), image, rtol=1e-5, atol=1e-4)


@every_style
@given(st.floats(0.5, 9), st.floats(-3, 3))
def test_a_style_is_linear(name: str, strength: float, factor: float) -> None:
    style, a, b = STYLES[name], noise(1), noise(2)
    together = style((a + np.float32(factor) * b), strength)
    assert np.allclose(together, style(a, strength) + factor * style(b, strength), atol=1e-4)


@every_style
def test_a_style_keeps_shape_and_dtype_for_one_to_four_channels(name: str) -> None:
    for channels in (1, 2, 3, 4):
        blurred = STYLES[name](noise(3)[..., :channels].copy(), 2.0)
        assert blurred.reshape(17, 23, channels).dtype == np.float32


@every_style
def test_no_strength_is_no_change(name: str) -> None:
    assert np.array_equal(STYLES[name](noise(4), 0.0), noise(4))
