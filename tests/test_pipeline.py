from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgebokeh.arrays import Order
from edgebokeh.engine import open_network
from edgebokeh.errors import (
    ModelUnknownError,
    ModelUnsuitableError,
    NoPersonError,
    OutputFormatError,
    PhotoUnreadableError,
    ValueRangeError,
)
from edgebokeh.images import decode
from edgebokeh.look import QUALITIES, Look, NoPerson
from edgebokeh.pipeline import Bokeh, load
from edgebokeh.sessions import Runtime
from tests import tiny
from tests.conftest import SAMPLE, png

STAGES = ["decode", "prepare", "infer", "matte", "refine", "blur", "composite", "encode"]


def hard_truth() -> np.ndarray:
    truth = np.zeros((60, 80), np.uint8)
    truth[tiny.subject()] = 255
    return truth


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_subject_stays_and_the_background_is_smoothed(tiny_bokeh: Bokeh, dtype: type) -> None:
    pixels = tiny.picture(dtype=dtype)
    before = pixels.copy()
    result = tiny_bokeh.blur(pixels, Look(kernel=15))
    assert np.array_equal(pixels, before)
    assert (result.pixels.shape, result.pixels.dtype) == (pixels.shape, dtype)
    inner = tiny.subject(60, 80)[0].start + 4
    assert np.array_equal(result.pixels[inner:36, 32:48], pixels[inner:36, 32:48])
    assert result.pixels[:10, :, 1].std() < pixels[:10, :, 1].std() / 4
    assert result.share == pytest.approx(1 / 9, abs=0.03)
    assert (result.person, result.model, result.provider) == (True, "tiny", "cpu")
    assert list(result.milliseconds) == STAGES[1:-1]


def test_rgb_and_bgr_give_the_same_picture(tiny_bokeh: Bokeh) -> None:
    pixels = tiny.picture()

    def each(order: Order, array: np.ndarray) -> list[np.ndarray]:
        look = Look(kernel=9)
        return [tiny_bokeh.blur(array, look, order=order).pixels, tiny_bokeh.cutout(array, order=order).pixels]

    for bgr, rgb in zip(each("bgr", pixels), each("rgb", pixels[..., ::-1]), strict=True):
        assert np.array_equal(bgr[..., :3], rgb[..., 2::-1])
        assert np.array_equal(bgr[..., 3:], rgb[..., 3:])


def test_mask_and_cutout_show_the_subject(tiny_bokeh: Bokeh) -> None:
    mask = tiny_bokeh.mask(tiny.picture()).pixels
    assert (mask.shape, mask.dtype) == ((60, 80), np.uint8)
    assert np.mean((mask > 127) != (hard_truth() > 127)) < 0.05
    cutout = tiny_bokeh.cutout(tiny.picture()).pixels
    assert np.array_equal(cutout[mask == 255][:, :3], tiny.picture()[mask == 255])
    assert np.array_equal(cutout[..., 3], mask)


def test_an_alpha_that_was_there_is_combined(tiny_bokeh: Bokeh) -> None:
    alpha = np.full((60, 80), 100, np.uint8)
    file, _ = tiny_bokeh.convert(png(np.dstack([tiny.picture(), alpha])), "cutout")
    matte = tiny_bokeh.cutout(tiny.picture()).matte
    assert np.abs(decode(file).alpha - matte * 100).max() <= 0.5


NO_PERSON: list[tuple[NoPerson | None, bool, bool]] = [
    (None, False, False),
    ("keep", False, False),
    ("blur", False, True),
    (None, True, True),
    ("keep", True, False),
]


@pytest.mark.parametrize(("wish", "classic", "blurred"), NO_PERSON)
def test_a_photo_without_a_person(tiny_bokeh: Bokeh, wish: NoPerson | None, classic: bool, blurred: bool) -> None:
    green = tiny.picture()
    green[..., 2] = 0
    result = tiny_bokeh.blur(green, Look(no_person=wish, classic=classic, kernel=9))
    assert (result.person, result.share) == (False, 0)
    assert np.array_equal(result.pixels, green) != blurred


def test_a_photo_without_a_person_can_fail(tiny_bokeh: Bokeh) -> None:
    with pytest.raises(NoPersonError):
        tiny_bokeh.blur(np.zeros((9, 9, 3), np.uint8), Look(no_person="fail"))


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 4), (0, 9, 3)])
def test_other_arrays_are_refused(tiny_bokeh: Bokeh, shape: tuple[int, ...]) -> None:
    with pytest.raises(PhotoUnreadableError, match="H×W×3"):
        tiny_bokeh.blur(np.zeros(shape, np.uint8))
    with pytest.raises(PhotoUnreadableError, match="float64"):
        tiny_bokeh.blur(np.zeros((9, 9, 3)))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3)])
def test_the_smallest_photos_render(tiny_bokeh: Bokeh, size: tuple[int, int]) -> None:
    red = np.full((*size, 3), (0, 0, 255), np.uint8)
    assert np.array_equal(tiny_bokeh.blur(red, Look(kernel=51)).pixels, red)
    assert tiny_bokeh.blur(np.zeros((*size, 3), np.uint8), Look(no_person="blur")).pixels.shape == red.shape


