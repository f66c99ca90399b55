"""A run with early stopping: its tables, whatever interrupts it and however many train at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actbench import experiment
from actbench.experiment import LocalProcesses, Progress, make_plan
from actbench.experiment.executors.in_process import InProcess
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.spec import Experiment
from tests.experiment.tables import journal_lines, rows, without_times

STOPPING = (
    "dataset={name: boston_housing, validation: 0.2}",
    "optimizer={name: adam, learning_rate: 0.05}",
    "early_stopping={patience: 1, min_delta: 2}",
    "epochs=30",
    "batch_size=64",
    "activations.output=[linear, softplus]",
)
TABLES = ("trials.csv", "history.csv", "summary.csv")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run in this process."""
    from actbench.spec import load
    from tests.experiment.conftest import SPEC

    folder = tmp_path_factory.mktemp("early")
    (folder / "small.yaml").write_text(SPEC, encoding="utf-8")
    chosen = load(str(folder / "small.yaml"), STOPPING)
    experiment.run(chosen, folder, Progress(), executor=InProcess())
    return folder / "small"


def test_the_tables_say_what_each_trial_took(finished: Path) -> None:
    trials, history = rows(finished / "trials.csv"), rows(finished / "history.csv")
    for trial in trials:
        epochs = [
            row
            for row in history
            if (row["output"], row["seed"]) == (trial["output"], trial["seed"])
        ]
        best = epochs[int(trial["best_epoch"]) - 1]
        assert int(trial["epochs_trained"]) == len(epochs)
        assert {name: trial[name] for name in ("train_loss", "val_loss", "val_mae")} == {
            name: best[name] for name in ("train_loss", "val_loss", "val_mae")
        }
        assert trial["best_val_loss"] == trial["val_loss"]
        assert trial["early_stopping"] == "patience=1, min_delta=2"
    assert min(int(trial["epochs_trained"]) for trial in trials) < 30
    for row in rows(finished / "summary.csv"):
        took = [int(t["epochs_trained"]) for t in trials if t["output"] == row["output"]]
        assert float(row["epochs_trained_mean"]) == pytest.approx(sum(took) / len(took))
        assert float(row["train_seconds_mean"]) > 0


def test_compare_shows_the_epochs_and_seconds_beside_the_score(finished: Path) -> None:
    report = make_report([finished / "trials.csv"], Question())
    (table,) = report.tables
    assert {"epochs", "seconds"} < {*table.heads.values()}
    trials = rows(finished / "trials.csv")
    for record in report.records:
        took = [int(t["epochs_trained"]) for t in trials if t["output"] == record["output"]]
        assert record["epochs_trained"] == pytest.approx(sum(took) / len(took))
        assert record["seconds"] > 0
    assert {"epochs_trained", "seconds"} < {*report.columns}
    assert "Epochs and seconds are means of what the trials took." in table.remarks


def test_the_best_epoch_is_the_one_in_the_table(finished: Path) -> None:
    last, best = (
        make_report([finished / "trials.csv"], Question(part="val", at=at)).records
        for at in ("last", "best")
    )
    assert [row["mean"] for row in last] == [row["mean"] for row in best]


def test_without_early_stopping_there_are_no_such_columns(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    result = experiment.run(small("seeds=1"), tmp_path, Progress(), executor=InProcess())
    for table in TABLES:
        names = rows(result.folder.path / table)[0]
        assert not {"early_stopping", "epochs_trained", "epochs_trained_mean"} & {*names}
    report = make_report([result.folder.trials], Question())
    assert "epochs" not in report.tables[0].heads
    assert "epochs_trained" not in report.columns


@pytest.mark.slow
def test_two_processes_give_the_same_tables(
    small: Callable[..., Experiment], finished: Path, tmp_path: Path
) -> None:
    executor = LocalProcesses(jobs=2)
    experiment.run(small(*STOPPING), tmp_path, Progress(), executor=executor)
    for table in TABLES:
        assert without_times(tmp_path / "small" / table) == without_times(finished / table)


def test_trials_that_were_cut_off_are_trained_again_to_the_same_tables(
    small: Callable[..., Experiment], finished: Path, tmp_path: Path
) -> None:
    """A journal as a kill leaves it: whole lines, and the beginning of one more."""
    lines = journal_lines(finished)
    (tmp_path / "small").mkdir()
    journal = tmp_path / "small" / "journal.jsonl"
    journal.write_bytes(b"\n".join([*lines[:2], lines[2][:50]]))
    plan = make_plan(small(*STOPPING), tmp_path)
    assert (len(plan.done), len(plan.todo)) == (2, len(lines) - 2)
    experiment.run(small(*STOPPING), tmp_path, Progress(), executor=InProcess())
    assert journal_lines(tmp_path / "small")[:2] == lines[:2]
    for table in TABLES:
        assert without_times(tmp_path / "small" / table) == without_times(finished / table)
