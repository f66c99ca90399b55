"""Activations of a spec's own: a formula over x, or the place of a Python function.

Reading them runs nothing: a formula is parsed by a grammar that knows arithmetic only, and of a
Python function the source is read. Training with `custom` runs the user's own code; a `formula`
can do nothing but compute.
"""

from math import isfinite
from typing import Any

from actbench.activations.catalogue import canonical_name
from actbench.activations.custom import LONGEST as LONGEST_PATH
from actbench.activations.custom import CustomError, locate
from actbench.activations.expression import Expression, text_of
from actbench.activations.grammar import LONGEST as LONGEST_FORMULA
from actbench.activations.grammar import FormulaError, parse
from actbench.spec.activation_keys import (
    INITIALIZER_SCHEMA,
    KERAS_INITIALIZER,
    LABEL_SCHEMA,
    LONGEST_LABEL,
    misfit_label,
    misfits,
)
from actbench.spec.problems import Problem, Problems, one, shown
from actbench.wording import listed, nearest

_KEYS = {
    "formula": ("formula", "name", "kernel_initializer", "label"),
    "custom": ("custom", "kernel_initializer", "label"),
}
_NEEDS_LABEL = (
    f"is longer than the {LONGEST_LABEL} characters of a label in the tables; give it a `label`"
)


def own_form(value: dict[str, Any]) -> str:
    """Which form of the spec's own the mapping has, `formula` or `custom`; nothing for neither."""
    return next((form for form in _KEYS if form in value), "")


def read_own(value: dict[str, Any], form: str) -> dict[str, Any]:
    """The fields of an `Activation` from the mapping of a formula or of a custom function.

    Raises:
        Problems: a key is unknown or wrong, the formula cannot be read, or there is no function.
    """
    problems = _unknown_keys(value, form) + misfits(value)
    fields: dict[str, Any] = {}
    try:
        fields = _read_formula(value, problems) if form == "formula" else _read_custom(value)
    except (FormulaError, CustomError) as error:
        problems.append(Problem((form,), str(error)))
    initializer = value.get("kernel_initializer", KERAS_INITIALIZER)
    label = value.get("label") or _default_label(fields.get("name", ""), initializer)
    if "label" not in value and len(str(label)) > LONGEST_LABEL:
        problems.append(Problem((form,), _NEEDS_LABEL))
    if problems:
        raise Problems(problems)
    return fields | {"kernel_initializer": initializer, "label": label}


def _unknown_keys(value: dict[str, Any], form: str) -> list[Problem]:
    known = _KEYS[form]
    return [
        Problem(
            (key,),
            f"'{key[:60]}' does not go with `{form}`{_remedy(key, value, form)}",
            at_key=True,
        )
        for key in value
        if key not in known
    ]


def _remedy(key: str, value: dict[str, Any], form: str) -> str:
    if form == "formula" and value[key] is None:  # YAML took the formula apart at a comma
        return '; put a formula with a comma in quotes, as in {formula: "max(x, 0)"}'
    return f"{nearest(key, _KEYS[form])} (it takes {listed(_KEYS[form])})"


def _text(value: dict[str, Any], form: str, example: str) -> str:
    if not isinstance(value[form], str):
        raise one(f"expected {example}, got {shown(value[form])}", form)
    return str(value[form])


def _read_formula(value: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    written = _text(value, "formula", 'a formula over x as text, such as "x * sigmoid(1.5 * x)"')
    problems += misfit_label(value, "name") + _taken_name(value.get("name"))
    tree = parse(written)
    _refuse_without_values(tree)
    text = text_of(tree)
    name = value.get("name", text)
    return {"name": name, "formula": text, "written": " ".join(written.split())}


def _taken_name(name: Any) -> list[Problem]:
    if not isinstance(name, str) or canonical_name(name) is None:
        return []
    words = f"'{name}' is an activation that is known already; give the formula another name"
    return [Problem(("name",), words)]


def _refuse_without_values(tree: Expression) -> None:
    from actbench.activations.formulas.expressions import evaluate

    values = evaluate(tree, [i / 8 for i in range(-64, 65)]).value
    if not any(map(isfinite, values.tolist())):
        raise FormulaError("the formula gives no finite number for any x from -8 to 8")


def _read_custom(value: dict[str, Any]) -> dict[str, Any]:
    path = _text(value, "custom", "the place of a function as package.module:function")
    return {"name": path, "custom": path, "digest": locate(path).digest, "written": path}


def _default_label(name: Any, initializer: str) -> str:
    """
    >>> _default_label("mine", "glorot_uniform"), _default_label("mine", "he_normal")
    ('mine', 'mine(kernel_initializer=he_normal)')
    """
    usual = initializer == KERAS_INITIALIZER
    return str(name) if usual else f"{name}(kernel_initializer={initializer})"


def own_schemas() -> list[dict[str, Any]]:
    """JSON Schema of both forms."""
    formula = {"type": "string", "minLength": 1, "maxLength": LONGEST_FORMULA}
    custom = {
        "type": "string",
        "maxLength": LONGEST_PATH,
        "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$",
    }
    shared = {"kernel_initializer": INITIALIZER_SCHEMA, "label": LABEL_SCHEMA}
    return [
        _schema({"formula": formula, "name": LABEL_SCHEMA, **shared}, "formula"),
        _schema({"custom": custom, **shared}, "custom"),
    ]


def _schema(properties: dict[str, Any], required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [required],
        "additionalProperties": False,
    }
