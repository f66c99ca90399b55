"""Checks before training: what the spec, the catalogue and the targets say without any training.

They never stop a run by themselves; with `--strict` a warning stops it.
"""

from collections.abc import Sequence
from dataclasses import replace

from actbench.errors import SpecError
from actbench.experiment.checks import functions, hidden_layers, outputs
from actbench.experiment.checks.check import Check, CheckedBlock, block_name
from actbench.experiment.plan import Plan
from actbench.wording import counted

__all__ = ["Check", "block_name", "checks_of", "refuse_warnings", "warnings"]


def checks_of(plan: Plan) -> tuple[Check, ...]:
    """Everything that can be said of a plan before any training, warnings first.

    Each sentence comes once, with all the blocks it holds for. What depends on the targets of a
    data set that is not on this machine yet is left out.
    """
    blocks_by_check: dict[Check, tuple[str, ...]] = {}
    for block in plan.blocks:
        checked = CheckedBlock(block, plan.targets.get(block.dataset.request))
        for subject in (outputs, hidden_layers, functions):
            for check in subject.checks(checked):
                key = replace(check, blocks=())
                blocks_by_check[key] = (*blocks_by_check.get(key, ()), *check.blocks)
    merged = [replace(check, blocks=blocks) for check, blocks in blocks_by_check.items()]
    return tuple(sorted(merged, key=lambda check: check.level == "note"))


def warnings(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks that question the comparison."""
    return tuple(check for check in checks if check.level == "warning")


def refuse_warnings(plans: Sequence[Plan]) -> None:
    """Refuse plans that have warnings.

    Raises:
        SpecError: lists every warning of every plan.
    """
    lines = [
        f"  {plan.experiment.name}: {check.sentence}"
        for plan in plans
        for check in warnings(checks_of(plan))
    ]
    if lines:
        heading = f"--strict: {counted(len(lines), 'warning')} before training:"
        raise SpecError("\n".join([heading, *lines]))
