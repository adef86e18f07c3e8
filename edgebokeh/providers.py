"""The execution providers that edgebokeh knows by a short name, and what this onnxruntime can do of them."""

from dataclasses import dataclass

import onnxruntime as ort

from edgebokeh.errors import ProviderAbsentError, ProviderUnknownError


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to run a network. name: onnxruntime's own name. package: what to install to have it."""

    name: str
    package: str


def find(name: str) -> str:
    """The key in PROVIDERS of a provider that this onnxruntime was built with.

    name: such a key, or onnxruntime's own name of the provider, any case.
    Raises ProviderUnknownError, ProviderAbsentError.
    """
    short = name.lower()
    by_full_name = {provider.name.lower(): key for key, provider in PROVIDERS.items()}
    short = by_full_name.get(short, short)
    if short not in PROVIDERS:
        raise ProviderUnknownError(f"no execution provider is called {name!r}", f"use one of {', '.join(PROVIDERS)}")
    provider = PROVIDERS[short]
    available = ort.get_available_providers()
    if provider.name not in available:
        here = [key for key, row in PROVIDERS.items() if row.name in available]
        raise ProviderAbsentError(
            f"this onnxruntime was built without {provider.name}",
            f"install {provider.package} in place of onnxruntime, or use one of {', '.join(here)}",
        )
    return short


PROVIDERS: dict[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "onnxruntime"),
    "cuda": Provider("CUDAExecutionProvider", "onnxruntime-gpu"),
    "tensorrt": Provider("TensorrtExecutionProvider", "onnxruntime-gpu"),
    "openvino": Provider("OpenVINOExecutionProvider", "onnxruntime-openvino"),
    "directml": Provider("DmlExecutionProvider", "onnxruntime-directml"),
    "coreml": Provider("CoreMLExecutionProvider", "onnxruntime (on macOS)"),
    "qnn": Provider("QNNExecutionProvider", "onnxruntime-qnn"),
    "migraphx": Provider("MIGraphXExecutionProvider", "onnxruntime-migraphx"),
    "xnnpack": Provider("XnnpackExecutionProvider", "a build of onnxruntime with XNNPACK"),
}
