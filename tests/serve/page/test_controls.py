"""The controls, photos that are pasted, widths and themes; and that nobody is shut out."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.serve.page.browser import Show

COUNTED = """() => {
  const real = window.fetch;
  Object.assign(window, { asked: [], most: 0 });
  let going = 0;
  window.fetch = (path, options) => {
    if (!path.includes("side=1280")) return real(path, options);
    window.asked.push(path);
    window.most = Math.max(window.most, ++going);
    let over = false;
    const end = () => { if (!over) { over = true; going--; } };
    options.signal.addEventListener("abort", end);
    return real(path, options).finally(end);
  };
}"""
"""Counts the requests for previews that go on at once; one that was given up goes on no more."""


PAGE = ROOT / "edgebokeh" / "serve" / "page"


def test_paste(show: Show, anna: Path) -> None:
    window = show()
    window.bring("paste", anna)
    window.drawn()
    assert window.page.text_content("#caption") == "anna.png · 512 × 512"


def test_number_that_may_not_be_gives_way(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    exact = window.page.get_by_label("Strength, exactly")
    exact.fill("60")
    exact.fill("500")
    exact.press("Tab")
    assert exact.input_value() == "60"
    assert "Strength" in window.page.inner_text("#say")
    assert window.command().endswith("--strength 60")


def test_sliders_keep_to_one_request(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    window.page.evaluate(COUNTED)
    for value in range(1, 60):
        window.page.locator("#option-strength").fill(str(value))
    window.drawn()
    most, asked = window.page.evaluate("() => [window.most, window.asked]")
    assert most == 1
    assert "strength=59" in asked[-1]
    assert len(asked) < 59


def test_options_of_a_style(show: Show) -> None:
    window = show()
    visible = lambda name: window.page.is_visible(f"#option-{name}")  # noqa: E731
    assert (visible("strength"), visible("blades"), visible("color")) == (True, False, False)
    window.choose("style", "lens")
    assert (visible("blades"), visible("highlights"), visible("band")) == (True, True, False)
    window.choose("style", "color")
    assert (visible("strength"), visible("blades"), visible("color")) == (False, False, True)


def test_reset(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    window.set("falloff", 30)
    assert window.command().endswith("--falloff 30")
    window.page.click("button[aria-label='Reset Falloff']")
    assert window.command() == "edgebokeh blur anna.png"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 390, 800, 1440])
def test_widths_and_accessibility(show: Show, anna: Path, scheme: str, width: int) -> None:
    window = show(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    assert window.violations() == []
    window.give(anna)
    window.page.click("summary")
    window.choose("style", "lens")
    window.drawn()
    window.page.wait_for_timeout(200)
    assert window.violations() == []
    assert window.page.evaluate("() => document.documentElement.scrollWidth") == width


def test_theme(show: Show) -> None:
    window = show(color_scheme="light")
    ground = lambda: window.page.evaluate("() => getComputedStyle(document.body).backgroundColor")  # noqa: E731
    light = ground()
    window.page.click("#theme")
    dark = ground()
    assert dark != light
    window.page.reload()
    window.page.wait_for_selector("html[data-ready]")
    assert ground() == dark
    assert window.page.text_content("#theme") == "Light"
    window.page.click("#theme")
    assert ground() == light
    assert window.page.text_content("#theme") == "Dark"


def test_nothing_is_written_as_markup() -> None:
    for script in PAGE.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text()), (
            script
        )
