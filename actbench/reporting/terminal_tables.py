"""A report as tables in a terminal, in the widest layout that fits."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.table import Column as TerminalColumn
from rich.table import Table as TerminalTable
from rich.text import Text

from actbench.reporting.block_report import BlockReport
from actbench.reporting.remarks import remarks
from actbench.reporting.report import Report
from actbench.reporting.rows import (
    NUMBERS,
    SCORES,
    Table,
    comparison_table,
    grid_table,
    pair_table,
    printed_cells,
)
from actbench.reporting.sentences import leaders, overview, paragraph

# What does not fit into a row stands in a sentence under the table, so that no number is broken.
_LAYOUTS = {
    "wide": ("rank", "seeds", *SCORES, "difference", "rows", "p", "wins", "needed", "verdict"),
    "medium": ("rank", "seeds", *SCORES, "difference", "rows", "p"),
    "narrow": ("rank", "seeds", *SCORES),
}
_VERDICT_WIDTH = 28
_LONGEST_NAME = 24
_MOST_ROWS = 300
PLAIN: dict[str, Any] = {"box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}


def print_report(console: Console, report: Report, *, whole: bool = False) -> None:
    """Print the tables of a report, and below them what concerns all of it.

    More rows than a person reads are not printed, unless `whole`; then words say what is left
    out, and how to see it.
    """
    if report.grid:
        _print_grids(console, report.blocks)
    else:
        print_blocks(console, report.blocks, whole=whole)
    for line in report.lines_below:
        console.print(Text(line))


def _print_grids(console: Console, blocks: Sequence[BlockReport]) -> None:
    for block in blocks:
        grid = grid_table(block)
        table = TerminalTable(**PLAIN)
        for key, head in grid.heads.items():
            justify: JustifyMethod = "left" if key == "hidden" else "right"
            table.add_column(head, overflow="fold", justify=justify)
        for row in grid.rows:
            table.add_row(*row)
        console.print(Text(grid.caption), table, *map(Text, grid.remarks), sep="\n")
        console.print()


def print_blocks(console: Console, blocks: Sequence[BlockReport], *, whole: bool = False) -> None:
    """Print an overview, then every block: what it shows in words, and its table, best arm first.

    `whole`: print every block, however many rows there are.
    """
    if several := overview(blocks):
        console.print(Text(several))
    printed = blocks if whole else _readable(blocks)
    for i, block in enumerate(printed):
        if i or several:
            console.print()
        console.print(_block(console, block))
    if left := len(blocks) - len(printed):
        tables = "1 more table is" if left == 1 else f"{left:,} more tables are"
        console.print()
        console.print(Text(f"{tables} not printed here; {_ways_to_see(blocks)}."))


def _readable(blocks: Sequence[BlockReport]) -> Sequence[BlockReport]:
    """The first blocks, as many as a person reads the rows of; one at least."""
    rows = accumulate(len(block.rows) for block in blocks)
    return blocks[: max(1, sum(total <= _MOST_ROWS for total in rows))]


def _ways_to_see(blocks: Sequence[BlockReport]) -> str:
    cells = [block.trials.cell for block in blocks]
    last = cells[-1]
    differ = next((k for k in last if len({cell[k] for cell in cells}) > 1), None)
    one = f", and --filter '{differ}={last[differ]}' prints one of them" if differ else ""
    return f"--format csv or --output FILE has them all{one}"


def _block(console: Console, block: BlockReport) -> RenderableType:
    """A block in the widest layout that fits."""
    for layout in _LAYOUTS:
        table = _table(block, layout)
        if _fits(console, table):
            break
    return Group(
        Text(paragraph(block)),
        Text(),
        _title(block),
        table,
        *(_sentences(block, layout) if layout != "wide" else ()),
        *_other_pairs(console, block),
        *(Text(line, style="dim") for line in remarks(block)),
    )


def _title(block: BlockReport) -> Text:
    better = "more is better" if block.higher_is_better else "less is better"
    at = " at the best validation epoch" if block.at == "best" else ""
    return Text.assemble((block.measured, "bold"), f"{at} ({better}) on {block.title}")


def _table(block: BlockReport, layout: str) -> TerminalTable:
    printed, names = comparison_table(block), block.trials.varying
    heads = {k: h for k, h in printed.heads.items() if k in (*_LAYOUTS[layout], *names)}
    cells = [dict(row) for row in printed.cells]
    if layout == "narrow":
        for row, words in zip(block.rows, cells, strict=True):
            words[names[-1]] += " (baseline)" if row.baseline else ""
    leading = leaders(block)
    styles = ["bold" if row in leading else "dim" if row.mean is None else "" for row in block.rows]
    return _terminal_table(Table(heads, cells), names, styles)


def _terminal_table(printed: Table, names: Collection[str], styles: Iterable[str]) -> TerminalTable:
    """`names`: the columns that may be folded; `styles`: one for each row."""
    table = TerminalTable(**PLAIN)
    for key, head in printed.heads.items():
        if key in names:
            longest = max(len(row[key]) for row in printed.cells)
            table.add_column(head, overflow="fold", min_width=min(max(longest, 8), _LONGEST_NAME))
        elif key == "verdict":
            table.add_column(head, min_width=_VERDICT_WIDTH)
        else:
            justify: JustifyMethod = "right" if key in NUMBERS else "left"
            table.add_column(head, justify=justify, no_wrap=True)
    for row, style in zip(printed.rows, styles, strict=False):
        table.add_row(*row, style=style)
    return table


def _fits(console: Console, table: TerminalTable) -> bool:
    """Whether the table fits with every number whole; verdicts and long names may be folded."""
    return sum(map(_width, table.columns)) + 2 * (len(table.columns) - 1) <= console.width


def _width(column: TerminalColumn) -> int:
    longest = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
    if column.overflow == "fold":
        return max(min(longest, _LONGEST_NAME), column.min_width or 0)
    return min(longest, _VERDICT_WIDTH) if column.header == "verdict" else longest


def _sentences(block: BlockReport, layout: str) -> Iterator[Text]:
    """For each arm but the baseline, what its row has no room for."""
    for row in block.rows:
        if row.pair is None:
            continue
        cells = printed_cells(row)
        rows = f" (rows like these: {cells['rows']})" if cells["rows"] else ""
        numbers = [f"{cells['difference']}{rows}", f"p {cells['p']}"] if layout == "narrow" else []
        if cells["wins"] != "–" and not block.unpaired:
            numbers.append(f"wins {cells['wins']}")
        if cells["needed"]:
            numbers.append(f"needs {cells['needed']}")
        yield Text(": ".join(filter(None, [f"  {row.label}", ", ".join(numbers), row.verdict])))


def _other_pairs(console: Console, block: BlockReport) -> Iterator[RenderableType]:
    """The pairs without the baseline: a table if it fits, else a line each."""
    if not block.other_pairs:
        return
    pairs = pair_table(block)
    table = _terminal_table(pairs, ["pair"], repeat(""))
    yield Text()
    if _fits(console, table):
        yield table
        return
    for row in pairs.cells:
        yield Text(f"  {row['pair']}: {row['difference']}, p {row['p']}: {row['verdict']}")
