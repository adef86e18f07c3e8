"""Multipart forms (RFC 7578), their parts gathered in memory while they arrive."""

import logging
import re

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from edgebokeh.serve.refusal import RefusedError

# It tells of malformed bodies, and so does the answer.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())

LONGEST_BOUNDARY = 70
"""Signs (RFC 2046, 5.1.1)."""

ESCAPED = {"%0A": "\n", "%0D": "\r", "%22": '"'}
"""Signs that browsers escape in the names of files (HTML standard, 4.10.22.8), and these alone."""


class Form:
    """A form of files. content_type: the header. names: of the parts that it may have, each once.

    Raises RefusedError, 400, for anything else.
    """

    def __init__(self, content_type: str, names: tuple[str, ...]) -> None:
        self._names = names
        self._files: dict[str, tuple[str, bytearray]] = {}
        self._head: list[tuple[bytearray, bytearray]] = []
        self._data = bytearray()
        self._is_whole = False
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= LONGEST_BOUNDARY:
            raise malformed("it names no boundary")
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": self._header,
                "on_header_field": lambda data, start, end: self._head[-1][0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._head[-1][1].extend(data[start:end]),
                "on_headers_finished": self._named,
                "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        """Takes what came next."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise malformed(str(error)) from error

    def files(self) -> dict[str, tuple[str, bytes]]:
        """By part, the name and the content of each file; when all has come."""
        if not self._is_whole:
            raise malformed("it ends too early")
        return {name: (file, bytes(data)) for name, (file, data) in self._files.items()}

    def _begin(self) -> None:
        self._head, self._data = [], bytearray()

    def _header(self) -> None:
        self._head.append((bytearray(), bytearray()))

    def _named(self) -> None:
        told = [value for name, value in self._head if name.lower() == b"content-disposition"]
        options = parse_options_header(bytes(told[0]))[1] if told else {}
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name not in self._names or name in self._files or b"filename" not in options:
            raise malformed(f"it is to have the files {' and '.join(self._names)}, each once")
        file = options[b"filename"].decode("utf-8", "replace")
        self._files[name] = re.sub("%0A|%0D|%22", lambda found: ESCAPED[found[0]], file), self._data

    def _end(self) -> None:
        self._is_whole = True


def malformed(what: str) -> RefusedError:
    """For a form that is none."""
    return RefusedError(400, "malformed", f"the form is malformed: {what}", "send photo=@file", {"Connection": "close"})
