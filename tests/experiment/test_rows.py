"""A run keeps the score of every test row, and does not train again for it."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from actbench import experiment
from actbench.experiment import Progress
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.results import Journal, ResultsFolder
from actbench.results.kept_rows import KeptRows
from actbench.spec import Experiment
from actbench.statistics import rows_effect
from tests.experiment.tables import journal_lines


class Notes(Progress):
    def __init__(self) -> None:
        self.words: list[str] = []

    def note(self, words: str) -> None:
        self.words.append(words)


def test_the_rows_have_the_mean_of_the_table(trained: ResultsFolder) -> None:
    records = Journal(trained.path / "journal.jsonl").records
    rows = KeptRows(trained.path / "rows.npz")
    for metric in ("loss", "mae"):
        of_trial = rows.of(list(records), metric)
        assert len(of_trial) == len(records) == 6
        for trial, values in of_trial.items():
            mean = records[trial].metrics[f"test_{metric}"]
            assert values.shape == (102,)
            assert np.mean(values, dtype=float) == pytest.approx(mean, rel=1e-5)


def test_more_seeds_and_arms_add_their_rows(
    trained: ResultsFolder, small: Callable[..., Experiment]
) -> None:
    before = dict(np.load(trained.path / "rows.npz"))
    notes = Notes()
    more = small("seeds=4", "activations.output=[linear, sigmoid, tanh]")
    experiment.run(more, trained.path.parent, notes)
    with np.load(trained.path / "rows.npz") as after:
        assert len(after.files) == 2 * 12
        assert all((after[name] == values).all() for name, values in before.items())
    assert notes.words == []


def test_lost_rows_are_told_and_not_trained_for_again(
    trained: ResultsFolder, small: Callable[..., Experiment]
) -> None:
    lines = journal_lines(trained.path)
    first, second = (json.loads(line)["trial"] for line in lines[:2])
    (trained.path / "rows" / f"{first}.npz").unlink()
    notes = Notes()
    experiment.run(small(), trained.path.parent, notes)
    assert journal_lines(trained.path) == lines
    assert len(notes.words) == 1
    assert f"{first}.npz missing or not as written" in notes.words[0]
    assert list(KeptRows(trained.path / "rows.npz").of([first, second], "mae")) == [second]


def test_results_of_an_older_version_are_not_trained_again(
    trained: ResultsFolder, small: Callable[..., Experiment]
) -> None:
    journal = trained.path / "journal.jsonl"
    older = Journal(journal).records.values()
    journal.unlink()
    for record in older:
        Journal(journal).append(type(record)(**(vars(record) | {"rows": ""})))
    lines, notes = journal_lines(trained.path), Notes()
    experiment.run(small(), trained.path.parent, notes)
    assert journal_lines(trained.path) == lines
    assert notes.words[0].startswith("No rows kept for 6 trials, which an older version trained")
    assert not (trained.path / "rows.npz").exists()


def test_compare_says_of_these_rows_what_rows_effect_does(trained: ResultsFolder) -> None:
    report = make_report([trained.path / "trials.csv"], Question(scope="rows"))
    (record,) = (r for r in report.records if r["output"] == "sigmoid")
    trials = Journal(trained.path / "journal.jsonl").records.values()
    with np.load(trained.path / "rows.npz") as rows:
        by_output = {
            output: np.array(
                [
                    rows[f"{trial.trial}/mae"]
                    for trial in sorted(trials, key=lambda trial: trial.seed)
                    if trial.cell["output"]["name"] == output
                ],
                dtype=float,
            )
            for output in ("linear", "sigmoid")
        }
    effect = rows_effect(by_output["linear"] - by_output["sigmoid"])
    assert (record["difference"], record["low"], record["high"], record["p"]) == (
        effect.mean,
        effect.low,
        effect.high,
        effect.p,
    )
