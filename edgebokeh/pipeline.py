"""The walk of one photo: decode, prepare, infer, matte, refine, blur, composite, encode; each stage is timed."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from edgebokeh import catalog, compose, engine, images, spec, styles, tensors
from edgebokeh.arrays import Mask, Matte, Order, Pixels
from edgebokeh.errors import KernelError, NoPersonError, PhotoUnreadableError
from edgebokeh.images import Photo

Task = Literal["blur", "mask", "cutout"]
NoPerson = Literal["keep", "blur", "fail"]

CLASSIC_KERNEL = 51
"""The kernel of the source method; also the default one for a photo of REFERENCE_SIDE pixels on its long side."""

REFERENCE_SIDE = 1024

MIN_SUBJECT = 0.001
"""The share of the picture under which a subject counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the caller wants to see.

    kernel: size of the Gaussian in pixels, odd, as in OpenCV. None takes 51 for a photo of 1024 pixels on the long side
        and in proportion for others; with `classic` always 51.
    classic: the source method to the bit: binary mask, nearest enlargement, the whole photo blurred, bitwise join.
    compare: photo, mask and result side by side instead of the result alone.
    no_person: what to do with a photo without a person: "keep" it sharp, "blur" all of it, or "fail" with
        NoPersonError. None is "keep", and "blur" for `classic`, whose method knows no such case.

    Raises KernelError for a kernel that is not odd and positive.
    """

    kernel: int | None = None
    classic: bool = False
    compare: bool = False
    no_person: NoPerson | None = None

    def __post_init__(self) -> None:
        if self.kernel is not None and (self.kernel < 1 or self.kernel % 2 == 0):
            below, above = max(1, self.kernel - 1), max(1, self.kernel + 1)
            choice = f"{below} or {above}" if below != above else "1"
            raise KernelError(f"a kernel of {self.kernel} is not odd and positive", f"use {choice}")

    def kernel_for(self, height: int, width: int) -> int:
        """The kernel in pixels for a photo of that size."""
        if self.kernel is not None:
            return self.kernel
        if self.classic:
            return CLASSIC_KERNEL
        return 2 * round(CLASSIC_KERNEL * max(height, width) / REFERENCE_SIDE / 2 - 0.5) + 1


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, and what ran.

    pixels: for a blur H×W×3 in the order and dtype of the photo (a comparison is wider, and uint8), for a mask H×W
        uint8, for a cutout H×W×4, alpha last.
    matte: H×W float32 in [0, 1], 1 = subject; with `classic` only 0 and 1.
    share: the part of the picture that is subject, 0..1. person: whether that counts as a person.
    model, provider: what really ran, by its name here: a ModelSpec's and a key of PROVIDERS.
    milliseconds: by stage, in the order of the walk.
    """

    pixels: Pixels
    matte: Matte
    share: float
    person: bool
    model: str
    provider: str
    milliseconds: Mapping[str, float]


def load(model: str | Path = "selfie", *, provider: str = "cpu", description: str | None = None) -> "Bokeh":
    """Opens a network, ready for any number of photos.

    model: a name that `edgebokeh models` lists, or the path of an .onnx file. provider: an execution provider, such as
    "cpu" or "cuda". description: for a model that carries none, a row of `spec.PROFILES` or a JSON file.
    Raises ModelError and ProviderError with their subclasses.
    """
    explicit = spec.named(description) if description else None
    return Bokeh(engine.open_network(catalog.find(str(model)), explicit, provider))


