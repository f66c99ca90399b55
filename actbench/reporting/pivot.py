"""A grid of arms as a grid: hidden in rows, output in columns, mean ± half-interval in the cells.

The interval is that of the arm's own mean over its seeds. Whether two arms differ is not for their
intervals to say: they were trained on the same seeds, which the paired comparison uses.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from actbench.reporting.blocks import BlockReport
from actbench.reporting.formats import latex_table, markdown_table
from actbench.reporting.numbers import with_spread
from actbench.statistics import sign_flip_interval

COLUMNS = (
    "dataset",
    "architecture",
    "metric",
    "hidden",
    "output",
    "seeds",
    "mean",
    "half_interval",
)


def print_pivots(console: Console, blocks: Sequence[BlockReport]) -> None:
    """Print a grid for every block."""
    for block in blocks:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        top, rows = _grid(block)
        for head in top:
            table.add_column(head, overflow="fold", justify="left" if head == top[0] else "right")
        for row in rows:
            table.add_row(*row)
        console.print(Text(_title(block)))
        console.print(table)
        console.print()


def pivot_markdown(blocks: Sequence[BlockReport]) -> str:
    """A grid for every block, as Markdown."""
    parts = [[f"{_title(b)}", "", *markdown_table(*_grid(b)), ""] for b in blocks]
    return "\n".join(line for part in parts for line in part)


def pivot_latex(blocks: Sequence[BlockReport]) -> str:
    """A grid for every block, as LaTeX."""
    return "\n".join(latex_table(*_grid(block), _title(block)) for block in blocks)


def pivot_csv(blocks: Sequence[BlockReport]) -> str:
    """A row for every cell, as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(blocks))
    return text.getvalue()


def pivot_json(blocks: Sequence[BlockReport]) -> str:
    """A row for every cell, as a JSON list."""
    return json.dumps(_plain(blocks), indent=2, ensure_ascii=False) + "\n"


def cell(block: BlockReport, arm: tuple[str, ...]) -> tuple[int, float | None, float | None]:
    """Seeds that trained, their mean, and half the width of its interval; None where too few."""
    if arm not in block.arms:
        return 0, None, None
    scores = block.scores[block.arms.index(arm)]
    trained = scores[np.isfinite(scores)]
    if not trained.size:
        return 0, None, None
    low, high = sign_flip_interval(trained, block.level)
    half = (high - low) / 2
    return trained.size, float(trained.mean()), half if np.isfinite(half) else None


def _title(block: BlockReport) -> str:
    level = f"{100 * block.level:.3g}%"
    places = ", ".join(block.cell[key] for key in ("dataset", "architecture") if key in block.cell)
    return (
        f"{block.split} {block.metric} on {places}: mean ± half the {level} interval of the mean; "
        "hidden in rows, output in columns"
    )


def _grid(block: BlockReport) -> tuple[list[str], list[list[str]]]:
    hidden, outputs = (list(dict.fromkeys(arm[i] for arm in block.arms)) for i in (0, 1))
    rows = [[name, *(_shown(block, (name, output)) for output in outputs)] for name in hidden]
    return ["hidden", *outputs], rows


def _shown(block: BlockReport, arm: tuple[str, ...]) -> str:
    seeds, mean, half = cell(block, arm)
    failed = len(block.seeds) - seeds
    told = with_spread(mean, half)
    return f"{told} ({seeds}/{len(block.seeds)})" if failed else told


def _plain(blocks: Sequence[BlockReport]) -> list[dict[str, Any]]:
    return [
        {
            "dataset": block.dataset,
            "architecture": block.architecture,
            "metric": f"{block.split}_{block.metric}",
            "hidden": arm[0],
            "output": arm[1],
            **dict(zip(COLUMNS[-3:], cell(block, arm), strict=True)),
        }
        for block in blocks
        for arm in block.arms
    ]