def test_convert_walks_every_stage_in_order(tiny_bokeh: Bokeh) -> None:
    file, result = tiny_bokeh.convert(png(tiny.picture()))
    assert np.array_equal(decode(file).pixels, tiny_bokeh.blur(tiny.picture()).pixels)
    assert list(result.milliseconds) == STAGES


def test_a_comparison_shows_photo_mask_and_result(tiny_bokeh: Bokeh) -> None:
    pixels = tiny.picture()
    sheet = tiny_bokeh.blur(pixels, Look(kernel=9, compare=True)).pixels
    result = tiny_bokeh.blur(pixels, Look(kernel=9)).pixels
    assert np.array_equal(sheet[-60:, :80], pixels)
    assert np.array_equal(sheet[-60:, -80:], result)
    middle = sheet[-60:, (sheet.shape[1] - 80) // 2 :][:, :80]
    assert np.array_equal(middle[..., 0], tiny_bokeh.mask(pixels).pixels)


def plain_method(pixels: np.ndarray, mask: np.ndarray, kernel: int) -> np.ndarray:
    blurred = cv2.GaussianBlur(pixels, (kernel, kernel), 0)
    return np.where(mask[..., None] > 0, pixels, blurred)


@pytest.mark.parametrize("kernel", [None, 9])
def test_classic_is_the_plain_method(tiny_bokeh: Bokeh, kernel: int | None) -> None:
    pixels = tiny.picture(64, 96)
    result = tiny_bokeh.blur(pixels, Look(classic=True, kernel=kernel))
    small = cv2.resize(pixels, (48, 32), interpolation=cv2.INTER_LINEAR).astype(int)
    mask = cv2.resize((small[..., 2] > small[..., 1]).astype(np.uint8), (96, 64), interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(result.pixels, plain_method(pixels, mask, kernel or 51))
    assert np.array_equal(result.matte, mask)


@pytest.mark.parametrize("name", ["composites/images", "hires", "odd"])
@pytest.mark.parametrize("kernel", [None, 77])
def test_classic_equals_the_reference_bit_for_bit(
    shared: Callable[[str], Path], name: str, kernel: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shared("models/deeplabv3_mobilenetv2_voc.onnx")
    monkeypatch.syspath_prepend(str(shared("reference")))
    import classic  # type: ignore[import-not-found]
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    bokeh = load(model)
    files = [f for f in sorted(shared(f"eval/{name}").iterdir()) if f.suffix.lower() in (".jpg", ".tif")][::4]
    assert files
    for file in files:
        bgr = cv2.imread(str(file))
        if bgr is None:
            continue  # a compression that this OpenCV lacks
        expected = classic.classic_blur(bgr, classic.person_mask(bgr, session, 513), kernel or 51)
        data, _ = bokeh.convert(file.read_bytes(), look=Look(classic=True, kernel=kernel), ending=".png")
        assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), expected), file.name


def test_the_bundled_model_finds_the_person_in_the_sample() -> None:
    pixels = cv2.imread(str(SAMPLE))
    result = load().blur(pixels)
    assert (result.model, result.person) == ("selfie", True)
    assert result.share == pytest.approx(0.545, abs=0.03)
    assert result.matte[100:130, 200:240].min() > 0.95  # her face
    assert result.matte[20:250, 400:].max() < 0.05  # the shuttle
    face, shuttle = (slice(100, 130), slice(200, 240)), (slice(20, 250), slice(400, 470))
    assert np.abs(result.pixels[face].astype(int) - pixels[face]).max() <= 12

    def sharpness(picture: np.ndarray) -> float:
        return float(cv2.Laplacian(picture[shuttle], cv2.CV_32F).std())

    assert sharpness(result.pixels) < sharpness(pixels) / 5


@pytest.mark.parametrize(("folder", "truth", "floor"), [("composites", "alphas", 0.89), ("street", "masks", 0.93)])
def test_the_bundled_model_finds_people(shared: Callable[[str], Path], folder: str, truth: str, floor: float) -> None:
    bokeh = load()
    scores = []
    for file in sorted(shared(f"eval/{folder}/images").iterdir()):
        person = cv2.imread(str(shared(f"eval/{folder}/{truth}/{file.stem}.png")), cv2.IMREAD_GRAYSCALE) > 127
        found = bokeh.mask(decode(file.read_bytes()).pixels).pixels > 127
        scores.append(np.count_nonzero(found & person) / np.count_nonzero(found | person))
    assert np.mean(scores) >= floor


def test_a_cutout_needs_a_format_with_transparency(tiny_bokeh: Bokeh) -> None:
    with pytest.raises(OutputFormatError, match="transparent"):
        tiny_bokeh.convert(png(tiny.picture()), "cutout", ending=".jpg")


def test_classic_takes_deep_photos_with_alpha(tiny_bokeh: Bokeh) -> None:
    deep = np.dstack([tiny.picture(dtype=np.uint16), np.full((60, 80), 60000, np.uint16)])
    file, _ = tiny_bokeh.convert(png(deep), look=Look(classic=True))
    photo = decode(file)
    assert photo.pixels.dtype == np.uint8
    assert photo.alpha is not None
    assert (photo.alpha == 60000 >> 8).all()


def test_a_mask_without_a_person_is_empty(tiny_bokeh: Bokeh) -> None:
    yellowish = np.full((40, 40, 3), (0, 128, 127), np.uint8)
    result = tiny_bokeh.mask(yellowish, Look(min_subject=0.5, quality="fast"))
    assert not result.person
    assert result.pixels.max() == 0


def test_the_result_is_never_the_callers_own_memory(tiny_bokeh: Bokeh) -> None:
    green = np.full((20, 20, 3), (0, 255, 0), np.uint8)
    assert not np.shares_memory(tiny_bokeh.blur(green).pixels, green)


def test_an_unknown_order_is_refused(tiny_bokeh: Bokeh) -> None:
    with pytest.raises(ValueRangeError, match="xyz"):
        tiny_bokeh.blur(tiny.picture(), order="xyz")  # type: ignore[arg-type]


def test_best_runs_the_matting_network_and_says_so(tiny_model: Path) -> None:
    bokeh = load(tiny_model)
    assert bokeh.blur(tiny.picture()).model == "tiny"
    assert bokeh.blur(tiny.picture(), Look(quality="best")).model == "tiny+modnet"
    absent = load(tiny_model, matting="nowhere.onnx")
    assert absent.blur(tiny.picture()).person
    with pytest.raises(ModelUnknownError, match="nowhere"):
        absent.blur(tiny.picture(), Look(quality="best"))
    with pytest.raises(ModelUnsuitableError, match="selfie is no matting network"):
        load(tiny_model, matting="selfie").blur(tiny.picture(), Look(quality="best"))
    with pytest.raises(ModelUnsuitableError, match="no matting network"):
        Bokeh(open_network(tiny_model)).blur(tiny.picture(), Look(quality="best"))


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_preset_finds_the_person_in_the_sample(quality: str) -> None:
    pixels = cv2.imread(str(SAMPLE))
    result = load().mask(pixels, Look(quality=quality))
    assert result.share == pytest.approx(0.54, abs=0.03)
    assert result.pixels[100:130, 200:240].min() > 240
    assert result.pixels[20:250, 400:].max() < 12
    hair = result.pixels[30:60, 150:160]
    assert hair.min() < 128


def test_who_is_there_does_not_depend_on_moving_the_edge(tiny_bokeh: Bokeh) -> None:
    pixels = tiny.picture()
    plain = tiny_bokeh.mask(pixels)
    for expand in (-1000, 20):
        moved = tiny_bokeh.mask(pixels, Look(expand=expand))
        assert (moved.person, moved.share) == (True, plain.share)
        assert (moved.pixels > 127).mean() != (plain.pixels > 127).mean()


def test_the_main_subject_alone(tiny_bokeh: Bokeh) -> None:
    pixels = np.full((120, 160, 3), (0, 200, 0), np.uint8)
    pixels[40:100, 50:90] = pixels[50:70, 140:155] = (0, 0, 255)
    both = tiny_bokeh.mask(pixels, Look(subject="all")).pixels
    main = tiny_bokeh.mask(pixels, Look(subject="main")).pixels
    assert both[60, 147] > 200 > 50 > main[60, 147]
    assert both[70, 70] == main[70, 70] == 255


@pytest.mark.parametrize("style", ["gaussian", "lens"])
def test_one_thread_and_several_give_the_same_picture_of_a_large_jpeg(style: str) -> None:
    large = cv2.resize(decode(SAMPLE.read_bytes()).pixels, (2200, 2200), interpolation=cv2.INTER_CUBIC)
    data = cv2.imencode(".jpg", large)[1].tobytes()
    one, several = (load(threads=number).convert(data, look=Look(style=style), ending=".png")[0] for number in (1, 3))
    # onnxruntime may add in another order on more threads: the last bits of its floats are not promised.
    assert np.abs(decode(one).pixels.astype(int) - decode(several).pixels).max() <= 1


@pytest.mark.parametrize("quality", QUALITIES)
def test_the_number_of_threads_does_not_change_the_picture(quality: str) -> None:
    pixels = decode(SAMPLE.read_bytes()).pixels
    one, two = (load(threads=number).blur(pixels, Look(quality=quality)) for number in (1, 2))
    # onnxruntime may add in another order on more threads: the last bits of its floats are not promised.
    assert np.abs(one.matte - two.matte).max() < 1e-4
    assert cv2.absdiff(one.pixels, two.pixels).max() <= 1


def test_all_networks_are_opened_alike() -> None:
    bokeh = load(threads=1, cache=False)
    bokeh.mask(decode(SAMPLE.read_bytes()).pixels, Look(quality="best"))
    networks = (bokeh._networks.finder, bokeh._networks.matting)
    assert [network.runtime for network in networks if network] == [Runtime(("cpu",), threads=1, cache=False)] * 2
