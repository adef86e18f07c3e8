import urllib.error
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer

from edgebokeh.proof import PROOF_KEY, Conversion, Proof, read
from edgebokeh.spec import IMAGENET_MEAN, IMAGENET_STD, METADATA_KEY, ModelSpec
from export.cli import main
from export.options import Head, Precision, parse_size
from export.recipes.deeplabv3 import ARCHITECTURES

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("torchvision")
pytest.importorskip("onnxscript")

from export import checkpoint, gate, torch_to_onnx  # noqa: E402
from export.parity import SAMPLE, compare, run_onnx  # noqa: E402

LIGHT = "deeplabv3_mobilenet_v3_large"


def noise(*shape: int) -> Any:
    return np.random.default_rng(7).normal(size=shape).astype(np.float32)


def spec_of(path: Path) -> ModelSpec:
    entry, *proofs = onnx.load(path).metadata_props
    for proof in proofs:
        known = read(proof.value)
        assert isinstance(known, Conversion)
        assert (known.change, len(known.parent_sha256)) == ("converted from torch", 64)
        assert known.mean <= known.largest <= 1e-3
    assert entry.key == METADATA_KEY
    return ModelSpec.from_json(entry.value)


@pytest.fixture(scope="module")
def checkpoint_file(seasoned: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "light.pth"
    torch.save(seasoned(LIGHT).state_dict(), path)
    return path


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_onnxruntime_computes_what_torch_does(
    name: str, seasoned: Callable[..., Any], tmp_path: Path, run: Callable[..., Any]
) -> None:
    network, target = seasoned(name), tmp_path / "out" / "network.onnx"
    torch.save(network.state_dict(), tmp_path / "weights.pth")

    result = run(name, "--weights", tmp_path / "weights.pth", "--size", "129", "-o", target)

    assert result.code == 0, result.err
    assert "1x3x129x129: largest difference" in result.out
    tensor = noise(1, 3, 129, 129)
    parity = compare(torch_to_onnx.run_torch(torch_to_onnx.Logits(network), tensor), run_onnx(target, tensor), "logits")
    assert parity.largest <= 1e-3
    assert parity.peak > 1, "the logits are too small for 1e-3 to prove anything"
    assert parity.agreement > 0.999
    assert [file.name for file in target.parent.iterdir()] == ["network.onnx"], "one file, no external data"
    spec = spec_of(target)
    assert (spec.name, spec.size, spec.output, spec.classes, spec.person) == (name, (129, 129), "logits", 21, 15)
    assert (spec.mean, spec.std, spec.layout, spec.licence) == (IMAGENET_MEAN, IMAGENET_STD, "NCHW", "unknown")
    assert "weights.pth, sha256" in spec.source


def test_dynamic_takes_any_batch_and_size(checkpoint_file: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    target = tmp_path / "dynamic.onnx"
    result = run(LIGHT, "--weights", checkpoint_file, "--size", "129", "--dynamic", "-o", target)
    assert result.code == 0, result.err
    assert "1x3x129x129: " in result.out
    assert "2x3x96x112: " in result.out

    network = checkpoint.network(LIGHT, 21)
    checkpoint.fill(network, checkpoint.read(checkpoint_file), "light.pth")
    for shape in [(1, 3, 65, 200), (3, 3, 144, 80)]:
        expected = torch_to_onnx.run_torch(torch_to_onnx.Logits(network), noise(*shape))
        assert compare(expected, run_onnx(target, noise(*shape)), "logits").largest <= 1e-3
    dims = onnx.load(target).graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["batch", 3, "height", "width"]


def test_the_same_bytes_on_every_run_and_no_trace_of_the_machine(tmp_path: Path, run: Callable[..., Any]) -> None:
    for name in ("one", "two"):
        assert run(LIGHT, "--weights", "none", "--size", "65", "--no-verify", "-o", tmp_path / f"{name}.onnx").code == 0
    data = (tmp_path / "one.onnx").read_bytes()
    assert data == (tmp_path / "two.onnx").read_bytes()
    assert b"stack_trace" not in data
    assert b".py" not in data
    assert spec_of(tmp_path / "one.onnx").source.endswith("random weights")


def test_fine_tuned_checkpoint_in_wrappings(
    seasoned: Callable[..., Any], tmp_path: Path, run: Callable[..., Any]
) -> None:
    network, target = seasoned(LIGHT, classes=2), tmp_path / "two.onnx"
    weights = {f"module.{key}": value for key, value in network.state_dict().items()}
    weights["module.aux_classifier.0.weight"] = torch.zeros(1)
    torch.save({"model": weights, "epoch": 3}, tmp_path / "tuned.pth")

    arguments = [LIGHT, "--weights", tmp_path / "tuned.pth", "--size", "65x97", "-o", target]
    result = run(*arguments, "--num-classes", 2, "--person-index", 1)

    assert result.code == 0, result.err
    spec = spec_of(target)
    assert (spec.classes, spec.person, spec.size) == (2, 1, (65, 97))
    expected = torch_to_onnx.run_torch(torch_to_onnx.Logits(network), noise(1, 3, 65, 97))
    parity = compare(expected, run_onnx(target, noise(1, 3, 65, 97)), "logits")
    assert expected.shape == (1, 2, 65, 97)
    assert parity.largest <= 1e-3 < parity.peak


def test_a_file_that_computes_something_else_is_not_kept(
    checkpoint_file: Path, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = torch_to_onnx.convert

    def spoilt(module: Any, **options: Any) -> Any:
        model = convert(module, **options)
        bias = next(part for part in model.graph.initializer if part.name.endswith("classifier.4.bias"))
        bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(0.002), bias.name))
        return model

    monkeypatch.setattr(torch_to_onnx, "convert", spoilt)
    result = run(LIGHT, "--weights", checkpoint_file, "--size", "65", "-o", tmp_path / "x.onnx")
    assert result.code == 83
    assert result.err.startswith(
        "export: error: the ONNX file does not compute what its source does: largest difference 2.0e-03"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "no checkpoint that torch reads safely"),
        (b"not a checkpoint", "no checkpoint that torch reads safely"),
        (torch.nn.Conv2d(1, 1, 1), "no checkpoint that torch reads safely"),
        ([1, 2], "holds no weights"),
        ({"epoch": 3}, "holds no weights"),
        ({"backbone.conv1.weight": torch.zeros(1)}, "does not fit this network"),
    ],
    ids=["missing", "empty", "text", "module", "list", "no-weights", "other"],
)
def test_wrong_checkpoint(content: Any, said: str, tmp_path: Path, run: Callable[..., Any]) -> None:
    path = tmp_path / "wrong.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    result = run(LIGHT, "--weights", path, "-o", tmp_path / "out" / "x.onnx")
    assert result.code == 81
    assert said in result.err
    assert result.err.count("\n") == 1
    assert "; " in result.err
    assert not (tmp_path / "out").exists()


