"""Whole runs from and to a real server of S3, and memory://."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PureWindowsPath

import pytest

from edgebokeh import BatchSettings, Outcome, asking, convert_all, places
from edgebokeh.batch import journal, lock, search
from edgebokeh.batch.search import Search, find
from edgebokeh.errors import (
    OutputExistsError,
    PhotoMissingError,
    PhotoUnreadableError,
    StoreUnknownError,
    StoreUnreachableError,
)
from edgebokeh.pipeline import Bokeh
from tests import s3, silence, tiny
from tests.conftest import ROOT, SAMPLE, Cli, png
from tests.s3 import Server

NAMES = [
    *("a.png", "b c#1?x=2&y%20é.png", "sub/d::e.png", "sub/[f].png", "sub//g.png", "日本/h.JPG", "bad.png"),
    *("notes.txt", ".hidden/i.png"),
]


def photo(number: int) -> bytes:
    pixels = tiny.picture()
    pixels[0, 0] = number
    return png(pixels)


@pytest.fixture
def source(store: Server) -> str:
    """The URL of a folder of photos, among them a broken one."""
    bucket = store.bucket()
    for number, name in enumerate(NAMES):
        store.client.pipe_file(f"{bucket}/in/{name}", b"none" if name == "bad.png" else photo(number))
    # As some programs make an empty folder.
    store.client.call_s3("put_object", Bucket=bucket, Key="in/folder/", Body=b"")
    return f"s3://{bucket}/in"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """The same photos in a folder of this machine, where no folder is without a name."""
    for number, name in enumerate(NAMES):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"none" if name == "bad.png" else photo(number))
    return tmp_path / "in"


def counts(outcomes: Iterable[Outcome]) -> tuple[int, int, int]:
    """Done, skipped, failed."""
    told = [(one.result is not None, one.skipped, one.error is not None) for one in outcomes]
    return sum(one[0] for one in told), sum(one[1] for one in told), sum(one[2] for one in told)


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if name != journal.NAME}


def objects(store: Server, url: str) -> dict[str, bytes]:
    return {name: data for name, data in store.below(url.removeprefix("s3://")).items() if name != journal.NAME}


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_folder_of_a_store_gives_the_same_files_as_one_of_this_machine(
    tiny_bokeh: Bokeh, store: Server, source: str, local: Path, tmp_path: Path, jobs: int
) -> None:
    settings = BatchSettings(jobs=jobs)
    far, near = f"s3://{store.bucket()}/out", tmp_path / "out"
    assert counts(convert_all(tiny_bokeh, [local], near, settings=settings)) == (6, 0, 1)
    expected = files(near)
    assert len(expected) == 6
    assert counts(convert_all(tiny_bokeh, [source], far, settings=settings)) == (6, 0, 1)
    assert objects(store, far) == expected
    assert counts(convert_all(tiny_bokeh, [source], far, settings=settings)) == (0, 6, 1)
    assert counts(convert_all(tiny_bokeh, [source], tmp_path / "back", settings=settings)) == (6, 0, 1)
    assert files(tmp_path / "back") == expected
    assert counts(convert_all(tiny_bokeh, [local], f"{far}/there", settings=settings)) == (6, 0, 1)
    assert objects(store, f"{far}/there") == expected


def test_the_journal_of_a_store_is_one_object_after_a_whole_run(tiny_bokeh: Bokeh, store: Server, source: str) -> None:
    bucket = store.bucket()
    list(convert_all(tiny_bokeh, [source], f"s3://{bucket}/out"))
    found = store.below(f"{bucket}/out")
    rows = [json.loads(line) for line in found[journal.NAME].splitlines()]
    assert {row["status"] for row in rows} == {"done", "failed"}
    assert {row["source"] for row in rows} == {f"{source}/{name}" for name in NAMES[:7]}
    assert not [name for name in found if "jsonl.d" in name or "lock" in name]


def test_a_changed_photo_is_done_again_and_an_unknown_object_is_kept(
    tiny_bokeh: Bokeh, store: Server, source: str
) -> None:
    out = f"s3://{store.bucket()}/out"
    list(convert_all(tiny_bokeh, [source], out))
    store.client.pipe_file(f"{source}/a.png", photo(99))
    store.client.rm_file(f"{out}/sub/d::e.bokeh.png")
    assert counts(convert_all(tiny_bokeh, [source], out)) == (2, 4, 1)
    store.client.pipe_file(f"{out}/a.bokeh.png", b"edited")
    with pytest.raises(OutputExistsError, match="a result exists"):
        list(convert_all(tiny_bokeh, [source], out))
    assert store.client.cat_file(f"{out}/a.bokeh.png") == b"edited"
    assert counts(convert_all(tiny_bokeh, [source], out, settings=BatchSettings(force=True))) == (6, 0, 1)


def test_one_photo_goes_to_one_object_and_not_over_another(run: Cli, store: Server, source: str) -> None:
    bucket = store.bucket()
    target = f"s3://{bucket}/one.png"
    assert run("blur", SAMPLE, "-o", target, "--json").code == 0
    before = store.client.cat_file(target)
    again = run("blur", f"{source}/a.png", "-o", target)
    assert (again.code, again.err) == (
        21,
        f"edgebokeh: error: {target} exists already; add --force to overwrite it, or name another file\n",
    )
    assert store.client.cat_file(target) == before
    assert run("mask", f"{source}/a.png", "-o", f"s3://{bucket}/new/folder").code == 0
    assert list(store.below(f"{bucket}/new/folder")) == ["a.mask.png"]


def test_a_dry_run_writes_nothing(run: Cli, store: Server, source: str) -> None:
    bucket = store.bucket()
    planned = run("blur", f"{source}/sub/*", "-o", f"s3://{bucket}/out", "--dry-run")
    assert (planned.code, planned.out.splitlines()[-1]) == (0, "3 to do, 0 done, 0 refused")
    assert f"{source}/sub/d::e.png -> s3://{bucket}/out/d::e.bokeh.png (new)" in planned.out
    assert not store.below(bucket)


def killed(store: Server, source: str, out: str, after: int) -> None:
    """A run that is killed once so many results are there."""
    command = [sys.executable, "-m", "edgebokeh", "blur", source, "-o", out, "--jobs", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL) as process:
        while sum(name.endswith(".png") for name in store.client.find(out)) < after and process.poll() is None:
            time.sleep(0.02)
        process.kill()
    assert process.returncode == -9


def test_a_run_that_was_killed_goes_on_with_the_same_command(run: Cli, store: Server, tmp_path: Path) -> None:
    bucket = store.bucket()
    source, out = f"s3://{bucket}/in", f"s3://{bucket}/out"
    for number in range(40):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number:02}.png").write_bytes(photo(number))
    store.client.put(str(tmp_path / "in"), f"{bucket}/", recursive=True)
    for after in (5, 20):
        killed(store, source, out, after)
    left = objects(store, out)
    assert lock.NAME in left
    assert [name for name in left if name.startswith(f"{journal.NAME}.d/")]
    last = run("blur", source, "-o", out, "--json")
    total = json.loads(last.out.splitlines()[-1])
    assert last.code == 0
    assert total["done"] + total["skipped"] == 40
    assert total["skipped"] >= 15
    assert run("blur", tmp_path / "in", "-o", tmp_path / "out").code == 0
    assert objects(store, out) == files(tmp_path / "out")


def test_a_store_that_refuses_or_has_no_such_bucket_ends_the_run_at_once(run: Cli, source: str) -> None:
    told = {
        ("s3://closed/in", "s3://closed/out"): (13, "Access Denied"),
        (source, "s3://closed/out"): (20, "Access Denied"),
        ("s3://no-such-bucket/in", "s3://closed/out"): (10, "the bucket no-such-bucket does not exist"),
        (source, "s3://no-such-bucket/out"): (20, "no bucket no-such-bucket"),
        (f"{source}/none", "out"): (10, "there is nothing in"),
        (source, "ftp://host/out"): (74, "no store for ftp://"),
    }
    for (photos, output), (code, text) in told.items():
        ended = run("blur", photos, "-o", output)
        assert (ended.code, ended.err.count("\n")) == (code, 1)
        assert text in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("blur", "photo.png", "--style", "image", "--image", "s3://bucket/a.jpg"),
        ("blur", "photo.png", "--model", "s3://bucket/a.onnx"),
        ("blur", "photo.png", "--gate", "s3://bucket/a.onnx"),
        ("watch", "s3://bucket/in", "-o", "out"),
        ("watch", ".", "-o", "s3://bucket/out"),
        ("video", "s3://bucket/a.mp4"),
        ("video", "a.mp4", "-o", "s3://bucket/a.mp4"),
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_what_cannot_be_a_url_is_refused(run: Cli, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    typed = next(word for word in arguments if word.startswith("s3://"))
    assert f"{typed} is a URL" in ended.err


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_name_that_would_be_read_as_a_version_fails_alone(
    tiny_bokeh: Bokeh, store: Server, tmp_path: Path, jobs: int
) -> None:
    bucket = store.bucket()
    for number, name in enumerate(("a", "a?versionId=1.png", "b.png", "c.png")):
        # As it stands: the driver's own ways of writing would take it for a version.
        store.client.call_s3("put_object", Bucket=bucket, Key=f"in/{name}", Body=photo(number))
    outcomes = list(convert_all(tiny_bokeh, [f"s3://{bucket}/in"], tmp_path / "out", settings=BatchSettings(jobs=jobs)))
    assert [type(one.error) for one in outcomes] == [StoreUnknownError, type(None), type(None)]
    assert [one.error.hint for one in outcomes if one.error] == ["rename it"]
    assert sorted(files(tmp_path / "out")) == ["b.bokeh.png", "c.bokeh.png"]


def test_folders_of_stores_are_searched_as_those_of_this_machine(source: str, local: Path) -> None:
    wishes = [
        Search(recursive=False),
        Search(include=["sub"]),
        Search(exclude=["SUB/", "b*"]),
        Search(include=["*.jpg"]),
        Search(),
    ]
    for wish in wishes:
        far, near = find([places.place(source)], wish), find([local], wish)
        assert sorted(one.place for one in far.photos if one.place.name != "g.png") == sorted(
            one.place for one in near.photos if one.place.name != "g.png"
        )
        if wish.recursive and not wish.include and not wish.exclude:
            assert far.passed_over == near.passed_over
    for glob in ("*.png", "s*/**/*.png", "**/*.JPG", "?.png"):
        far, near = find([places.place(f"{source}/{glob}")], Search()), find([local / glob], Search())
        assert {one.place for one in far.photos} == {one.place for one in near.photos}


def test_a_photo_takes_few_requests(tiny_bokeh: Bokeh, store: Server) -> None:
    bucket = store.bucket()
    for number in range(20):
        store.client.pipe_file(f"{bucket}/in/{number}.png", photo(number))
    store.requests()
    list(convert_all(tiny_bokeh, [f"s3://{bucket}/in"], f"s3://{bucket}/out", settings=BatchSettings(jobs=1)))
    asked = store.requests()
    photos = [line for line in asked if ".png" in line]
    assert len([line for line in photos if "/in/" in line]) == 20
    # Whether it is there, its bytes, what the store says of it then; and the lines of the journal.
    assert len([line for line in photos if "/out/" in line]) == 60
    assert len([line for line in asked if line.startswith("PUT") and ".jsonl" in line]) <= 22


def test_a_store_that_is_gone_ends_the_run_and_the_same_command_goes_on(
    tiny_bokeh: Bokeh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget_drivers: Callable[[], None]
) -> None:
    out = tmp_path / "out"
    with s3.running(tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        forget_drivers()
        bucket = server.bucket()
        for number in range(6):
            server.client.pipe_file(f"{bucket}/in/{number}.png", photo(number))
        outcomes = convert_all(tiny_bokeh, [f"s3://{bucket}/in"], out, settings=BatchSettings(jobs=1))
        assert next(outcomes).result
    rest = []
    with pytest.raises(StoreUnreachableError, match="the run stopped"):
        rest.extend(outcomes)
    assert len(rest) <= 1
    assert len(files(out)) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_store_that_falls_silent_is_given_up(
    tiny_bokeh: Bokeh, store: Server, monkeypatch: pytest.MonkeyPatch, forget_drivers: Callable[[], None], jobs: int
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 2.0)
    monkeypatch.setattr(asking, "BRIEF", 0.5)
    bucket = many(store)
    with silence.beside(store.environment["AWS_ENDPOINT_URL"]) as neighbour:
        monkeypatch.setenv("AWS_ENDPOINT_URL", neighbour.address)
        forget_drivers()
        outcomes = convert_all(
            tiny_bokeh, [f"s3://{bucket}/in"], f"s3://{bucket}/out", settings=BatchSettings(jobs=jobs)
        )
        assert next(outcomes).result
        neighbour.hushed.set()
        with pytest.raises(StoreUnreachableError, match="no answer within") as caught:
            list(outcomes)
    forget_drivers()
    assert "AWS_ENDPOINT_URL" in caught.value.hint
    # It still has the lock of the run that could not give it back.
    store.client.rm_file(f"{bucket}/out/{lock.NAME}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.environment["AWS_ENDPOINT_URL"])
    done, skipped, failed = counts(convert_all(tiny_bokeh, [f"s3://{bucket}/in"], f"s3://{bucket}/out"))
    assert (done + skipped, failed) == (40, 0)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_a_signal_ends_a_run_whose_store_is_silent(store: Server, end: signal.Signals) -> None:
    bucket = many(store)
    command = [sys.executable, "-m", "edgebokeh", "blur", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out"]
    with silence.beside(store.environment["AWS_ENDPOINT_URL"]) as neighbour:
        environment = os.environ | {"AWS_ENDPOINT_URL": neighbour.address}
        with subprocess.Popen(
            [*command, "--jobs", "2"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            while sum(name.endswith(".png") for name in store.client.find(f"{bucket}/out")) < 3:
                assert process.poll() is None
                time.sleep(0.02)
            neighbour.hushed.set()
            time.sleep(1)
            process.send_signal(end)
            try:
                # The requests alone would take more than a minute to be given up.
                _, told = process.communicate(timeout=40)
            finally:
                process.kill()
    assert process.returncode == 128 + end
    assert b"Traceback" not in told


def many(store: Server) -> str:
    """A new bucket with forty photos in a folder."""
    bucket = store.bucket()
    for number in range(40):
        store.client.pipe_file(f"{bucket}/in/{number:02}.png", photo(number))
    return bucket


def test_names_that_no_file_can_have_are_told(store: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = store.bucket()
    store.client.pipe_file(f"{bucket}/in/a\\b.png", photo(1))
    monkeypatch.setattr(search, "PurePath", PureWindowsPath)
    found = find([places.place(f"s3://{bucket}/in")], Search())
    assert not found.photos
    assert [type(problem) for _, problem in found.closed] == [PhotoUnreadableError]


def test_two_photos_that_differ_in_a_folder_without_a_name_are_refused(tiny_bokeh: Bokeh, store: Server) -> None:
    bucket = store.bucket()
    for name in ("sub/a.png", "sub//a.png"):
        store.client.pipe_file(f"{bucket}/in/{name}", photo(1))
    with pytest.raises(OutputExistsError, match="would all become"):
        list(convert_all(tiny_bokeh, [f"s3://{bucket}/in"], f"s3://{bucket}/out"))


def test_a_process_has_a_store_of_its_own(tiny_bokeh: Bokeh, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")
    root = f"memory://{tmp_path.name}"
    for number in range(3):
        places.write(photo(number), places.place(f"{root}/in/{number}.png"))
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / "in" / f"{number}.png").write_bytes(photo(number))
    assert counts(convert_all(tiny_bokeh, [f"{root}/in"], f"{root}/out")) == (3, 0, 0)
    assert counts(convert_all(tiny_bokeh, [f"{root}/in"], f"{root}/out")) == (0, 3, 0)
    assert counts(convert_all(tiny_bokeh, [f"{root}/in"], tmp_path / "out")) == (3, 0, 0)
    list(convert_all(tiny_bokeh, [tmp_path / "in"], tmp_path / "near"))
    assert files(tmp_path / "out") == files(tmp_path / "near")
    with pytest.raises(PhotoMissingError, match="nothing in"):
        list(convert_all(tiny_bokeh, [f"{root}/none"], tmp_path / "out"))
