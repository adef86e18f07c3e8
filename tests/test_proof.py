import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.errors import ModelUnsuitableError
from edgebokeh.proof import Conversion, Proof, read

shares = st.floats(0, 1).map(lambda value: round(value, 6))
drops = st.floats(-1, 1).map(lambda value: round(value, 6))
texts = st.text()
COMMON: dict[str, Any] = {
    "parent": texts,
    "parent_sha256": texts,
    "change": texts,
    "photos_from": texts,
    "photos": st.integers(1, 10**6),
    "empty": st.integers(0, 10**6),
    "largest": shares,
    "mean": shares,
    "agreement": shares,
    "drop": drops,
    "allowed": drops,
}
SCORES = dict.fromkeys(("iou", "boundary_iou", "parent_iou", "parent_boundary_iou"), shares)
proofs = st.builds(Proof, masks=st.just(False), **COMMON) | st.builds(Proof, masks=st.just(True), **COMMON, **SCORES)

WITHOUT = Proof(
    parent="net",
    parent_sha256="ab",
    change="int8",
    photos_from="portraits",
    photos=3,
    masks=False,
    largest=0.25,
    mean=0.001,
    agreement=0.998,
    drop=0.002,
    allowed=0.005,
)
WITH = replace(WITHOUT, masks=True, iou=0.9, boundary_iou=0.7, parent_iou=0.902, parent_boundary_iou=0.71)


@given(proofs)
def test_json_round_trip(proof: Proof) -> None:
    assert Proof.from_json(proof.to_json()) == proof


CONVERSION = Conversion(
    parent="net.tflite",
    parent_sha256="ab",
    change="converted",
    photos_from="the sample photo",
    largest=1e-4,
    mean=1e-8,
    agreement=0.999,
)


def test_either_kind_is_read() -> None:
    for proof in (WITH, WITHOUT, CONVERSION):
        assert read(proof.to_json()) == proof
    assert "at most 0.0001, on average by at most 1e-08; equal labels: at least 99.9%" in str(CONVERSION)


@pytest.mark.parametrize(
    "change", [{"parent": 7}, {"largest": -1.0}, {"mean": float("nan")}, {"agreement": 1.5}], ids=str
)
def test_a_conversion_that_makes_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(ModelUnsuitableError, match="make no sense"):
        replace(CONVERSION, **change)


def test_unknown_keys_are_passed_over() -> None:
    assert Proof.from_json(json.dumps(json.loads(WITH.to_json()) | {"later": [1]})) == WITH


def test_a_newer_schema_asks_for_an_upgrade() -> None:
    with pytest.raises(ModelUnsuitableError, match="schema 99") as caught:
        Proof.from_json(WITH.to_json().replace('"schema": 1', '"schema": 99'))
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "{}", '{"schema": 1}', '{"schema": "x"}', "[" * 10**5])
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ModelUnsuitableError, match="cannot be read"):
        Proof.from_json(text)


@pytest.mark.parametrize(
    "change",
    [
        {"photos": 0},
        {"photos": True},
        {"empty": -1},
        {"masks": 1},
        {"agreement": 1.5},
        {"mean": float("nan")},
        {"drop": "small"},
        {"parent": 7},
        {"iou": None},
        {"masks": False},
    ],
    ids=str,
)
def test_values_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelUnsuitableError, match="must hold"):
        replace(WITH, **change)


def test_one_line_says_it_all() -> None:
    assert str(WITHOUT) == (
        "portraits, photos: 3, no masks: agreement 0.9980, drop +0.0020 of 0.005 allowed; "
        "mattes differ by 1.0e-03 on average, 0.25 at most"
    )
    assert "IoU 0.9000 (parent 0.9020), boundary IoU 0.7000 (parent 0.7100), drop +0.0020" in str(WITH)
