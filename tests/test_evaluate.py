import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import quality, tables
from edgebokeh.errors import EvaluationError, PhotoEmptyError
from edgebokeh.evaluate import BAR, CELL, Score, evaluate, pairs, score, sheet, summary
from edgebokeh.look import Look
from edgebokeh.pipeline import Bokeh
from tests import tiny
from tests.conftest import png

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))
Shared = Callable[[str], Path]


def blobs(height: int, width: int, seed: int) -> np.ndarray:
    """A soft matte of a few round shapes in 256 steps, as an 8-bit file holds it."""
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), max(1.0, min(height, width) / 10))
    spread = max(float(smooth.max() - smooth.min()), 1e-6)
    return (np.rint((smooth - smooth.min()) / spread * 255) / 255).astype(np.float32)


def rectangle(rows: slice, columns: slice, height: int = 100, width: int = 100) -> np.ndarray:
    plane = np.zeros((height, width), np.float32)
    plane[rows, columns] = 1
    return plane


def grey(plane: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.rint(plane * 255).astype(np.uint8))[1].tobytes()


def score_py(shared: Shared) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_py", shared("eval/score.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(sizes, st.integers(0, 9))
def test_a_matte_agrees_wholly_with_itself(size: tuple[int, int], seed: int) -> None:
    matte = blobs(*size, seed)
    assert score(matte, matte, "me") == Score("me", 1, 1, 0)


@given(sizes, st.integers(0, 9), st.integers(0, 9))
def test_scores_are_symmetric_and_within_0_and_1(size: tuple[int, int], one: int, other: int) -> None:
    first, second = blobs(*size, one), blobs(*size, other)
    forward, backward = score(first, second), score(second, first)
    assert forward == backward
    assert all(0 <= value <= 1 for value in (forward.iou, forward.boundary_iou, forward.error))


def test_known_overlaps() -> None:
    half = score(rectangle(slice(20, 60), slice(20, 60)), rectangle(slice(20, 60), slice(40, 80)))
    assert half.iou == pytest.approx(1 / 3)
    assert half.error == pytest.approx(0.16)
    # The diagonal is 141 pixels, so the band is the least one of 2: a frame of 40² − 36² pixels round a square.
    inner = score(rectangle(slice(20, 60), slice(20, 60)), rectangle(slice(22, 58), slice(22, 58)))
    assert inner.iou == pytest.approx(36**2 / 40**2)
    assert inner.boundary_iou == 0
    # All of the picture: its border is an edge.
    full, three = np.ones((100, 100), np.float32), rectangle(slice(0, 75), slice(0, 100))
    shared_frame = 2 * 75 * 2 + 96 * 2
    assert score(full, three).boundary_iou == pytest.approx(shared_frame / (100**2 - 96**2 + 96 * 2))


def test_empty_silhouettes() -> None:
    nothing, something = np.zeros((20, 30), np.float32), np.ones((20, 30), np.float32)
    assert score(nothing, nothing) == Score("", 1, 1, 0)
    assert score(nothing, something) == score(something, nothing) == Score("", 0, 0, 1)
    assert score(nothing + np.float32(0.5), nothing).iou == 1, "one half is not above one half"


def test_scores_are_those_of_the_evaluation_data(shared: Shared, tmp_path: Path) -> None:
    found, true = tmp_path / "found", tmp_path / "true"
    found.mkdir()
    true.mkdir()
    cases = {f"{h}x{w}": (blobs(h, w, 1), blobs(h, w, 2)) for h, w in ((1, 1), (3, 50), (90, 120), (400, 300))}
    cases["none"] = (np.zeros((40, 40), np.float32),) * 2
    cases["all"] = (np.ones((300, 400), np.float32), rectangle(slice(9, 200), slice(0, 50), 300, 400))
    for name, (matte, truth) in cases.items():
        (found / f"{name}.png").write_bytes(grey(matte))
        (true / f"{name}.png").write_bytes(grey(truth))
    rows, _ = score_py(shared).score_masks(found, true)
    assert rows.keys() == cases.keys()
    for name, (matte, truth) in cases.items():
        one = score(matte, truth)
        assert (one.iou, one.boundary_iou, one.error) == pytest.approx(rows[name], abs=1e-6)


