import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from edgebokeh import places
from edgebokeh.errors import OutputExistsError, PhotoMissingError, StoreAbsentError, StoreUnknownError
from edgebokeh.places import place
from edgebokeh.remote import Remote
from tests.conftest import ROOT


@pytest.fixture(params=["file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> places.Place:
    """A folder of this machine, or one of a store."""
    if request.param == "file":
        return tmp_path
    pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")
    return place(f"memory://{tmp_path}")


def test_what_is_written_is_read_and_seen_everywhere_in_the_same_way(folder: places.Place) -> None:
    path = folder / "a b#?%20é.jpg"
    assert places.seen(path) == (-1, -1)
    assert not places.exists(path)
    places.write(b"first", path)
    size, mark = places.seen(path)
    assert size == 5
    assert places.read(path) == b"first"
    assert places.head(path, 2) == (5, b"fi")
    assert places.head(path, 9) == (5, b"first")
    assert places.exists(path)
    assert places.is_folder(folder)
    assert not places.is_folder(path)
    assert places.below(path, folder) == path.name
    with pytest.raises(OutputExistsError, match="exists already"):
        places.write(b"second", path)
    with pytest.raises(OutputExistsError, match="exists already"):
        places.check_target(path, force=False)
    places.write(b"other", path, force=True)
    assert places.read(path) == b"other"
    assert places.seen(path) != (size, mark)
    places.discard(path)
    places.discard(path)
    assert not places.exists(path)


def test_what_is_not_there_is_told(folder: places.Place) -> None:
    for reading in (places.read, lambda path: places.head(path, 1)):
        with pytest.raises((PhotoMissingError, FileNotFoundError), match="does not exist"):
            reading(folder / "none.jpg")


def test_an_empty_file_is_read(folder: places.Place) -> None:
    places.write(b"", folder / "a.jpg")
    assert places.read(folder / "a.jpg") == b""
    assert places.head(folder / "a.jpg", 9) == (0, b"")


def test_many_are_seen_at_once(folder: places.Place) -> None:
    places.make_folder(folder / "sub")
    places.write(b"first", folder / "sub" / "a.jpg")
    there = places.seen_in(folder)
    assert there(folder / "sub" / "a.jpg") == places.seen(folder / "sub" / "a.jpg")
    assert there(folder / "b.jpg") == (-1, -1)


def test_a_name_is_a_path_or_a_url_and_a_job_of_them_travels() -> None:
    assert place("a/b.jpg") == Path("a/b.jpg")
    assert place(Path("a")) == Path("a")
    assert place("S3://bucket/a/") == Remote("s3", "bucket/a")
    assert pickle.loads(pickle.dumps(place("gs://bucket/a"))) == Remote("gs", "bucket/a")


@pytest.mark.skipif(sys.platform == "win32", reason="paths have drives there")
@pytest.mark.parametrize("url", ["file:///a/b%20c%23.jpg", "file://localhost/a/b c#.jpg"])
def test_a_file_url_is_a_path(url: str) -> None:
    assert place(url) == Path("/a/b c#.jpg")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://host/a", "no store for ftp://"),
        ("s3://", "names no bucket"),
        ("s3:///a.jpg?versionId=1", "version of another"),
        ("file://host/a", "no file of this machine"),
        ("file://", "no file of this machine"),
    ],
)
def test_a_url_that_names_nothing_is_told(url: str, told: str) -> None:
    with pytest.raises(StoreUnknownError, match=told):
        place(url)


def test_a_glob_has_a_bucket_before_its_wildcards() -> None:
    with pytest.raises(StoreUnknownError, match="names no bucket"):
        places.with_parts(place("s3://*/a.jpg"), ())


@pytest.mark.usefixtures("forget_drivers")
def test_a_store_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(StoreAbsentError, match="s3fs") as told:
        places.read(place("s3://bucket/a.jpg"))
    assert "edgebokeh[remote]" in told.value.hint


def test_a_run_without_urls_loads_no_library_for_them(photo: Path) -> None:
    code = (
        "import sys\nfrom edgebokeh import cli\n"
        f"sys.argv = ['edgebokeh', 'blur', {str(photo)!r}]\n"
        "try: cli.main()\nexcept SystemExit as end: assert not end.code\n"
        "print(sorted({'fsspec', 's3fs', 'urllib.request', 'asyncio'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.splitlines()[-1] == "[]"
