"""`edgebokeh bench` and `bench compare` on the command line."""

import json
import os
import re
from pathlib import Path
from typing import Any

import onnx
import pytest

from edgebokeh.errors import ExitCode
from tests.benchmark.interpreters import POSIX, interpreter, slower_by
from tests.conftest import Cli

QUICK = ("--budget", "0.1s", "--quality", "fast", "--photo", "photo.png")


@pytest.fixture
def tiny_bench(run: Cli, tiny_model: Path) -> tuple[object, ...]:
    """The beginning of a command that measures the tiny network on the tiny photo."""
    assert run
    return "bench", "--model", tiny_model, *QUICK


def test_every_form_at_once(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    forms = ("--json", "a.json", "--csv", "a.csv", "--markdown", "a.md", "--html", "a.html")
    done = run(*tiny_bench, *forms, "--provider", "cpu", "--provider", "migraphx")
    assert done.code == 0, done.err
    assert "is it right?" in done.out
    assert "MIGraphXExecutionProvider" in done.err
    assert json.loads(Path("a.json").read_text())["schema"] == 1
    assert Path("a.csv").read_text().startswith("label,")
    assert Path("a.md").read_text() == done.out
    assert Path("a.html").read_text().startswith("<!doctype html>")
    again = run(*tiny_bench, *forms)
    assert again.code == ExitCode.OUTPUT_EXISTS
    assert run(*tiny_bench, *forms, "--force").code == 0


def test_json_alone_on_standard_output(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    options = ("--threads", 1, "--size", "56x40", "--seed", 5, "--within", "3%", "--scenario", "offline", "--flight", 2)
    done = run(*tiny_bench, *options, "--json", "-")
    data = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert data["trials"][0]["configuration"]["size"] == [40, 56]
    wanted = {"seed": 5, "within": 0.03, "scenario": "offline", "flight": 2, "photo": "photo.png"}
    assert {name: data["settings"][name] for name in wanted} == wanted


@pytest.mark.parametrize("columns", [60, 80, 400])
def test_a_table_on_a_terminal(
    run: Cli,
    tiny_model: Path,
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import sys

    model = Path("a_model_of_quite_a_long_name.onnx")
    model.write_bytes(tiny_model.read_bytes())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run("bench", "--model", model, *QUICK, "--threads", 1, "--threads", 2, "--markdown", "a.md")
    assert ("    ran on" in done.out) == (columns < 400)
    assert ("┃" in done.out) >= (columns == 400)
    assert capsys.readouterr().out == ""
    seen = re.sub(r"\x1b\[[\d;]*m", "", done.out)
    assert max(map(len, seen.splitlines())) <= columns
    assert "…" not in done.out
    figures = {cell.strip() for line in Path("a.md").read_text().splitlines() for cell in line.split("|")[1:-1]}
    for cell in figures - {"configuration", "---", "---:"}:
        assert cell.replace("\\", "") in done.out


@POSIX
def test_a_configuration_agrees_with_itself(run: Cli, tiny_bench: tuple[object, ...], tmp_path: Path) -> None:
    python = interpreter(tmp_path, "waiting", slower_by(0.1))  # waits are the same on a busy machine
    done = run(*tiny_bench, "--self-check", "--budget", 120, "--within", "30%", "--widest", "900%", "--python", python)
    assert done.code == 0, done.err
    assert "no significant difference" in done.err


def test_a_self_check_with_a_wide_interval_is_not_conclusive(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    done = run(*tiny_bench, "--self-check", "--budget", 120, "--widest", "0.001%", "--within", "90%")
    assert done.code == ExitCode.INCONCLUSIVE
    assert "not conclusive" in done.err.splitlines()[-1]
    assert "--widest" in done.err.splitlines()[-1]


def test_a_self_check_of_two_rounds_says_nothing(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    done = run(*tiny_bench, "--self-check", "--fps", 5)
    assert done.code == ExitCode.INCONCLUSIVE
    assert "--budget" in done.err


def test_several_self_checks_are_a_line_each_and_their_sum(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    done = run(*tiny_bench, "--self-check", "--fps", 5, "--repeat", 2, "--seed", 7)
    assert done.code == ExitCode.INCONCLUSIVE
    first, second, whole = done.out.splitlines()
    assert first.startswith("seed 7: the self-check is not conclusive")
    assert second.startswith("seed 8: ")
    assert whole == "2 self-checks: 0 found no difference, 0 found one, 2 not conclusive"


@pytest.mark.parametrize("target", ["/proc/a.json", "shut/a.json"])
def test_what_cannot_be_written_is_found_before_anything_is_measured(
    run: Cli, tiny_bench: tuple[object, ...], target: str
) -> None:
    Path("shut").mkdir(mode=0o555)
    if os.access(Path(target).parent, os.W_OK) and not target.startswith("/proc"):
        pytest.skip("this user may write everywhere")
    done = run(*tiny_bench, "--json", "a.json", "--html", target)
    assert done.code == ExitCode.OUTPUT_UNWRITABLE
    assert len(done.err.splitlines()) == 1
    assert not list(Path().glob("*.json"))


@pytest.mark.parametrize("kind", ["json", "csv", "markdown", "html"])
@pytest.mark.parametrize("read", ["photo.png", pytest.param("linked.png", marks=POSIX), "tiny.onnx"])
def test_what_is_read_is_never_written_to(run: Cli, tiny_model: Path, kind: str, read: str) -> None:
    Path("tiny.onnx").write_bytes(tiny_model.read_bytes())
    if read == "linked.png":
        Path(read).symlink_to("photo.png")
    before = Path(read).read_bytes()
    done = run("bench", "--model", "tiny.onnx", *QUICK, f"--{kind}", read, "--force")
    assert done.code == ExitCode.OUTPUT_EXISTS
    assert f"{read} is a file to read" in done.err
    assert Path(read).read_bytes() == before


def test_the_matting_network_is_never_written_to(run: Cli, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Path("own/modnet.onnx").absolute()
    own.parent.mkdir()
    own.write_bytes(tiny_model.read_bytes())
    monkeypatch.setenv("EDGEBOKEH_MODELS", str(own.parent))
    done = run("bench", "--model", tiny_model, *QUICK, "--json", own, "--force")
    assert done.code == ExitCode.OUTPUT_EXISTS
    assert own.read_bytes() == tiny_model.read_bytes()


def test_weights_beside_a_model_are_never_written_to(run: Cli, tiny_model: Path) -> None:
    onnx.save(onnx.load(tiny_model), "big.onnx", save_as_external_data=True, location="big.bin", size_threshold=0)
    before = Path("big.bin").read_bytes()
    done = run("bench", "--model", "big.onnx", *QUICK, "--csv", "big.bin", "--force")
    assert done.code == ExitCode.OUTPUT_EXISTS
    assert Path("big.bin").read_bytes() == before


@POSIX
@pytest.mark.parametrize("more", [(), ("--self-check", "--fps", 5)])
def test_one_file_that_cannot_be_written_costs_no_other(
    run: Cli, tiny_bench: tuple[object, ...], tmp_path: Path, more: tuple[object, ...]
) -> None:
    rival = interpreter(tmp_path, "rival", f"open({str(tmp_path / 'a.csv')!r}, 'w').close()\n")
    done = run(*tiny_bench, "--python", rival, "--json", "a.json", "--csv", "a.csv", "--html", "a.html", *more)
    assert done.code == (ExitCode.INCONCLUSIVE if more else ExitCode.OUTPUT_EXISTS)
    assert "edgebokeh: error: a.csv exists already" in done.err
    assert Path("a.csv").read_text() == ""
    assert json.loads(Path("a.json").read_text())["trials"]
    assert Path("a.html").read_text().startswith("<!doctype html>")
    assert "is it right?" in done.out


@POSIX
def test_names_that_are_odd_cost_no_file(run: Cli, tiny_model: Path) -> None:
    for name, data in (
        ("p\udcff.png", Path("photo.png").read_bytes()),
        ("q\u2028.onnx", tiny_model.read_bytes()),
    ):
        Path(name).write_bytes(data)
    wish = ("--model", "q\u2028.onnx", "--photo", "p\udcff.png", "--budget", "0.1", "--quality", "fast")
    files = ("--csv", "a.csv", "--markdown", "a.md", "--html", "a.html")
    done = run("bench", *wish, "--json", "a.json", *files)
    assert done.code == 0, done.err
    assert all(Path(name).stat().st_size for name in ("a.json", *files[1::2]))
    printed = run("bench", *wish, "--csv", "-")
    assert printed.out.count("\n") == 2


def test_a_self_check_takes_one_of_several_and_says_so(run: Cli, tiny_bench: tuple[object, ...]) -> None:
    done = run(*tiny_bench, "--self-check", "--fps", 5, "--threads", 1, "--threads", 2)
    assert "self-check: tiny cpu threads=1, twice, and none of the others" in done.err


@pytest.mark.parametrize("name", ["CPU", "CPUExecutionProvider"])
def test_a_provider_may_have_any_of_its_names(run: Cli, tiny_bench: tuple[object, ...], name: str) -> None:
    options = ("--provider", name, "--provider", "cpu", "--provider-option", "device_id=1", "--json", "-")
    done = run(*tiny_bench, *options, "--baseline", name)
    (trial,) = json.loads(done.out)["trials"]
    assert trial["label"] == json.loads(done.out)["baseline"] == "tiny cpu"
    assert trial["configuration"]["options"] == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [("migraphx", "was built without MIGraphXExecutionProvider"), ("abacus", "no execution provider is called")],
)
def test_a_provider_that_cannot_be_says_so(run: Cli, tiny_bench: tuple[object, ...], name: str, words: str) -> None:
    done = run(*tiny_bench, "--provider", name)
    assert done.code == ExitCode.BENCH_EMPTY
    assert words in done.err


@pytest.mark.parametrize("more", [(), ("--self-check",)])
def test_what_is_refused_is_json_too(run: Cli, tiny_bench: tuple[object, ...], more: tuple[str, ...]) -> None:
    done = run(*tiny_bench, "--provider", "migraphx", "--json", "-", "--html", "a.html", *more)
    assert done.code == ExitCode.BENCH_EMPTY
    for trial in json.loads(done.out)["trials"]:
        assert trial["state"] == "refused"
        assert "MIGraphXExecutionProvider" in trial["note"]
    assert "refused" in Path("a.html").read_text()
    assert "none of the configurations" in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--scenario", "offline", "--fps", "5"), ExitCode.USAGE, "--fps"),
        (("--flight", "2"), ExitCode.USAGE, "--scenario offline"),
        (("--json", "-", "--csv", "-"), ExitCode.USAGE, "--json - and --csv -"),
        (("--markdown", "-", "--html", "-"), ExitCode.USAGE, "print one"),
        (("--markdown", "a", "--html", "./a"), ExitCode.USAGE, "the same file"),
        (("--repeat", "2"), ExitCode.USAGE, "--self-check"),
        (("--self-check", "--repeat", "2", "--json", "a"), ExitCode.USAGE, "--repeat"),
        (("--widest", "much"), ExitCode.USAGE, "percentage"),
        (("--within", "much"), ExitCode.USAGE, "percentage"),
        (("--size", "large"), ExitCode.USAGE, "640x480"),
        (("--provider-option", "x"), ExitCode.USAGE, "NAME=VALUE"),
        (("--threads", "0"), ExitCode.VALUE_RANGE, "above 0"),
        (("--budget", "0s"), ExitCode.VALUE_RANGE, "budget"),
        (("--budget", "long"), ExitCode.USAGE, "60s or 2m"),
        (("--quality", "poor"), ExitCode.VALUE_RANGE, "balanced"),
        (("--baseline", "tpu"), ExitCode.VALUE_RANGE, "selfie cpu"),
        (("--photo", "nowhere.png"), ExitCode.PHOTO_MISSING, "nowhere.png"),
        (("--html", "nowhere/a.html"), ExitCode.OUTPUT_UNWRITABLE, "folder"),
        (("--python", "/nowhere/python"), ExitCode.BENCH_EMPTY, "/nowhere/python cannot be started"),
        (("--self-check", "--repeat", "2", "--python", "/nowhere/python"), ExitCode.BENCH_EMPTY, "cannot be started"),
        (("--budget", "5", "compare", "old.json", "new.json"), ExitCode.USAGE, "--budget is not for compare"),
    ],
)
def test_wrong_options_are_one_line(run: Cli, options: tuple[str, ...], code: ExitCode, words: str) -> None:
    done = run("bench", *options)
    assert done.code == code
    assert done.out == ""
    assert words in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def result(path: Path, milliseconds: float, run: str, count: int = 12) -> Path:
    """A result as `bench --json` writes it, of so many rounds."""
    round_: dict[str, Any] = {"network": [1.0], "stages": {}, "cpu": 0.1}
    rounds = [{**round_, "number": n, "walk": [milliseconds * (1 + n / 1000)]} for n in range(count)]
    one = {"model": "selfie", "provider": "cpu", "options": {}, "allow_fallback": False, "threads": None}
    trial = {"label": "selfie cpu", "configuration": {**one, "size": None, "batch": 1, "python": "p"}, "rounds": rounds}
    whole = {"schema": 1, "run": run, "settings": {}, "machine": {}, "baseline": "selfie cpu", "seconds": 1.0}
    path.write_text(json.dumps({**whole, "trials": [trial]}))
    return path


def test_compare_fails_where_it_is_slower_than_allowed(run: Cli, tmp_path: Path) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 110, "b")
    slower = run("bench", "compare", old, new, "--fail-above", "5%")
    assert slower.code == ExitCode.SLOWER
    assert "takes 10.0% longer" in slower.out
    assert "slower by more than 5%: selfie cpu" in slower.err
    assert run("bench", "compare", old, new, "--fail-above", "15").code == 0
    assert run("bench", "compare", old, new).code == 0
    assert run("bench", "compare", new, old, "--fail-above", "5%").code == 0


def test_too_few_rounds_are_no_pass(run: Cli, tmp_path: Path) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 300, "b", 7)
    done = run("bench", "compare", old, new, "--fail-above", "5%")
    assert done.code == ExitCode.SLOWER
    assert "too few rounds to tell" in done.out
    assert "too few rounds to tell: selfie cpu" in done.err
    assert run("bench", "compare", old, new).code == 0


@pytest.mark.parametrize(
    ("state", "note"), [("wrong", "its outputs are not"), ("failed", "ended by signal 9"), ("", "")]
)
def test_what_is_lost_is_no_pass(run: Cli, tmp_path: Path, state: str, note: str) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 100, "b")
    data = json.loads(old.read_text())
    one = data["trials"][0]
    lost = {**one, "label": "selfie x", "configuration": {**one["configuration"], "provider": "x"}}
    old.write_text(json.dumps({**data, "trials": [one, lost]}))
    if state:
        new.write_text(json.dumps({**data, "trials": [one, {**lost, "state": state, "note": note, "rounds": []}]}))
    done = run("bench", "compare", old, new, "--fail-above", "5%")
    assert done.code == ExitCode.SLOWER
    assert "measured before and not now: selfie x" in done.err.splitlines()[-1]
    assert f"{state}: {note}" in done.err or not state
    assert run("bench", "compare", old, new).code == 0


def test_what_is_too_uncertain_is_no_pass(run: Cli, tmp_path: Path) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 100, "b")
    data = json.loads(new.read_text())
    for place, one in enumerate(data["trials"][0]["rounds"]):
        one["walk"] = [60.0 + 7 * place]
    new.write_text(json.dumps(data))
    done = run("bench", "compare", old, new, "--fail-above", "5%")
    assert done.code == ExitCode.SLOWER
    assert done.out.endswith("  too uncertain to tell\n")
    assert "error: too uncertain to tell: selfie cpu;" in done.err
    assert run("bench", "compare", old, new).code == 0


