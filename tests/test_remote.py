import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.remote import Remote, parse, scheme_of

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: "/" not in text)
KEYS = st.lists(st.text(max_size=8).filter(lambda text: "/" not in text), max_size=4)


@given(NAMES, KEYS, NAMES)
def test_a_name_is_what_its_url_says_and_the_url_what_the_name_says(bucket: str, folders: list[str], name: str) -> None:
    key = "/".join([bucket, *folders, name])
    place = parse(f"s3://{key}")
    assert place == Remote("s3", key)
    assert parse(str(place)) == place
    assert pickle.loads(pickle.dumps(place)) == place


@given(NAMES, KEYS, NAMES)
def test_a_folder_and_a_name_are_the_whole(bucket: str, folders: list[str], name: str) -> None:
    folder = Remote("s3", "/".join([bucket, *folders]))
    place = folder / name
    assert (place.parent, place.name) == (folder, name)
    assert place.parent / place.name == place
    assert place.with_name("other") == folder / "other"
    assert place.stem + place.suffix == name
    assert place.below(folder) == (name,)
    assert folder in place.parents
    assert place.parents[-1] == Remote("s3", bucket)
    assert place.parts == (bucket, *folders, name)


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("s3://a", "s3"), ("GS://a", "gs"), ("C://a", ""), ("a/s3://b", ""), ("s3:/a", ""), ("a.jpg", ""), ("", "")],
)
def test_what_a_url_begins_with(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("s3://b/2024/", "b/2024"),
        ("s3://b/2024//", "b/2024/"),
        ("memory:///a/b", "a/b"),
        ("s3://b/a%20b c#1?x=2::d/../e.JPG", "b/a%20b c#1?x=2::d/../e.JPG"),
    ],
)
def test_each_character_is_meant_but_for_a_slash_at_the_end(url: str, key: str) -> None:
    assert parse(url).key == key


def test_what_was_seen_is_no_part_of_the_name() -> None:
    seen = Remote("s3", "b/a.jpg", (1, 2))
    assert seen == Remote("s3", "b/a.jpg")
    assert len({seen, Remote("s3", "b/a.jpg", (3, 4))}) == 1


def test_what_lies_elsewhere_is_told() -> None:
    with pytest.raises(ValueError, match="does not lie in"):
        Remote("s3", "b/2024x/a.jpg").below(Remote("s3", "b/2024"))
