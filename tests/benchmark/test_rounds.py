"""The benchmark, with real processes: what it measures, what it refuses, and whether it finds what is there."""

import csv
import hashlib
import io
import json
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from edgebokeh import BenchSettings, Configuration, bench, machine
from edgebokeh.benchmark import figures, meters, networks, stats
from edgebokeh.benchmark.configuration import crossed
from edgebokeh.benchmark.measured import BenchResult, Trial
from edgebokeh.benchmark.page import Form, bench_report, page
from edgebokeh.benchmark.report import tables, to_csv, to_json, to_markdown
from edgebokeh.benchmark.rounds import sample
from edgebokeh.benchmark.runner import Runner
from edgebokeh.benchmark.worker import Worker
from edgebokeh.catalog import find
from edgebokeh.engine import open_network
from edgebokeh.errors import BenchEmptyError, ContradictionError, PhotoUnreadableError, ValueRangeError
from edgebokeh.stages import STAGES
from tests import tiny
from tests.conftest import png

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the interpreters of these tests are shell scripts")

Python = Callable[[str, str], str]


def interpreter(around: Path, name: str, code: str) -> str:
    """An interpreter that runs some code before it measures, in a folder of that name."""
    folder = around / name
    folder.mkdir()
    script, wrapper = folder / "start.py", folder / "python"
    ends = "from edgebokeh.benchmark import trial\ntrial.main()\n"
    script.write_text(textwrap.dedent(code) + ends, "utf-8")
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n', "utf-8")
    wrapper.chmod(0o755)
    return str(wrapper)


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Makes such interpreters."""
    return partial(interpreter, tmp_path)


def slower_by(seconds: float) -> str:
    """Code that makes every photo take so much longer."""
    return f"""
    import time
    from edgebokeh.pipeline import Bokeh
    convert = Bokeh.convert
    def slow(*args, **kwargs):
        time.sleep({seconds})
        return convert(*args, **kwargs)
    Bokeh.convert = slow
    """


def answering(output: str) -> str:
    """Code under which a network answers something else than it should."""
    return f"""
