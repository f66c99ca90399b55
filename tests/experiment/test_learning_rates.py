"""Arms choose their learning rate on validation rows, and are trained at it."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.experiment import InProcess, LocalProcesses, Progress, Trial, make_plan, run
from actbench.experiment import until_decided as run_until_decided
from actbench.experiment.executors import TrialEnd
from actbench.experiment.trials import selection_score
from actbench.results import Record
from actbench.spec import Experiment, load
from actbench.statistics.best_rate import best_rate
from tests.experiment.tables import journal_lines, rows, without_times
from tests.experiment.test_killed import forks, wait_for_more

SPEC = """\
name: rates
dataset: {name: wine, validation: 0.3}
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu, sigmoid]}
optimizer: adam
epochs: 2
batch_size: 16
learning_rates: [0.001, 0.01, 0.1]
selection_seeds: 2
seeds: 3
"""
Load = Callable[..., Experiment]
EACH = ("selection=each", "selection_seeds=null")


@pytest.fixture(scope="module")
def spec_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "rates.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def spec(spec_path: Path) -> Load:
    return lambda *overrides: load(str(spec_path), overrides)


@pytest.fixture(scope="module")
def trained(spec_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("together")
    run(load(str(spec_path)), out, Progress(), executor=InProcess())
    return out / "rates"


def run_spec(spec: str, out: Path, overrides: list[str], jobs: int) -> None:
    run(load(spec, overrides), out, Progress(), executor=LocalProcesses(jobs=jobs))


class Planted:
    """An executor that trains nothing: validation accuracy is a quadratic of the log rate.

    Its top is at `top[hidden activation]`; test accuracies come from `test`.
    """

    def __init__(self, top: dict[str, float], test: Callable[[int], float] = lambda seed: 0.5):
        self.top, self.test = top, test
        self.trained: list[Trial] = []

    def train(self, plan, progress: Progress) -> Iterator[TrialEnd]:  # type: ignore[no-untyped-def]
        from actbench.experiment.executors import RatesInTraining, groups

        for group in groups(plan):
            rates = RatesInTraining(group)
            for planned in group.trials:
                trial = rates.at_rate(planned)
                if trial is None:
                    continue
                record = group.record(trial, status="ok", metrics=self.metrics(trial))
                rates.note(trial, record)
                self.trained.append(trial)
                yield TrialEnd(record)

    def metrics(self, trial: Trial) -> dict[str, float]:
        top = self.top[trial.cell.arm.hidden.name]
        distance = np.log(trial.learning_rate or 1.0) - np.log(top)
        test = self.test(trial.seed)
        return {
            "val_accuracy": float(1 - distance**2 / 100),
            "val_loss": 1.0,
            "test_loss": 1.0,
            "test_accuracy": test,
        }


def chosen(folder: Path) -> dict[tuple[str, ...], float]:
    """The learning rates by arm, seed and, where there are several, split."""
    keys = ("hidden", "seed", "split")
    return {
        tuple(row[key] for key in keys if key in row): float(row["learning_rate"])
        for row in rows(folder / "trials.csv")
    }


@pytest.mark.parametrize("overrides", [(), EACH])
def test_a_planted_surface_gives_its_top(spec: Load, tmp_path: Path, overrides: str) -> None:
    planted = Planted({"relu": 0.01, "sigmoid": 0.1})
    result = run(spec(*overrides), tmp_path, Progress(), executor=planted)
    assert set(chosen(tmp_path / "rates").items()) == {
        ((arm, str(seed)), rate) for arm, rate in planted.top.items() for seed in range(3)
    }
    assert len(result.selection) == 2 * 3 * (3 if overrides else 2)
    assert not make_plan(spec(*overrides), tmp_path).todo


def test_test_scores_play_no_part_in_the_choice(spec: Load, tmp_path: Path) -> None:
    tops = {"relu": 0.001, "sigmoid": 0.01}
    for name, test in (("a", lambda seed: 0.1), ("b", lambda seed: 0.9 - seed % 7 / 10)):
        run(spec(), tmp_path / name, Progress(), executor=Planted(tops, test))
    assert chosen(tmp_path / "a" / "rates") == chosen(tmp_path / "b" / "rates")


def test_trials_of_a_spec_without_rates_are_those_they_were(spec: Load, tmp_path: Path) -> None:
    plain = make_plan(spec("learning_rates=null", "selection_seeds=null"), tmp_path)
    assert [trial.id for trial in plain.trials[:2]] == ["33272ce3ba253ed9", "c2e603fa1972abe0"]


def test_the_plan_has_both_phases_in_order(spec: Load, tmp_path: Path) -> None:
    plan = make_plan(spec(), tmp_path)
    order = [(t.selects, t.learning_rate, t.seed, t.cell.arm.hidden.name) for t in plan.trials]
    arms, first = ("relu", "sigmoid"), 1_000_000
    assert order == [
        *((True, r, first + s, a) for s in range(2) for r in (0.001, 0.01, 0.1) for a in arms),
        *((False, None, s, a) for s in range(3) for a in arms),
    ]
    assert len({trial.id for trial in plan.trials}) == len(plan.trials) == 18
    each = make_plan(spec(*EACH), tmp_path)
    assert [t.seed for t in each.trials] == [s for i in range(3) for s in [first + i] * 6 + [i] * 2]


def test_training_follows_the_rule_and_its_trials_are_those_of_that_rate(
    spec: Load, trained: Path
) -> None:
    selection = rows(trained / "selection.csv")
    assert Counter(row["seed"] for row in selection) == {"1000000": 6, "1000001": 6}
    assert not any(name.startswith("test_") for name in selection[0])
    for arm in ("relu", "sigmoid"):
        scores = [
            [
                float(r["val_accuracy"])
                for r in selection
                if (r["hidden"], r["learning_rate"]) == key
            ]
            for key in [(arm, "0.001"), (arm, "0.01"), (arm, "0.1")]
        ]
        best = best_rate((0.001, 0.01, 0.1), scores, higher_is_better=True, usual=0.001)
        assert {rate for key, rate in chosen(trained).items() if key[0] == arm} == {best}
        shared = ("learning_rates=null", "selection_seeds=null")
        plain = spec(*shared, f"optimizer={{name: adam, learning_rate: {best}}}")
        identities = {trial.id for trial in make_plan(plain, trained.parent).done}
        own = [r["trial"] for r in rows(trained / "trials.csv") if r["hidden"] == arm]
        assert {*own} <= identities
    assert not list((trained / "rows").iterdir()) or len(list((trained / "rows").iterdir())) == 6


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_one_program_trains_every_rate_as_its_own_would(
    spec: Load, tmp_path: Path, engine: str
) -> None:
    from actbench.training import open_trainer

    (cell, _) = make_plan(spec(), tmp_path).blocks[0].cells
    wine = data.load(cell.dataset.request)
    shared = open_trainer(cell, wine, engine)
    for rate in (0.1, 0.01):
        own_cell = replace(cell, optimizer=cell.optimizer.with_learning_rate(rate))
        own = open_trainer(own_cell, wine, engine)
        assert shared.train(1, learning_rate=rate).epochs == own.train(1).epochs
        own.close()
    own = open_trainer(cell, wine, engine)
    assert shared.train(1).epochs == own.train(1).epochs
    own.close()
    shared.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "kills"),
    [([], (4, 14)), (["selection=each", "selection_seeds=null", "splits=2"], (4, 25))],
)
def test_kills_in_each_phase_change_nothing(
    spec_path: Path, tmp_path: Path, overrides: list[str], kills: tuple[int, ...]
) -> None:
    context, chance = forks(), random.Random(20261121)
    arguments = [(str(spec_path), tmp_path / out, overrides) for out in ("killed", "whole")]
    folder = tmp_path / "killed" / "rates"
    for lines in kills:
        process = context.Process(target=run_spec, args=(*arguments[0], 2))
        process.start()
        wait_for_more(folder, lines, process.is_alive)
        time.sleep(chance.random() * 0.02)
        process.kill()
        process.join()
    for last in ((*arguments[0], 1), (*arguments[1], 2)):
        process = context.Process(target=run_spec, args=last)
        process.start()
        process.join()
        assert process.exitcode == 0
    for table in ("trials.csv", "history.csv", "summary.csv", "selection.csv"):
        assert without_times(folder / table) == without_times(tmp_path / "whole" / "rates" / table)
    trials = [json.loads(line)["trial"] for line in journal_lines(folder)]
    assert len(trials) == len({*trials})


def test_a_selection_trial_that_raised_leaves_its_arm_untrained_until_it_is_tried_again(
    spec: Load, tmp_path: Path
) -> None:
    class Failing(Planted):
        def train(self, plan, progress):  # type: ignore[no-untyped-def]
            from actbench.experiment.executors import RatesInTraining, groups

            (group,) = groups(plan)
            rates = RatesInTraining(group)
            for planned in group.trials:
                trial = rates.at_rate(planned)
                if trial is None:
                    continue
                end = TrialEnd(group.record(trial, status="ok", metrics=self.metrics(trial)))
                if trial.selects and trial.cell.arm.hidden.name == "relu":
                    end = TrialEnd(group.error(trial, "no luck"))
                rates.note(trial, end.record)
                yield end

    tops = {"relu": 0.001, "sigmoid": 0.01}
    result = run(spec(), tmp_path, Progress(), executor=Failing(tops))
    assert {row.cell.arm.hidden.name for row in result.rows} == {"sigmoid"}
    assert [row.record.message for row in result.errors] == ["no luck"] * 6
    again = Planted(tops)
    result = run(spec(), tmp_path, Progress(), executor=again)
    assert not result.errors
    assert {trial.cell.arm.hidden.name for trial in again.trained} == {"relu"}
    assert len(result.rows) == 6


def test_more_selection_seeds_keep_the_trials_at_a_rate_that_stays(
    spec: Load, tmp_path: Path
) -> None:
    tops = {"relu": 0.001, "sigmoid": 0.01}
    run(spec(), tmp_path, Progress(), executor=Planted(tops))
    more = Planted(tops)
    run(spec("selection_seeds=3"), tmp_path, Progress(), executor=more)
    assert [(trial.selects, trial.seed) for trial in more.trained] == [(True, 1_000_002)] * 6
    lines = journal_lines(tmp_path / "rates")
    assert len({json.loads(line)["trial"] for line in lines}) == len(lines)
    run(spec("learning_rates=null", "selection_seeds=null"), tmp_path, Progress(), executor=more)
    assert not (tmp_path / "rates" / "selection.csv").exists()
    assert "learning_rate" not in rows(tmp_path / "rates" / "trials.csv")[0]


def test_until_decided_chooses_first(spec: Load, tmp_path: Path) -> None:
    planted = Planted({"relu": 0.001, "sigmoid": 0.01})

    def train(experiment: Experiment, fresh: bool):  # type: ignore[no-untyped-def]
        return run(experiment, tmp_path, Progress(), executor=planted)

    run_until_decided(spec(), train, looks=(2, 4))
    assert [trial.selects for trial in planted.trained] == [True] * 12 + [False] * 8


def test_each_split_chooses_for_itself(spec: Load, tmp_path: Path) -> None:
    class OfSplit(Planted):
        def metrics(self, trial: Trial) -> dict[str, float]:
            self.top["relu"] = 0.001 if trial.split_number else 0.1
            return super().metrics(trial)

    executor = OfSplit({"sigmoid": 0.01})
    run(spec("splits=2", "seeds=2"), tmp_path, Progress(), executor=executor)
    assert chosen(tmp_path / "rates") == {
        (arm, str(seed), split): rate
        for arm, split, rate in [
            ("relu", "0", 0.1),
            ("relu", "1", 0.001),
            ("sigmoid", "0", 0.01),
            ("sigmoid", "1", 0.01),
        ]
        for seed in range(2)
    }


def test_one_activation_under_two_names_differs_by_exactly_nothing(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    same = 'hidden: [relu, {formula: "relu(x)", label: same}]'
    path.write_text(SPEC.replace("hidden: [relu, sigmoid]", same), encoding="utf-8")
    run(load(str(path)), tmp_path, Progress(), executor=InProcess())
    by_arm: dict[str, list[tuple[str, ...]]] = {"relu": [], "same": []}
    for row in rows(tmp_path / "rates" / "trials.csv"):
        numbers = (row["seed"], row["learning_rate"], row["test_accuracy"], row["test_loss"])
        by_arm[row["hidden"]].append(numbers)
    assert by_arm["relu"] == by_arm["same"]


def test_a_diverged_selection_trial_has_no_score(spec: Load, tmp_path: Path) -> None:
    cell = make_plan(spec(), tmp_path).blocks[0].cells[0]
    record = Record("t", {}, 0, "d", "diverged", metrics={"train_loss": 3.0})
    assert np.isnan(selection_score(cell, record))
    assert selection_score(cell, replace(record, status="ok", metrics={"val_accuracy": 0.5})) == 0.5


@pytest.mark.parametrize(("train_loss", "score"), [(0.5, 0.75), (float("nan"), float("nan"))])
def test_test_rows_that_give_no_finite_score_choose_nothing(
    spec: Load, tmp_path: Path, train_loss: float, score: float
) -> None:
    cell = make_plan(spec(), tmp_path).trials[0].cell
    epoch = {"train_loss": train_loss, "val_loss": 0.6, "train_accuracy": 0.8, "val_accuracy": 0.75}
    record = Record("t", {}, 1_000_000, "d", "diverged", history=(epoch,), diverged_at=1)
    assert selection_score(cell, record) == pytest.approx(score, nan_ok=True)
