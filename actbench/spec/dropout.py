"""Dropout after hidden layers, of an architecture or of an arm."""

from typing import Annotated, Any, Literal

from pydantic import Field

from actbench.spec.problems import Section, is_number

Rate = Annotated[float, Field(gt=0, lt=1, description="The share of units that is dropped.")]


class Dropout(Section):
    """Dropout after each hidden layer; `alpha` keeps the mean and variance that SELU needs."""

    rate: Rate
    kind: Literal["standard", "alpha"] = Field(default="standard", description="Which dropout.")

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: the keys that differ from their default."""
        return self.model_dump(exclude_defaults=True)


def read_dropout(value: Any) -> Any:
    """The mapping form of a dropout, from that or from a rate; other values as they are."""
    return {"rate": float(value)} if is_number(value) else value