import numpy as np
from edgebokeh.engine import Network
run = Network.run
Network.run = lambda self, tensor: {output}
"""


@pytest.fixture
def brief(photo: Path) -> BenchSettings:
    """Two rounds at most, since these tests do not look at the times."""
    return BenchSettings(photo=photo, quality="fast", budget=0.1)


def test_what_is_measured(tiny_model: Path, brief: BenchSettings) -> None:
    told: list[str] = []
    result = bench(
        crossed([str(tiny_model)], threads=[1, 2]), replace(brief, budget=120, within=0.9, profile=True), told.append
    )
    assert result.baseline == "tiny cpu threads=1"
    assert f"{result.baseline}: ready" in told
    assert [trial.state for trial in result.trials] == ["measured"] * 2
    first, second = result.trials
    assert first.parity is None
    assert second.parity
    assert (second.parity.difference, second.parity.iou) == (0, 1)
    assert {"import", "create", "run", "walk"} == set(second.cold)
    digest = hashlib.sha256(tiny_model.read_bytes()).hexdigest()
    about = {"name": "tiny", "bytes": tiny_model.stat().st_size, "sha256": digest, "numbers": "fp32", "size": [32, 48]}
    assert second.model == about
    assert second.kernels == {"CPUExecutionProvider": 1}
    assert second.versions["python"] == sys.version.split()[0]
    found = figures.of(second, result)
    assert found
    assert found.rounds == len(first.rounds) >= stats.LEAST_ROUNDS
    assert found.ratio
    assert found.network_ratio
    assert set(found.stages) <= set(STAGES)
    assert {"decode", "infer", "composite"} <= set(found.stages)
    assert found.throughput > 0
    if machine.busy() is not None:
        assert set(found.stages) == set(second.peaks)
        assert found.peak


def test_other_sizes_and_batches(tiny_model: Path, brief: BenchSettings) -> None:
    result = bench(crossed([str(tiny_model)], sizes=[None, (40, 56)], batches=[1, 2]), brief)
    assert [trial.model["size"] for trial in result.trials] == [[32, 48], [32, 48], [40, 56], [40, 56]]
    for trial in result.trials:
        one = figures.of(trial, result)
        assert one
        assert one.what == ("walk" if trial.configuration.batch == 1 else "network")
        assert bool(one.stages) == (trial.configuration.batch == 1)


def test_what_is_impossible_is_said(brief: BenchSettings) -> None:
    result = bench(crossed(["selfie"], sizes=[None, (64, 64)], batches=[1, 2]), brief)
    assert [trial.state for trial in result.trials] == ["measured", "measured", "impossible", "impossible"]
    assert "256×256" in result.trials[2].note


def test_a_size_in_a_hint_is_written_as_the_option_takes_it(tiny_model: Path) -> None:
    network = open_network(tiny_model)
    steps = replace(network, is_open=True, spec=replace(network.spec, multiple=32))
    with pytest.raises(ContradictionError) as caught:
        networks._check_size(steps, (256, 257))
    assert "257x256" in caught.value.hint


ODD: dict[str, tuple[str, str, str]] = {
    "zeros": (answering("0 * run(self, tensor)"), "wrong", "not the CPU"),
    "nan": (answering("np.nan * run(self, tensor)"), "wrong", "not the CPU"),
    "mirrored": (answering("run(self, tensor)[..., ::-1].copy()"), "wrong", "not the CPU"),
    "rounded": (answering("run(self, tensor) + 1e-4"), "measured", ""),
    "leaving": ("import os; os._exit(7)\n", "failed", "exit code 7"),
    "killed": ("import os; os.kill(os.getpid(), 9)\n", "failed", "signal 9"),
    "complaining": ("raise SystemExit('no such library')\n", "failed", "no such library"),
    "hanging": ("import time; time.sleep(120)\n", "failed", "no answer within"),
    "lacking": ("import sys; sys.modules['cv2'] = None\n", "failed", "opencv-python-headless"),
    "chattering": ("print('EP Error', flush=True)\n", "failed", "no JSON"),
    "breaking": ("from edgebokeh.benchmark import workload; workload.SCENARIOS.clear()\n", "failed", "KeyError"),
}
"""What an interpreter does by its name: code that it runs first, the state that comes of it, a part of the note."""

WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "absent": ({"provider": "tensorrt"}, "refused", "TensorrtExecutionProvider"),
    "unknown": ({"provider": "abacus"}, "refused", "abacus"),
    "no model": ({"model": "nowhere"}, "failed", "nowhere"),
    "no Python": ({"python": "/nowhere/python"}, "failed", "/nowhere/python"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, Trial]:
    """One benchmark of all that goes wrong, after one configuration that does not."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "photo.png").write_bytes(png(tiny.picture()))
    good = Configuration(model=str(tiny_model))
    wished = {"good": good}
    wished |= {name: replace(good, **changes) for name, (changes, _, _) in WRONG.items()}  # type: ignore[arg-type]
    if sys.platform != "win32":
        wished |= {name: replace(good, python=interpreter(folder, name, code)) for name, (code, _, _) in ODD.items()}
    result = bench(
        list(wished.values()), BenchSettings(photo=folder / "photo.png", quality="fast", budget=0.1, limit=20)
    )
    return dict(zip(wished, result.trials, strict=True))


@POSIX
@pytest.mark.parametrize("name", ODD)
def test_who_lies_crashes_or_hangs_is_a_row(odd: dict[str, Trial], name: str) -> None:
    _, state, note = ODD[name]
    assert odd[name].state == state
    assert note in odd[name].note
    assert bool(odd[name].rounds) == (state == "measured")


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_run_is_a_row(odd: dict[str, Trial], name: str) -> None:
    _, state, note = WRONG[name]
    assert odd[name].state == state
    assert note in odd[name].note
    assert not odd[name].rounds


