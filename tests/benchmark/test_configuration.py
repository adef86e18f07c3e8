"""What the benchmark compares: crossing, labels, baselines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.benchmark.configuration import Configuration, baseline, crossed, labels
from edgebokeh.errors import ValueRangeError

words = st.text("abc/.", min_size=1, max_size=6)


@given(st.lists(words, min_size=1, max_size=3), st.lists(words, min_size=1, max_size=3), st.sets(st.integers(1, 9)))
def test_everything_is_crossed_once_and_has_a_label_of_its_own(
    models: list[str], pythons: list[str], threads: set[int]
) -> None:
    found = crossed(models, threads=[None, *threads], pythons=pythons)
    assert len(found) == len(set(models)) * len(set(pythons)) * (1 + len(threads))
    assert len(set(labels(found))) == len(found)


def test_precisions_are_files_of_their_own() -> None:
    found = crossed(["selfie", "nets/a.onnx"], precisions=["own", "int8", "int8-weights"])
    finder = ["selfie", "selfie-int8", "selfie-int8-weights"]
    assert [one.model for one in found] == [*finder, "nets/a.onnx", "nets/a-int8.onnx", "nets/a-int8-weights.onnx"]
    with pytest.raises(ValueRangeError, match="'int4'"):
        crossed(precisions=["int4"])


def test_labels_say_what_differs() -> None:
    found = crossed(["selfie", "nets/a.onnx"], ["cpu"], [1, None], pythons=["/envs/ov/bin/python"])
    assert labels(found) == ["selfie cpu threads=1", "selfie cpu threads=all", "a cpu threads=1", "a cpu threads=all"]
    assert labels(crossed(sizes=[None, (320, 640)], batches=[1, 4]))[-1] == "selfie cpu 640×320 batch=4"
    assert labels(crossed(pythons=["/a/.venv/bin/python", "/b/x/bin/python"])) == [
        "selfie cpu in .venv",
        "selfie cpu in x",
    ]


def test_models_of_the_same_file_name_are_told_apart_by_their_folders() -> None:
    found = crossed(["old/nets/x.onnx", "new/nets/x.onnx", "x.onnx", "nets/selfie.onnx", "selfie", "nets/y.onnx"])
    names = ["old/nets/x", "new/nets/x", "x.onnx", "nets/selfie", "selfie", "y"]
    assert labels(found)[:2] == [f"{name} cpu" for name in names[:2]]
    assert labels(found)[2:] == ["x.onnx cpu", "nets/selfie cpu", "selfie cpu", "y cpu"]


def test_the_same_twice_is_numbered() -> None:
    assert labels([Configuration(), Configuration()]) == ["selfie cpu #1", "selfie cpu #2"]


def test_options_are_not_for_the_cpu() -> None:
    cpu, cuda = crossed(providers=["cpu", "cuda"], options={"device_id": "1"})
    assert (dict(cpu.options), dict(cuda.options)) == ({}, {"device_id": "1"})


@pytest.mark.parametrize("wish", ["cuda", "selfie cuda"])
def test_a_baseline_is_found_by_its_provider_or_label(wish: str) -> None:
    assert baseline(wish, crossed(providers=["cpu", "cuda"])) == 1


def test_without_a_wish_the_cpu_is_the_baseline_or_the_first_of_all() -> None:
    assert baseline(None, crossed(providers=["cuda", "cpu"])) == 1
    assert baseline(None, crossed(providers=["cuda", "qnn"])) == 0


def test_a_baseline_that_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(ValueRangeError) as caught:
        baseline("tpu", crossed(providers=["cpu", "cuda"]))
    assert "selfie cpu, selfie cuda" in caught.value.hint


@pytest.mark.parametrize("bad", [{"batches": [0]}, {"threads": [-1]}, {"sizes": [(0, 9)]}])
def test_numbers_count_from_one(bad: dict[str, list[int]]) -> None:
    with pytest.raises(ValueRangeError):
        crossed(**bad)  # type: ignore[arg-type]


def test_json_and_back() -> None:
    one = Configuration(size=(3, 4), threads=2, options={"a": "b"})
    assert Configuration.from_dict(json.loads(json.dumps(one.to_dict()))) == one
