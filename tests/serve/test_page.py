"""The page in a real Chromium: all that is seen and saved is what the command line makes."""

import base64
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.conftest import ROOT, SAMPLE
from tests.serve.browser import Window, chromium, opened, shell
from tests.serve.conftest import started

Show = Callable[..., Window]
PAGE = ROOT / "edgebokeh" / "serve" / "page"


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(browser: Any) -> Iterator[str]:
    del browser
    with started() as (_, found):
        yield found


@pytest.fixture
def show(browser: Any, address: str) -> Iterator[Show]:
    """Opens windows; no test may leave an error, or ask anybody else."""
    windows: list[Window] = []

    def open_window(**settings: Any) -> Window:
        windows.append(opened(browser, address, **settings))
        return windows[-1]

    yield open_window
    for window in windows:
        window.page.context.close()
        assert window.errors == []
        assert window.strangers == []


@pytest.fixture
def anna(tmp_path: Path) -> Path:
    """The sample portrait."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return Path(shutil.copy(SAMPLE, folder / "anna.png"))


@pytest.fixture
def ben(anna: Path) -> Path:
    """The same portrait, mirrored, as a JPEG of another size."""
    path = anna.parent / "ben o'neil.jpg"
    cv2.imwrite(str(path), cv2.resize(cv2.imread(str(SAMPLE))[:, ::-1], (1500, 1500)))
    return path


def test_dropped_tuned_saved(show: Show, anna: Path, tmp_path: Path) -> None:
    window = show()
    window.bring("drop", anna)
    window.drawn()
    window.choose("style", "lens")
    window.drawn()
    before = window.pixels()
    window.set("strength", 80)
    assert (window.pixels() != before).mean() > 0.05

    saved = window.download("#one", tmp_path)
    command = window.command()
    assert command == "edgebokeh blur anna.png --style lens --strength 80"
    shell(command, anna.parent)
    assert saved.name == "anna.bokeh.png"
    assert saved.read_bytes() == (anna.parent / "anna.bokeh.png").read_bytes()


def test_format_and_task(show: Show, anna: Path, ben: Path, tmp_path: Path) -> None:
    window = show()
    window.give(ben)
    window.page.select_option("#option-format", "webp")
    window.page.select_option("#task", "cutout")
    window.drawn()
    saved = window.download("#one", tmp_path)
    shell(window.command(), anna.parent)
    assert saved.read_bytes() == (anna.parent / "ben o'neil.cutout.webp").read_bytes()


def test_picture_behind(show: Show, anna: Path, ben: Path, tmp_path: Path) -> None:
    window = show()
    window.give(anna)
    window.choose("style", "image")
    assert "Picture" in window.page.text_content("#busy")
    assert window.page.is_disabled("#one")
    window.page.set_input_files("#option-image", str(ben))
    window.page.wait_for_timeout(50)
    window.drawn()
    saved = window.download("#one", tmp_path)
    shell(window.command(), anna.parent)
    assert saved.read_bytes() == (anna.parent / "anna.bokeh.png").read_bytes()


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


def test_photos_of_one_name_are_told(show: Show, anna: Path, tmp_path: Path) -> None:
    window = show()
    twin = tmp_path / "twin" / anna.name
    twin.parent.mkdir()
    cv2.imwrite(str(twin), cv2.imread(str(anna))[100:500])
    window.give(anna)
    assert window.page.is_hidden("#twins")
    window.give(twin)
    assert window.page.is_visible("#twins")
    assert window.command().count(anna.name) == 1


def test_zip(show: Show, anna: Path, ben: Path, tmp_path: Path) -> None:
    window = show()
    twin = tmp_path / "twin" / "ANNA.png"
    twin.parent.mkdir()
    cv2.imwrite(str(twin), cv2.imread(str(anna))[100:500])
    window.give(anna, ben, twin)
    window.set("strength", 40)
    archive = window.download("#all", tmp_path)
    shell("edgebokeh blur photos twin/ANNA.png --strength 40 -o made", tmp_path)
    with zipfile.ZipFile(archive) as opened_archive:
        assert opened_archive.testzip() is None
        assert opened_archive.namelist() == ["anna.bokeh.png", "ben o'neil.bokeh.jpg", "ANNA.bokeh (2).png"]
        packed = [opened_archive.read(name) for name in opened_archive.namelist()]
    made = {path.name: path.read_bytes() for path in (tmp_path / "made").rglob("*.bokeh.*")}
    assert packed == [made["anna.bokeh.png"], made["ben o'neil.bokeh.jpg"], made["ANNA.bokeh.png"]]


def test_zip_has_the_settings_of_the_click(show: Show, anna: Path, tmp_path: Path) -> None:
    window = show()
    photos = [anna]
    for number in range(5):
        photos.append(anna.with_name(f"{number}.png"))
        shutil.copy(anna, photos[-1])
    window.give(*photos)
    window.set("strength", 90)
    with window.page.expect_download(timeout=60_000) as offered:
        window.page.click("#all")
        window.page.locator("#option-strength").fill("5")
    archive = tmp_path / "all.zip"
    offered.value.save_as(archive)
    window.drawn()
    with zipfile.ZipFile(archive) as opened_archive:
        packed = {opened_archive.read(name) for name in opened_archive.namelist()}
    shell("edgebokeh blur photos/anna.png --strength 90 -o 90.png", tmp_path)
    assert packed == {(tmp_path / "90.png").read_bytes()}


def test_too_many_names_for_a_line_are_told(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    assert window.page.is_hidden("#unlined")
    # Names alone: no photo of these is ever sent.
    window.page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = (path, options) =>
            real(path.startsWith("v1/command") ? `${path}&name=${"a".repeat(40_000)}` : path, options);
        }"""
    )
    window.page.locator("#option-strength").fill("7")
    window.page.wait_for_selector("#unlined:not([hidden])")
    assert "too many names" in window.page.inner_text("#unlined")
    assert window.page.is_disabled("#copy")
    assert all("431" in error for error in window.errors)
    window.errors.clear()


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


