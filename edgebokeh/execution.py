"""The execution providers that edgebokeh knows by a short name, and what this onnxruntime has of them."""

import importlib.util
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Literal, NamedTuple

import onnxruntime as ort

from edgebokeh.errors import ContradictionError, ProviderAbsentError, ProviderNotUsedError, ProviderUnknownError

if not hasattr(ort, "InferenceSession"):
    raise ProviderAbsentError(
        "onnxruntime is not whole: parts of it went with another package that was installed over it",
        "uninstall every package whose name begins with onnxruntime, then install one",
    )

if not hasattr(ort, "get_ep_devices"):
    raise ProviderAbsentError(f"onnxruntime {ort.__version__} is too old", "install 1.24.1 or newer")

Kind = Literal["built in", "plugin", "absent"]

SINGLE, HALF = 0.01, 0.1
"""How far outputs may be from the CPU's, as a share of the range of its values: where a provider computes in single
precision, and where it may take a smaller one by itself. A constant output is off by 0.5 at least."""


AUTO = "auto"
"""The wish for the best provider that runs here."""


class Provider(NamedTuple):
    """One way to run networks.

    name: onnxruntime's own name. package: the build of onnxruntime that has it, to be installed in place of
    `onnxruntime`. plugin: a package that adds it to `runtime`, an `onnxruntime` of any version if it says none.
    library: the function of that package's module that tells where its library lies. device: the provider's option that
    chooses a device, where it is built in. words: that may stand there, in the one spelling that the provider takes.
    lister: onnxruntime's function that lists these. threads: the provider's option for the number of its own threads on
    the CPU, where it is built in and does not take the session's. tolerance: how far its outputs may be from the CPU's.
    otherwise: how else to come by it.
    """

    name: str
    package: str = ""
    plugin: str = ""
    runtime: str = "onnxruntime"
    library: str = "get_library_path"
    device: str = ""
    words: tuple[str, ...] = ()
    lister: str = ""
    threads: str = ""
    tolerance: float = HALF
    otherwise: str = ""

    @property
    def module(self) -> str:
        """What the plugin package is imported as; "" without one."""
        return self.plugin.replace("-", "_")

    @property
    def install(self) -> str:
        """What to type, in any shell, or to do to have it; afterwards this environment has one onnxruntime."""
        here = runtimes()
        ways = []
        if self.plugin:
            # A plugin may ask for the ordinary onnxruntime, which pip would write over another.
            out = () if here in ((), ("onnxruntime",)) else here
            needed = (self.runtime,) if out or self.runtime != "onnxruntime" else ()
            ways.append(_command(out, (*needed, self.plugin)))
        if self.package:
            ways.append(_command(here or ("onnxruntime",), (self.package,)))
        return "; or: ".join(ways) or self.otherwise


class Wish(NamedTuple):
    """A provider that was asked for: its key, and a device of it by index, by kind or in its own words; "" for any."""

    key: str
    device: str = ""


def wish(text: str) -> Wish:
    """What "name" or "name:device" asks for; the name is a key of PROVIDERS or onnxruntime's own, any case.

    The words of a device may have any case too: "openvino:gpu" asks for GPU.
    Raises ProviderUnknownError, ProviderAbsentError for a colon with no device behind it.
    """
    name, colon, device = text.partition(":")
    if colon and name.lower() == AUTO:
        raise ProviderUnknownError(
            f"{text!r} cannot be: auto chooses the device too", "use auto alone, or name the provider"
        )
    names = {row.name.lower(): key for key, row in rows().items()}
    key = names.get(name.lower(), name.lower())
    if key not in rows():
        raise ProviderUnknownError(
            f"no execution provider is called {name!r}", f"use one of {', '.join(PROVIDERS)}, or auto"
        )
    if colon and not device:
        raise ProviderAbsentError(f"there is no device behind the colon of {text!r}", f"use {name} alone, or add one")
    return Wish(key, _spelled(device, rows()[key].words))


def plain(text: str) -> str:
    """The name of a provider as `wish` reads it, with its device; what this onnxruntime does not know, as it is."""
    try:
        wanted = wish(text)
    except (ProviderUnknownError, ProviderAbsentError):
        return text
    return f"{wanted.key}:{wanted.device}" if wanted.device else wanted.key