def test_the_others_go_on(odd: dict[str, Trial]) -> None:
    assert odd["good"].state == "measured"
    assert odd["good"].rounds


@POSIX
def test_a_provider_that_prints_does_not_disturb(tiny_model: Path, brief: BenchSettings, python: Python) -> None:
    code = """
    from edgebokeh.engine import Network
    run = Network.run
    def loud(self, tensor):
        print("EP Error", flush=True)
        return run(self, tensor)
    Network.run = loud
    """
    result = bench([Configuration(model=str(tiny_model), python=python("loud", code))], brief)
    assert result.trials[0].state == "measured"


@POSIX
def test_a_lost_baseline_is_replaced_and_said(tiny_model: Path, brief: BenchSettings, python: Python) -> None:
    good = Configuration(model=str(tiny_model))
    result = bench([replace(good, python=python("odd", "raise SystemExit(1)\n")), good], brief)
    assert result.baseline == "tiny cpu in " + Path(sys.executable).parents[1].name
    assert any("could not be measured" in warning for warning in result.warnings)


@POSIX
def test_ten_percent_are_found_and_none_are_not(tiny_model: Path, photo: Path, python: Python) -> None:
    pythons = [python(name, slower_by(wait)) for name, wait in (("plain", 0.06), ("same", 0.06), ("slow", 0.066))]
    settings = BenchSettings(photo=photo, quality="fast", budget=60)

    def found(seed: int) -> tuple[str, bool, float]:
        result = bench(crossed([str(tiny_model)], pythons=pythons), replace(settings, seed=seed))
        plain, same, slow = (figures.of(trial, result) for trial in result.trials)
        assert plain
        assert same
        assert slow
        assert slow.ratio
        assert plain.word == "baseline"
        return same.word, stats.differs(slow.ratio, settings.within), slow.ratio.value

    # Of a hundred intervals one misses the truth, and more on a busy machine; two in a row do not.
    first = found(0)
    word, differs, ratio = first if first[:2] == (NONE, True) else found(1)
    assert (word, differs) == (NONE, True)
    assert 1.03 < ratio < 1.18


NONE = "no significant difference"

OTHER = """
from edgebokeh import execution, parity, sessions
own = execution.Provider("CPUExecutionProvider", tolerance=execution.SINGLE)
execution.PROVIDERS = {"other": own, **execution.PROVIDERS}
"""
"""Code under which there is a second provider that really runs: the CPU under another name."""

HEAVY = """
import time
import numpy as np
checked, cpu_session = [], sessions.cpu_session
def heavy(*args, **kwargs):
    checked.append(np.ones(300_000_000, np.uint8))
    time.sleep(8)
    return cpu_session(*args, **kwargs)
sessions.cpu_session = heavy
"""
"""Code under which the session that outputs are compared with takes long and much memory."""

LIES = """
import numpy as np
answer, asked = parity.answer, []
def lying(session, picture):
    asked.append(session)
    return answer(session, picture) * (len(asked) % 2)
parity.answer = lying
"""
"""Code under which outputs are zeros for every second session that is asked."""


@POSIX
def test_what_is_cold_is_the_providers_own(tiny_model: Path, brief: BenchSettings, python: Python) -> None:
    there = python("other", OTHER + HEAVY)
    wished = [
        Configuration(model=str(tiny_model)),
        Configuration(model=str(tiny_model), provider="other", python=there),
    ]
    plain, other = bench(wished, brief).trials
    assert (other.state, other.verdict["provider"], other.verdict["share"]) == ("measured", "other", 1)
    assert other.cold["create"] + other.cold["run"] + other.cold["walk"] < 8000
    if plain.resident and other.resident:
        assert max(other.resident, *other.peaks.values()) < plain.resident + 200_000_000


