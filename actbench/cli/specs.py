"""Reading the specs that a command names, all of them before anything is done with one."""

from collections.abc import Sequence

from actbench.errors import SpecError
from actbench.spec import Experiment, load


def load_all(
    specs: Sequence[str], overrides: Sequence[str] | None, seeds: int | None, epochs: int | None
) -> list[Experiment]:
    """Every experiment, in order.

    Raises:
        SpecError: a spec is not valid, or two share a name and so a results folder.
    """
    experiments = [load(spec, overrides or (), seeds=seeds, epochs=epochs) for spec in specs]
    first: dict[str, str] = {}
    for spec, experiment in zip(specs, experiments, strict=True):
        if experiment.name in first:
            raise SpecError(
                f"{first[experiment.name]} and {spec} both have the name '{experiment.name}', "
                "and so the same results folder; give one of them another `name`"
            )
        first[experiment.name] = spec
    return experiments
