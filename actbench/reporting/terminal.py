"""The comparison as tables for a terminal."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.table import Column, Table
from rich.text import Text

from actbench.reporting.blocks import ArmRow, BlockReport
from actbench.reporting.noted import noted
from actbench.reporting.rows import heads, other_pairs, printed_cells, printed_pair
from actbench.reporting.summary import overview, paragraph

# What does not fit beside the numbers stands under the table, so that no number is ever broken.
_BESIDE = {
    "wide": ("rank", "seeds", "before", "mean", "difference", "p", "better", "needed", "verdict"),
    "medium": ("rank", "seeds", "before", "mean", "difference", "p"),
    "narrow": ("rank", "seeds", "before", "mean"),
}
_NUMBERS = ("before", "mean", "difference", "p", "better", "needed")
_VERDICT_WIDTH = 28
_LONGEST_NAME = 24
_MOST_ROWS = 300


def print_reports(console: Console, reports: Sequence[BlockReport], *, whole: bool = False) -> None:
    """Print a summary, then every block: what it shows in words, and its table, best arm first.

    More rows than a person reads are not printed, unless `whole`; then words say what is left
    out, and how to see it.
    """
    if several := overview(reports):
        console.print(Text(several))
    shown = reports if whole else _readable(reports)
    for i, block in enumerate(shown):
        if i or several:
            console.print()
        console.print(_block(console, block))
    if left := len(reports) - len(shown):
        tables = "1 more table is" if left == 1 else f"{left:,} more tables are"
        console.print()
        console.print(Text(f"{tables} not printed here; {_ways_to_see(reports)}."))


def _readable(reports: Sequence[BlockReport]) -> Sequence[BlockReport]:
    """The first tables, as many as have so many rows together; one at least."""
    rows = accumulate(len(block.rows) for block in reports)
    return reports[: max(1, sum(total <= _MOST_ROWS for total in rows))]


def _ways_to_see(reports: Sequence[BlockReport]) -> str:
    last = reports[-1].cell
    differ = next((k for k in last if len({block.cell[k] for block in reports}) > 1), None)
    one = f", and --filter '{differ}={last[differ]}' prints one of them" if differ else ""
    return f"--format csv or --output FILE has them all{one}"


def _block(console: Console, block: BlockReport) -> RenderableType:
    layout = next(
        (name for name in ("wide", "medium") if _fits(console, _table(block, name))), "narrow"
    )
    below = [] if layout == "wide" else list(_sentences(block, layout))
    return Group(
        Text(paragraph(block)),
        Text(),
        _title(block),
        _table(block, layout),
        *below,
        *_pairs(console, block),
        *(Text(line, style="dim") for line in _remarks(block)),
    )


def _fits(console: Console, table: Table) -> bool:
    """Whether the table fits with every number whole; verdicts and long names may be folded."""
    widest = {"verdict": _VERDICT_WIDTH}
    columns = [_width(column, widest.get(str(column.header))) for column in table.columns]
    return sum(columns) + 2 * (len(columns) - 1) <= console.width


def _width(column: Column, most: int | None) -> int:
    cells = [str(column.header), *map(str, column.cells)]
    longest = max(cell_len(cell) for cell in cells)
    most = _LONGEST_NAME if column.overflow == "fold" else most
    return min(longest, most or longest)


def _shown(block: BlockReport, layout: str) -> list[str]:
    """The columns of a layout that have anything to show."""
    needed = any(row.pair and row.pair.seeds_needed for row in block.rows)
    known = set(heads(block)) - (set() if needed else {"needed"})
    known -= {"rank"} if block.reference != "baseline" else set()
    return [key for key in _BESIDE[layout] if key in known]


def _table(block: BlockReport, layout: str) -> Table:
    shown = _shown(block, layout)
    ranks = [key for key in shown if key == "rank"]
    others = [key for key in shown if key != "rank"]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for key in ranks:
        table.add_column(heads(block)[key], justify="right", no_wrap=True)
    for axis in block.varying:
        longest = max(len(row.cell[axis]) for row in block.rows)
        table.add_column(axis, overflow="fold", min_width=min(max(longest, 8), _LONGEST_NAME))
    for key in others:
        _add_column(table, key, heads(block)[key])
    for row in block.rows:
        cells = printed_cells(row)
        names = [row.cell[axis] for axis in block.varying]
        if row.baseline and layout == "narrow":
            names[-1] += " (baseline)"
        style = _style(row)
        table.add_row(*(cells[k] for k in ranks), *names, *(cells[k] for k in others), style=style)
    return table


def _add_column(table: Table, key: str, head: str) -> None:
    justify: JustifyMethod = "right" if key in _NUMBERS else "left"
    if key == "verdict":
        table.add_column(head, min_width=_VERDICT_WIDTH)
    else:
        table.add_column(head, justify=justify, no_wrap=True)


def _title(block: BlockReport) -> Text:
    better = "more is better" if block.higher_is_better else "less is better"
    at = " at the best validation epoch" if block.at == "best" else ""
    return Text.assemble(
        (f"{block.split} {block.metric}", "bold"), f"{at} ({better}) on {block.title}"
    )


def _style(row: ArmRow) -> str:
    if row.rank == 1:
        return "bold"
    return "dim" if row.mean is None else ""


def _sentences(block: BlockReport, layout: str) -> Iterator[Text]:
    """For each arm but the baseline, what its row had no room for."""
    for row in block.rows:
        if row.pair is None:
            continue
        cells = printed_cells(row)
        numbers = f" {cells['difference']}, p {cells['p']}," if layout == "narrow" else ""
        better = f" P(better) {cells['better']}" if cells["better"] != "–" else ""
        needed = f", needs {cells['needed']}" if cells["needed"] else ""
        yield Text(f"  {block.name_of(row)}:{numbers}{better}{needed}: {row.verdict}")


def _pairs(console: Console, block: BlockReport) -> Iterator[RenderableType]:
    """The pairs beyond those with the baseline: a table where it fits, else a line each."""
    found = other_pairs(block)
    if not found:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    keys = ("difference", "p", "better", "verdict")
    table.add_column("other pairs", overflow="fold", min_width=16)
    for key in keys:
        head = (
            f"difference [{100 * block.level:.3g}%]" if key == "difference" else heads(block)[key]
        )
        _add_column(table, key, head)
    lines = []
    for pair in found:
        name = f"{block.short(pair.arm)} – {block.short(pair.other)}"
        cells = printed_pair(pair)
        table.add_row(name, *(cells[key] for key in keys))
        lines.append(Text(f"  {name}: {cells['difference']}, p {cells['p']}: {cells['verdict']}"))
    yield Text()
    if _fits(console, table):
        yield table
    else:
        yield from lines


def _remarks(block: BlockReport) -> Iterator[str]:
    yield from block.notes
    yield from noted(block)
    yield from (
        f"Look at {block.name_of(row)}: seed{'s' if len(row.outliers) > 1 else ''} "
        f"{', '.join(map(str, row.outliers))} far from its others (kept)."
        for row in block.rows
        if row.outliers
    )
    if len(block.seeds) == 1:
        yield "One seed decides nothing: no spread, interval or p-value can be given."
        return
    yield (
        f"Positive differences are better than {_reference(block)}; paired by seed. "
        f"Scope: these {len(block.seeds)} seeds, this split of this data."
    )
    if _undecided(block) and block.rope is None and block.min_effect is None:
        yield (
            "How many more seeds? --min-effect SIZE, the smallest difference that matters, tells; "
            "--rope SIZE can show that a difference is too small to matter."
        )


def _reference(block: BlockReport) -> str:
    return "the baseline" if block.reference == "baseline" else block.reference


def _undecided(block: BlockReport) -> bool:
    return any(row.pair and row.pair.verdict.words == "inconclusive" for row in block.rows)
