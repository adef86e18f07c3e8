"""Blur the background of portraits on your own machine.

    import edgebokeh
    bokeh = edgebokeh.load("selfie")
    result = bokeh.blur(pixels, edgebokeh.Look(kernel=51))

The names below are imported when they are first used, so that the command line starts without numpy and onnxruntime.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgebokeh.batch.outcome import Outcome
    from edgebokeh.batch.plan import Job
    from edgebokeh.batch.run import convert_all
    from edgebokeh.batch.settings import BatchSettings, Cluster
    from edgebokeh.benchmark.comparison import Change, compare_bench
    from edgebokeh.benchmark.configuration import BenchSettings, Configuration
    from edgebokeh.benchmark.measured import BenchResult
    from edgebokeh.benchmark.page import bench_report
    from edgebokeh.benchmark.rounds import bench
    from edgebokeh.benchmark.self_check import self_check
    from edgebokeh.cache import CacheInfo, cache_info, clear_cache
    from edgebokeh.device_profile import DeviceProfile, ProfileInfo, Setting, delete_profile, profile, profiles
    from edgebokeh.engine import ModelInfo, models
    from edgebokeh.errors import EdgeBokehError, ExitCode
    from edgebokeh.formats import encode
    from edgebokeh.images import Handling, Photo, decode
    from edgebokeh.look import Look
    from edgebokeh.model_files import ModelDetails, model, stamp_model
    from edgebokeh.pipeline import Bokeh, load
    from edgebokeh.probe import ProviderInfo, providers
    from edgebokeh.proof import Conversion, Proof
    from edgebokeh.results import Report, Result
    from edgebokeh.sessions import Verdict
    from edgebokeh.spec import ModelSpec
    from edgebokeh.tuning.search import Tried, TuneResult, TuneSettings, tune

__version__ = "0.1.0"

__all__ = [
    "BatchSettings",
    "BenchResult",
    "BenchSettings",
    "Bokeh",
    "CacheInfo",
    "Change",
    "Cluster",
    "Configuration",
    "Conversion",
    "DeviceProfile",
    "EdgeBokehError",
    "ExitCode",
    "Handling",
    "Job",
    "Look",
    "ModelDetails",
    "ModelInfo",
    "ModelSpec",
    "Outcome",
    "Photo",
    "ProfileInfo",
    "Proof",
    "ProviderInfo",
    "Report",
    "Result",
    "Setting",
    "Tried",
    "TuneResult",
    "TuneSettings",
    "Verdict",
    "bench",
    "bench_report",
    "cache_info",
    "clear_cache",
    "compare_bench",
    "convert_all",
    "decode",
    "delete_profile",
    "encode",
    "load",
    "model",
    "models",
    "profile",
    "profiles",
    "providers",
    "self_check",
    "stamp_model",
    "tune",
]

_HOMES = {
    "batch.outcome": ("Outcome",),
    "batch.plan": ("Job",),
    "batch.run": ("convert_all",),
    "batch.settings": ("BatchSettings", "Cluster"),
    "benchmark.comparison": ("Change", "compare_bench"),
    "benchmark.configuration": ("BenchSettings", "Configuration"),
    "benchmark.measured": ("BenchResult",),
    "benchmark.page": ("bench_report",),
    "benchmark.rounds": ("bench",),
    "benchmark.self_check": ("self_check",),
    "cache": ("CacheInfo", "cache_info", "clear_cache"),
    "device_profile": ("DeviceProfile", "ProfileInfo", "Setting", "delete_profile", "profile", "profiles"),
    "engine": ("ModelInfo", "models"),
    "errors": ("EdgeBokehError", "ExitCode"),
    "formats": ("encode",),
    "images": ("Handling", "Photo", "decode"),
    "look": ("Look",),
    "model_files": ("ModelDetails", "model", "stamp_model"),
    "pipeline": ("Bokeh", "load"),
    "probe": ("ProviderInfo", "providers"),
    "proof": ("Conversion", "Proof"),
    "results": ("Report", "Result"),
    "sessions": ("Verdict",),
    "spec": ("ModelSpec",),
    "tuning.search": ("Tried", "TuneResult", "TuneSettings", "tune"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"edgebokeh.{module}"), name)
    raise AttributeError(f"module 'edgebokeh' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
