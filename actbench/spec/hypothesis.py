"""References to arms, and the hypotheses under `expect`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import ValidationError

from actbench.spec.activation import Activation, read_activation
from actbench.spec.keras_names import LONG_NAMES
from actbench.spec.problems import Problem, Problems, one, shown
from actbench.spec.section import Section
from actbench.wording import listed, nearest

SECONDS = "seconds"  # a metric of its own: the time that training took


def _reference(value: Any) -> Any:
    """A label or a name stays a word; a mapping must be an activation; null is `linear`."""
    if value is None:
        return "linear"
    if isinstance(value, dict):
        return Activation.model_validate(read_activation(value)).label
    if not isinstance(value, str):
        raise one(f"expected the name or label of an activation, got {shown(value)}")
    return value


Reference = Annotated[
    str | None,
    BeforeValidator(_reference),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "object"}]}, mode="validation"
    ),
]


class ArmReference(Section):
    """Names an arm by its hidden activation, its output activation, or both."""

    hidden: Reference = None
    output: Reference = None

    @model_validator(mode="after")
    def _names_something(self) -> "ArmReference":
        if not self._named():
            raise one("expected `hidden`, `output` or both, as in {output: linear}")
        return self

    def _named(self) -> bool:
        return self.hidden is not None or self.output is not None

    def matches(self, hidden: Activation, output: Activation) -> bool:
        """Whether this names the arm of the two activations."""
        return _names(self.hidden, hidden) and _names(self.output, output)

    def unmatched(
        self,
        hidden: tuple[Activation, ...],
        output: tuple[Activation, ...],
        architectures: tuple[str, ...] = (),
    ) -> list[Problem]:
        """A problem for each word that names no candidate."""
        return [
            Problem((key,), _no_such(key, word, candidates))
            for key, word, candidates in (
                ("hidden", self.hidden, hidden),
                ("output", self.output, output),
            )
            if word is not None and not any(_names(word, a) for a in candidates)
        ]


def _names(word: str | None, activation: Activation) -> bool:
    """Whether the word means the activation: its label, or any form of its name."""
    if word is None or word in activation.words:
        return True
    try:
        return Activation.model_validate(read_activation(word)).identity == activation.identity
    except (Problems, ValidationError):
        return False


def _no_such(key: str, word: str, candidates: tuple[Activation, ...]) -> str:
    labels = [a.label for a in candidates]
    return (
        f"expected one of the {key} activations of this spec ({listed(labels)}), "
        f"got '{word[:60]}'{nearest(word, labels)}"
    )


class CellReference(ArmReference):
    """Names an arm, an architecture by its name in the tables, or an arm on an architecture."""

    architecture: str | None = None

    def _named(self) -> bool:
        return self.architecture is not None or super()._named()

    def unmatched(
        self,
        hidden: tuple[Activation, ...],
        output: tuple[Activation, ...],
        architectures: tuple[str, ...] = (),
    ) -> list[Problem]:
        """A problem for each word that names no candidate."""
        found = super().unmatched(hidden, output)
        word = self.architecture
        if word is None or word in architectures:
            return found
        words = (
            f"expected one of the architectures of this spec ({listed(architectures)}), "
            f"got '{word[:60]}'{nearest(word, architectures)}"
        )
        return [*found, Problem(("architecture",), words)]


class Hypothesis(Section):
    """What the author of the spec expects: `better`/`worse` … `than`, or `equivalent` … `to`.

    `by` and `within` are in the metric's own unit. `split`: measured on which rows, as at the end
    of the last epoch. The metric `seconds` is the time that training took.
    """

    better: CellReference | None = None
    worse: CellReference | None = None
    equivalent: CellReference | None = None
    than: CellReference | None = None
    to: CellReference | None = None
    split: Literal["train", "val", "test"] = "test"
    metric: Annotated[
        str | None,
        BeforeValidator(lambda v: LONG_NAMES.get(v, v) if isinstance(v, str) else v),
    ] = None
    by: Annotated[float, Field(ge=0)] | None = None
    within: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _is_a_sentence(self) -> "Hypothesis":
        claims = [k for k in ("better", "worse", "equivalent") if getattr(self, k) is not None]
        if len(claims) != 1:
            raise one("expected exactly one of `better`, `worse` and `equivalent`")
        equivalent = claims == ["equivalent"]
        needed, foreign = (
            (("to", "within"), ("than", "by"))
            if equivalent
            else (
                ("than",),
                ("to", "within"),
            )
        )
        problems = [
            Problem((), f"`{claims[0]}` needs `{key}`")
            for key in needed
            if getattr(self, key) is None
        ] + [
            Problem((key,), f"`{key}` does not go with `{claims[0]}`", at_key=True)
            for key in foreign
            if getattr(self, key) is not None
        ]
        if problems:
            raise Problems(problems)
        return self

    def references(self) -> dict[str, CellReference]:
        """The arms named, by the key that names them."""
        keys = ("better", "worse", "equivalent", "than", "to")
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}
