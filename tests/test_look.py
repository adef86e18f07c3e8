import inspect
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh import look as look_module
from edgebokeh.errors import ContradictionError, KernelError, StyleUnknownError, ValueRangeError
from edgebokeh.look import DEFAULT_QUALITY, NOT_CLASSIC, OTHER_STYLES, QUALITIES, RANGES, STYLE_OF, Look
from edgebokeh.styles import STYLES

FITTING: dict[str, Any] = {
    "blades": 5,
    "highlights": 20,
    "angle": 30,
    "line": 50,
    "band": 10,
    "color": (1, 2, 3),
    "image": np.zeros((2, 2, 3), np.uint8),
}
NEEDED = {"color": {"color": (1, 2, 3)}, "image": {"image": FITTING["image"]}}


@pytest.mark.parametrize("kernel", [0, -1, -3, 2, 50, 10_001, 2**31 + 1, 5.0, "7", True])
def test_a_kernel_must_be_odd_positive_and_not_endless(kernel: int) -> None:
    with pytest.raises(KernelError, match=str(kernel)):
        Look(kernel=kernel)


@given(st.integers(1, 20000), st.integers(1, 20000))
def test_the_default_kernel_is_odd_and_in_proportion(height: int, width: int) -> None:
    kernel = Look().kernel_for(height, width)
    assert kernel % 2 == 1
    assert abs(kernel - 51 * max(height, width) / 1024) <= 1
    assert Look(classic=True).kernel_for(height, width) == 51
    assert Look(kernel=7, classic=True).kernel_for(height, width) == 7


def test_the_default_is_51_at_1024_and_sigma_is_opencvs_rule() -> None:
    import cv2

    assert Look().kernel_for(768, 1024) == 51
    for kernel in (51, 151, 401):
        row = np.zeros((1, 2 * kernel + 1))
        row[0, kernel] = 1
        sigma = Look(kernel=kernel).sigma_for(9, 9)
        assert np.allclose(cv2.GaussianBlur(row, (kernel, 1), 0), cv2.GaussianBlur(row, (kernel, 1), sigma))
    assert Look(kernel=1).sigma_for(9, 9) == 0
    assert Look(strength=50).sigma_for(1000, 600) == pytest.approx(20)


@pytest.mark.parametrize("style", [*STYLES, *OTHER_STYLES, "lens+grey", "grey+tilt"])
def test_known_styles(style: str) -> None:
    assert Look(style=style, **NEEDED.get(style, {})).blur in (*STYLES, None)


@pytest.mark.parametrize("style", ["", "bokeh", "lens+", "LENS"])
def test_an_unknown_style_lists_the_known(style: str) -> None:
    with pytest.raises(StyleUnknownError) as caught:
        Look(style=style)
    assert all(name in caught.value.hint for name in (*STYLES, *OTHER_STYLES))


@pytest.mark.parametrize("style", ["lens+motion", "grey+grey", "lens+lens", "grey+lens+motion"])
def test_styles_that_cannot_be_put_together(style: str) -> None:
    with pytest.raises(ContradictionError, match="put together"):
        Look(style=style)


@pytest.mark.parametrize("name", STYLE_OF)
def test_a_setting_belongs_to_its_style(name: str) -> None:
    style = STYLE_OF[name]
    assert getattr(Look(style=style, **(NEEDED.get(style, {}) | {name: FITTING[name]})), name) is FITTING[name]
    with pytest.raises(ContradictionError, match=f"--{name} and --style pixelate"):
        Look(style="pixelate", **{name: FITTING[name]})


@pytest.mark.parametrize("style", NEEDED)
def test_a_replacement_needs_what_it_puts_there(style: str) -> None:
    with pytest.raises(ContradictionError, match=f"needs --{style}"):
        Look(style=style)


@pytest.mark.parametrize("name", ["kernel", "strength", "falloff"])
def test_without_a_blur_there_is_no_strength(name: str) -> None:
    with pytest.raises(ContradictionError, match=f"--{name} and --style grey"):
        Look(style="grey", **{name: 5})


@pytest.mark.parametrize("name", [name for name in NOT_CLASSIC if name not in STYLE_OF])
def test_classic_has_no_such_setting(name: str) -> None:
    value: Any = {"quality": "best", "subject": "main"}.get(name, 5)
    with pytest.raises(ContradictionError, match=f"--classic and --{name.replace('_', '-')}"):
        Look(classic=True, **{name: value})


def test_other_contradictions() -> None:
    with pytest.raises(ContradictionError, match="--kernel and --strength"):
        Look(kernel=5, strength=5)
    with pytest.raises(ContradictionError, match="--classic and --style lens"):
        Look(classic=True, style="lens")


@pytest.mark.parametrize("name", RANGES)
def test_numbers_out_of_range_are_refused(name: str) -> None:
    low, high = RANGES[name]
    style = STYLE_OF.get(name, "gaussian")
    for value in (low, high):
        assert getattr(Look(style=style, **{name: value}), name) == value
    for value in (low - 1, high + 1, float("nan"), "5"):
        with pytest.raises(ValueRangeError, match=name.replace("_", "-")):
            Look(style=style, **{name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"quality": "good"},
        {"quality": ["best"]},
        {"subject": "you"},
        {"no_person": "cry"},
        {"blades": 2, "style": "lens"},
        {"blades": 4.5, "style": "lens"},
        {"strength": True},
        {"color": (1, 2), "style": "color"},
        {"color": (300, 0, 0), "style": "color"},
        {"color": "red", "style": "color"},
        {"image": np.zeros((2, 2), np.uint8), "style": "image"},
        {"image": np.zeros((0, 2, 3), np.uint8), "style": "image"},
        {"image": np.zeros((2, 2, 3), np.float32), "style": "image"},
        {"image": [[1]], "style": "image"},
    ],
    ids=str,
)
def test_words_that_mean_nothing_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueRangeError):
        Look(**change)


def test_the_presets_grow_and_one_is_the_default() -> None:
    assert DEFAULT_QUALITY in QUALITIES
    assert Look().preset == QUALITIES[DEFAULT_QUALITY]
    assert Look(quality="best").preset.matting > 0
    assert not QUALITIES["fast"].mirror


@pytest.mark.parametrize("name", [item.name for item in fields(Look)])
def test_every_setting_is_described(name: str) -> None:
    assert f"{name}:" in (inspect.getdoc(look_module.Look) or "")


def test_a_look_is_a_value() -> None:
    assert Look(kernel=5) == Look(kernel=5) != Look()
    assert hash(Look(kernel=5)) == hash(Look(kernel=5))