def test_the_benchmark_measures_pictures_as_the_evaluation_data_does(shared: Shared, tmp_path: Path) -> None:
    for folder in ("images", "alphas", "plates", "out"):
        (tmp_path / folder).mkdir()
    generator = np.random.default_rng(3)
    image, plate, out = (cv2.blur(generator.integers(0, 256, (70, 90, 3), np.uint8), (5, 5)) for _ in range(3))
    alpha = blobs(70, 90, 4)
    (tmp_path / "images" / "me.png").write_bytes(png(image))
    (tmp_path / "alphas" / "me.png").write_bytes(grey(alpha))
    cv2.imwrite(str(tmp_path / "plates" / "me.jpg"), plate)
    (tmp_path / "out" / "me.png").write_bytes(png(out))
    rows, _ = score_py(shared).score_bokeh(tmp_path / "out", 21, tmp_path)
    sigma = Look(kernel=21).sigma_for(70, 90)
    plate, alpha = quality.read(tmp_path / "plates" / "me.jpg"), quality.read_grey(tmp_path / "alphas" / "me.png")
    measured = quality.fidelity(out, quality.ideal(image, alpha, plate, sigma), alpha, sigma)
    assert measured == pytest.approx(rows["me"], abs=1e-6)


def test_a_benchmark_without_its_photos_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        quality.main(["--eval", str(tmp_path)])
    assert stop.value.code == 2
    assert "no evaluation photos" in capsys.readouterr().err


def test_the_benchmark_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, alpha = tiny.picture(90, 120), np.zeros((90, 120), np.uint8)
    alpha[tiny.subject(90, 120)] = 255
    alpha = cv2.blur(alpha, (5, 5))
    named = {
        "composites": {"images/me.jpg": picture, "alphas/me.png": alpha, "plates/me.jpg": picture},
        "street": {"images/us.jpg": picture, "masks/us.png": alpha},
        "no_person": {"house.jpg": picture[:20]},
    }
    for folder, pictures in named.items():
        for name, pixels in pictures.items():
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / folder / name), pixels)
    told, written = tmp_path / "all.json", tmp_path / "table.md"
    options = ["--quality", "fast", "--json", str(told), "--markdown", str(written)]
    assert quality.main(["--eval", str(tmp_path), *options]) == 0
    assert capsys.readouterr().out.startswith(" ")
    assert json.loads(told.read_text())["settings"].keys() == {"plain", "fast"}
    assert written.read_text().startswith("|  | plain | fast | must, balanced |")


def test_every_figure_of_the_benchmark_has_its_line() -> None:
    seen = [
        quality.Seen("a", folder, folder != "street", 1.0, 1.0, 0.0, 50.0, 40.0, {"infer": 2.0})
        for folder in ("composites", "street", "no_person")
    ]
    setting = quality.Setting("best, gate", None, Look(), ("best", "gate"))  # type: ignore[arg-type]
    [head, *lines] = quality.table([(setting, seen)])
    assert [line[1] for line in lines][:2] == ["50.00 aim", "40.00 aim"]
    assert [line[:2] for line in lines if "people" in line[0]] == [
        ["false people, in 1 photos without", "1 MISSED"],
        ["people lost, in 2 photos with", "1 MISSED"],
    ]
    assert quality.figures(seen).keys() == quality.FIGURES.keys()
    assert {len(line) for line in lines} == {len(head)}
    assert tables.markdown([head, *lines]).count("\n") == len(lines) + 1
    json.dumps(quality.report([(setting, seen)], {}))


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, Path]:
    """Folders of two photos and their masks: "good" is right, "late" has its subject elsewhere."""
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    (photos / "deeper").mkdir(parents=True)
    masks.mkdir()
    (photos / "good.png").write_bytes(png(tiny.picture(90, 120)))
    (photos / "deeper" / "late.png").write_bytes(png(tiny.picture(90, 120)))
    (masks / "good.png").write_bytes(grey(rectangle(*tiny.subject(90, 120), 90, 120)))
    (masks / "late.bmp").write_bytes(
        cv2.imencode(".bmp", 255 * rectangle(slice(30, 60), slice(60, 100), 90, 120))[1].tobytes()
    )
    return photos, masks


def test_photos_and_masks_are_matched_by_name(labelled: tuple[Path, Path]) -> None:
    photos, masks = labelled
    (photos / "readme.txt").touch()
    (photos / "._good.jpg").touch()
    (masks / "nobody.png").touch()
    assert pairs(photos, masks) == [
        (photos / "good.png", masks / "good.png"),
        (photos / "deeper" / "late.png", masks / "late.bmp"),
    ]


