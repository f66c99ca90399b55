"""The pages in docs/: their examples are what the commands print now."""

import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.reporting.claims import QUESTIONS
from actbench.results.columns import LAYER_COLUMNS
from actbench.spec.trial_metrics import INSIDE, PREDICT_SECONDS, REACHED
from benchmarks import diagnostics, learning_rates_page
from benchmarks.findings import FIGURES, PAGE, page
from benchmarks.reference import REFERENCE, REPOSITORY, with_examples
from benchmarks.scope_page import FIGURE, draw, with_table
from benchmarks.scope_page import PAGE as SCOPE_PAGE


def test_the_worked_example_is_what_compare_prints() -> None:
    page = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert "<!-- example: boston_output -->" in page
    assert with_examples(page) == page


@pytest.mark.slow
def test_the_findings_are_those_of_the_committed_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_question_has_its_figure() -> None:
    for question in QUESTIONS:
        figure = FIGURES / f"{question.specs[0]}.svg"
        assert f"](figures/{figure.name})" in PAGE.read_text(encoding="utf-8")
        assert figure.stat().st_size < 250_000


def test_every_claim_has_its_expectations_and_its_table() -> None:
    for question in QUESTIONS:
        for claim in question.claims:
            assert claim.spec in question.specs
        assert all((REFERENCE / spec / "trials.csv").is_file() for spec in question.specs)


def check_examples(
    examples: list[tuple[str, str]],
    short: list[str],
    actbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Hold commands against what stands below them; a `run`, cut `short`, need only end well."""
    for line, printed in examples:
        trains = line.startswith("run")
        words = [*shlex.split(line), *(short if trains else [])]
        done = actbench(*words, before=("env", "COLUMNS=80"))
        assert done.returncode == 0, done.stderr
        lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
        if trains:
            assert "a linear model" in " ".join(lines)
        else:
            assert lines == printed.splitlines()


@pytest.mark.slow
def test_the_page_on_your_data_is_what_its_commands_print(
    tmp_path: Path, actbench: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Every command runs; trainings are cut short, and what the others print stands there."""
    page = (REPOSITORY / "docs" / "your-data.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    examples = re.findall(r"^```\n(?:\$ )?actbench (.+)\n((?:.*\n)*?)```$", page, re.M)
    assert [line.split()[0] for line, _ in examples] == ["data", "init", "plan", "run", "run"]
    short = ["--seeds", "2", "--epochs", "1", "--set", "activations.hidden=[relu, tanh]"]
    check_examples(examples, short, actbench)


def test_the_page_on_your_results_is_what_its_commands_print(
    tmp_path: Path,
    actbench: Callable[..., subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = (REPOSITORY / "docs" / "your-results.md").read_text(encoding="utf-8")
    tables = re.findall(r"^`(\S+\.csv)`:\n\n```csv\n(.*?)^```$", page, re.S | re.M)
    assert len(tables) == 6
    for name, content in tables:
        (tmp_path / name).write_text(content)
    examples = re.findall(r"^```\n\$ actbench (.+)\n((?:.*\n)*?)```$", page, re.M)
    assert [line.split()[1] for line, _ in examples] == [name for name, _ in tables]
    check_examples(examples, [], actbench)
    monkeypatch.chdir(tmp_path)
    session = doctest.DocTestParser().get_doctest(page, {}, "your-results.md", None, 0)
    assert session.examples
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(session).failed == 0


def test_the_page_on_scope_has_the_verdicts_of_the_committed_tables() -> None:
    page = SCOPE_PAGE.read_text(encoding="utf-8")
    assert "<!-- verdicts -->" in page
    assert with_table(page) == page


def test_the_figure_on_scope_is_that_of_the_committed_tables(tmp_path: Path) -> None:
    draw(tmp_path / "scope.svg")
    assert (tmp_path / "scope.svg").read_text() == FIGURE.read_text()


@pytest.mark.slow
def test_the_page_on_your_model_is_what_its_commands_print(
    tmp_path: Path, actbench: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Its files work together; trainings are cut short, and what a plan prints stands there."""
    page = (REPOSITORY / "docs" / "your-model.md").read_text(encoding="utf-8")
    files = re.findall(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```$", page, re.S | re.M)
    for name, content in files:
        (tmp_path / name).write_text(content)
    subprocess.run([sys.executable, "save_model.py"], cwd=tmp_path, check=True)
    examples = re.findall(r"^```\n\$ actbench (.+)\n((?:.*\n)*?)```$", page, re.M)
    assert [line.split()[0] for line, _ in examples] == ["plan", "run", "plan", "run"]
    check_examples(examples, ["--seeds", "1", "--epochs", "1"], actbench)


@pytest.mark.slow
def test_the_page_on_diagnostics_has_the_committed_tables() -> None:
    page = diagnostics.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- measured: ") == len(diagnostics.TABLES)
    assert diagnostics.with_diagnostics(page) == page


def test_the_page_on_diagnostics_names_every_column() -> None:
    page = diagnostics.PAGE.read_text(encoding="utf-8")
    names = [column.name for column in LAYER_COLUMNS] + [*INSIDE, *REACHED, PREDICT_SECONDS]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_page_on_learning_rates_has_the_verdicts_of_the_committed_tables() -> None:
    page = learning_rates_page.PAGE.read_text(encoding="utf-8")
    assert "<!-- rates -->" in page
    assert learning_rates_page.with_table(page) == page


def test_the_plan_on_the_page_on_learning_rates_is_what_plan_prints(
    tmp_path: Path, actbench: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    page = learning_rates_page.PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"^```\n\$ actbench (.+)\n((?:.*\n)*?)```$", page, re.M)
    assert [line.split()[0] for line, _ in examples] == ["plan"]
    check_examples(examples, [], actbench)