def test_keyboard_alone(show: Show, anna: Path, tmp_path: Path) -> None:
    window = show()
    page = window.page
    choosers: list[Any] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    window.tab_to("#choose")
    page.keyboard.press("Enter")
    for _ in range(100):
        if not choosers:
            page.wait_for_timeout(50)
    choosers[0].set_files(str(anna))
    window.drawn()
    window.tab_to("#divider")
    page.keyboard.press("ArrowRight")
    window.drawn()
    assert page.get_attribute("#divider", "aria-valuenow") == "52"
    page.keyboard.press("End")
    window.drawn()
    assert page.get_attribute("#divider", "aria-valuetext") == "before 100 %, after 0 %"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("1")
    page.wait_for_function("() => document.getElementById('scale').textContent === '100 %'")
    page.keyboard.press("+")
    page.wait_for_function("() => document.getElementById('scale').textContent === '125 %'")
    window.tab_to("#option-strength")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    window.drawn()
    window.tab_to("#one")
    with page.expect_download() as offered:
        page.keyboard.press("Enter")
    saved = tmp_path / "saved.png"
    offered.value.save_as(saved)
    shell("edgebokeh blur anna.png --strength 23", anna.parent)
    assert saved.read_bytes() == (anna.parent / "anna.bokeh.png").read_bytes()
    page.focus("#strip [aria-current=true]")
    page.keyboard.press("Delete")
    assert page.locator("#strip li").count() == 0
    assert page.is_visible("#choose")