def rows() -> Mapping[str, Provider]:
    """PROVIDERS, and what else this onnxruntime lists, under its own name."""
    known = {row.name for row in PROVIDERS.values()}
    listed = [*ort.get_available_providers(), *(device.ep_name for device in _all_devices())]
    return PROVIDERS | {name: Provider(name) for name in listed if name not in known}


def key_of(name: str) -> str:
    """The key in `rows` of the provider that onnxruntime calls so."""
    return next((key for key, row in PROVIDERS.items() if row.name == name), name)


def kind(row: Provider) -> Kind:
    """How this environment has a provider. A plugin may be installed and fail to load all the same."""
    if any("library_path" in device.ep_metadata for device in devices(row)):
        return "plugin"
    if row.name in ort.get_available_providers():
        return "built in"
    return "plugin" if row.plugin and importlib.util.find_spec(row.module) else "absent"


def devices(row: Provider) -> list[Any]:
    """onnxruntime's devices of a provider, as far as it is attached, in the order of the provider; no virtual ones."""
    return [device for device in _all_devices() if device.ep_name == row.name]


def attach(key: str) -> Kind:
    """Makes a provider ready for sessions, which loads a plugin's library once in a process. Returns how it is had.

    Raises ProviderAbsentError, and ProviderNotUsedError where a library cannot be loaded.
    """
    row = rows()[key]
    how = kind(row)
    if how == "absent":
        here = [name for name, other in PROVIDERS.items() if kind(other) != "absent"]
        raise ProviderAbsentError(
            f"this onnxruntime was built without {row.name}, and no plugin adds it{_overlaid()}",
            f"{row.install}; or use one of {', '.join(here)}",
        )
    if how == "plugin" and row.name not in ort.get_available_providers():
        try:
            path = getattr(import_module(row.module), row.library)()
            ort.register_execution_provider_library(row.name, path)
        except Exception as error:  # a plugin package may raise anything
            raise ProviderNotUsedError(
                f"the library of {row.plugin} cannot be loaded ({' '.join(str(error).split())})",
                f"install a version of it that fits onnxruntime {ort.__version__}, or use another provider",
            ) from error
    return how


def device_for(wanted: Wish) -> Any:
    """The device of an attached plugin that a wish means: by index, by kind (cpu, gpu, npu), or the first.

    Raises ProviderAbsentError.
    """
    row = rows()[wanted.key]
    found = devices(row)
    for index, device in enumerate(found):
        if wanted.device.lower() in ("", str(index), device.device.type.name.lower()):
            return device
    if not found:
        raise ProviderAbsentError(f"{row.name} sees no device here that it can use", "use another provider")
    seen = ", ".join(described(device) for device in found)
    raise ProviderAbsentError(f"{row.name} has no device {wanted.device!r} here", f"it has {seen}; use one of them")


def device_options(wanted: Wish) -> dict[str, str]:
    """The options that choose the wished device of a built-in provider. Raises ProviderAbsentError."""
    row = rows()[wanted.key]
    if wanted.device and not row.device:
        raise ProviderAbsentError(f"{row.name} has no devices to choose from here", f"use {wanted.key} alone")
    return {row.device: wanted.device} if wanted.device else {}


def thread_options(wanted: Wish, count: int) -> dict[str, str]:
    """The options that give a built-in provider as many threads as a session has."""
    row = rows()[wanted.key]
    return {row.threads: str(count)} if row.threads else {}


def refuse_two_devices(wanted: Wish, options: Mapping[str, str]) -> None:
    """Raises ContradictionError where a wish names one device and the provider's options another."""
    row = rows()[wanted.key]
    other = options.get(row.device, "")
    if wanted.device and other and _spelled(other, row.words) != wanted.device:
        raise ContradictionError(
            f"{wanted.key}:{wanted.device} and the provider option {row.device}={other} name two devices",
            "name one of them",
        )


def default_device(key: str) -> str:
    """The kind of the device that is taken where none is named; "" where there is no choice."""
    found = devices(rows()[key])
    return str(found[0].device.type.name.lower()) if len(found) > 1 else ""


