"""Pydantic's findings as messages for people: place, what was expected, what arrived."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from actbench.errors import SpecError
from actbench.spec.architecture import Cnn, Dropout, Embedding, Layers, Mlp
from actbench.spec.dataset import DatasetChoice
from actbench.spec.document import Document, Path
from actbench.spec.experiment import Activations, Experiment
from actbench.spec.hypothesis import ArmReference, CellReference, Hypothesis
from actbench.spec.problems import Problem, shown
from actbench.spec.section import Section
from actbench.wording import listed, nearest

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


def validate(document: Document) -> Experiment:
    """The experiment that the document describes.

    Raises:
        SpecError: with every problem at once, each with its place, expectation and nearest name.
    """
    if not isinstance(document.data, dict):
        raise SpecError(
            f"{document.place(())}: expected a spec (a mapping with keys such as `dataset` "
            f"and `activations`), got {shown(document.data)}"
        )
    try:
        return Experiment.model_validate(document.data)
    except ValidationError as error:
        found = [
            problem
            for finding in error.errors(include_url=False)
            for problem in _problems(document.data, finding)
        ]
    lines = sorted({_line(document, problem): None for problem in found}, key=_reading_order)
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    raise SpecError("\n".join([f"{count} in the spec:", *(f"  {line}" for line in lines)]))


def _line(document: Document, problem: Problem) -> str:
    place = document.place(problem.path, key=problem.at_key)
    where = dotted(problem.path)
    return f"{place}: {where}: {problem.message}" if where else f"{place}: {problem.message}"


def _reading_order(line: str) -> list[tuple[int, int]]:
    """Sorts messages as a person reads the file: by line, then by column."""
    return [(int(a), int(b)) for a, b in re.findall(r":(\d+):(\d+): ", line)[:1]]


def dotted(path: Path) -> str:
    """A path as a person writes it.

    >>> dotted(("activations", "hidden", 1))
    'activations.hidden[1]'
    """
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def _problems(data: Any, finding: Any) -> Iterator[Problem]:
    path = _in_document(data, finding["loc"])
    if finding["type"] == "problems":
        for problem in finding["ctx"]["problems"]:
            inner = _in_document(data, (*path, *problem.path), keep_last=True)
            yield Problem(inner, problem.message, problem.at_key)
    elif finding["type"] == "extra_forbidden":
        known = _keys_at(finding["loc"])
        words = f"unknown key '{path[-1]}'{nearest(path[-1], known)} (known: {listed(known)})"
        yield Problem(path, words, at_key=True)
    elif finding["type"] == "missing":
        yield Problem(path, "is missing; " + _needed(path[-1]))
    else:
        yield Problem(path, _words(finding))


def _needed(key: str | int) -> str:
    examples = {
        "name": "a spec needs a name, such as `name: my-experiment`",
        "dataset": "a spec needs a data set, such as `dataset: boston_housing`",
        "architecture": "such as `architecture: {type: mlp, units: [64, 64]}`",
        "activations": "such as `activations: {hidden: [relu], output: [linear, tanh]}`",
        "hidden": "such as `hidden: [relu, tanh]`",
        "units": "such as `units: [64, 64]`",
    }
    return examples.get(str(key), f"`{key}` has no default")


def _words(finding: Any) -> str:
    kind, context, value = finding["type"], finding.get("ctx", {}), finding["input"]
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {shown(value)}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"expected {words} {context[key]:,}, got {shown(value)}"
    if kind == "too_short":
        return "expected at least one entry, got an empty list"
    if kind == "literal_error":
        options = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"expected one of {listed(options)}, got {shown(value)}{nearest(value, options)}"
    if kind == "union_tag_invalid":
        options = context["expected_tags"].replace("'", "").split(", ")
        tag = context["tag"]
        return f"type: expected one of {listed(options)}, got '{tag}'{nearest(tag, options)}"
    if kind == "union_tag_not_found":
        return "`type` is missing; it is one of mlp, cnn, embedding, layers"
    if kind == "string_pattern_mismatch":
        return (
            "expected letters, digits, '-' and '_' only (it names the results folder), "
            f"got {shown(value)}"
        )
    return f"{finding['msg']}, got {shown(value)}"


def _in_document(data: Any, location: Path, *, keep_last: bool = False) -> Path:
    """The part of pydantic's location that exists in the document.

    Pydantic names the chosen kind of a union and the index in a list that was written as a
    single value; neither stands in the text.
    """
    path: list[str | int] = []
    node = data
    for i, part in enumerate(location):
        last = i == len(location) - 1
        if isinstance(node, dict) and (part in node or (last and node.get("type") != part)):
            path.append(part)
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            path.append(part)
            node = node[part]
        elif keep_last and last and isinstance(node, dict):
            path.append(part)
    return tuple(path)


_KINDS: dict[str, type[Section]] = {
    "mlp": Mlp,
    "cnn": Cnn,
    "embedding": Embedding,
    "layers": Layers,
    "dataset": DatasetChoice,
    "dropout": Dropout,
    "activations": Activations,
    "expect": Hypothesis,
    "baseline": ArmReference,
    **dict.fromkeys(("better", "worse", "equivalent", "than", "to"), CellReference),
}


def _keys_at(location: Path) -> list[str]:
    """The keys that the section around an unknown key knows."""
    around = (part for part in reversed(location[:-1]) if part in _KINDS)
    section = next((_KINDS[str(part)] for part in around), Experiment)
    return list(section.model_fields)
