"""Checks before training: what the spec, the catalogue and the targets say without any training.

They never stop a run by themselves; with `--strict` a warning stops it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from actbench.errors import SpecError
from actbench.experiment.checks import functions, hidden_layers, inputs, outputs
from actbench.experiment.checks.check import Check, CheckedBlock, block_name
from actbench.experiment.plan import Plan
from actbench.spec import Block
from actbench.wording import counted

__all__ = ["Check", "block_name", "checks_of", "refuse_warnings", "warnings"]


def checks_of(plan: Plan) -> tuple[Check, ...]:
    """Everything that can be said of a plan before any training, warnings first.

    Each sentence comes once, with all the blocks it holds for. What depends on the targets of a
    data set that is not on this machine yet is left out.
    """
    blocks_by_check: dict[Check, tuple[str, ...]] = {}
    for block in plan.blocks:
        for check in _of_block(plan, block):
            key = replace(check, blocks=())
            blocks_by_check[key] = (*blocks_by_check.get(key, ()), *check.blocks)
    merged = [replace(check, blocks=blocks) for check, blocks in blocks_by_check.items()]
    return tuple(sorted(merged, key=lambda check: check.level == "note"))


def _of_block(plan: Plan, block: Block) -> Iterator[Check]:
    """The checks of a block, each once; where splits differ, it says for how many it holds."""
    requests = plan.experiment.requests(block.dataset)
    by_subject: dict[Check, list[Check]] = {}
    for request in requests:
        checked = CheckedBlock(block, plan.targets.get(request))
        for subject in (outputs, inputs, hidden_layers, functions):
            for check in subject.checks(checked):
                by_subject.setdefault(replace(check, finding=""), []).append(check)
    for same in by_subject.values():
        if len(same) == len(requests) and len({check.finding for check in same}) == 1:
            yield same[0]
        else:
            where = f"so in {len(same):,} of {len(requests):,} splits; the numbers are of the first"
            yield replace(same[0], finding=f"{same[0].finding} ({where})")


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
