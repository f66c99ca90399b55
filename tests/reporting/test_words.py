"""What is said where the numbers alone would mislead: few seeds, failures, coarse accuracies."""

from pathlib import Path

import numpy as np
import pytest

from actbench.errors import ResultsError
from actbench.reporting.comparing import report
from actbench.reporting.summary import paragraph
from actbench.results.reading import find_trials, read_trials
from tests.reporting.conftest import table

NAN = float("nan")


def told(folder: Path, scores: dict[str, list[float]]) -> str:
    path = folder / "trials.csv"
    path.write_text(table(scores, metric="accuracy"))
    (block,) = report(read_trials(path).frame)
    return paragraph(block)


def test_three_seeds_decide_nothing_and_share_no_lead(tmp_path: Path) -> None:
    words = told(tmp_path, {"relu": [0.78, 0.79, 0.80], "softmax": [0.31, 0.32, 0.30]})
    assert words.startswith("3 seeds cannot decide anything here (p cannot go below 0.25);")
    assert "at least 6 are needed" in words
    assert "relu 0.790 ± 0.010, softmax 0.310 ± 0.010" in words
    assert "share the lead" not in words


def test_a_baseline_that_failed_is_named(tmp_path: Path) -> None:
    words = told(tmp_path, {"relu": [NAN] * 8, "tanh": [0.1 * i for i in range(8)]})
    assert "Nothing can be compared with the baseline relu" in words
    assert "choose another with --baseline" in words


def test_an_equivalence_finer_than_one_test_row_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    relu = [float(np.float32(hits / 114)) for hits in random.integers(100, 114, 40)]
    elu = [relu[0] + 1 / 114, *relu[1:]]
    words = told(tmp_path, {"relu": relu, "elu": elu})
    assert "Practically equivalent to the baseline relu (within ±0.005): elu." in words
    assert "multiples of 1/114 = 0.0088, as of 114 test rows: ±0.005 is less than one" in words
    fine = random.uniform(0.9, 0.95, 40).round(4)
    words = told(tmp_path, {"relu": list(fine), "elu": [*fine[1:], fine[0]]})
    assert "multiples" not in words


def test_a_folder_with_a_journal_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("{}\n")
    with pytest.raises(ResultsError, match="a journal of finished trials and no tables yet"):
        find_trials(str(tmp_path), tmp_path)


def test_a_spec_instead_of_its_results(tmp_path: Path) -> None:
    spec = tmp_path / "q.yaml"
    spec.write_text("name: mine\n")
    words = r"q.yaml is a spec.*`actbench run .*, which makes .*mine"
    with pytest.raises(ResultsError, match=words):
        find_trials(str(spec), tmp_path)
