"""Training in processes of their own: the same numbers, whatever becomes of a process."""

import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from actbench import experiment
from actbench.errors import DataError
from actbench.experiment import LocalProcesses, Plan, Progress, Trial, make_plan
from actbench.experiment.executors import (
    CELLS_AT_ONCE,
    SHARING_CELLS_AT_ONCE,
    Executor,
    Group,
    groups,
    local_processes,
)
from actbench.experiment.executors.in_process import InProcess
from actbench.experiment.executors.local_processes import side_by_side
from actbench.experiment.plan import Source
from actbench.results import Record, ResultsFolder
from actbench.results.journal import ERROR, OK
from actbench.spec import Experiment
from tests.experiment.tables import journal_lines, rows, without_times

ONE_PROCESS = LocalProcesses(jobs=1)


def records(plan: Plan, on_record: Callable[[int], None]) -> Iterator[Record]:
    for i, end in enumerate(ONE_PROCESS.train(plan, Progress())):
        yield end.record
        on_record(i)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_apart_gives_the_tables_of_a_run_here(
    small: Callable[..., Experiment], trained: ResultsFolder, tmp_path: Path, jobs: int
) -> None:
    experiment.run(small(), tmp_path / "apart", Progress(), executor=LocalProcesses(jobs=jobs))
    apart = tmp_path / "apart" / "small"
    for table in ("trials.csv", "history.csv", "summary.csv"):
        assert without_times(trained.path / table) == without_times(apart / table)
    assert (trained.path / "rows.npz").read_bytes() == (apart / "rows.npz").read_bytes()


@pytest.mark.parametrize(
    ("executor", "cells"),
    [(InProcess(), 1), (LocalProcesses(jobs=1), 1), (LocalProcesses(jobs=2), 2)],
)
def test_a_record_says_how_many_cells_were_trained_at_the_same_time(
    small: Callable[..., Experiment], tmp_path: Path, executor: Executor, cells: int
) -> None:
    result = experiment.run(small("seeds=1"), tmp_path, Progress(), executor=executor)
    assert [row.record.side_by_side for row in result.rows] == [cells, cells]
    assert [row["side_by_side"] for row in rows(result.folder.trials)] == [str(cells)] * 2


