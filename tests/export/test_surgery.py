import copy
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from edgebokeh.tensors import prepare  # noqa: E402
from export import surgery  # noqa: E402
from export.errors import UnsupportedError  # noqa: E402
from export.halve import halve  # noqa: E402
from export.parity import run_onnx  # noqa: E402
from tests.export import small  # noqa: E402

BYTES = {"input": "uint8", "layout": "NHWC", "output_layout": "NCHW", "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


def run(model: Any, tensor: Any) -> Any:
    onnx.checker.check_model(model, full_check=True)
    return run_onnx(model.SerializeToString(), tensor)


def tensor(spec: Any = small.SPEC) -> Any:
    return prepare(small.picture(), spec, (64, 96))[0]


def planes(model: Any) -> Any:
    """The small planes that the network enlarges at its end."""
    cut = copy.deepcopy(model)
    surgery.replace_all(cut.graph.node, cut.graph.node[:-1])
    surgery.replace_all(
        cut.graph.output, [onnx.helper.make_tensor_value_info("planes", 1, [1, "classes", "rows", "columns"])]
    )
    return run(cut, tensor())


def test_the_person_is_told_before_it_is_enlarged() -> None:
    model = small.network()
    logits = planes(model)
    spec = surgery.person_head(model, small.SPEC)
    person = run(model, tensor())
    assert person.shape == (1, 1, 64 // small.STEP, 96 // small.STEP)
    np.testing.assert_allclose(person[:, 0], small.softmax(logits)[:, small.SPEC.person], atol=1e-6)
    assert 0.1 < person.mean() < 0.9, "the picture shows a person before a background"
    assert spec == small.spec(output="probability", classes=1, person=0, learned=small.SPEC.classes)
    assert "Resize" not in {node.op_type for node in model.graph.node}


@pytest.mark.parametrize("mode", ["half_pixel", "align_corners"])
@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("opset", [17, 18])
def test_the_odds_of_two_classes_are_enlarged_without_loss(mode: str, fixed: bool, opset: int) -> None:
    model = small.network(2, mode, fixed, opset)
    expected = small.softmax(run(model, tensor()))[:, 1:]
    spec = surgery.matte_head(model, small.spec(classes=2))
    np.testing.assert_allclose(run(model, tensor()), expected, atol=1e-5)
    assert (spec.output, spec.classes, spec.person) == ("probability", 1, 0)


def test_samples_at_the_corners_are_not_moved() -> None:
    """Cut off, such a plane would be enlarged from the pixels' centres, and be up to half a cell away."""
    model = small.network(3, "align_corners")
    expected = small.softmax(run(model, tensor()))[:, 1:2]
    surgery.person_head(model, small.SPEC)
    person = run(model, tensor())
    assert person.shape == expected.shape
    np.testing.assert_allclose(person, expected, atol=0.05)
    assert np.mean((person > 0.5) == (expected > 0.5)) > 0.995


def test_one_class_passes_through_a_sigmoid() -> None:
    model = small.network(1)
    logits = planes(model)
    surgery.person_head(model, small.spec(classes=1, person=0))
    np.testing.assert_allclose(run(model, tensor()), 1 / (1 + np.exp(-logits)), atol=1e-6)


@pytest.mark.parametrize("head", [surgery.person_head, surgery.matte_head])
def test_a_head_is_changed_once(head: Any) -> None:
    model = small.network()
    spec = surgery.person_head(model, small.SPEC)
    with pytest.raises(UnsupportedError, match="one plane of probability already"):
        head(model, spec)
    with pytest.raises(UnsupportedError, match="not NCHW"):
        head(small.network(), small.spec(output_layout="NHWC"))


@pytest.mark.parametrize("fixed", [True, False])
def test_bytes_give_what_normalised_floats_give(fixed: bool) -> None:
    model = small.network(fixed=fixed)
    expected = run(model, tensor())
    spec = surgery.byte_input(model, small.SPEC)
    assert spec == small.spec(**BYTES)
    found = tensor(spec)
    assert (found.dtype, found.shape) == (np.uint8, (1, 64, 96, 3))
    np.testing.assert_allclose(run(model, found), expected, atol=1e-5)
    with pytest.raises(UnsupportedError, match="is not float32"):
        surgery.byte_input(model, spec)


def test_halves_become_whole_again() -> None:
    model = small.network()
    rounded = [
        onnx.numpy_helper.to_array(part).astype(np.float16).astype(np.float32) for part in model.graph.initializer[:2]
    ]
    assert halve(model) == 2
    halved = run(model, tensor())
    assert surgery.widen(model) == 2
    assert {part.data_type for part in model.graph.initializer} <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    stored = {part.name: onnx.numpy_helper.to_array(part) for part in model.graph.initializer}
    for name, values in zip(("first", "second"), rounded, strict=True):
        np.testing.assert_array_equal(stored[name], values)
    np.testing.assert_array_equal(run(model, tensor()), halved)
    assert surgery.widen(model) == 0


def test_open_sizes_are_fixed_and_batch_norms_folded() -> None:
    model = small.network(fixed=False)
    expected = run(model, tensor())
    fixed = surgery.fix(model, small.SPEC, (64, 96))
    dims = [dim.dim_value for dim in fixed.graph.input[0].type.tensor_type.shape.dim]
    assert dims == [1, 3, 64, 96]
    assert "BatchNormalization" not in {node.op_type for node in fixed.graph.node}
    assert all(node.name for node in fixed.graph.node)
    np.testing.assert_allclose(run(fixed, tensor()), expected, atol=1e-4)
    with pytest.raises(UnsupportedError, match="fixed to 64x96"):
        surgery.fix(fixed, small.SPEC, (32, 32))


def test_an_old_operator_set_is_raised() -> None:
    model = small.network(opset=11)
    expected = run(model, tensor())
    raised = surgery.raise_opset(model, surgery.LOWEST)
    assert surgery.opset(raised) == surgery.OPSET
    np.testing.assert_allclose(run(raised, tensor()), expected, atol=1e-5)
    assert surgery.raise_opset(raised, surgery.LOWEST) is raised
