import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from edgebokeh import toml

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = texts | st.integers() | st.booleans() | st.floats(allow_nan=False)
tables = st.dictionaries(texts, st.dictionaries(texts, values, min_size=1))


@given(tables)
@example({"a.b": {'"\\': "\x00\x1f\x7f\r\n\t'''\"\"\"", "": "", "é": "😀"}})
@example({"numbers": {"small": 1e-7, "large": 1e22, "whole": 1.0, "endless": float("-inf"), "yes": True, "one": 1}})
def test_what_is_written_is_read_as_the_same(data: dict[str, dict[str, toml.Value]]) -> None:
    read = tomllib.loads(toml.dumps(data))
    assert read == data
    kinds = [[type(value) for value in table.values()] for table in data.values()]
    assert kinds == [[type(value) for value in table.values()] for table in read.values()]


def test_it_looks_as_people_write_it() -> None:
    data: dict[str, dict[str, toml.Value]] = {"machine": {"cores": 2, "processor": 'the "fast" one'}, "empty": {}}
    assert toml.dumps(data) == '[machine]\ncores = 2\nprocessor = "the \\u0022fast\\u0022 one"\n'
