"""What goes wrong, with photos and with the server, is told and got over."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from tests.serve.conftest import started
from tests.serve.page.browser import Show, opened, shell

HALF_READ = """(data) => {
  const file = new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], "good.png");
  const entries = [
    { name: "good.png", isFile: true, file: (give) => give(file) },
    { name: "bad.png", isFile: true, file: (_give, fail) => fail(new DOMException("gone", "NotReadableError")) },
  ];
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  const drop = new Event("drop", { cancelable: true, bubbles: true });
  Object.defineProperty(drop, "dataTransfer", { value: { types: ["Files"], items, files: [] } });
  document.dispatchEvent(drop);
}"""
"""Drops two files, of which one cannot be read."""


def test_failure_is_told(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    words = anna.parent / "<img src=x onerror=alert(1)>.txt"
    words.write_text("no picture")
    window.page.set_input_files("#files", str(words))
    failed = window.page.locator("#strip li[data-state=failed]")
    failed.wait_for()
    failed.locator(".thumb").click()
    assert "is not a picture that edgebokeh can read" in window.page.text_content("#what")
    assert "use JPEG" in window.page.text_content("#hint")
    assert "is not a picture" in window.page.text_content("#say")
    assert window.page.locator("img[src=x]").count() == 0
    assert window.command() == "edgebokeh blur anna.png"
    window.page.click("#drop")
    window.drawn()
    assert len(window.errors) == 1
    assert "415" in window.errors.pop()


def test_file_that_cannot_be_read_costs_no_other(show: Show, anna: Path) -> None:
    window = show()
    data = base64.b64encode(anna.read_bytes()).decode()
    window.page.evaluate(HALF_READ, data)
    window.drawn()
    window.page.wait_for_selector("#strip [data-state=failed]")
    assert window.page.locator("#strip [data-state=drawn]").count() == 1
    assert window.page.locator("#strip [data-state=failed]").count() == 1
    window.errors.clear()


def test_forgotten_photo_is_sent_again(show: Show, anna: Path) -> None:
    window = show()
    with window.page.expect_response(lambda answer: answer.url.endswith("/v1/photos")) as sent:
        window.give(anna)
    key = sent.value.json()["id"]
    window.page.wait_for_load_state("networkidle")
    window.page.evaluate("(key) => fetch(`v1/photos/${key}`, { method: 'DELETE' })", key)
    with window.page.expect_response(lambda answer: answer.url.endswith("/v1/photos")) as sent:
        window.set("strength", 70)
    assert sent.value.json()["id"] != key
    assert window.page.is_hidden("#trouble")
    assert all("404" in error for error in window.errors)
    window.errors.clear()


def test_forgotten_picture_behind_is_sent_again(show: Show, anna: Path, ben: Path) -> None:
    window = show()
    window.give(anna)
    window.choose("style", "image")
    with window.page.expect_response(lambda answer: answer.url.endswith("/v1/photos")) as sent:
        window.page.set_input_files("#option-image", str(ben))
    key = sent.value.json()["id"]
    window.command()
    window.page.evaluate("(key) => fetch(`v1/photos/${key}`, { method: 'DELETE' })", key)
    window.set("expand", 2)
    shell(window.command(), anna.parent)
    saved = window.download("#one", anna.parent.parent)
    assert saved.read_bytes() == (anna.parent / "anna.bokeh.png").read_bytes()
    assert all("404" in error for error in window.errors)
    window.errors.clear()


def test_server_that_goes_and_comes_back(browser: Any, anna: Path) -> None:
    with started() as (_, address):
        window = opened(browser, address)
        window.give(anna)
    port = re.search(r":(\d+)/", address).group(1)
    window.page.locator("#option-strength").fill("90")
    window.page.wait_for_selector("#connection:not([hidden])")
    assert "edgebokeh serve" in window.page.text_content("#connection")
    before = window.pixels()
    with started("--port", port):
        window.page.wait_for_selector("#connection", state="hidden", timeout=30_000)
        window.drawn()
        assert (window.pixels() != before).mean() > 0.05
        window.page.context.close()


def test_without_the_token_no_photo_is_taken_and_with_it_elsewhere_a_page_goes_on(browser: Any, anna: Path) -> None:
    token = "a-secret-of-some-length"
    with started("--token", token) as (_, address):
        stranger = browser.new_page()
        stranger.goto(address)
        stranger.wait_for_selector("#connection:not([hidden])")
        assert "token" in stranger.text_content("#connection")
        assert stranger.is_disabled("#add")
        assert stranger.is_disabled("#choose")
        stranger.close()
        window = opened(browser, f"{address}?token={token}")
        window.give(anna)
    port = re.search(r":(\d+)/", address).group(1)
    with started("--port", port, "--token", token):
        window.page.locator("#option-strength").fill("90")
        window.page.wait_for_selector("#trouble:not([hidden])")
        assert "token" in window.page.text_content("#trouble")
        tab = window.page.context.new_page()
        tab.goto(f"{address}?token={token}")
        tab.wait_for_selector("html[data-ready]")
        tab.close()
        window.page.click("#again")
        window.drawn()
        assert window.command().endswith("--strength 90")
        window.page.context.close()


def test_busy_server_is_waited_for(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    refusals = [429, 503]

    def refuse(route: Any) -> None:
        if not refusals:
            route.continue_()
        else:
            route.fulfill(status=refusals.pop(0), headers={"Retry-After": "1"}, body=json.dumps({"message": "busy"}))

    window.page.route("**/preview?*side=1280*", refuse)
    window.page.locator("#option-strength").fill("90")
    window.page.wait_for_selector("#connection:not([hidden])")
    assert "busy" in window.page.text_content("#connection")
    window.drawn()
    assert refusals == []
    assert window.page.is_hidden("#connection")
    window.errors.clear()


def test_photo_that_was_not_taken_is_sent_again(show: Show, anna: Path) -> None:
    window = show()
    refusals = [408]

    def refuse(route: Any) -> None:
        if refusals:
            route.fulfill(status=refusals.pop(), body=json.dumps({"message": "it took too long"}))
        else:
            route.continue_()

    window.page.route("**/v1/photos", refuse)
    window.page.set_input_files("#files", [str(anna)])
    window.page.wait_for_selector("#strip [data-state=failed]")
    window.set("strength", 90)
    assert window.page.is_enabled("#one")
    window.errors.clear()
