"""How a spec names an arm, and what it expects of arms under `expect`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from actbench.spec.activation import Activation
from actbench.spec.keras_names import LONG_NAMES
from actbench.spec.problems import Problem, Section, one_problem, optional, refuse, shown
from actbench.wording import Scope

# A loss or metric by the short one of Keras's names.
ShortName = Annotated[
    str, BeforeValidator(lambda name: LONG_NAMES.get(name, name) if isinstance(name, str) else name)
]


def _read_reference(value: Any) -> Any:
    """The word for an activation: a label or name as it is, a mapping's label, null as `linear`."""
    if value is None:
        return "linear"
    if isinstance(value, dict):
        return Activation.model_validate(value).label
    if not isinstance(value, str):
        raise one_problem(f"expected the name or label of an activation, got {shown(value)}")
    return value


Reference = Annotated[
    str | None,
    BeforeValidator(_read_reference, json_schema_input_type=str | dict[str, Any] | None),
]


class ArmReference(Section):
    """Names an arm by its hidden activation, its output activation, or both."""

    hidden: Reference = optional("A hidden activation.")
    output: Reference = optional("An output activation.")

    @model_validator(mode="after")
    def _names_something(self) -> "ArmReference":
        if not self.model_dump(exclude_none=True):
            raise one_problem("expected `hidden`, `output` or both, as in {output: linear}")
        return self

    def matches(self, hidden: Activation, output: Activation) -> bool:
        """Whether this names the arm of the two activations."""
        return hidden.is_named_by(self.hidden) and output.is_named_by(self.output)


class CellReference(ArmReference):
    """Names an arm, an architecture by its name in the tables, or an arm on an architecture."""

    architecture: str | None = optional("One architecture, by its name in the tables.")


_OTHER_ARM = "The arm it is compared with."


class Expectation(Section):
    """What the author of the spec expects: `better`/`worse` … `than`, or `equivalent` … `to`.

    `by` and `within` are in the metric's own unit. `split` says on which rows the metric is
    measured, at the end of the last epoch, and `scope` what the sentence is about. The metric
    `seconds` is the time that training took.
    """

    better: CellReference | None = optional("The arm that is expected to be better.")
    worse: CellReference | None = optional("The arm that is expected to be worse.")
    equivalent: CellReference | None = optional("The arm that is expected to be as good.")
    than: CellReference | None = optional(_OTHER_ARM)
    to: CellReference | None = optional(_OTHER_ARM)
    split: Literal["train", "val", "test"] = Field(
        default="test", description="The rows it is measured on."
    )
    scope: Scope | None = optional(
        "What it is about: these seeds on these very rows, rows like these, or splits; by default "
        "splits where the spec has `splits`, else seeds."
    )
    metric: ShortName | None = optional(
        "What is measured; by default the first metric. `seconds` is the time of training."
    )
    by: Annotated[float, Field(ge=0)] | None = optional(
        "How much better or worse at least, in the metric's unit."
    )
    within: Annotated[float, Field(gt=0)] | None = optional(
        "How far apart at most, in the metric's unit."
    )

    @model_validator(mode="after")
    def _is_a_sentence(self) -> "Expectation":
        claims = [k for k in ("better", "worse", "equivalent") if getattr(self, k) is not None]
        if len(claims) != 1:
            raise one_problem("expected exactly one of `better`, `worse` and `equivalent`")
        (claim,) = claims
        needed, foreign = ["than"], ["to", "within"]
        if claim == "equivalent":
            needed, foreign = ["to", "within"], ["than", "by"]
        if self.scope == "rows" and self.split != "test":
            raise one_problem(
                f"`scope: rows` goes with the test rows only, got `split: {self.split}`; "
                "leave one of the two out"
            )
        missing = (key for key in needed if getattr(self, key) is None)
        unwanted = (key for key in foreign if getattr(self, key) is not None)
        refuse(
            [Problem((), f"`{claim}` needs `{key}`") for key in missing]
            + [Problem((k,), f"`{k}` does not go with `{claim}`", at_key=True) for k in unwanted]
        )
        return self

    def references(self) -> dict[str, CellReference]:
        """The arms that the sentence names, by their keys."""
        return {key: arm for key, arm in self if isinstance(arm, CellReference)}
