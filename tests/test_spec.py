import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.errors import ModelUndescribedError, ModelUnsuitableError
from edgebokeh.spec import LATER, PROFILES, ModelSpec, named, resolve

SPEC = ModelSpec(name="mine", size=(256, 256))
OTHER = ModelSpec(name="other", size=(8, 16), classes=21, person=15)
floats = st.floats(-10, 10)
triples = st.tuples(floats, floats, floats)
specs = st.builds(
    ModelSpec,
    name=st.text(min_size=1),
    size=st.tuples(st.integers(1, 8192), st.integers(1, 8192)),
    task=st.sampled_from(["segmentation", "matting"]),
    multiple=st.integers(1, 64),
    layout=st.sampled_from(["NCHW", "NHWC"]),
    mean=triples,
    std=st.tuples(*[st.floats(1e-6, 10)] * 3),
    output=st.sampled_from(["logits", "probability"]),
    classes=st.just(21),
    person=st.integers(0, 20),
    licence=st.text(),
    source=st.text(),
)


@given(specs)
def test_json_round_trip(spec: ModelSpec) -> None:
    assert ModelSpec.from_json(spec.to_json()) == spec


def test_younger_fields_are_written_only_where_they_differ() -> None:
    assert LATER.keys().isdisjoint(json.loads(SPEC.to_json()))
    for field, default in LATER.items():
        assert getattr(SPEC, field) == default
    younger = replace(SPEC, input="uint8", output_layout="NHWC", learned=21)
    assert LATER.keys() <= json.loads(younger.to_json()).keys()
    assert ModelSpec.from_json(younger.to_json()) == younger


def test_unknown_keys_are_passed_over() -> None:
    data = json.loads(SPEC.to_json()) | {"accuracy": 0.9}
    assert ModelSpec.from_json(json.dumps(data)) == SPEC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "{}",
        '{"schema": 1}',
        '{"schema": "x"}',
        SPEC.to_json().replace("256", "0"),
        "[" * 10**5,
    ],
)
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ModelUnsuitableError):
        ModelSpec.from_json(text)


def test_a_newer_schema_asks_for_an_upgrade() -> None:
    with pytest.raises(ModelUnsuitableError, match="schema 99") as caught:
        ModelSpec.from_json(SPEC.to_json().replace('"schema": 1', '"schema": 99'))
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"size": (0, 5)},
        {"size": (5,)},
        {"size": (True, 5)},
        {"task": "guessing"},
        {"multiple": 0},
        {"layout": "CHW"},
        {"output": "labels"},
        {"std": (0.0, 1.0, 1.0)},
        {"mean": (float("nan"), 0.0, 0.0)},
        {"classes": 0},
        {"person": 1},
        {"person": -1},
        {"name": ""},
        {"licence": 7},
    ],
    ids=str,
)
def test_values_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelUnsuitableError, match="must hold"):
        replace(SPEC, **change)


def test_the_callers_description_beats_the_files_and_the_files_beats_the_table() -> None:
    known = PROFILES["deeplabv3_mobilenetv2_voc"]
    assert resolve(SPEC, OTHER.to_json(), known.sha256[0]) == SPEC
    assert resolve(None, OTHER.to_json(), known.sha256[0]) == OTHER
    assert resolve(None, None, known.sha256[0]) == known.spec
    with pytest.raises(ModelUndescribedError, match="nothing says"):
        resolve(None, None, "0" * 64)


def test_a_description_by_name_or_file(tmp_path: Path) -> None:
    assert named("deeplabv3") == PROFILES["deeplabv3"].spec
    file = tmp_path / "mine.json"
    file.write_text(SPEC.to_json())
    assert named(str(file)) == SPEC
    with pytest.raises(ModelUndescribedError, match="nonsense"):
        named("nonsense")


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_have_whole_hashes_and_know_the_person(name: str) -> None:
    profile = PROFILES[name]
    assert profile.spec.name == name
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in profile.sha256)
