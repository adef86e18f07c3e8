"""Runs in this process, on one Ray."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import edgebokeh
from edgebokeh import BatchSettings, Cluster, Look, Outcome, convert_all
from edgebokeh.batch import journal
from edgebokeh.batch.cluster import connection
from edgebokeh.batch.cluster.site import GPUS, Site
from edgebokeh.batch.search import STREAM
from edgebokeh.errors import (
    ClusterAbsentError,
    ClusterUnreachableError,
    ContradictionError,
    EdgeBokehError,
    ProviderAbsentError,
)
from edgebokeh.execution import PROVIDERS
from edgebokeh.pipeline import Bokeh
from tests import tiny
from tests.cluster.conftest import Start
from tests.conftest import Cli
from tests.test_batch import results

SETTINGS = BatchSettings(jobs=2)


def rows(outcomes: Sequence[Outcome]) -> dict[str, tuple[object, ...]]:
    """What became of each photo, but for its times."""
    return {
        str(one.job.source): (
            one.job.target,
            one.skipped,
            one.error and one.error.to_dict(),
            one.result and (one.result.size, one.result.share, one.result.model, one.result.notes),
        )
        for one in outcomes
    }


LOOKS = {
    "blur": Look(style="lens", quality="fast"),
    "image": Look(style="image", image=tiny.picture(40, 40)),
    "mask": Look(no_person="fail"),
    "cutout": Look(feather=3),
    "classic": Look(classic=True),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.usefixtures("ray", "photos")
def test_results_are_those_of_the_local_run(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    gate = tiny.write(tmp_path / "gate.onnx", tiny.spec(name="gate", classes=3, person=1))
    bokeh = edgebokeh.load(tiny_model, gate=None if name == "classic" else gate, threads=1)
    task: Any = name if name in ("mask", "cutout") else "blur"

    def run(out: str, cluster: str | None) -> list[Outcome]:
        sources = [Path("in")]
        return list(convert_all(bokeh, sources, tmp_path / out, task, LOOKS[name], SETTINGS, cluster=cluster))

    here, there = run("here", None), run("there", "local")
    assert rows(there) == {
        source: (tmp_path / "there" / target.relative_to(tmp_path / "here"), *others)  # type: ignore[attr-defined]
        for source, (target, *others) in rows(here).items()
    }
    assert results(tmp_path / "there") == results(tmp_path / "here")
    done = len(results(tmp_path / "there"))
    assert done >= 13
    lines = [journal.read(tmp_path / out) for out in ("here", "there")]
    assert [{name: (one.status, one.result, one.photo) for name, one in some.items()} for some in lines[:1]] == [
        {name: (one.status, one.result, one.photo) for name, one in some.items()} for some in lines[1:]
    ]
    again = run("there", "local")
    assert (sum(one.skipped for one in again), sum(one.error is not None for one in again)) == (done, 17 - done)
    assert sum(one.skipped for one in run("there", None)) == done


@pytest.mark.usefixtures("ray")
def test_photos_without_a_folder_need_no_journal(tiny_bokeh: Bokeh, photo: Path, tmp_path: Path) -> None:
    [done] = convert_all(tiny_bokeh, [photo], cluster="local")
    assert done.result
    [refused] = convert_all(tiny_bokeh, [photo], cluster="local")
    assert refused.error
    [forced] = convert_all(tiny_bokeh, [photo], settings=BatchSettings(force=True), cluster=Cluster())
    assert forced.result
    assert sorted(tmp_path.iterdir()) == sorted([photo, done.job.target])


@pytest.mark.usefixtures("ray")
def test_what_the_networks_cannot_be_opened_with_ends_the_run(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ProviderAbsentError, match=r"^on "):
        list(convert_all(tiny_bokeh, [photos], tmp_path / "out", cluster=Cluster(provider="migraphx")))
    assert results(tmp_path / "out") == {}


@pytest.mark.usefixtures("ray")
def test_who_stops_asking_stops_the_run(tiny_bokeh: Bokeh, photos: Path, tmp_path: Path) -> None:
    outcomes = convert_all(tiny_bokeh, [photos], tmp_path / "out", settings=SETTINGS, cluster="local")
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    entries = journal.read(tmp_path / "out").values()
    written = {entry.target for entry in entries if entry.status == "done"}
    assert set(results(tmp_path / "out")) == written
    assert len(written) < 14
    finished = list(convert_all(tiny_bokeh, [photos], tmp_path / "out", settings=SETTINGS, cluster="local"))
    assert sum(one.result is not None or one.skipped for one in finished) == 14


def test_nothing_to_do_needs_no_cluster(tiny_bokeh: Bokeh, photo: Path, tmp_path: Path) -> None:
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    list(convert_all(tiny_bokeh, [photo, other], tmp_path / "out"))
    outcomes = list(convert_all(tiny_bokeh, [photo, other], tmp_path / "out", cluster="127.0.0.1:1"))
    assert [one.skipped for one in outcomes] == [True, True]


@pytest.mark.parametrize("sources", [[STREAM], ["memory://cluster/a.png"]])
def test_what_lies_in_this_process_alone_is_refused(tiny_bokeh: Bokeh, sources: list[Any], tmp_path: Path) -> None:
    if sources != [STREAM]:
        pytest.importorskip("fsspec", reason="fsspec, of the extra 'remote', is not installed")
    with pytest.raises(ContradictionError, match="cannot reach"):
        list(convert_all(tiny_bokeh, sources, tmp_path / "out.png", cluster="local"))


def test_without_ray_it_says_what_to_install(tiny_bokeh: Bokeh, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterAbsentError) as caught:
        list(convert_all(tiny_bokeh, [photo], cluster="local"))
    assert "pip install 'edgebokeh[ray]'" in caught.value.hint


@pytest.mark.parametrize("address", ["nowhere", "auto:x", "127.0.0.1:{free}", "ray://127.0.0.1:{free}", "host:99999"])
def test_an_address_where_nobody_answers_is_told_at_once(
    run: Cli, tiny_model: Path, photo: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = address.format(free=taken.getsockname()[1])
        done = run("blur", photo, "--model", tiny_model, "--cluster", place, "--json")
    assert done.code == ClusterUnreachableError.code
    assert done.err.startswith(f"edgebokeh: error: no Ray cluster answers at {place} (")
    assert done.err.count("\n") == 1
    assert json.loads(done.out)["exit_code"] == done.code
    assert not photo.with_name("photo.bokeh.png").exists()


@pytest.mark.usefixtures("ray")
def test_the_ray_of_another_run_is_not_joined(
    start: Start, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    process = start(photo, "--cluster", "auto")
    _, told = process.communicate(timeout=120)
    assert process.returncode == ClusterUnreachableError.code
    assert told.startswith("edgebokeh: error: no Ray cluster is known here (")


def test_where_ray_gives_up_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    monkeypatch.setattr(ray, "init", lambda **_wish: sys.exit(1))
    with pytest.raises(ClusterUnreachableError, match="gave up"):
        connection._start(ray, "host:1", {})
    monkeypatch.setattr(ray, "init", lambda **_wish: sys.exit(143))
    with pytest.raises(SystemExit):
        connection._start(ray, "host:1", {})


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals of POSIX")
def test_a_signal_that_ray_takes_while_it_starts_is_ours_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    before, heard = signal.getsignal(signal.SIGTERM), list[int]()

    def init(**_wish: object) -> None:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(number))
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(ray, "init", init)
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        connection._start(ray, "host:1", {})
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_an_empty_address_is_refused(run: Cli, photo: Path) -> None:
    done = run("blur", photo, "--cluster", "")
    assert done.code == 2
    assert "--cluster local" in done.err


@pytest.mark.parametrize(
    ("provider", "offered", "workers", "share"),
    [("cpu", 4, 2, 0), ("cuda", 0, 2, 0), ("cuda:1", 2, 8, 0.25), ("TensorRT", 4, 2, 1), ("cuda", 1, 1000, 0.01)],
)
def test_workers_share_the_gpus(provider: str, offered: float, workers: int, share: float) -> None:
    site = Site(machines(workers, gpus=offered), 1, provider, None, grows=False)
    assert site.resources() == {"num_cpus": 1, "num_gpus": share}
    assert set(GPUS) <= set(PROVIDERS)


def machines(*cores: int, gpus: float = 0) -> Any:
    """What stands for Ray with so many machines alive, and one that is not."""
    nodes = [{"Alive": True, "Resources": {"CPU": float(count)} if count else {}} for count in cores]
    lost = {"Alive": False, "Resources": {"CPU": 64.0}}
    return SimpleNamespace(nodes=lambda: [lost, *nodes], cluster_resources=lambda: {"GPU": gpus} if gpus else {})


def test_there_are_as_many_workers_as_machines_have_room_for_and_one_more_where_others_may_join() -> None:
    for cores, threads, room in (((3, 3), 2, 2), ((8, 4), 1, 12), ((0,), 1, 0), ((2, 2), 4, 0)):
        assert Site(machines(*cores), threads, "cpu", None, grows=False).wanted() == max(1, room)
        assert Site(machines(*cores), threads, "cpu", None, grows=True).wanted() == room + 1
        assert Site(machines(*cores), threads, "cpu", 7, grows=True).wanted() == 7
    assert Site(machines(2, 3), 4, "cpu", None, grows=True).needs == "each needs 4 cores, and the largest machine has 3"
    assert Site(machines(0), 1, "cuda", None, grows=True).resources()["num_gpus"] == 1


def test_a_second_run_of_a_process_is_refused_and_leaves_the_first_its_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    ended: list[bool] = []
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", lambda **_wish: None)
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(True))
    with connection.connected("local", 1):
        monkeypatch.setattr(ray, "is_initialized", lambda: True)
        with pytest.raises(ContradictionError, match="another run"), connection.connected("local", 1):
            raise AssertionError
        assert not ended
    assert ended
    with connection.connected("local", 1), connection.connected("local", 1):
        pass


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("kept", [False, True])
def test_a_local_ray_has_a_token_of_its_own_and_joining_takes_the_one_in_the_home_where_it_must(
    kept: bool, is_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(connection, "_is_open", lambda _address: is_open)
    if kept:
        (tmp_path / ".ray").mkdir()
        (tmp_path / ".ray" / "auth_token").write_text("secret")
    own, again = connection._token("local"), connection._token("local")
    assert own["RAY_AUTH_MODE"] == "token"
    assert own["RAY_AUTH_TOKEN"] != again["RAY_AUTH_TOKEN"]
    wanted = {"RAY_AUTH_MODE": "token"} if kept and not is_open else {}
    assert connection._token("127.0.0.1:6379") == wanted
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert connection._token("local") == connection._token("127.0.0.1:6379") == {}


TWICE = """
import os
from edgebokeh.batch.cluster.connection import connected
for _ in range(2):
    with connected("local", 1) as ray:
        print(ray.get(ray.remote(lambda: 3).remote()), "RAY_AUTH_TOKEN" in os.environ)
    print(sorted(name for name in os.environ if name.startswith("RAY_AUTH_")))
