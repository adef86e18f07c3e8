"""The networks that a configuration needs: opened, given an input each, and described."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgebokeh import catalog, engine, images, probe, sessions, tensors, threads, weights
from edgebokeh.arrays import Floats
from edgebokeh.benchmark.configuration import Configuration
from edgebokeh.engine import Network
from edgebokeh.errors import ContradictionError
from edgebokeh.execution import Wish
from edgebokeh.look import Look
from edgebokeh.pipeline import MATTING, Bokeh
from edgebokeh.sessions import Runtime


def opened(wish: Configuration, look: Look, *, compare: bool) -> tuple[Bokeh, list[Network]]:
    """The networks of a walk, the finder first, from the models' own files: a kept graph would not be cold.

    compare: see `Runtime`. Raises what `edgebokeh.load` raises, ContradictionError for a size that cannot be.
    """
    own, count = tuple(wish.options.items()), threads.allowed(wish.threads)
    runtime = Runtime((wish.provider,), own, wish.allow_fallback, count, cache=False, compare=compare)
    finder = engine.open_network(catalog.find(wish.model), None, probe.chosen(runtime))
    if wish.size and wish.size != finder.size:
        _check_size(finder, wish.size)
        finder = replace(finder, size=wish.size)
    bokeh = Bokeh(finder, MATTING)
    found = bokeh.networks(look)
    return bokeh, [one for one in (found.finder, found.matting) if one]


def inputs(networks: Sequence[Network], data: bytes, look: Look, batch: int) -> list[tuple[Network, Floats]]:
    """Each network with the photo in its size, as often as the batch says. data: of a picture file.

    Raises PhotoError, ContradictionError where a network takes no such batch.
    """
    pixels, found = images.to_8_bit(images.decode(data, "the photo").pixels), []
    for place, network in enumerate(networks):
        fixed = network.session.get_inputs()[0].shape[0]
        if batch > 1 and isinstance(fixed, int):
            text = f"{network.spec.name} takes {fixed} picture at a time, not {batch}"
            raise ContradictionError(text, "leave --batch out for it")
        size = network.shaped(pixels.shape[:2], look.preset.matting) if place else network.size
        one, _ = tensors.prepare(pixels, network.spec, size)
        found.append((network, np.ascontiguousarray(np.repeat(one, batch, axis=0))))
    return found


def uncompared(networks: Sequence[Network]) -> list[str]:
    """Holds the outputs of each network against the CPU's. Returns why that could not be, where it could not.

    Raises ProviderWrongError, ProviderNotUsedError where a network does not run.
    """
    found = [
        sessions.compared(one.session, Wish(one.provider), one.path, one.runtime)[1]
        for one in networks
        if one.provider != "cpu" and not one.runtime.compare
    ]
    return [why for why in found if why]


def verdict(networks: Sequence[Network], notes: Sequence[str]) -> dict[str, Any]:
    """What runs them, taken together. notes: what else is to be known."""
    whole = sessions.together([one.verdict for one in networks])
    names = ("provider", "device", "share", "fallback")
    note = "; ".join(dict.fromkeys(filter(None, (whole.note, *notes))))
    return {**{name: getattr(whole, name) for name in names}, "note": note}


def described(networks: Sequence[Network]) -> dict[str, Any]:
    """Their files: bytes of all, hashes and kinds of numbers of each, joined by "+"; size: of the finder's input."""
    data = [one.path.read_bytes() for one in networks]
    return {
        "name": "+".join(one.spec.name for one in networks),
        "bytes": sum(map(len, data)),
        "sha256": "+".join(hashlib.sha256(one).hexdigest() for one in data),
        "numbers": "+".join(dict.fromkeys(weights.number_kind(one.path) for one in networks)),
        "size": networks[0].size,
    }


def _check_size(network: Network, size: tuple[int, int]) -> None:
    height, width = network.size
    name, multiple = network.spec.name, network.spec.multiple
    if not network.is_open:
        raise ContradictionError(f"{name} takes {width}×{height} only", "leave --size out for it")
    if any(side % multiple for side in size):
        raise ContradictionError(
            f"{name} takes multiples of {multiple} only", f"choose another --size than {size[1]}x{size[0]}"
        )
