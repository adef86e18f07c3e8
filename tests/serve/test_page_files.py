import httpx
import pytest

from edgebokeh.serve.page_files import TYPES, page


def test_the_page_is_served(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == page()["index.html"][0]
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_each_file_with_its_type(client: httpx.Client) -> None:
    for name, (content, kind) in page().items():
        answer = client.get(f"/{name}")
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, kind)
        assert kind in TYPES.values()


def test_a_visit_from_elsewhere_is_no_attack(client: httpx.Client) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert client.post("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("name", ["__init__.py", "../app.py", "..%2fapp.py", "index.html/", "INDEX.HTML", "index"])
def test_only_the_page_is_served(client: httpx.Client, name: str) -> None:
    assert client.get(f"/{name}").status_code == 404
