from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from edgebokeh.errors import EvaluationError  # noqa: E402
from export import gate  # noqa: E402
from export.errors import DropError, ExportCode  # noqa: E402
from export.photos import photos_of  # noqa: E402
from tests import tiny  # noqa: E402

FACTS = {"parent": "tiny", "parent_sha256": "ab", "change": "fp16", "photos_from": "test", "allowed": 0.005}


def segmenter(tmp_path: Path, bias: float = 0.0) -> gate.Segmenter:
    """Red is person; a bias above 20 makes one of everything, one below -20 of nothing."""
    model = onnx.load(tiny.write(tmp_path / "tiny.onnx"))
    conv = next(node for node in model.graph.node if node.op_type == "Conv")
    conv.input.append("bias")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([bias], np.float32), "bias"))
    return gate.Segmenter(model.SerializeToString(), tiny.spec())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos of a red subject, and masks of which it covers three quarters."""
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    rows, columns = tiny.subject()
    mask = np.zeros((60, 80), np.uint8)
    mask[rows, columns] = 255
    mask[rows.stop : rows.stop + round((rows.stop - rows.start) / 3), columns] = 255
    for name in ("one", "two"):
        cv2.imwrite(str(tmp_path / "photos" / f"{name}.png"), tiny.picture())
        cv2.imwrite(str(tmp_path / "masks" / f"{name}.png"), mask)
    return tmp_path


def test_a_twin_that_does_the_same_loses_nothing(photos: Path) -> None:
    network = segmenter(photos)
    proof = gate.judge(network, network, photos_of(photos / "photos", None), FACTS)
    assert (proof.photos, proof.masks, proof.agreement, proof.drop) == (2, False, 1, 0)
    assert (proof.largest, proof.mean, proof.iou) == (0, 0, None)
    gate.demand(proof)


def test_with_masks_the_truth_counts(photos: Path) -> None:
    before, after = segmenter(photos), segmenter(photos, -100)
    pairs = photos_of(photos / "photos", photos / "masks")
    proof = gate.judge(before, after, pairs, FACTS)
    assert proof.masks
    assert proof.parent_iou == pytest.approx(0.7, abs=0.06), "0.75, but for the network's coarse grid"
    assert (proof.iou, proof.boundary_iou, proof.agreement) == (0, 0, 0)
    assert proof.drop == proof.parent_iou
    with pytest.raises(DropError, match=r"nothing in common .*: test, photos: 2, with masks: IoU 0\.0000") as caught:
        gate.demand(proof)
    assert caught.value.code == ExportCode.DROP == 79


def test_without_masks_the_parent_is_the_truth(photos: Path) -> None:
    before, after = segmenter(photos), segmenter(photos, 100)
    proof = gate.judge(before, after, photos_of(photos / "photos", None), FACTS)
    assert proof.agreement == pytest.approx(1 / 9, abs=0.02), "all of the picture instead of a third of each side"
    assert proof.drop == 1 - proof.agreement
    with pytest.raises(DropError):
        gate.demand(proof)


def test_photos_in_which_nobody_is_seen_prove_nothing(photos: Path) -> None:
    network = segmenter(photos, -100)
    with pytest.raises(EvaluationError, match="sees nobody in 2 of 2 photos"):
        gate.judge(network, network, photos_of(photos / "photos", None), FACTS)


@pytest.mark.parametrize("masked", [True, False])
def test_photos_without_anybody_do_not_hide_a_loss(masked: bool, photos: Path) -> None:
    before, after = segmenter(photos), segmenter(photos, 100)
    pairs = photos_of(photos / "photos", photos / "masks" if masked else None)
    people = gate.judge(before, after, pairs, FACTS)
    wall, nothing = photos / "wall.png", photos / "nothing.png"
    cv2.imwrite(str(wall), np.zeros((60, 80, 3), np.uint8))
    cv2.imwrite(str(nothing), np.zeros((60, 80), np.uint8))
    blind = segmenter(photos, -100)
    blinded = gate.judge(before, blind, pairs, FACTS)
    proof = gate.judge(before, blind, [*pairs, *[(wall, nothing if masked else None)] * 7], FACTS)
    assert (proof.photos, proof.empty, proof.drop) == (2, 7, blinded.drop)
    assert str(proof).startswith("test, photos: 2 (7 more without anybody left out), ")
    seeing = gate.judge(before, after, [*pairs, (wall, nothing if masked else None)], FACTS)
    assert (seeing.photos, seeing.empty) == (3, 0), "a twin that sees somebody where nobody is has lost something"
    assert seeing.agreement < people.agreement


def test_a_mask_of_another_size(photos: Path) -> None:
    cv2.imwrite(str(photos / "masks" / "two.png"), np.zeros((7, 9), np.uint8))
    network = segmenter(photos)
    with pytest.raises(EvaluationError, match=r"two\.png is 9×7 pixels and .* is 80×60"):
        gate.judge(network, network, photos_of(photos / "photos", photos / "masks"), FACTS)


@pytest.mark.parametrize(
    ("white", "said"),
    [
        (1, "nowhere brighter than 1 of 255"),
        ((0, 127, 0), "nowhere brighter than"),
        (0, "the parent itself finds nobody"),
    ],
)
def test_masks_by_which_nothing_can_be_judged(photos: Path, white: Any, said: str) -> None:
    """Class numbers, a colour as dark as grey, and black alone: a twin that sees nothing would lose nothing."""
    for path in (photos / "masks").iterdir():
        mask = cv2.imread(str(path))
        assert mask is not None
        mask[mask[..., 0] > 0] = white
        cv2.imwrite(str(path), mask)
    before, after = segmenter(photos), segmenter(photos, -100)
    with pytest.raises(EvaluationError, match=said):
        gate.judge(before, after, photos_of(photos / "photos", photos / "masks"), FACTS)


def test_a_coloured_masks_brightness_counts(photos: Path) -> None:
    """Yellow is bright, though one channel of it is empty; magenta has nothing in the channel of green."""
    pairs = photos_of(photos / "photos", photos / "masks")
    network = segmenter(photos)
    white = gate.judge(network, network, pairs, FACTS)
    for path in (photos / "masks").iterdir():
        mask = cv2.imread(str(path))
        assert mask is not None
        mask[mask[..., 0] > 0] = (255, 100, 255)
        cv2.imwrite(str(path), mask)
    assert gate.judge(network, network, pairs, FACTS) == white


def test_a_ruined_twin_is_refused_whatever_is_allowed(photos: Path) -> None:
    before, after = segmenter(photos), segmenter(photos, -100)
    proof = gate.judge(before, after, photos_of(photos / "photos", None), FACTS | {"allowed": 1.0})
    assert proof.drop == proof.allowed == 1
    with pytest.raises(DropError, match="nothing in common"):
        gate.demand(proof)


def test_the_sample_photo_where_no_folder_is_named() -> None:
    ((photo, mask),) = photos_of(None, None)
    assert gate.read(photo).shape == (512, 512, 3)
    assert mask is None


def test_a_little_more_than_allowed_is_too_much(photos: Path) -> None:
    network = segmenter(photos)
    proof: Any = gate.judge(network, network, photos_of(photos / "photos", None), FACTS)
    worse = type(proof).from_json(proof.to_json().replace('"drop": 0.0', '"drop": 0.0051'))
    with pytest.raises(DropError):
        gate.demand(worse)
