import copy
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from edgebokeh.tensors import prepare  # noqa: E402
from export.sensitivity import Reduction, Witness, search  # noqa: E402
from tests.export import small  # noqa: E402


def spoilt(model: Any, noise: dict[str, float], names: Collection[str]) -> Any:
    model = copy.deepcopy(model)
    for part in model.graph.initializer:
        if part.name in names:
            values = onnx.numpy_helper.to_array(part)
            added = np.random.default_rng(1).normal(size=values.shape) * noise[part.name] * np.abs(values).max()
            part.CopyFrom(onnx.numpy_helper.from_array((values + added).astype(np.float32), part.name))
    return model


def found(noise: dict[str, float], allowed: float = 0.005) -> Any:
    model = small.network()
    witness = Witness.of(model, small.SPEC, [prepare(small.picture(), small.SPEC, (64, 96))[0]])
    layers = Reduction(dict.fromkeys(noise, "Conv"), lambda names: spoilt(model, noise, names))
    chosen = search(layers, witness, allowed)
    before, after = (
        {part.name: part.raw_data for part in network.graph.initializer if part.name in noise}
        for network in (model, chosen)
    )
    return {name for name in noise if before[name] != after[name]}


def test_the_layer_that_hurts_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert found({"first": 1e-4, "second": 3.0}) == {"first"}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  all 2 layers: agreement ")
    alone = [line for line in lines if " alone: " in line]
    assert alone[0].startswith("  Conv second alone: ")
    assert alone[1].startswith("  Conv first alone: agreement 1.0000")
    assert lines[-1].startswith("  without the worst 1 of 2 layers: agreement 1.0000")


def test_nothing_is_searched_where_nothing_hurts(capsys: pytest.CaptureFixture[str]) -> None:
    assert found({"first": 1e-4, "second": 1e-4}) == {"first", "second"}
    assert capsys.readouterr().out.count("\n") == 1


def test_it_says_where_everything_hurts(capsys: pytest.CaptureFixture[str]) -> None:
    found({"first": 30.0, "second": 3.0})
    assert capsys.readouterr().out.endswith("no part of the layers can be reduced within what is allowed\n")
