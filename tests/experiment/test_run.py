"""Runs of a small experiment with real training: what is trained, and what is left alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench import data, experiment
from actbench.experiment import Progress, RunResult, Trial
from actbench.results import Record, ResultsFolder
from actbench.spec import Experiment
from tests.experiment.tables import journal_lines, rows, without_times

Small = Callable[..., Experiment]


class Watch(Progress):
    """Notes which trials were trained, and stops after some where it is told to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.trained: list[tuple[str, int]] = []
        self.stop_after = stop_after

    def ended(self, trial: Trial, record: Record) -> None:
        self.trained.append((trial.cell.arm.label, trial.seed))
        if len(self.trained) == self.stop_after:
            raise KeyboardInterrupt


def run(planned: Experiment, out: Path, watch: Watch | None = None) -> RunResult:
    return experiment.run(planned, out, watch or Watch())


def test_trials_run_seed_by_seed_and_the_tables_hold_them_all(small: Small, tmp_path: Path) -> None:
    watch = Watch()
    result = run(small(), tmp_path, watch)
    arms = ["relu / linear", "relu / sigmoid"]
    assert watch.trained == [(arm, seed) for seed in range(3) for arm in arms]
    table = rows(result.folder.trials)
    assert [row["status"] for row in table] == ["ok"] * 6
    assert {row["parameters"] for row in table} == {str(13 * 4 + 4 + 4 + 1)}
    assert list(table[0])[:13] == [
        *["experiment", "dataset", "architecture", "hidden", "output", "optimizer"],
        *["epochs", "batch_size", "seed", "status", "parameters", "train_loss", "train_mae"],
    ]
    assert list(table[0])[13:] == [
        *["test_loss", "test_mae", "train_seconds", "compile_seconds"],
        *["side_by_side", "versions", "note", "trial"],
    ]
    assert len(rows(result.folder.history)) == 6 * 2
    assert [row["ok"] for row in rows(result.folder.summary)] == ["3"] * 2


def test_an_output_that_died_and_one_at_its_floor_are_noted(small: Small, tmp_path: Path) -> None:
    outputs = "activations.output=[relu, tanh, linear]"
    result = run(small("optimizer={name: sgd, learning_rate: 1.0}", outputs, "epochs=5"), tmp_path)
    notes: dict[str, set[str]] = {}
    for row in rows(result.folder.trials):
        notes.setdefault(row["output"], set()).add(f"{row['status']}: {row['note']}")
    assert notes == {
        "relu": {"ok: dead output"},
        "tanh": {"ok: at its floor"},
        "linear": {"diverged: "},
    }
    checks = json.loads(result.folder.checks.read_text(encoding="utf-8"))
    assert [entry["kind"] for entry in checks] == ["unreachable targets", "dead output"]


def test_the_summary_agrees_with_the_trials(trained: ResultsFolder) -> None:
    import pandas as pd

    trials, summary = pd.read_csv(trained.trials), pd.read_csv(trained.summary)
    grouped = trials.groupby(["hidden", "output"], sort=False)["test_mae"]
    for name, values in (("mean", grouped.mean()), ("sd", grouped.std()), ("max", grouped.max())):
        assert summary[f"test_mae_{name}"].to_list() == pytest.approx(values.to_list(), rel=1e-12)


def test_the_same_spec_twice_gives_the_same_tables(
    small: Small, trained: ResultsFolder, tmp_path: Path
) -> None:
    first, second = trained, run(small(), tmp_path / "again").folder
    assert without_times(first.trials) == without_times(second.trials)
    assert first.history.read_bytes() == second.history.read_bytes()
    assert first.summary.read_bytes() == second.summary.read_bytes()
    assert first.spec.read_bytes() == second.spec.read_bytes()


def test_a_run_that_is_done_trains_nothing(
    small: Small, trained: ResultsFolder, tmp_path: Path
) -> None:
    before = trained.trials.read_bytes(), trained.journal.read_bytes()
    watch = Watch()
    folder = run(small(), tmp_path, watch).folder
    assert watch.trained == []
    assert (folder.trials.read_bytes(), folder.journal.read_bytes()) == before


def test_more_seeds_train_only_these(small: Small, trained: ResultsFolder, tmp_path: Path) -> None:
    before = {row["trial"]: row for row in rows(trained.trials)}
    watch = Watch()
    folder = run(small("seeds=5"), tmp_path, watch).folder
    assert {seed for _, seed in watch.trained} == {3, 4}
    assert len(watch.trained) == 4
    after = {row["trial"]: row for row in rows(folder.trials)}
    assert len(after) == 10
    assert {trial: after[trial] for trial in before} == before
    whole = run(small("seeds=5"), tmp_path / "at once").folder
    assert without_times(whole.trials) == without_times(folder.trials)


@pytest.mark.usefixtures("trained")
def test_one_more_arm_trains_only_this_one(small: Small, tmp_path: Path) -> None:
    watch = Watch()
    more = small("activations.output=[linear, sigmoid, softplus]")
    folder = run(more, tmp_path, watch).folder
    assert {arm for arm, _ in watch.trained} == {"relu / softplus"}
    assert len(watch.trained) == 3
    whole = run(more, tmp_path / "at once").folder
    assert without_times(whole.trials) == without_times(folder.trials)


