"""Printing the catalogue of activations."""

import json
from dataclasses import asdict

from rich.table import Table

from actbench.activations.catalogue import (
    ALIASES,
    CATALOGUE,
    ActivationInfo,
    Parameter,
    canonical_name,
)
from actbench.cli.terminal import output
from actbench.errors import SpecError
from actbench.spec.problems import listed, nearest


def print_catalogue(name: str | None, *, as_json: bool) -> None:
    """Print the whole catalogue, or one entry of it.

    Raises:
        SpecError: there is no activation of that name.
    """
    entries = list(CATALOGUE.values()) if name is None else [_entry(name)]
    if as_json:
        output().print_json(json.dumps([asdict(entry) for entry in entries]))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("activation", "formula", "parameters"):
        table.add_column(head, overflow="fold")
    for entry in entries:
        table.add_row(_names(entry), entry.formula, ", ".join(map(_parameter, entry.parameters)))
    output().print(table)


def _entry(name: str) -> ActivationInfo:
    known = canonical_name(name)
    if known is None:
        near = nearest(name, [*CATALOGUE, *ALIASES]) or f"; they are {listed(CATALOGUE)}"
        raise SpecError(f"expected the name of an activation, got '{name}'{near}")
    return CATALOGUE[known]


def _names(entry: ActivationInfo) -> str:
    return ", ".join([entry.name, *entry.aliases])


def _parameter(parameter: Parameter) -> str:
    if parameter.required:
        return f"{parameter.name} (required)"
    value = "none" if parameter.default is None else str(parameter.default).lower()
    return f"{parameter.name} = {value}"