def seen(key: str) -> list[str]:
    """The devices of an attached provider, a few words for each."""
    row = rows()[key]
    from onnxruntime.capi import _pybind_state

    lister = getattr(_pybind_state, row.lister, list) if row.lister else list
    return [described(device) for device in devices(row)] or lister()


def described(device: Any) -> str:
    """One device in a few words: kind and maker."""
    return f"{device.device.type.name.lower()} ({device.device.vendor or 'unknown maker'})"


@cache
def runtimes() -> tuple[str, ...]:
    """The packages that are installed as `onnxruntime`. More than one lie over each other, and none is whole."""
    from importlib import metadata

    return tuple(sorted(set(metadata.packages_distributions().get("onnxruntime", ()))))


def _command(out: Sequence[str], into: Sequence[str]) -> str:
    """The line that takes packages out of an environment, and puts others in."""
    # In double quotes brackets and < mean nothing to any shell: sh, zsh, cmd or PowerShell.
    wanted = " ".join(name if name.replace("-", "").isalnum() else f'"{name}"' for name in into)
    first = f"pip uninstall -y {' '.join(out)} && " if out else ""
    return f"{first}pip install {wanted}"


def _overlaid() -> str:
    found = runtimes()
    return f" ({' and '.join(found)} lie over each other: uninstall all, then install one)" if len(found) > 1 else ""


def _spelled(device: str, words: Sequence[str]) -> str:
    """A device with its words in the spelling of `words`, in whatever case they came."""
    for word in words:
        device = re.sub(rf"\b{word}\b", word, device, flags=re.IGNORECASE)
    return device


def _all_devices() -> list[Any]:
    """Virtual ones only compile for a device that is elsewhere."""
    return [
        device
        for device in ort.get_ep_devices()
        if not device.ep_name.endswith(".virtual") and device.device.metadata.get("is_virtual", "0") in ("0", "")
    ]


PROVIDERS: dict[str, Provider] = {
    "cuda": Provider("CUDAExecutionProvider", "onnxruntime-gpu[cuda,cudnn]", device="device_id"),
    "tensorrt": Provider("TensorrtExecutionProvider", "onnxruntime-gpu[cuda,cudnn]", device="device_id"),
    "tensorrt-rtx": Provider("NvTensorRTRTXExecutionProvider", plugin="onnxruntime-ep-nv-tensorrt-rtx"),
    "migraphx": Provider("MIGraphXExecutionProvider", "onnxruntime-migraphx", device="device_id"),
    "rocm": Provider("ROCMExecutionProvider", otherwise="onnxruntime no longer has it: use migraphx"),
    "coreml": Provider(
        "CoreMLExecutionProvider",
        device="MLComputeUnits",
        words=("ALL", "CPUOnly", "CPUAndGPU", "CPUAndNeuralEngine"),
        otherwise="comes with onnxruntime on macOS",
    ),
    "mlx": Provider("MLXExecutionProvider", plugin="onnxruntime-ep-mlx", library="library_path"),
    "directml": Provider("DmlExecutionProvider", "onnxruntime-directml", device="device_id"),
    "qnn": Provider("QNNExecutionProvider", plugin="onnxruntime-qnn"),
    "openvino": Provider(
        "OpenVINOExecutionProvider",
        "onnxruntime-openvino",
        "onnxruntime-ep-openvino",
        device="device_type",
        words=("CPU", "GPU", "NPU", "AUTO", "MULTI", "HETERO"),
        lister="get_available_openvino_device_ids",
        threads="num_of_threads",
    ),
    "webgpu": Provider("WebGpuExecutionProvider", plugin="onnxruntime-ep-webgpu"),
    "xnnpack": Provider(
        "XnnpackExecutionProvider",
        threads="intra_op_num_threads",
        tolerance=SINGLE,
        otherwise="build onnxruntime with --use_xnnpack",
    ),
    "ggml": Provider("ggml", plugin="onnxruntime-ggml", runtime="onnxruntime<1.31", library="library_path"),
    "cpu": Provider("CPUExecutionProvider", tolerance=SINGLE, otherwise="part of every onnxruntime"),
}
"""By short name, in the order in which `auto` prefers them."""
