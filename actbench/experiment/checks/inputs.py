"""Inputs that are scaled twice, or that give the target away."""

from collections.abc import Iterator

from actbench.experiment.checks.check import Check, CheckedBlock


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Columns that give the target away, and layers of a saved model that scale inputs again."""
    for column, how in block.block.dataset.info.leaks:
        yield block.warning(
            "gives the target away",
            "output",
            block.outputs,
            f"the column '{column}' is likely no fair input: {how}.",
            f"If it is not there before the target is, leave it out with `drop: [{column}]`.",
        )
    yield from _scaled_twice(block)


def _scaled_twice(block: CheckedBlock) -> Iterator[Check]:
    """Layers of a saved model that scale inputs which the data set scales already."""
    layers = block.any_cell.architecture.scales_inputs
    request = block.block.dataset.request
    scale = request.applied_scale
    if layers and scale != "none":
        how = f"divided by {scale:g}" if isinstance(scale, int | float) else f"scaled ({scale})"
        yield block.warning(
            "scaled twice",
            "hidden",
            block.hidden,
            f"the saved model scales its inputs in {layers}, and gets rows that are {how} before.",
            "`scale: none` in the data set hands them over as they are.",
        )
