"""The two steps to the matte, with tiny networks that know "red is person" and "blue is person"."""

from dataclasses import replace

import numpy as np
import pytest

from edgebokeh import matte
from edgebokeh.engine import Network, open_network
from edgebokeh.images import Photo
from edgebokeh.look import QUALITIES
from edgebokeh.source import held
from edgebokeh.stages import Clock
from edgebokeh.subject import Networks, find
from edgebokeh.tiles import resize
from tests import tiny

BALANCED, BEST = QUALITIES["balanced"], QUALITIES["best"]._replace(matting=64)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return open_network(tiny.write(tmp_path_factory.mktemp("nets") / "red.onnx", tiny.spec(size=(32, 32))))


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Network:
    description = tiny.spec(name="drawing", task="matting", size=(64, 64), multiple=8)
    return open_network(tiny.write(tmp_path_factory.mktemp("nets") / "drawing.onnx", description))


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Sees nobody: the plane that it calls a person answers to red less than the other does."""
    folder = tmp_path_factory.mktemp("nets")
    path = tiny.write(folder / "blind.onnx", tiny.spec(classes=2, person=0))
    return open_network(path, tiny.spec(classes=2, person=1))


def street(height: int = 240, width: int = 320) -> tuple[np.ndarray, np.ndarray]:
    """A green photo with a small red person, and the truth."""
    pixels = np.full((height, width, 3), (0, 200, 0), np.uint8)
    truth = np.zeros((height, width), np.float32)
    truth[90:150, 205:230] = 1
    pixels[truth == 1] = (0, 0, 255)
    return pixels, truth


def test_a_small_subject_is_looked_at_again_closer(red: Network) -> None:
    pixels, truth = street()
    once = find(Networks(red), held(Photo(pixels)), QUALITIES["fast"], Clock())
    closer = find(Networks(red), held(Photo(pixels)), BALANCED, Clock())
    assert matte.agreement(closer, truth) > 0.9
    assert matte.agreement(closer, truth) > matte.agreement(once, truth) + 0.02
    assert closer[:, :100].max() == 0


def test_each_person_is_drawn_in_a_crop_of_its_own(red: Network, drawing: Network) -> None:
    pixels, truth = street()
    pixels[30:200, 20:90] = (0, 0, 255)
    truth[30:200, 20:90] = 1
    drawn = find(Networks(red, drawing), held(Photo(pixels)), BEST, Clock())
    assert matte.agreement(drawn, truth) > 0.93


def test_a_reduced_photo_leads_to_crops_of_the_full_one(red: Network) -> None:
    pixels, truth = street(960, 1280)
    truth[:], pixels[:] = 0, (0, 200, 0)
    truth[300:420, 700:750] = 1
    pixels[truth == 1] = (0, 0, 255)
    source = held(Photo(pixels))
    source.small = matte.reduced(pixels, 160)
    found = find(Networks(red), source, BALANCED, Clock())
    assert found.shape == source.small.shape[:2]
    assert matte.agreement(found, resize(truth, found.shape)) > 0.8


@pytest.mark.parametrize("quality", [QUALITIES["fast"], BALANCED, BEST], ids=["fast", "balanced", "best"])
def test_the_gate_has_to_see_a_person_too(red: Network, drawing: Network, blind: Network, quality: object) -> None:
    pixels, truth = street()
    networks = Networks(red, drawing, red)
    assert matte.agreement(find(networks, held(Photo(pixels)), quality, Clock()), truth) > 0.5  # type: ignore[arg-type]
    assert find(networks._replace(gate=blind), held(Photo(pixels)), quality, Clock()).max() < 0.01  # type: ignore[arg-type]


def test_a_photo_without_a_person_and_one_full_of_it(red: Network, drawing: Network) -> None:
    green, full = np.full((40, 50, 3), (0, 255, 0), np.uint8), np.full((40, 50, 3), (0, 0, 255), np.uint8)
    for quality in (QUALITIES["fast"], BALANCED, BEST):
        assert find(Networks(red, drawing), held(Photo(green)), quality, Clock()).max() < 0.01
        assert find(Networks(red, drawing), held(Photo(full)), quality, Clock()).min() > 0.99


def test_a_doubtful_person_is_dropped(red: Network) -> None:
    # Red left and blue right: a network that sees red only in the left half disagrees with its mirror image.
    class OneSided:
        def get_inputs(self) -> list[object]:
            return red.session.get_inputs()  # type: ignore[no-any-return]

        def run(self, names: None, feed: dict[str, np.ndarray], _options: object) -> list[np.ndarray]:
            raw = red.session.run(names, feed)[0].copy()
            raw[..., raw.shape[3] // 2 :] = -50
            return [raw]

    pixels = np.full((64, 64, 3), (0, 200, 0), np.uint8)
    pixels[8:56, 4:28] = (0, 0, 255)
    doubtful = replace(red, session=OneSided())
    assert find(Networks(red), held(Photo(pixels)), BALANCED, Clock()).max() > 0.9
    assert find(Networks(doubtful), held(Photo(pixels)), BALANCED, Clock()).max() <= 0.5
    assert find(Networks(doubtful), held(Photo(pixels)), QUALITIES["fast"], Clock()).max() > 0.9


def test_where_the_drawing_fails_the_finder_is_trusted_if_it_is_sure(red: Network, drawing: Network) -> None:
    class Empty:
        def get_inputs(self) -> list[object]:
            return drawing.session.get_inputs()  # type: ignore[no-any-return]

        def run(self, names: None, feed: dict[str, np.ndarray], _options: object) -> list[np.ndarray]:
            return [np.full_like(drawing.session.run(names, feed)[0], -50)]

    pixels, truth = street()
    found = find(Networks(red, replace(drawing, session=Empty())), held(Photo(pixels)), BEST, Clock())
    assert matte.agreement(found, truth) > 0.85


def test_the_stages_are_timed(red: Network) -> None:
    clock = Clock()
    find(Networks(red), held(Photo(street()[0])), BALANCED, clock)
    assert set(clock.milliseconds) == {"prepare", "infer", "matte"}
    assert all(spent > 0 for spent in clock.milliseconds.values())
