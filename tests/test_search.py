import os
import sys
from pathlib import Path, PurePath

import pytest

from edgebokeh import files
from edgebokeh.batch.search import STREAM, Search, find


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Photos at three depths, and what is none."""
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "2024/c.jpg", "2024/raw/d.jpg", ".git/e.jpg", "plain"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "in"


def places(tree: Path, *sources: str, **search: object) -> list[str]:
    found = find([tree / source for source in sources or ("",)], Search(**search))  # type: ignore[arg-type]
    return [one.place.as_posix() for one in found.photos]


def test_a_folder_gives_its_photos_and_counts_the_rest(tree: Path) -> None:
    found = find([tree], Search())
    assert [one.place.as_posix() for one in found.photos] == ["a.PNG", "b.jpg", "2024/c.jpg", "2024/raw/d.jpg"]
    assert [one.path for one in found.photos] == [tree / one.place for one in found.photos]
    assert found.passed_over == {"hidden": 2, "no photos": 2}
    assert found.roots == [tree]


def test_files_and_streams_are_taken_as_they_are_named(tree: Path) -> None:
    found = find([tree / "notes.txt", STREAM, tree / "none.jpg"], Search(include=["*.png"]))
    assert [one.place for one in found.photos] == [PurePath("notes.txt"), PurePath("-"), PurePath("none.jpg")]
    assert not found.roots


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"recursive": False}, ["a.PNG", "b.jpg"]),
        ({"include": ["*.jpg"]}, ["b.jpg", "2024/c.jpg", "2024/raw/d.jpg"]),
        ({"include": ["*.png", "c.*"]}, ["a.PNG", "2024/c.jpg"]),
        ({"exclude": ["raw"]}, ["a.PNG", "b.jpg", "2024/c.jpg"]),
        ({"exclude": ["2024/"]}, ["a.PNG", "b.jpg"]),
        ({"include": ["raw"]}, ["2024/raw/d.jpg"]),
        ({"include": ["2024"]}, ["2024/c.jpg", "2024/raw/d.jpg"]),
        ({"include": ["2024/raw/"]}, ["2024/raw/d.jpg"]),
        ({"include": ["2024/*"], "exclude": ["*/raw/*"]}, ["2024/c.jpg"]),
    ],
)
def test_patterns_choose(tree: Path, search: dict[str, object], expected: list[str]) -> None:
    assert places(tree, **search) == expected


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.jpg", ["b.jpg"]),
        ("**/*.jpg", ["b.jpg", "2024/c.jpg", "2024/raw/d.jpg"]),
        ("20*", ["2024/c.jpg", "2024/raw/d.jpg"]),
        ("*/raw/?.jpg", ["2024/raw/d.jpg"]),
        ("[x-z]*", []),
    ],
)
def test_globs_are_expanded(tree: Path, glob: str, expected: list[str]) -> None:
    assert places(tree, glob) == expected


def test_a_glob_of_folders_takes_what_lies_in_them_only_if_recursive(tree: Path) -> None:
    assert places(tree, "20*", recursive=False) == []


def test_a_name_with_brackets_is_a_file_where_there_is_one(tree: Path) -> None:
    (tree / "f[1].jpg").touch()
    assert places(tree, "f[1].jpg") == ["f[1].jpg"]


def test_the_output_folder_is_left_out(tree: Path) -> None:
    found = find([tree], Search(leave_out=files.real(tree / "2024")))
    assert [one.place.as_posix() for one in found.photos] == ["a.PNG", "b.jpg"]
    assert found.passed_over["output"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_to_folders_and_to_nothing_are_passed_over_and_links_to_photos_read(tree: Path) -> None:
    (tree / "2024" / "up").symlink_to(tree, target_is_directory=True)
    (tree / "gone.jpg").symlink_to(tree / "nothing.jpg")
    (tree / "z.jpg").symlink_to(tree / "b.jpg")
    os.mkfifo(tree / "pipe.jpg")
    found = find([tree], Search())
    expected = ["a.PNG", "b.jpg", "z.jpg", "2024/c.jpg", "2024/raw/d.jpg"]
    assert [one.place.as_posix() for one in found.photos] == expected
    assert found.passed_over == {"hidden": 2, "no photos": 3, "links": 2}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_is_told(tree: Path) -> None:
    (tree / "2024").chmod(0)
    found = find([tree], Search())
    (tree / "2024").chmod(0o700)
    assert [path for path, _ in found.closed] == [tree / "2024"]


def test_a_folder_that_is_gone_is_told(tree: Path) -> None:
    [(path, error)] = find([tree / "nowhere" / "*.jpg"], Search()).closed
    assert path == tree / "nowhere"
    assert "cannot be searched" in str(error)


def test_each_photo_is_taken_once(tree: Path) -> None:
    found = find([tree, tree / "2024", tree / "2024" / ".." / "b.jpg", tree / "*.jpg", tree / "b.jpg"], Search())
    assert [one.place.as_posix() for one in found.photos] == ["a.PNG", "b.jpg", "2024/c.jpg", "2024/raw/d.jpg"]
    assert found.passed_over["given twice"] == 5
    assert find([STREAM, STREAM], Search()).passed_over == {}


@pytest.mark.parametrize("ending", ["jfif", "HIF", "jpe"])
def test_rarer_endings_are_photos_too(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a.{ending}").touch()
    assert places(tmp_path) == [f"a.{ending}"]


def test_no_depth_is_too_much(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(600):
        deep = deep / "d"
        deep.mkdir()
    (deep / "a.jpg").touch()
    assert len(find([tmp_path], Search()).photos) == 1