@POSIX
@pytest.mark.parametrize(("fallback", "state"), [(False, "wrong"), (True, "measured")])
def test_a_provider_that_lies_is_found_out_all_the_same(
    tiny_model: Path, brief: BenchSettings, python: Python, fallback: bool, state: str
) -> None:
    one = Configuration(
        model=str(tiny_model), provider="other", allow_fallback=fallback, python=python("o", OTHER + LIES)
    )
    _, trial = bench([Configuration(model=str(tiny_model)), one], brief).trials
    assert trial.state == state
    assert "gives wrong results" in (trial.verdict["note"] if fallback else trial.note)
    assert not fallback or trial.verdict["fallback"]


@POSIX
def test_a_provider_is_compared_with_the_cpu_of_its_own_python(
    tiny_model: Path, brief: BenchSettings, python: Python
) -> None:
    there = python("there", OTHER + answering("run(self, tensor) + 1e-4"))
    here, shifted = Configuration(model=str(tiny_model)), Configuration(model=str(tiny_model), python=there)
    result = bench([here, shifted, replace(shifted, provider="other")], brief)
    first, cpu, other = (trial.parity for trial in result.trials)
    assert first is None
    assert cpu
    assert other
    assert cpu.difference == pytest.approx(1e-4, rel=0.01)
    assert cpu.against == f"cpu of onnxruntime {onnxruntime.__version__} in another Python"
    assert other.difference == 0
    assert other.against == f"cpu of onnxruntime {onnxruntime.__version__}"
    alone = bench([here, replace(shifted, provider="other")], brief).trials[1].parity
    assert alone
    assert (alone.difference, alone.against) == (0, other.against)
    assert other.against in to_markdown(result)


@POSIX
def test_both_networks_of_the_best_quality_are_judged_and_counted(
    tiny_model: Path, brief: BenchSettings, python: Python
) -> None:
    code = answering("run(self, tensor) * (self.spec.name != 'modnet')")
    good = Configuration(model=str(tiny_model))
    result = bench([good, replace(good, python=python("odd", code))], replace(brief, quality="best", profile=True))
    whole, broken = result.trials
    assert (whole.state, broken.state) == ("measured", "wrong")
    assert broken.parity
    assert broken.parity.share == pytest.approx(1, abs=0.05)
    files = [tiny_model, find("modnet")]
    assert whole.model["name"].endswith("+modnet")
    assert whole.model["bytes"] == sum(path.stat().st_size for path in files)
    assert whole.model["sha256"] == "+".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    assert whole.model["numbers"] == "fp32+fp16"
    assert whole.kernels == {"CPUExecutionProvider": 1}


def test_a_reduced_network_that_draws_something_else_is_warned_of(tmp_path: Path, brief: BenchSettings) -> None:
    model = tiny.write(tmp_path / "net.onnx")
    reduced = tmp_path / "net-int8.onnx"
    reduced.write_bytes(model.read_bytes())
    wished = crossed([str(model)], precisions=["own", "int8"])
    assert not any("its matte" in text for text in bench(wished, brief).warnings)
    network = onnx.load(model)
    weights = network.graph.initializer[0]
    weights.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(weights), weights.name))
    onnx.save(network, reduced)
    result = bench(wished, brief)
    (said,) = [text for text in result.warnings if "its matte" in text]
    assert said.startswith("net-int8 cpu: its matte is not that of net cpu (IoU 0.")
    assert [trial.state for trial in result.trials] == ["measured"] * 2


def test_waiting_for_photos_is_no_silence(tiny_model: Path, photo: Path) -> None:
    settings = BenchSettings(photo=photo, quality="fast", budget=0.1, scenario="paced", fps=0.15, limit=12)
    (trial,) = bench([Configuration(model=str(tiny_model))], settings).trials
    assert (trial.state, trial.note) == ("measured", "")
    assert trial.rounds[0].seconds > settings.limit


