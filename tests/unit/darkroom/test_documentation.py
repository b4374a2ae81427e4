"""docs/cli.md against the command line itself."""

import re
from pathlib import Path

import typer.main

from darkroom.app import application
from darkroom.errors import ExitCode

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")


def test_the_page_has_every_command_and_no_other() -> None:
    group = typer.main.get_command(application())
    named = set(re.findall(r"^\| `([a-z]+)", PAGE, re.MULTILINE))
    assert named == set(group.commands)  # type: ignore[attr-defined] # typer hides the class


def test_the_page_has_every_exit_code_and_no_other() -> None:
    named = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert named == set(ExitCode)


def test_every_option_that_the_page_names_is_there() -> None:
    group = typer.main.get_command(application())
    options = {
        option
        for command in (group, *group.commands.values())  # type: ignore[attr-defined] # as above
        for parameter in command.params
        for option in parameter.opts
    }
    # Of other programs: darkroom has none of these.
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - options == {"--help"}
