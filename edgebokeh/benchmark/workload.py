"""What one configuration of a benchmark does: the whole walk of a photo, and its networks alone."""

import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from edgebokeh import __version__, tensors
from edgebokeh.benchmark import meters, networks
from edgebokeh.benchmark.configuration import Configuration
from edgebokeh.errors import ProviderError
from edgebokeh.look import Look

WARM = 2
"""Walks, and runs of the network, that do not count: the first ones allocate."""

Block = dict[str, Any]
"""What a block of walks took. walk: milliseconds of each. stages: the same by stage. photos: how many walked. missed:
frames that came late. seconds: of the clock on the wall, of a paced block."""


class Workload:
    """Open networks, a photo in memory, and the input that each of them gets.

    With a quality that draws edges there are two networks, the finder and the matting network, and what is said of "the
    network" is of both: a run is one of each.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._configuration = Configuration.from_dict(request["configuration"])
        self._data = Path(request["photo"]).read_bytes()
        self._look = Look(quality=request["quality"])
        self._open(compare=False)

    def opened(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """How cold it was, what runs, and what came out, for whom it concerns in the file request["outputs"].

        "cold": milliseconds to open the networks, of their first run, and of the first walk. "warm": of a later walk
        and run. "peaks": bytes by stage of one more walk, and under `meters.TOGETHER` of as many at once as the
        request's "flight", if that is above 1; "resident": once all that is done. "person": whether it found one. Only
        then the outputs are held against the CPU's, so that none of these figures is of the CPU's session.
        The file holds the arrays raw0, the network's output for one picture, and matte0, h×w; raw1 and matte1 of the
        second network.
        """
        try:
            answer, notes = self._judged(request)
        except ProviderError:
            if not self._inputs[0][0].runtime.allow_fallback:
                raise
            # What is found out only now is known at once by those who do not wait for it: they go on to the next wish.
            self._open(compare=True)
            answer, notes = self._judged(request)
        found = [network for network, _ in self._inputs]
        facts = {"verdict": networks.verdict(found, notes), "model": networks.described(found)}
        return answer | facts | {"versions": _versions()}

    def round(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One block of "walks" in the request's scenario, then one of "runs" of the network; both may be 0.

        "cpu": seconds that all cores worked for one photo, or one picture where only the network runs. "worked": for
        both blocks.
        """
        worked = time.process_time()
        block = SCENARIOS[request["scenario"]](self, request) if request["walks"] else _block([])
        walked = time.process_time()
        network = self._runs(request["runs"])
        spent = walked - worked if block["photos"] else time.process_time() - walked
        each = spent / (block["photos"] or len(network) * self._configuration.batch)
        network = [milliseconds / self._configuration.batch for milliseconds in network]
        return block | {"network": network, "cpu": each, "worked": time.process_time() - worked}

    def probed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ "kernels": shares of their time by provider, on the request's "profile"."""
        return {"kernels": meters.kernel_shares(self._inputs) if request["profile"] else {}}

    def _open(self, *, compare: bool) -> None:
        start = time.perf_counter()
        self._bokeh, found = networks.opened(self._configuration, self._look, compare=compare)
        self._create = _since(start)
        self._inputs = networks.inputs(found, self._data, self._look, self._configuration.batch)

    def _judged(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """What `_measured` says, and why outputs were not compared. Raises ProviderError also where nothing runs."""
        notes: list[str] = []
        try:
            answer = self._measured(request)
        finally:
            notes += networks.uncompared([network for network, _ in self._inputs])
        return answer, notes

    def _measured(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Cold and warm milliseconds, and memory; writes the outputs. See `opened`."""
        start = time.perf_counter()
        raws = [network.run(tensor)[:1] for network, tensor in self._inputs]
        cold = {"create": self._create, "run": _since(start)}
        finite = all(bool(np.isfinite(raw).all()) for raw in raws)
        arrays = {f"raw{place}": raw for place, raw in enumerate(raws)}
        for place, ((network, _), raw) in enumerate(zip(self._inputs, raws, strict=True)):
            arrays[f"matte{place}"] = tensors.to_matte(raw, network.spec) if finite else np.zeros((1, 1), np.float32)
        np.savez(request["outputs"], **arrays)  # type: ignore[arg-type]
        warm, clock, person = {"run": min(self._runs(WARM))}, meters.MemoryClock(), None
        if self._configuration.batch == 1 and finite:
            cold["walk"], *others = self._single({"walks": 1 + WARM})["walk"]
            warm["walk"] = min(others)
            person = self._bokeh.convert(self._data, look=self._look, clock=clock)[1].person
            if request["flight"] > 1:
                with clock.stage(meters.TOGETHER):
                    self._offline({"walks": request["flight"], "flight": request["flight"]})
        facts = {"peaks": clock.peaks, "resident": meters.resident("VmRSS"), "person": person}
        return {"cold": cold, "warm": warm, **facts}

    def _runs(self, count: int) -> list[float]:
        """Milliseconds of each run, which is one of every network."""
        spent = []
        for _ in range(count):
            start = time.perf_counter()
            for network, tensor in self._inputs:
                network.run(tensor)
            spent.append(_since(start))
        return spent

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


def _block(walks: list[tuple[float, Mapping[str, float]]]) -> Block:
    stages: dict[str, list[float]] = {}
    for _, spent in walks:
        for stage, milliseconds in spent.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {"walk": [whole for whole, _ in walks], "stages": stages, "photos": len(walks), "missed": 0, "seconds": 0.0}


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
