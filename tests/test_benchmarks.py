"""What the benchmarks compute and say; never how long anything takes."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

import edgebokeh
from benchmarks import (
    archive,
    batch,
    duels,
    findings,
    footprint,
    heats,
    kills,
    load,
    machine,
    material,
    memory,
    methods,
    models,
    pareto,
    peak,
    peers,
    photo,
    plans,
    report,
    start,
    tables,
)
from benchmarks.bars import FOOTPRINT, LOAD, SPEED, START, Figure
from benchmarks.material import decoded, jpeg
from benchmarks.material import photo as portrait
from edgebokeh import Look
from edgebokeh.errors import ExitCode
from tests import tiny

SETTING = duels.Limits(rounds=4, least=2, seconds=0.5)


def sides(*milliseconds: float) -> duels.Side:
    return iter(milliseconds).__next__


def test_a_ratio_is_taken_within_the_round() -> None:
    times = duels.hold({"a": duels.Duel(sides(10, 40, 90), sides(10, 20, 30))}, duels.Limits(3))["a"]
    assert times.ratios == [1, 2, 3]
    assert duels.spread(times.ratios) == duels.Spread(2, 1.5, 2.5)
    assert duels.interval(times.ratios) == (1, 3)
    assert report.cell(times) == "40 (25–65), 2.00×"


@pytest.mark.parametrize(("milliseconds", "rounds"), [(1.0, 4), (200.0, 2), (400.0, 2), (800.0, 1), (90.0, 3)])
def test_a_duel_ends_by_rounds_or_by_seconds(milliseconds: float, rounds: int) -> None:
    one = duels.Duel(lambda: milliseconds, lambda: milliseconds)
    assert len(duels.hold({"a": one}, SETTING)["a"].ours) == rounds


def test_the_photo_has_its_size_and_always_the_same_pixels(tmp_path: Path) -> None:
    enlarged = portrait(0.5)
    assert enlarged.size / 3 == pytest.approx(0.5e6, rel=0.01)
    assert np.array_equal(enlarged, portrait(0.5))
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), tiny.picture(60, 80, np.uint16))
    assert portrait(0.0012, path).shape == (30, 40, 3)
    assert portrait(0.0012, path).dtype == np.uint8


def test_network_runs_are_recorded_and_repeated(tiny_bokeh: edgebokeh.Bokeh) -> None:
    with methods.recorded() as runs:
        tiny_bokeh.blur(tiny.picture(), Look(quality="balanced"))
    count = len(runs)
    assert count >= 2
    assert runs[0]()[0].ndim == 4
    tiny_bokeh.blur(tiny.picture())
    assert len(runs) == count


def test_plain_numpy_is_the_classic_method() -> None:
    data, bokeh = bytes(jpeg(portrait(0.05))), edgebokeh.load()
    with methods.recorded() as runs:
        file, _ = bokeh.convert(data, look=Look(classic=True, kernel=21))
    theirs = methods.plain(data, 21, runs[0])
    assert np.array_equal(decoded(bytes(theirs)), decoded(file))
    result = bokeh.blur(decoded(data), Look(classic=True, kernel=21))
    mask = (result.matte * 255).astype(np.uint8)
    assert np.array_equal(methods.gaussian_and_bitwise(decoded(data), mask, 21), result.pixels)


def test_a_floor_of_another_quality_is_refused(tiny_bokeh: edgebokeh.Bokeh, monkeypatch: pytest.MonkeyPatch) -> None:
    group = {heats.Case("fast", 1): Look(quality="fast", no_person="blur")}
    data = bytes(jpeg(tiny.picture(300, 400)))
    assert heats.over_floor(tiny_bokeh, data, group).keys() == group.keys()
    monkeypatch.setattr("benchmarks.material.JPEG_QUALITY", 80)
    with pytest.raises(ValueError, match="quality"):
        heats.over_floor(tiny_bokeh, data, group)


def test_references_get_all_cores_and_leave_the_setting() -> None:
    before, seen = cv2.getNumThreads(), []
    cv2.setNumThreads(1)
    try:
        methods.on_all_cores(duels.wall(lambda: seen.append(cv2.getNumThreads())))()
        assert (seen, cv2.getNumThreads()) == ([machine.cores()], 1)
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("kernel", [15, 51])
def test_the_background_is_nearly_the_exact_gaussian(tiny_bokeh: edgebokeh.Bokeh, kernel: int) -> None:
    assert heats.background_psnr(tiny_bokeh, portrait(0.3), kernel) > 48


def found(megapixels: float = 12, big: float = 48) -> findings.Found:
    """Something of every kind, all of it twice as slow as its reference but for the compositor, ten times as fast."""
    twice, tenth = duels.Times([2.0, 4.0], [1.0, 2.0]), duels.Times([1.0, 2.0], [10.0, 20.0])
    slower = duels.Times([6.0, 6.0], [2.0, 2.0])
    over_floor = {heats.Case(name, megapixels, kernel): twice for name in ("fast", "best") for kernel in (51, 401)}
    return findings.Found(
        middle=megapixels,
        big=big,
        over_floor={**over_floor, heats.Case("fast", megapixels, 51): slower},
        compositor={heats.Case("fast", megapixels, 51): tenth},
        growth={heats.Case("fast", big): slower},
        psnr={51: 56.0, 401: 54.0},
        peaks={"fast": memory.Peak(50, 350), "--classic": memory.Peak(50, 950)},
        decoded=100,
    )


def test_bars_take_the_worst_and_leave_out_what_was_not_measured() -> None:
    values = {name: value.value for name, value in findings.bars(found()).items()}
    assert values == {"fast": 3, "best": 2, "blur_51": 10, "psnr": 54, "growth": 3, "memory": 3}
    assert values.keys() <= SPEED.keys()
    assert findings.bars(found(1, 2)) == {}


def test_a_report_has_verdicts_and_everything_as_json() -> None:
    seen = found()
    notes = ["noisy"]
    whole = report.Report("x", findings.tables(seen), SPEED, findings.bars(seen), findings.data(seen), notes)
    verdicts = dict(zip(SPEED, (line[-1] for line in whole.bars[1:]), strict=True))
    assert verdicts["fast"] == verdicts["best"] == verdicts["memory"] == "MISSED"
    assert (verdicts["blur_51"], verdicts["psnr"]) == ("aim", "ok")
    assert verdicts["balanced"] == verdicts["blur_401"] == "not measured"
    assert whole.missed
    told = json.loads(whole.as_json())
    assert {
        "edgebokeh",
        "machine",
        "over_floor",
        "compositor",
        "growth",
        "psnr",
        "memory",
        "bars",
        "notes",
    } < told.keys()
    assert told["machine"].keys() >= {"processor", "cores", "python", "numpy", "onnxruntime"}
    assert told["over_floor"][0].keys() >= {"what", "megapixels", "kernel", "rounds", "ours", "ratio", "interval"}
    assert told["bars"]["fast"]["must"] == 1.5
    assert "| fast | 51 | 6 (6–6), 3.00× |" in whole.text(for_docs=True)
    assert "- noisy" in whole.text(for_docs=False)


def test_a_must_that_is_not_measured_is_not_missed() -> None:
    figure = Figure("a", 1, {"must": 2}, less=True)
    assert not report.Report("x", {}, {"a": figure}, {}, {}).missed
    assert not report.Report("x", {}, {"a": figure}, {"a": report.Measured(2)}, {}).missed
    assert report.Report("x", {}, {"a": figure}, {"a": report.Measured(2.1)}, {}).missed


def test_a_table_replaces_the_one_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n", "utf-8")
    for _ in range(2):
        tables.put(page, "x", "new\n")
        assert page.read_text("utf-8") == "before\n<!-- x -->\nnew\n<!-- /x -->\nafter\n"
    for text in ("", "<!-- x -->", "<!-- /x --><!-- x -->", "<!-- x --><!-- /x --><!-- x --><!-- /x -->"):
        page.write_text(text, "utf-8")
        with pytest.raises(ValueError, match="one <!-- x -->"):
            tables.put(page, "x", "new")


@pytest.mark.parametrize(
    ("module", "name"), [(photo, "speed.md"), (start, "speed.md"), (footprint, "devices.md"), (load, "devices.md")]
)
def test_the_docs_have_a_place_for_each_table(module: object, name: str, tmp_path: Path) -> None:
    page = tmp_path / name
    page.write_text((Path(__file__).parent.parent / "docs" / name).read_text("utf-8"), "utf-8")
    tables.put(page, module.NAME, "| here |")  # type: ignore[attr-defined]
    assert "| here |" in page.read_text("utf-8")


def test_doubts_are_told() -> None:
    steady, wild = duels.Times([1.0] * 4, [1.0] * 4), duels.Times([1.0, 1.0, 9.0, 9.0], [1.0] * 4)
    assert report.doubts(0.0, [steady]) == []
    [busy, wide] = report.doubts(2.0, [steady, wild])
    assert "busy" in busy
    assert "1 of 4" in wide


@pytest.mark.skipif(not memory.KNOWN, reason="the system does not tell")
def test_memory_is_measured() -> None:
    assert memory.resident("VmHWM") >= memory.resident("VmRSS") > 0
    seen = memory.soak(1, Look(quality="fast"))
    assert seen.keys() == {"start", "end"}


@pytest.mark.skipif(not peak.KNOWN, reason="the system does not tell")
def test_the_peak_is_the_commands_own_and_on_one_core() -> None:
    held = np.ones(300_000_000, np.uint8)
    code = "import os, sys; x = b'1' * int(sys.argv[1]); sys.exit(len(os.sched_getaffinity(0)) - 1)"

    def told(code: str, megabytes: int = 0) -> int:
        command = [sys.executable, "-m", "benchmarks.peak", sys.executable, "-c", code, str(megabytes * 1_000_000)]
        done = subprocess.run(command, capture_output=True, check=True, text=True, cwd=material.ROOT)
        return int(done.stdout)

    small, large = told(code), told(code, 100)
    assert small < 50e6 < held.nbytes
    assert large - small == pytest.approx(100e6, rel=0.05)
    with pytest.raises(subprocess.CalledProcessError):
        told("raise SystemExit(2)")


@pytest.mark.skipif(not peak.KNOWN, reason="the system does not tell")
def test_footprint_holds_the_largest_run_to_the_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "QUALITIES", ["fast"])
    monkeypatch.setattr(footprint, "BARRED", 0.1)
    told = tmp_path / "all.json"
    assert footprint.main(["--megapixels", "0.1,0.2", "--rounds", "1", "--json", str(told)]) == 0
    data = json.loads(told.read_text("utf-8"))
    assert [(row["megapixels"], row["start"]) for row in data["footprint"]] == [
        (size, start) for size in (0.1, 0.2) for start in footprint.STARTS
    ]
    largest = max(max(row["bytes"]) for row in data["footprint"] if row["megapixels"] == 0.1)
    assert data["bars"]["fast"]["value"] == largest / 1e6 > 50
    assert data["bars"]["best"]["verdict"] == "not measured"
    assert "--no-cache" in capsys.readouterr().out


def test_a_footprint_above_its_bar_is_missed() -> None:
    start = next(iter(footprint.STARTS))
    peaks = {footprint.Case("fast", 12, start): [1, 257_000_000, 2], footprint.Case("best", 24, start): [600_000_000]}
    seen = footprint.bars(peaks)
    assert {name: one.value for name, one in seen.items()} == {"fast": 257}
    assert report.Report("x", {}, FOOTPRINT, seen, {}).missed


@pytest.mark.skipif(not memory.KNOWN, reason="the system does not tell")
def test_loading_again_needs_less_than_loading_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "all.json"
    assert load.main(["modnet", "--rounds", "1", "--json", str(told)]) in (0, 1)
    ways = {way: load.Opening(**runs[0]) for way, runs in json.loads(told.read_text("utf-8"))["load"]["modnet"].items()}
    assert ways.keys() == load.WAYS.keys()
    assert ways["again"].bytes < ways["--no-cache"].bytes / 2
    assert min(way.run_bytes - way.bytes for way in ways.values()) > 20e6
    assert "times as fast" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        load.main(["nothing-of-this-name"])
    assert end.value.code == 2
    assert "no model is called" in capsys.readouterr().err
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(RuntimeError, match=r"broken.onnx cannot be opened: .*is not an ONNX model"):
        load.main([str(broken), "--rounds", "1"])


def test_the_slowest_and_the_largest_load_count() -> None:
    quick, slow = load.Opening(0.05, 61_000_000, 1, 0), load.Opening(0.2, 10_000_000, 1, 0)
    openings = {name: dict.fromkeys(load.WAYS, runs) for name, runs in {"a": [quick], "b": [quick, slow, slow]}.items()}
    seen = load.bars(openings)
    assert {name: one.value for name, one in seen.items()} == {"seconds": 0.2, "megabytes": 61}
    assert [line[-1] for line in report.Report("x", {}, LOAD, seen, {}).bars[1:]] == ["MISSED", "MISSED"]


def test_a_peer_that_is_absent_says_why(tmp_path: Path) -> None:
    with pytest.raises(peers.PeerAbsentError, match="mediapipe"), peers.mediapipe(sys.executable, tmp_path, 51):
        pass
    with pytest.raises(peers.PeerAbsentError, match="nowhere"):
        peers.check([sys.executable, "-c", "import nowhere"])


def test_every_start_has_its_bar_and_its_exit_code(tmp_path: Path) -> None:
    small = tmp_path / "small.jpg"
    small.write_bytes(bytes(jpeg(portrait(0.02))))
    commands = start.commands(small, tmp_path / "out.jpg")
    assert START.keys() <= commands.keys()
    for command in commands.values():
        start.run(command.arguments, command.code)
    with pytest.raises(RuntimeError, match="exited with 0"):
        start.run(commands["help"].arguments, 2)


def test_a_plan_takes_the_sizes_of_the_bars_if_it_can() -> None:
    assert (photo.Plan().middle, photo.Plan().big) == (12, 48)
    assert (photo.QUICK.middle, photo.QUICK.big) == (0.2, 0.4)


def test_the_whole_of_it_at_tiny_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "IN_MEMORY", {"fast": {"quality": "fast"}})
    told = tmp_path / "all.json"
    options = ["--quick", "--megapixels", "0.05,0.1", "--kernels", "15", "--rounds", "1", "--json", str(told)]
    assert photo.main(options) == 0
    printed = capsys.readouterr().out
    assert "MediaPipe was not timed" in printed
    whats = {row["what"] for row in json.loads(told.read_text("utf-8"))["over_floor"]}
    assert {"fast", "balanced", "best", "--classic", "plain numpy", "fast, lens"} <= whats


MODELS = [
    pareto.Point("small", 5, 0.90, 200_000),
    pareto.Point("slow and worse", 50, 0.85, 3_000_000),
    pareto.Point("large", 200, 0.95, 13_000_000, matting=True),
    pareto.Point("as good and slower", 300, 0.95, 26_000_000),
]


def test_on_the_front_nobody_is_beaten_in_both() -> None:
    assert [one.name for one in pareto.front(MODELS[::-1])] == ["small", "large"]


def test_the_chart_is_whole_xml_with_every_model_in_its_frame() -> None:
    chart = ElementTree.fromstring(pareto.chart(MODELS))
    names = [node.text for node in chart.iter("{http://www.w3.org/2000/svg}text")]
    assert {one.name for one in MODELS} <= set(names)
    dots = list(chart.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(dots) == len(MODELS)
    for dot in dots:
        assert pareto.LEFT <= float(dot.attrib["cx"]) <= pareto.WIDTH - pareto.RIGHT
        assert pareto.TOP <= float(dot.attrib["cy"]) <= pareto.HEIGHT - pareto.FOOT


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Evaluation photos of one picture each: the tiny model's red subject, and none."""
    truth = np.zeros((60, 80), np.uint8)
    truth[tiny.subject()] = 255
    blank = tiny.picture()
    blank[tiny.subject()] = (0, 200, 0)
    for name, pixels in {
        "composites/images": tiny.picture(),
        "composites/alphas": truth,
        "street/images": tiny.picture(),
        "street/masks": truth,
        "no_person": blank,
    }.items():
        (tmp_path / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / name / ("photo.jpg" if name == "no_person" else "photo.png")), pixels)
    return tmp_path


