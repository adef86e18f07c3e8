import onnxruntime as ort
import pytest

from edgebokeh import execution
from edgebokeh.errors import ProviderAbsentError, ProviderUnknownError
from edgebokeh.execution import PROVIDERS, Wish, wish


@pytest.mark.parametrize("name", ["cpu", "CPU", "CPUExecutionProvider", "cpuexecutionprovider"])
def test_short_and_full_names(name: str) -> None:
    assert wish(name) == Wish("cpu")


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_wish_may_name_a_device(key: str) -> None:
    assert wish(f"{key}:GPU:1") == Wish(key, "GPU:1")
    assert wish(f"{PROVIDERS[key].name}:0") == Wish(key, "0")


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_provider_is_attached_or_its_absence_says_what_to_install(key: str) -> None:
    row = PROVIDERS[key]
    if row.name in ort.get_available_providers():
        assert execution.attach(key) == execution.kind(row) != "absent"
    elif execution.kind(row) == "absent":
        with pytest.raises(ProviderAbsentError, match=row.name) as caught:
            execution.attach(key)
        assert row.install in caught.value.hint


@pytest.mark.parametrize("name", ["gpu", "", ":0", "auto"])
def test_an_unknown_provider_lists_the_known(name: str) -> None:
    with pytest.raises(ProviderUnknownError) as caught:
        wish(name)
    assert all(key in caught.value.hint for key in PROVIDERS)


@pytest.mark.parametrize("name", ort.get_available_providers())
def test_what_the_runtime_lists_is_a_row_under_some_name(name: str) -> None:
    assert execution.rows()[execution.key_of(name)].name == name
    assert wish(name).key == execution.key_of(name)


@pytest.mark.parametrize("key", PROVIDERS)
def test_every_row_says_how_to_have_it_and_refuses_constants(key: str) -> None:
    assert PROVIDERS[key].install
    assert 0 < PROVIDERS[key].tolerance < 0.5


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(ProviderAbsentError, match="no device 'npu'") as caught:
        execution.device_for(Wish("cpu", "npu"))
    assert "cpu" in caught.value.hint
    names = [execution.device_for(Wish("cpu", device)).ep_name for device in ("", "0", "CPU")]
    assert names == [PROVIDERS["cpu"].name] * 3


def test_devices_of_built_in_providers_are_options_of_theirs() -> None:
    assert execution.device_options(Wish("cuda", "1")) == {"device_id": "1"}
    assert execution.device_options(Wish("openvino", "GPU.0")) == {"device_type": "GPU.0"}
    assert execution.device_options(Wish("xnnpack")) == {}
    with pytest.raises(ProviderAbsentError, match="no devices to choose from"):
        execution.device_options(Wish("xnnpack", "1"))


def test_this_environment_has_one_runtime() -> None:
    assert len(execution.runtimes()) == 1
