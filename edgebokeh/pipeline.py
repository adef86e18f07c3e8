"""The walk of one photo: decode, prepare, infer, matte, refine, blur, composite, encode; each stage is timed."""

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from edgebokeh import allocator, cache, catalog, device_profile, engine, formats, images, matte, probe, subject
from edgebokeh import threads as parallel
from edgebokeh.alpha import Alpha
from edgebokeh.arrays import Order, Pixels
from edgebokeh.device_profile import DeviceProfile, Setting
from edgebokeh.drawing import compared, drawer
from edgebokeh.errors import (
    ModelUnsuitableError,
    OutputFormatError,
    PhotoUnreadableError,
    ValueRangeError,
)
from edgebokeh.images import Handling, Photo
from edgebokeh.look import Look, is_photo
from edgebokeh.results import Report, Result, Task
from edgebokeh.sessions import Runtime, Verdict, together, wishes
from edgebokeh.source import Source, arrived, held
from edgebokeh.spec import ModelSpec, named
from edgebokeh.stages import Clock
from edgebokeh.subject import Networks
from edgebokeh.temporal import RATE, STABILITY, Steady, is_real

MATTING = "modnet"
"""The network that draws edges for the quality "best"."""


def load(
    model: str | Path | None = None,
    *,
    provider: str | Sequence[str] | None = None,
    provider_options: Mapping[str, str] | None = None,
    allow_fallback: bool = False,
    spec: ModelSpec | str | Mapping[str, Any] | None = None,
    matting: str | Path | None = MATTING,
    gate: str | Path | None = None,
    threads: int | None = None,
    cache: bool = True,
    profile: str | DeviceProfile | None = None,
) -> "Bokeh":
    """Opens the networks, ready for any number of photos.

    model: the finder, a name that `edgebokeh models` lists, or the path of an .onnx file; None is the profile's, else
    "selfie". provider: an execution provider, such as "cpu", "cuda" or "openvino:GPU", or several in order of wish;
    "auto" is the best that runs here, None the profile's, else "cpu". provider_options: of the first, in its own words.
    allow_fallback: go on with the next, and at last the CPU, where one does not really run the networks; else that is
    an error. spec: describes a finder that does not describe itself; a row of `spec.PROFILES` or a JSON file by name,
    the ModelSpec, or some of its fields by name, where the file itself or its shapes tell the others. matting: the
    network that draws edges, opened when it is first needed; None goes without. gate: a class-aware finder, such as a
    DeepLabv3, that has to see a person too.
    threads: to work with, 1 to 1024; None takes as many as the process may use cores, but no more than OpenCV is set to
    use. While a photo is worked on, OpenCV has one thread in each of these; that number is the whole process's.
    cache: keep optimised networks in the user's cache folder, and start faster from there.
    profile: what `edgebokeh.tune` found, or its name, or "auto" for one of this machine, if there is any: stands in for
    what is not given here, and for the quality of looks that name none.
    Raises ValueRangeError, ModelError, ProviderError and ProfileError with their subclasses; for the matting network,
    the first photo that needs it raises them. On Linux, glibc is told to keep memory, see `allocator`.
    """
    allocator.settle()
    explicit = named(spec) if isinstance(spec, str) else spec
    tuned = profile if profile is None or isinstance(profile, DeviceProfile) else device_profile.profile(profile)
    setting = tuned.setting if tuned else Setting()
    if provider is None:
        provider, provider_options = setting.provider or "cpu", provider_options or setting.options
    count = parallel.allowed(threads if threads is not None else setting.threads)
    runtime = Runtime(wishes(provider), tuple((provider_options or {}).items()), allow_fallback, count, cache)
    runtime = probe.chosen(runtime)
    wanted = model if model is not None else setting.model or "selfie"
    finder = engine.open_network(catalog.find(str(wanted)), explicit, runtime)
    if setting.finder_side and model is None and explicit is None:
        finder = finder.sized(setting.finder_side)
    guard = engine.open_gate(catalog.find(str(gate)), runtime) if gate else None
    return Bokeh(finder, setting.matting or MATTING if matting == MATTING else matting, guard, tuned)


