"""Options that may stand alone."""

import pytest

from edgebokeh.option_groups import valued


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("a -o b --cluster", "a -o b --cluster=local"),
        ("--cluster a -o b", "--cluster=local a -o b"),
        ("--cluster -o b a", "--cluster=local -o b a"),
        ("--cluster auto a", "--cluster auto a"),
        ("--cluster head:6379 a", "--cluster head:6379 a"),
        ("--cluster ray://head:10001 a", "--cluster ray://head:10001 a"),
        ("--cluster=auto a", "--cluster=auto a"),
        (r"--cluster C:\a\1:2.jpg", r"--cluster=local C:\a\1:2.jpg"),
        ("-- --cluster", "-- --cluster"),
        ("--cluster  a", "--cluster  a"),
    ],
)
def test_a_cluster_needs_no_address(line: str, read: str) -> None:
    assert list(valued(line.split(" "))) == read.split(" ")
