"""YAML text to plain values, and where in the text each value stands.

Only YAML's own plain types are built: a tag that would build a Python object is refused, and so
is a document whose anchors expand without end.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from actbench.errors import SpecError

LARGEST_BYTES = 100_000
MOST_VALUES = 10_000
DEEPEST = 30

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed spec. `places` maps the path of a value to "file:line:column", or to the option
    that set it; `keys` does the same for the key in front of it.
    """

    data: Any
    places: dict[Path, str]
    keys: dict[Path, str]
    source: str

    def place(self, path: Path, *, key: bool = False) -> str:
        """Where the value at `path` stands, or the nearest thing around it that stands anywhere."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.source)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, reading 1e-3 as a number as YAML 1.2 does."""


_Loader.yaml_implicit_resolvers = {
    first: list(resolvers) for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)$"),
    list("-+0123456789."),
)

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str")}
_DATE = "tag:yaml.org,2002:timestamp"


def parse(text: str, source: str) -> Document:
    """Parse YAML `text`; `source` names it in messages.

    Raises:
        SpecError: the text is no YAML, or more than plain values (line and column are given).

    >>> parse("epochs: 7", "a.yaml").data
    {'epochs': 7}
    >>> parse("rate: 1e-3", "a.yaml").data
    {'rate': 0.001}
    """
    if len(text.encode()) > LARGEST_BYTES:
        raise SpecError(
            f"{source}: expected a spec of at most {LARGEST_BYTES // 1000} kB, "
            f"got {len(text.encode()) / 1000:,.0f} kB; is this the right file?"
        )
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise SpecError(_not_yaml(error, source)) from None
    except RecursionError:
        raise SpecError(f"{source}: the values are nested too deeply for a spec") from None
    if node is None:
        raise SpecError(f"{source}: the file is empty; `actbench init` writes a spec to start from")
    reader = _Reader(loader, source)
    data = reader.read(node, ())
    return Document(data, reader.places, reader.keys, source)


def _not_yaml(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    context = getattr(error, "context", None) or ""
    return f"{place}: this is not YAML: {reason} {context}".rstrip()


class _Reader:
    """Walks YAML's nodes once, building values and noting where each stands."""

    def __init__(self, loader: _Loader, source: str) -> None:
        self.loader = loader
        self.source = source
        self.places: dict[Path, str] = {}
        self.keys: dict[Path, str] = {}
        self.count = 0

    def place(self, node: yaml.Node) -> str:
        return f"{self.source}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def refuse(self, node: yaml.Node, why: str) -> SpecError:
        return SpecError(f"{self.place(node)}: {why}")

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        if self.count > MOST_VALUES:
            raise self.refuse(
                node, f"the spec expands to more than {MOST_VALUES:,} values; check its anchors"
            )
        if len(path) > DEEPEST:
            raise self.refuse(node, f"values are nested more than {DEEPEST} deep")
        self.places[path] = self.place(node)
        if isinstance(node, yaml.MappingNode):
            return self.read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self.check_tag(node, {"tag:yaml.org,2002:seq"})
            return [self.read(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.read_scalar(node)

    def read_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self.check_tag(node, {"tag:yaml.org,2002:map"})
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.refuse(key_node, "a key must be a word")
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise self.refuse(key_node, "merge keys (<<) are not read; write the keys out")
            key = str(key_node.value)
            if key in values:
                first = self.keys[(*path, key)]
                raise self.refuse(key_node, f"the key '{key}' stands here again; first at {first}")
            self.keys[(*path, key)] = self.place(key_node)
            values[key] = self.read(value_node, (*path, key))
        return values

    def read_scalar(self, node: yaml.Node) -> Any:
        self.check_tag(node, _PLAIN | {_DATE})
        if node.tag == _DATE:
            return node.value
        try:
            return self.loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            raise self.refuse(node, f"'{str(node.value)[:40]}' cannot be read as a value") from None

    def check_tag(self, node: yaml.Node, allowed: set[str]) -> None:
        if node.tag not in allowed:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.refuse(node, f"the tag {tag} is not allowed; a spec holds plain values only")
