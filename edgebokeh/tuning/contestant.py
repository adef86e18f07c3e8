"""What one setting of `edgebokeh tune` does in a process of its own: its mattes once, then walks by the block."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgebokeh import images, pipeline
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
        "milliseconds": of one walk through all photos. "finder", "matting": side of the square whose area the input of
        the network has, in pixels; 0 where it takes no other.
        """
        photos = [images.decode(data, "the photo") for data in self._data]
        masks = [self._bokeh.mask(images.to_8_bit(photo.pixels)).pixels for photo in photos]
        np.savez_compressed(request["masks"], *masks)
        self._walk()
        verdict = self._bokeh.verdict
        told = {"ran": verdict.provider, "share": verdict.share}
        return told | {"milliseconds": self._walk(), **self._sides(), "cold": {}}

    def round(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One block of as many walks through all photos as the request says: milliseconds of one, on average."""
        return {"milliseconds": sum(self._walk() for _ in range(request["walks"])) / request["walks"]}

    def _walk(self) -> float:
        start = time.perf_counter()
        for data in self._data:
            self._bokeh.convert(data)
        return (time.perf_counter() - start) * 1000

    def _sides(self) -> dict[str, int]:
        look, finder = Look(quality=self._setting.quality), self._bokeh.finder
        matting = self._bokeh.networks(look).matting
        return {
            "finder": math.isqrt(math.prod(finder.size)) if finder.is_open else 0,
            "matting": look.preset.matting if matting and matting.is_open else 0,
        }
