"""What one setting of `edgebokeh tune` does in a process of its own: its mattes once, then walks by the block."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgebokeh import catalog, engine, images, pipeline
from edgebokeh.device_profile import DeviceProfile, Setting
from edgebokeh.look import Look


class Contestant:
    """Networks opened as a profile would, and photos in memory."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._setting = Setting(**request["setting"])
        self._data = [Path(name).read_bytes() for name in request["photos"]]
        # From the model's own file: what is kept for later runs must not depend on who was tried.
        self._bokeh = pipeline.load(cache=False, profile=DeviceProfile(name="tuned", setting=self._setting))

    def opened(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The masks of the photos, H×W uint8, go to the file request["masks"]; what ran, and how long a walk takes.

        "ran": the provider's key. "share": of the nodes on it, 0..1, None where unknown.
        "milliseconds": of one walk through all photos. "open": whether the matting network takes inputs of any size.
        """
        photos = [images.decode(data, "the photo") for data in self._data]
        masks = [self._bokeh.mask(images.to_8_bit(photo.pixels)).pixels for photo in photos]
        np.savez_compressed(request["masks"], *masks)
        self._walk()
        verdict = self._bokeh.verdict
        told = {"ran": verdict.provider, "share": verdict.share}
        return told | {"milliseconds": self._walk(), "open": self._takes_any_size(), "cold": {}}

    def round(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One block of as many walks through all photos as the request says: milliseconds of one, on average."""
        return {"milliseconds": sum(self._walk() for _ in range(request["walks"])) / request["walks"]}

    def _walk(self) -> float:
        start = time.perf_counter()
        for data in self._data:
            self._bokeh.convert(data)
        return (time.perf_counter() - start) * 1000

    def _takes_any_size(self) -> bool:
        if not (Look(quality=self._setting.quality).preset.matting and self._setting.matting):
            return False
        runtime = self._bokeh.finder.runtime
        return engine.open_network(catalog.find(self._setting.matting), None, runtime).is_open
