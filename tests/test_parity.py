from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgebokeh import parity, sessions
from edgebokeh.catalog import find
from edgebokeh.execution import PROVIDERS
from tests import tiny

VALUES = st.floats(-50, 50, width=32)
OUTPUTS = arrays(np.float32, (1, 2, 4, 5), elements=VALUES)


@given(OUTPUTS)
def test_an_output_is_as_itself(truth: np.ndarray) -> None:
    assert parity.difference(truth, truth.copy()) == 0 <= parity.limit(truth, 0.01)


def test_nobody_can_tell_where_the_cpu_has_no_numbers(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "cpu_session", lambda *_all, **_other: "cpu")
    answers = {"cpu": np.array([0, np.nan], np.float32), "other": np.zeros(2, np.float32)}
    monkeypatch.setattr(parity, "question", lambda _session, **_drawn: np.zeros(1, np.float32))
    monkeypatch.setattr(parity, "answer", lambda session, _picture: answers[session])
    apart, why = sessions.compared("other", sessions.Wish("cpu"), tiny_model, sessions.Runtime())
    assert apart is None
    assert "no numbers" in why


@given(OUTPUTS, VALUES, st.sampled_from([row.tolerance for row in PROVIDERS.values()]))
def test_no_constant_passes_for_what_is_not_constant(truth: np.ndarray, constant: float, tolerance: float) -> None:
    if np.ptp(truth) > 10 * parity.FLAT:
        output = np.full_like(truth, constant)
        assert parity.difference(output, truth) > parity.limit(truth, tolerance)


@given(OUTPUTS, st.sampled_from([np.nan, np.inf, -np.inf]), st.integers(0, 39))
def test_one_value_that_is_no_number_is_infinitely_far(truth: np.ndarray, broken: float, place: int) -> None:
    output = truth.copy()
    output.flat[place] = broken
    assert parity.difference(output, truth) == np.inf


def test_another_shape_is_infinitely_far() -> None:
    assert parity.difference(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 4, 4))) == np.inf


@given(st.integers(1, 80), st.integers(1, 80))
def test_the_portrait_has_any_size_and_stays_in_range(height: int, width: int) -> None:
    planes = parity.portrait(height, width)
    assert (planes.shape, planes.dtype) == ((3, height, width), np.float32)
    assert np.abs(planes).max() <= 1
    assert np.array_equal(planes, parity.portrait(height, width))


@pytest.mark.parametrize("name", ["selfie", "modnet"])
def test_the_bundled_networks_see_somebody_in_the_portrait(name: str) -> None:
    session = ort.InferenceSession(str(find(name)), providers=["CPUExecutionProvider"])
    picture = parity.question(session)
    assert picture is not None
    assert np.ptp(parity.answer(session, picture)) > 0.5


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_the_question_is_asked_in_the_networks_own_numbers(layout: str, tmp_path: Path) -> None:
    asked = {}
    for numbers in ("float32", "uint8"):
        path = tiny.write(tmp_path / f"{numbers}.onnx", tiny.spec(layout=layout, input=numbers))
        session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        asked[numbers] = parity.question(session, (20, 30))
        assert asked[numbers].dtype == numbers
        assert parity.answer(session, asked[numbers]).shape[0] == 1
    assert asked["uint8"].shape == ((1, 3, 20, 30) if layout == "NCHW" else (1, 20, 30, 3))
    assert np.abs(asked["uint8"] / 127.5 - 1 - asked["float32"]).max() <= 0.5 / 127.5 + 1e-6


def test_no_question_is_asked_of_what_wants_too_large_a_picture(tmp_path: Path) -> None:
    for size in ((1, 8193), (8193, 1)):
        wide = tiny.spec(size=(1, 1))
        object.__setattr__(wide, "size", size)
        path = tiny.write(tmp_path / "wide.onnx", wide, fixed=True, stamp=False)
        assert parity.question(ort.InferenceSession(path, providers=["CPUExecutionProvider"])) is None