@POSIX
def test_frames_that_come_too_late_are_counted(tiny_model: Path, photo: Path, python: Python) -> None:
    pythons = [sys.executable, python("slow", slower_by(1.5))]
    settings = BenchSettings(photo=photo, quality="fast", budget=0.1, scenario="paced", fps=1)
    result = bench(crossed([str(tiny_model)], pythons=pythons), settings)
    late = [found.missed for _, found in figures.measured(result)]
    assert late[0] is not None
    assert late[1] == 1
    assert late[0] < 0.5
    done = [found.throughput for _, found in figures.measured(result)]
    assert done[1] < 0.67 < done[0] <= 1  # as many as were done, and as many as came


def test_offline_counts_the_time_of_all(tiny_model: Path, brief: BenchSettings) -> None:
    result = bench([Configuration(model=str(tiny_model))], replace(brief, scenario="offline", flight=3))
    assert all(len(one.walk) == 1 and len(one.stages["infer"]) >= 3 for one in result.trials[0].rounds)


@pytest.mark.skipif(not meters.STATUS.exists(), reason="this system does not tell the memory of a process")
def test_offline_tells_the_memory_of_all_that_are_in_flight(
    tiny_model: Path, brief: BenchSettings, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), np.zeros((2000, 3000, 3), np.uint8))
    settings = replace(brief, photo=large, scenario="offline", flight=6)
    [found] = bench([Configuration(model=str(tiny_model))], settings).trials
    stages = [peak for stage, peak in found.peaks.items() if stage != "together"]
    assert found.peaks["together"] > max(stages) + 3 * 2000 * 3000 * 3


@pytest.mark.parametrize(
    "bad",
    [
        {"budget": 0},
        {"within": float("nan")},
        {"fps": 5},
        {"scenario": "paced"},
        {"flight": 0},
        {"quality": "x"},
        {"budget": "60s"},
        {"budget": None},
        {"within": "2%"},
        {"scenario": "foo"},
        {"flight": 2},
    ],
)
def test_settings_outside_their_range(bad: dict[str, float]) -> None:
    with pytest.raises(ValueRangeError):
        BenchSettings(**bad)  # type: ignore[arg-type]


def test_paths_may_be_texts_and_texts_paths(photo: Path) -> None:
    assert BenchSettings(photo=str(photo)).photo == photo  # type: ignore[arg-type]
    one = Configuration(model=Path("a.onnx"), python=Path("python"))  # type: ignore[arg-type]
    assert (one.model, one.python) == ("a.onnx", "python")
    with pytest.raises(ValueRangeError, match="provider"):
        Configuration(provider=["cuda", "cpu"])  # type: ignore[arg-type]


def test_a_block_offline_is_what_is_in_flight_at_least(brief: BenchSettings) -> None:
    runner = Runner(Trial("x", Configuration()), cast(Worker, None), Path(), {"walk": 1000.0, "run": 500.0})
    runner.plan(replace(brief, scenario="offline", flight=32), 1)
    assert runner.ask["walks"] == 32


def test_no_configurations_are_refused(brief: BenchSettings) -> None:
    with pytest.raises(ValueRangeError, match="no configuration"):
        bench([], brief)


def test_nothing_to_measure(brief: BenchSettings) -> None:
    with pytest.raises(BenchEmptyError):
        bench([Configuration(model="nowhere")], brief)


def test_a_photo_that_is_none(tmp_path: Path, brief: BenchSettings) -> None:
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(PhotoUnreadableError):
        bench([Configuration()], replace(brief, photo=tmp_path / "no.png"))


@pytest.mark.parametrize("person", [True, False])
def test_a_photo_without_a_person_is_warned_of(tiny_model: Path, brief: BenchSettings, person: bool) -> None:
    assert brief.photo
    if not person:
        green = tiny.picture()
        green[..., 2] = 0
        brief.photo.write_bytes(png(green))
    result = bench([Configuration(model=str(tiny_model))], brief)
    data = json.loads(to_json(result))
    assert data["trials"][0]["person"] is person
    said = "tiny cpu: it finds no person in the photo, so that it does not walk the whole way"
    assert (said in data["warnings"]) == (not person)


