"""MediaPipe Selfie Segmentation: the general one, the bundled default model, and the one for wide pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from edgebokeh.proof import Conversion
from edgebokeh.spec import ModelSpec
from export import fetch, options
from export.artifact import MODELS, SAMPLE_SET, check_target, encode, proven, publish, stamp
from export.progress import step

PACKAGE = "@mediapipe/selfie_segmentation"
VERSION = "0.1.1675465747"
TOLERANCE, MEAN, AGREEMENT = 1e-4, 1e-5, 0.999
"""Of the probabilities: the largest and the mean difference, and the least share of pixels with the same label."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the package's networks. size: (height, width). about: the command's help."""

    file: str
    sha256: str
    size: tuple[int, int]
    about: str

    def spec(self, name: str) -> ModelSpec:
        return ModelSpec(
            name=name,
            size=self.size,
            output="probability",
            licence="Apache-2.0",
            source=f"npm package {PACKAGE} {VERSION}, {self.file}, sha256 {self.sha256}",
        )

    def proof(self) -> Conversion:
        """What holds where `_verify` passes."""
        return Conversion(
            parent=self.file,
            parent_sha256=self.sha256,
            change="converted from TFLite",
            photos_from=SAMPLE_SET,
            largest=TOLERANCE,
            mean=MEAN,
            agreement=AGREEMENT,
        )

    def download(self) -> bytes:
        """The published file, from npm. Raises DownloadError."""
        return fetch.npm_file(PACKAGE, VERSION, self.file, instead="give it with --tflite FILE")


VARIANTS = {
    "selfie": Variant(
        "selfie_segmentation.tflite",
        "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27",
        (256, 256),
        "The bundled model: MediaPipe's selfie segmenter.",
    ),
    "selfie_landscape": Variant(
        "selfie_segmentation_landscape.tflite",
        "4aafe6223bb8dac6fac8ca8ed56852870a33051ef3f6238822d282a109962894",
        (144, 256),
        "MediaPipe's selfie segmenter for wide pictures, such as video.",
    ),
}


def command(name: str) -> Callable[..., None]:
    """The command that exports the variant `name`."""
    variant = VARIANTS[name]

    def run(
        output: Annotated[Path, options.output(name)] = MODELS / f"{name}.onnx",
        tflite: Annotated[Path | None, typer.Option(help=f"Use this {variant.file} and download nothing.")] = None,
        verify: Annotated[
            bool,
            typer.Option(
                help=f"Compare with the TFLite interpreter on the sample photo; above {TOLERANCE:.0e} nothing is "
                "written."
            ),
        ] = True,
        force: options.Force = False,
    ) -> None:
        check_target(output, force=True)
        data = fetch.pinned(tflite, variant.download, variant.sha256, variant.file)
        spec = variant.spec(name)
        with step("convert"):
            model = build(data, spec)
        if verify:
            with step("verify"):
                _verify(data, model, spec)
            model = proven(model, variant.proof())
        publish(model, output, force)

    run.__doc__ = (
        f"{variant.about}\n\n"
        "Downloads a pinned npm package, checks the hash and converts it. The same bytes come out on every run."
    )
    return run


def build(data: bytes, spec: ModelSpec) -> bytes:
    """The ONNX file, described, of the TFLite file `data`. Raises UnsupportedError."""
    from export.tflite_to_onnx import convert

    model = convert(data, output=spec.output)
    stamp(model, spec)
    return encode(model)


def _verify(data: bytes, model: bytes, spec: ModelSpec) -> None:
    from export.parity import compare, run_onnx, run_tflite, sample

    tensor = sample(spec.size, spec)
    parity = compare(run_tflite(data, tensor), run_onnx(model, tensor), spec.output)
    print(f"  {parity}")
    parity.demand(TOLERANCE, MEAN, AGREEMENT)


COMMANDS: dict[str, Callable[..., None]] = {name: command(name) for name in VARIANTS}