def test_what_rests_on_a_large_screen_is_as_fine_as_the_screen(show: Show, anna: Path) -> None:
    large = anna.parent / "large.png"
    noise = np.random.default_rng(3).integers(0, 256, (3000, 3000, 3), dtype=np.uint8)
    cv2.imwrite(str(large), cv2.addWeighted(cv2.resize(cv2.imread(str(anna)), (3000, 3000)), 0.6, noise, 0.4, 0))
    window = show(viewport={"width": 1440, "height": 1100}, device_scale_factor=2)

    with window.page.expect_response(lambda answer: "side=1920" in answer.url and "task=blur" in answer.url):
        window.give(large)
        coarse = window.pixels()
    window.page.wait_for_timeout(300)
    middle = slice(coarse.shape[0] // 3, -coarse.shape[0] // 3)
    before, after = (cv2.Laplacian(one[middle], cv2.CV_32F).std() for one in (coarse, window.pixels()))
    assert after > 1.2 * before
    with window.page.expect_request(lambda sent: "side=1920" in sent.url and "strength=70" in sent.url):
        window.set("strength", 70)


def test_paste(show: Show, anna: Path) -> None:
    window = show()
    window.bring("paste", anna)
    window.drawn()
    assert window.page.text_content("#caption") == "anna.png · 512 × 512"


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


def test_divider_is_dragged(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    window.set("strength", 100)
    frame = window.page.locator("#stage").bounding_box()
    y, middle = frame["y"] + frame["height"] / 2, frame["x"] + frame["width"] / 2
    before = window.pixels()
    window.page.mouse.move(middle, y)
    window.page.mouse.down()
    window.page.mouse.move(middle + 150, y, steps=4)
    window.page.mouse.up()
    window.drawn()
    assert int(window.page.get_attribute("#divider", "aria-valuenow")) > 60
    changed = np.flatnonzero((window.pixels() != before).any(axis=(0, 2)))
    centre = before.shape[1] // 2
    assert centre - 1 <= changed.min() <= changed.max() <= centre + 151


def test_full_picture(show: Show, anna: Path, ben: Path) -> None:
    window = show()
    large = anna.parent / "large.png"
    cv2.imwrite(str(large), cv2.resize(cv2.imread(str(ben)), (1800, 1700)))
    window.give(large)
    window.choose("view", "result")
    window.drawn()
    window.page.dblclick("#canvas", position={"x": 300, "y": 100})
    window.page.wait_for_timeout(100)
    window.drawn()
    assert window.page.text_content("#scale") == "100 %"
    window.page.focus("#stage")
    for key in ("ArrowUp", "ArrowLeft"):
        for _ in range(40):
            window.page.keyboard.press(key)
    window.drawn()
    shell("edgebokeh blur large.png", anna.parent)
    height, width = 400, 500
    made = cv2.imread(str(anna.parent / "large.bokeh.png"))[:height, :width]
    assert np.array_equal(window.pixels()[:height, :width], made)


def test_full_size_begins_at_the_head(show: Show, anna: Path) -> None:
    window = show()
    large = anna.parent / "large.png"
    cv2.imwrite(str(large), cv2.resize(cv2.imread(str(anna)), (2400, 2700)))
    window.give(large)
    window.choose("view", "result")
    window.drawn()
    window.page.click("#full")
    window.page.wait_for_function("() => document.getElementById('scale').textContent === '100 %'")
    window.drawn()
    shell("edgebokeh blur large.png", anna.parent)
    shown = window.pixels()
    height, width = shown.shape[:2]
    top, left = 2700 // 4 - height // 2, 1200 - width // 2
    made = cv2.imread(str(anna.parent / "large.bokeh.png"))
    rounded = [made[y : y + height, x : x + width] for y in (top, top - 1) for x in (left, left - 1)]
    assert any(np.array_equal(shown, one) for one in rounded)


def test_strip_tells_photos_apart(show: Show, anna: Path, ben: Path) -> None:
    for width in (390, 1440):
        window = show(viewport={"width": width, "height": 844})
        window.give(anna, ben)
        for photo in (anna, ben):
            window.page.get_by_role("button", name=re.compile(f"^{re.escape(photo.name)} *drawn$")).wait_for()


def test_wheel_zooms_and_the_mouse_moves(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    page, box = window.page, window.page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2 + 80, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    for _ in range(6):
        page.mouse.wheel(0, -100)
    page.wait_for_function("() => parseInt(document.getElementById('scale').textContent) > 250")
    window.drawn()
    before = window.pixels()
    page.mouse.down()
    page.mouse.move(x - 60, y + 30, steps=3)
    page.mouse.up()
    window.drawn()
    after = window.pixels()
    assert np.array_equal(before[100:200, 700:800], after[130:230, 640:740])
    page.click("#fit")
    page.wait_for_function("() => document.getElementById('fit').getAttribute('aria-pressed') === 'true'")


def test_fingers(show: Show, anna: Path) -> None:
    window = show(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    window.give(anna)
    page, box = window.page, window.page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    device = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x + right, "y": y + down, "id": place} for place, (right, down) in enumerate(points)]
        device.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def drag(*path: tuple[tuple[float, float], ...]) -> None:
        touch("touchStart", *path[0])
        for points in path[1:]:
            touch("touchMove", *points)
        touch("touchEnd")
        window.drawn()

    drag(((0, 0),), ((30, 0),), ((60, 0),))
    assert int(page.get_attribute("#divider", "aria-valuenow")) > 60
    drag(((-20, 0), (20, 0)), ((-40, 0), (40, 0)), ((-80, 0), (80, 0)), ((-120, 0), (120, 0)))
    page.wait_for_function("() => document.getElementById('stage').classList.contains('movable')")
    assert page.get_attribute("#fit", "aria-pressed") == "false"
    before = window.pixels()
    drag(((0, 0),), ((20, 10),), ((40, 20),))
    assert (window.pixels() != before).mean() > 0.05


def test_mask(show: Show, anna: Path) -> None:
    window = show()
    window.give(anna)
    window.choose("view", "mask")
    window.drawn()
    shown = window.pixels()
    assert not shown.std(axis=2).any()
    assert shown.max() == 255


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


def test_file_that_cannot_be_read_costs_no_other(show: Show, anna: Path) -> None:
    window = show()
    data = base64.b64encode(anna.read_bytes()).decode()
    window.page.evaluate(HALF_READ, data)
    window.drawn()
    window.page.wait_for_selector("#strip [data-state=failed]")
    assert window.page.locator("#strip [data-state=drawn]").count() == 1
    assert window.page.locator("#strip [data-state=failed]").count() == 1
    window.errors.clear()


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
