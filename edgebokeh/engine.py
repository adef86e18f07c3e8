"""The one place where a network is opened, verified and run."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgebokeh import cache, catalog
from edgebokeh.arrays import Floats
from edgebokeh.errors import ModelError, ModelUnsuitableError
from edgebokeh.graphs import first_line
from edgebokeh.sessions import Runtime, Verdict, open_session
from edgebokeh.spec import METADATA_KEY, ModelSpec, resolve


@dataclass(frozen=True, slots=True)
class Network:
    """An open session whose provider was checked, and the description by which to feed it.

    runtime: how it was asked for. verdict: what really runs it. size: (height, width) of its input; is_open: it takes
    others too.
    """

    spec: ModelSpec
    path: Path
    runtime: Runtime
    size: tuple[int, int]
    session: Any
    verdict: Verdict
    is_open: bool = False

    @property
    def provider(self) -> str:
        """The key in PROVIDERS of what runs most of it."""
        return self.verdict.provider

    def run(self, tensor: Floats) -> Floats:
        """The raw first output for an input tensor, both as the spec lays them out.

        Raises ModelUnsuitableError where onnxruntime fails on this input.
        """
        try:
            outputs = self.session.run(None, {self.session.get_inputs()[0].name: tensor})
        except Exception as error:  # onnxruntime raises a dozen unrelated private classes
            raise ModelUnsuitableError(
                f"model {self.spec.name!r} failed on an input of shape {tensor.shape} ({first_line(error)})",
                "check the size and the layout in its description",
            ) from error
        return outputs[0]  # type: ignore[no-any-return]

    def shaped(self, picture: tuple[int, int], side: int) -> tuple[int, int]:
        """(height, width) of an input that keeps the shape of a picture of (height, width).

        Its area is about side × side pixels, but at most four times the picture's. A network of fixed size has that.
        """
        if not self.is_open:
            return self.size
        step, scale = self.spec.multiple, min(2.0, side / (picture[0] * picture[1]) ** 0.5)
        return max(step, round(picture[0] * scale / step) * step), max(step, round(picture[1] * scale / step) * step)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model at hand. Either `spec` and `size` (height, width) are known, or `problem` says what is wrong."""

    name: str
    path: Path
    spec: ModelSpec | None = None
    size: tuple[int, int] | None = None
    problem: str = ""


def open_network(path: Path, spec: ModelSpec | None = None, runtime: Runtime | None = None) -> Network:
    """Loads a model and makes sure that it turns pictures into masks, on the provider that was asked for.

    spec: overrides the model's own description. runtime: default is the CPU with all cores that the process may use.
    Raises ProviderUnknownError, ProviderAbsentError, ProviderNotUsedError, ProviderWrongError, ModelUnreadableError,
    ModelUnsuitableError, ModelUndescribedError.
    """
    runtime = runtime or Runtime()
    session, verdict = open_session(path, runtime)
    _check_is_segmenter(session, path)
    metadata = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    known_hash = None if spec or metadata is not None else cache.sha256(path)
    description = resolve(spec, metadata, known_hash)
    is_open = not any(isinstance(side, int) for side in session.get_inputs()[0].shape[1:] if side != 3)
    if spec:
        # A description that serves many files is not this one's name.
        description = replace(description, name=path.stem)
    return Network(description, path, runtime, _input_size(session, description, path), session, verdict, is_open)


def models() -> list[ModelInfo]:
    """Every model in the folders that are searched, opened once to see whether it can be used."""
    rows = []
    for name, path in catalog.names().items():
        try:
            network = open_network(path, runtime=Runtime(cache=False))
            rows.append(ModelInfo(name, path, network.spec, network.size))
        except ModelError as error:
            rows.append(ModelInfo(name, path, problem=str(error)))
    return rows


def _check_is_segmenter(session: Any, path: Path) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    pictures = [node for node in (*inputs, *outputs[:1]) if len(node.shape) == 4 and node.type == "tensor(float)"]
    flat = sum(side == 1 for side in outputs[0].shape[1:]) > 1 if outputs else True
    if len(inputs) != 1 or len(pictures) != 2 or flat:
        shapes = ", ".join(f"{node.type} {node.shape}" for node in (*inputs, *outputs))
        raise ModelUnsuitableError(
            f"{path} is not a segmentation model: it has {shapes}, not one float picture and float planes",
            "use a model whose input is N×3×H×W or N×H×W×3 float32 and whose output has four dimensions",
        )


def _input_size(session: Any, spec: ModelSpec, path: Path) -> tuple[int, int]:
    """(height, width) to feed: the model's own where they are fixed, else the description's; dynamic ones are texts."""
    shape, planes = session.get_inputs()[0].shape, session.get_outputs()[0].shape
    channel, rows, columns = (1, 2, 3) if spec.layout == "NCHW" else (3, 1, 2)
    wrong = [
        f"{what} {dim} instead of {expected}"
        for what, dim, expected in (
            ("a batch of", shape[0], 1),
            ("input channels", shape[channel], 3),
            ("classes", planes[channel], spec.classes),
        )
        if isinstance(dim, int) and dim != expected
    ]
    if wrong:
        raise ModelUnsuitableError(
            f"{path} does not fit the description of {spec.name!r}: it has {', '.join(wrong)}",
            "correct the description, or name another with --spec",
        )
    height, width = shape[rows], shape[columns]
    return height if isinstance(height, int) else spec.size[0], width if isinstance(width, int) else spec.size[1]