def test_models_are_scored_by_what_they_see(labelled: Path, tmp_path: Path) -> None:
    right = tiny.write(tmp_path / "right.onnx", tiny.spec(size=(60, 80)))
    blind = tiny.write(tmp_path / "blind.onnx", tiny.spec(name="blind", size=(60, 80), mean=(1.0, 0.0, 0.0)))
    rows = models.measure([right, blind], labelled, duels.Limits(rounds=2))
    assert [row.name for row in rows] == ["right", "blind"]
    assert rows[0].mean_iou > 0.95 > 0.1 > rows[1].mean_iou
    assert [(row.false_people, row.empty) for row in rows] == [(0, 1), (0, 1)]
    assert [row.bytes for row in rows] == [right.stat().st_size, blind.stat().st_size]
    assert all(row.memory is None or row.memory > 0 for row in rows)
    assert rows[1].milliseconds / rows[1].ratio == pytest.approx(rows[0].milliseconds / rows[0].ratio)
    assert [len(line) for line in models.table(rows)] == [len(models.HEAD)] * 3
    assert "1.000" in tables.markdown(models.table(rows))


def test_an_archive_is_watched(tmp_path: Path) -> None:
    archive.photos(tmp_path / "in", 8, 4)
    code, rows, sizes = archive.watched(tmp_path / "in", tmp_path / "out")
    assert (code, sum("error" in row for row in rows), len(sizes)) == (ExitCode.SOME_FAILED, 4, 8)
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 4


