"""Every seed is trained on every split, and whatever interrupts a run changes nothing."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from actbench import data
from actbench.errors import SpecError
from actbench.experiment import InProcess, LocalProcesses, Plan, Progress, make_plan, run
from actbench.experiment import until_decided as run_until_decided
from actbench.experiment.bounds import bounds
from actbench.experiment.executors import groups
from actbench.spec import Experiment, load
from actbench.training import open_trainer
from actbench.training.seeding import seed_on_split
from tests.experiment.tables import journal_lines, rows, without_times
from tests.experiment.test_killed import forks, wait_for_more

SPLITS = "splits=4"


def run_in_process(spec: str, out: Path, overrides: list[str], jobs: int) -> None:
    run(load(spec, overrides), out, Progress(), executor=LocalProcesses(jobs=jobs))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of four splits of Boston with two seeds each."""
    from tests.experiment.conftest import SPEC

    folder = tmp_path_factory.mktemp("splits")
    spec = folder / "small.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    run(load(str(spec), [SPLITS, "seeds=2"]), folder, Progress(), executor=InProcess())
    return folder / "small"


def plan_of(small: Callable[..., Experiment], out: Path, *overrides: str) -> Plan:
    return make_plan(small(*overrides), out)


def test_a_spec_without_splits_has_the_trials_it_had(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    plan = plan_of(small, tmp_path)
    assert all(trial.split is None for trial in plan.trials)
    assert [trial.id for trial in plan.trials][:2] == ["8920120599d93aa3", "c5c6bc34d2c2c148"]


def test_trials_run_split_by_split(small: Callable[..., Experiment], tmp_path: Path) -> None:
    plan = plan_of(small, tmp_path, SPLITS, "seeds=2")
    order = [(t.split_number, t.seed, t.cell.arm.output.name) for t in plan.trials]
    assert order == [(j, s, a) for j in range(4) for s in range(2) for a in ("linear", "sigmoid")]
    (group,) = groups(plan)
    assert list(group.trials) == list(plan.trials)


def test_more_splits_or_repeats_keep_the_trials_there_are(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    def ids(splits: str) -> list[str]:
        return [trial.id for trial in plan_of(small, tmp_path, f"splits={splits}").trials]

    assert ids("8")[: len(ids("4"))] == ids("4")
    assert ids("{random: 4, test: 0.3}")[0] not in ids("4")
    folds = ids("{folds: 3}")
    assert ids("{folds: 3, repeats: 2}")[: len(folds)] == folds
    assert not {*folds} & {*ids("4"), *ids("{folds: 4}")}
    assert len({*ids("8")}) == 8 * 3 * 2


def test_each_trial_has_the_numbers_of_its_split_alone(
    small: Callable[..., Experiment], trained: Path
) -> None:
    experiment = small(SPLITS, "seeds=2")
    plan = make_plan(experiment, trained.parent)
    assert not plan.todo
    last = plan.trials[-1]
    trainer = open_trainer(last.cell, data.load(last.request))
    history = trainer.train(seed_on_split(1, 3))
    trainer.close()
    assert plan.records[last.id].metrics == history.metrics
    table = rows(trained / "trials.csv")
    assert [row["split"] for row in table] == [str(j) for j in range(4) for _ in range(4)]
    assert {(row["train_rows"], row["test_rows"]) for row in table} == {("404", "102")}
    assert len({row["test_loss"] for row in table}) == len(table)
    assert [row["split"] for row in rows(trained / "history.csv")] == [
        str(j) for j in range(4) for _ in range(8)
    ]


def test_references_are_means_over_the_splits(
    small: Callable[..., Experiment], trained: Path
) -> None:
    import numpy as np
    from sklearn.linear_model import Ridge

    experiment = small(SPLITS)
    errors = []
    for request in experiment.requests(experiment.dataset[0]):
        split = data.load(request)
        predicted = Ridge(alpha=1).fit(split.train.x, split.train.y).predict(split.test.x)
        errors.append(np.abs(predicted - split.test.y).mean())
    (linear,) = (
        row
        for row in rows(trained / "references.csv")
        if (row["model"], row["metric"]) == ("linear", "mae")
    )
    assert float(linear["score"]) == pytest.approx(np.mean(errors), rel=1e-5)


def test_bounds_are_those_of_the_split(small: Callable[..., Experiment], tmp_path: Path) -> None:
    plan = plan_of(small, tmp_path, SPLITS)
    sigmoid = plan.blocks[0].cells[1]
    requests = plan.experiment.requests(plan.experiment.dataset[0])
    floors = {bounds(sigmoid, plan.targets[one].test).floors["mae"] for one in requests}
    assert len(floors) == 4


@pytest.mark.slow
def test_kills_and_jobs_change_nothing(
    spec_file: Path, small: Callable[..., Experiment], trained: Path, tmp_path: Path
) -> None:
    context, overrides = forks(), [SPLITS, "seeds=2"]
    chance = random.Random(20261121)
    folder = tmp_path / "small"
    for lines in (2, 5, 9):
        arguments = (str(spec_file), tmp_path, overrides, 2)
        process = context.Process(target=run_in_process, args=arguments)
        process.start()
        wait_for_more(folder, lines, process.is_alive)
        time.sleep(chance.random() * 0.02)
        process.kill()
        process.join()
    assert 2 <= len(journal_lines(folder)) < 16
    last = context.Process(target=run_in_process, args=(str(spec_file), tmp_path, overrides, 1))
    last.start()
    last.join()
    assert last.exitcode == 0
    for table in ("trials.csv", "history.csv", "summary.csv", "references.csv"):
        assert without_times(folder / table) == without_times(trained / table)
    assert (folder / "rows.npz").read_bytes() == (trained / "rows.npz").read_bytes()
    trials = [json.loads(line)["trial"] for line in journal_lines(folder)]
    assert len(trials) == len({*trials}) == 16


def test_until_decided_is_refused(small: Callable[..., Experiment]) -> None:
    def train(experiment: Experiment, fresh: bool) -> None:
        raise AssertionError("nothing must be trained")

    with pytest.raises(SpecError, match="far too often"):
        run_until_decided(small(SPLITS), train)  # type: ignore[arg-type]


@pytest.mark.slow
def test_folds_of_two_sizes_share_one_trainer(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    plan = plan_of(small, tmp_path, "splits={folds: 4}", "seeds=1")
    assert plan.shapes(plan.experiment.dataset[0]) == 2
    cell = plan.trials[0].cell
    splits = list(map(data.load, plan.experiment.requests(cell.dataset)))
    reused = open_trainer(cell, splits[0], "compiled")
    for split in (splits[3], splits[1]):
        assert reused.use(split)
        fresh = open_trainer(cell, split, "compiled")
        assert reused.train(7).metrics == fresh.train(7).metrics
        fresh.close()
    reused.close()


def test_scaled_targets_take_a_trainer_for_each_split(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    scaled = "dataset={name: boston_housing, target_scale: standard}"
    plan = plan_of(small, tmp_path, SPLITS, scaled)
    assert plan.shapes(plan.experiment.dataset[0]) == 4
    cell = plan.trials[0].cell
    first, second, *_ = map(data.load, plan.experiment.requests(cell.dataset))
    trainer = open_trainer(cell, first)
    assert not trainer.use(second)
    assert trainer.use(replace(second, unit=None))
    trainer.close()
