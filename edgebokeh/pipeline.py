"""The walk of one photo: decode, prepare, infer, matte, refine, blur, composite, encode; each stage is timed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np

from edgebokeh import catalog, compose, engine, images, matte, subject, tensors
from edgebokeh import threads as parallel
from edgebokeh.arrays import Mask, Matte, Order, Pixels
from edgebokeh.backdrop import backdrop
from edgebokeh.errors import (
    ModelUnsuitableError,
    NoPersonError,
    OutputFormatError,
    PhotoUnreadableError,
    ValueRangeError,
)
from edgebokeh.images import Photo
from edgebokeh.look import Look, is_photo
from edgebokeh.sessions import Runtime
from edgebokeh.spec import ModelSpec, named
from edgebokeh.stages import Clock
from edgebokeh.subject import Networks

Task = Literal["blur", "mask", "cutout"]

MIN_SUBJECT = 0.5
"""The share of the picture, in %, under which a subject counts as none."""

MATTING = "modnet"
"""The network that draws edges for the quality "best"."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, and what ran.

    pixels: for a blur H×W×3 in the order and dtype of the photo (a comparison is wider, and uint8), for a mask H×W
        uint8, for a cutout H×W×4, alpha last.
    matte: H×W float32 in [0, 1], 1 = subject; with `classic` only 0 and 1.
    share: the part of the picture that is subject, 0..1. person: whether that counts as a person.
    model: names of the networks that ran, the finder first, joined by "+". provider: a key of PROVIDERS, what they
        really ran on.
    milliseconds: by stage, in the order of the walk.
    """

    pixels: Pixels
    matte: Matte
    share: float
    person: bool
    model: str
    provider: str
    milliseconds: Mapping[str, float]


def load(
    model: str | Path = "selfie",
    *,
    provider: str = "cpu",
    spec: ModelSpec | str | None = None,
    matting: str | Path | None = MATTING,
    gate: str | Path | None = None,
    threads: int | None = None,
    cache: bool = True,
) -> "Bokeh":
    """Opens the networks, ready for any number of photos.

    model: the finder, a name that `edgebokeh models` lists, or the path of an .onnx file. provider: an execution
    provider, such as "cpu" or "cuda". spec: describes a finder that does not describe itself; a row of
    `spec.PROFILES` or a JSON file by name, or the ModelSpec. matting: the network that draws edges, opened when it is
    first needed; None goes without. gate: a class-aware finder, such as a DeepLabv3, that has to see a person too.
    threads: to work with, 1 to 1024; None takes as many as the process may use cores. OpenCV's number is set for the
    whole process. cache: keep optimised networks in the user's cache folder, and start faster from there.
    Raises ValueRangeError, ModelError and ProviderError with their subclasses; for the matting network, the first photo
    that needs it raises them.
    """
    explicit = named(spec) if isinstance(spec, str) else spec
    runtime = Runtime(provider, parallel.use(threads), cache)
    finder = engine.open_network(catalog.find(str(model)), explicit, runtime)
    guard = engine.open_network(catalog.find(str(gate)), None, runtime) if gate else None
    if guard and (guard.spec.task != "segmentation" or guard.spec.classes == 1):
        raise ModelUnsuitableError(
            f"{guard.spec.name} cannot be a gate: it does not tell people from other things",
            "use a model of several classes, such as a DeepLabv3",
        )
    return Bokeh(finder, matting, guard)


class Bokeh:
    """Loaded networks and what they can do to photos. Safe to share between threads."""

    def __init__(
        self, finder: engine.Network, matting: str | Path | None = None, gate: engine.Network | None = None
    ) -> None:
        self._networks = Networks(finder, None, gate)
        self._matting = matting
        self._opening = threading.Lock()

    def blur(self, pixels: Pixels, look: Look | None = None, *, order: Order = "bgr") -> Result:
        """The photo with its background blurred.

        pixels: H×W×3 uint8 or uint16, upright, channels in `order`; it is not changed.
        Raises PhotoUnreadableError for other arrays, NoPersonError where the look asks for that.
        """
        return self._on_array("blur", pixels, look, order)

    def mask(self, pixels: Pixels, look: Look | None = None, *, order: Order = "bgr") -> Result:
        """The subject's matte as a grey picture, H×W uint8, 255 = subject. Takes and raises what `blur` does."""
        return self._on_array("mask", pixels, look, order)

    def cutout(self, pixels: Pixels, look: Look | None = None, *, order: Order = "bgr") -> Result:
        """The subject with the matte as alpha channel, H×W×4; edge pixels carry its own colours, not the background's.

        Takes and raises what `blur` does.
        """
        return self._on_array("cutout", pixels, look, order)

    def convert(
        self, data: bytes, task: Task = "blur", look: Look | None = None, *, ending: str = "", name: str = "the photo"
    ) -> tuple[bytes, Result]:
        """One picture file to another: the whole walk.

        data: bytes of a picture file. ending: format of the result, such as ".png"; "" takes the photo's own for a blur
        and ".png" for the others. name: what to call the photo in an error. Returns the bytes of a file and the result.
        Raises PhotoError, OutputFormatError, NoPersonError.
        """
        ending = ending or ("" if task == "blur" else ".png")
        if task == "cutout" and not images.output_format(ending).alpha:
            raise OutputFormatError(f"{ending} cannot hold a transparent background", "use .png, .webp, .tif or .avif")
        clock = Clock()
        with clock.stage("decode"):
            photo = images.decode(data, name)
        ending = ending or photo.ending
        images.output_format(ending)
        picture, result = self._walk(photo, task, look or Look(), clock, name)
        with clock.stage("encode"):
            file = images.encode(picture, ending)
        return file, replace(result, milliseconds=clock.milliseconds)

    def _on_array(self, task: Task, pixels: Pixels, look: Look | None, order: Order) -> Result:
        if not is_photo(pixels):
            kind = np.asarray(pixels)
            raise PhotoUnreadableError(
                f"a photo is H×W×3 uint8 or uint16, not {'×'.join(map(str, kind.shape))} {kind.dtype}",
                "convert the array first",
            )
        if order not in get_args(Order):
            raise ValueRangeError(f"the order of channels is {order!r}", "use bgr or rgb")
        photo = Photo(pixels if order == "bgr" else np.ascontiguousarray(pixels[..., ::-1]))
        picture, result = self._walk(photo, task, look or Look(), Clock(), "the photo")
        channels = picture.pixels[..., 0] if picture.grey else picture.pixels
        if order == "rgb" and not picture.grey:
            channels = channels[..., ::-1]
        if picture.alpha is not None:
            channels = np.dstack([channels, picture.alpha])
        return replace(result, pixels=np.array(channels, order="C"))

    def _walk(self, photo: Photo, task: Task, look: Look, clock: Clock, name: str) -> tuple[Photo, Result]:
        if look.classic:
            photo = images.in_8_bit(photo)
        networks = self._networks_for(look)
        with clock.stage("prepare"):
            small = photo.pixels if look.classic else matte.reduced(photo.pixels)
        if look.classic:
            found = self._classic_mask(photo.pixels, clock)
        else:
            found = _find(networks, photo.pixels, small, look, clock)
        share = matte.share(found)
        least = look.min_subject if look.min_subject is not None else 0.0 if look.classic else MIN_SUBJECT
        person = bool(share > 0 and share >= least / 100)
        if not person:
            found, share = np.zeros_like(found), 0.0
        with clock.stage("refine"):
            found = matte.shifted(found, look.expand or 0, look.feather or 0)
        wish = look.no_person or ("blur" if look.classic else "keep")
        if not person and wish == "fail":
            raise NoPersonError(f"no person found in {name}", "use --no-person keep or blur to get a picture anyway")
        picture = (
            _TASKS[task](photo, small, found, look, clock) if person or task != "blur" or wish == "blur" else photo
        )
        if look.compare:
            picture = _compare(photo, found, picture)
        model, provider = "+".join(clock.networks), networks.finder.provider
        return picture, Result(picture.pixels, found, share, person, model, provider, clock.milliseconds)

    def _networks_for(self, look: Look) -> Networks:
        """Those that the look needs; the matting network is opened for the first photo that does."""
        if look.classic or not look.preset.matting:
            return replace(self._networks, matting=None)
        if self._matting is None:
            raise ModelUnsuitableError("there is no matting network for the quality best", "use --quality balanced")
        with self._opening:
            if self._networks.matting is None:
                network = engine.open_network(catalog.find(str(self._matting)), None, self._networks.finder.runtime)
                if network.spec.task != "matting":
                    raise ModelUnsuitableError(f"{network.spec.name} is no matting network", "use modnet")
                self._networks = replace(self._networks, matting=network)
        return self._networks

    def _classic_mask(self, pixels: Pixels, clock: Clock) -> Matte:
        """0 or 1, enlarged to the nearest pixel, as the source method makes it."""
        finder = self._networks.finder
        with clock.stage("prepare"):
            tensor, placement = tensors.prepare(pixels, finder.spec, finder.size, cv2.INTER_LINEAR)
        with clock.stage("infer", finder.spec.name):
            raw = finder.run(tensor)
        with clock.stage("matte"):
            mask = tensors.to_mask(raw, finder.spec)
        with clock.stage("refine"):
            return (placement.unfit(mask, cv2.INTER_NEAREST) / 255).astype(np.float32)


