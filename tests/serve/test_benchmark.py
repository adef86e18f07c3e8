"""What benchmarks.serve computes and says; never how long anything takes."""

import re
import subprocess
import sys
from pathlib import Path

from edgebokeh.styles import STYLES
from tests.conftest import ROOT


def benchmark(*arguments: object) -> str:
    command = [sys.executable, "-m", "benchmarks.serve", "--megapixels", "0.2", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_load(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- load -->\n<!-- /load -->\n")
    said = benchmark("--seconds", 2, "--rounds", 2, "--clients", 3, "--page", page)
    rounds = re.findall(r"round \d: 200: (\d+); ([\d.]+) photos a second, batch ([\d.]+), ratio ([\d.]+)", said)
    assert len(rounds) == 2
    assert all(int(answers) > 0 for answers, *_ in rounds)
    for _, rate, batch, ratio in rounds:
        assert abs(float(rate) / float(batch) - float(ratio)) < 0.05
    assert "neither a picture nor 429: 0" in said
    assert "| median |" in page.read_text()


def test_refusals_are_no_failures() -> None:
    said = benchmark("--seconds", 2, "--rounds", 1, "--clients", 6, "--", "--jobs", 1, "--waiting", 0)
    assert re.search(r"200: \d+, 429: \d+", said)


def test_previews(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- previews -->\n<!-- /previews -->\n")
    said = benchmark("--preview", "--moves", 2, "--page", page)
    assert all(re.search(rf"^style={name} +\d+ +\d+ +[\d.]+$", said, re.MULTILINE) for name in STYLES)
    assert "| style=lens |" in page.read_text()
