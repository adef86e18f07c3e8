"""What one configuration of a benchmark does: the whole walk of a photo, and its network alone."""

import hashlib
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from edgebokeh import __version__, images, pipeline, tensors
from edgebokeh.arrays import Floats
from edgebokeh.benchmark import meters
from edgebokeh.benchmark.configuration import Configuration
from edgebokeh.engine import Network
from edgebokeh.errors import ContradictionError
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh

WARM = 2
"""Walks, and runs of the network, that do not count: the first ones allocate."""

Block = dict[str, Any]
"""What a block of walks took. walk: milliseconds of each. stages: the same by stage. photos: how many walked. missed:
frames that came late. seconds: of the clock on the wall, of a paced block."""


class Workload:
    """Open networks, a photo in memory, and the input that the finder gets."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._configuration = Configuration.from_dict(request["configuration"])
        self._data = Path(request["photo"]).read_bytes()
        self._look = Look(quality=request["quality"])
        start = time.perf_counter()
        self._bokeh = _load(self._configuration)
        self._create = _since(start)
        self._network = self._bokeh.finder
        self._input = self._prepared()

    def opened(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """How cold it was, what runs, and what came out, for whom it concerns in the file request["outputs"].

        "cold": milliseconds to open the network, of its first run, and of the first walk. "warm": of a later walk and
        run. The file holds the arrays raw, the network's output for one picture, and matte, h×w.
        """
        start = time.perf_counter()
        raw = self._network.run(self._input)
        cold = {"create": self._create, "run": _since(start)}
        finite = bool(np.isfinite(raw).all())
        matte = tensors.to_matte(raw[:1], self._network.spec) if finite else np.zeros((1, 1), np.float32)
        np.savez(request["outputs"], raw=raw[:1], matte=matte)
        warm = {"run": min(_runs(self._network, self._input, WARM))}
        if self._configuration.batch == 1 and finite:
            cold["walk"], *others = self._single({"walks": 1 + WARM})["walk"]
            warm["walk"] = min(others)
        path = self._network.path
        return {
            "cold": cold,
            "warm": warm,
            "verdict": _verdict(self._network),
            "model": {
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "numbers": meters.number_kind(path),
                "size": self._network.size,
            },
            "versions": _versions(),
        }

    def round(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One block of "walks" in the request's scenario, then one of "runs" of the network; both may be 0.

        "cpu": seconds that all cores worked for one photo, or one picture where only the network runs. "worked": for
        both blocks.
        """
        worked = time.process_time()
        block = SCENARIOS[request["scenario"]](self, request) if request["walks"] else _block([])
        walked = time.process_time()
        network = _runs(self._network, self._input, request["runs"])
        spent = walked - worked if block["photos"] else time.process_time() - walked
        each = spent / (block["photos"] or len(network) * self._configuration.batch)
        network = [milliseconds / self._configuration.batch for milliseconds in network]
        return block | {"network": network, "cpu": each, "worked": time.process_time() - worked}

    def probed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ "peaks": bytes by stage, and of the "process". "kernels": shares by provider, on the request's "profile"."""
        clock = meters.MemoryClock()
        if self._configuration.batch == 1:
            self._bokeh.convert(self._data, look=self._look, clock=clock)
        kernels = meters.kernel_shares(self._network, self._input) if request["profile"] else {}
        return {"peaks": clock.peaks, "resident": meters.resident("VmRSS"), "kernels": kernels}

    def _single(self, request: Mapping[str, Any]) -> Block:
        """One photo after the other."""
        return _block([self._walked() for _ in range(request["walks"])])

    def _paced(self, request: Mapping[str, Any]) -> Block:
        """A frame is due at every beat. Missed are those not done at the next, and those that come meanwhile."""
        period, walks, missed, beat = 1 / request["fps"], [], 0, 0
        start = time.perf_counter()
        while beat < request["walks"]:
            time.sleep(max(0.0, start + beat * period - time.perf_counter()))
            walks.append(self._walked())
            done = int((time.perf_counter() - start) / period)
            if done > beat:
                missed += min(done + 1, request["walks"]) - beat
            beat = max(done, beat) + 1
        # The block lasts to its last beat, or until its last photo is done.
        seconds = max(request["walks"] * period, time.perf_counter() - start)
        return _block(walks) | {"missed": missed, "seconds": seconds}

    def _offline(self, request: Mapping[str, Any]) -> Block:
        """Several photos at once; what counts is the time of all of them by their number."""
        start = time.perf_counter()
        with ThreadPoolExecutor(request["flight"]) as pool:
            walks = list(pool.map(lambda _: self._walked(), range(request["walks"])))
        return _block(walks) | {"walk": [_since(start) / len(walks)]}

    def _walked(self) -> tuple[float, Mapping[str, float]]:
        start = time.perf_counter()
        _, report = self._bokeh.convert(self._data, look=self._look)
        return _since(start), report.milliseconds

    def _prepared(self) -> Floats:
        """The photo as the network's input, as often as the batch says."""
        batch, shape = self._configuration.batch, self._network.session.get_inputs()[0].shape
        if batch > 1 and isinstance(shape[0], int):
            raise ContradictionError(
                f"{self._network.spec.name} takes {shape[0]} picture at a time, not {batch}", "leave --batch out for it"
            )
        photo = images.decode(self._data, "the photo")
        one, _ = tensors.prepare(images.to_8_bit(photo.pixels), self._network.spec, self._network.size)
        return np.ascontiguousarray(np.repeat(one, batch, axis=0))


