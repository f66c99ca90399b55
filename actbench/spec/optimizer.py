"""The optimizer of a spec: a Keras name, or a mapping with its arguments."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from pydantic import GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import CoreSchema

from actbench.spec.keras_names import LEARNING_RATES, OPTIMIZER_ARGUMENTS
from actbench.spec.problems import (
    Problem,
    Section,
    is_number,
    keys_schema,
    one_problem,
    refuse,
    shown,
)
from actbench.wording import listed, nearest

_SWITCHES = frozenset({"amsgrad", "nesterov", "centered", "use_ema", "relative_step"})
_POSITIVE = frozenset({"learning_rate", "clipnorm", "clipvalue", "global_clipnorm"})


class Optimizer(Section):
    """A Keras optimizer and its arguments; the learning rate is always among them."""

    name: str
    arguments: tuple[tuple[str, float | bool], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """The fields, from a name or from a mapping as in a spec."""
        return value if isinstance(value, cls) else _fields(value)

    @model_serializer
    def as_written(self) -> dict[str, Any]:
        """The mapping form that a spec can hold."""
        return {"name": self.name, **dict(self.arguments)}

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: the name, and the arguments that differ from Keras's."""
        usual = ("learning_rate", LEARNING_RATES[self.name])
        return {"name": self.name, **dict(pair for pair in self.arguments if pair != usual)}

    def with_learning_rate(self, rate: float | None) -> "Optimizer":
        """The same optimizer with another learning rate; itself for None."""
        if rate is None:
            return self
        return Optimizer.model_validate(self.as_written() | {"learning_rate": rate})

    @property
    def label(self) -> str:
        """The name, and the arguments that differ from Keras's: `adam(learning_rate=0.01)`."""
        parts = [f"{key}={value}" for key, value in self.identity.items() if key != "name"]
        return f"{self.name}({', '.join(parts)})" if parts else self.name

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        mappings = [
            {"name": {"const": name}}
            | {key: {"type": "boolean" if key in _SWITCHES else "number"} for key in keys}
            for name, keys in OPTIMIZER_ARGUMENTS.items()
        ]
        names = {"enum": list(OPTIMIZER_ARGUMENTS)}
        description = "A Keras optimizer: its name, or a mapping with its arguments as in Keras."
        forms = [names, *(keys_schema(keys, ["name"]) for keys in mappings)]
        return {"description": description, "anyOf": forms}


def _fields(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise one_problem(f"expected the name of an optimizer or a mapping, got {shown(value)}")
    name = value.get("name")
    name = name.lower() if isinstance(name, str) else name
    if not isinstance(name, str) or name not in OPTIMIZER_ARGUMENTS:
        near = nearest(name, OPTIMIZER_ARGUMENTS) or f"; they are {listed(OPTIMIZER_ARGUMENTS)}"
        raise one_problem(
            f"expected the name of a Keras optimizer, got {shown(name)}{near}", "name"
        )
    given = {key: argument for key, argument in value.items() if key != "name"}
    refuse(_argument_problems(name, given))
    arguments = {"learning_rate": LEARNING_RATES[name]} | given
    typed = {k: v if isinstance(v, bool) else float(v) for k, v in arguments.items()}
    return {"name": name, "arguments": tuple(sorted(typed.items()))}


def _argument_problems(name: str, arguments: dict[str, Any]) -> Iterator[Problem]:
    keys = OPTIMIZER_ARGUMENTS[name]
    for key, value in arguments.items():
        if key not in keys:
            words = f"'{name}' has no argument '{key}'{nearest(key, keys)}"
            yield Problem((key,), f"{words} (it takes {listed(keys)})", at_key=True)
        elif expected := _expected(key, value):
            yield Problem((key,), f"expected {expected}, got {shown(value)}")


def _expected(key: str, value: Any) -> str:
    """What the argument should have been; empty if the value fits."""
    if key in _SWITCHES:
        return "" if isinstance(value, bool) else "true or false"
    number = is_number(value) and isfinite(value)
    if key == "learning_rate_power":  # ftrl takes negative ones
        return "" if number else "a finite number"
    if key in _POSITIVE:
        return "" if number and value > 0 else "a positive number"
    return "" if number and value >= 0 else "a number of at least 0"
