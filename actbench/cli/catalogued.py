"""Printing the catalogue of activations: the list, and everything of some."""

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from rich.table import Table

from actbench.activations.catalogue import ALIASES, CATALOGUE, canonical_name
from actbench.activations.info import ActivationInfo, Parameter, Saturation
from actbench.cli.profile import Profile, print_profile
from actbench.cli.terminal import messages, output
from actbench.errors import SpecError
from actbench.wording import listed, nearest

_LEGEND = (
    "traits: M monotone, Z f(0) = 0, S smooth, 1 once differentiable, K kinks, J jumps, "
    "< > saturates below, above, V of a whole row, L learns"
)
_WIDE_ENOUGH_FOR_PARAMETERS = 120


def print_list(*, as_json: bool) -> None:
    """Print the whole catalogue, one activation a row."""
    console = output()
    if as_json:
        _print_json([entry.as_dict() for entry in CATALOGUE.values()])
        return
    wide = console.width >= _WIDE_ENOUGH_FOR_PARAMETERS
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("activation", overflow="fold", min_width=14)
    table.add_column("formula", overflow="fold")
    table.add_column("range", no_wrap=True)
    table.add_column("traits", no_wrap=True)
    if wide:
        table.add_column("parameters", overflow="fold")
    for entry in CATALOGUE.values():
        row = [_names(entry), entry.formula, str(entry.range), _traits(entry)]
        table.add_row(*row, *([_parameters(entry)] if wide else []))
    console.print(table)
    console.print(f"\n{_LEGEND}")


def profiles(
    names: Sequence[str], formulas: Sequence[str] = (), customs: Sequence[str] = ()
) -> list[Profile]:
    """Everything that is known of the named activations, then of the user's own; each once.

    Raises:
        SpecError: there is no activation of one of the names, or no such formula or function.
    """
    from actbench.cli.own_profiles import custom_profile, formula_profile

    found = [
        *(_profile(_entry(name)) for name in names),
        *map(formula_profile, formulas),
        *map(custom_profile, customs),
    ]
    return list({profile.title: profile for profile in found}.values())


def print_profiles(found: Sequence[Profile], *, as_json: bool) -> None:
    """Print the facts of each activation, with its curves."""
    if as_json:
        _print_json([profile.plain for profile in found])
        return
    console = output()
    for number, profile in enumerate(found):
        if number:
            console.print()
        print_profile(profile, console)


def check_plot(file: Path, *, named: bool) -> None:
    """Refuse what cannot be drawn, before anything is computed.

    Raises:
        SpecError: nothing is named, or the file is of another kind.
    """
    from actbench.reporting.curves import check_suffix

    check_suffix(file)
    if not named:
        raise SpecError(
            "expected the activations to draw before --plot, got none; "
            f"as in: actbench activations relu elu --plot {file}"
        )


def plot_profiles(found: Sequence[Profile], file: Path) -> None:
    """Draw the activations and their derivatives into a PNG or SVG file.

    Raises:
        SpecError: the file is of another kind.
        ResultsError: the file cannot be written.
    """
    from actbench.reporting.curves import save_figure

    save_figure([profile.curve for profile in found], file)
    messages().print(f"wrote {file}", soft_wrap=True)


def _entry(name: str) -> ActivationInfo:
    known = canonical_name(name)
    if known is None:
        near = nearest(name, [*CATALOGUE, *ALIASES]) or f"; they are {listed(CATALOGUE)}"
        raise SpecError(f"expected the name of an activation, got '{name}'{near}")
    return CATALOGUE[known]


def _profile(entry: ActivationInfo) -> Profile:
    from actbench.reporting.curves import curve_of

    curve = curve_of(entry)
    remark = f"drawn with {curve.remark}" if entry.drawn_with else ""
    if not entry.elementwise:
        remark = f"drawn: {curve.remark}"
    return Profile(_names(entry), tuple(_facts(entry)), curve, remark, entry.as_dict())


def _print_json(entries: Sequence[dict[str, Any]]) -> None:
    output().print_json(json.dumps(_plain(entries), allow_nan=False))


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: an end that is infinite is null."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _facts(entry: ActivationInfo) -> list[tuple[str, str]]:
    facts = [
        ("formula", entry.formula),
        ("derivative", entry.derivative),
        ("parameters", _parameters(entry) or "none"),
        ("range", str(entry.range)),
        ("monotone", _yes(entry.monotone)),
        ("f(0) = 0", _yes(entry.zero_centred)),
        ("saturates", _saturates(entry)),
        ("smooth", entry.smoothness.meaning),
        ("gradient zero", entry.zero_gradient),
        ("initialiser", entry.initializer),
        ("dropout", entry.dropout),
        ("cost", f"{entry.cost} ({entry.cost.meaning})"),
        ("works on", "each number" if entry.elementwise else "a whole row"),
        ("learns", "yes, it has weights of its own" if entry.learnable else "no"),
        *(("paper", str(paper)) for paper in entry.papers),
    ]
    return [*facts, ("note", entry.note)] if entry.note else facts


def _saturates(entry: ActivationInfo) -> str:
    return "below and above" if entry.saturation is Saturation.both else entry.saturation


def _traits(entry: ActivationInfo) -> str:
    """One letter for each trait, as the legend says."""
    saturates = {"no": "  ", "below": "< ", "above": " >", "both": "<>"}[entry.saturation]
    smooth = {"smooth": "S", "once": "1", "kinks": "K", "jumps": "J"}[entry.smoothness]
    letters = [
        "M" if entry.monotone else " ",
        "Z" if entry.zero_centred else " ",
        smooth,
        saturates,
        ("" if entry.elementwise else "V") + ("L" if entry.learnable else ""),
    ]
    return " ".join(letters).rstrip()


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _names(entry: ActivationInfo) -> str:
    return ", ".join([entry.name, *entry.aliases])


def _parameters(entry: ActivationInfo) -> str:
    return ", ".join(map(_parameter, entry.parameters))


def _parameter(parameter: Parameter) -> str:
    bound = "" if parameter.minimum is None else f" (at least {parameter.minimum:g})"
    if parameter.required:
        return f"{parameter.name} (required){bound}"
    value = "none" if parameter.default is None else str(parameter.default).lower()
    return f"{parameter.name} = {value}{bound}"
