import sys
from pathlib import Path

import pytest

from edgebokeh import BatchSettings, Look, files
from edgebokeh.batch.plan import Job, plan
from edgebokeh.batch.search import STREAM
from edgebokeh.errors import (
    ContradictionError,
    OutputExistsError,
    OutputFormatError,
    OutputUnwritableError,
    PhotoIsFolderError,
    PhotosNoneError,
    ValueRangeError,
)


def targets(*arguments: object, **settings: object) -> list[Path]:
    return [job.target for job in plan(*arguments, settings=BatchSettings(**settings)).jobs]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos, one in a subfolder."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.jpg").touch()
    (tmp_path / "in" / "sub" / "b.gif").touch()
    return tmp_path / "in"


def test_results_lie_beside_their_photos() -> None:
    photos = [Path("a/me.JPG"), Path("b/me.gif"), Path("c/plain")]
    assert targets(photos) == [Path("a/me.bokeh.JPG"), Path("b/me.bokeh.png"), Path("c/plain.bokeh.png")]
    assert targets([Path("a/me.jpg")], None, "mask") == [Path("a/me.mask.png")]
    assert targets([Path("a/me.jpg")], None, "blur", Look(compare=True)) == [Path("a/me.compare.jpg")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"suffix": ""}, "me.jpg"),
        ({"suffix": "soft"}, "me.soft.jpg"),
        ({"format": "webp"}, "me.bokeh.webp"),
        ({"format": "png", "suffix": ""}, "me.png"),
    ],
)
def test_names_follow_format_and_suffix(tmp_path: Path, settings: dict[str, object], expected: str) -> None:
    assert targets([Path("me.jpg")], tmp_path, **settings) == [tmp_path / expected]


def test_an_output_is_a_file_for_one_photo_or_a_folder(tmp_path: Path) -> None:
    assert targets([Path("me.jpg")], tmp_path / "x.webp") == [tmp_path / "x.webp"]
    assert targets([Path("a/me.jpg")], tmp_path) == [tmp_path / "me.bokeh.jpg"]
    with pytest.raises(OutputUnwritableError, match="is no folder"):
        plan([Path("me.jpg"), Path("you.jpg")], tmp_path / "x.jpg")
    with pytest.raises(OutputFormatError):
        plan([Path("me.jpg")], tmp_path / "x.doc")
    with pytest.raises(ContradictionError, match="--format and --suffix"):
        targets([Path("me.jpg")], tmp_path / "x.jpg", format="png")


def test_each_photo_is_planned_once(tmp_path: Path, folder: Path) -> None:
    assert targets([Path("me.jpg"), Path("./me.jpg")]) == [Path("me.bokeh.jpg")]
    out = tmp_path / "out"
    assert targets([folder, folder / "sub"], out) == [out / "a.bokeh.jpg", out / "sub" / "b.bokeh.png"]


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jfif", "a.bokeh.jpg"), ("a.JPE", "a.bokeh.jpg"), ("a.hif", "a.bokeh.png")]
)
def test_rarer_endings_become_usual_ones(name: str, expected: str) -> None:
    assert targets([Path(name)]) == [Path(expected)]


def test_a_journal_is_kept_where_several_go_to_a_folder(tmp_path: Path, folder: Path) -> None:
    new = tmp_path / "new"
    assert plan([Path("me.jpg"), Path("you.jpg")], new).folder == new
    assert plan([folder], new).folder == new
    assert plan([Path("me.jpg")], tmp_path).folder is None
    assert plan([Path("me.jpg"), Path("you.jpg")]).folder is None
    assert not new.exists()


