import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgebokeh
from edgebokeh import device_profile, profile_folder
from edgebokeh.device_profile import DeviceProfile, Setting, here
from edgebokeh.errors import (
    EdgeBokehError,
    OutputExistsError,
    OutputUnwritableError,
    ProfileBrokenError,
    ProfileUnknownError,
    ValueRangeError,
)
from edgebokeh.look import QUALITIES, Look
from tests import tiny

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
settings = st.builds(
    Setting,
    model=st.none() | texts,
    matting=st.none() | texts,
    provider=st.none() | texts,
    options=st.dictionaries(texts, texts),
    threads=st.none() | st.integers(1, 1024),
    quality=st.sampled_from([None, *QUALITIES]),
    finder_side=st.none() | st.integers(*device_profile.SIDES),
    matting_side=st.none() | st.integers(*device_profile.SIDES),
)
kept = st.builds(
    DeviceProfile,
    name=st.just("kept"),
    setting=settings,
    machine=st.dictionaries(st.sampled_from(device_profile.TRAITS), texts | st.integers()),
    measured=st.dictionaries(texts, texts | st.integers() | st.booleans() | st.floats(allow_nan=False)),
)


@given(kept)
def test_a_profile_is_read_as_it_was_written(one: DeviceProfile) -> None:
    assert DeviceProfile.from_toml(one.to_toml(), "kept") == one


def saved(name: str, **setting: object) -> DeviceProfile:
    one = DeviceProfile(name=name, setting=Setting(**setting), machine=here())  # type: ignore[arg-type]
    one.save()
    return one


def test_saved_found_listed_deleted() -> None:
    assert edgebokeh.profiles() == []
    one, other = saved("one", threads=1), saved("other", quality="best")
    assert [(info.name, info.profile) for info in edgebokeh.profiles()] == [("one", one), ("other", other)]
    assert edgebokeh.profile("one") == one
    path = edgebokeh.delete_profile("one")
    assert not path.exists()
    with pytest.raises(ProfileUnknownError, match="'one'") as raised:
        edgebokeh.profile("one")
    assert raised.value.hint == "use one of other"


def test_a_profile_is_replaced_only_by_force() -> None:
    one = saved("one", threads=1)
    later = replace(one, setting=Setting(threads=2))
    with pytest.raises(OutputExistsError):
        later.save()
    assert edgebokeh.profile("one") == one
    later.save(force=True)
    assert edgebokeh.profile("one") == later


def test_auto_is_the_newest_of_this_machine() -> None:
    assert edgebokeh.profile("auto") is None
    old, new = saved("z-old", threads=1), saved("a-new", threads=2)
    foreign = DeviceProfile(name="foreign", setting=Setting(), machine=here() | {"cores": 4096})
    path = foreign.save()
    (path.parent / "broken.toml").write_text("?")
    for age, name in enumerate(("z-old", "a-new", "foreign", "broken")):
        os.utime(path.parent / f"{name}.toml", (1e9 + age, 1e9 + age))
    assert edgebokeh.profile("auto") == new
    edgebokeh.delete_profile("a-new")
    assert edgebokeh.profile("auto") == old
    assert not old.differences()
    assert foreign.differences() == [f"cores 4096, here {here()['cores']}"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("threads = 1", "unknown 'threads'"),
        ("[setting\n", "Expected"),
        ("[setting]\nthread = 1", r"\[setting\] has the unknown 'thread'"),
        ("[setting]\nthreads = 0", "threads is a whole number, 1 to 1024"),
        ("[setting]\nthreads = true", "threads is a whole number"),
        ("[setting]\nthreads = 1.5", "threads is a whole number"),
        ('[setting]\nquality = "great"', "quality is one of fast, balanced, best"),
        ("[setting]\nfinder_side = 4097", "finder_side is a whole number, 32 to 4096"),
        ("[setting]\nmatting_side = 31", "matting_side is a whole number, 32 to 4096"),
        ("[setting]\nprovider = 3", "provider is a text"),
        ('[setting]\nmodel = ""', "model is a text"),
        ("[setting]\nmodel = []", "setting is no table of plain values"),
        ("[options]\ndevice_id = 1", "options are texts"),
        ("[setting.options]\na = 1", "setting is no table"),
        ("setting = 3", "setting is no table"),
        ("[machine]\ncolour = 'red'", "unknown 'colour'"),
        ("[measured]\ndate = 2026-01-01", "measured is no table of plain values"),
        ("x = " + "[" * 5000, "broken"),
    ],
)
def test_broken_profiles_say_what_is_wrong(text: str, words: str) -> None:
    path = saved("bad").save(force=True)
    path.write_text(text)
    with pytest.raises(ProfileBrokenError, match=words):
        edgebokeh.profile("bad")
    [info] = edgebokeh.profiles()
    assert info.profile is None
    assert re.search(words, info.problem)


def test_bytes_that_are_no_text() -> None:
    path = saved("bad").save(force=True)
    path.write_bytes(b"\xff")
    with pytest.raises(ProfileBrokenError, match="it is no text"):
        edgebokeh.profile("bad")


