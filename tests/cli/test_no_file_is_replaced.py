"""A file that is there stays, unless it is actbench's own or `--force` is given."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.reproduction import OPENING
from tests.reporting.conftest import table

SCORES = {"linear": [5.0, 5.1, 5.2, 5.3], "tanh": [6.0, 6.2, 6.1, 6.3]}
REPRODUCE = ("reproduce", "exam", "--arm", "tanh", "--seed", "0")
Main = Callable[..., tuple]


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result, and files of the user's own."""
    monkeypatch.chdir(tmp_path)
    Path("results/exam").mkdir(parents=True)
    Path("results/exam/trials.csv").write_text(table(SCORES))
    for name in ("exam.csv", "mine.svg"):
        Path(name).write_text("mine")


@pytest.mark.parametrize(
    ("words", "option", "file"),
    [
        (("export", "exam", "--to", "csv"), "--output", "exam.csv"),
        (("compare", "exam", "--format", "csv"), "--output", "exam.csv"),
        (("report", "exam"), "--output", "exam.csv"),
        (("plot", "exam", "scores"), "--output", "mine.svg"),
        (REPRODUCE, "--output", "exam.csv"),
        (("init",), "--output", "exam.csv"),
        (("activations", "relu"), "--plot", "mine.svg"),
    ],
)
def test_a_file_of_the_users_stays(
    words: tuple[str, ...], option: str, file: str, main_here: Main
) -> None:
    code, _, err = main_here(*words, option, file)
    assert code == 2
    assert f"{file} is there already; choose another {option}, or use --force" in err
    assert Path(file).read_text() == "mine"


def test_force_replaces_it(main_here: Main) -> None:
    assert main_here("export", "exam", "--to", "csv", "--output", "exam.csv", "--force")[0] == 0
    assert Path("exam.csv").read_text().startswith("dataset,")


def test_an_export_is_not_named_as_the_data_are(main_here: Main) -> None:
    assert "Table: exam.trials.csv" in main_here("export", "exam", "--to", "csv")[2]
    assert Path("exam.csv").read_text() == "mine"


def test_a_page_of_actbench_is_written_anew(main_here: Main) -> None:
    assert main_here("report", "exam")[0] == 0
    assert main_here("report", "exam")[0] == 0


def test_a_script_of_actbench_is_written_anew(main_here: Main) -> None:
    Path("check.py").write_text(f'"""A run.\n\n{OPENING}, starts from the same weights."""\n')
    assert "check.py is there already" not in main_here(*REPRODUCE, "--output", "check.py")[2]
