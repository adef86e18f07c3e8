import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import edgebokeh
from edgebokeh import execution, parity
from edgebokeh.batch import report
from edgebokeh.batch.outcome import Outcome
from edgebokeh.batch.plan import Job
from edgebokeh.engine import open_network
from edgebokeh.errors import (
    EdgeBokehError,
    ModelUnreadableError,
    ProviderAbsentError,
    ProviderNotUsedError,
    ProviderUnknownError,
    ProviderWrongError,
    ValueRangeError,
)
from edgebokeh.execution import PROVIDERS, Wish
from edgebokeh.graphs import cpu_session
from edgebokeh.results import Report
from edgebokeh.sessions import BLIND, Runtime, Verdict, compared, judged, open_session, together

ABSENT = next(key for key, row in PROVIDERS.items() if execution.kind(row) == "absent")
PLUGINS = [key for key, row in PROVIDERS.items() if row.plugin and execution.kind(row) == "absent"]
AZURE = "AzureExecutionProvider"
"""Part of ordinary onnxruntimes: a session lists it first without a word, and it runs no ordinary node."""


@pytest.fixture
def azure() -> None:
    if AZURE not in execution.rows():
        pytest.skip("this onnxruntime does not have the Azure provider, which runs no ordinary node")


def test_the_cpu_runs_all_nodes(tiny_model: Path) -> None:
    verdict = open_network(tiny_model).verdict
    assert (verdict.provider, verdict.share, verdict.fallback, verdict.note) == ("cpu", 1.0, False, "")
    assert verdict.nodes["cpu"] >= 1
    assert set(verdict.nodes) == {"cpu"}


@pytest.mark.usefixtures("azure")
def test_a_provider_that_is_listed_first_and_runs_nothing_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ProviderNotUsedError, match=r"runs none of the network's nodes \(\d+ on cpu\)"):
        open_session(tiny_model, Runtime((AZURE,)))


@pytest.mark.usefixtures("azure")
def test_fallback_goes_on_to_the_next_wish_and_says_why(tiny_model: Path) -> None:
    wishes = (ABSENT, AZURE)
    session, verdict = open_session(tiny_model, Runtime(wishes, allow_fallback=True))
    assert session.get_providers() == [PROVIDERS["cpu"].name]
    assert (verdict.provider, verdict.wanted, verdict.fallback) == ("cpu", wishes, True)
    assert PROVIDERS[ABSENT].name in verdict.note
    assert "runs none" in verdict.note


def test_a_wish_that_is_named_twice_is_tried_once(tiny_model: Path) -> None:
    _, verdict = open_session(tiny_model, Runtime((ABSENT, "cpu", ABSENT), allow_fallback=True))
    assert (verdict.provider, verdict.fallback) == ("cpu", True)
    with pytest.raises(ProviderAbsentError):
        open_session(tiny_model, Runtime((ABSENT, ABSENT)))


def test_without_leave_the_first_wish_counts_alone(tiny_model: Path) -> None:
    with pytest.raises(ProviderAbsentError, match=PROVIDERS[ABSENT].name):
        open_session(tiny_model, Runtime((ABSENT, "cpu")))


def test_a_wish_that_is_no_provider_is_refused_also_behind_others(tiny_model: Path) -> None:
    with pytest.raises(ProviderUnknownError, match="nonsense"):
        open_session(tiny_model, Runtime(("cpu", "nonsense"), allow_fallback=True))


@pytest.mark.usefixtures("azure")
def test_a_bad_model_is_the_models_fault_whatever_the_provider(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ModelUnreadableError):
        open_session(path, Runtime((AZURE,), allow_fallback=True))


@pytest.mark.parametrize(
    "runtime", [Runtime((), allow_fallback=False), Runtime(("cpu:1",)), Runtime(options=(("a", "b"),))]
)
def test_what_makes_no_sense_is_refused(runtime: Runtime, tiny_model: Path) -> None:
    with pytest.raises(ValueRangeError):
        open_session(tiny_model, runtime)


def test_options_of_a_provider_that_fails_are_not_given_to_the_next(tiny_model: Path) -> None:
    _, verdict = open_session(tiny_model, Runtime((ABSENT,), (("device_id", "1"),), allow_fallback=True))
    assert (verdict.provider, verdict.fallback) == ("cpu", True)


