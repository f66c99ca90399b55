"""`run --until-decided`: when it stops, and what it notes. The training is made up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.errors import ResultsError
from actbench.experiment import RunResult, forget_other_looks, make_plan, until_decided
from actbench.results import Record, ResultsFolder
from actbench.results.columns import Row
from actbench.results.side_files import read_looks
from actbench.spec import Experiment

Make = Callable[..., Experiment]


def trained(out: Path, gap: float, calls: list[tuple[int, bool]]) -> Callable[..., RunResult]:
    """A `train` whose arms score 5 and noise, and `gap` more with each arm behind the first."""

    def train(experiment: Experiment, fresh: bool) -> RunResult:
        calls.append((len(experiment.seeds), fresh))
        plan = make_plan(experiment, out)
        cells = plan.blocks[0].cells
        rows = []
        for trial in plan.trials:
            noise = np.random.default_rng([trial.seed, cells.index(trial.cell)]).normal(0, 0.1)
            mae = 5 + gap * cells.index(trial.cell) + noise
            rows.append(
                Row(
                    "small",
                    trial.cell,
                    Record("id", {}, trial.seed, "d", "ok", metrics={"test_mae": mae}),
                )
            )
        folder = ResultsFolder(out)
        out.mkdir(exist_ok=True)
        return RunResult(folder, plan, tuple(rows))

    return train


def test_it_stops_at_the_first_look_that_settles_every_arm(small: Make, tmp_path: Path) -> None:
    calls: list[tuple[int, bool]] = []
    until_decided(small(), trained(tmp_path / "r", 1.0, calls), fresh=True)
    assert calls == [(10, True)]
    noted = read_looks(tmp_path / "r")
    assert noted is not None
    assert (noted.taken, noted.comparisons) == (10, 1)
    assert {decided.decision for decided in noted.decided} == {"worse"}


def test_with_nothing_to_find_it_ends_at_the_last_look(small: Make, tmp_path: Path) -> None:
    calls: list[tuple[int, bool]] = []
    until_decided(small(), trained(tmp_path / "r", 0.0, calls))
    assert [seeds for seeds, _ in calls] == [10, 20, 30, 40]
    noted = read_looks(tmp_path / "r")
    assert noted is not None
    assert (noted.taken, noted.decided) == (40, ())


def test_an_arm_that_a_look_settled_stays_settled(small: Make, tmp_path: Path) -> None:
    calls: list[tuple[int, bool]] = []
    result = until_decided(
        small("activations={hidden: [relu, tanh], output: [linear]}"),
        trained(tmp_path / "r", 0.06, calls),
    )
    noted = read_looks(result.folder.path)
    assert noted is not None
    (decided,) = noted.decided
    assert decided.seeds == noted.taken == calls[-1][0]
    assert decided.arm == "tanh / linear"
    assert decided.metric == "mae"
    assert pytest.approx(0.05) == noted.alpha


def test_the_arms_of_a_block_share_alpha(small: Make, tmp_path: Path) -> None:
    """Six seeds give p = 0.031 at best: enough for one comparison, too much for each of three."""
    settled = {}
    for outputs in ("[linear, tanh]", "[linear, tanh, relu, sigmoid]"):
        train = trained(tmp_path / outputs, 1.0, [])
        arms = f"activations={{hidden: [relu], output: {outputs}}}"
        result = until_decided(small(arms), train, looks=(6,))
        noted = read_looks(result.folder.path)
        assert noted is not None
        settled[noted.comparisons] = len(noted.decided)
    assert settled == {1: 1, 3: 0}


def test_an_ordinary_run_of_other_seeds_forgets_the_looks(small: Make, tmp_path: Path) -> None:
    train = trained(tmp_path / "r", 1.0, [])
    until_decided(small(), train)
    forget_other_looks(train(small().model_copy(update={"seeds": tuple(range(10))}), False))
    assert read_looks(tmp_path / "r") is not None
    forget_other_looks(train(small().model_copy(update={"seeds": tuple(range(12))}), False))
    assert read_looks(tmp_path / "r") is None


def test_looks_and_the_rope_may_be_chosen(small: Make, tmp_path: Path) -> None:
    calls: list[tuple[int, bool]] = []
    made = trained(tmp_path / "r", 0.0, calls)
    until_decided(small(), made, looks=(8, 12), rope=0.5)
    assert calls == [(8, False)]
    noted = read_looks(tmp_path / "r")
    assert noted is not None
    assert noted.looks == (8, 12)
    assert {decided.decision for decided in noted.decided} == {"equivalent"}
    assert (noted.rope, {decided.rope for decided in noted.decided}) == (0.5, {0.5})
    until_decided(small(), made, looks=(8, 12))
    assert [seeds for seeds, _ in calls] == [8, 8, 12]


def test_a_decision_at_an_early_look_is_never_taken_back(small: Make, tmp_path: Path) -> None:
    """The second arm is worse at first and better after ten seeds; the third stays open."""

    def train(experiment: Experiment, fresh: bool) -> RunResult:
        plan = make_plan(experiment, tmp_path / "r")
        cells = plan.blocks[0].cells
        rows = []
        for trial in plan.trials:
            place, seed = cells.index(trial.cell), trial.seed
            noise = np.random.default_rng([seed, place]).normal(0, 0.1)
            gap = (0.0, 1.0 if seed < 10 else -3.0, 0.0)[place]
            metrics = {"test_mae": 5 + gap + noise}
            record = Record("id", {}, seed, "d", "ok", metrics=metrics)
            rows.append(Row("small", trial.cell, record))
        (tmp_path / "r").mkdir(exist_ok=True)
        return RunResult(ResultsFolder(tmp_path / "r"), plan, tuple(rows))

    until_decided(small("activations={hidden: [relu, tanh, elu], output: [linear]}"), train)
    noted = read_looks(tmp_path / "r")
    assert noted is not None
    (decided,) = noted.decided
    assert (decided.arm, decided.decision, decided.seeds) == ("tanh / linear", "worse", 10)
    assert noted.taken == 40


def test_a_seed_that_diverged_is_a_loss_at_a_look(small: Make, tmp_path: Path) -> None:
    """The second arm is better on seven seeds of ten, and diverged on the others."""

    def train(experiment: Experiment, fresh: bool) -> RunResult:
        plan = make_plan(experiment, tmp_path / "r")
        cells = plan.blocks[0].cells
        rows = []
        for trial in plan.trials:
            second = cells.index(trial.cell) == 1
            status = "diverged" if second and trial.seed % 10 > 6 else "ok"
            metrics = {"test_mae": 4.0 + trial.seed / 100 if second else 5.0}
            record = Record("id", {}, trial.seed, "d", status, metrics=metrics)
            rows.append(Row("small", trial.cell, record))
        (tmp_path / "r").mkdir(exist_ok=True)
        return RunResult(ResultsFolder(tmp_path / "r"), plan, tuple(rows))

    until_decided(small(), train, looks=(10,))
    noted = read_looks(tmp_path / "r")
    assert noted is not None
    assert noted.decided == ()


def test_looks_noted_before_there_was_a_rope_are_read(tmp_path: Path) -> None:
    old: dict[str, Any] = {
        "looks": [10, 20],
        "alpha": 0.05,
        "comparisons": 1,
        "taken": 20,
        "decided": [
            {"block": "b", "arm": "tanh", "metric": "mae", "seeds": 10, "decision": "worse"}
        ],
    }
    (tmp_path / "looks.json").write_text(json.dumps(old))
    noted = read_looks(tmp_path)
    assert noted is not None
    assert (noted.rope, noted.decided[0].rope) == (None, None)
    assert noted.decisions("b", "mae", 1)["tanh"].early
    old["decided"][0]["seeds"] = 15
    (tmp_path / "looks.json").write_text(json.dumps(old))
    with pytest.raises(ResultsError, match="an arm was decided at no look"):
        read_looks(tmp_path)
