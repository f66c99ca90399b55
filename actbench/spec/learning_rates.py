"""The learning rates of a spec that arms choose from, and which seeds they choose by."""

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from actbench.spec.keras_names import LEARNING_RATES
from actbench.spec.problems import Problem, is_number, one_problem, refuse, shown
from actbench.wording import listed

if TYPE_CHECKING:
    from actbench.spec.experiment import Experiment

SELECTION_SEEDS = 5
FIRST_SELECTION_SEED = 1_000_000
MOST_RATES = 50


def _read_rates(value: Any) -> Any:
    """The rates in ascending order."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise one_problem(f"expected a list of learning rates, got {shown(value)}")
    refuse(
        Problem((i,), f"expected a positive number, got {shown(rate)}")
        for i, rate in enumerate(value)
        if not (is_number(rate) and 0 < rate < inf)
    )
    refuse(
        Problem((i,), f"the learning rate {rate:g} stands in the list twice")
        for i, rate in enumerate(value)
        if rate in value[:i]
    )
    if not 2 <= len(value) <= MOST_RATES:
        words = f"expected 2 to {MOST_RATES} learning rates to choose from, got {len(value)}"
        raise one_problem(f"{words}; a single one belongs to the `optimizer`: {{name: adam, …}}")
    return tuple(sorted(float(rate) for rate in value))


_RatesInSpec = Annotated[
    list[Annotated[float, Field(gt=0)]],
    Field(min_length=2, max_length=MOST_RATES, json_schema_extra={"uniqueItems": True}),
]
LearningRates = Annotated[
    tuple[float, ...], BeforeValidator(_read_rates, json_schema_input_type=_RatesInSpec)
]


def rate_problems(experiment: "Experiment") -> Iterator[Problem]:
    """What does not go with learning rates that arms choose, or not without them."""
    if experiment.learning_rates is None:
        for key in ("selection", "selection_seeds"):
            if getattr(experiment, key) is not None:
                words = "goes with `learning_rates` only, which it is about"
                yield Problem((key,), f"`{key}` {words}", at_key=True)
        return
    yield from _selection_problems(experiment)
    for i, activation in enumerate(experiment.activations.hidden):
        if activation.learning_rate is not None:
            words = f"'{activation.label}' brings a learning rate of its own"
            remedy = "`learning_rates` would replace it; leave one of the two out"
            path = ("activations", "hidden", i, "learning_rate")
            yield Problem(path, f"{words}, and {remedy}", at_key=True)
    optimizer = experiment.optimizer
    if dict(optimizer.arguments)["learning_rate"] != LEARNING_RATES[optimizer.name]:
        words = "is used by no arm: each has the one that it chooses among `learning_rates`"
        message = f"this learning rate {words}; leave it out"
        yield Problem(("optimizer", "learning_rate"), message, at_key=True)


def _selection_problems(experiment: "Experiment") -> Iterator[Problem]:
    """What keeps a rate from being chosen: no validation rows, or the wrong seeds."""
    without = [dataset.label for dataset in experiment.dataset if not dataset.validation]
    if without:
        have = "has" if len(without) == 1 else "have"
        yield Problem(
            ("learning_rates",),
            f"arms choose their learning rate on validation rows, and {listed(without)} {have} "
            "none; give the data set `validation: 0.2`",
            at_key=True,
        )
    if experiment.selection == "each" and experiment.selection_seeds is not None:
        words = "with `selection: each` every seed has one selection seed of its own"
        yield Problem(("selection_seeds",), f"{words}; leave this out", at_key=True)
    if (largest := max(experiment.seeds)) >= FIRST_SELECTION_SEED:
        words = f"expected seeds below {FIRST_SELECTION_SEED:,}, got {largest:,}"
        yield Problem(("seeds",), f"{words}; those from there on choose the learning rates")
