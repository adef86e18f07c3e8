import os
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import edgebokeh
from edgebokeh import Cluster, Look, places
from edgebokeh.batch.cluster import kit
from edgebokeh.batch.cluster.blocks import Blocks
from edgebokeh.batch.cluster.crew import Call, Member
from edgebokeh.batch.cluster.driver import FORGIVEN, GROWTH, SEEN, STILLBORN, _Driver, _marked, _seen
from edgebokeh.batch.cluster.worker import Answer, Placing, Worker
from edgebokeh.batch.ledger import Begun, Item, Ledger
from edgebokeh.batch.making import Facts, Wish, made
from edgebokeh.batch.outcome import Failure
from edgebokeh.batch.plan import Job
from edgebokeh.errors import ClusterUnfitError, PhotoMissingError, ProviderAbsentError, StoreError
from edgebokeh.images import Handling
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.remote import parse
from tests import tiny

TEMPORARY = ".edgebokeh-0123456789abcdef.tmp"

WISH = Wish("blur", Look(), "", Handling())


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A worker goes where the driver stands."""
    monkeypatch.chdir(tmp_path)


def packed(bokeh: Bokeh, look: Look | None = None, **cluster: object) -> kit.Kit:
    return kit.packed(bokeh, look or Look(), Cluster(**cluster), bytes)  # type: ignore[arg-type]


def test_networks_are_the_same_where_their_files_are_not(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "mine.onnx")
    gate = tiny.write(tmp_path / "gate.onnx", tiny.spec(name="gate", classes=3, person=1))
    bokeh = edgebokeh.load(model, spec={"size": (64, 64)}, gate=gate, threads=2)
    look = Look(quality="best")
    sent = packed(bokeh, look)
    before = bokeh.identity(look)
    model.unlink()
    shutil.move(gate, tmp_path / "elsewhere.onnx")
    folder = tmp_path / "copies"
    folder.mkdir()
    there = kit.opened(sent, bytes, folder)
    assert there.identity(look) == before
    assert there.threads == 2
    assert sorted(path.name for path in folder.iterdir()) == ["gate.onnx", "mine.onnx"]


def test_a_provider_may_be_the_workers_alone(tiny_bokeh: Bokeh) -> None:
    own = packed(tiny_bokeh)
    assert own.runtime.providers == ("cpu",)
    sent = packed(tiny_bokeh, provider=["migraphx"], allow_fallback=True)
    assert (sent.runtime.providers, sent.runtime.allow_fallback) == (("migraphx",), True)
    why = Worker().open(packed(tiny_bokeh, provider="migraphx"), WISH, [])
    assert why
    assert isinstance(why.error, ProviderAbsentError)
    assert str(why.error).startswith("on ")


def test_results_are_kept_until_they_are_to_be_written(tiny_bokeh: Bokeh, photo: Path, tmp_path: Path) -> None:
    worker, target = Worker(), tmp_path / "out" / "a.png"
    assert worker.open(packed(tiny_bokeh), WISH, [photo]) is None
    answer = worker.make(7, [Job(photo, target), Job(tmp_path / "none.png", target)])
    facts, why = answer.results
    assert isinstance(facts, Facts)
    assert isinstance(why, Failure)
    assert isinstance(why.error, PhotoMissingError)
    assert not target.parent.exists()
    [changed] = worker.place(7, [Placing(False, TEMPORARY)]).results
    assert changed == target.stat().st_mtime_ns
    assert target.stat().st_size == facts.size
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("what", ["version", "folder"])
def test_a_machine_that_is_not_as_the_drivers_is_refused(
    tiny_bokeh: Bokeh, photo: Path, tmp_path: Path, what: str
) -> None:
    sent = packed(tiny_bokeh)
    sent = replace(sent, version="0.0") if what == "version" else sent
    why = Worker().open(sent, WISH, [photo, tmp_path / "in" / "a.jpg"] if what == "folder" else [photo])
    assert why
    assert isinstance(why.error, ClusterUnfitError)
    assert ("0.0" if what == "version" else str(tmp_path / "in" / "a.jpg")) in str(why.error)


def test_a_machine_shows_that_it_sees_the_journal_and_a_photo_of_each_folder(tmp_path: Path) -> None:
    sources: list[Place] = [tmp_path / f"{number % 40}" / f"{number}.jpg" for number in range(80)]
    seen = _seen([*sources, parse("s3://bucket/a.jpg")], None)
    assert len(seen) == SEEN
    assert len({path.parent for path in seen}) == SEEN


def test_a_machine_shows_that_it_sees_the_folders_for_results(tiny_bokeh: Bokeh, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    folders: list[Place] = [tmp_path / "out", tmp_path / "out", tmp_path / "none" / "of", parse("s3://bucket/out")]
    with _marked(folders, alone=False) as others, _marked(folders, alone=True) as marks:
        assert not set(others) & set(marks)
        assert [mark.parent for mark in marks if mark.is_file()] == [tmp_path / "out", tmp_path]
        assert Worker().open(packed(tiny_bokeh), WISH, marks[:1]) is None
        marks[0].unlink()
        why = Worker().open(packed(tiny_bokeh), WISH, marks[:1])
        assert why
        assert isinstance(why.error, ClusterUnfitError)
    assert not list((tmp_path / "out").iterdir())
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_workers_that_die_with_their_machine_count_once() -> None:
    members = [Member(None) for _ in range(STILLBORN + 1)]
    crew = SimpleNamespace(members=[], dismiss=lambda _member: [], hire=lambda *_wish: None)
    site = SimpleNamespace(wanted=lambda: 1, resources=dict)
    driver = _Driver([], Blocks(range(4)), crew, None, site, [])  # type: ignore[arg-type]
    for member in members:
        driver._lost(member)
    assert driver._stillborn == 1
    driver._stillborn, driver._died = STILLBORN - 1, -FORGIVEN
    with pytest.raises(ClusterUnfitError):
        driver._lost(members[0])


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, ClusterUnfitError("it", "do")])
def test_what_is_written_when_the_run_is_ended_is_told(tiny_bokeh: Bokeh, photo: Path, end: BaseException) -> None:
    job, other = Job(photo, photo.with_name("out.png")), Job(photo, photo.with_name("other.png"))
    _, facts = made(tiny_bokeh, job, photo.read_bytes(), WISH)
    begun, member = Begun(job, force=False), Member(None, ready=True)
    calls = [Call(member, "place", 0, [(0, begun)], made=[(begun, facts)])]

    def answers(_seconds: float) -> list[tuple[Call, Answer]]:
        if not asked:
            asked.append(1)
            raise end
        return [(calls.pop(), Answer([1], 0.1))]

    asked: list[int] = []
    crew: Any = SimpleNamespace(members=[], calls=lambda *_kinds: calls, answers=answers)
    site: Any = SimpleNamespace(wanted=lambda: 0)
    items: list[Item] = [(job, "new"), (other, "new")]
    outcomes = _Driver(items, Blocks([1]), crew, Ledger(None, "", force=False), site, []).outcomes()
    assert next(outcomes).job == job
    with pytest.raises(end if isinstance(end, type) else type(end)):
        next(outcomes)


def test_what_no_photo_can_have_here_is_told_with_the_machine(
    tiny_bokeh: Bokeh, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    assert worker.open(packed(tiny_bokeh), WISH, []) is None
    job = Job(photo, photo.with_name("out.png"))
    worker.make(0, [job])

    def unreachable(*_: object, **__: object) -> None:
        raise StoreError("s3://a cannot be reached", "try")

    monkeypatch.setattr(places, "read", unreachable)
    monkeypatch.setattr(places, "write", unreachable)
    answers = [worker.make(1, [job]), worker.place(0, [Placing(False, None)])]
    for why in [answer.results[0] for answer in answers]:
        assert isinstance(why, Failure)
        assert why.full
        assert str(why.error).startswith(f"on {socket.gethostname()}: ")
        assert why.error.hint


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permissions of that kind")
def test_results_have_the_permissions_that_the_drivers_umask_gives(
    tiny_bokeh: Bokeh, photo: Path, tmp_path: Path
) -> None:
    before = os.umask(0o026)
    try:
        sent = packed(tiny_bokeh)
        os.umask(0o077)
        worker = Worker()
        assert worker.open(sent, WISH, []) is None
        worker.make(0, [Job(photo, tmp_path / "out" / "a.png")])
        worker.place(0, [Placing(False, TEMPORARY)])
    finally:
        os.umask(before)
    assert (tmp_path / "out" / "a.png").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o751


def test_a_worker_gets_no_more_while_its_results_wait_to_be_written() -> None:
    member = Member(None, ready=True)
    for kind, wants in (("make", True), ("place", True), ("place", False)):
        member.calls.append(Call(member, kind))  # type: ignore[arg-type]
        assert member.wants is wants
    member.calls.pop()
    assert member.wants


def test_workers_are_added_as_the_cluster_grows_but_no_more_than_there_is_to_do() -> None:
    hired: list[object] = []
    crew = SimpleNamespace(members=hired, hire=lambda *wish: hired.append(wish))
    rooms = [0]
    site = SimpleNamespace(wanted=lambda: rooms[-1], resources=dict)
    driver = _Driver([], Blocks(range(4)), crew, None, site, [])  # type: ignore[arg-type]
    for room, members in ((1, 1), (3, 3), (2, 3), (9, 4)):
        rooms.append(room)
        driver._asked = -GROWTH
        driver._staff()
        assert len(hired) == driver._blocks.workers == members
    hired.clear()
    driver._staff()
    assert not hired
