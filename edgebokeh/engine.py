"""The one place where a network is opened, verified and run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from edgebokeh import cache, catalog, guess, patience
from edgebokeh.arrays import Floats, Pixels
from edgebokeh.errors import ModelError, ModelUndescribedError, ModelUnreadableError, ModelUnsuitableError
from edgebokeh.graphs import first_line
from edgebokeh.sessions import Runtime, Verdict, open_session
from edgebokeh.spec import LARGEST, METADATA_KEY, Layout, ModelSpec, resolve


@dataclass(frozen=True, slots=True)
class Network:
    """An open session whose provider was checked, and the description by which to feed it.

    runtime: how it was asked for. verdict: what really runs it. size: (height, width) of its input; is_open: it takes
    others too. metadata: what the file says beside the graph, by key. guesses: what of the description is guessed, as
    options that would say it; "" where nothing is.
    """

    spec: ModelSpec
    path: Path
    runtime: Runtime
    size: tuple[int, int]
    session: Any
    verdict: Verdict
    is_open: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    guesses: str = ""

    @property
    def provider(self) -> str:
        """The key in PROVIDERS of what runs most of it."""
        return self.verdict.provider

    def run(self, tensor: Floats | Pixels) -> Floats:
        """The raw first output for an input tensor, both as the spec lays them out.

        Raises ModelUnsuitableError where onnxruntime fails on this input, or does not come to an end.
        """
        try:
            return patience.run(self.session, {self.session.get_inputs()[0].name: tensor})  # type: ignore[no-any-return]
        except Exception as error:  # onnxruntime raises a dozen unrelated private classes
            raise ModelUnsuitableError(
                f"model {self.spec.name!r} failed on an input of shape {tensor.shape} ({first_line(error)})",
                "check the size and the layout in its description",
            ) from error

    def shaped(self, picture: tuple[int, int], side: int) -> tuple[int, int]:
        """(height, width) of an input that keeps the shape of a picture of (height, width).

        Its area is about side × side pixels, but at most four times the picture's. A network of fixed size has that.
        """
        if not self.is_open:
            return self.size
        step, scale = self.spec.multiple, min(2.0, side / (picture[0] * picture[1]) ** 0.5)
        return max(step, round(picture[0] * scale / step) * step), max(step, round(picture[1] * scale / step) * step)

    def sized(self, side: int) -> Self:
        """The same network with an input of its own shape and about side × side pixels; one of fixed size stays."""
        size = self.shaped(self.size, side)
        return replace(self, size=size, spec=replace(self.spec, size=size))


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model at hand. Either `spec` and `size` (height, width) are known, or `problem` says what is wrong."""

    name: str
    path: Path
    spec: ModelSpec | None = None
    size: tuple[int, int] | None = None
    problem: str = ""


def open_network(
    path: Path, spec: ModelSpec | Mapping[str, Any] | None = None, runtime: Runtime | None = None
) -> Network:
    """Loads a model and makes sure that it turns pictures into masks, on the provider that was asked for.

    spec: overrides the model's own description, all of it or the fields that are named; where the model has none, the
    others are guessed from its shapes. runtime: default is the CPU with all cores that the process may use.
    Raises ProviderUnknownError, ProviderAbsentError, ProviderNotUsedError, ProviderWrongError, ModelUnreadableError,
    ModelUnsuitableError, ModelUndescribedError; ValueRangeError for a plane of the person that it does not have.
    """
    _check_said(spec)
    runtime = runtime or Runtime()
    session, verdict = open_session(path, runtime)
    try:
        _check_is_segmenter(session, path)
        metadata = session.get_modelmeta().custom_metadata_map
        description, guesses = _described(session, path, spec, metadata.get(METADATA_KEY))
        _check_fits(session, description, path)
    except UnicodeDecodeError as error:
        raise ModelUnreadableError(
            f"{path} holds names that are no text", "check the file, or export it again"
        ) from error
    shape = session.get_inputs()[0].shape
    sides = [shape[axis] for axis in _sides(description.layout)]
    height, width = (side if isinstance(side, int) else own for side, own in zip(sides, description.size, strict=True))
    is_open = not any(isinstance(side, int) for side in sides)
    if is_open:
        _check_multiple(description, path)
    return Network(description, path, runtime, (height, width), session, verdict, is_open, metadata, guesses)


