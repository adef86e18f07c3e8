"""What the command line lists: lines for people, rows for programs."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edgebokeh.engine import ModelInfo
from edgebokeh.look import DEFAULT_QUALITY, OTHER_STYLES, QUALITIES
from edgebokeh.styles import STYLES

if TYPE_CHECKING:
    from edgebokeh.evaluate import Score
    from edgebokeh.model_files import ModelDetails
    from edgebokeh.probe import ProviderInfo


def model(info: ModelInfo, *, as_json: bool) -> list[str]:
    """A model at hand: some lines, or one with a JSON object."""
    data: dict[str, Any] = {"name": info.name}
    if info.spec and info.size:
        data |= {"task": info.spec.task, "input": [info.size[1], info.size[0]]}
        data |= {"licence": info.spec.licence, "source": info.spec.source}
    else:
        data |= {"problem": info.problem}
    data |= {"path": str(info.path)}
    if as_json:
        return [json.dumps(data)]
    if info.size:
        data["input"] = f"{info.size[1]}×{info.size[0]}"
    return [data.pop("name"), *(f"  {key:8} {value}" for key, value in data.items())]


def details(known: "ModelDetails", *, as_json: bool) -> list[str]:
    """All that is known of a model: some lines, or one with a JSON object."""
    spec, size, proof = known.spec, f"{known.size[1]}×{known.size[0]}", known.proof
    if as_json:
        told = asdict(known) | {"path": str(known.path), "size": known.size[::-1], "spec": json.loads(spec.to_json())}
        return [json.dumps(told)]
    colours = "(rgb − {}) / {}, rgb in 0..1".format(
        *(",".join(f"{n:g}" for n in three) for three in (spec.mean, spec.std))
    )
    learned = f", of {spec.learned} classes learned" if spec.learned else ""
    lines = {
        "task": spec.task,
        "input": f"{size}, {spec.layout} {spec.input}, {'rgb in 0..255' if spec.input == 'uint8' else colours}",
        "sides": f"multiples of {spec.multiple}" if spec.multiple > 1 else "",
        "output": f"{spec.output}, {spec.output_layout or spec.layout}, planes: {spec.classes}, person: {spec.person}"
        + learned,
        "licence": spec.licence,
        "source": spec.source,
        "path": str(known.path),
        "file": f"{known.bytes:,} bytes, weights {known.weights}",
        "sha256": known.sha256,
        "parent": f"{proof.parent} ({proof.parent_sha256}): {proof.change}" if proof else "",
        "proof": str(proof) if proof else "none: not written by the export, or not compared",
    }
    return [known.name, *(f"  {key:8} {value}" for key, value in lines.items() if value)]


def provider(info: "ProviderInfo", *, as_json: bool) -> str:
    """An execution provider: whether it runs here, on what; else why not, and how to come by it."""
    if as_json:
        return json.dumps(asdict(info))
    if info.usable:
        return f"{info.name:12} {info.kind:8} runs here{': ' + ', '.join(info.devices) if info.devices else ''}"
    what = info.install if info.kind == "absent" else f"does not run: {info.reason}"
    return f"{info.name:12} {info.kind:8} {what}"


def score(one: "Score", *, as_json: bool) -> str:
    """One photo's score."""
    if as_json:
        return json.dumps(asdict(one))
    return f"{one.name:32} IoU {one.iou:.4f}  boundary {one.boundary_iou:.4f}  error {one.error:.4f}"


def scores(summary: dict[str, Any], *, as_json: bool) -> str:
    """The summary of all scores: their means, and the worst photo."""
    if as_json:
        return json.dumps(summary)
    mean, worst = summary["mean"], summary["worst"][0]
    numbers = f"IoU {mean['iou']:.4f}  boundary {mean['boundary_iou']:.4f}  error {mean['error']:.4f}"
    return f"{'mean of ' + str(summary['photos']):32} {numbers}  (worst: {worst['name']}, IoU {worst['iou']:.4f})"


def styles(*, as_json: bool) -> list[str]:
    """A line, or a JSON object, for each style."""
    table = {name: style.summary for name, style in STYLES.items()} | OTHER_STYLES
    return _table(table, "style", as_json)


def qualities(*, as_json: bool) -> list[str]:
    """A line, or a JSON object, for each quality preset."""
    table = {name: quality.summary for name, quality in QUALITIES.items()}
    table[DEFAULT_QUALITY] += " (default)"
    return _table(table, "quality", as_json)


def _table(table: dict[str, str], kind: str, as_json: bool) -> list[str]:
    if as_json:
        return [json.dumps({kind: name, "summary": summary}) for name, summary in table.items()]
    return [f"{name:10} {summary}" for name, summary in table.items()]