def test_the_sample_is_there() -> None:
    assert sample().is_file()


NAN = answering("np.nan * run(self, tensor)")


@POSIX
def test_a_network_that_is_not_finite_on_the_cpu_is_wrong_and_others_go_on(
    tiny_model: Path, tmp_path: Path, brief: BenchSettings, python: Python
) -> None:
    other = tiny.write(tmp_path / "other.onnx")
    wished = [
        Configuration(model=str(tiny_model), python=python("nan", NAN)),
        Configuration(model=str(tiny_model)),
        Configuration(model=str(other)),
    ]
    result = bench(wished, brief)
    assert [trial.state for trial in result.trials] == ["wrong", "wrong", "measured"]
    assert "not finite" in result.trials[0].note
    assert "not finite" in result.trials[1].note
    assert result.trials[0].parity
    assert not result.trials[0].parity.finite
    assert "NaN" not in to_json(result)
    assert result.baseline == result.trials[2].label


@POSIX
@pytest.mark.parametrize("code", [NAN, "from edgebokeh.benchmark import workload; workload.SCENARIOS.clear()\n"])
def test_nothing_measured_after_all(tiny_model: Path, brief: BenchSettings, python: Python, code: str) -> None:
    with pytest.raises(BenchEmptyError):
        bench([Configuration(model=str(tiny_model), python=python("odd", code))], brief)


@POSIX
def test_a_baseline_lost_in_the_rounds_is_replaced(tiny_model: Path, brief: BenchSettings, python: Python) -> None:
    breaking = python("odd", "from edgebokeh.benchmark import workload; workload.SCENARIOS.clear()\n")
    good, told = Configuration(model=str(tiny_model)), list[str]()
    result = bench([replace(good, python=breaking), good], brief, told.append)
    assert result.baseline == result.trials[1].label
    assert f"{result.trials[0].label}: {result.trials[0].note}" in told
    assert result.trials[0].note
    assert any("could not be measured" in warning for warning in result.warnings)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BenchResult:
    """One that was measured, with a row that was refused and a label that HTML, Markdown and CSV have to escape."""
    folder = tmp_path_factory.mktemp("bench")
    model = tiny.write(folder / "a|b,<i>.onnx")
    (folder / "photo.png").write_bytes(png(tiny.picture()))
    settings = BenchSettings(photo=folder / "photo.png", quality="fast", budget=120, within=0.9)
    return bench(crossed([str(model)], ["cpu", "migraphx"], threads=[1, 2]), settings)


def test_json_holds_all_of_it_and_figures(result: BenchResult) -> None:
    text = to_json(result)
    data = json.loads(text)
    assert data["schema"] == 1
    assert data["trials"][0]["figures"]["word"] == "baseline"
    assert data["trials"][2]["figures"] is None
    again = BenchResult.from_json(text, "text")
    assert [one.label for one in again.trials] == [one.label for one in result.trials]
    assert len(again.trials[1].rounds) == len(result.trials[1].rounds)
    assert again.settings == json.loads(json.dumps(dict(result.settings)))


def test_csv_has_a_line_for_each(result: BenchResult) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(result))))
    assert [row["label"] for row in rows] == [trial.label for trial in result.trials]
    assert float(rows[0]["p50_ms"]) > 0
    assert rows[2]["p50_ms"] == ""


def test_markdown_says_what_is_right_before_how_fast(result: BenchResult) -> None:
    text = to_markdown(result)
    assert text.index("is it right?") < text.index("Milliseconds")
    assert r"a\|b,\<i> cpu threads=1" in text
    assert "refused" in text


