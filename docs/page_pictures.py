"""Makes the pictures of docs/serve.md from the sample portrait, in Chromium: python docs/page_pictures.py.

It needs what `make test-page` installs: .venv-page/bin/python docs/page_pictures.py.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Shot:
    """docs/images/serve-NAME.png: a window of so many pixels, and what is done in it."""

    name: str
    width: int
    height: int
    scheme: Any
    act: Callable[[Page], None]


def lens(page: Page) -> None:
    """A strong lens, with the divider through the face."""
    page.locator("input[name=style][value=lens]").check(force=True)
    page.locator("#option-strength").fill("60")


def hair(page: Page) -> None:
    """The hair in three times its own pixels, with the preset that draws it best."""
    page.locator("input[name=quality][value=best]").check(force=True)
    lens(page)
    page.dblclick("#canvas", position={"x": 460, "y": 120})
    for _ in range(5):
        page.click("#in")
    page.focus("#stage")
    for key in ("ArrowUp",) * 6 + ("ArrowRight",) * 2:
        page.keyboard.press(key)
    page.focus("#divider")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.mouse.click(5, 5)


def mask(page: Page) -> None:
    """Where the subject is."""
    page.locator("input[name=view][value=mask]").check(force=True)


SHOTS = (
    Shot("desktop", 1440, 900, "dark", lens),
    Shot("hair", 1440, 900, "light", hair),
    Shot("phone", 390, 844, "light", lens),
    Shot("mask", 390, 844, "dark", mask),
)


def main() -> None:
    """Writes all of SHOTS."""
    command = [sys.executable, "-m", "edgebokeh", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as driver:
        assert server.stdout
        address = server.stdout.readline().split("ready at ")[1].split(";")[0]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for shot in SHOTS:
            take(browser, address, shot)
        browser.close()
        server.terminate()


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Writes one."""
    page = browser.new_page(viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme)
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    page.set_input_files("#files", DOCS / "sample" / "astronaut.png")
    settle(page)
    shot.act(page)
    settle(page)
    page.screenshot(path=DOCS / "images" / f"serve-{shot.name}.png")
    page.close()


def settle(page: Page) -> None:
    """Waits until the picture and the strip are drawn."""
    page.wait_for_timeout(300)
    page.wait_for_selector("#strip [data-state=drawn] img:not([hidden])")
    page.wait_for_selector("#busy", state="hidden")
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
