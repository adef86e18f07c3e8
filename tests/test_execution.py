import onnxruntime as ort
import pytest

from edgebokeh.errors import ProviderAbsentError, ProviderUnknownError
from edgebokeh.execution import PROVIDERS, find


@pytest.mark.parametrize("name", ["cpu", "CPU", "CPUExecutionProvider", "cpuexecutionprovider"])
def test_short_and_full_names(name: str) -> None:
    assert find(name) == "cpu"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_found_exactly_if_the_runtime_has_it(name: str) -> None:
    if PROVIDERS[name].name in ort.get_available_providers():
        assert find(name) == name
    else:
        with pytest.raises(ProviderAbsentError, match=PROVIDERS[name].name) as caught:
            find(name)
        assert PROVIDERS[name].package in caught.value.hint


def test_an_unknown_provider_lists_the_known() -> None:
    with pytest.raises(ProviderUnknownError) as caught:
        find("gpu")
    assert all(name in caught.value.hint for name in PROVIDERS)
