import numpy as np
import pytest

from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec, Output
from export.errors import ParityError
from export.parity import above, compare, run_onnx, sample


def planes(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, np.float32).reshape(1, -1, 1, 1)


def test_difference_and_labels_over_classes() -> None:
    parity = compare(planes(1, 2, -5), planes(1, 0.5, -5), "logits")
    assert (parity.largest, parity.mean, parity.peak, parity.agreement) == (1.5, 0.5, 5, 0)
    assert str(parity) == "largest difference 1.5e+00, mean 5.0e-01, in values up to 5, equal labels 0.0000%"


@pytest.mark.parametrize(("output", "pair"), [("logits", (-0.1, 0.1)), ("probability", (0.45, 0.55))])
def test_labels_of_a_single_plane(output: Output, pair: tuple[float, float]) -> None:
    assert compare(planes(pair[0]), planes(pair[1]), output).agreement == 0
    assert compare(planes(pair[0]), planes(pair[0] - 0.05), output).agreement == 1


@pytest.mark.parametrize("value", [0.1, float("nan"), float("inf")])
def test_demand(value: float) -> None:
    with pytest.raises(ParityError):
        compare(planes(0.0), planes(value), "logits").demand(0.01)
    compare(planes(0.0), planes(0.005), "logits").demand(0.01)


def test_demand_of_the_mean() -> None:
    parity = compare(planes(1, 2, -5), planes(1, 0.5, -5), "logits")
    parity.demand(mean=0.6)
    with pytest.raises(ParityError, match="tolerance 4e-01"):
        parity.demand(mean=0.4)
    with pytest.raises(ParityError):
        compare(planes(0.0), planes(float("nan")), "logits").demand(mean=1)


def test_demand_of_the_labels() -> None:
    with pytest.raises(ParityError, match="tells other pixels"):
        compare(planes(-0.1), planes(0.1), "logits").demand(1, 1, 0.999)


@pytest.mark.parametrize(("value", "power"), [(5.7e-5, 1e-4), (0.0011, 0.01), (3.0, 10.0), (0.0, 0.0)])
def test_the_power_of_ten_above(value: float, power: float) -> None:
    assert above(value) == pytest.approx(power)


def test_shapes_must_agree() -> None:
    with pytest.raises(ParityError, match="shape"):
        compare(planes(1, 2), planes(1), "logits")


def test_a_file_that_onnxruntime_refuses() -> None:
    with pytest.raises(ParityError, match="refuses"):
        run_onnx(b"not a model", planes(1))


def test_the_sample_is_a_normalised_photo() -> None:
    plain = sample((40, 60), ModelSpec(name="plain", size=(40, 60)))
    assert (plain.shape, plain.dtype) == ((1, 3, 40, 60), np.float32)
    assert 0 <= plain.min() < 0.1
    assert 0.9 < plain.max() <= 1
    scaled = sample((40, 60), ModelSpec(name="scaled", size=(40, 60), mean=IMAGENET_MEAN, std=IMAGENET_STD))
    back = scaled * np.reshape(IMAGENET_STD, (3, 1, 1)) + np.reshape(IMAGENET_MEAN, (3, 1, 1))
    np.testing.assert_allclose(back, plain, atol=1e-5)
    orange_suit = plain[0, :, 30:, 15:45].mean(axis=(1, 2))
    assert orange_suit[0] > orange_suit[2], "red comes first"
