"""What the page saves, and its command line, are what the command line makes."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2

from tests.serve.page.browser import Show, shell


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
    assert window.page.is_hidden("#no-line")
    # Names alone: no photo of these is ever sent.
    window.page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = (path, options) =>
            real(path.startsWith("v1/command") ? `${path}&name=${"a".repeat(40_000)}` : path, options);
        }"""
    )
    window.page.locator("#option-strength").fill("7")
    window.page.wait_for_selector("#no-line:not([hidden])")
    assert "too many names" in window.page.inner_text("#no-line")
    assert window.page.is_disabled("#copy")
    assert all("431" in error for error in window.errors)
    window.errors.clear()


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
