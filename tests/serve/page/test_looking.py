"""What is seen: the divider, the zoom, the mask, and the strip."""

import re
from pathlib import Path

import cv2
import numpy as np

from tests.serve.page.browser import Show, shell


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
