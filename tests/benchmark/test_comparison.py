"""Two results of the benchmark against each other."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh import Configuration, compare_bench
from edgebokeh.benchmark.comparison import Change, caveats, unlike
from edgebokeh.benchmark.measured import BenchResult, Round, Trial
from edgebokeh.benchmark.stats import Interval
from edgebokeh.errors import BenchFileError


def result(times: Sequence[float], run: str = "a", label: str = "selfie cpu", **machine: object) -> BenchResult:
    rounds = [Round(number, [time], [time / 2], {"infer": [time / 2]}, 0.1) for number, time in enumerate(times)]
    trial = Trial(label, Configuration(model=label.split()[0]), rounds=rounds)
    return BenchResult(run, {"photo": "p"}, machine, label, 1.0, [trial])


def times(seed: int, middle: float = 100.0, count: int = 12) -> list[float]:
    return (middle * np.exp(np.random.default_rng(seed).normal(0, 0.02, count))).tolist()


def test_two_runs_are_compared_by_ranks() -> None:
    (change,) = compare_bench(result(times(0)), result(times(1, 110), "b"))
    assert not change.paired
    assert change.p is not None
    assert change.p < 0.01
    assert change.slower(0.05)
    assert not change.slower(0.15)
    assert change.word.endswith("longer")


def test_two_runs_alike_do_not_differ() -> None:
    for seed in range(30):
        (change,) = compare_bench(result(times(seed)), result(times(seed + 100), "b"))
        assert not change.slower(0.02)


def test_faster_is_not_slower() -> None:
    (change,) = compare_bench(result(times(0)), result(times(1, 80), "b"))
    assert change.significant
    assert change.word.endswith("less time")
    assert not change.slower(0)


def test_one_run_is_paired_through_its_drift() -> None:
    drift = np.linspace(1, 4, 12)
    old, new = np.array(times(0)) * drift, np.array(times(1, 110)) * drift
    (paired,) = compare_bench(result(old.tolist()), result(new.tolist()))
    (apart,) = compare_bench(result(old.tolist()), result(new.tolist(), "b"))
    assert paired.paired
    assert paired.slower(0.05)
    assert not apart.significant


def test_a_few_rounds_prove_nothing() -> None:
    (change,) = compare_bench(result(times(0, count=5)), result(times(1, 300, count=5), "b"))
    assert not change.slower(0.05)
    assert change.word == "too few rounds to tell"


def wild(seed: int) -> list[float]:
    """Times of a machine that others use too."""
    return (100 * np.exp(np.random.default_rng(seed).normal(0, 0.2, 12))).tolist()


def test_a_word_says_what_the_interval_says() -> None:
    words = set()
    for seed in range(60):
        (change,) = compare_bench(result(wild(seed)), result(wild(seed + 100), "b"))
        assert change.ratio
        assert change.p is not None
        outside = change.ratio.low > 1 or change.ratio.high < 1
        assert outside == change.significant == (change.p < 0.01)
        words.add(change.word)
        assert (change.word == "too uncertain to tell") == (not outside)
    assert "no significant difference" not in words


@pytest.mark.parametrize(
    ("low", "value", "high", "slower", "unsure"),
    [
        (1.013, 1.037, 1.297, False, True),
        (0.999, 1.037, 1.297, False, True),
        (0.883, 1.041, 1.224, False, True),
        (1.02, 1.06, 1.3, True, False),
        (0.99, 1.06, 1.3, False, True),
        (1.01, 1.04, 1.07, False, False),
        (0.8, 0.9, 1.04, False, False),
    ],
)
def test_a_limit_is_passed_only_where_it_is_excluded_or_nearly(
    low: float, value: float, high: float, slower: bool, unsure: bool
) -> None:
    change = Change("x", 1, value, Interval(value, low, high), False, 0.5, low > 1)
    assert (change.slower(0.05), change.unsure(0.05)) == (slower, unsure)
    assert not change.unsure(0.3)


def test_another_task_is_told_also_where_the_photo_is_called_the_same() -> None:
    def of(**settings: object) -> BenchResult:
        one = result(times(0))
        return replace(one, settings={**one.settings, "photo": "a.png", "quality": None, **settings})

    first, other = of(photo_sha256="1"), of(photo_sha256="2")
    assert unlike(first, other) == ["photo is another picture of that name"]
    assert unlike(first, first) == unlike(first, of()) == []
    assert unlike(first, of(photo_sha256="1", quality="fast")) == ["quality was None and is 'fast'"]
    assert unlike(first, of(photo="b.png", photo_sha256="2")) == ["photo was 'a.png' and is 'b.png'"]
    assert set(unlike(first, other)) <= set(caveats(first, other))


def test_more_late_frames_are_told_where_times_are_the_same() -> None:
    def paced(run: str, late: Sequence[int]) -> BenchResult:
        [trial] = (found := result(times(0, count=len(late)), run)).trials
        rounds = [replace(one, frames=20, missed=missed) for one, missed in zip(trial.rounds, late, strict=True)]
        return replace(found, trials=[replace(trial, rounds=rounds)])

    none, some, all_ = paced("a", [0, 1] * 6), paced("b", [1, 0] * 6), paced("c", [20, 19] * 6)
    (same,), (worse,), (better,) = (compare_bench(*pair) for pair in ((none, some), (none, all_), (all_, none)))
    assert (same.later, worse.later, better.later) == (False, True, False)
    assert worse.late == pytest.approx((0.025, 0.975))
    assert worse.word == "no significant difference, and 98% of the frames are late, 2% were"
    assert "late" not in same.word + better.word
    assert compare_bench(result(times(0)), result(times(0)))[0].late is None


def test_nothing_in_common() -> None:
    with pytest.raises(BenchFileError, match="in common"):
        compare_bench(result(times(0)), result(times(0), label="modnet cpu"))


def test_caveats_name_what_changed() -> None:
    old, new = result(times(0), cores=2), result(times(0), "b", "modnet cpu", cores=4)
    text = "\n".join(caveats(old, new))
    assert "cannot be paired" in text
    assert "cores was 2 and is 4" in text
    assert "selfie cpu was measured before" in text
    assert caveats(old, old) == []


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=5))
def test_json_and_back(values: list[float]) -> None:
    one = result(values, cores=2)
    assert BenchResult.from_json(json.dumps(one.to_dict()), "x") == one


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "7", '{"schema": 1}', '{"schema": "x"}', '{"schema": 1, "trials": [1]}', "[" * 99999],
)
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BenchFileError, match=r"x\.json"):
        BenchResult.read(tmp_path / "x.json")


def test_a_later_schema_and_no_file_are_refused(tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    later.write_text(json.dumps(result([1.0]).to_dict() | {"schema": 2}))
    with pytest.raises(BenchFileError) as caught:
        BenchResult.read(later)
    assert caught.value.hint == "upgrade edgebokeh"
    with pytest.raises(BenchFileError, match="No such file"):
        BenchResult.read(tmp_path / "nowhere.json")


def test_a_row_without_times_is_passed_over() -> None:
    one = result(times(0))
    two = replace(one, trials=[*one.trials, one.trials[0].given_up("wrong", "why")])
    assert len(compare_bench(one, two)) == 1


def with_(one: BenchResult, *configurations: Configuration, labels: Sequence[str] = ()) -> BenchResult:
    """The same with other configurations, all of which took the same times."""
    names = [*labels, *[one.baseline] * len(configurations)]
    trials = [
        replace(one.trials[0], configuration=wish, label=name)
        for wish, name in zip(configurations, names, strict=False)
    ]
    return replace(one, trials=trials)


def test_the_same_label_with_other_settings_is_not_compared() -> None:
    plain = Configuration()
    for change in (
        {"threads": 1},
        {"size": (64, 64)},
        {"options": {"a": "b"}},
        {"allow_fallback": True},
        {"batch": 2},
        {"python": "/envs/other/bin/python"},
        {"model": "nets/selfie.onnx"},
    ):
        old = with_(result(times(0)), plain)
        new = with_(result(times(1), "b"), replace(plain, **change))
        with pytest.raises(BenchFileError, match="in common"):
            compare_bench(old, new)
        (said,) = [text for text in caveats(old, new) if "not compared" in text]
        assert f"{next(iter(change))} was" in said


def test_other_labels_of_the_same_settings_are_compared() -> None:
    one = Configuration(threads=1)
    old = with_(result(times(0)), one)
    new = with_(result(times(1), "b"), one, replace(one, threads=2), labels=["selfie cpu threads=1", "selfie cpu"])
    (change,) = compare_bench(old, new)
    assert change.label == "selfie cpu threads=1"


def test_a_model_file_is_the_same_wherever_it_lies() -> None:
    first, second = Configuration(model="a/x.onnx"), Configuration(model="b/x.onnx")
    old, new = result(times(0)), result(times(1), "b")
    assert len(compare_bench(with_(old, first), with_(new, second))) == 1
    pair = with_(old, first, second, labels=["x cpu #1", "x cpu #2"])
    (left,) = compare_bench(pair, with_(new, second, labels=["x cpu #2"]))
    assert left.label == "x cpu #2"


def of_models(run: str, *files: tuple[str, str, float]) -> BenchResult:
    """A result of model files, each with its path, its SHA-256 and its median."""
    trials = [
        replace(result(times(0, middle)).trials[0], label=f"x cpu #{n}", configuration=Configuration(model=path))
        for n, (path, _, middle) in enumerate(files, 1)
    ]
    known = [replace(one, model={"sha256": sha}) for one, (_, sha, _) in zip(trials, files, strict=True)]
    return replace(result(times(0), run), trials=known)


def test_models_of_the_same_file_name_are_matched_by_what_is_in_them() -> None:
    old = of_models("a", ("a/x.onnx", "aaa", 100), ("b/x.onnx", "bbb", 300))
    new = of_models("b", ("c/x.onnx", "bbb", 300), ("d/x.onnx", "aaa", 100))
    assert [(round(one.old, -2), round(one.new, -2)) for one in compare_bench(old, new)] == [(100, 100), (300, 300)]
    assert not any("sha256" in text for text in caveats(old, new))


def test_another_model_under_the_same_name_is_not_called_slower() -> None:
    old, new = of_models("a", ("x.onnx", "aaa", 100)), of_models("b", ("x.onnx", "bbb", 300))
    (change,) = compare_bench(old, new)
    assert change.other_model
    assert not change.slower(0)
    assert change.word == "not comparable: another model file"


@pytest.mark.parametrize(
    ("part", "was", "now", "said"),
    [
        ("versions", {"onnxruntime": "1.20.0"}, {"onnxruntime": "1.24.1"}, "onnxruntime was '1.20.0' and is '1.24.1'"),
        ("versions", {}, {"onnxruntime-gpu": "1.24.1"}, "onnxruntime-gpu was None and is '1.24.1'"),
        ("model", {"bytes": 1, "sha256": "a"}, {"bytes": 1, "sha256": "b"}, "the model's sha256 was 'a' and is 'b'"),
        ("model", {"bytes": 1}, {"bytes": 2, "sha256": "b"}, "the model's bytes was 1 and is 2"),
        ("verdict", {"provider": "openvino"}, {"provider": "cpu"}, "provider was 'openvino' and is 'cpu'"),
        ("verdict", {"share": 1.0}, {"share": 0.5}, "share was 1.0 and is 0.5"),
    ],
)
def test_what_ran_is_compared_too(part: str, was: dict[str, object], now: dict[str, object], said: str) -> None:
    old, new = (
        replace(one, trials=[replace(one.trials[0], **{part: facts})])  # type: ignore[arg-type]
        for one, facts in ((result(times(0)), was), (result(times(0)), now))
    )
    (told,) = caveats(old, new)
    assert told.startswith("selfie cpu: ")
    assert told.endswith(said)


def test_what_is_unknown_may_be_null() -> None:
    data: Any = json.loads(json.dumps(result(times(0)).to_dict()))
    for name in ("note", "verdict", "parity", "model", "versions", "cold", "peaks", "resident", "kernels"):
        data["trials"][0][name] = None
    blank = BenchResult.from_json(json.dumps(data), "x")
    assert blank == result(times(0))
    known = replace(blank, trials=[replace(blank.trials[0], verdict={"provider": "cpu"}, model={"sha256": "a"})])
    (change,) = compare_bench(known, blank)
    assert (change.moved, change.other_model) == ("", False)
    assert caveats(blank, known) == []


@pytest.mark.parametrize("bad", ["x", "", None, float("nan"), float("inf"), -1, 0, 10**400, True, [1.0]])
@pytest.mark.parametrize("field", ["walk", "network"])
def test_times_that_are_none_are_refused(field: str, bad: object) -> None:
    data = result([1.0]).to_dict()
    data["trials"][0]["rounds"][0][field] = [1.0, bad]
    with pytest.raises(BenchFileError, match=rf"rounds\[0\]\.{field} is not a list of milliseconds above 0"):
        BenchResult.from_json(json.dumps(data), "x")


@pytest.mark.parametrize(
    ("place", "bad", "said"),
    [
        ((), {"schema": 0}, "schema is not"),
        ((), {"schema": True}, "schema is not"),
        ((), {"schema": "1"}, "schema is not"),
        ((), {"seconds": "long"}, "seconds is not"),
        ((), {"machine": None}, "machine is not"),
        (("trials",), [None], r"trials\[0\] is no object"),
        (("trials", 0), {"label": 7}, "label is not"),
        (("trials", 0), {"rounds": [7]}, r"rounds\[0\] is no object"),
        (("trials", 0), {"rounds": None}, r"rounds is missing"),
        (("trials", 0), {"verdict": "cpu"}, "verdict is not an object"),
        (("trials", 0), {"model": ["selfie"]}, "model is not an object"),
        (("trials", 0), {"note": 7}, "note is not a text"),
        (("trials", 0, "configuration"), {"batch": 0}, "batch is not"),
        (("trials", 0, "configuration"), {"size": [1]}, "size is not"),
        (("trials", 0, "configuration"), {"python": None}, "python is not"),
        (("trials", 0, "rounds", 0), {"walk": []}, "walk is empty"),
        (("trials", 0, "rounds", 0), {"cpu": -1}, "cpu is not"),
        (("trials", 0, "rounds", 0), {"number": 0.5}, "number is not"),
        (("trials", 0, "rounds", 0), {"stages": {"infer": ["x"]}}, "stages is not"),
    ],
)
def test_fields_that_make_no_sense_are_refused(place: tuple[str | int, ...], bad: object, said: str) -> None:
    data: Any = json.loads(json.dumps(result([1.0]).to_dict()))
    part = data
    for key in place:
        part = part[key]
    if isinstance(bad, dict):
        part.update(bad)
    else:
        part[:] = bad
    with pytest.raises(BenchFileError, match=said):
        BenchResult.from_json(json.dumps(data), "x")
