"""What clients may do to the server, and what it does about it."""

import json
import random
import select
import socket
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import httpx
import numpy as np
import pytest

from edgebokeh.containers.png import MAGIC, chunk
from edgebokeh.images import decode
from edgebokeh.serve import body, guard, protocol, rest
from tests import tiny
from tests.conftest import png
from tests.serve.conftest import Open, Place

HEAD = b"POST /v1/blur HTTP/1.1\r\nHost: localhost\r\n"


def raw(here: Place) -> socket.socket:
    return socket.create_connection((here.host, here.port), timeout=20)


def answered(here: Place, *pieces: bytes) -> bytes:
    """What comes back until the server closes the connection. pieces: sent one by one."""
    with raw(here) as connection:
        for piece in pieces:
            connection.sendall(piece)
        got = b""
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                got += part
        return got


def test_a_body_is_too_large_by_its_own_word(place: Open) -> None:
    here = place(max_upload=1)
    got = answered(here, HEAD + b"Content-Length: 1000001\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413 ")
    assert b"more than the 1 MB allowed" in got


def test_a_body_without_a_length_is_received_no_further_than_allowed(
    place: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "MOST", 10_000_000)
    here = place(max_upload=1)
    piece = b"%x\r\n%s\r\n" % (50_000, bytes(50_000))
    with raw(here) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        with suppress(ConnectionError):
            for _ in range(2000):
                connection.sendall(piece)
                sent += 50_000
    assert sent < 50_000_000
    assert here.client.get("/healthz").status_code == 200


def asked_by_library(here: Place, path: str, headers: dict[str, str]) -> tuple[int, object]:
    """As the client in the documentation asks, which sends all of a body before it reads the answer."""
    request = urllib.request.Request(f"{here.client.base_url}{path}", b"\xff\xd8" + bytes(20_000_000), headers)
    with pytest.raises(urllib.error.HTTPError) as raised, urllib.request.urlopen(request, timeout=30):
        pass
    with raised.value as answer:
        return answer.code, json.load(answer)["error"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (413, "too_large")),
        ({"Content-Type": "multipart/form-data; boundary=a"}, (413, "too_large")),
        ({"Host": "evil.example"}, (421, "host")),
        ({"Origin": "https://evil.example"}, (403, "cross_site")),
    ],
)
def test_who_sends_too_much_gets_the_answer(place: Open, headers: dict[str, str], expected: tuple[int, str]) -> None:
    assert asked_by_library(place(max_upload=1), "/v1/blur", headers) == expected


def test_who_sends_a_large_form_that_is_none_gets_the_answer(place: Open) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=a"}
    assert asked_by_library(place(), "/v1/blur", headers) == (400, "malformed")


@pytest.mark.parametrize("part", ["photo", "image", "other"])
def test_parts_are_bounded_too(place: Open, part: str) -> None:
    here = place(max_upload=1)
    answer = here.client.post("/v1/blur", files={part: ("a.png", bytes(1_000_001))})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "files",
    [
        {"other": ("a.png", b"x")},
        {"photo": (None, b"x")},
        [("photo", ("a", b"x")), ("image", ("b", b"x")), ("more", ("c", b"x"))],
        [("photo", ("a", b"x")), ("photo", ("b", b"x"))],
    ],
)
def test_parts_that_make_no_sense(client: httpx.Client, files: object) -> None:
    answer = client.post("/v1/blur", files=files)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=a", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--\r\n"),
        ("multipart/form-data; boundary=" + "a" * 5000, b"--a"),
        ("multipart/form-data; boundary=é", b"x"),
    ],
)
def test_forms_that_are_broken(client: httpx.Client, kind: str, content: bytes) -> None:
    answer = client.post("/v1/blur", content=content, headers={"Content-Type": kind.encode()})
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_a_bomb_is_refused_by_its_header(place: Open) -> None:
    here = place(max_megapixels=10.0)
    size = (60_000).to_bytes(4, "big") * 2
    bomb = MAGIC + chunk(b"IHDR", size + bytes([8, 2, 0, 0, 0])) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    for path in ("/v1/blur", "/v1/photos"):
        answer = here.client.post(path, content=bomb)
        assert (answer.status_code, answer.json()["error"]) == (413, "photo_too_large")
    answer = here.client.post("/v1/blur?style=image", files={"photo": ("a", png(tiny.picture())), "image": ("b", bomb)})
    assert answer.status_code == 413


