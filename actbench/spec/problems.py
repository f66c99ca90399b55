"""Problems in a spec: how validators raise them, and how they become messages for people.

A message has the place (file, line, column), what was expected, what arrived, and the nearest
name where there is one. Every problem of a spec is in one error.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from actbench.errors import SpecError
from actbench.spec.yaml_document import Document, KeyPath
from actbench.wording import counted, listed, nearest

LONGEST_LABEL = 60  # characters of a name in the tables


def why_no_label(value: Any, key: str) -> str:
    """Why the value of a key cannot be a name in the tables; empty if it can."""
    if isinstance(value, str) and 0 < len(value) <= LONGEST_LABEL and value.isprintable():
        return ""
    return f"expected a {key} of 1 to {LONGEST_LABEL} characters, got {shown(value)}"


def _read_label(value: Any, info: ValidationInfo) -> Any:
    if value is not None and (reason := why_no_label(value, str(info.field_name))):
        raise one_problem(reason)
    return value


# A name in the tables.
_LabelInSpec = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
Label = Annotated[str, BeforeValidator(_read_label, json_schema_input_type=_LabelInSpec)]


class Section(BaseModel):
    """The base of every part of a spec. It is frozen, refuses unknown keys, converts no types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def is_number(value: Any) -> bool:
    """Whether the value is a number; true and false are none, though Python counts them as such."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def optional(description: str) -> Any:
    """A key of a section that is None by default; `description` is what editors show."""
    return Field(default=None, description=description)


def one_or_more(item: Any) -> BeforeValidator:
    """Accepts a single `item` in place of a list of one."""
    return BeforeValidator(
        lambda value: tuple(value) if isinstance(value, list | tuple) else (value,),
        json_schema_input_type=item | list[item],
    )


@dataclass(frozen=True)
class Problem:
    """One problem: its path below the value that is validated, and the message.

    `at_key` places the problem at the key itself rather than at its value.
    """

    path: KeyPath
    message: str
    at_key: bool = False


class Problems(PydanticCustomError):
    """Several problems that one validator raises together."""

    def __new__(cls, problems: Iterable[Problem]) -> "Problems":
        problems = list(problems)
        text = "; ".join(p.message for p in problems).replace("{", "(").replace("}", ")")
        return super().__new__(cls, "problems", text or "invalid", {"problems": problems})


def one_problem(message: str, *path: str | int) -> Problems:
    """A single problem, for a validator to raise."""
    return Problems([Problem(path, message)])


def refuse(problems: Iterable[Problem]) -> None:
    """Raise the problems if there are any.

    Raises:
        Problems: there are some.
    """
    if problems := list(problems):
        raise Problems(problems)


def not_among(what: str, word: object, names: Iterable[str]) -> str:
    """The message that `word` is none of the `names`, which are `what`; with the nearest one."""
    names = list(names)
    return f"expected {what} ({listed(names)}), got '{str(word)[:60]}'{nearest(word, names)}"


def shown(value: Any) -> str:
    """A value as a message shows it: cut short, and with its type where that may surprise.

    >>> shown("7"), shown(True), shown(None)
    ("the text '7'", 'true (a boolean; quote it if it is a word)', 'nothing (null)')
    """
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a boolean; quote it if it is a word)"
    if isinstance(value, str):
        return f"the text '{value[:60]}'"
    if isinstance(value, dict):
        return f"a mapping with the keys {', '.join(map(str, list(value)[:5])) or '(none)'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return str(value)[:60]


def read_as(section: type[Section], value: Any, context: Any = None) -> Any:
    """The section that the value describes, for a validator that has chosen it.

    Raises:
        Problems: with every problem of the value.
    """
    try:
        return section.model_validate(value, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise Problems(p for entry in details for p in _problems(value, entry, section)) from None


def keys_schema(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """JSON Schema of a mapping with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def spec_error(error: ValidationError, document: Document, model: type[Section]) -> SpecError:
    """Pydantic's error about the document, as the error that the user reads.

    `model` is the section that the whole document was validated as.
    """
    lines = []
    for details in error.errors(include_url=False):
        for problem in _problems(document.data, details, model):
            place = document.place(problem.path, key=problem.at_key)
            message = _with_example(problem)
            lines.append(": ".join(filter(None, [place, _dotted(problem.path), message])))
    lines = sorted(dict.fromkeys(lines), key=_line_and_column)
    head = f"{counted(len(lines), 'problem')} in the spec:"
    return SpecError("\n".join([head, *(f"  {line}" for line in lines)]))