def _load(wish: Configuration) -> Bokeh:
    """The networks as the configuration wants them, from the model's own file: a kept graph would not be cold."""
    more: dict[str, Any] = {"provider_options": dict(wish.options)} if wish.options else {}
    if wish.allow_fallback:
        more["allow_fallback"] = True
    bokeh = pipeline.load(wish.model, provider=wish.provider, threads=wish.threads, cache=False, **more)
    network = bokeh.finder
    if wish.size and wish.size != network.size:
        _check_size(network, wish.size)
        return Bokeh(replace(network, size=wish.size), pipeline.MATTING)
    return bokeh


def _check_size(network: Network, size: tuple[int, int]) -> None:
    height, width = network.size
    name, multiple = network.spec.name, network.spec.multiple
    if not network.is_open:
        raise ContradictionError(f"{name} takes {width}×{height} only", "leave --size out for it")
    if any(side % multiple for side in size):
        raise ContradictionError(f"{name} takes multiples of {multiple} only", f"choose another --size than {size}")


def _runs(network: Network, tensor: Floats, count: int) -> list[float]:
    """Milliseconds of each run."""
    spent = []
    for _ in range(count):
        start = time.perf_counter()
        network.run(tensor)
        spent.append(_since(start))
    return spent


def _block(walks: list[tuple[float, Mapping[str, float]]]) -> Block:
    stages: dict[str, list[float]] = {}
    for _, spent in walks:
        for stage, milliseconds in spent.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {"walk": [whole for whole, _ in walks], "stages": stages, "photos": len(walks), "missed": 0, "seconds": 0.0}


def _verdict(network: Network) -> dict[str, Any]:
    """What the engine says of who runs the network; of an engine that only knows the provider, that."""
    verdict = getattr(network, "verdict", None)
    names = ("device", "share", "fallback", "note")
    return {"provider": network.provider, **{name: getattr(verdict, name, None) for name in names}}


def _versions() -> dict[str, str]:
    """Of this Python and the libraries in it; every package whose name begins with onnxruntime is told."""
    runtimes = {one.name: one.version for one in distributions() if (one.name or "").lower().startswith("onnxruntime")}
    return {
        "edgebokeh": __version__,
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "onnxruntime": ort.__version__,
        **runtimes,
    }


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


SCENARIOS: dict[str, Callable[[Workload, Mapping[str, Any]], Block]] = {
    "single": Workload._single,
    "paced": Workload._paced,
    "offline": Workload._offline,
}