def test_who_stops_in_the_middle_of_a_body_is_given_up(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PAUSE", 0.3)
    got = answered(place(), HEAD + b"Content-Length: 100\r\n\r\nabc")
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in got.lower()


def test_who_sends_drop_by_drop_is_given_up(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PAUSE", 0.5)
    monkeypatch.setattr(rest, "LONGEST", 0.5)
    here = place()
    with raw(here) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(900):
            time.sleep(0.05)
            try:
                connection.sendall(b"x")
            except ConnectionError:
                return
    pytest.fail("it is listened to all the time")


def test_a_body_that_takes_too_long_in_all_is_given_up(place: Open) -> None:
    here = place(time_limit=1)
    with raw(here) as connection:
        connection.sendall(HEAD + b"Content-Length: 60000000\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(200):
                connection.sendall(bytes(20_000))
                time.sleep(0.1)
                if select.select([connection], [], [], 0)[0]:
                    break
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("route", ["result?", "preview?task=cutout&side=2560"])
def test_results_that_nobody_takes_keep_their_places(place: Open, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    monkeypatch.setattr(protocol, "TAKEN", 4.0)
    here = place(jobs=1, waiting=0)
    noise = np.random.default_rng(1).integers(0, 256, (2400, 3200, 3), dtype=np.uint8)
    photo = here.keep(png(noise))
    with raw(here) as connection:
        connection.sendall(f"GET /v1/photos/{photo}/{route} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert here.client.get(f"/v1/photos/{photo}/result").status_code == 429
        assert here.client.post("/v1/blur", content=b"x").status_code == 429
        # It is cut off after TAKEN, though it takes a little all the time.
        deadline = time.monotonic() + 20
        with suppress(ConnectionError):
            while connection.recv(20_000) and time.monotonic() < deadline:
                time.sleep(0.05)
        until(lambda: here.client.post("/v1/blur", content=b"x").status_code == 415)
        assert time.monotonic() < deadline


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: loc"])
def test_who_never_ends_a_request_is_given_up(place: Open, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(protocol, "HEAD", 0.3)
    assert answered(place(), sent) == b""


def test_a_second_request_that_never_ends(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD", 1.5)
    got = answered(place(), b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /he")
    assert got.startswith(b"HTTP/1.1 200 ")


def test_a_connection_that_is_used_stays_open(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD", 1.5)
    here = place()
    with closing(socket.create_connection((here.host, here.port), timeout=20)) as connection:
        for _ in range(7):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = connection.recv(65536)
            while not got.endswith(b'{"status":"ok"}'):
                more = connection.recv(65536)
                assert more
                got += more
            time.sleep(0.3)


def test_who_takes_nothing_is_given_up(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = place(keep_memory=1000)
    noise = np.random.default_rng(1).integers(0, 256, (2400, 3200, 3), dtype=np.uint8)
    photo = here.keep(png(noise))
    path = f"/v1/photos/{photo}/preview?task=original&side=65536"
    whole, got = len(here.client.get(path).content), 0
    monkeypatch.setattr(protocol, "TAKING", 0.3)
    with raw(here) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(3)
        with suppress(ConnectionError):
            while part := connection.recv(1 << 20):
                got += len(part)
    assert got < whole


@pytest.mark.parametrize("half", [HEAD, HEAD + b"Content-Length: 10\r\n\r\nabc"])
def test_who_closes_its_half_is_dropped(place: Open, half: bytes) -> None:
    here = place()
    with raw(here) as connection:
        connection.sendall(half)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536)[:12] in (b"", b"HTTP/1.1 400")
    assert here.client.get("/healthz").status_code == 200


def of(answer: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    """Status, headers and content of an answer with JSON."""
    head, _, content = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, json.loads(content)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", (431, "head")),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (431, "head")),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000, (431, "head")),
        (b"nonsense\r\n\r\n", (400, "http")),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400, "http")),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400, "http")),
        (b"GET / HTTP/1.1\r\n\r\n", (400, "http")),
        (HEAD + b"Content-Length: -5\r\n\r\n", (400, "http")),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", (400, "http")),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400, "http")),
    ],
)
def test_heads_that_are_wrong(place: Open, head: bytes, expected: tuple[int, str]) -> None:
    here = place()
    status, headers, told = of(answered(here, head))
    assert (status, told["error"]) == expected
    assert headers.items() >= {(name.lower(), value) for name, value in guard.HEADERS.items()}
    assert (headers["connection"], headers["content-type"]) == ("close", "application/json")
    assert here.client.get("/healthz").status_code == 200


def test_a_long_head_is_answered_though_more_of_it_follows(place: Open) -> None:
    with raw(place()) as connection:
        for piece in (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", *[b"a" * 40_000] * 3):
            connection.sendall(piece)
            time.sleep(0.2)
        assert connection.recv(12) == b"HTTP/1.1 431"


def is_cut(connection: socket.socket) -> bool:
    """Whether nothing can be sent any more."""
    try:
        connection.sendall(b"more")
    except ConnectionError:
        return True
    return False


def test_who_sends_no_http_and_never_ends_is_given_up(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER", 0.3)
    with raw(place()) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        while connection.recv(65536):
            pass
        until(lambda: is_cut(connection))


def test_a_body_that_turns_bad_is_over_at_once(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for patience in ((protocol, "LINGER"), (body, "PAUSE")):
        monkeypatch.setattr(*patience, 60.0)
    with raw(place()) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nphoto\r\n")
        time.sleep(0.2)
        connection.sendall(b"zz\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"
        until(lambda: is_cut(connection))


def test_connections_are_bounded(place: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "CONNECTIONS", 2)
    here = place()
    with raw(here), raw(here):
        status, headers, told = of(answered(here, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    assert (status, told["error"], headers["retry-after"]) == (503, "crowded", "5")
    assert headers.items() >= {(name.lower(), value) for name, value in guard.HEADERS.items()}
    until(lambda: httpx.get(f"{here.client.base_url}/healthz").status_code == 200)


def test_more_than_may_wait_are_refused_and_none_fails(place: Open) -> None:
    here = place(jobs=1, waiting=1)
    photo = png(tiny.picture(900, 1200))

    def ask(_: int) -> httpx.Response:
        return httpx.post(f"{here.client.base_url}/v1/blur?style=zoom", content=photo, timeout=60)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(24)))
    assert {answer.status_code for answer in answers} <= {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(int(answer.headers["retry-after"]) >= 1 and answer.json()["error"] == "busy" for answer in refused)
    assert any(answer.status_code == 200 for answer in answers)
    assert (here.studio.work.running, here.studio.work.waiting) == (0, 0)


def test_a_slider_that_moves_on_leaves_nothing_behind(place: Open) -> None:
    """Of many previews asked for at once the last is drawn, and those between were not worked on."""
    here = place(jobs=1, waiting=4)
    photo = here.keep(png(tiny.picture(900, 1200)))
    lock = threading.Lock()
    statuses: list[int] = []

    def ask(strength: int) -> None:
        url = f"{here.client.base_url}/v1/photos/{photo}/preview?strength={strength}"
        status = httpx.get(url, timeout=60).status_code
        with lock:
            statuses.append(status)

    kept = here.studio.store.get(photo)
    threads = [threading.Thread(target=ask, args=(strength,)) for strength in range(12)]
    with kept._making:
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        until(lambda: len(statuses) == 10)
    for thread in threads:
        thread.join()
    assert statuses.count(200) == 2
    assert statuses.count(409) == 10
    assert here.studio.work.waiting == 0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_goes_away_is_not_waited_for(place: Open) -> None:
    here = place(jobs=1, waiting=4)
    kept = here.studio.store.get(here.keep(png(tiny.picture())))
    work = here.studio.work
    with kept._making, raw(here) as first, raw(here) as second:
        for number, connection in enumerate((first, second)):
            path = f"/v1/photos/{kept.id}/preview?side={64 + number}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            until(lambda number=number: work.running + work.waiting == number + 1)  # type: ignore[misc]
        second.close()
        until(lambda: work.waiting == 0)
    until(lambda: work.running == 0)
    assert kept.drafts == 1


def test_bodies_under_way_are_bounded_too(place: Open) -> None:
    here = place(jobs=1, waiting=0)
    with raw(here) as connection:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\nabc")
        until(lambda: here.client.post("/v1/blur", content=b"x").status_code == 429)
        assert here.client.post("/v1/photos", content=b"x").status_code == 429
        assert here.client.get("/healthz").status_code == 200
    until(lambda: here.client.post("/v1/blur", content=b"x").status_code == 415)


def test_photos_of_the_page_are_bounded(place: Open) -> None:
    here = place(keep=3)
    ids = [here.keep(png(tiny.picture())) for _ in range(5)]
    found = [here.client.get(f"/v1/photos/{one}/preview?side=64").status_code for one in ids]
    assert found == [404, 404, 200, 200, 200]
    assert len(here.studio.store) == 3
    numbers = here.client.get("/metrics").text
    assert "edgebokeh_photos 3.0" in numbers
    assert "edgebokeh_drafts 3.0" in numbers


def hostile(generator: random.Random, good: list[bytes]) -> bytes:
    """A file that begins as a picture and is none, or hardly one."""
    data = bytearray(generator.choice(good))
    for _ in range(generator.choice((1, 1, 3, 10, 100))):
        where = generator.randrange(len(data))
        kind = generator.randrange(5)
        if kind == 0:
            data[where] = generator.randrange(256)
        elif kind == 1:
            del data[where : where + generator.randrange(1, 64)]
        elif kind == 2:
            data[where:where] = generator.randbytes(generator.randrange(1, 64))
        elif kind == 3:
            data = data[: max(1, where)]
        else:
            data[where : where + 4] = generator.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"))
        if not data:
            break
    return bytes(data)


def test_a_thousand_hostile_bodies(place: Open) -> None:
    """Each is refused and none meets a bug; those that are pictures after all do not count. Every tenth is a form."""
    here = place(max_megapixels=2.0)
    photo = tiny.picture(40, 60)
    files = [here.client.post(f"/v1/blur?format={one}", content=png(photo)).content for one in ("jpg", "png", "webp")]
    generator, statuses = random.Random(10), Counter[int]()
    for number in range(1600):
        content, headers = hostile(generator, files), {}
        if number % 10 == 0:
            form = httpx.Request("POST", "http://a", files={"photo": ("a.png", files[number % 3])})
            content, headers = hostile(generator, [form.read()]), {"Content-Type": form.headers["content-type"]}
        answer = here.client.post("/v1/blur?quality=fast", content=content, headers=headers)
        statuses[answer.status_code] += 1
        if answer.status_code == 200:
            assert decode(answer.content).pixels.size
        if statuses.total() - statuses[200] == 1000:
            break
    print("hostile bodies:", dict(statuses))
    assert set(statuses) <= {200, 400, 413, 415}
    assert statuses.total() - statuses[200] == 1000
    assert here.studio.work.running == 0
