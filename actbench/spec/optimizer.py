"""The optimizer of a spec: a Keras name, or a mapping with its arguments."""

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, model_serializer

from actbench.spec.keras_names import LEARNING_RATES, OPTIMIZER_ARGUMENTS
from actbench.spec.problems import Problem, Problems, one, shown
from actbench.spec.section import Section
from actbench.wording import listed, nearest

_SWITCHES = frozenset({"amsgrad", "nesterov", "centered", "use_ema", "relative_step"})
_POSITIVE = frozenset({"learning_rate", "clipnorm", "clipvalue", "global_clipnorm"})


class Optimizer(Section):
    """A Keras optimizer and its arguments; the learning rate is always among them."""

    name: str
    arguments: tuple[tuple[str, float | bool], ...] = ()

    @model_serializer
    def as_written(self) -> dict[str, Any]:
        """The mapping form that a spec can hold."""
        return {"name": self.name, **dict(self.arguments)}

    @property
    def label(self) -> str:
        """The name, and the arguments that differ from Keras's.

        >>> read = read_optimizer({"name": "adam", "learning_rate": 0.01})
        >>> Optimizer.model_validate(read).label
        'adam(learning_rate=0.01)'
        """
        usual = ("learning_rate", LEARNING_RATES[self.name])
        told = [f"{key}={value}" for key, value in self.arguments if (key, value) != usual]
        return f"{self.name}({', '.join(told)})" if told else self.name


def read_optimizer(value: Any) -> Any:
    """Turn a name or a mapping into the fields of `Optimizer`.

    Raises:
        Problems: the name or an argument is not known or not of its kind.
    """
    if isinstance(value, Optimizer):
        return value
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise one(f"expected the name of an optimizer or a mapping, got {shown(value)}")
    name = value.get("name")
    name = name.lower() if isinstance(name, str) else name
    if name not in OPTIMIZER_ARGUMENTS:
        near = nearest(name, OPTIMIZER_ARGUMENTS) or f"; they are {listed(OPTIMIZER_ARGUMENTS)}"
        raise one(f"expected the name of a Keras optimizer, got {shown(name)}{near}", "name")
    given = {key: argument for key, argument in value.items() if key != "name"}
    problems = [
        problem for key, argument in given.items() for problem in _check(name, key, argument)
    ]
    if problems:
        raise Problems(problems)
    arguments = {"learning_rate": LEARNING_RATES[name]} | given
    typed = {k: v if isinstance(v, bool) else float(v) for k, v in arguments.items()}
    return {"name": name, "arguments": tuple(sorted(typed.items()))}


def _check(name: str, key: str, value: Any) -> list[Problem]:
    known = OPTIMIZER_ARGUMENTS[name]
    if key not in known:
        words = f"'{name}' has no argument '{key}'{nearest(key, known)} (it takes {listed(known)})"
        return [Problem((key,), words, at_key=True)]
    if key in _SWITCHES:
        fits, expected = isinstance(value, bool), "true or false"
    else:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        above = number and (value > 0 if key in _POSITIVE else value >= 0) and value < float("inf")
        fits = above or (number and key == "learning_rate_power")
        expected = "a positive number" if key in _POSITIVE else "a number of at least 0"
    return [] if fits else [Problem((key,), f"expected {expected}, got {shown(value)}")]


def _schema() -> dict[str, Any]:
    mappings = [
        {
            "type": "object",
            "properties": {
                "name": {"const": name},
                **{k: {"type": "boolean" if k in _SWITCHES else "number"} for k in arguments},
            },
            "required": ["name"],
            "additionalProperties": False,
        }
        for name, arguments in OPTIMIZER_ARGUMENTS.items()
    ]
    return {"anyOf": [{"enum": list(OPTIMIZER_ARGUMENTS)}, *mappings]}


OptimizerChoice = Annotated[
    Optimizer, BeforeValidator(read_optimizer), WithJsonSchema(_schema(), mode="validation")
]
