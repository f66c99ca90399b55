"""Plans: the order of trials, what is done, what changed, how long it takes; nothing is trained."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.experiment.checks import checks_of
from actbench.experiment.executors import local_processes
from actbench.experiment.expected_time import expected_seconds
from actbench.experiment.plan import make_plan
from actbench.experiment.run import write_spec
from actbench.experiment.trials import trial_id
from actbench.results import Journal, Record
from actbench.spec import Experiment, blocks, load

Small = Callable[..., Experiment]
LARGE = [1 + i / 1000 for i in range(1000)]


def record_all(planned: Experiment, out: Path, *, seconds: float = 1.5) -> None:
    plan = make_plan(planned, out)
    plan.folder.path.mkdir(parents=True, exist_ok=True)
    journal = Journal(plan.folder.journal)
    for t in plan.trials:
        journal.append(Record(t.id, t.cell.identity, t.seed, "d", "ok", train_seconds=seconds))
    write_spec(plan.folder, planned)


def test_a_plan_counts_what_is_done_and_what_is_left(small: Small, tmp_path: Path) -> None:
    record_all(small("seeds=2"), tmp_path)
    plan = make_plan(small("seeds=5"), tmp_path)
    assert (len(plan.trials), len(plan.done), len(plan.todo), plan.others) == (10, 4, 6, 0)
    assert list(plan.counts.values()) == [(2, 5), (2, 5)]
    assert make_plan(small("seeds=1"), tmp_path).others == 2


def test_every_part_of_the_identity_makes_another_trial(small: Small, tmp_path: Path) -> None:
    variants = [
        small("seeds=1"),
        small("seeds=[1]"),
        small("seeds=1", "epochs=3"),
        small("seeds=1", "batch_size=50"),
        small("seeds=1", "optimizer=adam"),
        small("seeds=1", "optimizer={name: rmsprop, learning_rate: 0.01}"),
        small("seeds=1", "loss=mae"),
        small("seeds=1", "metrics=[mse]"),
        small("seeds=1", "loss_on=outputs"),
        small("seeds=1", "architecture.units=[5]"),
        small("seeds=1", "architecture.dropout=0.1"),
        small("seeds=1", "dataset.validation=10"),
        small("seeds=1", "dataset.train_limit=300"),
        small("seeds=1", "dataset=diabetes"),
        small("seeds=1", "activations.hidden=[{name: relu, kernel_initializer: he_normal}]"),
    ]
    ids = [trial.id for spec in variants for trial in make_plan(spec, tmp_path).trials]
    assert len(ids) == 2 * len(variants)
    assert len(set(ids)) == len(ids)


def test_the_identity_of_a_trial_stays_what_it_was() -> None:
    """Trials in journals are found again by it; where numbers change, the version is raised."""
    cell = blocks(load("boston_output"))[0].cells[0]
    assert trial_id(cell, 0, "digest") == "ed74de80d5cb22bd"


def test_what_changed_is_named(small: Small, tmp_path: Path) -> None:
    record_all(small(), tmp_path)

    def changed(*overrides: str) -> tuple[str, ...]:
        return make_plan(small(*overrides), tmp_path).changed_keys

    assert changed() == ()
    assert changed("seeds=9", "activations.hidden=[elu]") == ()
    assert changed("epochs=9", "optimizer=adam") == ("optimizer", "epochs")


def test_earlier_trials_tell_the_time(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_all(small("seeds=2"), tmp_path, seconds=100.0)
    more = make_plan(small("seeds=4"), tmp_path)
    alone, side_by_side = 400, 200
    monkeypatch.setattr(local_processes, "cores", lambda: 1)
    assert expected_seconds(more) == pytest.approx(alone, rel=0.05)
    monkeypatch.setattr(local_processes, "cores", lambda: 2)
    assert expected_seconds(more) == pytest.approx(side_by_side, rel=0.05)


@pytest.mark.parametrize(
    ("spec", "measured", "overrides"),
    [
        ("boston_output", 8.1, ["activations.output=[linear, relu, sigmoid, tanh]", "seeds=30"]),
        ("reuters_hidden", 29.1, ["seeds=3"]),
        ("mnist_mlp", 41.1, ["seeds=3"]),
        ("mnist_cnn", 40.2, ["activations.hidden=[relu, elu]", "seeds=2"]),
    ],
)
def test_the_time_is_what_it_took(
    spec: str,
    measured: float,
    overrides: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seconds of the whole process on two idle cores, from docs/performance.md."""
    monkeypatch.setattr(local_processes, "cores", lambda: 2)
    expected = expected_seconds(make_plan(load(spec, [*overrides, "expect=[]"]), tmp_path))
    assert expected is not None
    assert measured / 1.5 < expected < measured * 1.5


def test_a_plan_of_many_trials(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from actbench.cli.plan import print_plans

    record_all(small("seeds=100"), tmp_path)

    print_plans([make_plan(small("seeds=5000"), tmp_path)])
    assert "10,000 trials (2 arms × 5,000 seeds): 200 done" in capsys.readouterr().out


@pytest.mark.parametrize(
    "many",
    [
        "activations.hidden=[{}]".format(", ".join(f"{{name: elu, alpha: {i}}}" for i in LARGE)),
        "activations.hidden=[{}]".format(
            ", ".join(f"{{formula: 'x * sigmoid({i} * x)'}}" for i in LARGE)
        ),
        "activations.output=[{}]".format(
            ", ".join(f"{{name: relu, max_value: {i}}}" for i in LARGE)
        ),
        "seeds=10000",
    ],
    ids=["hidden", "formulas", "outputs", "seeds"],
)
def test_a_thousand_arms_are_planned_in_two_seconds(
    small: Small, tmp_path: Path, many: str
) -> None:
    began = time.process_time()
    plan = make_plan(small(many), tmp_path)
    checks_of(plan)
    expected_seconds(plan)
    assert len(plan.todo) >= 3000
    assert time.process_time() - began < 2
