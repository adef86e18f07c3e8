"""What a self-check makes of a result."""

import json
from pathlib import Path

import pytest

from edgebokeh import BenchSettings, Configuration
from edgebokeh.benchmark import self_check
from edgebokeh.benchmark.measured import BenchResult
from edgebokeh.errors import EdgeBokehError, InconclusiveError, SelfCheckError
from tests.benchmark.test_commands import result


def same_twice(tmp_path: Path, longer: float, noise: float = 0.0, count: int = 12) -> BenchResult:
    """A result in which the second process takes `longer` times as long, give or take some noise."""
    data = json.loads(result(tmp_path / "a.json", 100, "a", count).read_text())
    (first,) = data["trials"]
    second = json.loads(json.dumps(first))
    for place, one in enumerate(second["rounds"]):
        one["walk"] = [time * longer * (1 + noise * (-1) ** place) for time in one["walk"]]
    trials = [first | {"label": "a #1"}, second | {"label": "a #2"}]
    told = data | {"trials": trials, "baseline": "a #1", "settings": {"within": 0.02}}
    return BenchResult.from_json(json.dumps(told), "a")


def test_the_same_is_the_same(tmp_path: Path) -> None:
    told = self_check.judged(same_twice(tmp_path, 1.01, 0.01), 0.1)
    assert "no significant difference" in told
    assert "an interval of 2%" in told


@pytest.mark.parametrize(
    ("longer", "noise", "count", "error"),
    [
        (1.1, 0.01, 12, SelfCheckError),
        (1.0, 0.06, 12, InconclusiveError),
        (1.5, 0.0, 7, InconclusiveError),
        (1.5, 0.06, 12, SelfCheckError),
    ],
)
def test_a_difference_is_found_and_noise_is_no_pass(
    tmp_path: Path, longer: float, noise: float, count: int, error: type[EdgeBokehError]
) -> None:
    with pytest.raises(error):
        self_check.judged(same_twice(tmp_path, longer, noise, count), 0.1)


def test_python_asks_for_it_too(tiny_model: Path) -> None:
    with pytest.raises(InconclusiveError, match="above 0%"):
        self_check.self_check(Configuration(model=str(tiny_model)), BenchSettings(budget=120, within=0.9), widest=0.0)
