"""A network made smaller: another head, input, size or precision, and past the gate or not at all."""

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx

from edgebokeh.errors import ModelUnsuitableError
from edgebokeh.proof import PROOF_KEY, Proof, read
from edgebokeh.spec import ModelSpec
from export import gate, quantise, surgery
from export.artifact import encode
from export.errors import SourceError, UnsupportedError
from export.halve import halve
from export.options import Plan
from export.photos import Photos
from export.progress import step
from export.sensitivity import Reduction, Witness, search

MOST = 32
"""Photos that a calibration looks at."""

WITNESSES = 4
"""Photos that the sensitivity search looks at, spread over those of the calibration."""


@dataclass(frozen=True, slots=True)
class Network:
    """An `onnx.ModelProto` and its description."""

    model: Any
    spec: ModelSpec


def load(path: Path) -> Any:
    """The `onnx.ModelProto` in a file. Raises SourceError where there is none, or its weights lie in other files."""
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error})", "name a file that exists") from error
    except Exception as error:  # protobuf's own, which has no types here
        raise SourceError(f"{path} is no ONNX model", "name an .onnx file") from error
    if not model.graph.node:
        raise SourceError(f"{path} is no ONNX model", "name an .onnx file")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise SourceError(
            f"{path} keeps its weights in other files", "put them into one: onnx.save(onnx.load(FILE), NEW)"
        )
    return model


def entry(model: Any, key: str, name: str) -> str | None:
    """What the metadata of a model called `name` say under a key.

    Raises ModelUnsuitableError where they do so twice.
    """
    values = [entry.value for entry in model.metadata_props if entry.key == key]
    if len(values) > 1:
        raise ModelUnsuitableError(f"{name} has {len(values)} entries {key!r} in its metadata", "export it again")
    return values[0] if values else None


def check_unreduced(model: Any, name: str) -> None:
    """Raises UnsupportedError for a network that was reduced already: what it lost then would be counted as nothing.

    name: how to call the model.
    """
    proof = entry(model, PROOF_KEY, name)
    known = read(proof) if proof is not None else None
    if isinstance(known, Proof):
        raise UnsupportedError(
            f"{name} was reduced already ({known.change}), and a loss is only measured against the network before that",
            f"shrink its parent instead, {known.parent} with the sha256 {known.parent_sha256}",
        )
    if quantise.is_quantised(model):
        raise UnsupportedError(
            f"{name} is quantised already, and a loss is only measured against the network before that",
            "shrink the network that it was made from",
        )


def reduce(given: Any, spec: ModelSpec, plan: Plan, photos: Photos, sha256: str | None = None) -> tuple[Network, Proof]:
    """The network as the plan wants it, described, with the gate's verdict on it.

    given: an `onnx.ModelProto`, left as it is. photos: what `gather` found for the plan. sha256: of its file;
        without it, of its bytes.
    Raises DropError where it loses more than the plan allows; UnsupportedError, ParityError, EvaluationError,
    PhotoError.
    """
    sha256 = sha256 or hashlib.sha256(encode(given)).hexdigest()
    model = copy.deepcopy(given)
    surgery.widen(model)
    parent = Network(model, spec)
    before = gate.Segmenter(parent.model.SerializeToString(), spec)
    # One run tells whether it runs, and ends: a calibration has no limit of time.
    before.see(before.tensor(gate.read(photos.judges[0][0])))
    with step("reduce"):
        made = _made(parent, plan, photos.seen)
    with step("validate"):
        after = gate.Segmenter(made.model.SerializeToString(), made.spec)
        facts = {
            "parent": spec.name,
            "parent_sha256": sha256,
            "change": ", ".join(plan.changes()),
            "photos_from": photos.name,
            "allowed": plan.max_drop,
        }
        proof = gate.judge(before, after, photos.judges, facts)
        print(f"  {proof}")
    gate.demand(proof)
    return Network(made.model, replace(made.spec, name="-".join([spec.name, *plan.suffixes()]))), proof


def _made(parent: Network, plan: Plan, seen: Sequence[Path]) -> Network:
    model, spec = copy.deepcopy(parent.model), parent.spec
    if plan.head in HEADS:
        model = surgery.raise_opset(model, surgery.LOWEST)
        spec = HEADS[plan.head](model, spec)
    if plan.size:
        spec = replace(spec, size=plan.size)
        model = surgery.fix(model, spec, plan.size)
    model = PRECISIONS[plan.precision](Network(model, spec), plan, seen)
    # Last, so that what makes floats of bytes is not reduced.
    if plan.input == "u8":
        spec = surgery.byte_input(model, spec)
    return Network(model, spec)


def _fp32(network: Network, _: Plan, _seen: Sequence[Path]) -> Any:
    return network.model


def _fp16(network: Network, _: Plan, _seen: Sequence[Path]) -> Any:
    print(f"  weights stored as float16: {halve(network.model)}")
    return network.model


def _int8(network: Network, plan: Plan, seen: Sequence[Path]) -> Any:
    """QuantizeLinear and DequantizeLinear around what computes in int8; other weights in float16."""
    model = surgery.raise_opset(network.model, surgery.LOWEST)
    model = surgery.fix(model, network.spec, None)
    tensors = _tensors(Network(model, network.spec), seen)
    with step(f"calibrate on {len(tensors)} photos, {plan.method}"):
        found = quantise.ranges(model, tensors, plan.method)

    def build(names: Any) -> Any:
        return quantise.quantised(model, found, names)

    return _searched(Network(model, network.spec), plan, tensors, Reduction(quantise.operators(model), build))


def _int8_weights(network: Network, plan: Plan, seen: Sequence[Path]) -> Any:
    """The weights in int8; those that hurt in float16."""

    def build(names: Any) -> Any:
        model = copy.deepcopy(network.model)
        quantise.shrink_weights(model, names)
        return model

    layers = Reduction(quantise.weights(network.model), build)
    return _searched(network, plan, _tensors(network, seen), layers)


def _searched(network: Network, plan: Plan, tensors: Sequence[Any], layers: Reduction) -> Any:
    few = tensors[:: max(1, len(tensors) // WITNESSES)][:WITNESSES]
    model = search(layers, Witness.of(network.model, network.spec, few), plan.max_drop)
    halve(model)
    return model


def _tensors(network: Network, seen: Sequence[Path]) -> list[Any]:
    """Inputs of the network from the calibration's photos, evenly chosen among them where there are many."""
    segmenter = gate.Segmenter(network.model.SerializeToString(), network.spec)
    return [segmenter.tensor(gate.read(path)) for path in seen[:: -(-len(seen) // MOST)]]


HEADS: dict[str, Callable[[Any, ModelSpec], ModelSpec]] = {
    "matte": surgery.matte_head,
    "person": surgery.person_head,
}

PRECISIONS: dict[str, Callable[[Network, Plan, Sequence[Path]], Any]] = {
    "fp32": _fp32,
    "fp16": _fp16,
    "int8": _int8,
    "int8-weights": _int8_weights,
}
