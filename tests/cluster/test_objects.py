"""The same from and to a real server of S3, on a Ray of its own."""

import json
import signal
from pathlib import Path

import pytest

from tests import tiny
from tests.cluster.conftest import Start
from tests.conftest import png
from tests.s3 import running
from tests.test_batch import results

pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
pytest.importorskip("moto", reason="tests of stores need s3fs and moto[server]")


def test_photos_of_a_store_go_to_a_store_though_the_driver_is_killed(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(30):
        (tmp_path / "in" / f"{number:02} ü#.png").write_bytes(png(tiny.picture(300 + number, 400)))
    (tmp_path / "in" / "bad.png").write_text("no photo")
    with start("in", "-o", "whole") as process:
        process.communicate()
    whole = results(tmp_path / "whole")
    assert len(whole) == 30
    with running(tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        bucket = server.bucket()
        server.client.put(f"{tmp_path / 'in'}/", f"{bucket}/in/", recursive=True)
        wish = (f"s3://{bucket}/in", "-o", f"s3://{bucket}/out", "--json", "--cluster", "local")
        with start(*wish) as process:
            assert process.stdout
            for _ in range(5):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert len(server.below(f"{bucket}/out")) < len(whole)
        with start(*wish) as process:
            out, err = process.communicate()
        last = json.loads(out.splitlines()[-1])
        assert (last["done"] + last["skipped"], last["failed"]) == (30, 1)
        assert "bad.png is not a picture" in err
        found = server.below(f"{bucket}/out")
        assert {name: data for name, data in found.items() if name.endswith(".png")} == whole
        assert sorted(found.keys() - whole.keys()) == ["edgebokeh.jsonl"]
