"""The comparison as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
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
# On a narrow terminal the verdict stands under its row, so that no number is broken in two.
NARROW = 110


def print_reports(console: Console, reports: Sequence[BlockReport]) -> None:
    """Print every block's table, best arm first."""
    for block in reports:
        console.print()
        console.print(_block(block, narrow=console.width < NARROW))


def _block(block: BlockReport, *, narrow: bool) -> RenderableType:
    rows = arm_rows(block)
    varying = _varying(block)
    shown = [k for k in _HEADS if not (narrow and k == "verdict")]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for key in shown[:1]:
        table.add_column(_HEADS[key], justify="right", no_wrap=True)
    for name in varying:
        table.add_column(name, overflow="fold")
    for key in shown[1:]:
        right = key in ("mean", "difference", "p")
        table.add_column(
            _HEADS[key], justify="right" if right else "left", no_wrap=key != "verdict"
        )
    for row in rows:
        cells = printed_cells(row)
        names = [getattr(row, name) for name in varying]
        table.add_row(cells["rank"], *names, *(cells[key] for key in shown[1:]), style=_style(row))
    verdicts = list(_verdicts(rows, varying)) if narrow else []
    return Group(_title(block), table, *verdicts, _scope(block))


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


def _verdicts(rows: Sequence[ArmRow], varying: Sequence[str]) -> Iterator[Text]:
    for row in rows:
        if row.verdict:
            name = " / ".join(getattr(row, name) for name in varying)
            yield Text(f"  {name}: {row.verdict}")


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