UNFIT = ["", "auto", "AUTO", "../up", "a/b", ".hidden", "x" * 65, "ä", "a b", "CON", "nul", "com1.old", "Lpt9"]


@pytest.mark.parametrize("name", UNFIT)
def test_names_that_make_no_file(name: str) -> None:
    with pytest.raises(ValueRangeError, match="no name for a profile"):
        DeviceProfile(name=name, setting=Setting()).save()
    if name.lower() == "auto":
        assert edgebokeh.profile(name) is None
    else:
        with pytest.raises(ProfileUnknownError, match="can be called"):
            edgebokeh.profile(name)


@pytest.mark.parametrize("name", ["automatic", "console", "com", "com10", "auto.1"])
def test_names_that_only_begin_like_those(name: str) -> None:
    assert DeviceProfile(name=name, setting=Setting()).save().stem == name


def test_a_folder_is_no_profile() -> None:
    path = saved("one").save(force=True)
    path.with_name("two.toml").mkdir()
    with pytest.raises(ProfileBrokenError, match="is a folder"):
        edgebokeh.profile("two")
    with pytest.raises(ProfileUnknownError) as raised:
        edgebokeh.profile("three")
    assert raised.value.hint == "use one of one"
    assert [info.problem for info in edgebokeh.profiles()] == [
        "",
        f"{path.with_name('two.toml')} is a folder, and no device profile",
    ]


def test_a_file_of_a_profile_is_no_name() -> None:
    path = saved("one").save(force=True)
    with pytest.raises(ProfileUnknownError) as raised:
        edgebokeh.profile("one.toml")
    assert raised.value.hint == f"leave out .toml; profiles lie in {path.parent}"


def test_a_profile_that_names_no_machine_is_doubtful_and_nothing_for_auto() -> None:
    one = DeviceProfile(name="one", setting=Setting(threads=1))
    path = one.save()
    assert "[machine]" not in path.read_text("utf-8")
    assert edgebokeh.profile("one") == one
    assert one.doubt == "it does not say which machine it was made on"
    assert edgebokeh.profile("auto") is None
    assert saved("two").doubt == ""


def test_auto_passes_over_what_names_a_model_or_a_provider_that_is_not_here(tmp_path: Path) -> None:
    good = saved("a", model="selfie", provider="cpu")
    lacking = [saved("b", provider="migraphx"), saved("c", model=str(tmp_path / "gone.onnx"), matting="nowhere")]
    assert [one.lacks() for one in (good, *lacking)] == [[], ["migraphx"], [str(tmp_path / "gone.onnx"), "nowhere"]]
    assert lacking[0].doubt == "it names what is not here: migraphx"
    assert edgebokeh.profile("auto") == good


@pytest.mark.parametrize("provider", ["CPUExecutionProvider", "cpuexecutionprovider", "CPU", "cpu", "auto"])
def test_a_provider_may_have_any_of_its_names(provider: str) -> None:
    one = saved("a", provider=provider)
    assert (one.lacks(), edgebokeh.profile("auto")) == ([], one)


def test_auto_rather_takes_what_was_measured_for_the_quality() -> None:
    for age, (name, quality, measured) in enumerate(
        [("best", "best", {}), ("usual", None, {"rounds": 9}), ("fast", "fast", {}), ("written", None, {})]
    ):
        one = DeviceProfile(name=name, setting=Setting(quality=quality), machine=here(), measured=measured)
        os.utime(one.save(), (1e9 + age, 1e9 + age))
    taken = {}
    for quality in (None, *QUALITIES):
        found = device_profile.profile("auto", quality)
        taken[quality] = found.name if found else None
    assert taken == {None: "written", "fast": "fast", "balanced": "usual", "best": "best"}
    edgebokeh.delete_profile("best")
    found = device_profile.profile("auto", "best")
    assert found
    assert found.name == "written"


def test_auto_without_a_quality_leaves_a_profile_for_another_preset_to_the_last() -> None:
    for age, (name, quality) in enumerate([("open", None), ("usual", "balanced"), ("best", "best")]):
        one = DeviceProfile(name=name, setting=Setting(quality=quality), machine=here())
        os.utime(one.save(), (1e9 + age, 1e9 + age))
    for name in ("usual", "open", "best"):
        found = edgebokeh.profile("auto")
        assert found
        assert found.name == name
        edgebokeh.delete_profile(name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": 5},
        {"provider": ["cpu", 5]},
        {"provider": b"cpu"},
        {"profile": 7},
        {"profile": ["one"]},
        {"threads": "2"},
        {"threads": 1.5},
    ],
)
def test_values_of_another_type_are_refused(wrong: dict[str, object], tiny_model: Path) -> None:
    with pytest.raises(ValueRangeError) as refused:
        edgebokeh.load(tiny_model, **wrong)  # type: ignore[arg-type]
    assert refused.value.hint


