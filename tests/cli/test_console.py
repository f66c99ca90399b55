"""Words reach standard output as they are."""

import pytest
from rich.table import Table

from actbench.cli.console import output, print_json


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
