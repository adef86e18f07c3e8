"""torchvision's DeepLabv3 with three backbones, with its own weights or with those of a checkpoint."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgebokeh.proof import Conversion
from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
from export import options
from export.artifact import MODELS, SAMPLE_SET, check_target, encode, publish, stamp
from export.progress import step

if TYPE_CHECKING:
    from export.parity import Parity

ARCHITECTURES = {
    "deeplabv3_mobilenet_v3_large": "MobileNetV3-Large",
    "deeplabv3_resnet50": "ResNet-50",
    "deeplabv3_resnet101": "ResNet-101",
}
"""torchvision's name of the network, which is also the command's and the model's, to that of its backbone."""

LICENCE = "BSD-3-Clause"
"""torchvision's, for its code and the weights that it publishes."""


def check_opset(opset: int) -> None:
    """Raises typer.BadParameter for an operator set that torch's exporter does not write."""
    if opset < 18:
        raise typer.BadParameter(
            f"{opset} is below 18, the lowest that torch's exporter writes; it would write 18 and not say so",
            param_hint="--opset",
        )


def check_person(person: int, classes: int) -> None:
    """Raises typer.BadParameter where `person` is none of the classes."""
    if person >= classes:
        raise typer.BadParameter(
            f"{person} is not one of {classes} classes, counted from 0", param_hint="--person-index"
        )


Weights = Annotated[
    str,
    typer.Option(
        metavar="default|none|FILE",
        help="torchvision's COCO_WITH_VOC_LABELS_V1, random weights, or a checkpoint (a state dict, read safely).",
    ),
]
Size = Annotated[str, typer.Option(metavar="N|HxW", help="Height and width that pictures are stretched to.")]
Dynamic = Annotated[
    bool, typer.Option("--dynamic", help="Leave batch, height and width open; --size is then only what works best.")
]
Opset = Annotated[int, typer.Option(metavar="N", help="ONNX operator set, 18 or above.")]
Output = Annotated[Path | None, options.output("NAME")]
Verify = Annotated[
    bool,
    typer.Option(help="Compare torch and onnxruntime on the sample photo, and leave no file where they differ."),
]
Tolerance = Annotated[
    float, typer.Option(metavar="X", min=0, help="Largest difference of two logits that --verify lets pass.")
]
Classes = Annotated[int, typer.Option(metavar="N", min=1, help="Classes that the weights tell apart.")]
Person = Annotated[int, typer.Option(metavar="N", min=0, help="Which of them, counted from 0, is a person.")]


def command(name: str) -> Callable[..., None]:
    """The command that exports the architecture `name`."""

    def run(
        weights: Weights = "default",
        size: Size = "520",
        dynamic: Dynamic = False,
        opset: Opset = 18,
        output: Output = None,
        verify: Verify = True,
        tolerance: Tolerance = 1e-3,
        num_classes: Classes = 21,
        person_index: Person = 15,
        head: options.HeadOption = options.Head.LOGITS,
        input_: options.InputOption = options.Input.FLOAT,
        precision: options.PrecisionOption = None,
        calibrate: options.Calibrate = None,
        calibration: options.CalibrationOption = None,
        validate: options.Validate = None,
        masks: options.Masks = None,
        set_name: options.SetName = "",
        max_drop: options.MaxDrop = 0.005,
        force: options.Force = False,
    ) -> None:
        shape = options.parse_size(size)
        check_opset(opset)
        check_person(person_index, num_classes)
        plan = options.Plan(
            head=head,
            input=input_,
            precision=precision or options.Precision.FP32,
            calibrate=calibrate,
            calibration=calibration,
            validate=validate,
            masks=masks,
            set_name=set_name,
            max_drop=max_drop,
        )
        target = output or MODELS / f"{'-'.join([name, *plan.suffixes()])}.onnx"
        check_target(target, force)
        gathered = _photos(plan)
        network, spec = _described(name, weights, shape, num_classes, person_index)
        model = _converted(network, spec, dynamic, opset, tolerance if verify else None)
        publish(encode(_reduced(model, spec, plan, gathered) if gathered else model), target, force)

    run.__doc__ = f"DeepLabv3 on {ARCHITECTURES[name]}, from torchvision."
    return run