@given(st.text())
def test_any_host_gives_a_name(host: str) -> None:
    name = profile_folder.default_name(host)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name)
    assert name.lower() != "auto"


def test_names_of_hosts() -> None:
    hosts = {
        "pi-4.local": "pi-4.local",
        "Anna's Mac": "Anna-s-Mac",
        "_x_": "x",
        "": "device",
        "auto": "device",
        "CON": "device",
    }
    assert {host: profile_folder.default_name(host) for host in hosts} == hosts


def test_where_profiles_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEBOKEH_CONFIG", str(tmp_path / "own"))
    assert profile_folder.folder() == tmp_path / "own" / "profiles"
    monkeypatch.setenv("EDGEBOKEH_CONFIG", "")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert profile_folder.folder() == tmp_path / "xdg" / "edgebokeh" / "profiles"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert profile_folder.folder() == tmp_path / ".config" / "edgebokeh" / "profiles"
    monkeypatch.setattr("sys.platform", "darwin")
    assert profile_folder.folder() == tmp_path / "Library" / "Application Support" / "edgebokeh" / "profiles"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert profile_folder.folder() == tmp_path / "roaming" / "edgebokeh" / "profiles"


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEBOKEH_CONFIG", str(tmp_path / "file"))
    with pytest.raises(OutputUnwritableError, match="file is no folder to write in"):
        DeviceProfile(name="one", setting=Setting()).save()


def test_a_name_is_checked_without_leaving_a_folder(tmp_path: Path) -> None:
    assert profile_folder.target("one", force=False) == tmp_path / "config" / "profiles" / "one.toml"
    assert not (tmp_path / "config").exists()


def test_load_takes_what_is_not_said_from_the_profile(tiny_model: Path) -> None:
    saved("one", model=str(tiny_model), threads=3, quality="fast", provider="cpu")
    bokeh = edgebokeh.load(profile="one")
    assert (bokeh.finder.path, bokeh.finder.runtime.threads) == (tiny_model, 3)
    assert edgebokeh.load(profile="one", threads=2).finder.runtime.threads == 2
    assert edgebokeh.load("selfie", profile="one").finder.spec.name == "selfie"
    assert edgebokeh.load(profile="auto").finder.path == tiny_model
    photo = tiny.picture()
    fast, balanced = (bokeh.mask(photo, Look(quality=quality)).pixels for quality in ("fast", "balanced"))
    assert (fast != balanced).any()
    assert (bokeh.mask(photo).pixels == fast).all()
    assert bokeh.mask(photo, Look(classic=True)).pixels.max() == 255


def test_a_named_provider_has_none_of_the_profiles_options(tiny_model: Path) -> None:
    one = DeviceProfile(name="x", setting=Setting(model=str(tiny_model), provider="openvino", options={"a": "b"}))
    with pytest.raises(EdgeBokehError, match=r"(?i)openvino"):
        edgebokeh.load(profile=one)
    assert edgebokeh.load(profile=one, provider="cpu").verdict.provider == "cpu"


def test_the_matting_network_gets_the_profiles_side(tiny_model: Path, tmp_path: Path) -> None:
    matting = tiny.write(tmp_path / "matting.onnx", tiny.spec(name="drawer", task="matting", output="probability"))
    photo, mattes = tiny.picture(300, 400), {}
    for side in (None, 64):
        setting = Setting(model=str(tiny_model), matting=str(matting), quality="best", matting_side=side)
        bokeh = edgebokeh.load(profile=DeviceProfile(name="x", setting=setting))
        result = bokeh.mask(photo)
        assert result.model == "tiny+drawer"
        mattes[side] = result.matte
    truth = tiny.subject(300, 400)
    assert mattes[64][truth].mean() > 0.9
    assert (mattes[None] != mattes[64]).any()


def test_the_finder_gets_the_profiles_side_in_its_own_shape(tmp_path: Path) -> None:
    wide = tiny.write(tmp_path / "wide.onnx", tiny.spec(name="wide", size=(96, 384)))
    bokeh = edgebokeh.load(wide)
    small = DeviceProfile(name="x", setting=Setting(model=str(wide), finder_side=64))
    tuned = edgebokeh.load(profile=small)
    assert (bokeh.finder.size, tuned.finder.size) == ((96, 384), (32, 128))
    photo = tiny.picture(300, 400)
    assert tuned.mask(photo).matte[tiny.subject(300, 400)].mean() > 0.9
    # What was kept with another size is not taken up again.
    assert bokeh.identity() != tuned.identity()
    assert edgebokeh.load(wide, profile=small).finder.size == (96, 384)
    assert edgebokeh.load(profile=small, spec={"size": (96, 192)}).finder.size == (96, 192)
    fixed = tiny.write(tmp_path / "fixed.onnx", tiny.spec(name="fixed", size=(96, 384)), fixed=True)
    still = edgebokeh.load(profile=DeviceProfile(name="x", setting=Setting(model=str(fixed), finder_side=64)))
    assert still.finder.size == (96, 384)