def test_checkpoint_of_another_number_of_classes(
    checkpoint_file: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    arguments = [LIGHT, "--weights", checkpoint_file, "--num-classes", 2, "--person-index", 1]
    result = run(*arguments, "-o", tmp_path / "x.onnx")
    assert result.code == 81
    assert (
        result.err
        == "export: error: light.pth has 21 classes, not 2; add --num-classes 21 and the --person-index of it\n"
    )


class Broken:
    """A download that ends in the middle."""

    chunks = (b"PK\x03\x04 some bytes",)

    def __init__(self) -> None:
        self.left = list(self.chunks)

    def __enter__(self) -> "Broken":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def info(self) -> Message:
        return Message()

    def read(self, _: int) -> bytes:
        if self.left:
            return self.left.pop()
        raise urllib.error.URLError("connection lost")


def absent(*_: object) -> None:
    raise urllib.error.URLError("no network")


@pytest.mark.parametrize(("answer", "why"), [(absent, "no network"), (lambda _: Broken(), "connection lost")])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_torchvisions_weights_without_network(
    name: str, answer: Any, why: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "urlopen", answer)
    result = run(name, "-o", tmp_path / "out" / "x.onnx")
    file = checkpoint.default_file(name)
    assert result.code == 80
    assert why in result.err
    assert f"--weights {file}" in result.err
    assert file.startswith(name)
    assert "://" not in result.err
    assert result.err.count("\n") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--opset", 17), "17 is below 18"),
        (("--person-index", 21), "21 is not one of 21 classes"),
        (("--num-classes", 0), "--num-classes"),
        (("--size", "8x"), "neither N nor HxW"),
    ],
)
def test_options_that_make_no_sense(
    option: tuple[Any, ...], said: str, tmp_path: Path, run: Callable[..., Any]
) -> None:
    result = run(LIGHT, *option, "-o", tmp_path / "x.onnx")
    assert result.code == 2
    assert said in " ".join(result.err.split())
    assert list(tmp_path.iterdir()) == []


def test_an_opset_that_nobody_knows_yet(tmp_path: Path, run: Callable[..., Any]) -> None:
    result = run(LIGHT, "--weights", "none", "--opset", 99, "-o", tmp_path / "x.onnx")
    assert result.code == 82
    assert "knows no opset 99" in result.err


def test_an_existing_file_is_refused_before_the_work(tmp_path: Path, run: Callable[..., Any]) -> None:
    target = tmp_path / "x.onnx"
    target.write_bytes(b"precious")
    result = run(LIGHT, "--weights", "none", "-o", target)
    assert (result.code, result.out) == (21, "")
    assert target.read_bytes() == b"precious"


