"""Printing plans: the grid, what is done, what to watch out for, and the time it takes."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from actbench.cli.progress import duration
from actbench.cli.terminal import output
from actbench.experiment.checks import Check, block_name, checks_of
from actbench.experiment.plan import Plan, expected_seconds
from actbench.statistics import seeds_to_reach, smallest_p
from actbench.wording import counted, listed

ALPHA = 0.05


def print_plans(plans: Sequence[Plan], *, as_json: bool) -> None:
    """Print each plan to standard output."""
    console = output()
    if as_json:
        console.print_json(json.dumps([_summary(plan) for plan in plans]))
        return
    for i, plan in enumerate(plans):
        if i:
            console.print()
        console.print(Text(plan.experiment.name, style="bold"), plan.experiment.description)
        console.print(_grid(plan))
        for line in _lines(plan):
            console.print(line)
        if checks := checks_of(plan):
            console.print("Checks before training:")
            console.print(_checks(plan, checks))


def _grid(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("data set", "architecture", "arm"):
        table.add_column(head, overflow="fold")
    table.add_column("done", justify="right")
    done = Counter((trial.block, trial.cell) for trial in plan.done)
    seeds = len(plan.experiment.seeds)
    for number, block in enumerate(plan.blocks):
        for i, cell in enumerate(block.cells):
            baseline = " (baseline)" if cell.arm == block.baseline else ""
            where = (block.dataset.label, block.architecture.name) if i == 0 else ("", "")
            table.add_row(*where, cell.arm.label + baseline, f"{done[number, cell]}/{seeds}")
    return table


def _lines(plan: Plan) -> list[str]:
    seeds, cells = len(plan.experiment.seeds), sum(len(b.cells) for b in plan.blocks)
    lines = [
        f"{counted(len(plan.trials), 'trial')} ({counted(cells, 'arm')} × "
        f"{counted(seeds, 'seed')}): {len(plan.done)} done, "
        f"{len(plan.todo)} to train{_time(plan)}.",
        _reach(plan),
    ]
    lines += [f"{name}: {why}" for name, why in plan.missing_data.items()]
    return [*lines, *_notes(plan)]


def _time(plan: Plan) -> str:
    seconds = expected_seconds(plan)
    if seconds is None:
        return ", in a time that only the first trial will tell"
    return f", in about {duration(seconds)}" if plan.todo else ""


def _reach(plan: Plan) -> str:
    """The smallest p-value that the seeds can give, and how many seeds reach 0.05."""
    seeds = len(plan.experiment.seeds)
    comparisons = _comparisons(plan)
    if comparisons == 0:
        return "A single arm: nothing is compared."
    if seeds == 1:
        return "One seed decides nothing; " + _enough(comparisons)
    least = _least(plan)
    corrected = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    words = f"The smallest p-value that {seeds} seeds can reach is {least:.2g}{corrected}"
    return f"{words}." if least <= ALPHA else f"{words}: too few; {_enough(comparisons)}"


def _comparisons(plan: Plan) -> int:
    return max(len(block.cells) for block in plan.blocks) - 1


def _least(plan: Plan) -> float:
    """The smallest p-value that the seeds can give after correction."""
    return min(1.0, max(1, _comparisons(plan)) * smallest_p(len(plan.experiment.seeds)))


def _enough(comparisons: int) -> str:
    return f"{seeds_to_reach(ALPHA, comparisons)} seeds can reach {ALPHA}."


def _notes(plan: Plan) -> list[str]:
    notes = [
        f"{path} is a Python function that a run imports and runs: train only code you trust."
        for path in _customs(plan)
    ]
    changed = plan.changed_keys
    if changed and plan.others:
        notes.append(
            f"Since the last run {listed(changed)} changed, which makes other trials; "
            f"{plan.others} earlier ones stay in the journal and are not in the tables."
        )
    elif plan.others:
        notes.append(
            f"{counted(plan.others, 'trial')} in the journal "
            f"{'is' if plan.others == 1 else 'are'} not part of this spec as it stands "
            "(other seeds or arms), and not in the tables; nothing of it is lost."
        )
    if plan.damaged:
        where = listed(map(str, plan.damaged))
        notes.append(
            f"{plan.folder.journal}: line {where} cannot be read and is left as it is; "
            "its trials are trained again."
        )
    return notes


def _customs(plan: Plan) -> list[str]:
    """The functions of the user's own among the arms."""
    arms = [cell.arm for block in plan.blocks for cell in block.cells]
    both = [activation.custom for arm in arms for activation in (arm.hidden, arm.output)]
    return list(dict.fromkeys(path for path in both if path))


def _checks(plan: Plan, checks: Sequence[Check]) -> Table:
    """What to watch out for; the blocks are named where it is not all of them."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        where = "" if len(check.blocks) == len(plan.blocks) else f" ({_where(plan, check)})"
        table.add_row(f"  {check.level}:", Text(f"{check.sentence}{where}"))
    return table


def _where(plan: Plan, check: Check) -> str:
    """The data sets that it holds for, with the architecture where it is not every one."""
    told = []
    for dataset in plan.experiment.dataset:
        blocks = [block_name(b) for b in plan.blocks if b.dataset == dataset]
        concerned = [name for name in blocks if name in check.blocks]
        told += [dataset.label] if concerned == blocks else concerned
    return "; ".join(told)


def _summary(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.experiment.name,
        "folder": str(plan.folder.path),
        "trials": len(plan.trials),
        "done": len(plan.done),
        "todo": len(plan.todo),
        "expected_seconds": expected_seconds(plan),
        "smallest_p": smallest_p(len(plan.experiment.seeds)),
        "comparisons": _comparisons(plan),
        "smallest_p_corrected": _least(plan),
        "missing_data": dict(plan.missing_data),
        "changed": list(plan.changed_keys),
        "checks": [check.as_dict() for check in checks_of(plan)],
    }
