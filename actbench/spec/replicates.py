"""The replicates of a spec: its seeds, and the splits of its data."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from actbench.data.dataset_info import SplitScheme
from actbench.spec.problems import Problem, Section, one_problem, optional, read_as, refuse, shown

LARGEST_SEED = 2**31 - 1
MOST_SEEDS = 100_000
MOST_SPLITS = 1_000
SEEDS = 10
SEEDS_A_SPLIT = 3


def _read_seeds(value: Any) -> tuple[int, ...]:
    """The seeds, from a list of them or from their number: 10 means 0 to 9."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_SEEDS:
            raise one_problem(f"expected at least 1 seed and at most {MOST_SEEDS:,}, got {value}")
        return tuple(range(value))
    if not isinstance(value, list | tuple):
        raise one_problem(f"expected a number of seeds or a list of them, got {shown(value)}")
    if not value:
        raise one_problem("expected at least 1 seed, got an empty list")
    refuse(
        Problem((i,), f"expected a seed from 0 to {LARGEST_SEED}, got {shown(seed)}")
        for i, seed in enumerate(value)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED
    )
    refuse(
        Problem((i,), f"the seed {seed} stands in the list twice")
        for i, seed in enumerate(value)
        if seed in value[:i]
    )
    return tuple(value)


_SeedsInSpec = (
    Annotated[int, Field(ge=1, le=MOST_SEEDS)]
    | Annotated[
        list[Annotated[int, Field(ge=0, le=LARGEST_SEED)]],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    ]
)
Seeds = Annotated[
    tuple[int, ...], BeforeValidator(_read_seeds, json_schema_input_type=_SeedsInSpec)
]


def usual_seeds(earlier_keys: dict[str, Any]) -> tuple[int, ...]:
    """The seeds of a spec without the key, from the keys before it."""
    return tuple(range(SEEDS if earlier_keys.get("splits") is None else SEEDS_A_SPLIT))


_Count = Annotated[int, Field(ge=2, le=MOST_SPLITS)]


class SeveralSplits(Section):
    """Several splits of each data set, the same for every arm: random ones, or folds."""

    random: _Count | None = optional("How many random splits.")
    test: Annotated[float, Field(gt=0, lt=1)] | None = optional(
        "Of random splits: the share of the rows for the test; by default that of the data set."
    )
    folds: _Count | None = optional("Each row is in the test of one of so many splits.")
    repeats: Annotated[int, Field(ge=1, le=MOST_SPLITS)] | None = optional(
        "How often the rows are divided into folds anew; by default once."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "SeveralSplits":
        if (self.random is None) == (self.folds is None):
            raise one_problem("expected one of `random: 10` and `folds: 5`")
        other = "repeats" if self.folds is None else "test"
        if getattr(self, other) is not None:
            words = f"`{other}` goes with `{'folds' if other == 'repeats' else 'random'}` only"
            refuse([Problem((other,), words, at_key=True)])
        if self.scheme.count > MOST_SPLITS:
            raise one_problem(f"expected at most {MOST_SPLITS:,} splits, got {self.scheme.count:,}")
        return self

    @property
    def scheme(self) -> SplitScheme:
        """How the splits are drawn."""
        if self.folds is None:
            return SplitScheme(self.random or 0, self.test)
        return SplitScheme(self.folds * (self.repeats or 1), folds=self.folds)


def _read_splits(value: Any) -> Any:
    """The splits, from their number or from a mapping."""
    if value is None or isinstance(value, SeveralSplits):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if not 2 <= value <= MOST_SPLITS:
            raise one_problem(
                f"expected at least 2 splits and at most {MOST_SPLITS:,}, got {value}"
            )
        return SeveralSplits(random=value)
    if isinstance(value, dict):
        return read_as(SeveralSplits, value)
    forms = "`{random: 20, test: 0.2}` or `{folds: 5, repeats: 2}`"
    raise one_problem(f"expected a number of splits, {forms}, got {shown(value)}")


Splits = Annotated[
    SeveralSplits,
    BeforeValidator(_read_splits, json_schema_input_type=_Count | SeveralSplits),
]
