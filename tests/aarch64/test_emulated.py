"""edgebokeh on 64-bit ARM, emulated, beside what the same checkout does on this processor.

`make test-aarch64` makes the environment; elsewhere the tests are skipped. An emulated process cannot start another, as
the system knows only the emulator; so the tests that run there are of modules that do without.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgebokeh.look import QUALITIES
from tests.aarch64 import outcome
from tests.conftest import ROOT

EMULATED = Path(sys.prefix) / "emulated"

pytestmark = pytest.mark.skipif(not EMULATED.exists(), reason="64-bit ARM is not here; run: make test-aarch64")

PI_3, PI_4, PI_5 = "cortex-a53", "cortex-a72", "cortex-a76"
"""Cores of Raspberry Pi, and of Zero 2 W the first; what one of them does not know ends the process."""

MATTE, PICTURE = 1e-3, 1
"""How far the matte may be from this processor's, and the picture, in steps of 256."""

SUITE = ("crops", "images", "look", "matte", "parity", "sessions", "source", "spec", "tensors", "threads", "tiles")
"""Tests that run there."""

LEAST = 300
"""How many of them have to pass."""


def run(core: str, *arguments: str, cache: Path) -> str:
    """What an emulated Python prints on standard output."""
    python = EMULATED / "root" / "usr" / "bin" / "python3.11"
    command = ["qemu-aarch64-static", "-cpu", core, "-L", str(EMULATED / "root"), str(python), *arguments]
    paths = os.pathsep.join([str(ROOT), str(EMULATED / "site")])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "EDGEBOKEH_CACHE": str(cache)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize(
    ("quality", "core"),
    [*((quality, core) for quality in ("fast", "balanced") for core in (PI_3, PI_4, PI_5)), ("best", PI_4)],
)
def test_the_sample_is_blurred_as_on_this_processor(quality: str, core: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here.npz", tmp_path / "there.npz"
    outcome.main(quality, str(here))
    run(core, "-m", "tests.aarch64.outcome", quality, str(there), cache=tmp_path)
    with np.load(here) as ours, np.load(there) as theirs:
        assert theirs["about"][0] == "aarch64" != ours["about"][0]
        assert list(theirs["about"][1:]) == list(ours["about"][1:])
        matte = float(np.abs(ours["matte"] - theirs["matte"]).max())
        picture = int(np.abs(ours["pixels"].astype(int) - theirs["pixels"]).max())
        apart = float((ours["pixels"] != theirs["pixels"]).mean())
    sys.stdout.write(f"{quality} on {core}: matte {matte:.1e}, picture {picture}/255 in {apart:.3%} of its values\n")
    assert matte <= MATTE
    assert picture <= PICTURE


def test_every_preset_is_compared_and_they_differ_by_more_than_is_allowed(tmp_path: Path) -> None:
    mattes = {}
    for quality in QUALITIES:
        outcome.main(quality, str(tmp_path / "one.npz"))
        with np.load(tmp_path / "one.npz") as one:
            mattes[quality] = one["matte"]
    assert mattes.keys() == {"fast", "balanced", "best"}
    assert np.abs(mattes["fast"] - mattes["balanced"]).max() > 10 * MATTE
    assert np.abs(mattes["balanced"] - mattes["best"]).max() > 10 * MATTE


def test_the_command_line_runs_and_starts_from_what_it_kept(tmp_path: Path) -> None:
    out, kept = tmp_path / "out.png", tmp_path / "kept"
    pictures = []
    for _ in range(2):
        told = run(PI_4, "-m", "edgebokeh", "blur", str(outcome.SAMPLE), "-o", str(out), "--force", cache=kept)
        assert "selfie on cpu, subject 54%" in told
        pictures.append(out.read_bytes())
        assert "optimised networks: 1" in run(PI_4, "-m", "edgebokeh", "cache", cache=kept)
    assert pictures[0] == pictures[1]


def test_a_part_of_the_suite_passes_there(tmp_path: Path) -> None:
    files = [f"tests/test_{name}.py" for name in SUITE]
    told = run(
        PI_4,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(tmp_path / "there"),
        *files,
        cache=tmp_path,
    )
    last = told.strip().splitlines()[-1]
    sys.stdout.write(f"{', '.join(SUITE)}: {last}\n")
    found = re.search(r"(\d+) passed", last)
    assert found
    assert int(found[1]) >= LEAST
    assert "skipped" not in last
