"""`actbench activations`: the list of the catalogue, or everything about some activations."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from actbench.cli import completion
from actbench.cli.console import messages, output, plain_table, print_json, stdout_for_results
from actbench.cli.options import AsJson, Force, check_output
from actbench.errors import SpecError

if TYPE_CHECKING:
    from actbench.activations.info import ActivationInfo
    from actbench.cli.activation_profiles import Profile

_LEGEND = (
    "traits: M monotone, Z f(0) = 0, S smooth, 1 once differentiable, K kinks, J jumps, "
    "< > saturates below, above, V of a whole row, L learns"
)
_WIDTH_FOR_PARAMETERS = 120  # characters of a line, from which the list has this column
_WIDTH_FOR_TWO_CURVES = 72
_WIDEST_CURVES = 140
_CURVE_HEIGHT = 10  # lines


def activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Activations, by any of their names.",
            autocompletion=completion.activations,
        ),
    ] = None,
    formulas: Annotated[
        list[str] | None,
        typer.Option("--formula", metavar="TEXT", help='One of your own: "x * sigmoid(1.5 * x)".'),
    ] = None,
    customs: Annotated[
        list[str] | None,
        typer.Option(
            "--custom",
            metavar="PACKAGE.MODULE:FUNCTION",
            help="A Python function of your own; it is imported and run.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw them into a PNG or SVG file.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """List the activations with formula, range and traits; of those named, show everything."""
    from actbench.cli.activation_profiles import profiles

    named = bool(names or formulas or customs)
    if plot is not None:
        from actbench.reporting.curves import check_suffix, save_figure

        check_suffix(plot)
        if not named:
            raise SpecError(
                "expected the activations to draw before --plot, got none; "
                f"as in: actbench activations relu elu --plot {plot}"
            )
        check_output(plot, force=force, option="--plot")
    if not named:
        _print_catalogue(as_json=as_json)
        return
    with stdout_for_results():
        shown = profiles(names or (), formulas or (), customs or ())
    if plot is not None:
        save_figure([profile.curve for profile in shown], plot)
        messages().print(f"wrote {plot}", soft_wrap=True)
    if as_json:
        print_json([profile.record for profile in shown])
    elif plot is None:
        _print_profiles(shown)


def _print_catalogue(*, as_json: bool) -> None:
    from actbench.activations.catalogue import CATALOGUE
    from actbench.cli.activation_profiles import names_of, parameters_of

    if as_json:
        print_json([info.as_dict() for info in CATALOGUE.values()])
        return
    console = output()
    wide = console.width >= _WIDTH_FOR_PARAMETERS
    table = plain_table()
    table.add_column("activation", overflow="fold", min_width=14)
    table.add_column("formula", overflow="fold")
    table.add_column("range", no_wrap=True)
    table.add_column("traits", no_wrap=True)
    if wide:
        table.add_column("parameters", overflow="fold")
    for info in CATALOGUE.values():
        row = [names_of(info), info.formula, str(info.range), _traits(info)]
        table.add_row(*row, *([parameters_of(info)] if wide else []))
    console.print(table)
    console.print(f"\n{_LEGEND}")


def _traits(info: "ActivationInfo") -> str:
    """One letter for each trait, as the legend says."""
    letters = [
        "M" if info.monotone else " ",
        "Z" if info.zero_centred else " ",
        {"smooth": "S", "once": "1", "kinks": "K", "jumps": "J"}[info.smoothness],
        {"no": "  ", "below": "< ", "above": " >", "both": "<>"}[info.saturation],
        ("" if info.elementwise else "V") + ("L" if info.learnable else ""),
    ]
    return " ".join(letters).rstrip()


def _print_profiles(shown: "Sequence[Profile]") -> None:
    """Print the facts of each activation, a line each, and its curves."""
    console = output()
    for number, profile in enumerate(shown):
        if number:
            console.print()
        table = plain_table(header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for head, text in profile.facts:
            table.add_row(f"  {head}", text)
        console.print(profile.title)
        console.print(table)
        console.print()
        for line in _drawn(profile, console):
            console.print(line, soft_wrap=True)


def _drawn(profile: "Profile", console: Console) -> list[str]:
    """Function and derivative as lines of text, side by side where there is room."""
    from actbench.reporting.curves import dot_plot

    curve = profile.curve
    width = min(console.width, _WIDEST_CURVES)
    side_by_side = width >= _WIDTH_FOR_TWO_CURVES
    each = (width - 2) // 2 if side_by_side else width
    braille = "utf" in console.encoding.lower()
    left, right = (
        dot_plot(
            title, curve.x.tolist(), y.tolist(), width=each, height=_CURVE_HEIGHT, braille=braille
        )
        for title, y in (("f(x)", curve.values), ("f'(x)", curve.slopes))
    )
    remark = [profile.remark] if profile.remark else []
    if not side_by_side:
        return [*left, *right, *remark]
    pairs = zip_longest(left, right, fillvalue="")
    return [*(f"{a:<{each}}  {b}".rstrip() for a, b in pairs), *remark]