"""


def test_runs_of_one_process_leave_each_other_no_token(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    home = os.environ | {"HOME": str(tmp_path)}
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        home.pop(name, None)
    done = subprocess.run([sys.executable, "-c", TWICE], env=home, capture_output=True, text=True, check=False)
    assert done.stdout == "3 True\n[]\n" * 2, done.stderr
    assert not (tmp_path / ".ray").exists()


def test_errors_come_through_from_other_processes() -> None:
    import pickle

    error = ClusterAbsentError("what", "hint", ["a", "b"])
    copy: EdgeBokehError = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.to_dict()) == (type(error), error.to_dict())


@pytest.mark.usefixtures("ray", "photos")
def test_what_runs_on_the_workers_is_said_once(run: Cli, tiny_model: Path) -> None:
    wish = ("--provider", "migraphx", "--allow-fallback", "--cluster", "local", "--jobs", 2)
    done = run("cutout", "in/f0", "-o", "out", "--model", tiny_model, *wish)
    assert done.code == 0
    assert done.out.startswith("4 done, 0 skipped, 0 failed")
    assert done.err.count("cpu runs instead") == done.err.count("\n") == 1


@pytest.mark.usefixtures("photos")
def test_a_rehearsal_needs_no_cluster(run: Cli, tiny_model: Path) -> None:
    done = run("mask", "in/f0", "-o", "out", "--model", tiny_model, "--dry-run", "--cluster")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("4 to do, 0 done, 0 refused\n")


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("wish", [("-", "-o", "out.png"), ("in/deep.png", "-o", "-")])
def test_a_rehearsal_tells_what_a_cluster_cannot_reach(run: Cli, wish: tuple[str, ...]) -> None:
    done = run("blur", *wish, "--dry-run", "--cluster", "local")
    assert (done.code, done.out) == (ContradictionError.code, "")
    assert "a cluster cannot reach" in done.err