@pytest.mark.parametrize(("text", "size"), [("520", (520, 520)), ("480x640", (480, 640)), ("32X33", (32, 33))])
def test_sizes(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "31", "9000", "1x2x3", "x", "-65", "65.0", "dynamic"])
def test_sizes_that_make_no_sense(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_size(text)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def exported(
    request: pytest.FixtureRequest, seasoned: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An architecture's logits at 97×97, of two classes so that the sample shows people to random weights."""
    folder = tmp_path_factory.mktemp("networks")
    torch.save(seasoned(request.param, classes=2).state_dict(), folder / "weights.pth")
    path = folder / f"{request.param}.onnx"
    options = ["--weights", folder / "weights.pth", "--num-classes", 2, "--person-index", 1, "--size", 97]
    with pytest.raises(SystemExit) as caught:
        main([str(part) for part in [request.param, *options, "-o", path]])
    assert caught.value.code == 0
    return path


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("head", Head)
def test_every_head_and_precision(
    head: str,
    precision: str,
    exported: Path,
    tmp_path: Path,
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "photos").mkdir()
    pixels = cv2.imread(str(SAMPLE))
    assert pixels is not None
    cv2.imwrite(str(tmp_path / "photos" / "brighter.png"), cv2.convertScaleAbs(pixels, alpha=1.02))
    ranges = ["--calibrate", tmp_path / "photos"] if precision.startswith("int8") else []
    target = tmp_path / "twin.onnx"
    # Two planes of random weights differ by little everywhere, so that labels flip: what counts here is the difference.
    monkeypatch.setattr(gate, "NEAR_NOTHING", 0)
    result = run("shrink", exported, "--head", head, "--precision", precision, *ranges, "--max-drop", 1, "-o", target)
    assert result.code == 0, result.err
    spec, proof = twin(target)
    assert proof.parent == exported.stem
    assert proof.mean < {"int8": 0.15, "int8-weights": 0.06}.get(precision, 0.03)
    planes = run_onnx(target, noise(1, 3, 97, 97))
    assert planes.shape == {"logits": (1, 2, 97, 97), "matte": (1, 1, 97, 97)}.get(head, (1, 1, *planes.shape[2:]))
    assert (spec.output, spec.classes) == (("logits", 2) if head == "logits" else ("probability", 1))
    if head == "person":
        assert planes.shape[2:] in {(7, 7), (13, 13)}, "as small as the network computes it"
    share = {"fp32": 1.01, "fp16": 0.52, "int8": 0.30, "int8-weights": 0.27}[precision]
    assert target.stat().st_size < share * exported.stat().st_size


def test_photos_are_looked_for_before_the_work(tmp_path: Path, run: Callable[..., Any]) -> None:
    plain = run(LIGHT, "--weights", "none", "--validate", tmp_path, "-o", tmp_path / "x.onnx")
    assert (plain.code, plain.out) == (2, "")
    assert "nothing is reduced" in plain.err
    empty = run(LIGHT, "--weights", "none", "--head", "person", "--validate", tmp_path, "-o", tmp_path / "x.onnx")
    assert (empty.code, empty.out) == (61, "")
    assert "holds no pictures" in empty.err


def test_an_export_is_reduced_in_one_go(checkpoint_file: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    arguments = [
        LIGHT,
        "--weights",
        checkpoint_file,
        "--size",
        97,
        "--head",
        "person",
        "--input",
        "u8",
        "--precision",
        "fp16",
    ]
    arguments += ["-o", tmp_path / "x.onnx"]
    blind = run(*arguments)
    assert blind.code == 61, "21 classes of random weights never see a person, which would prove nothing"
    assert list(tmp_path.iterdir()) == []
    network = checkpoint.network(LIGHT, 21)
    checkpoint.fill(network, checkpoint.read(checkpoint_file), "light.pth")
    with torch.no_grad():
        network.classifier[4].bias[15] += 100 * network.classifier[4].bias.abs().max() + 5
    torch.save(network.state_dict(), tmp_path / "people.pth")
    arguments[2] = tmp_path / "people.pth"
    result = run(*arguments)
    assert result.code == 0, result.err
    assert "1x3x97x97: largest difference" in result.out, "first compared with torch, then with its parent"
    spec, proof = twin(tmp_path / "x.onnx")
    assert (spec.name, spec.input) == (f"{LIGHT}-person-u8-fp16", "uint8")
    assert proof.change == "head person, input u8, fp16"


def twin(path: Path) -> tuple[ModelSpec, Proof]:
    entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    return ModelSpec.from_json(entries[METADATA_KEY]), Proof.from_json(entries[PROOF_KEY])
