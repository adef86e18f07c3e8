"""What must stay true of every row of the live tables: it is documented, and it is public where it should be."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

import edgebokeh
from edgebokeh.cli import app
from edgebokeh.errors import ExitCode
from edgebokeh.execution import PROVIDERS
from edgebokeh.look import OTHER_STYLES, QUALITIES
from edgebokeh.spec import PROFILES
from edgebokeh.styles import STYLES
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of a group by its full name, those of its groups too."""
    for name, command in group.commands.items():
        yield prefix + name, command
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")


COMMANDS = dict(commands(typer.main.get_command(app)))
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for p in command.params
    for option in p.opts
    if option.startswith("--")
]


@pytest.mark.parametrize("name", edgebokeh.__all__)
def test_public_names_are_there_and_documented(name: str) -> None:
    assert getattr(edgebokeh, name).__doc__


def test_all_is_complete() -> None:
    assert sorted(edgebokeh.__all__) == list(edgebokeh.__all__)
    assert {name for names in edgebokeh._HOMES.values() for name in names} == set(edgebokeh.__all__)
    assert set(edgebokeh.__all__) < set(dir(edgebokeh))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = edgebokeh.nonsense


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    assert COMMANDS[name].help
    assert re.search(rf"^edgebokeh {name}\b", README, re.MULTILINE)


def test_all_commands_but_those_that_the_readme_names_print_json() -> None:
    [row] = re.findall(r"^\| `--json` \| all but (.+?) \|", README, re.MULTILINE)
    flags = {command for command, option in OPTIONS if option == "--json"} - {"bench"}
    assert COMMANDS.keys() - flags == set(re.findall(r"`(.+?)`", row))


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=[" ".join(o) for o in OPTIONS])
def test_every_option_is_in_the_readme(command: str, option: str) -> None:
    assert f"`{option}" in README or re.search(rf"^edgebokeh {command}\b.*{option}\b", README, re.MULTILINE)


@pytest.mark.parametrize("code", ExitCode, ids=lambda code: code.name)
def test_every_exit_code_is_in_the_readme(code: ExitCode) -> None:
    assert re.search(rf"^\| {int(code)} \|", README, re.MULTILINE)


@pytest.mark.parametrize("name", [*PROVIDERS, *PROFILES, *STYLES])
def test_every_row_of_the_tables_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", QUALITIES)
def test_every_preset_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in README
    assert name in (ROOT / "docs" / "quality.md").read_text("utf-8")


@pytest.mark.parametrize("name", [*STYLES, *OTHER_STYLES])
def test_every_style_has_a_picture(name: str) -> None:
    assert f"`{name}`" in README
    assert f"images/style_{name}.jpg" in (ROOT / "docs" / "styles.md").read_text("utf-8")
    assert (ROOT / "docs" / "images" / f"style_{name}.jpg").is_file()


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "edgebokeh" / "py.typed").is_file()