def test_the_content_of_folders_is_mirrored(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    assert targets([folder], out) == [out / "a.bokeh.jpg", out / "sub" / "b.bokeh.png"]
    assert targets([folder / "s*"], out) == [out / "sub" / "b.bokeh.png"]
    assert targets([folder / "sub", folder / "a.jpg"], out) == [out / "b.bokeh.png", out / "a.bokeh.jpg"]
    inside = folder / "out"
    inside.mkdir()
    (inside / "a.bokeh.jpg").touch()
    found = plan([folder], inside)
    assert [job.target for job in found.jobs] == [inside / "a.bokeh.jpg", inside / "sub" / "b.bokeh.png"]
    assert found.passed_over == {"output": 1}


def test_a_folder_needs_an_output_folder_that_is_another(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(PhotoIsFolderError):
        plan([folder])
    with pytest.raises(OutputUnwritableError, match="several pictures"):
        plan([folder], STREAM)
    with pytest.raises(OutputExistsError, match="photos of the next run"):
        plan([folder], folder / "sub" / "..")
    (tmp_path / "file").touch()
    for name in ("file", "x.jpg"):
        with pytest.raises(OutputUnwritableError, match="is no folder"):
            plan([folder], tmp_path / name)


def test_nothing_found_says_what_was_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PhotosNoneError, match=r"passed over: no photos 1"):
        plan([tmp_path], tmp_path / "out")


def test_streams() -> None:
    assert plan([STREAM]).jobs == [Job(STREAM, STREAM)]
    assert plan([Path("me.jpg")], STREAM).jobs == [Job(Path("me.jpg"), STREAM)]
    assert plan([STREAM], Path("x.png")).jobs == [Job(STREAM, Path("x.png"))]


def test_what_cannot_be_planned_says_why(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritableError, match="is no folder"):
        plan([Path("me.jpg")], tmp_path / "nowhere")
    with pytest.raises(OutputUnwritableError, match="several pictures"):
        plan([Path("me.jpg"), Path("you.jpg")], STREAM)
    with pytest.raises(OutputExistsError, match="given twice"):
        plan([STREAM, STREAM])
    with pytest.raises(OutputFormatError, match="transparent"):
        targets([Path("me.jpg")], None, "cutout", format="jpg")
    with pytest.raises(ValueRangeError, match="jobs"):
        BatchSettings(jobs=0)
    with pytest.raises(ValueRangeError, match="suffix"):
        BatchSettings(suffix="../up")


def test_nothing_is_planned_over_another_result_or_a_photo(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError, match="would all become"):
        plan([Path("a/me.jpg"), Path("b/me.jpg")], tmp_path)
    with pytest.raises(OutputExistsError, match="never written to"):
        plan([Path("me.jpg")], Path("../" + Path.cwd().name + "/me.jpg"))
    with pytest.raises(OutputExistsError, match="never written to"):
        targets([Path("me.jpg")], None, suffix="")
    with pytest.raises(OutputExistsError, match="never written to"):
        plan([Path("me.jpg")], Path("back.jpg"), reads=[Path("back.jpg")])


def test_all_collisions_are_told_at_once(tmp_path: Path) -> None:
    photos = [Path(folder, name) for folder in "ab" for name in ("me.jpg", "you.jpg", f"{folder}.jpg")]
    with pytest.raises(OutputExistsError, match="2 results") as caught:
        plan(photos, tmp_path)
    assert [detail.split()[-1] for detail in caught.value.details] == ["me.bokeh.jpg", "you.bokeh.jpg"]


ALIKE = [("a.jpg", "A.jpg"), ("stra\N{LATIN SMALL LETTER SHARP S}e.jpg", "STRASSE.jpg"), ("\xe9.jpg", "e\u0301.jpg")]
"""Names that some disks take for one."""


@pytest.mark.parametrize("names", ALIKE)
@pytest.mark.parametrize("one", [True, False], ids=["a disk that takes them for one", "another"])
def test_names_that_differ_in_case_or_accents_alone_clash_where_the_disk_takes_them_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str], one: bool
) -> None:
    """No such disk can be counted on: what it says stands in for it."""
    monkeypatch.setattr(files, "takes_names_for_one", lambda _folder: one)
    photos = [tmp_path / "in" / folder / name for folder, name in zip("12", names, strict=True)]
    if one:
        with pytest.raises(OutputExistsError, match="would all become"):
            plan(photos, tmp_path / "out")
        with pytest.raises(OutputExistsError, match="never written to"):
            targets([tmp_path / names[0]], tmp_path / names[1])
    else:
        assert len(targets(photos, tmp_path / "out")) == 2


def test_a_result_with_the_name_of_a_folder_of_results_is_refused_before_any_work(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.bokeh.jpg/b.jpg"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with pytest.raises(OutputExistsError, match="which is the folder of other results"):
        plan([tmp_path / "in"], tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_result_that_is_a_link_to_a_photo_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.bokeh.jpg").symlink_to(folder / "a.jpg")
    with pytest.raises(OutputExistsError, match="never written to"):
        plan([folder], tmp_path / "out")


def test_how_many_at_once_follows_the_threads_of_a_photo() -> None:
    assert BatchSettings(jobs=3).workers(10, 1) == 3
    assert BatchSettings(jobs=3).workers(2, 1) == 2
    assert BatchSettings().workers(1000, 1024) == 1
    assert BatchSettings().room > 0
    assert BatchSettings(memory=5).room == 5
