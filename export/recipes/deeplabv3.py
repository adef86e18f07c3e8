"""torchvision's DeepLabv3 with three backbones, with its own weights or with those of a checkpoint."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
from export import options
from export.artifact import MODELS, check_free, encode, staged, stamp
from export.progress import step

_SIZES = range(32, 8193)


ARCHITECTURES = {
    "deeplabv3_mobilenet_v3_large": "MobileNetV3-Large",
    "deeplabv3_resnet50": "ResNet-50",
    "deeplabv3_resnet101": "ResNet-101",
}
"""torchvision's name of the network, which is also the command's and the model's, to that of its backbone."""

LICENCE = "BSD-3-Clause"
"""torchvision's, for its code and the weights that it publishes."""


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) from "N" or "HxW". Raises typer.BadParameter."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) in _SIZES for part in parts):
        raise typer.BadParameter(
            f"{text!r} is neither N nor HxW with whole numbers from {_SIZES[0]} to {_SIZES[-1]}", param_hint="--size"
        )
    return int(parts[0]), int(parts[-1])


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
        force: options.Force = False,
    ) -> None:
        shape = parse_size(size)
        check_opset(opset)
        check_person(person_index, num_classes)
        target = output or MODELS / f"{name}.onnx"
        check_free(target, force)
        with step("import torch"):
            from export import torch_to_onnx
        with step("load weights"):
            network, licence, source = _load(name, weights, num_classes)
        spec = ModelSpec(
            name=name,
            size=shape,
            mean=IMAGENET_MEAN,
            std=IMAGENET_STD,
            classes=num_classes,
            person=person_index,
            licence=licence,
            source=source,
        )
        module = torch_to_onnx.Logits(network)
        with step("convert"):
            model = torch_to_onnx.convert(module, output=spec.output, size=shape, dynamic=dynamic, opset=opset)
            stamp(model, spec)
        with staged(target, force) as draft:
            draft.write_bytes(encode(model))
            if verify:
                with step("verify"):
                    _verify(module, draft, spec, dynamic, tolerance)
        print(f"{target}: {target.stat().st_size:,} bytes")

    run.__doc__ = f"DeepLabv3 on {ARCHITECTURES[name]}, from torchvision."
    return run


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


def _verify(module: Any, path: Path, spec: ModelSpec, dynamic: bool, tolerance: float) -> None:
    """Compare at the model's size and, where the shapes are open, with two pictures of another one."""
    import numpy as np

    from export.parity import HINT, compare, run_onnx, sample
    from export.torch_to_onnx import run_torch

    height, width = spec.size
    tensors = [sample(spec.size, spec)]
    if dynamic:
        picture = sample((height * 3 // 4, width * 7 // 8), spec)
        tensors.append(np.concatenate([picture, picture[:, :, :, ::-1]]))
    for tensor in tensors:
        parity = compare(run_torch(module, tensor), run_onnx(path, tensor), spec.output)
        print(f"  {'x'.join(map(str, tensor.shape))}: {parity}")
        parity.demand(tolerance, hint=f"{HINT}; if you can live with it, let it pass with --tolerance")


COMMANDS: dict[str, Callable[..., None]] = {name: command(name) for name in ARCHITECTURES}
