"""Locks and journals in a store, here that of the process and a server of S3."""

import json
import os
import platform
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from edgebokeh import places, stores
from edgebokeh.batch import journal, lease, lines, lock
from edgebokeh.batch.journal import Entry
from edgebokeh.batch.lease import Owner, leased
from edgebokeh.errors import JournalError, OutputBusyError
from edgebokeh.remote import Remote
from tests.conftest import ROOT
from tests.s3 import Server


@pytest.fixture
def folder(tmp_path: object) -> Remote:
    pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")
    return Remote("memory", f"{tmp_path}".strip("/"))


@pytest.fixture
def place(folder: Remote) -> Remote:
    return folder / lock.NAME


def put(place: Remote, owner: Owner) -> None:
    stores.write(json.dumps(asdict(owner)).encode(), place, force=True)


def other(**changes: object) -> Owner:
    """Another process on another machine."""
    return replace(Owner("elsewhere", 4711, "99", "0123"), **changes)  # type: ignore[arg-type]


def ended() -> Owner:
    """A process of this machine that is no more."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Owner(lease._host(), process.pid, lease._born(process.pid), "4567")
    process.communicate()
    return owner


def test_it_is_there_inside_and_gone_afterwards(place: Remote) -> None:
    with leased(place) as check:
        check()
        assert json.loads(stores.read(place))["pid"] == os.getpid()
        with pytest.raises(OutputBusyError, match=f"process {os.getpid()} on {platform.node()}"), leased(place):
            pass
    assert not stores.exists(place)
    with leased(place):
        pass


def test_that_of_a_process_that_was_killed_here_is_taken_at_once(place: Remote) -> None:
    put(place, ended())
    with leased(place):
        assert json.loads(stores.read(place))["pid"] == os.getpid()
    assert not stores.exists(place)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells when a process was started")
def test_a_process_that_has_the_number_of_one_that_was_killed_is_another(place: Remote) -> None:
    put(place, Owner(lease._host(), os.getppid(), "not then", "4567"))
    with leased(place):
        pass
    put(place, Owner(lease._host(), os.getppid(), lease._born(os.getppid()), "4567"))
    with pytest.raises(OutputBusyError), leased(place):
        pass


def test_an_earlier_use_of_this_process_that_was_never_ended_is_no_hindrance(place: Remote) -> None:
    put(place, Owner(lease._host(), os.getpid(), lease._born(os.getpid()), "4567"))
    with leased(place):
        pass


@pytest.mark.parametrize("content", [json.dumps(asdict(other())).encode(), b"", b"not json", b"{}"])
def test_that_of_another_machine_runs_out(place: Remote, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.write(content, place)
    with pytest.raises(OutputBusyError, match="another run writes"), leased(place):
        pass
    monkeypatch.setattr(lease, "LASTS", 0.05)
    time.sleep(0.1)
    with leased(place):
        pass
    assert not list(stores.listing(place.parent))


def test_it_is_written_anew_so_that_others_see_it(place: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.02)
    with leased(place):
        before = stores.changed_at(place)
        for _ in range(500):
            time.sleep(0.02)
            if stores.changed_at(place) > before:
                break
        assert stores.changed_at(place) > before


def test_who_has_lost_it_writes_nothing_more(folder: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.02)
    with pytest.raises(JournalError, match=r"was lost"), journal.opened(folder) as log:  # noqa: PT012
        put(folder / lock.NAME, other())
        for number in range(500):
            time.sleep(0.02)
            log.note(entry(str(number)), lasting=True)
    assert json.loads(stores.read(folder / lock.NAME))["pid"] == 4711


def test_who_could_not_write_it_anew_for_long_does_not_rely_on_it(
    folder: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal.opened(folder) as log:
        log.note(entry("a"), lasting=True)
        with monkeypatch.context() as patch:
            patch.setattr(lease, "SURE", 0.0)
            with pytest.raises(JournalError, match="was lost"):
                log.note(entry("b"), lasting=True)


def entry(target: str, **changes: object) -> Entry:
    return replace(Entry("done", target, f"/in/{target}", 1, 2, "settings"), **changes)  # type: ignore[arg-type]


def parts(folder: Remote) -> list[Remote]:
    return list(stores.listing(folder / f"{journal.NAME}.d"))


def test_lines_are_kept_in_objects_and_put_together_at_the_end(folder: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PART", 500)
    with journal.opened(folder) as log:
        for number in range(20):
            log.note(entry(f"{number}", status="begun"))
            log.note(entry(f"{number}"), lasting=True)
        assert len(parts(folder)) > 5
        assert journal.read(folder) == log.entries
    assert not parts(folder)
    assert [json.loads(line)["target"] for line in stores.read(folder / journal.NAME).splitlines()] == [
        f"{number}" for number in range(20)
    ]
    with journal.opened(folder) as log:
        assert len(log.entries) == 20
        log.note_all([entry("1", status="failed"), entry("20")])
    assert {name: one.status for name, one in journal.read(folder).items() if one.status != "done"} == {"1": "failed"}
    assert len(journal.read(folder)) == 21


def test_more_lines_than_one_object_should_have_stay_in_their_objects(
    folder: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "WHOLE", 100)
    with journal.opened(folder) as log:
        log.note_all([entry("a"), entry("b")])
    assert len(parts(folder)) == 1
    assert not stores.exists(folder / journal.NAME)
    assert list(journal.read(folder)) == ["a", "b"]


def test_a_run_that_notes_nothing_writes_nothing(folder: Remote) -> None:
    with journal.opened(folder):
        pass
    assert not list(stores.listing(folder))


def test_what_was_noted_is_there_after_an_error(folder: Remote) -> None:
    def fail() -> None:
        with journal.opened(folder) as log:
            log.note(entry("a"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(journal.read(folder)) == ["a"]
    assert len(parts(folder)) == 1


@pytest.mark.parametrize("removed", range(4))
def test_an_end_while_lines_are_put_together_loses_nothing(
    folder: Remote, removed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by kill -9, with so many objects removed of those that the one journal stands for already."""
    monkeypatch.setattr(lines, "PART", 1)
    for status in ("begun", "writing", "done"):
        with journal.opened(folder) as log:
            log.note(entry("a", status=status), lasting=True)
            log.note(entry("b", status=status), lasting=True)
            before = list(parts(folder))
            monkeypatch.setattr(lines._Objects, "replace", lambda *_: None)
    kept = [(part, stores.read(part)) for part in before]
    monkeypatch.undo()
    with journal.opened(folder):
        pass
    for part, data in kept[removed:]:
        stores.write(data, part)
    assert {one.status for one in journal.read(folder).values()} == {"done"}
    with journal.opened(folder) as log:
        assert {one.status for one in log.entries.values()} == {"done"}
    assert not parts(folder)


def test_threads_share_a_request(store: Server) -> None:
    folder = Remote("s3", f"{store.bucket()}/out")
    with journal.opened(folder) as log:
        store.requests()
        threads = [
            threading.Thread(target=log.note, args=(entry(str(number)),), kwargs={"lasting": True})
            for number in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(journal.read(folder)) == 40
        puts = [line for line in store.requests() if line.startswith("PUT")]
        assert len(puts) < 40
    assert len(journal.read(folder)) == 40


def test_a_second_process_is_refused_until_the_first_one_is_killed(store: Server) -> None:
    folder = places.place(f"s3://{store.bucket()}/out")
    code = (
        "from edgebokeh import places\nfrom edgebokeh.batch.lock import locked\n"
        f"with locked(places.place({str(folder)!r})):\n print(flush=True); input()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(OutputBusyError, match=f"process {process.pid}"), lock.locked(folder):
            pass
        process.kill()
        process.wait()
        with lock.locked(folder):
            pass
    assert not places.exists(folder / lock.NAME)
