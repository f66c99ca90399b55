"""The comparison as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from actbench.reporting.comparing import BlockReport
from actbench.reporting.rows import ArmRow, arm_rows, printed_cells

_HEADS = {
    "rank": "#",
    "seeds": "seeds",
    "mean": "mean ± sd",
    "difference": "against baseline [95%]",
    "p": "p (Holm)",
    "verdict": "verdict",
}
# What does not fit beside the numbers stands under the table, so that no number is ever broken.
_BESIDE = {
    "wide": ("rank", "seeds", "mean", "difference", "p", "verdict"),
    "medium": ("rank", "seeds", "mean", "difference", "p"),
    "narrow": ("rank", "seeds", "mean"),
}
_WIDE, _MEDIUM = 140, 92


def print_reports(console: Console, reports: Sequence[BlockReport]) -> None:
    """Print every block's table, best arm first."""
    layout = _layout(console.width)
    for block in reports:
        console.print()
        console.print(_block(block, layout))


def _layout(width: int) -> str:
    if width >= _WIDE:
        return "wide"
    return "medium" if width >= _MEDIUM else "narrow"


def _block(block: BlockReport, layout: str) -> RenderableType:
    rows, varying = arm_rows(block), _varying(block)
    below = [] if layout == "wide" else list(_sentences(rows, varying, layout))
    return Group(_title(block), _table(rows, varying, layout), *below, _scope(block))


def _table(rows: Sequence[ArmRow], varying: Sequence[str], layout: str) -> Table:
    first, *shown = _BESIDE[layout]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_HEADS[first], justify="right", no_wrap=True)
    for name in varying:
        table.add_column(name, overflow="fold", min_width=8)
    for key in shown:
        number = key in ("mean", "difference", "p")
        justify: JustifyMethod = "right" if number else "left"
        table.add_column(_HEADS[key], justify=justify, no_wrap=key != "verdict")
    for row in rows:
        cells = printed_cells(row)
        names = [getattr(row, name) for name in varying]
        if row.baseline and layout == "narrow":
            names[-1] += " (baseline)"
        table.add_row(cells[first], *names, *(cells[key] for key in shown), style=_style(row))
    return table


def _varying(block: BlockReport) -> list[str]:
    """The activations that differ between the arms: the others stand in the title."""
    hidden, output = zip(*block.arms, strict=True)
    names = [
        name for name, values in (("hidden", hidden), ("output", output)) if len({*values}) > 1
    ]
    return names or ["hidden", "output"]


def _title(block: BlockReport) -> Text:
    varying = _varying(block)
    hidden, output = block.arms[0]
    fixed = [] if "hidden" in varying else [f"hidden {hidden}"]
    fixed += [] if "output" in varying else [f"output {output}"]
    better = "more is better" if block.higher_is_better else "less is better"
    words = ", ".join([block.dataset, block.architecture, *fixed])
    return Text.assemble((f"{block.split} {block.metric}", "bold"), f" ({better}) on {words}")


def _style(row: ArmRow) -> str:
    if row.rank == 1:
        return "bold"
    return "" if row.ok else "dim"


def _sentences(rows: Sequence[ArmRow], varying: Sequence[str], layout: str) -> Iterator[Text]:
    """For each arm but the baseline, what its row had no room for."""
    for row in rows:
        if row.pair is None:
            continue
        cells = printed_cells(row)
        name = " / ".join(getattr(row, name) for name in varying)
        numbers = f" {cells['difference']}, p {cells['p']}:" if layout == "narrow" else ""
        yield Text(f"  {name}:{numbers} {row.verdict}")


def _scope(block: BlockReport) -> Text:
    seeds = len(block.seeds)
    if seeds == 1:
        words = "One seed decides nothing: no spread, interval or p-value can be given."
    else:
        words = (
            "Positive differences are better than the baseline; paired by seed. "
            f"Scope: these {seeds} seeds, this split of this data."
        )
    return Text(words, style="dim")
