"""The page of a server in Chromium, and photos for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.conftest import SAMPLE
from tests.serve.conftest import started
from tests.serve.page.browser import Show, Window, chromium, opened


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
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
