import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from edgebokeh import patience  # noqa: E402
from edgebokeh.proof import PROOF_KEY, Proof  # noqa: E402
from edgebokeh.spec import METADATA_KEY, ModelSpec  # noqa: E402
from export.artifact import MODELS  # noqa: E402
from export.cli import EXIT_CODES  # noqa: E402
from export.options import Calibration, Head, Plan, Precision  # noqa: E402
from export.parity import SAMPLE, run_onnx  # noqa: E402
from export.quantise import METHODS  # noqa: E402
from export.reduce import HEADS, PRECISIONS  # noqa: E402
from tests import tiny  # noqa: E402
from tests.export import small  # noqa: E402
from tests.test_patience import endless  # noqa: E402

SELFIE = MODELS / "selfie.onnx"


def metadata(path: Path) -> tuple[ModelSpec, Proof]:
    entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert entries.keys() == {METADATA_KEY, PROOF_KEY}
    return ModelSpec.from_json(entries[METADATA_KEY]), Proof.from_json(entries[PROOF_KEY])


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of a person: the sample's mirror image, brighter, and closer."""
    folder, photo = tmp_path_factory.mktemp("portraits"), cv2.imread(str(SAMPLE))
    assert photo is not None
    for name, picture in (
        ("mirror", photo[:, ::-1]),
        ("bright", cv2.convertScaleAbs(photo, alpha=1.2)),
        ("close", photo[:384, 64:448]),
        ("wide", cv2.copyMakeBorder(photo, 0, 0, 100, 100, cv2.BORDER_REPLICATE)),
    ):
        cv2.imwrite(str(folder / f"{name}.png"), np.ascontiguousarray(picture))
    return folder


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos without a picture on them: no ranges come from these."""
    folder = tmp_path_factory.mktemp("dark")
    for name in ("one", "two"):
        cv2.imwrite(str(folder / f"{name}.png"), np.zeros((64, 64, 3), np.uint8))
    return folder


def test_the_bundled_model_is_the_half_of_its_parent_and_loses_nothing(tmp_path: Path, run: Callable[..., Any]) -> None:
    parent, twin = tmp_path / "parent.onnx", tmp_path / "twin.onnx"
    assert run("shrink", "selfie", "--precision", "fp32", "-o", parent).code == 0
    result = run("shrink", "selfie", "--precision", "fp16", "-o", twin)
    assert result.code == 0, result.err
    _, proof = metadata(twin)
    assert (proof.agreement, proof.largest, proof.drop) == (1, 0, 0)
    assert twin.stat().st_size < 0.55 * parent.stat().st_size
    assert SELFIE.stat().st_size <= twin.stat().st_size, "biases are halved too in the bundled file"
    assert result.err == f"export: warning: this is larger than its parent, {SELFIE.stat().st_size:,} bytes\n"


def test_a_twin_is_not_reduced_again(portraits: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    """The second loss would be measured against the first twin, and the first be forgotten."""
    twin, bare, again = (tmp_path / f"{name}.onnx" for name in ("twin", "bare", "again"))
    plan = ["--precision", "int8-weights", "--max-drop", 0.1]
    assert run("shrink", "selfie", *plan, "--validate", portraits, "-o", twin).code == 0
    result = run("shrink", twin, "--precision", "fp16", "-o", again)
    assert result.code == 82
    digest = hashlib.sha256(SELFIE.read_bytes()).hexdigest()
    assert "was reduced already (int8-weights)" in result.err
    assert f"shrink its parent instead, selfie with the sha256 {digest}" in result.err
    model = onnx.load(twin)
    model.metadata_props.remove(next(entry for entry in model.metadata_props if entry.key == PROOF_KEY))
    onnx.save(model, bare)
    result = run("shrink", bare, *plan, "--validate", portraits, "-o", again)
    assert result.code == 82
    assert "is quantised already" in result.err
    assert not again.exists()


def test_the_file_says_what_was_done_and_what_it_cost(portraits: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    target = tmp_path / "twin.onnx"
    arguments = ["--precision", "int8-weights", "--input", "u8", "--validate", portraits, "--set", "portraits"]
    result = run("shrink", SELFIE, *arguments, "--max-drop", "0.01", "-o", target)
    assert result.code == 0, result.err
    spec, proof = metadata(target)
    assert str(proof) in result.out
    assert (spec.name, spec.input, spec.layout, spec.output_layout) == (
        "selfie-u8-int8-weights",
        "uint8",
        "NHWC",
        "NCHW",
    )
    assert (proof.parent, proof.parent_sha256) == ("selfie", hashlib.sha256(SELFIE.read_bytes()).hexdigest())
    assert (proof.change, proof.photos_from, proof.photos) == ("input u8, int8-weights", "portraits", 4)
    assert 0.99 < proof.agreement < 1
    assert target.stat().st_size < 0.75 * SELFIE.stat().st_size
    picture = np.ascontiguousarray(cv2.resize(cv2.imread(str(SAMPLE)), (256, 256))[None, :, :, ::-1])
    assert run_onnx(target, picture).shape == (1, 1, 256, 256)


def test_ranges_from_photos_pass_the_gate_and_ranges_from_darkness_do_not(
    portraits: Path, dark: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    arguments = ["shrink", SELFIE, "--precision", "int8", "-o", tmp_path / "twin.onnx", "--max-drop", "0.02"]
    ruined = run(*arguments, "--calibrate", dark)
    assert ruined.code == 79
    assert ruined.err.startswith("export: error: the reduced network has nothing in common with its parent")
    assert list(tmp_path.iterdir()) == []
    good = run(*arguments, "--calibrate", portraits)
    assert good.code == 0, good.err
    assert " alone: agreement" in good.out, "the layers that hurt were looked for"
    _, proof = metadata(tmp_path / "twin.onnx")
    assert proof.agreement > 0.98


@pytest.mark.parametrize(
    ("precision", "same", "size"), [("fp16", 0.999, 14e6), ("int8-weights", 0.95, 7.5e6), ("int8", 0.9, 7.5e6)]
)
def test_matting_with_open_and_fixed_sizes(
    precision: str, same: float, size: float, portraits: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    ranges = ["--calibrate", portraits] if precision != "fp16" else []
    arguments = ["shrink", "modnet", "--precision", precision, *ranges, "--max-drop", 1]
    for fixed, batch, side in ((["--size", "512"], 1, 512), ([], 2, 128)):
        target = tmp_path / f"{batch}.onnx"
        result = run(*arguments, *fixed, "-o", target)
        assert result.code == 0, result.err
        spec, proof = metadata(target)
        assert (spec.task, spec.size) == ("matting", (512, 512))
        assert proof.agreement > same
        assert target.stat().st_size < size
        assert run_onnx(target, np.zeros((batch, 3, side, side), np.float32)).shape == (batch, 1, side, side)


@pytest.mark.parametrize(
    ("calibrate", "validate", "twin"),
    [
        ("all", "all", "is one of them"),
        ("all/some", "all", "is one of them"),
        ("all", "all/some", "is one of them"),
        ("all", "link", "is the same as"),
        ("all", "copy", "is the same as"),
        ("sample", None, "is the same as"),
        (None, "sample", "is the same as"),
        (None, None, "is one of them"),
    ],
)
def test_no_photo_judges_what_was_fitted_to_it(
    calibrate: str | None,
    validate: str | None,
    twin: str,
    portraits: Path,
    tmp_path: Path,
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(portraits, "all/some")
    shutil.copytree(portraits, "copy")
    Path("copy/close.png").rename("copy/another.png")
    for name in ("mirror", "bright", "wide"):
        Path(f"copy/{name}.png").unlink()
    Path("link").symlink_to("all", target_is_directory=True)
    Path("sample").mkdir()
    shutil.copy(SAMPLE, "sample/me.png")
    folders = {"--calibrate": calibrate, "--validate": validate}
    named = [part for option, folder in folders.items() if folder for part in (option, folder)]
    result = run("shrink", "selfie", "--precision", "int8-weights", *named, "-o", "x.onnx")
    assert result.code == 2
    plain = " ".join(result.err.replace("│", " ").split())
    assert "not judged on photos that it was fitted to" in plain
    assert twin in plain
    assert result.out == "", "before the work"


def test_a_foreign_network_needs_a_description(tmp_path: Path, run: Callable[..., Any]) -> None:
    path = tmp_path / "foreign.onnx"
    onnx.save(small.network(), path)
    cv2.imwrite(str(tmp_path / "photo.png"), small.picture())
    (tmp_path / "photos").mkdir()
    (tmp_path / "photo.png").rename(tmp_path / "photos" / "photo.png")
    (tmp_path / "foreign.json").write_text(small.SPEC.to_json())
    arguments = ["shrink", path, "--head", "matte", "--validate", tmp_path / "photos", "-o", tmp_path / "out.onnx"]
    assert run(*arguments).code == 43
    result = run(*arguments, "--spec", tmp_path / "foreign.json")
    assert result.code == 0, result.err
    assert metadata(tmp_path / "out.onnx")[0].classes == 1
    assert run(*arguments, "--spec", tmp_path / "foreign.json").code == 21
    for wrong, code in ((small.spec(layout="NHWC"), 83), (small.spec(classes=4), 42)):
        (tmp_path / "wrong.json").write_text(wrong.to_json())
        plain = ["shrink", path, "--precision", "fp16", "--validate", tmp_path / "photos", "-o", tmp_path / "new.onnx"]
        result = run(*plain, "--spec", tmp_path / "wrong.json")
        assert result.code == code, result.err
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["selfie", "--precision", "int8"], 2, "--calibrate"),
        (["selfie", "--precision", "fp16", "--masks", "."], 2, "--validate"),
        (["selfie", "--precision", "fp16", "--set", "mine"], 2, "--validate"),
        (["selfie", "--precision", "fp16", "--calibrate", "."], 2, "only int8 and int8-weights"),
        (["selfie", "--head", "matte", "--calibrate", "."], 2, "only int8 and int8-weights"),
        (["selfie", "--precision", "fp16", "--calibration", "minmax"], 2, "only int8 has ranges"),
        (["selfie", "--precision", "int8-weights", "--calibration", "entropy"], 2, "only int8 has ranges"),
        (["selfie"], 2, "nothing is to be changed"),
        (["selfie", "--validate", "."], 2, "nothing is to be changed"),
        (["selfie", "--head", "person"], 82, "one plane of probability already"),
        (["selfie", "--size", "128"], 82, "fixed to 256x256"),
        (["selfie", "--size", "9"], 2, "neither N nor HxW"),
        (["nobody", "--precision", "fp16"], 40, "no model is called"),
        (["selfie", "--precision", "fp16", "--validate", "empty"], 61, "holds no pictures"),
        (["selfie", "--precision", "fp16", "--validate", "missing"], 61, "missing is not a folder"),
        (
            ["selfie", "--precision", "fp16", "--validate", "unreadable", "--masks", "unmasked"],
            61,
            "no mask in",
        ),
        (["selfie", "--precision", "int8", "--calibrate", "empty"], 61, "holds no pictures"),
        (["broken.onnx", "--precision", "fp16"], 81, "no ONNX model"),
        (["selfie", "--precision", "fp16", "--validate", "unreadable"], 12, "empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense(
    arguments: list[str], code: int, said: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "unreadable"):
        (tmp_path / folder).mkdir()
    (tmp_path / "unreadable" / "photo.jpg").touch()
    (tmp_path / "unmasked").mkdir()
    (tmp_path / "unmasked" / "other.png").touch()
    (tmp_path / "broken.onnx").write_bytes(b"\xff" * 40)
    result = run("shrink", *arguments, "-o", "out.onnx")
    assert result.code == code, result.err
    assert said in result.err
    assert "Traceback" not in result.err
    assert code not in (2, 61) or result.out == "", "before the work"
    assert not (tmp_path / "out.onnx").exists()
    assert code in set(EXIT_CODES) | {12}


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        ("-", 22, "ends in .onnx"),
        ("twin", 22, "ends in .onnx"),
        ("/dev/full", 22, "ends in .onnx"),
        ("pipe.onnx", 20, "not a plain file"),
        ("device.onnx", 20, "not a plain file"),
        ("file/twin.onnx", 20, "cannot be written"),
    ],
)
def test_what_is_no_place_for_a_model(
    output: str, code: int, said: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    os.mkfifo("pipe.onnx")
    Path("device.onnx").symlink_to("/dev/null")
    result = run("shrink", "selfie", "--precision", "fp16", "--force", "-o", output)
    assert result.code == code, result.err
    assert said in result.err
    assert result.out == "", "before the work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["device.onnx", "file", "pipe.onnx"]
    assert Path("/dev/null").is_char_device()


def test_weights_in_other_files_are_refused(tmp_path: Path, run: Callable[..., Any]) -> None:
    path = tmp_path / "split.onnx"
    onnx.save(small.network(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    result = run("shrink", path, "--precision", "fp16", "--spec", "deeplabv3", "-o", tmp_path / "out.onnx")
    assert result.code == 81
    assert "keeps its weights in other files" in result.err


@pytest.mark.parametrize("key", [METADATA_KEY, PROOF_KEY])
def test_a_file_that_says_two_things_is_refused(key: str, tmp_path: Path, run: Callable[..., Any]) -> None:
    model = small.network()
    for _ in range(2):
        model.metadata_props.add(key=key, value=small.SPEC.to_json())
    onnx.save(model, tmp_path / "two.onnx")
    result = run("shrink", tmp_path / "two.onnx", "--precision", "fp16", "-o", tmp_path / "out.onnx")
    assert result.code == 42
    assert f"has 2 entries '{key}'" in result.err


def test_a_network_without_an_end_is_stopped(
    tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LIMIT", 0.1)
    endless(tmp_path / "endless.onnx")
    (tmp_path / "tiny.json").write_text(tiny.spec().to_json())
    arguments = ["--precision", "fp16", "--spec", tmp_path / "tiny.json", "-o", tmp_path / "out.onnx"]
    result = run("shrink", tmp_path / "endless.onnx", *arguments)
    assert result.code == 83
    assert "was stopped: it did not end within 0.1 seconds" in result.err


def test_every_choice_has_its_row() -> None:
    assert set(Precision) == PRECISIONS.keys()
    assert set(Calibration) == METHODS.keys()
    assert set(Head) - {Head.LOGITS} == HEADS.keys()


def test_a_plan_in_words() -> None:
    plan = Plan(head="person", input="u8", precision="int8", size=(256, 320), calibrate=Path("a"))
    assert plan.suffixes() == ["person", "u8", "256x320", "int8"]
    assert plan.changes() == ["head person", "input u8", "size 256x320", "int8", "calibration minmax"]
    assert (Plan().suffixes(), Plan().changes()) == ([], ["fp32"])
