"""Checks before training: what the spec, the catalogue and the targets say without any training.

They never stop a run by themselves; with `--strict` a warning stops it.
"""

from collections.abc import Sequence

from actbench.errors import SpecError
from actbench.experiment.checks import layers, losses, same_function, targets
from actbench.experiment.checks.check import Check, CheckedBlock, Level, block_name, merged
from actbench.experiment.plan import Plan

__all__ = ["Check", "Level", "block_name", "checks_of", "refuse_warnings", "warnings"]

_KINDS = (targets, losses, layers, same_function)


def checks_of(plan: Plan) -> tuple[Check, ...]:
    """Everything that can be said of a plan before any training, warnings first.

    What depends on the targets of a data set that is not on this machine yet is left out.
    """
    blocks = [CheckedBlock(b, plan.targets.get(b.dataset.request)) for b in plan.blocks]
    return merged(check for block in blocks for kind in _KINDS for check in kind.checks(block))


def warnings(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks that question the comparison."""
    return tuple(check for check in checks if check.level is Level.warning)


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
        count = "1 warning" if len(lines) == 1 else f"{len(lines)} warnings"
        raise SpecError("\n".join([f"--strict: {count} before training:", *lines]))
