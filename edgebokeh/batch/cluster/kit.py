"""The networks of a run, as they travel: how they were opened, and their files for machines that lack them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgebokeh import __version__, cache, catalog, engine, probe
from edgebokeh.batch.settings import Cluster
from edgebokeh.device_profile import DeviceProfile
from edgebokeh.errors import ClusterUnfitError
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from edgebokeh.sessions import Runtime, wishes
from edgebokeh.spec import ModelSpec

Fetch = Callable[[Any], bytes]
"""What a reference of `Model.data` stands for."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model file. sha256, data: of its content, and what refers to it. spec: how it is used, None for its own."""

    path: Path
    sha256: str
    data: Any
    spec: ModelSpec | None = None


@dataclass(frozen=True, slots=True)
class Kit:
    """What a worker opens. folder: in which the driver stands. umask: its own, for the results. version: of edgebokeh,
    the driver's."""

    finder: Model
    gate: Model | None
    matting: Model | None
    runtime: Runtime
    profile: DeviceProfile | None
    folder: Path
    umask: int
    version: str = __version__


def packed(bokeh: Bokeh, look: Look, cluster: Cluster, keep: Callable[[bytes], Any]) -> Kit:
    """What a worker needs to open the same networks for a look. keep: makes references that any worker can follow."""
    finder, matting, gate, profile = bokeh.parts
    look = bokeh.wanted(look)
    drawn = matting if look.preset.matting and not look.classic else None

    def model(path: Path, spec: ModelSpec | None = None) -> Model:
        return Model(path, cache.sha256(path), keep(path.read_bytes()), spec)

    return Kit(
        model(finder.path, finder.spec),
        model(gate.path, gate.spec) if gate else None,
        model(catalog.find(str(drawn))) if drawn else None,
        runtime(bokeh, cluster),
        profile,
        Path.cwd(),
        _umask(),
    )


def _umask() -> int:
    """Of this process. It cannot be asked for, only set; what another thread makes meanwhile is closed to others."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def runtime(bokeh: Bokeh, cluster: Cluster) -> Runtime:
    """How workers run the networks."""
    own = bokeh.finder.runtime._replace(threads=bokeh.threads)
    if cluster.provider is None:
        return own
    options = tuple((cluster.provider_options or {}).items())
    return own._replace(providers=wishes(cluster.provider), options=options, allow_fallback=cluster.allow_fallback)


def opened(kit: Kit, fetch: Fetch, folder: Path) -> Bokeh:
    """The networks of a kit. folder: for files that this machine does not have.

    Raises ClusterUnfitError for another version of edgebokeh, and what `edgebokeh.load` does.
    """
    if kit.version != __version__:
        what = f"it has edgebokeh {__version__}, not {kit.version}"
        raise ClusterUnfitError(what, "install the same version on all machines")
    chosen = probe.chosen(kit.runtime)

    def network(model: Model) -> engine.Network:
        found = engine.open_network(_file(model, fetch, folder), model.spec, chosen)
        # A copy may have another name.
        return replace(found, spec=model.spec) if model.spec else found

    matting = _file(kit.matting, fetch, folder) if kit.matting else None
    return Bokeh(network(kit.finder), matting, network(kit.gate) if kit.gate else None, kit.profile)


def _file(model: Model, fetch: Fetch, folder: Path) -> Path:
    """The model's file on this machine: where the driver has it, of that name here, or a copy."""
    for path in (model.path, catalog.names().get(model.path.stem)):
        if path and path.is_file() and cache.sha256(path) == model.sha256:
            return path
    copy = folder / model.path.name
    copy.write_bytes(fetch(model.data))
    return copy
