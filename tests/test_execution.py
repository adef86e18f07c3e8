from collections.abc import Iterator
from pathlib import Path

import onnxruntime as ort
import pytest

from edgebokeh import execution
from edgebokeh.errors import ContradictionError, ProviderAbsentError, ProviderUnknownError
from edgebokeh.execution import PROVIDERS, Wish, wish


@pytest.mark.parametrize("name", ["cpu", "CPU", "CPUExecutionProvider", "cpuexecutionprovider"])
def test_short_and_full_names(name: str) -> None:
    assert wish(name) == Wish("cpu")


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_wish_may_name_a_device(key: str) -> None:
    assert wish(f"{key}:GPU:1") == Wish(key, "GPU:1")
    assert wish(f"{PROVIDERS[key].name}:0") == Wish(key, "0")


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("openvino:gpu", "GPU"),
        ("OpenVINO:Gpu.1", "GPU.1"),
        ("openvino:auto:gpu,cpu", "AUTO:GPU,CPU"),
        ("openvino:MYRIAD_x", "MYRIAD_x"),
        ("coreml:cpuandneuralengine", "CPUAndNeuralEngine"),
        ("coreml:CPUONLY", "CPUOnly"),
        ("cuda:1", "1"),
    ],
)
def test_words_of_a_device_may_have_any_case(text: str, device: str) -> None:
    wanted = wish(text)
    assert wanted.device == device
    assert execution.device_options(wanted) == {PROVIDERS[wanted.key].device: device}
    assert execution.plain(text) == f"{wanted.key}:{device}"


@pytest.mark.parametrize("text", ["cpu:", "openvino:", "CUDAExecutionProvider:"])
def test_a_colon_needs_a_device(text: str) -> None:
    with pytest.raises(ProviderAbsentError, match="no device behind the colon"):
        wish(text)


@pytest.mark.parametrize("text", ["auto:1", "AUTO:gpu", "auto:"])
def test_auto_chooses_the_device_too(text: str) -> None:
    with pytest.raises(ProviderUnknownError, match="auto chooses the device too") as caught:
        wish(text)
    assert caught.value.hint == "use auto alone, or name the provider"


@pytest.mark.parametrize(
    ("text", "options"), [("openvino:CPU", {"device_type": "GPU"}), ("cuda:0", {"device_id": "1"})]
)
def test_two_devices_are_a_contradiction(text: str, options: dict[str, str]) -> None:
    with pytest.raises(ContradictionError, match="name two devices") as caught:
        execution.refuse_two_devices(wish(text), options)
    assert all(f"{name}={value}" in str(caught.value) for name, value in options.items())


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("openvino:CPU", {"device_type": "cpu"}),
        ("openvino:CPU", {"num_streams": "1"}),
        ("openvino", {"device_type": "GPU"}),
    ],
)
def test_one_device_is_none(text: str, options: dict[str, str]) -> None:
    execution.refuse_two_devices(wish(text), options)


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
    assert execution.runtimes() == ("onnxruntime",)


def test_what_to_type_for_a_provider() -> None:
    lines = {key: PROVIDERS[key].install for key in ("cuda", "ggml", "openvino", "webgpu")}
    assert lines == {
        "cuda": 'pip uninstall -y onnxruntime && pip install "onnxruntime-gpu[cuda,cudnn]"',
        "ggml": 'pip install "onnxruntime<1.31" onnxruntime-ggml',
        "openvino": "pip install onnxruntime-ep-openvino; or: "
        "pip uninstall -y onnxruntime && pip install onnxruntime-openvino",
        "webgpu": "pip install onnxruntime-ep-webgpu",
    }


@pytest.fixture
def two_runtimes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This environment with another package whose files lie over those of onnxruntime."""
    (tmp_path / "onnxruntime_gpu-1.0.dist-info").mkdir()
    (tmp_path / "onnxruntime_gpu-1.0.dist-info" / "METADATA").write_text(
        "Name: onnxruntime-gpu\nVersion: 1.0\n", "utf-8"
    )
    (tmp_path / "onnxruntime_gpu-1.0.dist-info" / "top_level.txt").write_text("onnxruntime\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    execution.runtimes.cache_clear()
    yield
    execution.runtimes.cache_clear()


@pytest.mark.usefixtures("two_runtimes")
def test_every_line_to_type_begins_with_taking_out_what_is_there() -> None:
    out = "pip uninstall -y onnxruntime onnxruntime-gpu && pip install "
    assert PROVIDERS["directml"].install == f"{out}onnxruntime-directml"
    assert PROVIDERS["qnn"].install == f"{out}onnxruntime onnxruntime-qnn"
    for row in PROVIDERS.values():
        assert all(line.startswith(out) for line in row.install.split("; or: ") if "pip" in line)
    with pytest.raises(ProviderAbsentError, match="onnxruntime and onnxruntime-gpu lie over each other"):
        execution.attach("directml")
