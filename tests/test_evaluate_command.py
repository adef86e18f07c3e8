import json
from pathlib import Path

import cv2
import numpy as np

from edgebokeh.device_profile import DeviceProfile, Setting, here
from edgebokeh.errors import ExitCode
from edgebokeh.images import decode
from tests import tiny
from tests.conftest import ABSENT, Cli


def test_evaluate(run: Cli, tiny_model: Path, tmp_path: Path) -> None:
    for folder in ("photos", "truth"):
        (tmp_path / folder).mkdir()
    cv2.imwrite("photos/me.png", tiny.picture())
    truth = np.zeros((60, 80), np.uint8)
    truth[tiny.subject()] = 255
    cv2.imwrite("truth/me.png", truth)
    where = ("--images", "photos", "--masks", "truth", "--model", tiny_model)
    done = run("evaluate", *where, "--sheet", "worst.png")
    assert (done.code, done.err) == (0, "")
    assert "mean of 1" in done.out
    assert decode(Path("worst.png").read_bytes()).pixels.size
    one, summary = map(json.loads, run("evaluate", *where, "--json").out.splitlines())
    assert one["iou"] == summary["mean"]["iou"] > 0.9
    Path("photo.png").write_bytes(Path("photos/me.png").read_bytes())
    photo = json.loads(run("mask", "photo.png", "--model", tiny_model, "--json").out)
    ran = ("model", "provider", "provider_device", "provider_share", "fallback", "provider_note", "threads", "profile")
    assert {key: summary[key] for key in ran} == {key: photo[key] for key in ran}
    assert run("evaluate", *where, "--sheet", "worst.png").code == ExitCode.OUTPUT_EXISTS
    assert run("evaluate", "--images", "photos", "--masks", "nowhere").code == ExitCode.EVALUATION


def test_evaluate_tells_of_what_ran_instead(run: Cli, tiny_model: Path, tmp_path: Path) -> None:
    for folder in ("photos", "truth"):
        (tmp_path / folder).mkdir()
        cv2.imwrite(f"{folder}/me.png", tiny.picture())
    DeviceProfile(name="mine", setting=Setting(threads=1), machine=here()).save()
    wish = ("--model", tiny_model, "--provider", ABSENT, "--allow-fallback", "--profile", "mine")
    done = run("evaluate", "--images", "photos", "--masks", "truth", *wish, "--json")
    summary = json.loads(done.out.splitlines()[-1])
    assert (summary["provider"], summary["fallback"], summary["threads"]) == ("cpu", True, 1)
    assert summary["profile"] == "mine"
    assert summary["provider_note"] in done.err
