"""`edgebokeh tune`, `edgebokeh profiles` and --profile on the command line."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import edgebokeh
from edgebokeh import threads
from edgebokeh.device_profile import DeviceProfile, Setting, here
from edgebokeh.errors import ExitCode
from tests.conftest import ROOT, Cli


@pytest.fixture
def profile(tiny_model: Path) -> DeviceProfile:
    """A profile of this machine with the tiny network, called mine."""
    one = DeviceProfile(
        name="mine", setting=Setting(model=str(tiny_model), threads=1), machine=here(), measured={"rounds": 9}
    )
    one.save()
    return one


def test_tune_writes_a_profile_that_blur_uses(run: Cli, tiny_model: Path) -> None:
    options = ("--photo", "photo.png", "--model", tiny_model, "--quality", "fast", "--max-loss", "0.01")
    done = run("tune", "--budget", "5s", "--name", "mine", *options)
    assert done.code == 0, done.err
    header, first, *_, summary, written = done.out.splitlines()
    assert header.split("  ")[0] == "setting"
    assert "the default" in first
    assert " wins" in summary or "stays" in summary
    assert written.endswith("use it with --profile mine, or on this machine with --profile auto")
    row = json.loads(run("blur", "photo.png", "--profile", "mine", "--json").out)
    assert row["model"] == "tiny"
    again = run("tune", "--name", "mine", *options)
    assert (again.code, again.out) == (ExitCode.OUTPUT_EXISTS, "")
    assert "another name with --name" in again.err
    data = json.loads(run("tune", "--budget", "2", "--name", "mine", "--force", "--json", *options).out)
    assert data["profile"]["setting"]["quality"] == "fast"
    assert data["tried"][0]["loss"] == 0
    assert Path(data["path"]).name == "mine.toml"


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("taken", "code"),
    [("config/profiles/same.toml", ExitCode.OUTPUT_EXISTS), ("config/profiles", ExitCode.OUTPUT_UNWRITABLE)],
)
def test_what_was_found_is_shown_where_it_cannot_be_written(
    taken: str, code: ExitCode, as_json: bool, tiny_model: Path, photo: Path, tmp_path: Path
) -> None:
    """Another program takes the profile's name, or its folder's, while the search is under way."""
    options = ["--budget", "2", "--quality", "fast", "--photo", str(photo), "--model", str(tiny_model)]
    with subprocess.Popen(
        [sys.executable, "-m", "edgebokeh", "tune", "--name", "same", *options, *(["--json"] if as_json else [])],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr
        assert any("loss 0.0000" in told for told in process.stderr)
        path = tmp_path / taken
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        out, err = process.communicate(timeout=60)
    assert (process.returncode, path.read_text()) == (code, "mine")
    assert err.splitlines()[-1].startswith("edgebokeh: error: ")
    if as_json:
        found, error = map(json.loads, out.splitlines())
        assert (found["path"], error["exit_code"]) == (None, code)
        assert found["profile"]["setting"]["model"] == str(tiny_model)
        return
    table, text = out.split("the device profile 'same' is not written; this is its text:\n")
    assert "the default" in table
    assert DeviceProfile.from_toml(text, "same").setting.model == str(tiny_model)


def test_profiles_are_listed(run: Cli, profile: DeviceProfile) -> None:
    DeviceProfile(name="pi", setting=Setting(provider="cpu"), machine={"cores": 4096}).save()
    path = profile.save(force=True)
    path.with_name("worse.toml").write_text("?")
    lines = run("profiles").out.splitlines()
    assert [line.split()[0] for line in lines] == ["mine", "pi", "worse"]
    assert lines[0].endswith("threads 1; fits this machine")
    assert "; it was made on another machine: " in lines[1]
    assert "cores 4096" in lines[1]
    assert "cannot be used: the device profile 'worse' is broken" in lines[2]
    rows = [json.loads(line) for line in run("profiles", "--json").out.splitlines()]
    assert rows[0]["setting"]["threads"] == 1
    assert (rows[0]["differences"], rows[0]["path"]) == ([], str(path))
    assert rows[1]["differences"]
    assert "broken" in rows[2]["problem"]


def test_without_profiles_the_list_says_how_to_make_one(run: Cli) -> None:
    assert "edgebokeh tune" in run("profiles").out
    assert run("profiles", "--json").out == ""


def test_show_export_delete(run: Cli, profile: DeviceProfile) -> None:
    shown = run("profiles", "show", "mine")
    assert tomllib.loads(shown.out)["setting"]["threads"] == 1
    assert json.loads(run("profiles", "show", "mine", "--json").out)["measured"] == {"rounds": 9}
    assert run("profiles", "show", "auto").out == shown.out == run("profiles", "export", "mine", "-").out
    assert run("profiles", "export", "mine", "copy.toml").code == 0
    assert DeviceProfile.from_toml(Path("copy.toml").read_text("utf-8"), "mine") == profile
    assert run("profiles", "export", "mine", "copy.toml").code == ExitCode.OUTPUT_EXISTS
    assert run("profiles", "export", "mine", "copy.toml", "--force").code == 0
    assert run("profiles", "delete", "mine").out.startswith("deleted ")
    path = profile.save()
    assert json.loads(run("profiles", "delete", "mine", "--json").out) == {"name": "mine", "deleted": str(path)}
    assert not path.exists()
    for command in ("show", "delete"):
        done = run("profiles", command, "mine")
        assert (done.code, done.err.count("\n")) == (ExitCode.PROFILE_UNKNOWN, 1)
    assert run("profiles", "show", "auto").code == ExitCode.PROFILE_UNKNOWN


def test_auto_says_what_it_takes(run: Cli, tiny_model: Path) -> None:
    none = run("mask", "photo.png", "--model", tiny_model, "--profile", "auto")
    assert none.code == 0
    assert none.err == (
        "edgebokeh: no device profile fits this machine, so none is used; make one with: edgebokeh tune\n"
    )
    DeviceProfile(name="mine", setting=Setting(model=str(tiny_model)), machine=here()).save()
    done = run("mask", "photo.png", "--profile", "auto", "--force", "--json")
    assert json.loads(done.out)["model"] == "tiny"
    assert done.err == "edgebokeh: auto takes the device profile mine\n"


def test_a_profile_of_another_machine_is_used_with_a_warning(run: Cli, tiny_model: Path) -> None:
    DeviceProfile(name="pi", setting=Setting(model=str(tiny_model)), machine=here() | {"cores": 4096}).save()
    done = run("cutout", "photo.png", "--profile", "pi", "--json")
    assert json.loads(done.out)["model"] == "tiny"
    told = f"may not be the best here: it was made on another machine: cores 4096, here {here()['cores']}"
    assert done.err == f"edgebokeh: warning: the device profile pi {told}\n"
    assert json.loads(done.out)["profile"] == "pi"


def test_what_is_asked_for_wins_over_the_profile_and_is_told(run: Cli, tiny_model: Path) -> None:
    setting = Setting(model=str(tiny_model), threads=1, quality="fast")
    DeviceProfile(name="mine", setting=setting, machine=here()).save()
    plain = run("mask", "photo.png", "-o", "plain.png", "--profile", "mine", "--json")
    told = json.loads(plain.out)
    assert (told["profile"], told["threads"], plain.err) == ("mine", 1, "")
    other = run(
        "mask", "photo.png", "-o", "other.png", "--profile", "AUTO", "--quality", "balanced", "--threads", "2", "--json"
    )
    told = json.loads(other.out)
    assert (told["profile"], told["threads"]) == ("mine", 2)
    assert other.err == (
        "edgebokeh: auto takes the device profile mine\n"
        "edgebokeh: warning: the device profile mine may not be the best here: it was measured for fast; "
        "make one with: edgebokeh tune --quality balanced\n"
    )
    run("mask", "photo.png", "-o", "truth.png", "--model", tiny_model, "--quality", "balanced")
    masks = {name: Path(f"{name}.png").read_bytes() for name in ("plain", "other", "truth")}
    assert masks["other"] == masks["truth"] != masks["plain"]
    alone = json.loads(run("mask", "photo.png", "-o", "alone.png", "--model", tiny_model, "--json").out)
    assert (alone["profile"], alone["threads"]) == (None, threads.allowed())


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--profile", "none"), ExitCode.PROFILE_UNKNOWN, "use one of broken, mine"),
        (("--profile", ""), ExitCode.PROFILE_UNKNOWN, "no device profile"),
        (("--profile", "mine.toml"), ExitCode.PROFILE_UNKNOWN, "leave out .toml"),
        (("--profile", "dir"), ExitCode.PROFILE_BROKEN, "dir.toml is a folder"),
        (("--profile", "broken"), ExitCode.PROFILE_BROKEN, "unknown 'colour'"),
        (("--profile", "mine", "--threads", "0"), ExitCode.VALUE_RANGE, "threads is 0"),
        (("--profile", "mine", "--provider", "nonsense"), ExitCode.PROVIDER_UNKNOWN, "nonsense"),
        (("--profile", "mine", "--model", "nonsense"), ExitCode.MODEL_UNKNOWN, "nonsense"),
        (("--profile", "mine", "--model", ""), ExitCode.MODEL_UNKNOWN, "''"),
    ],
)
def test_what_is_wrong_is_one_line(
    run: Cli, profile: DeviceProfile, options: tuple[str, ...], code: ExitCode, words: str
) -> None:
    path = profile.save(force=True)
    path.with_name("broken.toml").write_text("colour = 1")
    path.with_name("dir.toml").mkdir()
    done = run("blur", "photo.png", *options)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert words in done.err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--budget", "long"), ExitCode.USAGE),
        (("--budget", "0.5s"), ExitCode.VALUE_RANGE),
        (("--max-loss", "2"), ExitCode.VALUE_RANGE),
        (("--quality", "great"), ExitCode.VALUE_RANGE),
        (("--name", "AUTO"), ExitCode.VALUE_RANGE),
        (("--name", "con"), ExitCode.VALUE_RANGE),
        (("--name", "a/b"), ExitCode.VALUE_RANGE),
        (("--photo", "none.png"), ExitCode.PHOTO_MISSING),
        (("--model", "nonsense"), ExitCode.MODEL_UNKNOWN),
        (("--model", ""), ExitCode.MODEL_UNKNOWN),
    ],
)
def test_tune_refuses_what_makes_no_sense(run: Cli, options: tuple[str, ...], code: ExitCode) -> None:
    done = run("tune", *options)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("edgebokeh: error: ")
    assert edgebokeh.profiles() == []


WHILE_LOADING = """
import os, sys
from edgebokeh import cli

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Interrupted())
sys.argv = ["edgebokeh", "tune", "--budget", "1"]
cli.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX only")
@pytest.mark.parametrize("module", ["onnxruntime", "numpy.linalg", "numpy.lib", "cv2", "edgebokeh.tuning.search"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_a_signal_while_libraries_are_loaded_prints_nothing(
    module: str, number: signal.Signals, code: ExitCode, tmp_path: Path
) -> None:
    script = WHILE_LOADING.format(module=module, number=int(number))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")
    assert not (tmp_path / "config").exists()


def is_there(group: int) -> bool:
    """Whether a process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX only")
@pytest.mark.parametrize("line", ["loss 0.0000", "in the race"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_a_search_that_is_ended_leaves_nothing(
    line: str, number: signal.Signals, code: ExitCode, tiny_model: Path, photo: Path, tmp_path: Path
) -> None:
    options = ["--budget", "60", "--quality", "fast", "--photo", str(photo), "--model", str(tiny_model)]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "edgebokeh", "tune", *options],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr
        assert any(line in told for told in process.stderr)
        # As a terminal does it: to the trials' processes too.
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert all(told.startswith("edgebokeh: ") for told in err.splitlines())
    assert not (tmp_path / "config").exists()
    assert not list(temporary.glob("edgebokeh*"))
    # A trial whose process was just being made ends once it reads that nobody asks it anything.
    deadline = time.monotonic() + 30
    while is_there(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_evaluate_takes_a_profile(run: Cli, profile: DeviceProfile) -> None:
    done = run("evaluate", "--images", "photos", "--masks", "masks", "--profile", profile.name)
    assert done.code == ExitCode.EVALUATION
