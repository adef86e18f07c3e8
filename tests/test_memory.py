import threading
import time
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh import BatchSettings, containers, convert_all
from edgebokeh.batch.conveyor import conveyed
from edgebokeh.batch.memory import HEAD, Room, estimate, held
from edgebokeh.errors import PhotoMissingError
from edgebokeh.pipeline import Bokeh
from tests import tiny
from tests.conftest import png


def test_no_more_is_taken_than_there_is_room() -> None:
    room, taken, most = Room(10), [0], [0]
    guard = threading.Lock()

    def work(wanted: int) -> None:
        with room.taken(wanted):
            with guard:
                taken[0] += min(wanted, 10)
                most[0] = max(most[0], taken[0])
            time.sleep(0.002)
            with guard:
                taken[0] -= min(wanted, 10)

    list(conveyed([3, 4, 5, 99, 1, 2, 3, 10, 4] * 3, work, 6, lambda: False))
    assert most[0] == 10


def test_memory_is_estimated_from_the_header() -> None:
    def of(ending: str, pixels: np.ndarray, *parameters: int, to: str = "") -> float:
        """Times a decoded photo of 8 bits."""
        data = cv2.imencode(ending, pixels, parameters)[1].tobytes()
        return (estimate(containers.read(data), 0, to or ending)) / (300 * 400 * 3)

    plain = np.zeros((300, 400, 3), np.uint8)
    assert of(".jpg", plain) == 3
    assert of(".jpg", plain, cv2.IMWRITE_JPEG_PROGRESSIVE, 1) > 4
    assert of(".png", plain.astype(np.uint16)) == 2 * of(".png", plain) > 8
    assert of(".jpg", plain, to=".webp") == of(".webp", plain) > 12
    assert estimate(None, 100, ".png") == 100


def test_a_file_counts_before_it_is_read_and_until_it_is_written(tiny_bokeh: Bokeh, tmp_path: Path) -> None:
    padding = 8 << 20
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(png(tiny.picture()) + bytes(padding))
    settings = BatchSettings(jobs=6, memory=padding + HEAD)
    tracemalloc.start()
    try:
        outcomes = list(convert_all(tiny_bokeh, [tmp_path], tmp_path / "out", settings=settings))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert most < 2 * padding


@pytest.mark.parametrize("ending", [".png", ".tif", ".jpg"])
def test_a_photo_is_read_whatever_its_first_bytes_tell(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    noise = np.random.default_rng(1).integers(0, 255, (700, 700, 3), np.uint8)
    path.write_bytes(cv2.imencode(ending, noise, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes())
    assert path.stat().st_size > HEAD / 2
    with held(path, ending, Room(1)) as data:
        assert data == path.read_bytes()


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(PhotoMissingError), held(tmp_path / "none.png", ".png", Room(10)):
        pass