def _described(name: str, weights: str, size: tuple[int, int], classes: int, person: int) -> tuple[Any, ModelSpec]:
    with step("import torch"):
        import torch  # noqa: F401
    with step("load weights"):
        network, licence, source = _load(name, weights, classes)
    return network, ModelSpec(
        name=name,
        size=size,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        classes=classes,
        person=person,
        licence=licence,
        source=source,
    )


def _converted(network: Any, spec: ModelSpec, dynamic: bool, opset: int, tolerance: float | None) -> Any:
    """The `onnx.ModelProto`, described, and as near to torch as `tolerance` demands."""
    from export import torch_to_onnx

    module = torch_to_onnx.Logits(network)
    with step("convert"):
        model = torch_to_onnx.convert(module, output=spec.output, size=spec.size, dynamic=dynamic, opset=opset)
        stamp(model, spec)
    if tolerance is not None:
        with step("verify"):
            found = _verify(module, encode(model), spec, dynamic, tolerance)
        stamp(model, spec, _proof(network, spec, found))
    return model


def _photos(plan: options.Plan) -> Any:
    """The photos of a reduction; None where nothing is reduced."""
    if plan.suffixes():
        from export.photos import gather

        return gather(plan)
    if plan.validate:
        raise typer.BadParameter(
            "nothing is reduced, so there is nothing to judge; add --head, --input or --precision",
            param_hint="--validate",
        )
    return None


def _reduced(model: Any, spec: ModelSpec, plan: options.Plan, photos: Any) -> Any:
    from export import reduce

    made, proof = reduce.reduce(model, spec, plan, photos)
    stamp(made.model, made.spec, proof)
    return made.model


def _load(name: str, weights: str, classes: int) -> tuple[Any, str, str]:
    """The network, its licence and its source."""
    import torchvision

    from export import checkpoint

    network = checkpoint.network(name, classes)
    official = checkpoint.default_file(name)
    origin = f"torchvision {torchvision.__version__} {name}"
    if weights == "none":
        return network, LICENCE, f"{origin}, random weights"
    if weights == "default":
        checkpoint.fill(network, checkpoint.download(name), official)
        return network, LICENCE, f"{origin}, {official}"
    path = Path(weights)
    checkpoint.fill(network, checkpoint.read(path), path.name)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    # torchvision ends its file names with the first eight digits of the hash.
    licence = LICENCE if official.endswith(f"-{sha256[:8]}.pth") else "unknown"
    return network, licence, f"{origin}, {path.name}, sha256 {sha256}"


def _verify(module: Any, model: bytes, spec: ModelSpec, dynamic: bool, tolerance: float) -> "list[Parity]":
    """Compare at the model's size and, where the shapes are open, with two pictures of another one."""
    import numpy as np

    from export.parity import HINT, compare, run_onnx, sample
    from export.torch_to_onnx import run_torch

    height, width = spec.size
    tensors = [sample(spec.size, spec)]
    if dynamic:
        picture = sample((height * 3 // 4, width * 7 // 8), spec)
        tensors.append(np.concatenate([picture, picture[:, :, :, ::-1]]))
    found = []
    for tensor in tensors:
        parity = compare(run_torch(module, tensor), run_onnx(model, tensor), spec.output)
        print(f"  {'x'.join(map(str, tensor.shape))}: {parity}")
        parity.demand(tolerance, hint=f"{HINT}; if you can live with it, let it pass with --tolerance")
        found.append(parity)
    return found


def _proof(network: Any, spec: ModelSpec, found: "list[Parity]") -> Conversion:
    """The worst of what was found, rounded to what other machines find too."""
    from export import checkpoint
    from export.parity import above

    return Conversion(
        parent=f"torchvision {spec.name}",
        parent_sha256=checkpoint.digest(network),
        change="converted from torch",
        photos_from=SAMPLE_SET,
        largest=above(max(parity.largest for parity in found)),
        mean=above(max(parity.mean for parity in found)),
        agreement=math.floor(1000 * min(parity.agreement for parity in found)) / 1000,
    )


COMMANDS: dict[str, Callable[..., None]] = {name: command(name) for name in ARCHITECTURES}
