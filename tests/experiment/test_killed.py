"""A run that is killed at any moment and started again ends as if nothing had happened."""

import json
import multiprocessing
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from actbench.spec import Experiment
from tests.experiment.tables import journal_lines, without_times

KILLS = 20
SEEDS = "seeds=40"


def run(spec: str, out: Path) -> None:
    """One run in a process of its own, as the command line starts it."""
    from actbench import experiment
    from actbench.experiment import Progress
    from actbench.spec import load

    experiment.run(load(spec, [SEEDS]), out, Progress())


def forks() -> ForkServerContext:
    """Processes that start with TensorFlow imported but not yet used, to save its import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.experiment.preload"])
    return context


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_repeat_nothing(
    spec_file: Path, small: Callable[..., Experiment], tmp_path: Path
) -> None:
    context = forks()
    undisturbed = context.Process(target=run, args=(str(spec_file), tmp_path / "whole"))
    undisturbed.start()
    undisturbed.join()
    assert undisturbed.exitcode == 0

    chance = random.Random(20260101)
    folder = tmp_path / "killed" / "small"
    seen: list[bytes] = []
    while_training = 0
    for _ in range(KILLS):
        process = context.Process(target=run, args=(str(spec_file), tmp_path / "killed"))
        process.start()
        moment = chance.random()
        wait_for_more(folder, len(seen) + (chance.random() < 0.8), process.is_alive)
        time.sleep(moment * 0.2)
        process.kill()
        process.join()
        while_training += process.exitcode == -signal.SIGKILL
        lines = journal_lines(folder)
        assert lines[: len(seen)] == seen
        seen = whole(lines)
    assert while_training >= KILLS * 0.8
    last = context.Process(target=run, args=(str(spec_file), tmp_path / "killed"))
    last.start()
    last.join()
    assert last.exitcode == 0

    trials = [json.loads(line)["trial"] for line in journal_lines(folder)]
    planned = len(small(SEEDS).seeds) * 2
    assert len(trials) == len(set(trials)) == planned
    for table in ("trials.csv", "history.csv", "summary.csv"):
        assert without_times(folder / table) == without_times(tmp_path / "whole" / "small" / table)
    kept, undisturbed_rows = folder / "rows.npz", tmp_path / "whole" / "small" / "rows.npz"
    assert kept.read_bytes() == undisturbed_rows.read_bytes()
    assert len(list((folder / "rows").iterdir())) == planned


def wait_for_more(folder: Path, lines: int, alive: Callable[[], bool]) -> None:
    """Until the journal has this many lines, or the run is over."""
    while alive() and len(journal_lines(folder)) < lines:
        time.sleep(0.005)


def whole(lines: list[bytes]) -> list[bytes]:
    """The lines but for a last one that the kill cut off."""
    try:
        json.loads(lines[-1])
    except (ValueError, IndexError):
        return lines[:-1]
    return lines
