"""MediaPipe Selfie Segmentation, general: the bundled default model."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from edgebokeh.spec import ModelSpec
from export import fetch, options
from export.artifact import MODELS, encode, publish, stamp
from export.progress import step

PACKAGE = "@mediapipe/selfie_segmentation"
VERSION = "0.1.1675465747"
FILE = "selfie_segmentation.tflite"
SHA256 = "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27"

TOLERANCE = 1e-4

SPEC = ModelSpec(
    name="selfie",
    size=(256, 256),
    output="probability",
    licence="Apache-2.0",
    source=f"npm package {PACKAGE} {VERSION}, {FILE}, sha256 {SHA256}",
)


def selfie(
    output: Annotated[Path, options.output("selfie")] = MODELS / "selfie.onnx",
    tflite: Annotated[Path | None, typer.Option(help=f"Use this {FILE} and download nothing.")] = None,
    verify: Annotated[
        bool,
        typer.Option(
            help=f"Compare with the TFLite interpreter on the sample photo; above {TOLERANCE:.0e} nothing is written."
        ),
    ] = True,
    force: options.Force = False,
) -> None:
    """The bundled model: MediaPipe's selfie segmenter.

    Downloads a pinned npm package, checks the hash and converts it. The same bytes come out on every run.
    """
    data = fetch.pinned(tflite, download, SHA256, FILE)
    with step("convert"):
        model = build(data)
    if verify:
        with step("verify"):
            _verify(data, model)
    publish(model, output, force)


def download() -> bytes:
    """The published file, from npm. Raises DownloadError."""
    return fetch.npm_file(PACKAGE, VERSION, FILE, instead="give it with --tflite FILE")


def build(data: bytes) -> bytes:
    """The ONNX file, described, of the TFLite file `data`. Raises UnsupportedError."""
    from export.tflite_to_onnx import convert

    model = convert(data, output=SPEC.output)
    stamp(model, SPEC)
    return encode(model)


def _verify(data: bytes, model: bytes) -> None:
    from export.parity import compare, run_onnx, run_tflite, sample

    tensor = sample(SPEC.size, SPEC)
    parity = compare(run_tflite(data, tensor), run_onnx(model, tensor), SPEC.output)
    print(f"  {parity}")
    parity.demand(TOLERANCE)


COMMANDS: dict[str, Callable[..., None]] = {"selfie": selfie}
