"""One activation as `actbench activations` shows it: its facts, then function and derivative."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from actbench.reporting.curves import Curve

_SIDE_BY_SIDE = 72
_WIDEST = 140
_HEIGHT = 10


@dataclass(frozen=True)
class Profile:
    """What is shown of an activation: `facts` with a head each; `plain` holds them for JSON.

    `remark` says under the curves what was fixed to draw them.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    curve: "Curve"
    remark: str
    plain: dict[str, Any]


def print_profile(profile: Profile, console: Console) -> None:
    """Print the facts, a line each, and the curves."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    console.print(profile.title)
    for head, text in profile.facts:
        table.add_row(f"  {head}", text)
    console.print(table)
    console.print()
    for line in _drawn(profile, console):
        console.print(line, soft_wrap=True)


def _drawn(profile: Profile, console: Console) -> list[str]:
    """Function and derivative, side by side where there is room."""
    from actbench.reporting.curves import dot_plot

    curve = profile.curve
    width = min(console.width, _WIDEST)
    beside = width >= _SIDE_BY_SIDE
    size = {"width": (width - 2) // 2 if beside else width, "height": _HEIGHT}
    braille = "utf" in console.encoding.lower()
    left, right = (
        dot_plot(title, curve.x.tolist(), y.tolist(), **size, braille=braille)
        for title, y in (("f(x)", curve.values), ("f'(x)", curve.slopes))
    )
    remark = [profile.remark] if profile.remark else []
    if not beside:
        return [*left, *right, *remark]
    pairs = zip_longest(left, right, fillvalue="")
    return [*(f"{a:<{size['width']}}  {b}".rstrip() for a, b in pairs), *remark]
