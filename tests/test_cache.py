import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper

from edgebokeh import cache, cache_info, clear_cache
from edgebokeh.engine import Network, open_network
from edgebokeh.sessions import Runtime
from tests import tiny
from tests.conftest import ROOT, png

PICTURE = np.random.default_rng(0).random((1, 3, 32, 48), np.float32)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Whose weights are large enough to be kept beside the graph."""
    return tiny.write(tmp_path / "model.onnx", tiny.spec(classes=500, person=7))


def is_kept(network: Network) -> bool:
    """Whether the network's graph came from the cache: only those are not optimised again."""
    level = network.session.get_session_options().graph_optimization_level
    return bool(level == ort.GraphOptimizationLevel.ORT_DISABLE_ALL)


def entry(folder: Path) -> Path:
    [manifest] = folder.glob(f"graphs/*/{cache.MANIFEST}")
    return manifest.parent


def test_the_second_opening_takes_the_kept_graph_and_gives_the_same(model: Path, folder: Path) -> None:
    plain = open_network(model, runtime=Runtime(cache=False))
    assert not folder.exists()
    first, second = open_network(model), open_network(model)
    assert [is_kept(network) for network in (plain, first, second)] == [False, False, True]
    assert plain.spec == first.spec == second.spec, "the kept graph carries the description too"
    assert (plain.size, plain.is_open) == (second.size, second.is_open)
    answers = [network.run(PICTURE) for network in (plain, first, second)]
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])
    assert {path.name for path in entry(folder).iterdir()} == {cache.MANIFEST, cache.GRAPH, cache.WEIGHTS}


def test_the_bundled_networks_are_kept(folder: Path) -> None:
    for name in ("selfie", "modnet"):
        path = ROOT / "models" / f"{name}.onnx"
        first, second = open_network(path), open_network(path)
        assert is_kept(second)
        height, width = first.size
        picture = np.random.default_rng(0).random((1, 3, height, width), np.float32)
        assert np.allclose(first.run(picture), second.run(picture), rtol=0, atol=1e-6)
    info = cache_info()
    assert (info.folder, info.entries, info.bytes > 26e6) == (folder, 2, True)


def test_another_model_at_the_same_path_is_another_model(model: Path) -> None:
    open_network(model)
    tiny.write(model, tiny.spec(classes=500, person=8))
    changed = open_network(model)
    assert (is_kept(changed), changed.spec.person) == (False, 8)
    assert is_kept(open_network(model))
    assert cache_info().entries == 2


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def put(key: str, value: object) -> Callable[[Path], None]:
    """Changes one line of the manifest."""

    def change(folder: Path) -> None:
        path = folder / cache.MANIFEST
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))

    return change


