"""Hand-made tables of trials, and their comparison."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from actbench.reporting.against_baseline import compare_with_baseline
from actbench.reporting.block_report import ArmRow, BlockReport
from actbench.reporting.chosen_trials import ChosenTrials, choose_trials
from actbench.reporting.question import Question
from actbench.reporting.terminal_tables import print_blocks
from actbench.results.reading import Trials, read_trials


def table(scores: dict[str, list[float]], *, metric: str = "mae", status: str = "ok") -> str:
    """A `trials.csv` with one row an arm and seed; a NaN is a trial that diverged."""
    lines = [f"dataset,architecture,hidden,output,seed,status,test_loss,test_{metric}"]
    for output, values in scores.items():
        for seed, value in enumerate(values):
            failed = np.isnan(value)
            shown = "," if failed else f"{value**2},{value}"
            state = "diverged" if failed else status
            lines.append(f"boston_housing,mlp(64-64),relu,{output},{seed},{state},{shown}")
    return "\n".join(lines) + "\n"


def grid(
    folder: Path,
    *,
    hidden: tuple[str, ...] = ("relu", "elu"),
    outputs: tuple[str, ...] = ("linear", "tanh"),
    datasets: tuple[str, ...] = ("boston",),
    seeds: int = 10,
    epochs: int = 5,
    shift: float = 0.0,
    name: str = "trials.csv",
) -> Trials:
    """A grid whose arms differ by one unit for each step, with noise of a tenth."""
    random = np.random.default_rng(3)
    lines = ["dataset,architecture,hidden,output,optimizer,epochs,seed,status,test_loss,test_mae"]
    for d in datasets:
        for seed in range(seeds):
            for i, h in enumerate(hidden):
                for j, o in enumerate(outputs):
                    mae = 5 + i + 2 * j + shift + random.normal(0, 0.1)
                    lines.append(f"{d},mlp(4),{h},{o},adam,{epochs},{seed},ok,{mae**2},{mae}")
    (folder / name).write_text("\n".join(lines) + "\n")
    return read_trials(folder / name)


def compared(trials: Path | Trials | pd.DataFrame, **options: Any) -> tuple[BlockReport, ...]:
    """The blocks of a table, compared as the options of a question say."""
    question = Question(**options)
    if isinstance(trials, pd.DataFrame):
        return compare_with_baseline(ChosenTrials(trials), question)
    result = read_trials(trials) if isinstance(trials, Path) else trials
    return compare_with_baseline(choose_trials([result], question), question)


def one(trials: Path | Trials | pd.DataFrame, **options: Any) -> BlockReport:
    """The only block of a table."""
    (block,) = compared(trials, **options)
    return block


def row_of(block: BlockReport, name: str) -> ArmRow:
    """The row of the arm with this full name."""
    return next(row for row in block.rows if row.name == name)


def printed(blocks: Sequence[BlockReport], width: int) -> str:
    """What a terminal of this width shows."""
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    print_blocks(console, blocks)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    """Linear and relu close together, sigmoid at its floor, tanh with two failures."""
    random = np.random.default_rng(7)
    linear = random.normal(2.8, 0.15, 10)
    relu = linear + random.normal(0, 0.05, 10)
    tanh = [22.0784] * 8 + [np.nan] * 2
    scores = {"linear": linear, "relu": relu, "sigmoid": [22.0784] * 10, "tanh": tanh}
    path = tmp_path / "trials.csv"
    path.write_text(table({k: list(v) for k, v in scores.items()}))
    return path