def _line_and_column(line: str) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in re.findall(r":(\d+):(\d+): ", line)[:1]]


def _dotted(path: KeyPath) -> str:
    """A path as a person writes it, such as `activations.hidden[1]`."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def _problems(data: Any, details: Any, model: type[Section]) -> Iterator[Problem]:
    """The problems in one entry of pydantic's list of errors."""
    location = details["loc"]
    path = _path_in(data, location)
    if details["type"] == "default_factory_not_called":
        return  # it waits for another key, whose own problem is reported
    if details["type"] == "problems":
        for problem in details["ctx"]["problems"]:
            inner = _path_in(data, (*path, *problem.path), tags=False)
            yield Problem(inner, problem.message, problem.at_key)
    elif details["type"] == "extra_forbidden":
        keys = list(_sections_at(model, location[:-1])[0].model_fields)
        message = f"unknown key '{path[-1]}'{nearest(path[-1], keys)} (known: {listed(keys)})"
        yield Problem(path, message, at_key=True)
    elif details["type"] == "missing":
        yield Problem(path, "is missing")
    elif details["type"] == "union_tag_not_found":
        types = [_type_of(section) for section in _sections_at(model, location)]
        yield Problem(path, f"`type` is missing; it is one of {listed(types)}")
    else:
        yield Problem(path, _message(details))


def _path_in(data: Any, location: KeyPath, *, tags: bool = True) -> KeyPath:
    """The part of pydantic's location that exists in the document.

    Pydantic also names the member of a union by its `type` (with `tags`), and the index in a list
    that the spec wrote as a single value; neither is in the text. The last part may be missing.
    """
    path: list[str | int] = []
    node = data
    for i, part in enumerate(location):
        last = i == len(location) - 1
        if tags and isinstance(node, dict) and node.get("type") == part != location[i - 1]:
            continue
        if isinstance(node, dict) and (part in node or last):
            path.append(part)
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            path.append(part)
            node = node[part]
    return tuple(path)


def _sections_at(model: type[Section], location: KeyPath) -> list[type[Section]]:
    """The sections that may stand at pydantic's location; several where no `type` was chosen."""
    sections = [model]
    for part in location:
        chosen = [section for section in sections if _type_of(section) == part]
        fields = [s.model_fields[str(part)] for s in sections if part in s.model_fields]
        below = [section for field in fields for section in _sections_in(field.annotation)]
        sections = chosen or below or sections
    return sections


def _sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for inner in get_args(annotation) for section in _sections_in(inner)]


def _type_of(section: type[Section]) -> str:
    """The value of the key `type` that chooses this section of a union; empty without one."""
    field = section.model_fields.get("type")
    return str(get_args(field.annotation)[0]) if field else ""


