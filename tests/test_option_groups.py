"""Options that may stand alone."""

from pathlib import Path

import pytest

from edgebokeh.option_groups import valued


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("a.jpg -o b --cluster", "a.jpg -o b --cluster=local"),
        ("--cluster a.jpg -o b", "--cluster=local a.jpg -o b"),
        ("--cluster -o b a.jpg", "--cluster=local -o b a.jpg"),
        ("--cluster -", "--cluster=local -"),
        ("--cluster *.jpg", "--cluster=local *.jpg"),
        ("--cluster s3://a/b", "--cluster=local s3://a/b"),
        ("--cluster auto a.jpg", "--cluster auto a.jpg"),
        ("--cluster head a.jpg", "--cluster head a.jpg"),
        ("--cluster head:6379 a.jpg", "--cluster head:6379 a.jpg"),
        ("--cluster ray://head:10001 a.jpg", "--cluster ray://head:10001 a.jpg"),
        ("--cluster=auto a.jpg", "--cluster=auto a.jpg"),
        ("-- --cluster", "-- --cluster"),
        ("--cluster  a.jpg", "--cluster  a.jpg"),
    ],
)
def test_a_cluster_needs_no_address(line: str, read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").touch()
    monkeypatch.chdir(tmp_path)
    assert list(valued(line.split(" "))) == read.split(" ")
