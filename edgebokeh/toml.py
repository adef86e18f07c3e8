"""TOML, written: Python itself only reads it (TOML 1.0, toml.io)."""

import re
from collections.abc import Mapping

Value = str | int | float | bool


def dumps(tables: Mapping[str, Mapping[str, Value]]) -> str:
    """Tables of plain values as TOML that `tomllib` reads back as the same; empty tables are left out.

    Texts must be encodable as UTF-8.
    """
    parts = [
        "\n".join([f"[{_key(name)}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())])
        for name, table in tables.items()
        if table
    ]
    return "\n\n".join(parts) + "\n"


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _text(text)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A basic string; quotes, backslashes and control characters may only stand in it escaped."""
    return '"' + re.sub(r'["\\\x00-\x1f\x7f]', lambda found: f"\\u{ord(found[0]):04x}", text) + '"'