# What would be right, by the path of the key without indexes.
EXAMPLES = {
    "name": "my-experiment",
    "description": "Which activation suits wide networks?",
    "dataset": "boston_housing",
    "dataset.name": "boston_housing",
    "dataset.validation": "0.2",
    "dataset.train_limit": "1000",
    "dataset.num_words": "5000",
    "dataset.encoding": "sequence",
    "dataset.maxlen": "100",
    "dataset.target_scale": "standard",
    "dataset.scale": "standard",
    "dataset.scale.divide": "255",
    "dataset.file": "houses.csv",
    "dataset.target": "price",
    "dataset.task": "regression",
    "dataset.positive": "sold",
    "dataset.drop": "[id]",
    "dataset.types": "{zip: category}",
    "dataset.missing_target": "drop",
    "dataset.size": "[32, 32]",
    "dataset.test": "0.2",
    "dataset.test.column": "fold",
    "dataset.test.value": "test",
    "dataset.test.group": "customer",
    "dataset.test.fraction": "0.2",
    "dataset.test.last": "0.2",
    "dataset.test.by": "date",
    "architecture": "{type: mlp, units: [64, 64]}",
    "architecture.type": "mlp",
    "architecture.label": "small",
    "architecture.units": "[64, 64]",
    "architecture.dropout": "0.5",
    "architecture.dropout.rate": "0.1",
    "architecture.dropout.kind": "alpha",
    "architecture.batch_norm": "before",
    "architecture.filters": "[32, 64]",
    "architecture.kernel_size": "3",
    "architecture.pool_size": "2",
    "architecture.dim": "32",
    "architecture.build": '"my_model:build"',
    "architecture.arguments": "{width: 64}",
    "architecture.folder": "models",
    "architecture.swap": "relu",
    "architecture.file": "model.keras",
    "architecture.layers": "[Flatten, {Dense: {units: 64, activation: $hidden}}, $output]",
    "activations": "{hidden: [relu], output: [linear, tanh]}",
    "activations.hidden": "[relu, {name: elu, alpha: 0.5}]",
    "activations.output": "[linear, tanh]",
    "optimizer": "{name: adam, learning_rate: 0.001}",
    "loss": "mse",
    "metrics": "[mae]",
    "epochs": "20",
    "batch_size": "32",
    "early_stopping": "{patience: 5}",
    "early_stopping.patience": "5",
    "early_stopping.min_delta": "0.001",
    "splits": "10",
    "splits.random": "20",
    "splits.test": "0.2",
    "splits.folds": "5",
    "splits.repeats": "2",
    "learning_rates": "[0.0003, 0.001, 0.003, 0.01]",
    "selection_seeds": "5",
    "selection": "each",
    "diagnostics": "true",
    "reach": "{accuracy: 0.95}",
    "seeds": "10",
    "baseline": "{output: linear}",
    "baseline.hidden": "relu",
    "baseline.output": "linear",
    "loss_on": "outputs",
    "expect": "{worse: {output: tanh}, than: {output: linear}, by: 2}",
    "expect.split": "test",
    "expect.scope": "rows",
    "expect.metric": "mae",
    "expect.by": "2",
    "expect.within": "0.5",
}
EXAMPLES |= dict.fromkeys(
    ("expect.better", "expect.worse", "expect.equivalent", "expect.than", "expect.to"),
    "{output: tanh}",
)


def _with_example(problem: Problem) -> str:
    """The message, and what would be right where it does not say so itself."""
    words = [part for part in problem.path if isinstance(part, str)]
    example = EXAMPLES.get(".".join(words))
    unhelpful = problem.message.startswith(("expected", "is missing"))
    if not (example and unhelpful) or "`" in problem.message or "did you mean" in problem.message:
        return problem.message
    return f"{problem.message}; for example `{words[-1]}: {example}`"


_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def _message(details: Any) -> str:
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {shown(value)}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"expected {words} {context[key]:,}, got {shown(value)}"
    if kind == "string_too_long":
        words = f"expected at most {context['max_length']:,} characters"
        return f"{words}, got {len(value):,}: {shown(value)}"
    if kind == "too_short":
        return "expected at least one entry, got an empty list"
    if kind == "literal_error":
        options = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"expected one of {listed(options)}, got {shown(value)}{nearest(value, options)}"
    if kind == "union_tag_invalid":
        options = context["expected_tags"].replace("'", "").split(", ")
        tag = context["tag"]
        return f"type: expected one of {listed(options)}, got '{tag}'{nearest(tag, options)}"
    if kind == "string_pattern_mismatch":
        words = "expected letters, digits, '-' and '_' only (it names the results folder)"
        return f"{words}, got {shown(value)}"
    return f"{details['msg']}, got {shown(value)}"
