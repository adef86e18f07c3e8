"""Chromium with the page in it, and what a photographer does there."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

CHROMIUM = shutil.which("chromium")
AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"

DROP = """([type, files]) => {
  const carried = new DataTransfer();
  for (const [name, data] of files) {
    carried.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name, { type: "image/png" }));
  }
  document.dispatchEvent(type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: carried, bubbles: true })
    : new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""

PIXELS = "() => document.getElementById('canvas').toDataURL().split(',')[1]"


@dataclass
class Window:
    """A window with the page. page: playwright's. allowed: failures that the test means to cause."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def give(self, *files: Path) -> None:
        """Chooses files, and waits until the first is drawn."""
        self.page.set_input_files("#files", [str(file) for file in files])
        self.drawn()

    def bring(self, how: str, *files: Path) -> None:
        """Drops or pastes files."""
        self.page.evaluate(DROP, [how, [(file.name, base64.b64encode(file.read_bytes()).decode()) for file in files]])

    def drawn(self) -> None:
        """Waits until nothing is being drawn, and the photo that is looked at was."""
        self.page.wait_for_function(
            """() => document.querySelector("#strip [aria-current=true]")?.parentElement.dataset.state === "drawn"
                 && document.getElementById("busy").hidden""",
            timeout=15_000,
        )
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pixels(self) -> np.ndarray:
        """What is on the screen of the picture, height×width×3 BGR uint8; black where there is none of it."""
        data = np.frombuffer(base64.b64decode(self.page.evaluate(PIXELS)), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)[..., :3]

    def set(self, option: str, value: object) -> None:
        """Moves a slider, as `edgebokeh --OPTION VALUE`, and waits for the picture."""
        self.page.locator(f"#option-{option}").fill(str(value))
        self.page.wait_for_timeout(20)
        self.drawn()

    def choose(self, name: str, value: str) -> None:
        """Chooses one of several."""
        self.page.locator(f"input[name={name}][value='{value}']").check(force=True)
        self.page.wait_for_timeout(20)

    def download(self, button: str, folder: Path) -> Path:
        """Saves what a button offers."""
        with self.page.expect_download(timeout=60_000) as offered:
            self.page.click(button)
        target = folder / offered.value.suggested_filename
        offered.value.save_as(target)
        return target

    def command(self) -> str:
        """The command line, through the clipboard."""
        self.page.wait_for_function("() => !document.getElementById('copy').disabled")
        self.page.wait_for_timeout(300)
        self.page.click("#copy")
        self.page.wait_for_function("() => document.getElementById('copy').textContent === 'Copied'")
        found: str = self.page.evaluate("() => navigator.clipboard.readText()")
        return found

    def tab_to(self, selector: str) -> None:
        """Presses Tab until an element has the focus."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    def violations(self) -> list[str]:
        """What axe-core finds that is serious or critical."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: make test-page")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run()")["violations"]
        return [
            f"{one['id']}: {node['html']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


Show = Callable[..., Window]
"""Opens windows."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium without a screen; skips the tests where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test-page")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Any, address: str, **settings: Any) -> Window:
    """A window with the page, which notes errors, and requests to elsewhere."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **settings})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    window = Window(page, address)
    page.on("console", lambda said: window.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: window.errors.append(str(error)))
    page.on("request", lambda sent: None if own(sent.url, address) else window.strangers.append(sent.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return window


def own(url: str, address: str) -> bool:
    return url.startswith((address, f"blob:{address}", "data:"))


def shell(command: str, folder: Path) -> None:
    """Runs a command line as it was copied, where `edgebokeh` is this one."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True, env={**os.environ, "PATH": path})