class Bokeh:
    """Loaded networks and what they can do to photos. Safe to share between threads."""

    def __init__(
        self,
        finder: engine.Network,
        matting: str | Path | None = None,
        gate: engine.Network | None = None,
        profile: DeviceProfile | None = None,
    ) -> None:
        setting = profile.setting if profile else Setting()
        self._profile, self._quality = profile, setting.quality
        self._networks = Networks(finder, None, gate, setting.matting_side)
        self._matting = matting
        self._opening = threading.Lock()
        self._threads = finder.runtime.threads or parallel.allowed()

    @property
    def finder(self) -> engine.Network:
        """The network that finds people."""
        return self._networks.finder

    @property
    def threads(self) -> int:
        """How many threads work on a photo."""
        return self._threads

    @property
    def profile(self) -> str | None:
        """The name of the device profile, None without one."""
        return self._profile.name if self._profile else None

    @property
    def parts(self) -> tuple[engine.Network, str | Path | None, engine.Network | None, DeviceProfile | None]:
        """What it was made of: the arguments of `Bokeh`."""
        return self._networks.finder, self._matting, self._networks.gate, self._profile

    @property
    def verdict(self) -> Verdict:
        """What really runs the networks that are open."""
        return _verdict(self._networks)

    def networks(self, look: Look | None = None) -> Networks:
        """The networks that a look needs, opened as far as they were not."""
        return self._networks_for(self.wanted(look))

    def identity(self, look: Look | None = None) -> dict[str, object]:
        """What a result depends on beside the photo and the look: the networks' files and how they are used.

        As JSON holds it: "networks", by name the "sha256" of the file and its "spec", those that may run for the look;
        "quality", a name of QUALITIES or None, and "side", of the matting network's input, as a device profile sets
        them. Raises what opening the matting network does.
        """
        networks = self._networks_for(self.wanted(look))
        opened = [one for one in (networks.finder, networks.matting, networks.gate) if one]
        files = {
            one.spec.name: {"sha256": cache.model_hash(one.path) or cache.sha256(one.path), "spec": one.spec.to_json()}
            for one in opened
        }
        return {"networks": files, "quality": self._quality, "side": networks.side}

    def threads_beside(self, others: int) -> int:
        """How many threads one of several stations may use while `others` work beside it; at least 1."""
        return max(1, self._threads // (others + 1))

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

    def frames(
        self,
        pictures: Iterable[Pixels],
        look: Look | None = None,
        *,
        order: Order = "bgr",
        task: Task = "blur",
        stability: float = STABILITY,
        every: int = 1,
        rate: float = RATE,
    ) -> Iterator[Pixels]:
        """Each of a sequence of pictures in turn, such as a camera's, without flicker: the `pixels` that `blur` gives.

        pictures: as `blur` takes them; nothing is read ahead. task: "mask" and "cutout" give the `pixels` of the
        methods of that name. stability, every: see `temporal.Steady`. rate: of the pictures, per second.
        Raises what `blur` does, and ValueRangeError.
        """
        if task not in get_args(Task):
            raise ValueRangeError(f"the task is {task!r}", f"use {', '.join(get_args(Task))}")
        if not is_real(rate) or not 0 < rate < math.inf:
            raise ValueRangeError(f"the rate is {rate} pictures per second", "use a number above 0")
        steady = Steady(stability, every)
        return (
            self._on_array(task, pixels, look, order, steady.at(number / rate)).pixels
            for number, pixels in enumerate(pictures)
        )

    def convert(
        self,
        data: bytes,
        task: Task = "blur",
        look: Look | None = None,
        *,
        ending: str = "",
        name: str = "the photo",
        clock: Clock | None = None,
        handling: Handling | None = None,
    ) -> tuple[bytes, Report]:
        """One picture file to another: the whole walk.

        data: bytes of a picture file. ending: format of the result, such as ".png"; "" takes the photo's own for a blur
        and ".png" for the others. name: what to call the photo in an error. clock: to time the stages with, a new one.
        handling: limits, and how files are written.
        Returns the bytes of a file and the report.
        Raises PhotoError, OutputFormatError, NoPersonError.
        """
        ending = ending or ("" if task == "blur" else ".png")
        if task == "cutout" and not formats.output_format(ending).alpha:
            raise OutputFormatError(f"{ending} cannot hold a transparent background", "use .png, .webp, .tif or .avif")
        if ending:
            formats.output_format(ending)
        look, clock = self.wanted(look), clock or Clock()
        with parallel.working(self._threads):
            picture, report, _ = self._walk(arrived(data, name, clock, handling, look.classic), task, look, clock, name)
        with clock.stage("encode"):
            ending = ending or formats.own_ending(picture)
            file = formats.encode(picture, ending, handling)
        notes = (*report.notes, *formats.losses(picture, ending, handling))
        return file, replace(report, notes=notes, milliseconds=clock.milliseconds)

    def found(
        self, source: Source, look: Look, clock: Clock, steady: Steady | None = None, name: str = "the photo"
    ) -> tuple[Alpha, float]:
        """The subject's matte, and the share of the picture that is subject, 0..1; 0 where that counts as no person.

        steady: of the sequence that the photo belongs to, which a person leaves with a delay.
        name: what to call the photo in an error.
        Raises NoPersonError where the look asks for that.
        """
        look = self.wanted(look)
        alpha = self.seen(source, look, clock, steady)
        share = subject.counted(matte.share(alpha.coarse), look, name, steady)
        if not share:
            return Alpha(np.zeros((1, 1), np.float32), source.size), 0.0
        if look.expand or look.feather:
            photo = source.photo(clock)
            with clock.stage("refine"):
                alpha = matte.moved(alpha, photo.pixels, look.expand or 0, look.feather or 0)
        return alpha, share

    def seen(self, source: Source, look: Look, clock: Clock, steady: Steady | None = None) -> Alpha:
        """The matte as the networks see it, which depends on the look's quality, subject and classic alone."""
        look = self.wanted(look)
        return subject.seen(self._networks_for(look), source, look, clock, steady)

    def _on_array(
        self, task: Task, pixels: Pixels, look: Look | None, order: Order, steady: Steady | None = None
    ) -> Result:
        if not is_photo(pixels):
            kind = np.asarray(pixels)
            what = f"{'×'.join(map(str, kind.shape))} {kind.dtype}" if kind.shape else type(pixels).__name__
            raise PhotoUnreadableError(f"a photo is H×W×3 uint8 or uint16, not {what}", "convert the array first")
        if order not in get_args(Order):
            raise ValueRangeError(f"the order of channels is {order!r}", "use bgr or rgb")
        with parallel.working(self._threads):
            return self._in_memory(task, pixels, self.wanted(look), order, steady)

    def wanted(self, look: Look | None) -> Look:
        """The look, in the quality that the profile was tuned for if it names none."""
        look = look or Look()
        return look if look.quality or look.classic else replace(look, quality=self._quality)

    def _in_memory(self, task: Task, pixels: Pixels, look: Look, order: Order, steady: Steady | None) -> Result:
        clock = Clock()
        # A copy: the walk changes its photo.
        photo = Photo(np.array(pixels if order == "bgr" else pixels[..., ::-1], order="C"))
        with clock.stage("prepare"):
            source = held(images.in_8_bit(photo) if look.classic else photo, look.classic)
        picture, report, alpha = self._walk(source, task, look, clock, "the photo", steady)
        channels = picture.pixels[..., 0] if picture.grey else picture.pixels
        if order == "rgb" and not picture.grey:
            channels = channels[..., ::-1]
        if picture.alpha is not None:
            channels = np.dstack([channels, picture.alpha])
        matte = alpha.drawn(pixels if order == "bgr" else pixels[..., ::-1])
        return Result(**asdict(report), pixels=np.array(channels, order="C"), matte=matte)

    def _walk(
        self, source: Source, task: Task, look: Look, clock: Clock, name: str, steady: Steady | None = None
    ) -> tuple[Photo, Report, Alpha]:
        alpha, share = self.found(source, look, clock, steady, name)
        person = share > 0
        draw = drawer(task, look, person=person)
        picture = compared(draw, source, alpha, look, clock) if look.compare else draw(source, alpha, look, clock)
        ran, model = _verdict(self._networks_for(look)), "+".join(clock.networks)
        told = (ran.provider, ran.device, ran.share, ran.fallback, ran.note, self._threads, self.profile, picture.notes)
        return picture, Report(source.size, share, person, model, *told, clock.milliseconds), alpha

    def _networks_for(self, look: Look) -> Networks:
        """Those that the look needs; the matting network is opened for the first photo that does."""
        if look.classic or not look.preset.matting:
            return self._networks._replace(matting=None)
        if self._matting is None:
            raise ModelUnsuitableError("there is no matting network for the quality best", "use --quality balanced")
        with self._opening:
            if self._networks.matting is None:
                network = engine.open_network(catalog.find(str(self._matting)), None, self._networks.finder.runtime)
                if network.spec.task != "matting":
                    raise ModelUnsuitableError(f"{network.spec.name} is no matting network", "use modnet")
                self._networks = self._networks._replace(matting=network)
        return self._networks


def _verdict(networks: Networks) -> Verdict:
    return together([one.verdict for one in (networks.finder, networks.matting, networks.gate) if one])
