"""Whether the outputs of a configuration are right: those of the CPU provider, where it can be of the same Python."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from edgebokeh import catalog
from edgebokeh.benchmark import stats
from edgebokeh.benchmark.configuration import BenchSettings, Configuration
from edgebokeh.benchmark.measured import Parity, Trial
from edgebokeh.benchmark.runner import Runner, started
from edgebokeh.parity import FLAT, is_flat

LEAST_IOU, MOST_APART = 0.98, 0.25
"""Outputs are wrong whose silhouettes agree less with the CPU's, or that are further off as a share of their span."""


def compared(runner: Runner, runners: Sequence[Runner], settings: BenchSettings, photo: Path, folder: Path) -> Trial:
    """The configuration with its parity to the CPU provider, for the same model and input.

    A provider is compared with the CPU provider of its own Python: one that runs anyway, or else one for this alone.
    The CPU provider itself is compared with the first of all Pythons, which has nobody to judge it.
    """
    one = runner.trial.configuration
    judges = [other for other in runners if _may_judge(other.trial.configuration, one)]
    if judges:
        return _finite(runner) if judges[0] is runner else _judged(runner, judges[0])
    with ExitStack() as stack:
        reference = Trial("reference", replace(one, provider="cpu", options={}, batch=1))
        path = folder / f"reference-{runner.outputs.name}"
        trial, found = started(reference, stack, settings, photo, path)
        if not found:
            return replace(runner.trial, note=f"not compared with the CPU: {trial.note}")
        return _judged(runner, found)


def losses(runners: Sequence[Runner]) -> list[str]:
    """A warning for each reduced network whose matte is not that of the network itself, where both are measured."""
    found = []
    for runner in (one for one in runners if one.trial.state == "measured"):
        whole = next((other for other in runners if _reduced(other.trial, runner.trial)), None)
        iou = _mattes_agree(runner.outputs, whole.outputs) if whole else 1.0
        if whole and iou < LEAST_IOU:
            found.append(
                f"{runner.trial.label}: its matte is not that of {whole.trial.label} (IoU {iou:.4f}); "
                "score both on labelled photos with: edgebokeh evaluate"
            )
    return found


def _reduced(whole: Trial, trial: Trial) -> bool:
    """Whether a configuration is the same as another, which is right and on the CPU, in another precision."""
    one, other = trial.configuration, whole.configuration
    names = [catalog.in_precision(other.model, precision) for precision in catalog.PRECISIONS if precision != "own"]
    return (other.provider, whole.state) == ("cpu", "measured") and one.model in names and one.size == other.size


def _mattes_agree(ours: Path, theirs: Path) -> float:
    """The least IoU of two files of outputs; 0 where mattes have other shapes."""
    with np.load(ours) as mine, np.load(theirs) as whole:
        pairs = [(mine[name], whole[name]) for name in mine.files if name.startswith("matte")]
    return min(stats.agreement(*pair) if pair[0].shape == pair[1].shape else 0.0 for pair in pairs)


def _may_judge(theirs: Configuration, one: Configuration) -> bool:
    alike = (theirs.provider, theirs.model, theirs.size) == ("cpu", one.model, one.size)
    return alike and (one.provider == "cpu" or theirs.python == one.python)


def _finite(runner: Runner) -> Trial:
    """The configuration that others are compared with, and nothing can judge but that its outputs are numbers."""
    with np.load(runner.outputs) as mine:
        if all(np.isfinite(mine[name]).all() for name in mine.files):
            return runner.trial
    trial = replace(runner.trial, parity=Parity(None, None, None, finite=False))
    return trial.given_up("wrong", "its outputs are not finite, and it is the CPU provider itself")


def _judged(runner: Runner, reference: Runner) -> Trial:
    parity = replace(_parity(runner.outputs, reference.outputs), against=_name(reference.trial, runner.trial))
    if parity.share is None and parity.difference == 0:
        why = "not compared with the CPU, whose output is one value for this photo"
        return replace(runner.trial, note="; ".join(filter(None, (runner.trial.note, why))))
    wrong = not parity.finite or (parity.iou or 0) < LEAST_IOU or (parity.share or 0) > MOST_APART
    trial = replace(runner.trial, parity=parity)
    note = "its outputs are not the CPU provider's"
    if parity.finite and parity.difference is None:
        note = f"{note}, which are not finite or of another shape"
    return trial.given_up("wrong", note) if wrong else trial


def _name(reference: Trial, trial: Trial) -> str:
    """What the outputs were compared with, in a few words."""
    same = reference.configuration.python == trial.configuration.python
    return f"cpu of onnxruntime {reference.versions['onnxruntime']}{'' if same else ' in another Python'}"


def _parity(ours: Path, reference: Path) -> Parity:
    """Of several networks, what is worst. Without a share where all is the same and the reference as good as one value:
    a provider that does nothing may give that too."""
    with np.load(ours) as mine, np.load(reference) as theirs:
        pairs = [(mine[name], theirs[name]) for name in mine.files]
        raws = [pair for name, pair in zip(mine.files, pairs, strict=True) if name.startswith("raw")]
        mattes = [pair for name, pair in zip(mine.files, pairs, strict=True) if name.startswith("matte")]
    finite = all(np.isfinite(raw).all() for raw, _ in raws)
    if not finite or any(raw.shape != truth.shape or not np.isfinite(truth).all() for raw, truth in raws):
        return Parity(None, None, None, finite)
    differences = [float(np.abs(raw - truth).max()) for raw, truth in raws]
    if not any(differences) and any(is_flat(truth) for _, truth in raws):
        return Parity(0.0, None, None, finite)
    shares = [apart / max(float(np.ptp(truth)), FLAT) for apart, (_, truth) in zip(differences, raws, strict=True)]
    return Parity(max(differences), max(shares), min(stats.agreement(*pair) for pair in mattes), finite)
