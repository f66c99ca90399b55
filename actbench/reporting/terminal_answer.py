"""The answer as a person sees it in a terminal: it comes last and fits the screen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from actbench.reporting.block_report import ArmRow, BlockReport
from actbench.reporting.charts import SIGNS, Axis, DotChart
from actbench.reporting.dot_charts import differences_chart, tone_of
from actbench.reporting.remarks import remarks
from actbench.reporting.report import Report
from actbench.reporting.rows import comparison_table
from actbench.reporting.sentences import headline, leaders
from actbench.reporting.terminal_tables import PLAIN
from actbench.wording import listed

# What a row shows beside the name, the verdict first; the rest as far as the width goes.
_BY_WORTH = ("verdict", "difference", "mean", "seeds", "rows", "p", "rank", "wins", "needed")
_FURTHER = ("before", "epochs", "seconds")
_LEFT = ("verdict", "seeds")  # columns of words, which begin at the left
_SIGNS = " ".join(SIGNS.values())
_SHORTEST_NAME, _LONGEST_NAME = 12, 40
_NARROWEST_PLOT, _WIDEST_PLOT = 20, 44
# Blue and orange are told apart by those who see few colours; the sign says the same.
_STYLES = {
    "better": "bright_blue",
    "worse": "dark_orange",
    "equal": "green",
    "open": "",
    "none": "",
}


def print_answer(console: Console, report: Report, more: str) -> None:
    """Print the remarks that there is room for, then the answer in a sentence, then the tables.

    `more`: how to see what does not fit.
    """
    answer = Text(headline(report.blocks), style="bold")
    tail = _lines_of(console, answer) + 1
    shown, room = _rooms(report.blocks, console.height - 1 - tail)
    tables = [list(_block(console, block, rows)) for block, rows in zip(shown, room, strict=False)]
    hidden = len(report.blocks) - len(shown)
    used = (
        tail + (hidden > 0) + sum(len(_plain(console, part)) for table in tables for part in table)
    )
    for line in _above(console, report, console.height - 1 - used):
        console.print(line)
    console.print(answer)
    for table in tables:
        for part in table:
            console.print(part)
    if hidden:
        console.print(Text(f"and {hidden} more {'table' if hidden == 1 else 'tables'}"))
    console.print(Text(more, style="dim"))


def _lines_of(console: Console, text: Text) -> int:
    return len(text.wrap(console, console.width))


def _plain(console: Console, part: Any) -> list[Any]:
    return console.render_lines(part, pad=False)


def _rooms(
    blocks: Sequence[BlockReport], lines: int
) -> tuple[Sequence[BlockReport], Sequence[int]]:
    """The blocks that fit, and how many arms each of them may show."""
    shown = list(blocks)
    rooms = [1] * len(shown)

    def needed() -> int:
        """Lines of titles, heads and arms, and of how much is left out."""
        counts = [2 + n + (n < len(b.rows)) for n, b in zip(rooms, shown, strict=True)]
        return sum(counts) + (len(shown) < len(blocks))

    while len(shown) > 1 and needed() > lines:
        shown.pop()
        rooms.pop()
    grown = True
    while grown:
        grown = False
        for i, block in enumerate(shown):
            if rooms[i] < len(block.rows):
                rooms[i] += 1
                grown = needed() <= lines
                if not grown:
                    rooms[i] -= 1
                    return shown, rooms
    return shown, rooms


def _above(console: Console, report: Report, lines: int) -> Iterator[Text]:
    """What is said of the whole and of the blocks, each once, as far as there are lines."""
    said = [e.words for e in report.expectations]
    said = ["Expected by the spec:", *(f"  {words}" for words in said)] if said else []
    said += [line for across in report.across for line in across.lines]
    said += report.notes
    headlined = headline(report.blocks)
    said += [line for block in report.blocks for line in _repeated(block, headlined)]
    said += [line for block in report.blocks for line in remarks(block)]
    for words in dict.fromkeys(said):
        text = Text(words, style="dim")
        lines -= _lines_of(console, text)
        if lines < 0:
            return
        yield text


def _repeated(block: BlockReport, headlined: str) -> Iterator[str]:
    """What the verdicts of several arms say in the same words, once; unless the headline does."""
    reasons = Counter(_reason(row) for row in block.rows if row.pair)
    for reason, count in reasons.items():
        said = reason.partition(": ")[2].partition(";")[0]
        if count > 1 and said and said not in headlined:
            yield reason


def _reason(row: ArmRow) -> str:
    """What a verdict says beyond its first words."""
    return row.pair.verdict.words if row.pair and ":" in row.pair.verdict.words else ""


def short_verdict(row: ArmRow) -> str:
    """The sign of a verdict and its first words; what else it says is in the remarks."""
    if row.pair is None:
        return "baseline" if row.baseline else ""
    verdict, failures = row.pair.verdict.words, row.pair.failures.words or ""
    for end in (":", ";", ",", " for ", " (", " than "):
        verdict, failures = verdict.partition(end)[0], failures.partition(end)[0]
    return f"{SIGNS[tone_of(row)]} {'; '.join(filter(None, [verdict, failures]))}"


def _block(console: Console, block: BlockReport, room: int) -> Iterator[Text | Table]:
    """The title of a block and its best arms, as many as there is room for."""
    rows = _rows_that_fit(block, room)
    better = "more" if block.higher_is_better else "less"
    title = Text.assemble((block.measured, "bold"), f" ({better} is better) on {block.title}")
    title.truncate(console.width, overflow="ellipsis")
    yield title
    yield _table(console, block, rows)
    if rest := [row for row in block.rows if row not in rows]:
        summary = Text(f"and {len(rest)} more, {_in_short(rest)}", style="dim")
        summary.truncate(console.width, overflow="ellipsis")
        yield summary


def _rows_that_fit(block: BlockReport, room: int) -> list[ArmRow]:
    """The best arms, as many as there is room for, and the baseline."""
    first = list(block.rows[:room])
    baseline = [row for row in block.rows if row.baseline and row not in first]
    return [*first[: max(1, room - len(baseline))], *baseline][:room]


def _in_short(rows: Sequence[ArmRow]) -> str:
    """The verdicts on arms that are not shown, such as `all worse` or `7 worse, 2 inconclusive`."""
    verdicts = (short_verdict(row).partition(";")[0].partition(" by ")[0] for row in rows)
    counts = Counter(verdict.lstrip(_SIGNS) for verdict in verdicts)
    if len(counts) == 1:
        return f"all {next(iter(counts))}"
    return listed(f"{count} {verdict}" for verdict, count in counts.most_common())


def _table(console: Console, block: BlockReport, rows: Sequence[ArmRow]) -> Table:
    """The columns that fit, in their usual order, and the dot plot where there is room for it."""
    printed = comparison_table(block)
    cells = {
        row.name: {**of_row, "verdict": short_verdict(row)}
        for row, of_row in zip(block.rows, printed.cells, strict=True)
    }
    shown = [cells[row.name] for row in rows]
    names = [key for key in printed.heads if key in block.trials.varying]
    widths = {
        key: max(cell_len(text) for text in (head, *(row[key] for row in shown)))
        for key, head in printed.heads.items()
    }
    kept, left = _columns(widths, names, console.width)
    chart = differences_chart(block)
    plot = min(left - 2, _WIDEST_PLOT) if chart and left - 2 >= _NARROWEST_PLOT else 0
    table = Table(**PLAIN)
    for key in kept:
        left_side = key in (*_LEFT, *names)
        table.add_column(printed.heads[key], justify="left" if left_side else "right", no_wrap=True)
    if plot:
        table.add_column(_plot_head(chart, plot) if chart else "", no_wrap=True)
    leading = leaders(block)
    for row, of_row in zip(rows, shown, strict=True):
        texts = [
            Text(_shortened(of_row[key], widths[key]), style=_style(key, row, leading))
            for key in kept
        ]
        drawn = (
            [Text(_drawn(chart, row, plot), style=_STYLES[tone_of(row)])] if plot and chart else []
        )
        table.add_row(*texts, *drawn)
    return table


def _style(key: str, row: ArmRow, leading: Sequence[ArmRow]) -> str:
    if key == "verdict":
        return _STYLES[tone_of(row)]
    return "bold" if row in leading else "dim" if row.mean is None else ""


def _columns(widths: dict[str, int], names: Sequence[str], width: int) -> tuple[list[str], int]:
    """The columns that fit, and the characters left; shortens the names where it must.

    The verdict is always there.
    """
    for name in names:
        widths[name] = min(widths[name], _LONGEST_NAME)
    needed = widths["verdict"] + widths.get("difference", 0) + 2 * (len(names) + 1)
    over = sum(widths[name] for name in names) + needed - width
    for name in sorted(names, key=lambda name: -widths[name]):
        cut = max(0, min(over, widths[name] - _SHORTEST_NAME))
        widths[name] -= cut
        over -= cut
    left = width - sum(widths[name] + 2 for name in names) + 2
    kept = set(names)
    for key in (*_BY_WORTH, *_FURTHER):
        if key in widths and (key == "verdict" or widths[key] + 2 <= left):
            kept.add(key)
            left -= widths[key] + 2
    return [key for key in widths if key in kept], left


def _shortened(text: str, width: int) -> str:
    """The text with its middle left out where it is too long: names often differ at their ends.

    >>> _shortened("leaky_relu(negative_slope=0.02)", 20)
    'leaky_relu…ope=0.02)'
    """
    if cell_len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def _plot_head(chart: DotChart | None, width: int) -> str:
    """Worse and better at the ends, and 0 where it is."""
    assert chart is not None
    zero = _place(chart.axis, 0.0, width)
    line = list("worse".ljust(width - 6) + "better")
    if 5 < zero < width - 7:
        line[zero] = "0"
    return "".join(line)


def _drawn(chart: DotChart, arm: ArmRow, width: int) -> str:
    """The mean difference of an arm, its interval, the ROPE and zero, in characters."""
    line = [" "] * width
    if chart.band:
        low, high = (_place(chart.axis, end, width) for end in chart.band)
        line[low : high + 1] = "·" * (high + 1 - low)
    line[_place(chart.axis, 0.0, width)] = "│"
    row = next((row for row in chart.rows if row.label == arm.label), None)
    if row is None or arm.pair is None:
        return "".join(line)
    for span in row.spans[:1]:
        low, high = (_place(chart.axis, end, width) for end in (span.low, span.high))
        line[low : high + 1] = "━" * (high + 1 - low)
    if row.mean is not None:
        share = chart.axis.share(row.mean)
        line[_place(chart.axis, row.mean, width)] = "◂" if share < 0 else "▸" if share > 1 else "●"
    return "".join(line)


def _place(axis: Axis, value: float, width: int) -> int:
    return min(max(round(axis.share(value) * (width - 1)), 0), width - 1)
