import json
from pathlib import Path

import cv2
import pytest

from edgebokeh.errors import ExitCode
from edgebokeh.spec import ModelSpec
from tests import tiny
from tests.conftest import Cli
from tests.test_model_files import PROOF, proven

FLAGS = ("--input-size", "48x32", "--layout", "NCHW", "--person-index", "15", "--output-kind", "logits")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A file of 21 classes that says nothing."""
    return tiny.write(tmp_path / "bare.onnx", tiny.spec(classes=21, person=15), stamp=False)


def test_the_list_names_the_bundled_models(run: Cli) -> None:
    rows = [json.loads(line) for line in run("models", "--json").out.splitlines()]
    assert {"selfie", "modnet"} <= {row["name"] for row in rows}
    assert "selfie" in run("models").out.splitlines()


def test_a_model_is_shown_with_its_proof(run: Cli, tmp_path: Path) -> None:
    path = proven(tmp_path / "proven.onnx")
    lines = run("models", "show", path).out
    for word in ("48×32", "NCHW float32", "CC0-1.0", "bytes, weights fp32", "agreement 0.9980", "drop +0.0020", "int8"):
        assert word in lines
    data = json.loads(run("models", "show", path, "--json").out)
    assert data["proof"]["agreement"] == PROOF.agreement
    assert ModelSpec.from_json(json.dumps(data["spec"])) == tiny.spec(name="proven")
    assert "equal labels: at least" in run("models", "show", "selfie").out


def test_a_model_that_is_not_there_or_says_nothing_is_told(run: Cli, bare: Path) -> None:
    assert run("models", "show", "nonsense").code == ExitCode.MODEL_UNKNOWN
    assert run("models", "show", bare).code == ExitCode.MODEL_UNDESCRIBED
    assert run("models", "stamp", bare, "-o", "copy.onnx").code == ExitCode.MODEL_UNDESCRIBED


def test_a_foreign_file_works_with_options_alone(run: Cli, bare: Path, tmp_path: Path) -> None:
    assert run("mask", "photo.png", "--model", bare).code == ExitCode.MODEL_UNDESCRIBED
    done = run("mask", "photo.png", "--model", bare, "--quality", "fast", *FLAGS)
    assert done.code == 0
    assert "guessed: --mean 0 --std 1; " in done.err
    assert done.err.count("\n") == 1
    found = cv2.imread(str(tmp_path / "photo.mask.png"), cv2.IMREAD_GRAYSCALE)
    there = tiny.subject()
    assert found[there].mean() > 200 > 20 > (found.sum() - found[there].sum()) / (found.size - found[there].size)


def test_options_correct_a_description_by_name(run: Cli, bare: Path) -> None:
    assert run("mask", "photo.png", "--model", bare, "--spec", "deeplabv3", "--input-size", "64").code == 0
    done = run("mask", "photo.png", "--model", bare, "--spec", "deeplabv3", "--person-index", "21", "--force")
    assert (done.code, "--person-index: numbers are 0 to 20" in done.err) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--std", "0"),
        ("--std", "nan"),
        ("--input-size", "0"),
        ("--input-size", "9000"),
        ("--mean", "inf"),
        ("--person-index", "-1"),
    ],
)
def test_a_number_out_of_range_is_a_wrong_option(option: str, value: str, run: Cli, bare: Path) -> None:
    for command in (("mask", "photo.png", "--model", bare), ("models", "stamp", bare, "-o", "copy.onnx")):
        done = run(*command, f"{option}={value}")
        assert (done.code, option in done.err, "export" in done.err) == (ExitCode.USAGE, True, False)


def test_a_plane_that_a_network_does_not_have_is_told_with_those_it_has(run: Cli, bare: Path, tiny_model: Path) -> None:
    for path, planes in ((bare, "0 to 20"), (tiny_model, "0")):
        done = run("mask", "photo.png", "--model", path, "--person-index", "99")
        assert (done.code, done.err.count("\n")) == (ExitCode.VALUE_RANGE, 1)
        assert done.err.endswith(f"; use --person-index {planes}\n")


def test_a_bare_file_leads_to_a_copy_that_describes_itself(run: Cli, bare: Path, tiny_model: Path) -> None:
    commands = (("mask", "photo.png", "--model", tiny_model, "--gate", bare), ("tune", "--model", bare))
    for command in (*commands, ("bench", "--model", bare, "--budget", "1s")):
        done = run(*command)
        assert "edgebokeh models stamp" in done.err
        assert bare.name in done.err


def test_a_stamped_copy_needs_no_options(run: Cli, bare: Path, tmp_path: Path) -> None:
    done = run("models", "stamp", bare, "-o", "copy.onnx", "--mean", "0.5", "--std", "0.5,0.25,1", *FLAGS)
    assert (done.code, done.err) == (0, "")
    spec = json.loads(run("models", "show", "copy.onnx", "--json").out)["spec"]
    assert (spec["mean"], spec["std"], spec["size"], spec["person"]) == ([0.5] * 3, [0.5, 0.25, 1], [32, 48], 15)
    done = run("mask", "photo.png", "--model", tmp_path / "copy.onnx")
    assert (done.code, done.err) == (0, "")
    done = run("models", "stamp", bare, "-o", "guess.onnx", "--input-size", "48x32", "--person-index", "15")
    assert "guess.onnx: --mean 0 --std 1 --output-kind logits" in done.err
    assert run("models", "stamp", bare, "-o", "copy.onnx", *FLAGS).code == ExitCode.OUTPUT_EXISTS


@pytest.mark.parametrize(
    "wrong",
    [("--mean", "a,b,c"), ("--std", "1,2"), ("--input-size", "0.5"), ("--layout", "CHW"), ("--output-kind", "mask")],
    ids=" ".join,
)
def test_wrong_words_are_wrong_options(wrong: tuple[str, str], run: Cli, bare: Path) -> None:
    assert run("mask", "photo.png", "--model", bare, *wrong).code == ExitCode.USAGE
    assert run("models", "stamp", bare, "-o", "copy.onnx", *wrong).code == ExitCode.USAGE
