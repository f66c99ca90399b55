"""YAML text as plain values, with the place of each value, and overrides of single values.

Only YAML's own plain types are built. A tag that would build a Python object is refused, and so
is a document whose anchors expand without end.
"""

import copy
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import yaml

from actbench.errors import SpecError

LARGEST_BYTES = 100_000
MOST_VALUES = 10_000
DEEPEST = 30
LONGEST_NUMBER = 40  # characters; any such number fits a float

KeyPath = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"  # in front of the name of a plain type


@dataclass(frozen=True)
class Document:
    """A parsed spec.

    `places` maps the path of a value to "file:line:column", or to the option that set the value;
    `key_places` does the same for the key in front of the value.
    """

    data: Any
    places: dict[KeyPath, str]
    key_places: dict[KeyPath, str]
    source: str

    def place(self, path: KeyPath, *, key: bool = False) -> str:
        """The place of the value (or key) at `path`, else of the nearest value around it."""
        if key and path in self.key_places:
            return self.key_places[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.source)


def parse(text: str, source: str) -> Document:
    """Parse YAML `text`; `source` names it in messages.

    Raises:
        SpecError: the text is not YAML, or holds more than plain values.
    """
    refuse_large(len(text.encode()), source)
    try:
        reader = _Reader(text, source)
        node = reader.get_single_node()
    except yaml.YAMLError as error:
        raise SpecError(_not_yaml(error, source)) from None
    except RecursionError:
        raise SpecError(f"{source}: the values are nested too deeply for a spec") from None
    except OverflowError:  # "\\UFFFFFFFF"
        raise SpecError(f"{source}: a text holds an escape that is no character") from None
    if node is None:
        raise SpecError(f"{source}: the file is empty; `actbench init` writes a spec to start from")
    return Document(reader.read(node, ()), reader.places, reader.key_places, source)


def refuse_large(size: int, source: str) -> None:
    """Refuse a spec of `size` bytes if it is too large to be one.

    Raises:
        SpecError: it is larger than 100 kB.
    """
    if size > LARGEST_BYTES:
        raise SpecError(
            f"{source}: expected a spec of at most {LARGEST_BYTES // 1000} kB, "
            f"got {size / 1000:,.0f} kB; is this the right file?"
        )


def _not_yaml(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    context = getattr(error, "context", None) or ""
    return f"{place}: this is not YAML: {reason} {context}".rstrip()


class _Reader(yaml.SafeLoader):
    """Builds plain values from YAML and notes their places; 1e-3 is a number, as in YAML 1.2."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text)
        self.source = source
        self.places: dict[KeyPath, str] = {}
        self.key_places: dict[KeyPath, str] = {}

    def place(self, node: yaml.Node) -> str:
        return f"{self.source}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def error(self, node: yaml.Node, why: str) -> SpecError:
        return SpecError(f"{self.place(node)}: {why}")

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        if len(self.places) == MOST_VALUES:
            why = f"the spec expands to more than {MOST_VALUES:,} values; check its anchors"
            raise self.error(node, why)
        if len(path) > DEEPEST:
            raise self.error(node, f"values are nested more than {DEEPEST} deep")
        self.places[path] = self.place(node)
        if isinstance(node, yaml.MappingNode):
            return self.read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self.check_tag(node, "seq")
            return [self.read(item, (*path, i)) for i, item in enumerate(node.value)]
        self.check_tag(node, "null", "bool", "int", "float", "str", "timestamp")
        if node.tag == f"{_TAG}timestamp":
            return node.value
        text = str(node.value)
        if node.tag in (f"{_TAG}int", f"{_TAG}float") and len(text) > LONGEST_NUMBER:
            words = f"a number has at most {LONGEST_NUMBER} characters, got {len(text):,}"
            raise self.error(node, words)
        try:
            text.encode()  # fails for a lone surrogate
            return self.construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError):
            raise self.error(node, f"{text[:40]!a} cannot be read as a value") from None

    def read_mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        self.check_tag(node, "map")
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(key_node, "a key must be a word")
            if key_node.tag == f"{_TAG}merge":
                raise self.error(key_node, "merge keys (<<) are not read; write the keys out")
            key = str(key_node.value)
            if key in values:
                first = self.key_places[(*path, key)]
                raise self.error(key_node, f"the key '{key}' stands here again; first at {first}")
            self.key_places[(*path, key)] = self.place(key_node)
            values[key] = self.read(value_node, (*path, key))
        return values

    def check_tag(self, node: yaml.Node, *kinds: str) -> None:
        if node.tag not in {f"{_TAG}{kind}" for kind in kinds}:
            tag = node.tag.replace(_TAG, "!!")
            raise self.error(node, f"the tag {tag} is not allowed; a spec holds plain values only")


_Reader.add_implicit_resolver(
    f"{_TAG}float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)$"),
    list("-+0123456789."),
)


def override(document: Document, assignment: str) -> Document:
    """The document with one value replaced, as in `--set architecture.units=[128,128]`.

    Raises:
        SpecError: `assignment` is not of the form key=value, or its key leads below a plain value.
    """
    option = f"--set {assignment}"
    dotted, equals, text = assignment.partition("=")
    keys = dotted.strip().split(".")
    if not equals or not all(keys):
        raise SpecError(f"{option}: expected key=value, as in --set epochs=20")
    value = parse(text, option).data if text.strip() else None
    if keys[0] == "activations" and re.fullmatch(r"\w+(\s*,\s*\w+)+", str(value)):
        names = ", ".join(map(str.strip, text.split(",")))
        raise SpecError(f"{option}: expected a list in brackets, as in --set '{dotted}=[{names}]'")
    return assign(document, keys, value, option)


def assign(document: Document, keys: list[str], value: Any, option: str) -> Document:
    """The document with the value at `keys` replaced; messages name `option` as its place.

    Raises:
        SpecError: `keys` lead below a plain value, or to an entry that a list does not have.
    """
    if not isinstance(document.data, dict):
        return document
    root = copy.deepcopy(document.data)
    path: KeyPath = ()
    parent: Any = root
    for key, below in pairwise(keys):
        step = _step(parent, key, option)
        inner = parent.get(step) if isinstance(parent, dict) else parent[step]
        if inner is None or isinstance(inner, str):
            bare = [inner] if below.isdigit() else {"name": inner}
            inner = parent[step] = {} if inner is None else bare
        parent, path = inner, (*path, step)
    if isinstance(parent, list) and keys[-1] == str(len(parent)):
        parent.append(None)  # the index after the last appends
    last = _step(parent, keys[-1], option)
    parent[last] = value
    path = (*path, last)
    others = {at: place for at, place in document.places.items() if at[: len(path)] != path}
    return replace(document, data=root, places=others | {path: option})


def _step(parent: Any, key: str, option: str) -> str | int:
    if isinstance(parent, dict):
        return key
    if isinstance(parent, list) and key.isdigit() and int(key) < len(parent):
        return int(key)
    if isinstance(parent, list):
        expected = f"expected an index from 0 to {len(parent) - 1} ({len(parent)} appends)"
        raise SpecError(f"{option}: {expected}, got '{key}'")
    raise SpecError(f"{option}: '{key}' lies below a plain value; set that value as a whole")
