"""Which layers a reduction hurts: each is reduced alone, and as many of the worst as needed stay as they were."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from edgebokeh.arrays import Matte
from edgebokeh.spec import ModelSpec
from export.gate import Lost, Segmenter, lost
from export.progress import step

SHOWN = 12
"""Layers of the table that is printed."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """A way to reduce a network by layers. layers: their names, in the network's order, to what they are.

    build: the network of which just the layers of these names are reduced.
    """

    layers: dict[str, str]
    build: Callable[[Collection[str]], Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """What the network itself sees in some photos. tensors: its inputs; mattes: what it makes of them."""

    spec: ModelSpec
    tensors: Sequence[Any]
    mattes: Sequence[Matte]

    @classmethod
    def of(cls, model: Any, spec: ModelSpec, tensors: Sequence[Any]) -> "Witness":
        network = Segmenter(model.SerializeToString(), spec)
        return cls(spec, tensors, [network.see(tensor) for tensor in tensors])

    def lost(self, model: Any) -> Lost:
        """How far a model is from that: the means over the photos, and the largest difference of all."""
        network = Segmenter(model.SerializeToString(), self.spec)
        rows = [lost(network.see(tensor), old) for tensor, old in zip(self.tensors, self.mattes, strict=True)]
        count = len(rows)
        return Lost(
            max(row.largest for row in rows),
            sum(row.mean for row in rows) / count,
            sum(row.agreement for row in rows) / count,
        )


def search(reduction: Reduction, witness: Witness, allowed: float) -> Any:
    """The network with all layers reduced but as few as need to be left, so that 1 - agreement is within `allowed`.

    Where all may be reduced, no layer is looked at. Otherwise each is reduced alone and ordered by the mean difference
    of the mattes; the worst 1, 2, 4 … are left, until it is enough. Prints what it finds, and says where it never is.
    """
    names = list(reduction.layers)
    model = reduction.build(names)
    whole = witness.lost(model)
    print(f"  all {len(names)} layers: {_said(whole)}")
    if 1 - whole.agreement <= allowed:
        return model
    with step("sensitivity"):
        alone = {name: witness.lost(reduction.build([name])) for name in names}
    worst = sorted(names, key=lambda name: -alone[name].mean)
    for name in worst[:SHOWN]:
        print(f"  {reduction.layers[name]} {name} alone: {_said(alone[name])}")
    count = 1
    while count < len(names):
        left = set(worst[:count])
        model = reduction.build([name for name in names if name not in left])
        found = witness.lost(model)
        print(f"  without the worst {count} of {len(names)} layers: {_said(found)}")
        if 1 - found.agreement <= allowed:
            return model
        count *= 2
    print("  no part of the layers can be reduced within what is allowed")
    return model


def _said(found: Lost) -> str:
    return f"agreement {found.agreement:.4f}, mattes differ by {found.mean:.1e}"
