from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from export.halve import SMALLEST, halve  # noqa: E402
from export.parity import run_onnx  # noqa: E402

SIDE = 16
assert SIDE * SIDE == SMALLEST


def network(weight: NDArray[Any], *others: Any, given: tuple[str, ...] = ()) -> Any:
    """y = reshape(x · weight + bias, shape); `given` names initialisers that are inputs as well."""
    rows, columns = weight.shape
    initialisers = [
        numpy_helper.from_array(weight, "weight"),
        numpy_helper.from_array(np.full(columns, 1 / 3, np.float32), "bias"),
        numpy_helper.from_array(np.array([-1, columns], np.int64), "shape"),
        *others,
    ]
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "weight"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["sum"]),
            helper.make_node("Reshape", ["sum", "shape"], ["y"]),
        ],
        "linear",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", rows]),
            *(helper.make_tensor_value_info(name, TensorProto.FLOAT, weight.shape) for name in given),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", columns])],
        initialisers,
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])


def stored(model: Any) -> dict[str, NDArray[Any]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def representable(shape: tuple[int, int] = (SIDE, SIDE)) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=shape).astype(np.float16).astype(np.float32)


def test_values_that_float16_has_are_kept_exactly() -> None:
    weight = representable()
    before, model = network(weight), network(weight)
    assert halve(model) == 1
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["Cast", "MatMul", "Add", "Reshape"]
    values = stored(model)
    assert values["weight.float16"].dtype == np.float16
    np.testing.assert_array_equal(values["weight.float16"].astype(np.float32), weight)
    x = np.random.default_rng(1).normal(size=(5, SIDE)).astype(np.float32)
    y = run_onnx(model.SerializeToString(), x)
    np.testing.assert_array_equal(y, run_onnx(before.SerializeToString(), x))
    np.testing.assert_allclose(y, x @ weight + 1 / 3, rtol=1e-5, atol=1e-5)


def test_other_values_are_rounded_to_the_nearest() -> None:
    weight = np.full((SIDE, SIDE), 1 + 2**-11 + 2**-20, np.float32)
    model = network(weight)
    assert halve(model) == 1
    assert (stored(model)["weight.float16"] == np.float16(1 + 2**-10)).all()


@pytest.mark.parametrize("value", [65520.0, -1e6, float("inf"), float("nan")])
def test_a_weight_that_overflows_stays(value: float) -> None:
    weight = representable()
    weight[3, 4] = value
    assert_untouched(network(weight))


def test_the_largest_float16_is_no_overflow() -> None:
    weight = representable()
    weight[3, 4] = 65504
    assert halve(network(weight)) == 1


def test_few_numbers_stay() -> None:
    assert_untouched(network(representable((SIDE, SIDE - 1))))


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, np.int8])
def test_other_types_stay(kind: type[np.generic]) -> None:
    assert_untouched(network(representable((1, 1)), numpy_helper.from_array(np.ones((SIDE, SIDE), kind), "other")))


def test_a_long_vector_stays() -> None:
    vector = np.linspace(0, 1, 4 * SMALLEST, dtype=np.float32)
    assert_untouched(network(representable((1, 1)), numpy_helper.from_array(vector, "normalisation")))


def test_a_weight_that_a_caller_may_set_stays() -> None:
    assert_untouched(network(representable(), given=("weight",)))


def test_a_second_time_changes_nothing() -> None:
    model = network(representable())
    halve(model)
    assert_untouched(model)


def assert_untouched(model: Any) -> None:
    before = model.SerializeToString(deterministic=True)
    assert halve(model) == 0
    assert model.SerializeToString(deterministic=True) == before