@pytest.mark.parametrize("key", PLUGINS)
def test_a_plugin_without_its_library_is_told(
    key: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    row = PROVIDERS[key]
    (tmp_path / f"{row.module}.py").write_text(f"def {row.library}(): return '/no/such/lib.so'", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with pytest.raises(ProviderNotUsedError, match=rf"library of {row.plugin} cannot be loaded.*no/such/lib.so"):
            open_session(tiny_model, Runtime((key,)))
    finally:
        # A module that is loaded counts as installed.
        sys.modules.pop(row.module, None)
    assert capfd.readouterr() == ("", "")


def test_the_library_function_and_the_report_say_what_ran(tiny_model: Path) -> None:
    bokeh = edgebokeh.load(tiny_model, provider=[ABSENT, "cpu"], allow_fallback=True, matting=None)
    assert (bokeh.verdict.provider, bokeh.verdict.fallback) == ("cpu", True)
    with pytest.raises(EdgeBokehError):
        edgebokeh.load(tiny_model, provider=ABSENT)


@given(st.lists(st.dictionaries(st.sampled_from(["cpu", "cuda", "qnn"]), st.integers(1, 200), min_size=1), min_size=1))
def test_verdicts_together_count_every_node(parts: list[Mapping[str, int]]) -> None:
    verdicts = [
        Verdict(max(nodes, key=lambda key: nodes[key]), nodes=nodes, fallback="cpu" in nodes, note=",".join(nodes))
        for nodes in parts
    ]
    whole = together(verdicts)
    total = sum(sum(nodes.values()) for nodes in parts)
    assert sum(whole.nodes.values()) == total
    assert whole.share == pytest.approx(max(whole.nodes.values()) / total)
    assert whole.nodes[whole.provider] == max(whole.nodes.values())
    assert whole.fallback == any(verdict.fallback for verdict in verdicts)
    assert all(verdict.note in whole.note for verdict in verdicts)


@pytest.mark.parametrize(("ours", "cpus"), [(9, 1), (5, 5)])
def test_a_provider_that_runs_half_of_the_nodes_or_more_is_taken_and_the_share_is_told(ours: int, cpus: int) -> None:
    verdict = judged(Wish("qnn"), "qnn", {"cpu": cpus, "qnn": ours})
    assert (verdict.provider, verdict.share) == ("qnn", ours / 10)
    assert verdict.note == f"qnn runs {ours} of 10 nodes, {ours}0% ({cpus} on cpu)"


@pytest.mark.parametrize(
    ("nodes", "words"), [({"qnn": 4, "cpu": 5}, "only 4 of the network's 9"), ({"cpu": 5}, "none")]
)
def test_a_provider_that_runs_less_than_half_of_the_nodes_does_not_run_the_network(
    nodes: Mapping[str, int], words: str
) -> None:
    with pytest.raises(ProviderNotUsedError, match=rf"lists qnn, but it runs {words} .*nodes \(5 on cpu\)"):
        judged(Wish("qnn"), "qnn", nodes)


def test_a_share_that_onnxruntime_does_not_tell_is_unknown() -> None:
    verdict = judged(Wish("qnn"), "qnn", {})
    assert (verdict.provider, verdict.share, verdict.nodes, verdict.note) == ("qnn", None, {}, BLIND)
    whole = together([Verdict("qnn", nodes={"qnn": 9}), verdict])
    assert (whole.provider, whole.share, whole.nodes) == ("qnn", None, {})


def test_an_unknown_share_is_no_number_in_json_nor_in_words() -> None:
    outcome = Outcome(
        Job(Path("a"), Path("b")), Report((1, 1), 0.5, True, "m", "qnn", "npu", None, False, BLIND, 1, None, (), {})
    )
    row = json.loads(report.row(outcome))
    assert (row["provider_device"], row["provider_share"]) == ("npu", None)
    assert "unknown share" in report.line(outcome)


def test_what_cannot_be_compared_is_said(tmp_path: Path, tiny_model: Path) -> None:
    def why(shape: list[str | int], kernel: int = 1) -> str:
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
        weights = numpy_helper.from_array(np.ones((1, 3, kernel, kernel), np.float32), "w")
        graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["y"])], "open", ends[:1], ends[1:], [weights])
        path = tmp_path / f"{kernel}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        return compared(cpu_session(path, 1, keep=False), Wish("cpu"), path, Runtime(cache=False))[1]

    assert "not compared" in why(["n", "c", "h", "w"])
    assert "cannot run" in why(["n", 3, "h", "w"], kernel=99)
    assert compared(cpu_session(tiny_model, 1, keep=False), Wish("cpu"), tiny_model, Runtime()) == (0, "")


def test_one_value_proves_nothing(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(*answers: float | np.ndarray) -> tuple[float | None, str]:
        left = iter(np.broadcast_to(np.float32(one), (1, 2)) for one in answers)
        monkeypatch.setattr(parity, "answer", lambda _session, _picture: next(left))
        return compared(cpu_session(tiny_model, 1, keep=False), Wish("cpu"), tiny_model, Runtime(cache=False))

    many = np.array([0.0, 1.0])
    assert judge(many, many) == (0, "")
    assert judge(0, 0, many, many) == (0, "")
    found, why = judge(0, 0, 0, 0)
    assert found is None
    assert "but one value" in why
    with pytest.raises(ProviderWrongError):
        judge(0, 0, many, 0)
    with pytest.raises(ProviderWrongError):
        judge(0.7, 0)


def test_what_is_no_number_passes_no_check(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([np.zeros((1, 1), np.float32), np.full((1, 1), np.nan, np.float32)])
    monkeypatch.setattr(parity, "answer", lambda _session, _picture: next(answers))
    with pytest.raises(ProviderWrongError):
        compared(cpu_session(tiny_model, 1, keep=False), Wish("cpu"), tiny_model, Runtime(cache=False))


def test_what_takes_no_picture_is_not_compared(tmp_path: Path) -> None:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "flat", ends[:1], ends[1:])
    path = tmp_path / "flat.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    assert open_session(path, Runtime())[1].parity is None