def open_gate(path: Path, runtime: Runtime | None = None) -> Network:
    """A network that tells people from other things, opened as `open_network` does.

    It counts with the probability of a person alone, so one plane is enough, where the network has learned more.
    Raises what `open_network` does, ModelUnsuitableError also where nothing says that it has learned several classes.
    """
    gate = open_network(path, None, runtime)
    if gate.spec.task != "segmentation" or (gate.spec.learned or gate.spec.classes) == 1:
        raise ModelUnsuitableError(
            f"{path} cannot be a gate: nothing says that it has learned to tell people from other things",
            "use a model of several classes, such as a DeepLabv3, or one made of it by `--head person` of the export",
        )
    return gate


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


def _described(
    session: Any, path: Path, spec: ModelSpec | Mapping[str, Any] | None, metadata: str | None
) -> tuple[ModelSpec, str]:
    """The description that counts: the caller's, and what it leaves open as the file, its hash or its shapes say; and
    what of it is guessed."""
    if isinstance(spec, ModelSpec):
        # A description that serves many files is not this one's name.
        return replace(spec, name=path.stem), ""
    try:
        found = resolve(None, metadata, cache.sha256(path) if metadata is None else None, str(path))
    except ModelUndescribedError:
        if not spec:
            raise
        return guess.guessed(session, path, spec)
    guess.check_person(spec or {}, (spec or {}).get("classes", found.classes), path)
    return replace(found, **spec) if spec else found, ""


def _check_said(spec: object) -> None:
    """Raises ModelUndescribedError where a description is none, or names what a ModelSpec does not have."""
    if spec is not None and not isinstance(spec, (ModelSpec, Mapping)):
        raise ModelUndescribedError(
            f"{spec!r} describes no model", "give a ModelSpec, some of its fields by name, or a name for --spec as text"
        )
    names = [field.name for field in fields(ModelSpec)]
    unknown = [key for key in spec if key not in names] if isinstance(spec, Mapping) else []
    if unknown:
        raise ModelUndescribedError(f"a ModelSpec has no {unknown[0]!r}", f"use some of {', '.join(names)}")


def _check_multiple(spec: ModelSpec, path: Path) -> None:
    """Raises ModelUnsuitableError where a network of any size is to be fed sides that it does not take."""
    step, (height, width) = spec.multiple, spec.size
    if height % step or width % step:
        near = "x".join(str(max(step, round(side / step) * step)) for side in (width, height))
        raise ModelUnsuitableError(
            f"{path} takes sides that are multiples of {step} pixels, not {width}×{height}",
            f"correct the size in its description, or use --input-size {near}",
        )


def _check_is_segmenter(session: Any, path: Path) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    pictures = [node for node in inputs if len(node.shape) == 4 and node.type in guess.INPUTS]
    planes = [node for node in outputs[:1] if len(node.shape) == 4 and node.type == "tensor(float)"]
    flat = sum(side == 1 for side in outputs[0].shape[1:]) > 1 if outputs else True
    if len(inputs) != 1 or not pictures or not planes or flat:
        shapes = ", ".join(f"{node.type} {node.shape}" for node in (*inputs, *outputs))
        memory = "; networks that remember the frame before, as RobustVideoMatting does, are none"
        raise ModelUnsuitableError(
            f"{path} is not a segmentation model: it has {shapes}, not one picture and float planes",
            "use a model whose only input is N×3×H×W or N×H×W×3, float32 or uint8, and whose first output has four "
            f"dimensions{memory if len(inputs) > 1 else ''}",
        )


def _check_fits(session: Any, spec: ModelSpec, path: Path) -> None:
    """Raises ModelUnsuitableError where a model's fixed dimensions or its numbers are not those of the description."""
    node, planes = session.get_inputs()[0], session.get_outputs()[0].shape
    shape, kind = node.shape, guess.INPUTS[node.type]
    facts = (
        ("a batch of", shape[0], 1),
        ("input channels", shape[_channel(spec.layout)], 3),
        ("input numbers", kind, spec.input),
        ("classes", planes[_channel(spec.output_layout or spec.layout)], spec.classes),
    )
    wrong = [
        f"{what} {has} instead of {wants}" for what, has, wants in facts if type(has) is type(wants) and has != wants
    ]
    sides = [shape[axis] for axis in _sides(spec.layout)]
    wrong += [f"a side of {side}" for side in sides if isinstance(side, int) and not 1 <= side <= LARGEST]
    if wrong:
        raise ModelUnsuitableError(
            f"{path} does not fit the description of {spec.name!r}, or edgebokeh: it has {', '.join(wrong)}",
            f"correct the description, or name another with --spec; sides are 1 to {LARGEST} pixels",
        )


def _channel(layout: Layout) -> int:
    return 1 if layout == "NCHW" else 3


def _sides(layout: Layout) -> tuple[int, int]:
    """The axes of height and width."""
    return (2, 3) if layout == "NCHW" else (1, 2)