class Bokeh:
    """A loaded network and what it can do to photos. Safe to share between threads."""

    def __init__(self, network: engine.Network) -> None:
        self.network = network

    def blur(self, pixels: Pixels, look: Look | None = None, *, order: Order = "bgr") -> Result:
        """The photo with its background blurred.

        pixels: H×W×3 uint8 or uint16, upright, channels in `order`; it is not changed.
        Raises PhotoUnreadableError for other arrays, NoPersonError where the look asks for that.
        """
        return self._on_array("blur", pixels, look or Look(), order)

    def mask(self, pixels: Pixels, *, order: Order = "bgr") -> Result:
        """The subject's matte as a grey picture, H×W uint8, 255 = subject. Takes and raises what `blur` does."""
        return self._on_array("mask", pixels, Look(), order)

    def cutout(self, pixels: Pixels, *, order: Order = "bgr") -> Result:
        """The photo with the matte as its alpha channel, H×W×4. Takes and raises what `blur` does."""
        return self._on_array("cutout", pixels, Look(), order)

    def convert(
        self, data: bytes, task: Task = "blur", look: Look | None = None, *, ending: str = "", name: str = "the photo"
    ) -> tuple[bytes, Result]:
        """One picture file to another: the whole walk.

        data: bytes of a picture file. ending: format of the result, such as ".png"; "" takes the photo's own for a blur
        and ".png" for the others. name: what to call the photo in an error. Returns the bytes of a file and the result.
        Raises PhotoError, OutputFormatError, NoPersonError.
        """
        milliseconds: dict[str, float] = {}
        with _stage("decode", milliseconds):
            photo = images.decode(data, name)
        ending = ending or (photo.ending if task == "blur" else ".png")
        images.output_format(ending)
        picture, result = self._walk(photo, task, look or Look(), milliseconds, name)
        with _stage("encode", milliseconds):
            file = images.encode(picture, ending)
        return file, result

    def _on_array(self, task: Task, pixels: Pixels, look: Look, order: Order) -> Result:
        if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype not in (np.uint8, np.uint16):
            raise PhotoUnreadableError(
                f"a photo is H×W×3 uint8 or uint16, not {'×'.join(map(str, pixels.shape))} {pixels.dtype}",
                "convert the array first",
            )
        photo = Photo(pixels if order == "bgr" else np.ascontiguousarray(pixels[..., ::-1]))
        picture, result = self._walk(photo, task, look, {}, "the photo")
        channels = picture.pixels[..., 0] if picture.grey else picture.pixels
        if order == "rgb" and not picture.grey:
            channels = channels[..., ::-1]
        if picture.alpha is not None:
            channels = np.dstack([channels, picture.alpha])
        return replace(result, pixels=np.ascontiguousarray(channels))

    def _walk(
        self, photo: Photo, task: Task, look: Look, milliseconds: dict[str, float], name: str
    ) -> tuple[Photo, Result]:
        if look.classic:
            photo = replace(photo, pixels=images.to_8_bit(photo.pixels))
        matte, share = self._find(photo.pixels, look, milliseconds)
        person = share >= MIN_SUBJECT
        wish = look.no_person or ("blur" if look.classic else "keep")
        if not person and wish == "fail":
            raise NoPersonError(f"no person found in {name}", "use --no-person keep or blur to get a picture anyway")
        if task == "mask":
            picture = _mask(photo, matte)
        elif task == "cutout":
            picture = _cutout(photo, matte)
        elif not person and wish == "keep":
            picture = photo
        else:
            picture = _blur(photo, matte, look, milliseconds)
        if look.compare:
            picture = _compare(photo, matte, picture)
        ran = (self.network.spec.name, self.network.provider)
        return picture, Result(picture.pixels, matte, share, person, *ran, milliseconds)

    def _find(self, pixels: Pixels, look: Look, milliseconds: dict[str, float]) -> tuple[Matte, float]:
        """The subject's matte at photo size, and its share of the picture."""
        network = self.network
        with _stage("prepare", milliseconds):
            shrink = cv2.INTER_LINEAR if look.classic else cv2.INTER_AREA
            tensor, placement = tensors.prepare(pixels, network.spec, network.size, shrink)
        with _stage("infer", milliseconds):
            raw = network.run(tensor)
        with _stage("matte", milliseconds):
            if look.classic:
                found = (tensors.to_mask(raw, network.spec) / 255).astype(np.float32)
            else:
                found = tensors.to_matte(raw, network.spec)
            share = float(np.count_nonzero(found > 0.5) / found.size)
        with _stage("refine", milliseconds):
            enlarge = cv2.INTER_NEAREST if look.classic else cv2.INTER_LINEAR
            return placement.unfit(found, enlarge), share


def _blur(photo: Photo, matte: Matte, look: Look, milliseconds: dict[str, float]) -> Photo:
    kernel = look.kernel_for(*photo.pixels.shape[:2])
    if look.classic:
        with _stage("blur", milliseconds):
            blurred = cv2.GaussianBlur(photo.pixels, (kernel, kernel), 0)
        with _stage("composite", milliseconds):
            return replace(photo, pixels=compose.join(photo.pixels, blurred, _grey(matte)))
    with _stage("blur", milliseconds):
        far = compose.background(photo.pixels, matte, styles.STYLES["gaussian"], compose.sigma_of(kernel))
    with _stage("composite", milliseconds):
        return replace(photo, pixels=compose.blend(photo.pixels, matte, far))


def _mask(photo: Photo, matte: Matte) -> Photo:
    grey = _grey(matte)
    return Photo(cv2.merge([grey, grey, grey]), grey=True, ending=photo.ending)


def _cutout(photo: Photo, matte: Matte) -> Photo:
    limit = np.iinfo(photo.pixels.dtype).max
    opaque = matte * (limit if photo.alpha is None else photo.alpha)
    return replace(photo, alpha=np.rint(opaque).astype(photo.pixels.dtype))


def _compare(photo: Photo, matte: Matte, result: Photo) -> Photo:
    mask = _mask(photo, matte)
    panels = (("photo", photo), ("mask", mask), ("result", result))
    return Photo(compose.side_by_side([(label, images.to_8_bit(p.pixels)) for label, p in panels]), ending=photo.ending)


def _grey(matte: Matte) -> Mask:
    mask: Mask = np.rint(matte * 255).astype(np.uint8)
    return mask


@contextmanager
def _stage(name: str, milliseconds: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    milliseconds[name] = milliseconds.get(name, 0.0) + (time.perf_counter() - start) * 1000
