"""The comparison as CSV, JSON and Markdown."""

import csv
import io
import json
from collections.abc import Sequence

from actbench.reporting.comparing import BlockReport
from actbench.reporting.rows import COMPARISON_COLUMNS, arm_rows, plain_rows, printed_cells


def as_csv(reports: Sequence[BlockReport]) -> str:
    """One row an arm with the columns of `comparison.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COMPARISON_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(plain_rows(reports))
    return text.getvalue()


def as_json(reports: Sequence[BlockReport]) -> str:
    """The same rows as a JSON list; what is not known is null."""
    rows = [{c: row.get(c) for c in COMPARISON_COLUMNS} for row in plain_rows(reports)]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_markdown(reports: Sequence[BlockReport]) -> str:
    """A table a block, as a README shows it."""
    return "\n".join(_markdown(block) for block in reports)


def _markdown(block: BlockReport) -> str:
    heads = (
        "#",
        "hidden",
        "output",
        "seeds",
        "mean ± sd",
        "against baseline [95%]",
        "p",
        "verdict",
    )
    lines = [
        f"**{block.split} {block.metric}** on {block.dataset}, {block.architecture}",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + " --- |" * len(heads),
    ]
    for row in arm_rows(block):
        cells = printed_cells(row)
        ordered = [cells["rank"], row.hidden, row.output, cells["seeds"], cells["mean"]]
        ordered += [cells["difference"], cells["p"], cells["verdict"]]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in ordered) + " |")
    return "\n".join([*lines, ""])