def test_the_memory_of_plans_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")
    page = tmp_path / "page.md"
    page.write_text("<!-- benchmarks.plans -->\n<!-- /benchmarks.plans -->\n")
    assert plans.main(["--photos", "50", "--write", str(page)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [line[-4] for line in lines] == ["machine", "store"]
    for _, kept, most, known in (line[-4:] for line in lines):
        assert 100 < int(kept) < int(most)
        assert int(known) > 100
    assert "| a store |" in page.read_text()


def test_two_folders_differ_in_names_and_bytes(tmp_path: Path) -> None:
    for folder, names in (("one", "abc"), ("other", "bcd")):
        (tmp_path / folder / "sub").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / "sub" / name).write_text(name if name != "c" else folder)
    assert kills.differences(tmp_path / "one", tmp_path / "other") == ["sub/a", "sub/c", "sub/d"]
    assert kills.differences(tmp_path / "one", tmp_path / "one") == []


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals on POSIX only")
def test_killed_runs_come_to_the_same_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert kills.main(["--photos", "6", "--kills", "1"]) == 0
    assert "failed; exit code 0  0" in capsys.readouterr().out


def test_several_photos_at_once_are_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- benchmarks.batch -->\n<!-- /benchmarks.batch -->\n")
    batch.main(["--megapixels", "0.1", "--photos", "3", "--rounds", "2", "--write", str(page)])
    assert "times as fast" in capsys.readouterr().out
    assert "| 0.1 |" in page.read_text()
