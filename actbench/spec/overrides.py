"""`--set key=value`: overriding any key of a spec from the command line."""

import copy
from dataclasses import replace
from typing import Any

from actbench.errors import SpecError
from actbench.spec.document import Document, parse


def override(document: Document, assignment: str) -> Document:
    """The document with one key replaced, as in `--set architecture.units=[128,128]`.

    Raises:
        SpecError: `assignment` is no `key=value`, or its key leads through a plain value.

    >>> override(parse("epochs: 7", "a.yaml"), "epochs=20").data
    {'epochs': 20}
    """
    option = f"--set {assignment}"
    dotted, equals, text = assignment.partition("=")
    keys = dotted.strip().split(".")
    if not equals or not all(keys):
        raise SpecError(f"{option}: expected key=value, as in --set epochs=20")
    value = parse(text, option).data if text.strip() else None
    return assign(document, keys, value, option)


def assign(document: Document, keys: list[str], value: Any, option: str) -> Document:
    """The document with the value at `keys` replaced; `option` is the place in messages."""
    if not isinstance(document.data, dict):
        return document
    root = copy.deepcopy(document.data)
    path: list[str | int] = []
    parent: Any = root
    for i, key in enumerate(keys):
        step = _step(parent, key, option)
        path.append(step)
        if i == len(keys) - 1:
            parent[step] = value
        else:
            parent[step] = _opened(parent, step)
            parent = parent[step]
    replaced = tuple(path)
    kept = {at: p for at, p in document.places.items() if at[: len(replaced)] != replaced}
    return replace(document, data=root, places=kept | {replaced: option})


def _step(parent: Any, key: str, option: str) -> str | int:
    if isinstance(parent, dict):
        return key
    if isinstance(parent, list) and key.isdigit() and int(key) < len(parent):
        return int(key)
    if isinstance(parent, list):
        raise SpecError(f"{option}: expected an index from 0 to {len(parent) - 1}, got '{key}'")
    raise SpecError(f"{option}: '{key}' lies below a plain value; set that value as a whole")


def _opened(parent: Any, step: str | int) -> Any:
    """The value to go on into: a bare name opens to {name: …}, nothing to an empty mapping."""
    value = parent.get(step) if isinstance(parent, dict) else parent[step]
    if value is None:
        return {}
    return {"name": value} if isinstance(value, str) else value
