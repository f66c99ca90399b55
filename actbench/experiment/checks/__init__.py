"""Checks before training: what the spec, the catalogue and the targets tell without any training.

They never stop a run by themselves; `--strict` makes a warning stop it.
"""

from collections.abc import Sequence

from actbench.errors import SpecError
from actbench.experiment.checks import alike, layers, losses, targets
from actbench.experiment.checks.check import Check, Level, merged
from actbench.experiment.checks.subject import Subject, block_name
from actbench.experiment.plan import Plan

__all__ = ["Check", "Level", "block_name", "checks_of", "refuse_warnings", "warnings"]

_FAMILIES = (targets, losses, layers, alike)


def checks_of(plan: Plan) -> tuple[Check, ...]:
    """Everything that can be said of a plan before any training, warnings first.

    What depends on the targets of a data set that is not here yet is left out.
    """
    subjects = [Subject(block, plan.targets.get(block.dataset)) for block in plan.blocks]
    return merged(
        check for subject in subjects for family in _FAMILIES for check in family.checks(subject)
    )


def warnings(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Those that question the comparison."""
    return tuple(check for check in checks if check.level is Level.warning)


def refuse_warnings(plans: Sequence[Plan]) -> None:
    """Refuse plans that have warnings.

    Raises:
        SpecError: naming every warning of every plan.
    """
    lines = [
        f"  {plan.experiment.name}: {check.sentence}"
        for plan in plans
        for check in warnings(checks_of(plan))
    ]
    if lines:
        count = "1 warning" if len(lines) == 1 else f"{len(lines)} warnings"
        raise SpecError("\n".join([f"--strict: {count} before training:", *lines]))
