"""edgebokeh lent to another process: it alone, and nothing that lies beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import edgebokeh

ASK = """
import json, sys
import cv2, numpy, onnxruntime
site, model, photo, outputs = sys.argv[1:]
sys.path.insert(0, site)
from edgebokeh import probe
from edgebokeh.benchmark.configuration import Configuration
from edgebokeh.benchmark.worker import Worker
assert probe.__file__.startswith(site)
with Worker(sys.executable, 60) as worker:
    wish = {"configuration": Configuration(model=model).to_dict(), "photo": photo, "quality": "fast"}
    answer = worker.ask({"do": "open", **wish, "outputs": outputs, "flight": 1})
print(json.dumps({"versions": answer["versions"], "probe": probe._tried_apart("cpu")["reason"]}))
"""


def test_nothing_that_lies_beside_the_package_is_lent(tiny_model: Path, photo: Path, tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    try:
        (site / "edgebokeh").symlink_to(Path(edgebokeh.__file__).parent, target_is_directory=True)
    except OSError:
        pytest.skip("this user may make no symbolic links")
    for name in ("numpy", "onnxruntime", "cv2"):
        (site / f"{name}.py").write_text("raise ImportError('of the Python that asks')\n", "utf-8")
    command = [sys.executable, "-c", ASK, str(site), str(tiny_model), str(photo), str(tmp_path / "outputs.npz")]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": ""}, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["versions"]["edgebokeh"] == edgebokeh.__version__
    assert answer["probe"] == ""
