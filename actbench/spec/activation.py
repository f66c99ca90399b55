"""An activation in a spec: by name with parameters, as a formula over x, or as Python code.

Reading one runs nothing: a formula is parsed by a grammar that has arithmetic only, and of a
Python function the source is read. Training with `custom` runs the user's own code; a `formula`
can only compute.
"""

import os
import re
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import (
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from actbench.activations.catalogue import ALIASES, CATALOGUE, canonical_name
from actbench.activations.custom import locate_activation
from actbench.activations.formula import evaluate
from actbench.activations.grammar import LONGEST_FORMULA, FormulaError, parse, text_of
from actbench.activations.info import ActivationInfo, Parameter, Value
from actbench.spec.dropout import Dropout, read_dropout
from actbench.spec.keras_names import INITIALIZERS
from actbench.spec.problems import (
    LONGEST_LABEL,
    Problem,
    Problems,
    Section,
    is_number,
    keys_schema,
    one_problem,
    read_as,
    refuse,
    shown,
    why_no_label,
)
from actbench.user_code import LONGEST_PATH, PATH, UserCodeError, folders_for
from actbench.wording import listed, nearest

KERAS_INITIALIZER = "glorot_uniform"

_TENSORFLOW = re.compile(r"(?:tf|tensorflow)(?:\.[a-z_]+)*:(\w+)")
_LAYER_LEAKY_RELU = {"negative_slope": 0.3}  # Keras's layer; its function has 0.2

# What belongs to the whole arm, and so to its hidden activation alone.
ARM_KEYS = ("dropout", "learning_rate")
_SHARED = {
    "kernel_initializer": "The initialiser of the layers that the activation follows.",
    "dropout": "Of a hidden activation: after hidden layers, in place of the architecture's.",
    "learning_rate": "Of a hidden activation: in place of the optimizer's.",
    "label": "The name in the tables.",
}
_SHARED_KEYS = tuple(_SHARED)
_KEYS = {
    "formula": ("formula", "name", *_SHARED_KEYS),
    "custom": ("custom", "folder", *_SHARED_KEYS),
}
_MEANINGS = {
    "formula": 'a formula over x as text, such as "x * sigmoid(1.5 * x)"',
    "custom": "the place of a function as package.module:function",
}

# What `companions: true` sets for an activation that was made for it: the initialiser of its
# layers, and AlphaDropout for Dropout.
_COMPANIONS = {
    info.name: info.initializer for info in CATALOGUE.values() if info.dropout == "AlphaDropout"
}


class Activation(Section):
    """One candidate activation, with every parameter filled in.

    `formula` is the canonical text of a formula; `custom` is the place of a user's function, with
    the `digest` of its source; without either, `name` is in the catalogue. `folder` holds the
    user's module, if that is not the working directory; it is no part of the identity. With
    `companions`, layers have the initialiser that the activation was made for, and drop units by
    AlphaDropout. `dropout`: after hidden layers, in place of the architecture's. `learning_rate`:
    in place of the optimizer's. Both are None where the arm brings none of its own.
    `written` is the spec's own name or text (`swish` for `silu`), which is no part of the identity.
    """

    name: str
    parameters: tuple[tuple[str, Value], ...] = ()
    formula: str | None = None
    custom: str | None = None
    digest: str = ""
    folder: str = ""
    companions: bool = False
    kernel_initializer: str = KERAS_INITIALIZER
    dropout: Dropout | None = None
    learning_rate: float | None = None
    label: str
    written: str

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        """The fields, from anything that a spec may say of an activation."""
        folder = (info.context or {}).get("folder")
        return value if isinstance(value, cls) else _fields(value, folder)

    @classmethod
    def or_none(cls, value: Any) -> "Activation | None":
        """The activation that `value` would be in a spec; None if it would be refused."""
        try:
            return cls.model_validate(value)
        except ValidationError:
            return None

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: everything but the label and what the name implies."""
        implied = {"kernel_initializer": KERAS_INITIALIZER, **_implied(self.name)}
        filled = self._filled | ({"dropout": self.dropout.identity} if self.dropout else {})
        return {k: v for k, v in filled.items() if k not in implied or v != implied[k]}

    def dropout_in_place_of(self, usual: Dropout | None) -> Dropout | None:
        """The dropout after its hidden layers: its own, else the architecture's `usual` one."""
        dropout = self.dropout or usual
        return Dropout(rate=dropout.rate, kind="alpha") if dropout and self.companions else dropout

    @property
    def has_own_initializer(self) -> bool:
        """Whether its layers have another kernel initialiser than Keras's default."""
        return self.kernel_initializer != KERAS_INITIALIZER

    @property
    def _filled(self) -> dict[str, Any]:
        """Everything but the label, with defaults."""
        companions = {"companions": True} if self.companions else {}
        own = {
            "kernel_initializer": self.kernel_initializer,
            "dropout": self.dropout.model_dump() if self.dropout else None,
            "learning_rate": self.learning_rate,
        }
        own = {key: value for key, value in own.items() if value is not None}
        return {**self.function, **companions, **own}

    @property
    def function(self) -> dict[str, Any]:
        """What determines the function: a formula, a user's function, or a name and parameters."""
        if self.formula is not None:
            return {"formula": self.formula}
        if self.custom is not None:
            return {"custom": self.custom, "digest": self.digest}
        return {"name": self.name, **dict(self.parameters)}

    @property
    def configuration(self) -> dict[str, Any]:
        """What makes the function: what determines it, and where a user's module is."""
        return {**self.function, **({"folder": self.folder} if self.folder else {})}

    def is_named_by(self, word: str | None) -> bool:
        """Whether the word is its label or any form of its name; no word names every activation."""
        if word in (None, self.label, self.written, self.name, self.formula):
            return True
        named = Activation.or_none(word)
        return named is not None and named.identity == self.identity

    @model_serializer
    def as_written(self) -> dict[str, Any]:
        """The mapping form that a spec can hold, with every parameter spelled out."""
        # A longer one is the default, which comes back without being written.
        label = {"label": self.label} if len(self.label) <= LONGEST_LABEL else {}
        if self.formula is not None:
            name = {"name": self.name} if self.name != self.formula else {}
            return {**self._filled, "formula": self.written, **name, **label}
        return {key: value for key, value in self._filled.items() if key != "digest"} | label

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """The mapping form in a spec that lies in `folder`."""
        if not (folder and self.folder):
            return self.as_written()
        relative = Path(os.path.relpath(self.folder, folder)).as_posix()
        return {**self.as_written(), "folder": relative}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return _schema()


def _fields(value: Any, folder: Path | None) -> dict[str, Any]:
    if value is None or isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise one_problem(f"expected the name of an activation or a mapping, got {shown(value)}")
    of_tensorflow = _TENSORFLOW.fullmatch(str(value.get("custom")))
    if of_tensorflow and canonical_name(of_tensorflow[1]):  # its modules hold no source to hash
        others = {key: given for key, given in value.items() if key != "custom"}
        return _fields_of_named({"name": of_tensorflow[1]} | others)
    for form in _KEYS:
        if form in value:
            return _fields_of_own(value, form, folder)
    return _fields_of_named(value)


def _fields_of_named(value: dict[str, Any]) -> dict[str, Any]:
    written = "linear" if value.get("name") is None else value["name"]
    name = canonical_name(written) if isinstance(written, str) else None
    if name is None:
        near = nearest(written, [*CATALOGUE, *ALIASES])
        near = near or f"; the activations are {listed(CATALOGUE)}"
        raise one_problem(f"expected the name of an activation, got {shown(written)}{near}", "name")
    info = CATALOGUE[name]
    if written.endswith("LeakyReLU"):
        value = _LAYER_LEAKY_RELU | value
    refuse([*_parameter_problems(info, value), *_shared_problems(value)])
    parameters = tuple((p.name, _typed(p, value.get(p.name, p.default))) for p in info.parameters)
    companions = value.get("companions", False)
    own = _own_fields(value, _COMPANIONS[name] if companions else KERAS_INITIALIZER)
    return {
        "name": name,
        "parameters": parameters,
        "companions": companions,
        **own,
        "label": value.get("label", _label(name, parameters, own, companions=companions)),
        "written": written,
    }


def _own_fields(value: dict[str, Any], initializer: str = KERAS_INITIALIZER) -> dict[str, Any]:
    """The fields of what an arm brings along: its initialiser, dropout and learning rate.

    `initializer`: the one it has unless it names another.
    """
    rate = value.get("learning_rate")
    return {
        "kernel_initializer": value.get("kernel_initializer", initializer),
        "dropout": _dropout(value),
        "learning_rate": None if rate is None else float(rate),
    }


def _dropout(value: dict[str, Any]) -> Dropout | None:
    """The arm's own dropout; with its companions it is `alpha` unless it says otherwise."""
    written = read_dropout(value.get("dropout"))
    if written is None:
        return None
    alpha = {"kind": "alpha"} if value.get("companions") is True else {}
    dropout: Dropout = read_as(Dropout, alpha | written if isinstance(written, dict) else written)
    return dropout


def _parameter_problems(info: ActivationInfo, value: dict[str, Any]) -> Iterator[Problem]:
    keys = [p.name for p in info.parameters] + list(_SHARED_KEYS)
    keys += ["companions"] if info.name in _COMPANIONS else []
    for key in value:
        if key not in keys and key != "name":
            words = f"'{info.name}' has no parameter '{key}'{nearest(key, keys)}"
            yield Problem((key,), f"{words} (it takes {listed(keys)})", at_key=True)
    for p in info.parameters:
        if p.required and p.name not in value:
            yield Problem((), f"the activation '{info.name}' needs its parameter '{p.name}'")
    for p in info.parameters:
        if p.name in value and (expected := _expected(p, value[p.name])):
            yield Problem((p.name,), f"expected {expected}, got {shown(value[p.name])}")
    if info.name in _COMPANIONS:
        yield from _companion_problems(value, _COMPANIONS[info.name])


def _expected(parameter: Parameter, value: Any) -> str:
    """What the parameter should have been; empty if the value fits."""
    if isinstance(parameter.default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if parameter.optional_number and value is None:
        return ""
    kind = int if isinstance(parameter.default, int) else (int, float)
    bound = "" if parameter.minimum is None else f" of at least {parameter.minimum:g}"
    expected = ("a whole number" if kind is int else "a finite number") + bound
    if isinstance(value, bool) or not isinstance(value, kind) or not -inf < value < inf:
        return expected
    return "" if parameter.minimum is None or value >= parameter.minimum else expected


def _typed(parameter: Parameter, value: Any) -> Value:
    whole = isinstance(parameter.default, int)  # which a boolean is too
    return value if whole or value is None else float(value)


def _companion_problems(value: dict[str, Any], usual: str) -> Iterator[Problem]:
    companions = value.get("companions", False)
    if not isinstance(companions, bool):
        yield Problem(("companions",), f"expected true or false, got {shown(companions)}")
    elif companions and value.get("kernel_initializer", usual) != usual:
        words = f"`companions: true` means {usual}; leave `kernel_initializer` or `companions` out"
        yield Problem(("kernel_initializer",), words)
    dropout = value.get("dropout")
    if companions is True and isinstance(dropout, dict) and dropout.get("kind") == "standard":
        words = "`companions: true` means AlphaDropout; leave `kind` or `companions` out"
        yield Problem(("dropout", "kind"), words)


def _label(
    name: str,
    parameters: tuple[tuple[str, Value], ...],
    own: dict[str, Any],
    *,
    companions: bool = False,
) -> str:
    """The default label: the name, and every value that the name alone does not imply.

    With `companions`, which say more than the values that they bring, parameters are left out.
    """
    implied = _implied(name)
    parts = [
        f"{key}={value}" for key, value in parameters if key not in implied or value != implied[key]
    ]
    if own["kernel_initializer"] != KERAS_INITIALIZER:
        parts.append(f"kernel_initializer={own['kernel_initializer']}")
    if companions:
        parts = ["companions"]
    if dropout := own["dropout"]:
        alpha = "alpha_" if dropout.kind == "alpha" and not companions else ""
        parts.append(f"{alpha}dropout={dropout.rate:g}")
    if own["learning_rate"] is not None:
        parts.append(f"learning_rate={own['learning_rate']:g}")
    return f"{name}({', '.join(parts)})" if parts else name


def _implied(name: str) -> dict[str, Value]:
    """The parameters' defaults that the name alone implies; none of the spec's own activations."""
    parameters = CATALOGUE[name].parameters if name in CATALOGUE else ()
    return {p.name: p.default for p in parameters if not (p.spelled_out or p.required)}


def _shared_problems(value: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the keys that every form shares."""
    initializer = value.get("kernel_initializer", KERAS_INITIALIZER)
    if initializer not in INITIALIZERS:
        words = f"expected a Keras initialiser, got {shown(initializer)}"
        yield Problem(("kernel_initializer",), words + nearest(initializer, INITIALIZERS))
    yield from _dropout_problems(value)
    rate = value.get("learning_rate")
    if rate is not None and not (is_number(rate) and 0 < rate < inf):
        yield Problem(("learning_rate",), f"expected a positive number, got {shown(rate)}")
    yield from _label_problems(value, "label")


def _dropout_problems(value: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the arm's own dropout."""
    dropout = value.get("dropout")
    if isinstance(read_dropout(dropout), dict):
        try:
            _dropout(value)
        except Problems as error:
            for problem in (error.context or {})["problems"]:
                path = ("dropout", *problem.path) if isinstance(dropout, dict) else ("dropout",)
                yield Problem(path, problem.message, problem.at_key)
    elif dropout is not None:
        words = (
            f"expected a rate between 0 and 1, or {{rate: 0.1, kind: alpha}}, got {shown(dropout)}"
        )
        yield Problem(("dropout",), words)


def _label_problems(value: dict[str, Any], key: str) -> Iterator[Problem]:
    """What is wrong with the label under `key`, if there is one."""
    if reason := why_no_label(value.get(key, "x"), key):
        yield Problem((key,), reason)


def _fields_of_own(value: dict[str, Any], form: str, folder: Path | None) -> dict[str, Any]:
    problems = [*_own_key_problems(value, form), *_shared_problems(value)]
    if form == "formula":
        problems += _formula_name_problems(value)
    if not isinstance(value[form], str):
        raise one_problem(f"expected {_MEANINGS[form]}, got {shown(value[form])}", form)
    fields: dict[str, Any] = {"name": ""}
    try:
        fields = _read_formula(value) if form == "formula" else _read_custom(value, folder)
    except (FormulaError, UserCodeError) as error:
        problems.append(Problem((form,), str(error)))
    own = _own_fields({} if problems else value)
    label = value.get("label") or _label(str(fields["name"]), (), own)
    if "label" not in value and len(label) > LONGEST_LABEL:
        words = f"is longer than the {LONGEST_LABEL} characters of a label in the tables"
        problems.append(Problem((form,), f"{words}; give it a `label`"))
    refuse(problems)
    return {**fields, **own, "label": label}


def _own_key_problems(value: dict[str, Any], form: str) -> Iterator[Problem]:
    for key in value:
        if key in _KEYS[form]:
            continue
        remedy = f"{nearest(key, _KEYS[form])} (it takes {listed(_KEYS[form])})"
        if form == "formula" and value[key] is None:  # YAML split the formula at a comma
            remedy = '; put a formula with a comma in quotes, as in {formula: "max(x, 0)"}'
        yield Problem((key,), f"'{key[:60]}' does not go with `{form}`{remedy}", at_key=True)


def _read_formula(value: dict[str, Any]) -> dict[str, Any]:
    tree = parse(value["formula"])
    if not np.isfinite(evaluate(tree, np.linspace(-8, 8, 129)).value).any():
        raise FormulaError("the formula gives no finite number for any x from -8 to 8")
    text, written = text_of(tree), " ".join(value["formula"].split())
    return {"name": value.get("name", text), "formula": text, "written": written}


def _formula_name_problems(value: dict[str, Any]) -> Iterator[Problem]:
    name = value.get("name")
    if isinstance(name, str) and canonical_name(name) is not None:
        words = f"'{name}' is an activation that is known already; give the formula another name"
        yield Problem(("name",), words)
    else:
        yield from _label_problems(value, "name")


def _read_custom(value: dict[str, Any], spec_folder: Path | None) -> dict[str, Any]:
    path, named = value["custom"], value.get("folder")
    if named is not None and not (isinstance(named, str) and named):
        raise one_problem(
            f"expected the folder that holds the module, got {shown(named)}", "folder"
        )
    function = locate_activation(path, folders_for(spec_folder, named))
    here = function.folder in (None, Path.cwd())
    folder = {} if here else {"folder": str(function.folder)}
    return {"name": path, "custom": path, "digest": function.digest, "written": path, **folder}


_LABEL_SCHEMA = {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL}


def _schema() -> dict[str, Any]:
    """JSON Schema of every form, from the catalogue; names as Keras's classes are not checked."""
    infos = {name: CATALOGUE[str(canonical_name(name))] for name in sorted([*CATALOGUE, *ALIASES])}
    bare = [name for name, info in infos.items() if not any(p.required for p in info.parameters)]
    formula = {"type": "string", "minLength": 1, "maxLength": LONGEST_FORMULA}
    custom = {"type": "string", "maxLength": LONGEST_PATH, "pattern": PATH}
    mappings = [
        *(_named_schema(name, info) for name, info in infos.items()),
        _form_schema({"formula": formula, "name": _LABEL_SCHEMA}, ["formula"]),
        _form_schema({"custom": custom, "folder": {"type": "string", "minLength": 1}}, ["custom"]),
    ]
    other_names = {"type": "string", "pattern": r"^((tf|tensorflow|keras)\.|[A-Z])"}
    description = "A name, or a mapping with its parameters; a `formula`; a `custom` function."
    forms = [{"enum": bare}, {"type": "null"}, other_names, *mappings]
    return {"description": description, "anyOf": forms}


def _named_schema(name: str, info: ActivationInfo) -> dict[str, Any]:
    properties: dict[str, Any] = {"name": {"const": name}}
    if info.name in _COMPANIONS:
        properties["companions"] = {"type": "boolean"}
    properties |= {p.name: _parameter_schema(p) for p in info.parameters}
    return _form_schema(properties, ["name", *(p.name for p in info.parameters if p.required)])


def _form_schema(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    rate: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0}
    dropout = {"rate": rate | {"exclusiveMaximum": 1}, "kind": {"enum": ["standard", "alpha"]}}
    shared: dict[str, dict[str, Any]] = {
        "kernel_initializer": {"enum": list(INITIALIZERS)},
        "dropout": {"anyOf": [dropout["rate"], keys_schema(dropout, ["rate"]), {"type": "null"}]},
        "learning_rate": {"anyOf": [rate, {"type": "null"}]},
        "label": _LABEL_SCHEMA,
    }
    shared = {key: schema | {"description": _SHARED[key]} for key, schema in shared.items()}
    return keys_schema(properties | shared, required)


def _parameter_schema(parameter: Parameter) -> dict[str, Any]:
    if isinstance(parameter.default, bool):
        return {"type": "boolean"}
    kind: Any = "integer" if isinstance(parameter.default, int) else "number"
    schema = {"type": [kind, "null"] if parameter.optional_number else kind}
    return schema if parameter.minimum is None else schema | {"minimum": parameter.minimum}