FAULTS: dict[str, Callable[[Path], object]] = {
    "graph damaged": lambda folder: flip(folder / cache.GRAPH),
    "graph cut": lambda folder: os.truncate(folder / cache.GRAPH, 9),
    "graph missing": lambda folder: (folder / cache.GRAPH).unlink(),
    "weights cut": lambda folder: os.truncate(folder / cache.WEIGHTS, 100),
    "weights damaged": lambda folder: flip(folder / cache.WEIGHTS),
    "weights missing": lambda folder: (folder / cache.WEIGHTS).unlink(),
    "manifest missing": lambda folder: (folder / cache.MANIFEST).unlink(),
    "manifest empty": lambda folder: (folder / cache.MANIFEST).write_bytes(b""),
    "manifest no text": lambda folder: (folder / cache.MANIFEST).write_bytes(b"\xff\xfe"),
    "manifest a list": lambda folder: (folder / cache.MANIFEST).write_text("[1]"),
    "manifest of another key": put("key", {"model": "another"}),
    "manifest without weights": put("weights", None),
    "manifest with odd weights": put("weights", 5),
    "manifest with few weights": put("weights", [1]),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_entry_is_thrown_away_and_written_again(fault: str, model: Path, folder: Path) -> None:
    right = open_network(model).run(PICTURE)
    FAULTS[fault](entry(folder))
    again = open_network(model)
    assert not is_kept(again)
    assert np.array_equal(again.run(PICTURE), right)
    assert is_kept(open_network(model))
    assert cache_info().entries == 1


def test_a_graph_that_onnxruntime_refuses_is_thrown_away(model: Path, folder: Path) -> None:
    right = open_network(model).run(PICTURE)
    (entry(folder) / cache.GRAPH).write_text("no graph")
    put("graph", cache.sha256(entry(folder) / cache.GRAPH))(entry(folder))
    again = open_network(model)
    assert not is_kept(again)
    assert np.array_equal(again.run(PICTURE), right)
    assert is_kept(open_network(model))


def test_weights_with_another_time_are_read_to_see_whether_they_are_the_same(model: Path, folder: Path) -> None:
    open_network(model)
    os.utime(entry(folder) / cache.WEIGHTS, (1, 1))
    assert is_kept(open_network(model))


def test_a_graph_that_does_not_do_the_same_is_not_kept(model: Path, folder: Path) -> None:
    network = onnx.load(model)
    [last] = [node for node in network.graph.node if node.output[0] == "output"]
    last.output[0] = "certain"
    network.graph.node.append(helper.make_node("RandomNormalLike", ["certain"], ["noise"]))
    network.graph.node.append(helper.make_node("Add", ["certain", "noise"], ["output"]))
    onnx.save(network, model)
    assert not is_kept(open_network(model))
    assert not is_kept(open_network(model))
    assert list((folder / "graphs").iterdir()) == []


def test_a_model_with_weights_in_another_file_is_not_kept(model: Path, folder: Path) -> None:
    right = open_network(model, runtime=Runtime(cache=False)).run(PICTURE)
    onnx.save(onnx.load(model), model, save_as_external_data=True, location="weights", size_threshold=0)
    for _ in range(2):
        network = open_network(model)
        assert not is_kept(network)
        assert np.array_equal(network.run(PICTURE), right)
    assert not (folder / "graphs").exists()


def test_a_hash_is_remembered_only_while_the_file_stays_as_it_is(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = cache.model_hash(model)
    assert digest == cache.sha256(model)
    assert not (folder / "hashes").exists(), "the file could change once more without a new time"
    monkeypatch.setattr(cache, "FRESH", -1.0)
    assert cache.model_hash(model) == digest
    [note] = (folder / "hashes").iterdir()
    note.write_text(json.dumps(json.loads(note.read_text()) | {"sha256": "remembered"}))
    assert cache.model_hash(model) == "remembered"
    os.utime(model, (1, 1))
    assert cache.model_hash(model) == digest
    note.write_text("nonsense")
    assert cache.model_hash(model) == digest
    assert cache.model_hash(model.with_name("absent")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
@pytest.mark.parametrize("where", [".", "graphs", "hashes", "graphs/*"])
def test_what_others_may_write_to_is_not_trusted(
    where: str, model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FRESH", -1.0)
    open_network(model)
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.glob("*"), *folder.glob("graphs/*"))} == {0o700}
    [open_to_all] = folder.glob(where) if where != "." else [folder]
    open_to_all.chmod(0o777)
    assert is_kept(open_network(model)) == (where == "hashes")


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/nowhere", ""])
def test_no_cache_can_be_written_and_nobody_is_troubled(
    where: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv(cache.VARIABLE, where and str(tmp_path / where))
    right = open_network(model, runtime=Runtime(cache=False)).run(PICTURE)
    for _ in range(2):
        network = open_network(model)
        assert not is_kept(network)
        assert np.array_equal(network.run(PICTURE), right)
    assert (tmp_path / "file").read_text() == "mine"
    assert (cache_info().entries, clear_cache().bytes) == (0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX shells")
def test_a_full_disk_keeps_nothing_and_nobody_is_troubled(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png(tiny.picture()))
    command = f"ulimit -f 8; {sys.executable} -m edgebokeh mask photo.png"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert list((folder / "graphs").iterdir()) == []


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the folders of Linux")
def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (cache.VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/somewhere")
    assert cache_info().folder == Path("/somewhere/.cache/edgebokeh")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_info().folder == Path("/elsewhere/edgebokeh")
    monkeypatch.setenv(cache.VARIABLE, "")
    assert cache_info().folder is None


def test_clearing_takes_what_the_cache_wrote_and_nothing_else(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FRESH", -1.0)
    open_network(model)
    mine = [folder / "notes.txt", folder / "graphs" / "plan.onnx", folder / "hashes" / "mine.json"]
    for path in mine:
        path.write_text("mine")
    held = clear_cache()
    assert (held.entries, held.bytes > 2000) == (1, True)
    assert {path for path in folder.rglob("*") if path.is_file()} == set(mine)
    assert not is_kept(open_network(model))


def test_what_nobody_uses_any_more_is_swept(model: Path, folder: Path, tmp_path: Path) -> None:
    open_network(model)
    killed, young = (folder / "graphs" / f"tmp-{digit * 16}" for digit in "01")
    for path in (killed, young):
        path.mkdir()
        (path / cache.GRAPH).write_text("half a gra")
    for path, age in ((killed, cache.ABANDONED), (entry(folder), cache.STALE)):
        os.utime(path, (time.time() - age - 9,) * 2)
    open_network(tiny.write(tmp_path / "other.onnx"))
    assert not killed.exists()
    assert young.exists()
    assert cache_info().entries == 1


def test_processes_that_start_at_once_on_an_empty_cache(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png(tiny.picture()))
    command = [sys.executable, "-W", "error", "-m", "edgebokeh", "mask", "photo.png", "--quality", "best", "-o"]
    running = [
        subprocess.Popen(
            [*command, f"{number}.png"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in range(4)
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert len({(tmp_path / f"{number}.png").read_bytes() for number in range(4)}) == 1
    assert sorted(path.name for path in (folder / "graphs").glob("tmp-*")) == []
    assert 1 <= cache_info().entries <= 2
    assert is_kept(open_network(ROOT / "models" / "selfie.onnx"))
