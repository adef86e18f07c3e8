import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh import files, places
from edgebokeh.batch import journal, lines, lock
from edgebokeh.batch.journal import Entry
from edgebokeh.batch.plan import Job
from edgebokeh.batch.search import STREAM
from edgebokeh.batch.standing import Standing, begun, source_of, standing
from edgebokeh.errors import JournalError, OutputBusyError
from tests.conftest import ROOT, largest_file


def is_encodable(text: str) -> bool:
    try:
        return bool(os.fsencode(text))
    except UnicodeError:
        return False


RESULT = journal.digest(b"result")
ONE, TWO = "1" * 16, "2" * 16

STATUSES = get_args(journal.Status)
NAMES = st.text(st.characters(codec=None, exclude_characters="\0"), min_size=1).filter(is_encodable)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a.jpg").write_text("photo")
    return Job(tmp_path / "in" / "a.jpg", tmp_path / "out" / "a.bokeh.jpg")


def entry(job: Job, status: journal.Status = "done", **changes: object) -> Entry:
    size, mtime_ns = places.seen(job.source)
    one = Entry(status, "a.bokeh.jpg", str(files.real(job.source)), size, mtime_ns, "settings")
    one = replace(one, photo=journal.digest_of(job.source))
    if status == "done":
        one = replace(one, written=6, written_ns=places.seen(job.target)[1], result=RESULT)
    return replace(one, **changes)  # type: ignore[arg-type]


@given(
    st.builds(
        Entry,
        st.sampled_from(["begun", "writing", "done", "failed"]),
        NAMES,
        NAMES,
        st.integers(),
        st.integers(),
        NAMES,
    )
)
def test_a_line_is_read_as_it_was_written(one: Entry) -> None:
    line = one.to_json()
    assert "\n" not in line
    assert Entry.from_json(line.encode()) == one


@given(st.binary())
def test_what_is_no_line_is_none(line: bytes) -> None:
    assert Entry.from_json(line) is None


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"status": "done"}', b'{"target": 1}', b"null", b"[" * 10**6])
def test_what_says_something_else_is_none(line: bytes) -> None:
    assert Entry.from_json(line) is None


