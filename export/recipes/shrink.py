"""Any segmenter with a description, made smaller, with proof of what that cost."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from export import options
from export.artifact import MODELS, check_target, encode, publish, stamp


def shrink(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's name or .onnx file.", show_default=False)],
    output: Annotated[Path | None, options.output("MODEL-CHANGES")] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="NAME|JSON", help="How to feed a model that does not say so: a known contract or a file."),
    ] = None,
    head: options.HeadOption = options.Head.LOGITS,
    input_: options.InputOption = options.Input.FLOAT,
    precision: options.PrecisionOption = None,
    size: Annotated[
        str | None, typer.Option(metavar="N|HxW", help="Fix a network of open sizes to one picture of this size.")
    ] = None,
    calibrate: options.Calibrate = None,
    calibration: options.CalibrationOption = None,
    validate: options.Validate = None,
    masks: options.Masks = None,
    set_name: options.SetName = "",
    max_drop: options.MaxDrop = 0.005,
    force: options.Force = False,
) -> None:
    """A smaller twin of any segmenter, compared with it on photos.

    Above --max-drop nothing is written. Without --validate the sample photo alone is the judge.
    """
    plan = options.Plan(
        head=head,
        input=input_,
        precision=precision or options.Precision.FP32,
        size=options.parse_size(size) if size else None,
        calibrate=calibrate,
        calibration=calibration,
        validate=validate,
        masks=masks,
        set_name=set_name,
        max_drop=max_drop,
    )
    if not (precision or plan.suffixes()):
        raise typer.BadParameter("nothing is to be changed; add --head, --input, --size or --precision")
    from edgebokeh import catalog
    from edgebokeh.cache import sha256
    from edgebokeh.spec import METADATA_KEY, named, resolve
    from export import photos, reduce

    path = catalog.find(model)
    gathered = photos.gather(plan)
    given, digest = reduce.load(path), sha256(path)
    reduce.check_unreduced(given, str(path))
    metadata = reduce.entry(given, METADATA_KEY, str(path))
    description = resolve(named(spec) if spec else None, metadata, digest)
    target = output or MODELS / f"{'-'.join([description.name, *plan.suffixes()])}.onnx"
    check_target(target, force)
    made, proof = reduce.reduce(given, description, plan, gathered, digest)
    stamp(made.model, made.spec, proof)
    data, before = encode(made.model), path.stat().st_size
    publish(data, target, force)
    if len(data) > before:
        print(f"export: warning: this is larger than its parent, {before:,} bytes", file=sys.stderr)


COMMANDS: dict[str, Callable[..., None]] = {"shrink": shrink}