def test_folders_that_do_not_fit_are_refused(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    photos, masks = labelled
    with pytest.raises(EvaluationError, match="nowhere is not a folder"):
        pairs(tmp_path / "nowhere", masks)
    with pytest.raises(EvaluationError, match="is not a folder"):
        pairs(photos, masks / "good.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EvaluationError, match="holds no pictures"):
        pairs(empty, masks)
    for number in range(7):
        (photos / f"new{number}.jpg").touch()
    with pytest.raises(EvaluationError, match=r"7 of 9 photos: new0, new1, new2, new3, new4 …"):
        pairs(photos, masks)
    (photos / "good.jpg").touch()
    with pytest.raises(EvaluationError, match=r"good\.jpg and .*good\.png have one name") as refused:
        pairs(photos, masks)
    assert refused.value.hint


def test_a_model_is_scored_photo_by_photo(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    good, late = evaluate(tiny_bokeh, pairs(*labelled), Look(quality="fast", no_person="fail", compare=True))
    assert (good.name, late.name) == ("good", "late")
    assert good.iou > 0.9
    assert good.error < 0.05
    assert late.iou == pytest.approx(1 / 3, abs=0.05)
    found = summary([good, late])
    assert found["photos"] == 2
    assert found["mean"]["iou"] == pytest.approx((good.iou + late.iou) / 2)
    assert [one["name"] for one in found["worst"]] == ["late", "good"]
    assert [one["name"] for one in summary([good, late], 1)["worst"]] == ["late"]
    json.dumps(found)


def test_scores_come_one_at_a_time(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    photos = pairs(*labelled)
    photos[1][0].write_bytes(b"")
    stream = evaluate(tiny_bokeh, photos)
    assert next(stream).name == "good"
    with pytest.raises(PhotoEmptyError):
        next(stream)


def test_deep_and_coloured_files_are_scored_too(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    photos, masks = labelled
    (photos / "good.png").write_bytes(png(tiny.picture(90, 120, np.uint16)))
    mask = np.zeros((90, 120, 3), np.uint16)
    mask[tiny.subject(90, 120)] = 65535
    (masks / "good.png").write_bytes(png(mask))
    assert next(evaluate(tiny_bokeh, pairs(photos, masks))).iou > 0.9


def test_masks_that_do_not_fit_are_refused(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    photos, masks = labelled
    (masks / "good.png").write_bytes(grey(np.ones((120, 90), np.float32)))
    with pytest.raises(EvaluationError, match=r"good\.png is 90×120 pixels and .*good\.png is 120×90"):
        next(evaluate(tiny_bokeh, pairs(photos, masks)))
    classes = np.uint8(15) * rectangle(*tiny.subject(90, 120), 90, 120).astype(np.uint8)
    (masks / "good.png").write_bytes(png(classes))
    with pytest.raises(EvaluationError, match="nowhere brighter than 15 of 255"):
        next(evaluate(tiny_bokeh, pairs(photos, masks)))


def test_the_sheet_shows_what_is_missed_and_what_is_added(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    photos, look = pairs(*labelled), Look(quality="fast")
    shown = sheet(tiny_bokeh, photos, list(evaluate(tiny_bokeh, photos, look)), look)
    assert shown.shape == (BAR + CELL + BAR, 2 * CELL, 3)
    # The worst comes first. A photo of 120×90 is 480×360 in its cell, 4 times as large, 60 below the legend's foot.
    worst, best = (shown[BAR + 60 :, left : left + CELL][:360] for left in (0, CELL))

    def colour(picture: np.ndarray, row: int, column: int) -> tuple[float, ...]:
        return tuple(picture[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].reshape(-1, 3).mean(axis=0))

    blue, green, red = colour(worst, 45, 90)
    assert red > 2 * max(blue, green), "missed"
    blue, green, red = colour(worst, 45, 50)
    assert blue > 1.5 * max(green, red), "added"
    for row, column in ((45, 70), (45, 10)):
        assert colour(worst, row, column) == pytest.approx(colour(best, row, column), abs=1), "right either way"
    assert len(set(colour(best, 45, 70))) == 1, "the photo is grey"


def test_a_sheet_has_rows_of_five_and_the_worst_alone(tiny_bokeh: Bokeh, labelled: tuple[Path, Path]) -> None:
    [pair, _] = pairs(*labelled)
    scores = [Score("ö" * 90, iou / 10, 0, 0) for iou in range(7)]
    look = Look(quality="fast")
    assert sheet(tiny_bokeh, [pair] * 7, scores, look).shape == (BAR + 2 * (CELL + BAR), 5 * CELL, 3)
    assert sheet(tiny_bokeh, [pair] * 7, scores, look, 1).shape == (BAR + CELL + BAR, CELL, 3)
