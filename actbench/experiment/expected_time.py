"""How long the rest of a plan will take."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import Any

from actbench.experiment.executors import group_count
from actbench.experiment.executors.local_processes import jobs_that_pay
from actbench.experiment.plan import Plan
from actbench.experiment.trials import Trial
from actbench.spec import Cell
from actbench.spec.architecture import Cnn

# Measured on two cores (docs/performance.md), not promises: a plan says "about".
START_SECONDS = 5.5
OPEN_SECONDS = 1.1  # of a cell; a process beside another one is slower than alone
REOPEN_SECONDS = 0.5  # where the programs of a cell were kept
SHARING_SECONDS = 0.2  # of a cell that another one's program serves, too
TRIAL_SECONDS = 0.005
EPOCH_SECONDS = 0.0005
STEP_SECONDS = 4e-6
OPERATIONS_A_SECOND = 2e11
CONVOLVED_A_SECOND = 1.2e11
MULTI_HOT_A_SECOND = 4e11  # most of them are with zeros, and are left out

SHORT_TRIAL = 1.0  # seconds, below which `selection: each` is worth its price


def expected_seconds(plan: Plan) -> float | None:
    """Seconds that the rest of the plan will take on one machine; None where nobody can tell."""
    if not plan.todo:
        return 0.0
    each = trial_seconds(plan)
    trained_before = {trial.cell for trial in plan.done}
    blocks: dict[int, dict[Cell, float]] = {}
    for (block, cell), count in Counter((t.block, t.cell) for t in plan.todo).items():
        if (one := each[cell]) is None:
            return None
        blocks.setdefault(block, {})[cell] = count * one
    seconds = START_SECONDS
    for cells in blocks.values():
        shapes = plan.shapes(next(iter(cells)).dataset)
        opening = shapes * _opening_seconds(cells, trained_before, shapes)
        seconds += _seconds_side_by_side(cells) + opening / jobs_that_pay(cells)
    return seconds


def _opening_seconds(
    cells: Collection[Cell], trained_before: Collection[Cell], shapes: int
) -> float:
    """What the programs of one block's cells take to compile, or to load where they were kept."""
    processes = jobs_that_pay(cells) * group_count(cells, shapes)
    programs = min(len(cells), processes * len({cell.program for cell in cells}))
    before = all(cell in trained_before for cell in cells)
    own = REOPEN_SECONDS if before else OPEN_SECONDS
    return programs * own + (len(cells) - programs) * SHARING_SECONDS


def _seconds_side_by_side(cells: Mapping[Cell, float]) -> float:
    """How long cells of one block take, from what each takes in a process of its own."""
    return sum(cells.values()) / jobs_that_pay(cells)


def trial_seconds(plan: Plan) -> dict[Cell, float | None]:
    """Seconds that one trial of each cell takes; None where nobody can tell.

    A cell that was trained before costs what it cost then, at whatever learning rate; one that was
    not is estimated from its arithmetic, six operations a weight and row (two forward, four
    backward), or where only Keras knows its layers, from what other arms of the same model cost.
    """
    earlier: dict[str, list[float]] = {}
    for record in plan.records.values():
        if record.train_seconds:
            for text in (_of_cell(record.cell), _of_model(record.cell)):
                earlier.setdefault(text, []).append(record.train_seconds)
    seconds: dict[Cell, float | None] = {}
    for trial in {trial.cell: trial for trial in plan.trials}.values():
        cell = trial.cell
        before = earlier.get(_of_cell(cell.identity))
        if cell.architecture.operations(cell.dataset) is None:
            before = before or earlier.get(_of_model(cell.identity))
        seconds[cell] = fmean(before) if before else _estimated_seconds(trial)
    return seconds


@dataclass(frozen=True)
class SelectionCost:
    """What it costs to choose learning rates, including what is done already.

    `seconds`: None where nobody can tell.
    """

    trials: int
    seconds: float | None


def selection_costs(plan: Plan) -> dict[str, SelectionCost]:
    """The costs of choosing the learning rates of a plan, by `selection`: together or each."""
    rates = len(plan.experiment.learning_rates or ())
    each = trial_seconds(plan)
    cells = [cell for block in plan.blocks for cell in block.cells]
    blocks = [{c: s for c in block.cells if (s := each[c]) is not None} for block in plan.blocks]
    one_round = sum(map(_seconds_side_by_side, blocks))
    costs = {}
    for selection in ("together", "each"):
        other = plan.experiment.model_copy(update={"selection": selection})
        count = rates * len(other.selection_seed_numbers) * len(other.numbered_splits)
        total = None if any(each[cell] is None for cell in cells) else count * one_round
        costs[selection] = SelectionCost(count * len(cells), total)
    return costs


def recommends_each(plan: Plan) -> bool:
    """Whether trials are so short that every seed may as well choose its own learning rate."""
    seconds = trial_seconds(plan).values()
    return all(one is not None and one < SHORT_TRIAL for one in seconds)


def _of_cell(identity: Mapping[str, Any]) -> str:
    """The identity of a cell as a text, without the learning rate, which costs no time."""
    optimizer = {k: v for k, v in identity["optimizer"].items() if k != "learning_rate"}
    return json.dumps({**identity, "optimizer": optimizer}, sort_keys=True)


def _of_model(identity: Mapping[str, Any]) -> str:
    """The same without its activations."""
    return _of_cell({k: v for k, v in identity.items() if k not in ("hidden", "output")})


def _estimated_seconds(trial: Trial) -> float | None:
    cell = trial.cell
    operations_a_row = cell.architecture.operations(cell.dataset)
    if operations_a_row is None:
        return None
    rows = trial.request.training_rows
    steps = ceil(rows / cell.batch_size)
    epoch = EPOCH_SECONDS + steps * STEP_SECONDS + rows * operations_a_row / _rate(cell)
    return TRIAL_SECONDS + cell.epochs * epoch


def _rate(cell: Cell) -> float:
    """Operations a second that its layers are computed with."""
    if isinstance(cell.architecture, Cnn):
        return CONVOLVED_A_SECOND
    is_multi_hot = not cell.dataset.info.input_shape and not cell.dataset.request.vocabulary
    return MULTI_HOT_A_SECOND if is_multi_hot else OPERATIONS_A_SECOND
