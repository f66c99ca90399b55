"""An activation in a spec: a name, a mapping with parameters, or one of the spec's own."""

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, model_serializer

from actbench.activations.catalogue import ALIASES, CATALOGUE, Parameter, Value, canonical_name
from actbench.spec.activation_keys import (
    INITIALIZER_SCHEMA,
    KERAS_INITIALIZER,
    LABEL_SCHEMA,
    misfits,
)
from actbench.spec.own_activation import own_form, own_schemas, read_own
from actbench.spec.problems import Problem, Problems, one, shown
from actbench.spec.section import Section
from actbench.wording import listed, nearest

_RESERVED = ("name", "kernel_initializer", "label")

# What an activation was made for, set by `companions: true`: the initialiser of its layers; and
# AlphaDropout for Dropout. Klambauer and others, Self-Normalizing Neural Networks (2017).
_COMPANIONS = {"selu": "lecun_normal"}


class Activation(Section):
    """One candidate activation, every parameter filled in.

    `formula` is the canonical text of a formula, `custom` the place of a user's function with the
    `digest` of its source; without either, `name` is the catalogue's. With `companions`, layers
    have the initialiser that the activation was made for, and drop units by AlphaDropout.
    `written` is what the spec said (`swish` for `silu`); it does not count for identity.
    """

    name: str
    parameters: tuple[tuple[str, Value], ...] = ()
    formula: str | None = None
    custom: str | None = None
    digest: str = ""
    companions: bool = False
    kernel_initializer: str = KERAS_INITIALIZER
    label: str
    written: str

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: everything but the label."""
        return {**self._function, "kernel_initializer": self.kernel_initializer}

    @property
    def _function(self) -> dict[str, Any]:
        if self.formula is not None:
            return {"formula": self.formula}
        if self.custom is not None:
            return {"custom": self.custom, "digest": self.digest}
        companions = {"companions": True} if self.companions else {}
        return {"name": self.name, **dict(self.parameters), **companions}

    @property
    def words(self) -> frozenset[str]:
        """Every word that means this activation and nothing else in its spec."""
        return frozenset({self.label, self.written, self.name, self.formula or self.name})

    @model_serializer
    def as_written(self) -> dict[str, Any]:
        """The mapping form that a spec can hold, every parameter spelled out."""
        own = {"label": self.label}
        if self.formula is not None:
            own = {"name": self.name, **own} if self.name != self.formula else own
            return {**self.identity, "formula": self.written, **own}
        return {key: value for key, value in self.identity.items() if key != "digest"} | own


def read_activation(value: Any) -> Any:
    """Turn what a spec may say of an activation into the fields of `Activation`.

    Raises:
        Problems: the name, a parameter or the initialiser is not known or not of its kind.
    """
    if isinstance(value, Activation):
        return value
    if value is None or isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise one(f"expected the name of an activation or a mapping, got {shown(value)}")
    if form := own_form(value):
        return read_own(value, form)
    written = "linear" if value.get("name") is None else value["name"]
    name = canonical_name(written) if isinstance(written, str) else None
    if name is None:
        raise one(_unknown(written), "name")
    parameters = _parameters(name, value)
    companions = value.get("companions", False)
    usual = _COMPANIONS[name] if companions else KERAS_INITIALIZER
    initializer = value.get("kernel_initializer", usual)
    default = f"{name}(companions)" if companions else _label(name, parameters, initializer)
    return {
        "name": name,
        "parameters": parameters,
        "companions": companions,
        "kernel_initializer": initializer,
        "label": value.get("label", default),
        "written": written,
    }


def _unknown(name: Any) -> str:
    known = [*CATALOGUE, *ALIASES]
    near = nearest(name, known)
    more = near or f"; the activations are {listed(CATALOGUE)}"
    return f"expected the name of an activation, got {shown(name)}{more}"


def _parameters(name: str, value: dict[str, Any]) -> tuple[tuple[str, Value], ...]:
    known = {p.name: p for p in CATALOGUE[name].parameters}
    problems = [
        Problem((key,), _unknown_parameter(name, key, known), at_key=True)
        for key in value
        if key not in known and key not in _reserved(name)
    ]
    problems += [
        Problem((), f"the activation '{name}' needs its parameter '{p.name}'")
        for p in known.values()
        if p.required and p.name not in value
    ]
    problems += [
        Problem((key,), f"expected {wanted}, got {shown(value[key])}")
        for key, p in known.items()
        if key in value and (wanted := _misfit(p, value[key]))
    ]
    problems += _misfit_companions(name, value) + misfits(value)
    if problems:
        raise Problems(problems)
    return tuple((p.name, _typed(p, value.get(p.name, p.default))) for p in known.values())


def _unknown_parameter(name: str, key: str, known: dict[str, Parameter]) -> str:
    names = [*known, *_reserved(name)[1:]]
    return f"'{name}' has no parameter '{key}'{nearest(key, names)} (it takes {listed(names)})"


def _misfit(parameter: Parameter, value: Any) -> str:
    """What was expected of the parameter, or nothing where the value fits."""
    if isinstance(parameter.default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if parameter.optional_number and value is None:
        return ""
    kind = int if isinstance(parameter.default, int) else (int, float)
    bounded = "" if parameter.minimum is None else f" of at least {parameter.minimum:g}"
    expected = ("a whole number" if kind is int else "a finite number") + bounded
    if isinstance(value, bool) or not isinstance(value, kind):
        return expected
    low = -float("inf") if parameter.minimum is None else parameter.minimum
    return "" if low <= value < float("inf") and value > -float("inf") else expected


def _typed(parameter: Parameter, value: Any) -> Value:
    whole = isinstance(parameter.default, int)  # a boolean is a whole number here, and stays one
    return value if whole or value is None else float(value)


def _reserved(name: str) -> tuple[str, ...]:
    return (*_RESERVED, "companions") if name in _COMPANIONS else _RESERVED


def _misfit_companions(name: str, value: dict[str, Any]) -> list[Problem]:
    given = value.get("companions", False)
    if name not in _COMPANIONS or given is False:
        return []
    if given is not True:
        return [Problem(("companions",), f"expected true or false, got {shown(given)}")]
    usual = _COMPANIONS[name]
    if value.get("kernel_initializer", usual) == usual:
        return []
    words = f"`companions: true` means {usual}; leave `kernel_initializer` or `companions` out"
    return [Problem(("kernel_initializer",), words)]


def _label(name: str, parameters: tuple[tuple[str, Value], ...], initializer: str) -> str:
    """The default label: the name, and every parameter that the name alone does not tell.

    >>> _label("leaky_relu", (("negative_slope", 0.02),), "glorot_uniform")
    'leaky_relu(negative_slope=0.02)'
    """
    facts = {p.name: p for p in CATALOGUE[name].parameters}
    told = [
        f"{key}={value}"
        for key, value in parameters
        if facts[key].spelled_out or facts[key].required or value != facts[key].default
    ]
    if initializer != KERAS_INITIALIZER:
        told.append(f"kernel_initializer={initializer}")
    return f"{name}({', '.join(told)})" if told else name


def _schema() -> dict[str, Any]:
    """JSON Schema of everything `read_activation` accepts."""
    names = sorted([*CATALOGUE, *ALIASES])
    bare = [n for n in names if not any(p.required for p in CATALOGUE[_canonical(n)].parameters)]
    mappings = [_mapping_schema(name) for name in names]
    return {"anyOf": [{"enum": bare}, {"type": "null"}, *mappings, *own_schemas()]}


def _canonical(name: str) -> str:
    return ALIASES.get(name, name)


def _mapping_schema(name: str) -> dict[str, Any]:
    facts = CATALOGUE[_canonical(name)].parameters
    properties: dict[str, Any] = {
        "name": {"const": name},
        "kernel_initializer": INITIALIZER_SCHEMA,
        "label": LABEL_SCHEMA,
    }
    if _canonical(name) in _COMPANIONS:
        properties["companions"] = {"type": "boolean"}
    for p in facts:
        properties[p.name] = _parameter_schema(p)
    required = ["name", *(p.name for p in facts if p.required)]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _parameter_schema(parameter: Parameter) -> dict[str, Any]:
    if isinstance(parameter.default, bool):
        return {"type": "boolean"}
    kind: Any = "integer" if isinstance(parameter.default, int) else "number"
    schema = {"type": [kind, "null"] if parameter.optional_number else kind}
    if parameter.minimum is not None:
        schema["minimum"] = parameter.minimum
    return schema


ActivationChoice = Annotated[
    Activation, BeforeValidator(read_activation), WithJsonSchema(_schema(), mode="validation")
]
