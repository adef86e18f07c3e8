"""Which providers really run here: each runs a tiny network, in a process of its own that it may take down."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebokeh import execution, lent
from edgebokeh.errors import ContradictionError, EdgeBokehError
from edgebokeh.execution import AUTO, PROVIDERS, Kind
from edgebokeh.sessions import Runtime, open_session

MODEL = Path(__file__).with_name("probe.onnx")
"""A convolution and a sigmoid, 3×32×48 to 1×32×48; tests/test_probe.py writes it again."""

SECONDS = 60.0
"""After which a provider that runs the tiny network counts as hanging."""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider, and what this environment has of it.

    name: its key in PROVIDERS, or full_name where it has none. full_name: onnxruntime's. kind: "built in", "plugin" or
    "absent". devices: those it sees. usable: whether it ran a tiny network here, and rightly. reason:
    why not, "" where it is usable. install: what to type or to do to have it.
    """

    name: str
    full_name: str
    kind: Kind
    devices: tuple[str, ...]
    usable: bool
    reason: str
    install: str


def providers() -> list[ProviderInfo]:
    """Every row of PROVIDERS and what else this onnxruntime lists, each tried on a tiny network. Takes seconds."""
    return [provider(key) for key in execution.rows()]


def provider(key: str) -> ProviderInfo:
    """One provider, tried on a tiny network. key: of `execution.rows`."""
    row = execution.rows()[key]
    how = execution.kind(row)
    if how == "absent":
        told: dict[str, Any] = {"reason": "not installed"}
    else:
        told = _tried(key) if key == "cpu" else _tried_apart(key)
    reason = str(told.get("reason", ""))
    return ProviderInfo(key, row.name, how, tuple(told.get("devices", ())), not reason, reason, row.install)


def chosen(runtime: Runtime) -> Runtime:
    """The runtime with "auto" replaced by the first row of PROVIDERS that is usable, and the CPU after it.

    Where auto is the first wish that allows the fallback; behind another one it counts only where that is allowed.
    Raises ContradictionError for provider options, which belong to a provider that is named.
    """
    texts = [AUTO if text.lower() == AUTO else text for text in runtime.providers]
    if AUTO not in texts:
        return runtime
    if runtime.options:
        raise ContradictionError("the provider auto and provider options exclude each other", "name the provider")
    if texts[0] != AUTO and not runtime.allow_fallback:
        return runtime._replace(providers=tuple(text for text in texts if text != AUTO))
    best = next(key for key in PROVIDERS if key == "cpu" or provider(key).usable)
    wishes = [wish for text in texts for wish in ((best, "cpu") if text == AUTO else (text,))]
    return runtime._replace(providers=tuple(dict.fromkeys(wishes)), allow_fallback=True)


def main(arguments: Sequence[str]) -> None:
    """Tries the provider that the first argument names, and writes what came of it, as JSON, to the second."""
    key, path = arguments
    Path(path).write_text(json.dumps(_tried(key)), "utf-8")


def _tried(key: str) -> dict[str, Any]:
    try:
        open_session(MODEL, Runtime((key,), threads=1, cache=False))
        reason = ""
    except EdgeBokehError as error:
        reason = str(error)
    return {"reason": reason, "devices": execution.seen(key)}


def _tried_apart(key: str) -> dict[str, Any]:
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        # Not to import what happens to lie in the current folder, but this very package.
        command = [sys.executable, "-m", __name__, key, str(answer)]
        try:
            done = subprocess.run(command, env=lent.environment(), capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return {"reason": f"it did not finish a tiny network in {SECONDS:.0f} s"}
        try:
            return dict(json.loads(answer.read_text("utf-8")))
        except (OSError, ValueError):
            last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
            return {"reason": f"its process ended with code {done.returncode} ({last})"}


if __name__ == "__main__":
    main(sys.argv[1:])
