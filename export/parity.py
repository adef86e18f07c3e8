"""Does the ONNX file compute what its source computes? Judged on a real photo, in onnxruntime on the CPU."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edgebokeh import patience
from edgebokeh.spec import ModelSpec, Output
from export.errors import ParityError, SourceError

SAMPLE = Path(__file__).resolve().parent.parent / "docs" / "sample" / "astronaut.png"
"""The photo on which every export is verified."""

HINT = "report this with the versions of the export's libraries and of onnxruntime"


@dataclass(frozen=True, slots=True)
class Parity:
    """How near two outputs are.

    largest, mean: absolute difference. peak: largest absolute value in the source's output, to judge it by.
    agreement: share of pixels with the same label, 0 to 1.
    """

    largest: float
    mean: float
    peak: float
    agreement: float

    def __str__(self) -> str:
        return (
            f"largest difference {self.largest:.1e}, mean {self.mean:.1e}, in values up to {self.peak:.2g}, "
            f"equal labels {self.agreement:.4%}"
        )

    def demand(
        self, largest: float = math.inf, mean: float = math.inf, agreement: float = 0, *, hint: str = HINT
    ) -> None:
        """Raises ParityError where a difference is above what is allowed for it, or the outputs are not numbers.

        agreement: the least share of pixels with the same label.
        """
        for found, allowed in ((self.largest, largest), (self.mean, mean)):
            if not found <= allowed:
                raise ParityError(
                    f"the ONNX file does not compute what its source does: {self}, tolerance {allowed:.0e}", hint
                )
        if not self.agreement >= agreement:
            raise ParityError(f"the ONNX file tells other pixels from others than its source: {self}", hint)


def above(value: float) -> float:
    """The power of ten that is not below a difference: 1e-4 for 5.7e-5; 0 for none."""
    return float(10.0 ** math.ceil(math.log10(value))) if value else 0.0


def sample(size: tuple[int, int], spec: ModelSpec) -> NDArray[np.float32]:
    """The sample photo as `spec` wants its input: float32 [1, 3, H, W] for `size` (H, W), RGB, (rgb - mean) / std.

    Raises SourceError where the photo is missing.
    """
    height, width = size
    photo = cv2.imread(str(SAMPLE))
    if photo is None:
        raise SourceError(f"the sample photo {SAMPLE} is missing", "restore it, or export with --no-verify")
    picture = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    rgb = picture[:, :, ::-1].astype(np.float32) / 255
    scaled = (rgb - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])


def open_session(model: Path | bytes) -> Any:
    """An onnxruntime session on the CPU. Raises ParityError where onnxruntime refuses the model."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    source: Any = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class of their own
        raise _refused(error) from error


def run_onnx(model: Path | bytes, tensor: NDArray[Any]) -> NDArray[np.float32]:
    """The first output of an ONNX model, given by its file or its bytes, on `tensor`.

    Raises ParityError where onnxruntime cannot load or run it.
    """
    return answer(open_session(model), tensor)


def answer(session: Any, tensor: NDArray[Any]) -> NDArray[np.float32]:
    """The first output of a session on `tensor`. Raises ParityError where it cannot run, or does not end."""
    try:
        return np.asarray(patience.run(session, {session.get_inputs()[0].name: tensor}), np.float32)
    except TimeoutError as error:
        raise ParityError(f"the network was stopped: {error}", "it may hold an endless loop") from error
    except Exception as error:
        raise _refused(error) from error


def run_tflite(model: bytes, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """The output of a TFLite network on `tensor`; both [N, C, H, W], whatever the network's own layout (NHWC) is."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=2)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor.transpose(0, 2, 3, 1))
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return np.asarray(output, np.float32).transpose(0, 3, 1, 2)


def compare(expected: NDArray[np.float32], found: NDArray[np.float32], output: Output) -> Parity:
    """Both [N, C, H, W]. A pixel's label is its arg-max over C; where C is 1, whether a person is likelier than not.

    Raises ParityError where the shapes differ.
    """
    if expected.shape != found.shape:
        raise ParityError(
            f"the ONNX file gives an output of shape {found.shape}, its source one of {expected.shape}", HINT
        )
    same = np.equal(_labels(expected, output), _labels(found, output))
    difference = np.abs(expected - found)
    return Parity(
        largest=float(difference.max()),
        mean=float(difference.mean()),
        peak=float(np.abs(expected).max()),
        agreement=float(same.mean()),
    )


def _refused(error: Exception) -> ParityError:
    return ParityError(
        f"onnxruntime {onnxruntime.__version__} refuses the ONNX file ({str(error).splitlines()[0]})",
        "check the description of its input, or try a lower --opset or another onnxruntime",
    )


def _labels(planes: NDArray[np.float32], output: Output) -> NDArray[Any]:
    return planes > _EVEN[output] if planes.shape[1] == 1 else planes.argmax(axis=1)


_EVEN: dict[Output, float] = {"logits": 0.0, "probability": 0.5}
"""The value at which a person is as likely as not."""
