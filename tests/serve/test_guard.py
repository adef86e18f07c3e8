from hashlib import sha256

import httpx
import pytest

from edgebokeh.serve import guard
from tests.serve.conftest import TOKEN, Open


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "[::1]:80", "192.168.0.7", "LOCALHOST."])
def test_hosts_that_are_ours(client: httpx.Client, host: str) -> None:
    assert client.get("/v1/styles", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "evil."])
def test_dns_rebinding_is_refused(client: httpx.Client, host: str) -> None:
    for path in ("/v1/styles", "/healthz", "/"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["error"]) == (421, "host")


@pytest.mark.parametrize("host", ["", "a b", "user@localhost", "localhost:x", "localhost/", "[::1"])
def test_hosts_that_are_none(client: httpx.Client, host: str) -> None:
    assert client.get("/v1/styles", headers={"Host": host}).status_code == 400


def test_a_name_that_is_allowed(place: Open) -> None:
    client = place(allowed=("Booth.local",)).client
    assert client.get("/healthz", headers={"Host": "booth.local:9"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/blur"), ("POST", "/v1/photos"), ("GET", "/v1/styles"), ("DELETE", "/v1/photos/a")],
)
def test_requests_of_other_sites_are_refused(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], red: bytes
) -> None:
    answer = client.request(method, path, headers=headers, content=red if method == "POST" else None)
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site")
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_itself_may_ask(client: httpx.Client, red: bytes) -> None:
    own = str(client.base_url).rstrip("/")
    headers = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/photos", content=red, headers=headers).status_code == 201
    assert client.get("/healthz", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_token_is_asked_for(place: Open, red: bytes) -> None:
    client = place(token=TOKEN).client
    refused = client.post("/v1/blur", content=red)
    assert (refused.status_code, refused.json()["error"]) == (401, "token")
    assert refused.headers["www-authenticate"] == "Bearer"
    for path in ("/v1/styles", "/metrics", "/openapi.json"):
        assert client.get(path).status_code == 401
    for wrong in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        assert client.get("/v1/styles", headers={"Authorization": wrong.encode()}).status_code == 401
    assert client.get("/v1/styles", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_the_page_gets_a_cookie_for_the_token(place: Open) -> None:
    client = place(token=TOKEN).client
    assert client.get("/?token=wrong").status_code == 401
    answer = client.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert not any(known in cookie for known in (TOKEN, sha256(TOKEN.encode()).hexdigest(), "Max-Age", "expires"))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/v1/styles").status_code == 200
    name, _, value = cookie.partition(";")[0].partition("=")
    for told, status in (
        (f"{name}={'0' * 64}", 401),
        (f"{name}=é", 401),
        (f'prefs={{"a":1}}; flag; a b=1; n=é; {name}={value}', 200),
        (f'v="unclosed; {name}={value}', 200),
        (f"{guard.COOKIE}_1={value}", 401),
    ):
        bare = httpx.get(f"{client.base_url}/v1/styles", headers={"Cookie": told.encode()})
        assert (told, bare.status_code) == (told, status)
    assert httpx.get(f"{client.base_url}/v1/styles", headers={"Cookie": "x=\x7f;;="}).status_code == 401


def test_a_cookie_is_of_one_start_alone(place: Open) -> None:
    first, second = (place(token=TOKEN).client for _ in range(2))
    [cookie] = first.get(f"/?token={TOKEN}").cookies.values()
    asked = [(one, f"{guard.COOKIE}_{one.base_url.port}={cookie}") for one in (first, second)]
    answers = [httpx.get(f"{one.base_url}/v1/styles", headers={"Cookie": bearing}) for one, bearing in asked]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_servers_of_one_host_keep_their_cookies_apart(place: Open) -> None:
    first, second = (place(token=TOKEN).client for _ in range(2))
    cookies = [name for one in (first, second) for name in one.get(f"/?token={TOKEN}").cookies]
    assert len(set(cookies)) == 2


@pytest.mark.parametrize(
    "headers",
    [
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "none, cross-site")],
        [("Origin", "OWN"), ("Origin", "https://evil.example")],
    ],
)
def test_of_repeated_headers_each_has_to_be_ours(client: httpx.Client, headers: list[tuple[str, str]]) -> None:
    own = str(client.base_url).rstrip("/")
    sent = [(name, value.replace("OWN", own)) for name, value in headers]
    answer = client.get("/v1/styles", headers=sent)
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site")


@pytest.mark.parametrize("path", ["/healthz", "/none", "/v1/styles", "/v1/photos/none/result"])
def test_every_answer_is_dressed(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers.items() >= {(name.lower(), value) for name, value in guard.HEADERS.items()}
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "is_so"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("booth", False)]
)
def test_loopback(host: str, is_so: bool) -> None:
    assert guard.is_loopback(host) == is_so
