"""The pages that are made from the code: `python -m benchmarks.pages_from_code`.

`docs/reference-commands.md` has every command with every option, `docs/reference-spec.md` every key
of a spec, and `docs/gallery.md` every shipped spec with what it took to train.
"""

import csv
import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import typer

from actbench.cli import app
from actbench.spec.experiment import Experiment, spec_schema
from actbench.spec.grid import arms
from actbench.spec.shipped import shipped
from actbench.spec.spec_files import load
from actbench.wording import counted, duration, listed
from benchmarks.reference import REFERENCE, REPOSITORY

DOCS = REPOSITORY / "docs"
_REMAKE = "<!-- Made by `python -m benchmarks.pages_from_code`; not to be edited by hand. -->\n"
_MOST_NAMES = 20  # that a cell of a table lists
_NO_DEFAULT = (None, "", [], {})
_VALUE = {int: "whole number", float: "number", str: "text", Path: "path", bool: ""}
_JSON_TYPE = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}


def main() -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    cells = [heads, ["---"] * len(heads), *([c.replace("|", r"\|") for c in row] for row in rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


# ------------------------------------------------------------------------------- the commands


def commands() -> dict[str, Any]:
    """Every command by its words, such as `data list`."""

    def walk(words: str, command: Any) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", {})
        if not inner:
            yield words, command
        for name, each in inner.items():
            yield from walk(f"{words} {name}".strip(), each)

    return dict(walk("", typer.main.get_command(app)))


def commands_page() -> str:
    """Every command with every argument and option."""
    head = f"{_REMAKE}# Every command and option\n\n"
    head += "`actbench COMMAND --help` says the same. [Exit codes](running.md#exit-codes) are the "
    head += "same for all.\n"
    return head + "".join(_command(words, command) for words, command in commands().items())


def _command(words: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([f"actbench {words}", *map(_argument, arguments)])
    text = f"\n## actbench {words}\n\n{command.help}\n\n```text\n{usage} [OPTIONS]\n```\n"
    hints = get_type_hints(command.callback, include_extras=False)
    if arguments:
        rows = [[f"`{_argument(p)}`", p.help] for p in arguments]
        text += "\n" + _table(["argument", "meaning"], rows)
    for panel in dict.fromkeys(p.rich_help_panel for p in options):
        rows = [_option(p, hints[p.name]) for p in options if p.rich_help_panel == panel]
        text += f"\n{panel}:\n" * bool(panel)
        text += "\n" + _table(["option", "value", "default", "meaning"], rows)
    return text


def _argument(argument: Any) -> str:
    """Its name, in brackets if it may be left out."""
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _option(option: Any, hint: Any) -> list[str]:
    """A row of the table of options: its names, values, default and meaning."""
    flag = _plain_types(hint) == (bool,)
    names = " ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    default = "" if flag or option.default is None else f"`{option.default}`"
    value = "" if flag else _value(option, hint)
    return [names, value, default, option.help]


def _value(option: Any, hint: Any) -> str:
    kinds = _plain_types(hint)
    if all(get_origin(kind) is Literal for kind in kinds):
        return " ".join(f"`{word}`" for kind in kinds for word in get_args(kind))
    if members := [each for kind in kinds for each in getattr(kind, "__members__", {}).values()]:
        return " ".join(f"`{each.value}`" for each in members)
    return f"`{option.metavar}`" if option.metavar else _VALUE[kinds[0]]


def _plain_types(hint: Any) -> tuple[Any, ...]:
    """The types of a hint such as `list[str] | None`, without None and lists."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    inner = (get_args(part)[0] if get_origin(part) is list else part for part in parts)
    return tuple(part for part in inner if part is not type(None))


# --------------------------------------------------------------------------- the keys of a spec


def spec_page() -> str:
    """Every key of a spec: those of the whole, then those of each part, in the order of mention."""
    schema = spec_schema()
    parts = schema.pop("$defs")
    text = f"{_REMAKE}# Every key of a spec\n\n"
    text += "`actbench schema` prints the same as JSON Schema, for editors. "
    text += "[A spec](spec.md) shows the keys at work.\n\n## The whole spec\n\n" + _keys(schema)
    for name in _in_order_of_mention(schema, parts):
        part = parts[name]
        text += f"\n## {_title(name)}\n\n"
        text += f"{part.get('description', '')}\n\n" if "description" in part else ""
        text += _keys(part) if "properties" in part else _forms(part)
    return text


def keys() -> dict[str, list[str]]:
    """The keys of the whole spec and of each part that has a fixed set of them, by its name."""
    schema = spec_schema()
    parts = {"the whole spec": schema, **schema.pop("$defs")}
    return {name: list(part["properties"]) for name, part in parts.items() if "properties" in part}


def _title(name: str) -> str:
    """The words of a part's name.

    >>> _title("CatalogueDataset")
    'Catalogue dataset'
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()


def _in_order_of_mention(schema: dict[str, Any], parts: dict[str, Any]) -> list[str]:
    """The names of the parts, each after the first that mentions it."""
    order: list[str] = []

    def visit(value: Any) -> None:
        text = json.dumps(value)
        mentioned = sorted((text.find(f'/{name}"'), name) for name in parts)
        new = [name for place, name in mentioned if place >= 0 and name not in order]
        order.extend(new)
        for name in new:
            visit(parts[name])

    for value in schema["properties"].values():
        visit(value)
    return order


def _keys(part: dict[str, Any]) -> str:
    required = part.get("required", [])
    rows = []
    for key, value in part["properties"].items():
        default = json.dumps(value["default"]) if value.get("default") not in _NO_DEFAULT else ""
        default = "required" if key in required else f"`{default}`" * bool(default)
        rows.append([f"`{key}`", _values(value), default, value.get("description", "")])
    return _table(["key", "value", "default", "meaning"], rows)


def _values(schema: dict[str, Any]) -> str:
    """What a key may hold, in words, with links to parts."""
    if "$ref" in schema:
        name = _title(schema["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.lower().replace(' ', '-')})"
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        *others, last = (_values(each) for each in alternatives if each != {"type": "null"})
        single = " or ".join(others)
        if last == f"list of {single}":
            return f"{single}, or a list of them"
        return " or ".join(dict.fromkeys([*others, last]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        names = " ".join(f"`{word}`" for word in schema["enum"])
        return names if len(schema["enum"]) <= _MOST_NAMES else "name"
    if schema.get("type") == "array":
        return f"list of {_values(schema['items'])}" if "items" in schema else "list"
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_JSON_TYPE[kind] for kind in kinds) + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[key]:,}" for key, sign in signs.items() if key in schema]
    return f" {listed(bounds)}" if bounds else ""


def _forms(part: dict[str, Any]) -> str:
    """A part that is a name or one of several mappings: keys of all, and those of each."""
    mappings = [form["properties"] for form in part["anyOf"] if "properties" in form]
    shared = [key for key in mappings[0] if all(key in each for each in mappings)]
    rows = []
    for each in mappings:
        names = [f"`{each['name']['const']}`"] if "const" in each.get("name", {}) else []
        own = {key: value for key, value in each.items() if key not in shared and key != "name"}
        own |= {} if names else {key: each[key] for key in ("name",) if key in each}
        keys = ", ".join(f"`{key}` {_values(value)}".strip() for key, value in own.items())
        rows.append([*(names or ["your own"]), keys])
    common = {"properties": {key: mappings[0][key] for key in shared if key != "name"}}
    return _keys(common) + "\n" + _table(["name", "further keys"], rows)


# --------------------------------------------------------------------------- the shipped specs


def gallery_page() -> str:
    """Every shipped spec: its question, what it trains, and what that took."""
    text = f"{_REMAKE}# Specs that ship\n\n"
    text += (
        "`actbench run NAME` runs one from anywhere, and `actbench init NAME` writes a copy to "
        "change. The time is that of all trials together, with compilation, on two cores of an AMD "
        "EPYC. The tables of those that have a time are in `results/reference/`; [the "
        "findings](findings.md) say what came out.\n"
    )
    return text + "".join(_entry(name, load(name)) for name in shipped())


def _entry(name: str, experiment: Experiment) -> str:
    task = experiment.tasks[0]
    candidates = listed(f"`{arm.label}`" for arm in arms(experiment, task))
    datasets = listed(choice.label for choice in experiment.dataset)
    models = listed(choice.name for choice in experiment.architecture)
    replicates = counted(len(experiment.seeds), "seed")
    replicates += f" on each of {len(experiment.numbered_splits)} splits" * bool(experiment.splits)
    rows = [
        ["data", datasets],
        ["model", models],
        ["arms", candidates],
        ["replicates", f"{replicates}, {counted(experiment.epochs, 'epoch')}"],
        ["time", _time(name)],
    ]
    return f"\n## {name}\n\n{experiment.description}\n\n" + _table(["", ""], rows)


def _time(name: str) -> str:
    """How long the committed trials took, in words."""
    seconds, trials = 0.0, 0
    for table in ("trials.csv", "selection.csv"):
        if not (path := REFERENCE / name / table).is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                trials += 1
                seconds += sum(float(row.get(k) or 0) for k in ("train_seconds", "compile_seconds"))
    return f"{counted(trials, 'trial')}, {duration(seconds)}" if trials else "not in the tables"


# What makes the text of each page, by the name of its file.
PAGES = {
    "reference-commands.md": commands_page,
    "reference-spec.md": spec_page,
    "gallery.md": gallery_page,
}

if __name__ == "__main__":
    main()