def changed(path: Path, **facts: object) -> Path:
    """A result whose only configuration has other facts."""
    data = json.loads(path.read_text())
    data["trials"][0] |= facts
    path.write_text(json.dumps(data))
    return path


def test_another_model_is_no_pass_and_no_slowdown(run: Cli, tmp_path: Path) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 300, "b")
    changed(old, model={"sha256": "a"})
    changed(new, model={"sha256": "b"})
    done = run("bench", "compare", old, new, "--fail-above", "5%")
    assert done.code == ExitCode.SLOWER
    assert "longer" not in done.out
    assert "error: another model file than before: selfie cpu;" in done.err
    assert run("bench", "compare", old, new).code == 0


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"provider": "cpu", "fallback": True}, "selfie cpu ran on cpu, not on openvino as before"),
        ({"provider": "openvino", "fallback": True}, "selfie cpu fell back to the CPU, unlike before"),
        ({"provider": "openvino", "fallback": False}, ""),
    ],
)
def test_a_provider_that_is_lost_is_no_pass(run: Cli, tmp_path: Path, now: dict[str, object], said: str) -> None:
    old = changed(result(tmp_path / "old.json", 100, "a"), verdict={"provider": "openvino", "fallback": False})
    new = changed(result(tmp_path / "new.json", 100, "b"), verdict=now)
    done = run("bench", "compare", old, new, "--fail-above", "5%")
    assert done.code == (ExitCode.SLOWER if said else 0)
    assert said in done.err.splitlines()[-1]
    assert said.partition("selfie cpu ")[2] in done.out
    assert run("bench", "compare", old, new).code == 0


def test_compare_as_json(run: Cli, tmp_path: Path) -> None:
    old, new = result(tmp_path / "old.json", 100, "a"), result(tmp_path / "new.json", 100, "a")
    done = run("bench", "compare", old, new, "--json")
    row = json.loads(done.out)
    assert (row["label"], row["paired"], row["significant"]) == ("selfie cpu", True, False)
    assert row["word"] == "no significant difference"
    assert row["ratio"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_compare_refuses_other_files(run: Cli) -> None:
    done = run("bench", "compare", "photo.png", "photo.png")
    assert done.code == ExitCode.BENCH_FILE
    assert "bench --json" in done.err