CASES: dict[str, tuple[Callable[[Job], Entry | None], bool, Standing]] = {
    "nothing known": (lambda _: None, False, "new"),
    "a stranger's file": (lambda _: None, True, "taken"),
    "done": (entry, True, "done"),
    "its result is gone": (entry, False, "again"),
    "its result was changed": (lambda job: entry(job, written=7), True, "taken"),
    "its result was changed to one of the same size": (
        lambda job: entry(job, written_ns=1, result=journal.digest(b"edited")),
        True,
        "taken",
    ),
    "its result was copied": (lambda job: entry(job, written_ns=1), True, "done"),
    "other settings": (lambda job: entry(job, settings="others"), True, "changed"),
    "another photo now": (lambda job: entry(job, mtime_ns=1), True, "changed"),
    "of another photo": (lambda job: entry(job, source="/b.jpg", size=1), True, "taken"),
    "of another photo, and gone": (lambda job: entry(job, source="/b.jpg", size=1), False, "new"),
    "the photo was moved": (lambda job: entry(job, source="/b.jpg", mtime_ns=1), True, "done"),
    "of another photo of the same size and time": (lambda job: entry(job, source="/b.jpg", photo="0"), True, "taken"),
    "of a photo elsewhere, never read": (
        lambda job: entry(job, "failed", source="/b.jpg", photo=""),
        False,
        "new",
    ),
    "failed": (lambda job: entry(job, "failed"), False, "again"),
    "failed, with the older result": (lambda job: entry(job, "failed", written=6, result=RESULT), True, "again"),
    "failed, and then a stranger's file": (lambda job: entry(job, "failed"), True, "taken"),
    "begun": (lambda job: entry(job, "begun"), False, "again"),
    "begun, and then a stranger's file": (lambda job: entry(job, "begun"), True, "taken"),
    "killed after it was written": (lambda job: entry(job, "writing", written=6, result=RESULT), True, "again"),
    "killed before that": (lambda job: entry(job, "writing", written=7, result=ONE, former=RESULT), True, "again"),
    "killed, and then a stranger's file": (lambda job: entry(job, "writing", written=6, result=ONE), True, "taken"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_journal_says_of_a_job(job: Job, case: str) -> None:
    line, exists, expected = CASES[case]
    if exists:
        job.target.write_text("result")
    assert standing(job, line(job), "settings") == expected


def test_what_is_begun_says_what_it_may_replace(job: Job) -> None:
    folder = job.target.parent
    job.target.write_text("result")
    done = entry(job)
    killed = entry(job, "writing", written=7, result=ONE, former=RESULT)
    for before in (done, killed, entry(job, "failed", written=6, written_ns=done.written_ns, result=RESULT)):
        line = begun(job, "changed", before, folder, "settings")
        assert line == entry(job, "begun", photo="", written=6, written_ns=done.written_ns, result=RESULT)
        assert standing(job, line, "settings") == "again"
    assert begun(job, "taken", None, folder, "settings") == entry(job, "begun", photo="")


@pytest.mark.parametrize("exists", [True, False])
def test_what_came_from_a_stream_is_never_known(job: Job, exists: bool) -> None:
    piped = Job(STREAM, job.target)
    if exists:
        job.target.write_text("result")
    line = entry(job, source=source_of(piped), size=-1, mtime_ns=-1)
    assert standing(piped, line, "settings") == ("taken" if exists else "new")


def test_the_last_line_counts_and_a_whole_run_leaves_one(job: Job) -> None:
    folder = job.target.parent
    with journal.opened(folder) as log:
        log.note(entry(job, "begun"), lasting=True)
        log.note(entry(job))
        assert len(log.path.read_bytes().splitlines()) == 2
    assert journal.read(folder) == {"a.bokeh.jpg": entry(job)}
    assert len((folder / journal.NAME).read_bytes().splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == [journal.NAME]


def test_a_journal_may_be_larger_than_any_photo(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    monkeypatch.setattr(lines, "PIECE", 500)
    folder = job.target.parent
    with journal.opened(folder) as log:
        for number in range(20):
            log.note_all([entry(job, "begun", target=f"{number}"), entry(job, target=f"{number}")], lasting=True)
    assert len((folder / journal.NAME).read_bytes().splitlines()) == 20
    with journal.opened(folder) as log:
        assert log.entries == {f"{number}": entry(job, target=f"{number}") for number in range(20)}


def test_a_journal_that_is_closed_takes_nothing(job: Job) -> None:
    with journal.opened(job.target.parent) as log:
        pass
    with pytest.raises(JournalError, match="closed"):
        log.note(entry(job))


def test_an_error_leaves_the_lines_as_they_are(job: Job) -> None:
    def fail() -> None:
        with journal.opened(job.target.parent) as log:
            log.note(entry(job, "begun"))
            log.note(entry(job))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert len((job.target.parent / journal.NAME).read_bytes().splitlines()) == 2


@pytest.mark.parametrize("place", ["target", "temporary"])
@pytest.mark.parametrize(
    "name", ["\0", f".edgebokeh-{ONE}.tmp\0", *([] if sys.platform == "win32" else ["\ud800"])], ids=ascii
)
def test_a_name_that_no_file_can_have_makes_a_line_broken(job: Job, place: str, name: str) -> None:
    folder = job.target.parent
    broken = entry(job, "writing", **{"target": "b.jpg", "temporary": f".edgebokeh-{ONE}.tmp", place: name})
    (folder / journal.NAME).write_text(f"{broken.to_json()}\n{entry(job).to_json()}\n")
    with journal.opened(folder) as log:
        assert log.entries == {"a.bokeh.jpg": entry(job)}


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_that_was_cut_off_is_left_out(job: Job, cut: int) -> None:
    path = job.target.parent / journal.NAME
    whole = entry(job).to_json() + "\n"
    path.write_text(whole + "not json\n" + whole[:-cut])
    assert journal.read(path.parent) == {"a.bokeh.jpg": entry(job)}
    with journal.opened(path.parent) as log:
        log.note(entry(job, "failed"))
    assert journal.read(path.parent)["a.bokeh.jpg"].status == "failed"


def test_what_a_killed_process_was_writing_is_removed_and_nothing_else(job: Job) -> None:
    folder = job.target.parent
    kept = [folder.parent / f".edgebokeh-{ONE}.tmp", folder / f".edgebokeh-{TWO}.tmp"]
    for path in (*kept, folder / f".edgebokeh-{ONE}.tmp"):
        path.touch()
    notes = [
        entry(job, "writing", temporary=f".edgebokeh-{ONE}.tmp"),
        entry(job, "writing", target="b.jpg", temporary=f"../.edgebokeh-{ONE}.tmp"),
        entry(job, "done", target="c.jpg", temporary=f".edgebokeh-{TWO}.tmp"),
    ]
    (folder / journal.NAME).write_text("".join(f"{line.to_json()}\n" for line in notes))
    with journal.opened(folder):
        pass
    assert all(path.exists() for path in kept)
    assert not (folder / f".edgebokeh-{ONE}.tmp").exists()


def test_a_journal_that_was_being_shortened_when_it_was_killed_leaves_nothing(job: Job) -> None:
    """The process ends as by kill -9, at the moment when the shorter one is to become the journal."""
    code = (
        "import os; from pathlib import Path; from edgebokeh.batch import journal\n"
        f"with journal.opened(Path({str(job.target.parent)!r})) as log:\n"
        f"  for _ in 1, 2: log.note(journal.Entry.from_json({entry(job).to_json().encode()!r}))\n"
        "  Path.replace = lambda *_: os._exit(9)\n"
    )
    process = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert process.returncode == 9
    left = {path.name for path in job.target.parent.iterdir()} - {journal.NAME, lock.NAME}
    assert len(left) == 1
    with journal.opened(job.target.parent) as log:
        assert log.entries == {"a.bokeh.jpg": entry(job)}
        assert not left & {path.name for path in job.target.parent.iterdir()}
    assert len(log.path.read_bytes().splitlines()) == 1


def test_lines_of_threads_do_not_mix(job: Job) -> None:
    with journal.opened(job.target.parent) as log:

        def note(number: int) -> None:
            for i in range(50):
                log.note(entry(job, target=f"{number}-{i}"))

        threads = [threading.Thread(target=note, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = [json.loads(line) for line in log.path.read_bytes().splitlines()]
    assert len({row["target"] for row in rows}) == 400


def test_a_line_that_does_not_fit_is_not_there_at_all(job: Job) -> None:
    with journal.opened(job.target.parent) as log:
        log.note(entry(job))
        whole = log.path.read_bytes()
        with largest_file(len(whole) + 50), pytest.raises(JournalError, match="cannot be written"):
            log.note(entry(job, "failed"))
        assert log.path.read_bytes() == whole
        assert log.entries == {"a.bokeh.jpg": entry(job)}


def test_what_is_no_folder_or_no_journal_is_told(job: Job) -> None:
    folder = job.target.parent
    (folder / "file").touch()
    with pytest.raises(JournalError, match="cannot be made"), journal.opened(folder / "file"):
        pass
    (folder / journal.NAME).mkdir()
    with pytest.raises(JournalError, match="cannot be read"), journal.opened(folder):
        pass


def test_a_second_process_is_refused_until_the_first_one_ends(tmp_path: Path) -> None:
    code = f"from edgebokeh.batch.lock import locked; from pathlib import Path\nwith locked(Path({str(tmp_path)!r})):"
    command = [sys.executable, "-c", f"{code}\n print(flush=True); input()"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(OutputBusyError, match="another run"), lock.locked(tmp_path):
            pass
        process.kill()
        process.wait()
        assert (tmp_path / lock.NAME).exists()
        with lock.locked(tmp_path):
            pass
    assert not (tmp_path / lock.NAME).exists()
