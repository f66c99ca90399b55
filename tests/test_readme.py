"""The README: its commands and options exist, its spec is valid, its table is the committed one."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from actbench.cli import app
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse
from benchmarks.reference import with_tables

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every `actbench …` that stands in a code block or between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README, re.S | re.M)
    in_blocks = [m for b in blocks for m in re.findall(r"(?:^|/)actbench (.+)", b, re.M)]
    inline = re.findall(r"`actbench ([^`]+)`", README)
    return sorted({*in_blocks, *inline})


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words behind it."""
    command: Any = typer.main.get_command(app)
    while words and (inner := getattr(command, "commands", None)):
        assert words[0] in inner, f"no command '{words[0]}'"
        command, words = inner[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("line", commands())
def test_every_command_and_option_exists(line: str) -> None:
    command, rest = resolve(shlex.split(line))
    known = {option for parameter in command.params for option in parameter.opts}
    used = {word.partition("=")[0] for word in rest if word.startswith("-")}
    assert used <= known


def test_the_check_knows_the_commands_with_options() -> None:
    assert any("--set" in line for line in commands())
    assert resolve(["data", "list", "mnist"])[1] == ["mnist"]


def test_the_options_of_run_are_all_listed() -> None:
    command, _ = resolve(["run"])
    (listed,) = re.findall(r"`run` takes (.*?)\. Errors", README, re.S)
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", listed)) == {o for o in known if o.startswith("--")} - {
        "--help"
    }


def test_every_command_is_in_the_table() -> None:
    names = list(resolve([])[0].commands)
    assert "run" in names
    for name in names:
        assert re.search(rf"^\| `actbench {name}\b", README, re.M), name


def test_the_spec_that_is_shown_is_valid() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", README, re.S)
    assert validate(parse(shown, "README.md")).name == "boston_output"
    shipped = yaml.safe_load((REPOSITORY / "configs" / "boston_output.yaml").read_text())
    assert yaml.safe_load(shown) | {"description": ""} == shipped | {"description": ""}


def test_the_table_is_the_committed_one() -> None:
    assert "<!-- table: boston_output -->" in README
    assert with_tables(README) == README


def test_the_columns_are_those_of_the_table() -> None:
    header = (REPOSITORY / "results" / "reference" / "boston_output" / "trials.csv").read_text()
    section = README.split("Columns of `trials.csv`:")[1].split("Losses and errors")[0]
    for column in header.splitlines()[0].split(","):
        assert f"`{column}`" in section, column


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text()
    (command,) = re.findall(r"^(python3 -m venv .*pytest)$", README, re.M)
    for part in ("python3 -m venv .venv", '-e ".[test]"', ".venv/bin/pytest"):
        assert part in command
        assert part in ci


def test_the_version_is_told_once() -> None:
    from actbench import __version__

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
