from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.errors import UnsupportedError

pytest.importorskip("onnx")
tflite = pytest.importorskip("tflite")
flatbuffers = pytest.importorskip("flatbuffers")

from export import tflite_to_onnx  # noqa: E402
from export.parity import compare, run_onnx, run_tflite, sample  # noqa: E402
from export.recipes.selfie import VARIANTS  # noqa: E402
from export.tflite_to_onnx import convert  # noqa: E402

SPEC = VARIANTS["selfie"].spec("selfie")


def vector(builder: Any, start: Callable[..., Any], offsets: list[int]) -> Any:
    start(builder, len(offsets))
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def numbers(builder: Any, start: Callable[..., Any], values: list[int]) -> Any:
    start(builder, len(values))
    for value in reversed(values):
        builder.PrependInt32(value)
    return builder.EndVector()


def tiny(operator: int | str, options: tuple[int, Callable[[Any], Any]] | None = None, inputs: int = 1) -> bytes:
    """A TFLite file with one operator from a float32 [1, 4, 4, 2] to another; `inputs` times the same."""
    b = flatbuffers.Builder(1024)
    names = [b.CreateString("in"), b.CreateString("out")]
    shapes = [numbers(b, tflite.TensorStartShapeVector, [1, 4, 4, 2]) for _ in names]
    tensors = []
    for name, shape in zip(names, shapes, strict=True):
        tflite.TensorStart(b)
        tflite.TensorAddName(b, name)
        tflite.TensorAddShape(b, shape)
        tensors.append(tflite.TensorEnd(b))
    custom = b.CreateString(operator) if isinstance(operator, str) else None
    tflite.OperatorCodeStart(b)
    code = tflite.BuiltinOperator.CUSTOM if custom else operator
    tflite.OperatorCodeAddBuiltinCode(b, code)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(code, 127))
    if custom:
        tflite.OperatorCodeAddCustomCode(b, custom)
    codes = vector(b, tflite.ModelStartOperatorCodesVector, [tflite.OperatorCodeEnd(b)])
    settings = options[1](b) if options else None
    read = numbers(b, tflite.OperatorStartInputsVector, [0] * inputs)
    written = numbers(b, tflite.OperatorStartOutputsVector, [1])
    tflite.OperatorStart(b)
    tflite.OperatorAddInputs(b, read)
    tflite.OperatorAddOutputs(b, written)
    if options:
        tflite.OperatorAddBuiltinOptionsType(b, options[0])
        tflite.OperatorAddBuiltinOptions(b, settings)
    operators = vector(b, tflite.SubGraphStartOperatorsVector, [tflite.OperatorEnd(b)])
    tensor_vector = vector(b, tflite.SubGraphStartTensorsVector, tensors)
    first = numbers(b, tflite.SubGraphStartInputsVector, [0])
    last = numbers(b, tflite.SubGraphStartOutputsVector, [1])
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, tensor_vector)
    tflite.SubGraphAddInputs(b, first)
    tflite.SubGraphAddOutputs(b, last)
    tflite.SubGraphAddOperators(b, operators)
    graphs = vector(b, tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(b)])
    tflite.BufferStart(b)
    buffers = vector(b, tflite.ModelStartBuffersVector, [tflite.BufferEnd(b)])
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graphs)
    tflite.ModelAddBuffers(b, buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def adding(activation: int) -> tuple[int, Callable[[Any], Any]]:
    def write(builder: Any) -> Any:
        tflite.AddOptionsStart(builder)
        tflite.AddOptionsAddFusedActivationFunction(builder, activation)
        return tflite.AddOptionsEnd(builder)

    return tflite.BuiltinOptions.AddOptions, write


def resizing(centres: bool) -> tuple[int, Callable[[Any], Any]]:
    def write(builder: Any) -> Any:
        tflite.ResizeBilinearOptionsStart(builder)
        tflite.ResizeBilinearOptionsAddHalfPixelCenters(builder, centres)
        return tflite.ResizeBilinearOptionsEnd(builder)

    return tflite.BuiltinOptions.ResizeBilinearOptions, write


@pytest.mark.parametrize(
    ("operator", "function"),
    [
        ("RELU", lambda x: np.maximum(x, 0)),
        ("LOGISTIC", lambda x: 1 / (1 + np.exp(-x))),
        ("HARD_SWISH", lambda x: x * np.clip(x + 3, 0, 6) / 6),
    ],
)
def test_pointwise_operators(operator: str, function: Callable[[Any], Any]) -> None:
    model = convert(tiny(getattr(tflite.BuiltinOperator, operator)), output="out").SerializeToString()
    tensor = np.random.default_rng(1).normal(scale=3, size=(2, 2, 4, 4)).astype(np.float32)
    np.testing.assert_allclose(run_onnx(model, tensor), function(tensor), atol=1e-6)


def test_add() -> None:
    data = tiny(tflite.BuiltinOperator.ADD, adding(tflite.ActivationFunctionType.NONE), inputs=2)
    tensor = np.random.default_rng(1).normal(size=(1, 2, 4, 4)).astype(np.float32)
    np.testing.assert_array_equal(run_onnx(convert(data, output="out").SerializeToString(), tensor), tensor * 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tiny(tflite.BuiltinOperator.TANH), "uses TANH"),
        (tiny("Mystery"), "uses Mystery"),
        (tiny(tflite.BuiltinOperator.ADD, adding(tflite.ActivationFunctionType.RELU), 2), "ADD has an activation"),
        (tiny(tflite.BuiltinOperator.RESIZE_BILINEAR, resizing(False)), "pixels' centres"),
        (tiny(tflite.BuiltinOperator.DEQUANTIZE), "not a constant"),
        (tiny(tflite.BuiltinOperator.ADD, inputs=2), "comes without AddOptions"),
        (tiny(tflite.BuiltinOperator.MEAN, inputs=2), "MEAN takes another mean"),
    ],
)
def test_what_it_does_not_know_raises(data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        convert(data, output="out")


def test_no_operator_is_skipped(tflite_file: Path, landscape_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = {tflite_file: "MEAN", landscape_file: "AVERAGE_POOL_2D"}
    for file, other in others.items():
        for name in tflite_to_onnx.OPS.keys() - {other}:
            with monkeypatch.context() as patch:
                patch.delitem(tflite_to_onnx.OPS, name)
                with pytest.raises(UnsupportedError, match=f"uses {name},"):
                    convert(file.read_bytes(), output="out")


@pytest.mark.parametrize("name", VARIANTS)
def test_parity_with_the_tflite_interpreter(name: str, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("ai_edge_litert")
    data = request.getfixturevalue("tflite_file" if name == "selfie" else "landscape_file").read_bytes()
    spec = VARIANTS[name].spec(name)
    photo = sample(spec.size, spec)
    model = convert(data, output="probability").SerializeToString()
    expected = run_tflite(data, photo)
    parity = compare(expected, run_onnx(model, photo), "probability")
    assert parity.largest <= 1e-4
    assert parity.agreement == 1
    assert 0.2 < (expected > 0.5).mean() < 0.8, "the photo shows a person before a background"


def test_any_batch(tflite_file: Path) -> None:
    model = convert(tflite_file.read_bytes(), output="probability").SerializeToString()
    photo = sample(SPEC.size, SPEC)
    three = run_onnx(model, np.concatenate([photo, photo[:, :, :, ::-1], photo * 0.5]))
    assert three.shape == (3, 1, 256, 256)
    np.testing.assert_allclose(three[:1], run_onnx(model, photo), atol=1e-6)
    assert np.abs(three[0] - three[1]).max() > 0.5


def test_weights_are_kept_as_published(tflite_file: Path) -> None:
    model = convert(tflite_file.read_bytes(), output="probability")
    kinds = {np.dtype(np.float16), np.dtype(np.int64)}
    onnx = pytest.importorskip("onnx")
    assert {onnx.numpy_helper.to_array(part).dtype for part in model.graph.initializer} == kinds
    assert model.ByteSize() < tflite_file.stat().st_size
