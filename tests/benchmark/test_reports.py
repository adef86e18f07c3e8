"""What a benchmark is written as: JSON, CSV, Markdown, and a page."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import cast

import pytest

from edgebokeh import BenchSettings, bench
from edgebokeh.benchmark import figures
from edgebokeh.benchmark.configuration import crossed
from edgebokeh.benchmark.measured import BenchResult
from edgebokeh.benchmark.page import Form, bench_report, page
from edgebokeh.benchmark.report import tables, to_csv, to_json, to_markdown
from edgebokeh.errors import ValueRangeError
from tests import tiny
from tests.conftest import png


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