@pytest.mark.usefixtures("trained")
def test_another_label_trains_nothing_and_names_the_rows(small: Small, tmp_path: Path) -> None:
    watch = Watch()
    named = small("activations.hidden=[{name: relu, label: mine}]")
    folder = run(named, tmp_path, watch).folder
    assert watch.trained == []
    assert {row["hidden"] for row in rows(folder.trials)} == {"mine"}


def test_an_interrupt_keeps_what_is_done_and_the_next_run_goes_on(
    small: Small, trained: ResultsFolder, tmp_path: Path
) -> None:
    out = tmp_path / "stopped"
    stopped = run(small(), out, Watch(stop_after=5))
    assert stopped.interrupted
    assert len(rows(stopped.folder.trials)) == 5
    watch = Watch()
    result = run(small(), out, watch)
    assert len(watch.trained) == 1
    assert without_times(result.folder.trials) == without_times(trained.trials)
    assert result.folder.history.read_bytes() == trained.history.read_bytes()


def test_a_trial_that_raises_is_an_outcome_and_is_tried_again(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raises.py").write_text("def broken(x):\n    raise RuntimeError('no_such')\n")
    wrong = small("activations.hidden={custom: 'raises:broken'}")
    for _ in range(2):
        watch = Watch()
        result = run(wrong, tmp_path, watch)
        assert len(watch.trained) == 6
        assert [row["status"] for row in rows(result.folder.trials)] == ["error"] * 6
        assert "no_such" in result.errors[0].record.message
    assert len(journal_lines(result.folder.path)) == 12


def test_a_trial_that_is_not_finite_has_diverged_and_the_rest_goes_on(
    small: Small, tmp_path: Path
) -> None:
    result = run(small("optimizer={name: sgd, learning_rate: 1e30}", "seeds=2"), tmp_path)
    table = rows(result.folder.trials)
    statuses = {row["output"]: row["status"] for row in table}
    assert statuses["linear"] == "diverged"
    diverged = next(row for row in table if row["status"] == "diverged")
    assert diverged["test_mae"] == ""
    again = Watch()
    run(small("optimizer={name: sgd, learning_rate: 1e30}", "seeds=2"), tmp_path, again)
    assert again.trained == []


def test_validation_columns_are_there_only_with_a_validation_set(
    small: Small, tmp_path: Path
) -> None:
    result = run(small("dataset.validation=100", "seeds=1"), tmp_path)
    row = rows(result.folder.trials)[0]
    assert {"val_loss", "val_mae", "best_epoch", "best_val_loss"} <= set(row)
    history = rows(result.folder.history)[:2]
    best = min(history, key=lambda epoch: float(epoch["val_loss"]))
    assert (row["best_epoch"], row["best_val_loss"]) == (best["epoch"], best["val_loss"])
    assert row["val_loss"] == history[-1]["val_loss"]


def test_fresh_sets_the_old_results_aside(small: Small, tmp_path: Path) -> None:
    folder = run(small("seeds=1"), tmp_path).folder
    old = folder.journal.read_bytes()
    watch = Watch()
    experiment.run(small("seeds=1"), tmp_path, watch, fresh=True)
    assert len(watch.trained) == 2
    (aside,) = (folder.path / "former").iterdir()
    assert (aside / "journal.jsonl").read_bytes() == old


def digest_of(dataset: str) -> str:
    return data.outline(data.CATALOGUE[dataset]).digest


def test_the_environment_names_versions_and_data_but_no_folder(
    small: Small, tmp_path: Path
) -> None:
    folder = run(small("seeds=1"), tmp_path).folder
    found = json.loads(folder.environment.read_text())
    assert found["engines"] == ["compiled, XLA"]
    assert {"python", "tensorflow", "keras", "numpy", "actbench"} <= set(found["versions"])
    assert found["data"]["boston_housing"]["origin"] == "package: boston_housing.csv"
    assert found["data"]["boston_housing"]["digest"] == digest_of("boston_housing")


def test_the_environment_names_the_data_before_the_first_trial_and_keeps_former_data(
    small: Small, tmp_path: Path
) -> None:
    class Killed(Progress):
        def started(self, trial: Trial) -> None:
            raise MemoryError

    def digests() -> dict[str, str]:
        text = (tmp_path / "small" / "environment.json").read_text()
        return {name: source["digest"] for name, source in json.loads(text)["data"].items()}

    boston, diabetes = digest_of("boston_housing"), digest_of("diabetes")
    with pytest.raises(MemoryError):
        experiment.run(small(), tmp_path, Killed())
    assert digests() == {"boston_housing": boston}
    run(small("dataset=diabetes", "seeds=1"), tmp_path)
    assert digests() == {"boston_housing": boston, "diabetes": diabetes}


def test_a_truncated_journal_line_costs_that_trial_only(
    small: Small, trained: ResultsFolder, tmp_path: Path
) -> None:
    whole = without_times(trained.trials)
    lines = trained.journal.read_bytes().splitlines(keepends=True)
    trained.journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:100])
    watch = Watch()
    run(small(), tmp_path, watch)
    assert watch.trained == [("relu / sigmoid", 2)]
    assert without_times(trained.trials) == whole
