"""The comparison as CSV, JSON, Markdown and LaTeX."""

import csv
import io
import json
from collections.abc import Sequence

from actbench.reporting.blocks import BlockReport
from actbench.reporting.noted import noted
from actbench.reporting.rows import COMPARISON_COLUMNS, heads, plain_rows, printed_cells
from actbench.reporting.summary import overview, paragraph

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "−": "$-$",
    "–": "--",
    "<": "$<$",
    ">": "$>$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
}


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
    """A paragraph and a table a block, as a README shows them."""
    above = [f"{overview(reports)}\n"] if overview(reports) else []
    return "\n".join([*above, *(_markdown(block) for block in reports)])


def as_latex(reports: Sequence[BlockReport]) -> str:
    """A table a block for a paper, with its summary as the caption; it needs `booktabs`."""
    return "\n".join(_latex(block) for block in reports)


def cells_of(block: BlockReport) -> tuple[list[str], list[list[str]]]:
    """The heads and the rows of a block's table, all columns of it."""
    named = heads(block)
    before = ["before"] if "before" in named else []
    rank = [] if before else ["rank"]
    after = ["seeds", *before, "mean", "difference", "p", "better", "needed", "verdict"]
    top = [*(named[k] for k in rank), *block.varying, *(named[k] for k in after)]
    rows = []
    for row in block.rows:
        cells = printed_cells(row)
        names = [row.cell[axis] for axis in block.varying]
        rows.append([*(cells[k] for k in rank), *names, *(cells[k] for k in after)])
    return top, rows


def markdown_table(top: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    lines = ["| " + " | ".join(top) + " |", "|" + " --- |" * len(top)]
    return lines + [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    ]


def latex_table(top: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """A LaTeX table float."""
    body = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{escaped(caption)}}}",
            rf"\begin{{tabular}}{{{'l' * len(top)}}}",
            r"\toprule",
            " & ".join(map(escaped, top)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    r"""Text as LaTeX reads it.

    >>> escaped("leaky_relu ± 5%")
    'leaky\\_relu $\\pm$ 5\\%'
    """
    return "".join(_LATEX.get(character, character) for character in text)


def _markdown(block: BlockReport) -> str:
    title = f"**{block.split} {block.metric}** on {block.title}"
    lines = [paragraph(block), "", title, "", *markdown_table(*cells_of(block))]
    below = list(noted(block))
    return "\n".join([*lines, *([""] if below else []), *below, ""])


def _latex(block: BlockReport) -> str:
    top, rows = cells_of(block)
    return latex_table(top, rows, paragraph(block))
