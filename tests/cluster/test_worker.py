import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import edgebokeh
from edgebokeh import Cluster, Look
from edgebokeh.batch.cluster import kit
from edgebokeh.batch.cluster.blocks import Blocks
from edgebokeh.batch.cluster.crew import Call, Member
from edgebokeh.batch.cluster.driver import FORGIVEN, GROWTH, SEEN, STILLBORN, _Driver, _marked, _seen
from edgebokeh.batch.cluster.worker import Placing, Worker
from edgebokeh.batch.making import Facts, Wish
from edgebokeh.batch.outcome import Failure
from edgebokeh.batch.plan import Job
from edgebokeh.errors import ClusterUnfitError, PhotoMissingError, ProviderAbsentError
from edgebokeh.images import Handling
from edgebokeh.pipeline import Bokeh
from edgebokeh.places import Place
from edgebokeh.remote import parse
from tests import tiny

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
    [changed] = worker.place(7, [Placing(False, ".edgebokeh-0123456789abcdef.tmp")]).results
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
        assert driver._lost(member) == []
    assert driver._stillborn == 1
    driver._stillborn, driver._died = STILLBORN - 1, -FORGIVEN
    with pytest.raises(ClusterUnfitError):
        driver._lost(members[0])


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
