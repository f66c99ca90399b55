"""What fails a build: arms that are worse."""

from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.sentences import paragraph
from tests.reporting.conftest import compared, grid, table


def test_worse_arms_are_told_and_too_few_seeds_refused(tmp_path: Path) -> None:
    sentences = Report(compared(grid(tmp_path))).worse_arms()
    assert len(sentences) == 3
    assert "is worse than the baseline in mae" in sentences[0]
    best = compared(grid(tmp_path), baseline={"hidden": "elu", "output": "tanh"})
    assert Report(best).worse_arms() == ()
    with pytest.raises(ResultsError, match="run at least 7"):
        Report(compared(grid(tmp_path, seeds=3))).worse_arms()


def test_seven_seeds_are_the_fewest_for_three_comparisons(tmp_path: Path) -> None:
    few, enough = (compared(grid(tmp_path, seeds=seeds)) for seeds in (6, 7))
    with pytest.raises(ResultsError, match="run at least 7"):
        Report(few).worse_arms()
    assert len(Report(enough).worse_arms()) == 3
    assert "6 seeds cannot decide anything here" in paragraph(few[0])
    assert "cannot decide" not in paragraph(enough[0])


def test_the_band_of_accuracies_is_said_to_be_the_default_where_it_is(tmp_path: Path) -> None:
    scores = {"relu": [0.8, 0.81, 0.8], "tanh": [0.81, 0.82, 0.8]}
    (tmp_path / "trials.csv").write_text(table(scores, metric="accuracy"))
    said = "±0.005 as too small to matter is actbench's default for accuracies; `actbench compare"
    (note,) = make_report([tmp_path / "trials.csv"], Question()).notes
    assert note.startswith(said)
    assert make_report([tmp_path / "trials.csv"], Question(rope=0.01)).notes == ()
