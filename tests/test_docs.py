"""The pages in docs/: what is made from the code and the tables is that; nothing is left out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from actbench.reporting.claims import TOPICS, WIDER, outcome_in_words, outcomes
from actbench.results.columns import LAYER_COLUMNS
from actbench.spec.spec_files import load, validate
from actbench.spec.trial_metrics import INSIDE, PREDICT_SECONDS, REACHED
from actbench.spec.yaml_document import parse
from benchmarks import diagnostics, learning_rates_page, pages_from_code
from benchmarks.findings import FIGURES, PAGE, figure_of, page
from benchmarks.pages_from_code import DOCS
from benchmarks.reference import REFERENCE, REPOSITORY, START, with_examples, with_tables
from benchmarks.scope_page import FIGURE, draw, with_table
from benchmarks.scope_page import PAGE as SCOPE_PAGE


def read(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_worked_example_is_what_compare_prints() -> None:
    page = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert "<!-- example: boston_output -->" in page
    assert with_examples(page) == page


@pytest.mark.slow
def test_the_findings_are_those_of_the_committed_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_topic_has_its_figure() -> None:
    for topic in TOPICS:
        figure = FIGURES / f"{figure_of(topic)}.svg"
        assert f"](figures/{figure.name})" in PAGE.read_text(encoding="utf-8")
        assert figure.stat().st_size < 250_000


@pytest.mark.slow
def test_a_reason_stands_where_the_outcome_changed_and_nowhere_else() -> None:
    for claim in (claim for topic in TOPICS for claim in topic.claims):
        wider = outcomes(claim, WIDER[claim.spec], REFERENCE)
        before = outcomes(claim, claim.spec, REFERENCE)
        changed = bool(wider) and outcome_in_words(wider) != outcome_in_words(before)
        assert changed == bool(claim.why_changed), claim.words


def test_a_wider_spec_expects_the_same_at_the_same_places() -> None:
    for first, second in WIDER.items():
        before, wider = (load(name).expect for name in (first, second))
        same = [e.model_copy(update={"scope": None}) for e in wider]
        assert same == list(before[: len(same)])
        assert all("seconds" in (e.metric or "") for e in before[len(same) :])


def test_every_claim_has_its_expectations_and_its_table() -> None:
    for topic in TOPICS:
        for claim in topic.claims:
            assert claim.spec in topic.specs
        assert all((REFERENCE / spec / "trials.csv").is_file() for spec in topic.specs)


def test_the_page_on_scope_has_the_verdicts_of_the_committed_tables() -> None:
    page = SCOPE_PAGE.read_text(encoding="utf-8")
    assert "<!-- verdicts -->" in page
    assert with_table(page) == page


def test_the_figure_on_scope_is_that_of_the_committed_tables(tmp_path: Path) -> None:
    draw(tmp_path / "scope.svg")
    assert (tmp_path / "scope.svg").read_text() == FIGURE.read_text()


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


def test_the_first_table_is_the_committed_one() -> None:
    page = START.read_text(encoding="utf-8")
    assert "<!-- table: boston_output -->" in page
    assert with_tables(page) == page


def test_the_spec_that_is_shown_is_valid() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", read("spec.md"), re.S)[0]
    assert validate(parse(shown, "spec.md")).name == "boston_output"
    shipped = yaml.safe_load((REPOSITORY / "configs" / "boston_output.yaml").read_text())
    assert yaml.safe_load(shown) | {"description": ""} == shipped | {"description": ""}


def test_the_columns_are_those_of_the_table() -> None:
    header = (REFERENCE / "boston_output" / "trials.csv").read_text()
    section = read("results.md").split("Columns of `trials.csv`:")[1].split("Losses and errors")[0]
    for column in header.splitlines()[0].split(","):
        assert f"`{column}`" in section, column


@pytest.mark.parametrize("name", pages_from_code.PAGES)
def test_the_page_is_what_the_code_makes(name: str) -> None:
    assert read(name) == pages_from_code.PAGES[name](), "python -m benchmarks.pages_from_code"


def by_hand() -> str:
    """The text of all pages that nothing makes."""
    names = {path.name for path in DOCS.glob("*.md")} - {*pages_from_code.PAGES}
    return "".join(map(read, sorted(names)))


def test_every_option_is_explained_on_a_page_beside_the_reference() -> None:
    text = by_hand()
    for words, command in pages_from_code.commands().items():
        assert f"`actbench {words}" in text or f"$ actbench {words}" in text, words
        for option in (option for parameter in command.params for option in parameter.opts):
            if option.startswith("--"):
                assert re.search(rf"{option}\b", text), f"{words} {option}"


def test_every_key_of_a_spec_is_explained_on_a_page_beside_the_reference() -> None:
    text = by_hand()
    for section, keys in pages_from_code.keys().items():
        assert [key for key in keys if not re.search(rf"\b{key}\b", text)] == [], section


def test_every_page_is_in_the_navigation_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    """It builds strictly, and what it makes loads nothing from elsewhere."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
    assert len(texts) > 20
    for text in texts:
        assert re.findall(r"<(?:script|img)[^>]+src=\"?(?:https?:)?//[^ >]+", text) == []
        assert re.findall(r"<link[^>]+(?:stylesheet|preconnect)[^>]+//[^ >]+", text) == []


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text()
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^(python3 -m venv .*pytest)$", readme, re.M)
    for part in ("python3 -m venv .venv", '-e ".[test]"', ".venv/bin/pytest"):
        assert part in command
        assert part in ci
