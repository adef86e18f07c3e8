"""Objects in a real server of S3."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgebokeh import places, stores
from edgebokeh.batch.plan import plan
from edgebokeh.errors import (
    EdgeBokehError,
    OutputExistsError,
    OutputUnwritableError,
    PhotoMissingError,
    PhotoTooLargeError,
    PhotoUnreadableError,
    StoreUnreachableError,
)
from edgebokeh.remote import Remote
from tests.s3 import Server

NAMES = [
    "a.jpg",
    "b c#1?x=2&y%20é.jpg",
    "sub//c.jpg",
    "sub/d::e.jpg",
    "sub/[f]*.jpg",
    "/g.jpg",
    "../h.jpg",
    "日本/i.jpg",
]


@pytest.fixture
def bucket(store: Server) -> Remote:
    return Remote("s3", store.bucket())


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_meant_as_it_stands(store: Server, bucket: Remote, name: str) -> None:
    place = bucket / name
    stores.write(b"data", place)
    keys = [one["Key"] for one in store.client.call_s3("list_objects_v2", Bucket=bucket.key)["Contents"]]
    assert keys == [name]
    assert list(stores.listing(bucket)) == [place]
    assert stores.read(place) == b"data"
    assert stores.head(place, 2) == (4, b"da")
    assert [one.seen for one in stores.listing(bucket)] == [stores.seen(place)]
    stores.remove(place)
    assert not list(stores.listing(bucket))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20))
def test_any_name_comes_back(bucket: Remote, text: str) -> None:
    place = places.place(f"{bucket}/{text}.jpg")
    assert isinstance(place, Remote)
    stores.write(text.encode(), place, force=True)
    assert stores.read(place) == text.encode()
    assert place in set(stores.listing(bucket))
    stores.remove(place)


def test_what_differs_is_seen_and_what_is_the_same_is_not(bucket: Remote) -> None:
    place = bucket / "a.jpg"
    stores.write(b"one", place)
    before = stores.seen(place)
    stores.write(b"one", place, force=True)
    assert stores.seen(place) == before
    stores.write(b"two", place, force=True)
    assert stores.seen(place) != before


def test_an_object_is_a_folder_only_where_it_is_no_object(bucket: Remote) -> None:
    stores.write(b"1", bucket / "2024" / "a.jpg")
    stores.write(b"2", bucket / "b.jpg")
    stores.write(b"3", bucket / "b.jpg" / "c.jpg")
    assert stores.is_folder(bucket)
    assert stores.is_folder(bucket / "2024")
    assert not any(stores.is_folder(bucket / name) for name in ("b.jpg", "202", "none"))
    assert all(stores.takes_results(bucket / name) for name in ("2024", "new", "new.d/deep"))
    assert not stores.takes_results(bucket / "new.jpg")


def test_nothing_is_overwritten_even_where_it_appeared_meanwhile(
    bucket: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.write(b"theirs", bucket / "a.jpg")
    # As if it had not been there a moment ago: now the server refuses.
    monkeypatch.setattr(stores, "exists", lambda _: False)
    with pytest.raises(OutputExistsError, match="exists already"):
        stores.write(b"ours", bucket / "a.jpg")
    assert stores.read(bucket / "a.jpg") == b"theirs"


def test_thousands_of_objects_are_listed_and_planned_with_few_requests(store: Server, bucket: Remote) -> None:
    store.client.pipe({f"{bucket.key}/many/{number:04}.jpg": b"x" for number in range(2000)})
    stores.write(b"y", bucket / "many.jpg")
    store.requests()
    found = list(stores.listing(bucket / "many"))
    assert [one.name for one in found] == [f"{number:04}.jpg" for number in range(2000)]
    assert all(one.seen for one in found)
    requests = store.requests()
    assert len(requests) == 2
    assert all(line.startswith("GET") and "list-type=2" in line for line in requests)
    planned = plan([bucket / "many"], bucket / "out")
    assert len(planned.jobs) == 2000
    assert len(store.requests()) <= 6


def test_a_large_object_is_refused_before_it_is_read(
    store: Server, bucket: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.write(b"12345", bucket / "a.jpg")
    monkeypatch.setattr(stores, "MOST_BYTES", 4)
    store.requests()
    with pytest.raises(PhotoTooLargeError):
        stores.read(bucket / "a.jpg")
    assert [line.split()[0] for line in store.requests()] == ["HEAD"]


def test_an_object_that_changed_since_it_was_listed_is_told(bucket: Remote) -> None:
    stores.write(b"one", bucket / "a.jpg")
    [listed] = stores.listing(bucket)
    stores.write(b"longer", bucket / "a.jpg", force=True)
    with pytest.raises(PhotoUnreadableError, match="changed while it was read"):
        stores.read(listed)


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: stores.read(Remote("s3", "no-such-bucket/a.jpg")), PhotoMissingError, "does not exist"),
        (lambda: stores.is_folder(Remote("s3", "no-such-bucket")), PhotoMissingError, "bucket no-such-bucket does"),
        (lambda: stores.write(b"1", Remote("s3", "no-such-bucket/a.jpg")), OutputUnwritableError, "no bucket"),
        (lambda: stores.write(b"1", Remote("s3", "bucket")), OutputUnwritableError, "is no object"),
        (lambda: stores.is_folder(Remote("s3", "closed/2024")), PhotoUnreadableError, "Access Denied"),
        (lambda: list(stores.listing(Remote("s3", "closed/2024"))), PhotoUnreadableError, "Access Denied"),
        (lambda: stores.read(Remote("s3", "closed/a.jpg")), PhotoUnreadableError, "cannot be read"),
        (lambda: stores.write(b"1", Remote("s3", "closed/a.jpg")), OutputUnwritableError, "Access Denied"),
    ],
    ids=["read", "folder", "write", "write a bucket", "closed folder", "closed list", "closed read", "closed write"],
)
@pytest.mark.usefixtures("store")
def test_what_is_wrong_is_said_in_a_line(call: object, error: type[EdgeBokehError], told: str) -> None:
    with pytest.raises(error, match=told) as caught:
        call()  # type: ignore[operator]
    assert "\n" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("what", ["credentials", "network"])
@pytest.mark.usefixtures("store")
def test_a_store_out_of_reach_is_told_with_what_to_set(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        "credentials": {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
        "network": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    }
    for name, value in changes[what].items():
        monkeypatch.setenv(name, value)
    code = "from edgebokeh import stores, remote; stores.read(remote.Remote('s3', 'bucket/a.jpg'))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert f"edgebokeh.errors.{StoreUnreachableError.__name__}: s3://bucket cannot be reached" in ran.stderr