def _find(networks: Networks, pixels: Pixels, small: Pixels, look: Look, clock: Clock) -> Matte:
    """The subject's matte at the photo's size, as the look's quality and subject want it."""
    found = subject.find(networks, pixels, small, look.preset, clock)
    with clock.stage("refine"):
        if look.subject == "main":
            found = matte.main_subject(found)
        if look.preset.radius:
            found = matte.refine(pixels, small, matte.solid(found), look.preset.radius, look.preset.eps)
        else:
            found = matte.resize(found, pixels.shape[:2])
        return found


def _blur(photo: Photo, small: Pixels, found: Matte, look: Look, clock: Clock) -> Photo:
    if look.classic:
        kernel = look.kernel_for(*photo.pixels.shape[:2])
        with clock.stage("blur"):
            blurred = cv2.GaussianBlur(photo.pixels, (kernel, kernel), 0)
        with clock.stage("composite"):
            return replace(photo, pixels=compose.join(photo.pixels, blurred, _grey(found)))
    with clock.stage("blur"):
        far = backdrop(photo.pixels, found, small.shape[:2], look)
    with clock.stage("composite"):
        colours = matte.colours(small, found) if look.preset.colours else None
        return replace(photo, pixels=compose.blend(photo.pixels, found, far, colours))


def _mask(photo: Photo, _small: Pixels, found: Matte, _look: Look, _clock: Clock) -> Photo:
    grey = _grey(found)
    return Photo(cv2.merge([grey, grey, grey]), grey=True, ending=photo.ending)


def _cutout(photo: Photo, small: Pixels, found: Matte, _look: Look, clock: Clock) -> Photo:
    limit = np.iinfo(photo.pixels.dtype).max
    with clock.stage("composite"):
        pixels = compose.decontaminated(photo.pixels, found, matte.colours(small, found))
        opaque = found * (limit if photo.alpha is None else photo.alpha)
        return replace(photo, pixels=pixels, alpha=np.rint(opaque).astype(photo.pixels.dtype))


def _compare(photo: Photo, found: Matte, result: Photo) -> Photo:
    mask = _grey(found)
    panels = (("photo", photo.pixels), ("mask", cv2.merge([mask, mask, mask])), ("result", result.pixels))
    sheet = compose.side_by_side([(label, images.to_8_bit(pixels)) for label, pixels in panels])
    return Photo(sheet, ending=photo.ending)


def _grey(found: Matte) -> Mask:
    mask: Mask = np.rint(found * 255).astype(np.uint8)
    return mask


_TASKS = {"blur": _blur, "mask": _mask, "cutout": _cutout}
