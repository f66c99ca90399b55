"""Every format prints the same rows."""

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from scipy import stats

from actbench.reporting.formats import Format, csv_text, json_text, latex_text, markdown_text
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.rows import COMPARISON_COLUMNS, mean_with_half_interval
from tests.reporting.conftest import compared, grid, one, table


def test_json_and_csv_hold_the_same_rows(trials: Path) -> None:
    report = Report(compared(trials))
    from_json = json.loads(json_text(report))["comparison"]
    from_csv = list(csv.DictReader(io.StringIO(csv_text(report))))
    assert [tuple(row) for row in from_json] == [COMPARISON_COLUMNS] * 4
    for record, cells in zip(from_json, from_csv, strict=True):
        assert {k: "" if v is None else str(v) for k, v in record.items()} == cells


def test_markdown_is_a_table_of_one_width(trials: Path) -> None:
    text = markdown_text(Report(compared(trials)))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    assert {line.count("|") for line in lines} == {9}


def test_latex_has_a_cell_for_every_column(trials: Path) -> None:
    text = latex_text(Report(compared(trials)))
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 5
    assert r"\begin{tabular}{rllrrrrp{3.4cm}}" in text
    assert r"\label{tab:test-mae-on-boston-housing-mlp-1}" in text
    assert {line.count(" & ") for line in rows} == {7}
    assert "±" not in text
    assert r"boston\_housing" in text


def test_pivot_gives_mean_and_half_the_interval(tmp_path: Path) -> None:
    trials = grid(tmp_path)
    block = one(trials)
    seeds, mean, half = mean_with_half_interval(block, ("elu", "tanh"))
    scores = trials.frame.query("hidden == 'elu' and output == 'tanh'")["test_mae"]
    assert (seeds, mean) == (10, pytest.approx(scores.mean()))
    # Normal scores: the sign-flip interval is close to Student's.
    student = stats.t.ppf(0.975, 9) * scores.sem()
    assert half == pytest.approx(student, rel=0.25)
    assert len(csv_text(Report((block,), grid=True)).splitlines()) == 5


@pytest.mark.parametrize("form", Format)
def test_every_format_prints_every_arm(form: Format, trials: Path) -> None:
    for report in (Report(compared(trials)), Report(compared(trials), grid=True)):
        text = form.text(report)
        assert all(output in text for output in ("linear", "relu", "sigmoid", "tanh"))
        assert "22.0784" in text


@pytest.mark.parametrize("label", ["=HYPERLINK(1)", "+1", "-1", "@x"])
def test_no_arm_is_a_formula_in_a_spreadsheet(label: str, trials: Path) -> None:
    trials.write_text(trials.read_text().replace("tanh", f"'{label}"))
    block = one(trials, baseline={"output": label})
    assert block.comparison.baseline == f"relu / {label}"
    for text in (csv_text(Report((block,))), csv_text(Report((block,), grid=True))):
        cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
        assert f"'{label}" in cells
        assert label not in cells
        assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    numbers = [
        row["low"] for row in csv.DictReader(io.StringIO(csv_text(Report(compared(trials)))))
    ]
    assert any(float(number) < 0 for number in numbers if number)
    assert label in json_text(Report((block,)))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_latex_compiles_and_fits_a_column(tmp_path: Path) -> None:
    arms = {
        f"leaky_relu(negative_slope=0.{i})_of_25%": [5.0 + i, 5.1 + i, 5.2 + i] for i in range(8)
    }
    (tmp_path / "trials.csv").write_text(table(arms))
    body = latex_text(make_report([tmp_path / "trials.csv"], Question()))
    head = (
        r"\documentclass[twocolumn]{article}\usepackage{booktabs,graphicx}\usepackage[T1]{fontenc}"
    )
    (tmp_path / "paper.tex").write_text(f"{head}\\begin{{document}}\n{body}\\end{{document}}\n")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    assert "Missing character" not in done.stdout
