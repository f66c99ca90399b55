"""Words reach standard output as they are, but for what would command a terminal."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.table import Table
from rich.text import Text

from actbench.cli.console import (
    SafeConsole,
    output,
    print_json,
    print_text,
    stdout_for_results,
)

# Sets the clipboard, clears the screen, turns the direction of writing.
EVIL = "tanh\x1b]52;c;aGk=\x07 \x9b2J \u202emoc.live"
COMMANDS = set("\x1b\x07\x9b\u202e\r")


@pytest.mark.parametrize("words", ["mine:fire: no value", "data/a[bold]b[/bold]/c.npz", "[x] 12"])
def test_nothing_in_the_words_is_read_as_a_code(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output().print(words)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row(words)
    output().print(table)
    assert capsys.readouterr().out == f"{words}\n{words}\n"


def test_a_number_that_is_not_finite_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"seeds": (1, 2), "ends": [float("-inf"), {"p": float("nan")}]})
    assert "".join(capsys.readouterr().out.split()) == '{"seeds":[1,2],"ends":[null,{"p":null}]}'


def print_in_many_ways(words: str) -> None:
    output().print(words)
    output().print(Text(words))
    table = Table(words, title=words)
    table.add_row(Text(words))
    output().print(table)
    print_json({words: [words]})
    print_text(words)


def test_no_control_character_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_in_many_ways(EVIL)
    printed = capsys.readouterr().out
    assert not COMMANDS & set(printed)
    assert printed.count("\\u001b]52;c;aGk=") == 8
    assert printed.count("moc.live") == 8
    print_json({EVIL: 1})
    assert json.loads(capsys.readouterr().out) == {EVIL: 1}


def test_a_terminal_keeps_its_colours() -> None:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=True, color_system="standard").print(
        Text(EVIL, style="bold red")
    )
    assert file.getvalue().startswith("\x1b[1;31mtanh\\u001b]52")
    assert file.getvalue().count("\x1b[") == 2


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown", "latex"])
def test_a_table_commands_no_terminal(form: str, tmp_path: Path, main_here: Any) -> None:
    header = f"dataset,architecture,hidden,output,seed,status,test_loss,test_mae{EVIL},note\n"
    rows = [
        f"d{EVIL},a{EVIL},{arm}{EVIL},linear,{seed},ok,{seed + n},{2 * seed - n},{EVIL}\n"
        for n, arm in enumerate(("relu", "elu"))
        for seed in range(3)
    ]
    (tmp_path / "trials.csv").write_text(header + "".join(rows))
    for options in ([], ["--filter", "hidden=x"], ["--metric", "x"]):
        ended = main_here("compare", tmp_path, "--format", form, *options)
        assert not COMMANDS & set(ended.out + ended.err)
        assert "\\u001b]52" in ended.out + ended.err


def test_a_spec_commands_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, main_here: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    name = json.dumps(EVIL)
    spec = f"""\
name: trial
description: {name}
dataset: boston_housing
architecture: {{type: mlp, units: [4]}}
activations: {{hidden: [relu], output: [linear, {{name: tanh, label: {name}}}]}}
"""
    (tmp_path / "spec.yaml").write_text(spec)
    (tmp_path / "wrong.yaml").write_text(spec + f"{name}: {name}\nepochs: {name}\n")
    np.savez(tmp_path / "mnist.npz", **{"x_train": np.zeros(2), EVIL: np.zeros(2)})
    for command in (
        ["plan", "spec.yaml"],
        ["plan", "spec.yaml", "--json"],
        ["plan", "spec.yaml", "--strict"],
        ["plan", "wrong.yaml"],
        ["compare", "wrong.yaml"],
        ["data", "import", "mnist", "mnist.npz"],
        ["data", "list", EVIL],
        ["activations", EVIL],
        ["init", EVIL],
    ):
        ended = main_here(*command)
        assert not COMMANDS & set(ended.out + ended.err), command


def test_what_nobody_foresaw_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, main_here: Any, tmp_path: Path
) -> None:
    def overflow(*_: object) -> None:
        raise OverflowError("too\nlarge \x1b[2J")

    path = tmp_path / "trials.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr("actbench.results.reading._read_table", overflow)
    ended = main_here("compare", path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"actbench: stopped while reading {path}: OverflowError: too large \\u001b[2J "
        "(set ACTBENCH_TRACEBACK=1 to see the traceback)\n"
    )
    monkeypatch.setenv("ACTBENCH_TRACEBACK", "1")
    with pytest.raises(OverflowError):
        main_here("compare", path)


PRINTS = """
import os
from actbench.cli.console import print_text, stdout_for_results
print("before")
with stdout_for_results():
    print("python")
    os.write(1, b"system\\n")
    os.system("echo child")
print_text("after\\n")
"""


def test_only_results_reach_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PRINTS], capture_output=True, text=True)
    assert done.stdout.split() == ["before", "after"]
    assert sorted(done.stderr.split()) == ["child", "python", "system"]
    with stdout_for_results():
        print("in a notebook")
    assert capsys.readouterr() == ("", "in a notebook\n")