@pytest.mark.slow
def test_where_nothing_is_forked_the_numbers_are_the_same(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.run(small("seeds=1"), tmp_path / "here", Progress())
    monkeypatch.setattr(local_processes, "FORKS", False)
    experiment.run(small("seeds=1"), tmp_path / "apart", Progress(), executor=LocalProcesses())
    here, apart = (tmp_path / where / "small" / "trials.csv" for where in ("here", "apart"))
    assert without_times(here) == without_times(apart)


def test_a_process_that_dies_costs_the_trial_it_was_at(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    def kill_once(i: int) -> None:
        if i == 1:
            (child,) = multiprocessing.active_children()
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)

    # Long enough that the process cannot have sent the next record when it is killed.
    plan = make_plan(small("epochs=400"), tmp_path)
    found = list(records(plan, kill_once))

    assert [r.status for r in found] == [OK, OK, ERROR, OK, OK, OK]
    assert "the training process died: ended by SIGKILL" in (found[2].message or "")
    assert [r.trial for r in found] == [t.id for t in plan.trials]


def test_what_a_process_cannot_begin_with_is_raised(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    plan = make_plan(small("dataset=mnist"), tmp_path, tmp_path)
    plan = replace(plan, sources={plan.trials[0].request.info: Source("", "")})
    with pytest.raises(DataError, match="mnist"):
        next(LocalProcesses(data_dir=tmp_path, jobs=1).train(plan, Progress()))


@pytest.mark.parametrize("executor", [InProcess(), LocalProcesses(jobs=2)])
def test_data_that_changed_after_the_plan_are_not_trained_on(
    small: Callable[..., Experiment], tmp_path: Path, executor: Executor
) -> None:
    plan = make_plan(small(), tmp_path)
    (info,) = plan.sources
    read = plan.sources[info].digest
    plan = replace(plan, sources={info: Source("0" * 64, "package")})
    with pytest.raises(DataError) as raised:
        next(executor.train(plan, Progress()))
    assert str(raised.value).startswith("boston_housing changed after the plan was made")
    assert "digest 000000000000…" in str(raised.value)
    assert f"arrays of {read[:12]}…" in str(raised.value)


@pytest.mark.slow
def test_no_process_outlives_a_killed_run(spec_file: Path, tmp_path: Path) -> None:
    words = ["run", str(spec_file), "--set", "epochs=100000", "--out", str(tmp_path)]
    run = subprocess.Popen(
        [sys.executable, "-m", "actbench", *words], stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    while "loading" not in run.stderr.readline():
        assert run.poll() is None
    run.kill()
    # The pipe ends when the last process that could write to it has ended.
    began = time.monotonic()
    run.stderr.read()
    assert time.monotonic() - began < 30
    run.wait()


class Starts(Progress):
    """Notes the order in which trials begin."""

    def __init__(self) -> None:
        self.order: list[tuple[str, int]] = []

    def started(self, trial: Trial) -> None:
        self.order.append((trial.cell.arm.label, trial.seed))


def plan_of(small: Callable[..., Experiment], arms: int, tmp_path: Path, *others: str) -> Plan:
    slopes = [f"{{name: leaky_relu, negative_slope: {i / 100}}}" for i in range(arms)]
    overrides = (f"activations.hidden=[{', '.join(slopes)}]", "activations.output=linear")
    return make_plan(small(*overrides, *others), tmp_path)


APART = "diagnostics=true"  # arms that share no program


@pytest.mark.parametrize(
    ("arms", "others", "at_once"),
    [
        (1, [], CELLS_AT_ONCE),
        (CELLS_AT_ONCE, [APART], CELLS_AT_ONCE),
        (CELLS_AT_ONCE + 1, [APART], CELLS_AT_ONCE),
        (50, [APART], CELLS_AT_ONCE),
        (50, [], SHARING_CELLS_AT_ONCE),
    ],
)
def test_groups_hold_few_cells_and_are_trained_seed_by_seed(
    arms: int,
    others: list[str],
    at_once: int,
    small: Callable[..., Experiment],
    tmp_path: Path,
) -> None:
    plan = plan_of(small, arms, tmp_path, *others)
    found = list(groups(plan))
    counts = [len({trial.cell for trial in group.trials}) for group in found]
    assert sum(counts) == arms
    assert len(found) == ceil(arms / at_once)
    assert max(counts) - min(counts) < len(found)
    assert sorted(t.id for group in found for t in group.trials) == sorted(t.id for t in plan.todo)
    for group in found:
        seeds = [trial.seed for trial in group.trials]
        assert seeds == sorted(seeds)


@pytest.mark.parametrize(("arms", "jobs", "expected"), [(5, 2, 2), (2, 8, 2), (3, 1, 1)])
def test_cells_are_shared_out_among_the_jobs(
    arms: int, jobs: int, expected: int, small: Callable[..., Experiment], tmp_path: Path
) -> None:
    plan = plan_of(small, arms, tmp_path)
    parts = side_by_side(Group(plan.todo, ""), jobs)
    assert [part.side_by_side for part in parts] == [expected] * expected
    assert sorted(t.id for part in parts for t in part.trials) == sorted(t.id for t in plan.todo)
    cells = [{trial.cell for trial in part.trials} for part in parts]
    assert sum(map(len, cells)) == arms
    for part in parts:
        seeds = [trial.seed for trial in part.trials]
        assert seeds == sorted(seeds)


def test_small_steps_fill_the_cores_and_large_ones_have_them_alone(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    cores = len(os.sched_getaffinity(0))
    few = Group(plan_of(small, 12, tmp_path).todo, "")
    assert len(side_by_side(few)) == min(cores, 12)
    large = make_plan(small("architecture.units=[4000, 4000]"), tmp_path).todo
    assert len(side_by_side(Group(large, ""))) == 1


def test_nothing_is_grouped_where_nothing_is_to_do(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    plan = replace(make_plan(small(), tmp_path), trials=())
    assert list(groups(plan)) == []


def test_an_interrupt_ends_the_process_and_keeps_what_is_done(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    class Impatient(Starts):
        def ended(self, trial: Trial, record: Record) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    result = experiment.run(small("epochs=400"), tmp_path, Impatient(), executor=LocalProcesses())
    assert result.interrupted
    assert not multiprocessing.active_children()
    assert len(journal_lines(tmp_path / "small")) == 1


def test_a_process_that_dies_in_the_middle_of_a_message_has_died(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a message reaches the pipe, and then its end."""
    group = Group(make_plan(small(), tmp_path).trials, "")
    process = local_processes._Process(group, ONE_PROCESS, Progress())
    ours, theirs = multiprocessing.Pipe(duplex=False)
    os.write(theirs.fileno(), struct.pack("!i", 1000) + b"half")
    theirs.close()
    monkeypatch.setattr(process, "messages", ours)
    end = process.receive()
    process.end()
    assert end is not None
    assert end.record.status == ERROR
