import os
import sys

import pytest

from edgebokeh.chatter import captured


def test_what_is_printed_by_any_means_is_kept_off_the_streams(capfd: pytest.CaptureFixture[str]) -> None:
    sys.stdout.write("before\n")
    with captured() as lines:
        os.write(1, b"\x1b[1;31mlibrary\x1b[m to stdout\n")
        os.write(2, b"library to stderr \xff\n")
        sys.stdout.write("python\n")
        sys.stdout.flush()
    sys.stdout.write("after\n")
    assert lines == ["library to stdout", "library to stderr \ufffd", "python"]
    assert capfd.readouterr() == ("before\nafter\n", "")


def test_the_streams_come_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), captured():
        raise KeyError
    os.write(1, b"back")
    assert capfd.readouterr().out == "back"
