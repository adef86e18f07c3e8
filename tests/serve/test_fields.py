from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.batch.options import Matte, Style
from edgebokeh.errors import ContradictionError
from edgebokeh.option_groups import Networks, PhotoFiles, flat
from edgebokeh.options import UsageError
from edgebokeh.serve import fields
from tests.conftest import Cli


def test_every_option_of_a_look_is_a_field() -> None:
    named = {field.name.replace("-", "_") for field in fields.fields()}
    assert named >= {*flat(Matte()), *flat(Style()), *flat(PhotoFiles())} - {"max_megapixels"}
    assert not named & {"max_megapixels", "output", "model", "spec", "profile", "help"}


def test_what_a_field_is_comes_with_it() -> None:
    told = {field.name: field for field in fields.fields()}
    assert (told["strength"].kind, told["strength"].minimum, told["strength"].maximum) == ("number", 0, 100)
    assert (told["blades"].kind, told["blades"].styles) == ("integer", ("lens", "lens+grey"))
    assert (told["color"].kind, told["image"].kind, told["strip"].kind) == ("color", "file", "flag")
    assert told["quality"].choices == ("fast", "balanced", "best")
    assert told["quality"].tasks == ("blur", "mask", "cutout")
    assert told["falloff"].tasks == ("blur",)
    assert all(field.help for field in told.values())


@pytest.mark.parametrize("name", ["image", "max-megapixels", "output", "model", "help", "-o", "", "strength=1"])
def test_what_is_no_field_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="has no option"):
        fields.wish("blur", [(name, "/etc/passwd")])


def test_a_field_is_given_once() -> None:
    with pytest.raises(UsageError, match="given twice"):
        fields.wish("blur", [("strength", "1"), ("strength", "2")])


def test_values_come_out_as_the_command_line_reads_them() -> None:
    wish = fields.wish("blur", [("style", "motion"), ("angle", "-5"), ("strip", "true"), ("compare", "false")])
    background = wish.style.background
    assert (background.style, background.angle) == ("motion", -5.0)
    assert (wish.photo_files.strip, wish.style.compare) == (True, False)
    assert wish.given == ("--style", "motion", "--angle", "-5", "--strip")


def test_what_is_so_anyway_is_not_told() -> None:
    assert fields.wish("blur", [("style", "gaussian"), ("format", "keep"), ("strip", "false")]).given == ()


@pytest.mark.parametrize(
    ("name", "value"), [("strength", "much"), ("blades", "1.5"), ("format", "exe"), ("color", "red"), ("color", "")]
)
def test_the_words_are_those_of_the_command_line(run: Cli, name: str, value: str) -> None:
    style = [("style", "color")] if name == "color" else []
    with pytest.raises(UsageError) as error:
        fields.wish("blur", [*style, (name, value)]).look()
    said = run("blur", "photo.png", *(part for one, text in style for part in (f"--{one}", text)), f"--{name}", value)
    assert said.code == 2
    assert f"edgebokeh: error: {error.value.format_message()} (see --help)\n" == said.err  # type: ignore[attr-defined]


def test_settings_that_exclude_each_other() -> None:
    with pytest.raises(ContradictionError):
        fields.wish("blur", [("kernel", "5"), ("strength", "5")]).look()


@given(st.sampled_from(["style", "color", "strength", "subject", "feather", "kernel"]), st.text(max_size=40))
def test_no_value_is_taken_for_an_option(name: str, value: str) -> None:
    try:
        wish = fields.wish("blur", [(name, value)])
    except UsageError:
        return
    assert flat(wish.style) | {name: None} == flat(Style()) | {name: None}
    assert flat(wish.matte) | {name: None} == flat(Matte()) | {name: None}


def test_the_networks_of_the_server_as_arguments() -> None:
    assert list(fields.told_of(Networks())) == []
    wish = Networks(model="a b.onnx", provider=["cuda", "cpu"], allow_fallback=True, threads=2)
    wish = wish._replace(description=wish.description._replace(mean="0.5"))
    told = list(fields.told_of(wish))
    assert told == [
        *("--model", "a b.onnx", "--mean", "0.5", "--provider", "cuda", "--provider", "cpu"),
        *("--allow-fallback", "--threads", "2"),
    ]


def test_files_of_the_networks_are_named_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine.onnx", "mine.json", "deeplabv3", "2"):
        Path(name).touch()
    wish = Networks(model="mine.onnx", gate="selfie", threads=2)
    wish = wish._replace(description=wish.description._replace(spec="mine.json"))
    whole = [str(tmp_path / name) for name in ("mine.onnx", "mine.json")]
    assert list(fields.told_of(wish)) == [
        *("--model", whole[0], "--spec", whole[1], "--gate", "selfie", "--threads", "2"),
    ]
    wish = wish._replace(description=wish.description._replace(spec="deeplabv3"))
    assert "deeplabv3" in fields.told_of(wish)


def test_a_wish_never_holds_a_path() -> None:
    wish = fields.wish("blur", [("style", "image")])
    assert not any(
        isinstance(value, Path)
        for group in (wish.style, wish.matte, wish.photo_files)
        for value in flat(group).values()
    )
