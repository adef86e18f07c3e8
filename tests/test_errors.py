import inspect

import pytest

from edgebokeh import errors
from edgebokeh.errors import EdgeBokehError, ExitCode

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, EdgeBokehError)]
LEAVES = [c for c in CLASSES if not c.__subclasses__()]


def test_every_leaf_has_an_exit_code_of_its_own() -> None:
    codes = [leaf.code for leaf in LEAVES]
    assert len(set(codes)) == len(codes)
    several = {ExitCode.SOME_FAILED, ExitCode.ALL_FAILED}
    assert not {ExitCode.OK, ExitCode.BUG, ExitCode.USAGE, ExitCode.INTERRUPTED, *several} & set(codes)


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.__name__)
def test_the_tree_in_the_docstring_is_complete(error: type[EdgeBokehError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    error = errors.KernelError("4 is even", "use 5")
    assert (str(error), error.hint, error.code) == ("4 is even", "use 5", ExitCode.KERNEL)
