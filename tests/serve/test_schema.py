"""Schemathesis against a server, by its OpenAPI document; in an environment of its own: make test-schema."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serve.conftest import TOKEN, started

PROGRAM = shutil.which("st", path=str(Path(sys.executable).parent))

NOT_CHECKED = "positive_data_acceptance"
"""A schema cannot tell what a picture is, or which options exclude each other."""


@pytest.mark.skipif(PROGRAM is None, reason="Schemathesis is not installed; make test-schema does that")
def test_schemathesis_finds_nothing(tiny_arguments: tuple[object, ...], tmp_path: Path) -> None:
    with started(*tiny_arguments, "--token", TOKEN) as (process, address):
        command = [str(PROGRAM), "run", f"{address}openapi.json", "--checks", "all", "--exclude-checks", NOT_CHECKED]
        command += ["--max-examples", "20", "--seed", "7", "--header", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert errors == ""