def test_markdown_leaves_texts_as_they_are_on_one_line(result: BenchResult) -> None:
    first, *others = result.trials
    odd = replace(first, note="one | two\nthree\\|four *five* `six` <b>")
    text = to_markdown(replace(result, trials=[odd, *others], warnings=["a|b <i>\nc"]))
    assert r"| one \| two three\\\|four \*five\* \`six\` \<b> |" in text
    assert r"- Warning: a\|b \<i> c" in text


def test_tails_have_their_intervals_where_there_are_samples_enough(result: BenchResult) -> None:
    first, *others = result.trials
    rounds = [replace(first.rounds[0], number=n, walk=[100.0 + n + k for k in range(10)]) for n in range(12)]
    found = replace(result, trials=[replace(first, rounds=rounds), *others])
    table = next(one for one in tables(found) if "p95" in one.header)
    row = dict(zip(table.header, table.rows[0], strict=True))
    assert "–" in row["p90"]
    assert "–" in row["p95"]
    assert float(row["p99"]) > 110  # told, but of fewer than 500 samples without an interval
    line = next(csv.DictReader(io.StringIO(to_csv(found))))
    assert float(line["p95_low_ms"]) <= float(line["p95_ms"]) <= float(line["p95_high_ms"])
    assert (bool(line["p99_ms"]), line["p99_low_ms"]) == (True, "")


def test_a_share_that_is_unknown_is_called_so(result: BenchResult) -> None:
    first, second, *others = result.trials
    blind = replace(first, verdict={"provider": "x", "share": None})
    table = tables(replace(result, trials=[blind, second, *others]))[0]
    place = table.header.index("nodes")
    assert [row[place] for row in table.rows] == ["unknown", "100%", "–", "–"]


def test_the_page_needs_nothing_from_elsewhere(result: BenchResult) -> None:
    text = page(result)
    assert "<i> cpu" not in text
    assert text.count("<svg") == 4
    for foreign in ("<script", "src=", "href=", "url(", "@import"):
        assert foreign not in text


def test_the_page_shows_each_ratio_between_its_ends(result: BenchResult) -> None:
    (ratio,) = (one.ratio for _, one in figures.measured(result) if one.ratio)
    text = page(result)
    assert f"{ratio.value:.3f} ({ratio.low:.3f}–{ratio.high:.3f})" in text
    picture = text.split('class="one"')[1].split("</svg>")[0]
    low, high, _ = re.findall(r"[MH]([\d.]+)", picture.split('class="whisker"')[1])[:3]
    middle = re.findall(r'class="mark" cx="([\d.]+)"', picture)[0]
    assert float(low) <= float(middle) <= float(high)
    alone = replace(result, trials=[result.trials[0], *result.trials[2:]])
    assert page(alone).count("<svg") == 3


def test_the_page_names_the_libraries_of_each_configuration(result: BenchResult) -> None:
    trial = replace(result.trials[0], versions={"numpy": "2.0.9", "onnxruntime": "1.99"})
    assert "numpy 2.0.9, onnxruntime 1.99" in page(replace(result, trials=[trial]))


@pytest.mark.parametrize(("form", "begin"), [("json", "{"), ("csv", "label,"), ("html", "<!doctype html>")])
def test_a_report_has_several_forms(result: BenchResult, form: Form, begin: str) -> None:
    assert bench_report(result, form).startswith(begin)


def test_a_report_has_no_other_form(result: BenchResult) -> None:
    with pytest.raises(ValueRangeError, match="'pdf'"):
        bench_report(result, cast(Form, "pdf"))


def test_svg_is_well_formed(result: BenchResult) -> None:
    from xml.etree import ElementTree

    text = page(result)
    for part in text.split("<svg")[1:]:
        picture = ElementTree.fromstring("<svg" + part.split("</svg>")[0] + "</svg>")
        assert all(0 <= float(dot.get("cx", "0")) <= 1000 for dot in picture.iter("{http://www.w3.org/2000/svg}circle"))
