"""The formats that a report can be printed in, each a function from the report to a text.

To add a format, write its function, here or in a file of its own, and add a line to `Format`.
"""

import io
import json
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actbench.reporting.report import Report
    from actbench.reporting.rows import Table

_FILE_WIDTH = 160
_LONGEST_LABEL = 30
_WORDS = {"verdict": "p{3.4cm}"}  # columns of sentences, in LaTeX
_LATEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%$#_{}"},
        "\\": r"\textbackslash{}",
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
)


def terminal_text(report: "Report") -> str:
    """What a terminal shows, at a width for files."""
    from rich.console import Console

    from actbench.reporting.terminal_tables import print_report

    text = io.StringIO()
    console = Console(file=text, width=_FILE_WIDTH, highlight=False, markup=False, no_color=True)
    print_report(console, report, whole=True)
    return text.getvalue()


def csv_text(report: "Report") -> str:
    """A row for each record, such as the columns of `comparison.csv`."""
    from actbench.results.columns import csv_of

    rows = ([record.get(name, "") for name in report.columns] for record in report.records)
    return csv_of([report.columns, *rows])


def json_text(report: "Report") -> str:
    """The headline, the settings of each block, the records, the expectations and the notes.

    A value that is not there is null.
    """
    from actbench.reporting.sentences import headline

    records = [{name: record.get(name) for name in report.columns} for record in report.records]
    content = {
        "headline": headline(report.blocks),
        "settings": [block.settings for block in report.blocks],
        "comparison": records,
        "expectations": [expectation.as_dict() for expectation in report.expectations],
        "notes": list(report.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def markdown_text(report: "Report") -> str:
    """A paragraph and a table for each block, as a README shows them."""
    above = [f"{report.overview}\n"] if report.overview else []
    return "\n".join([*above, *map(_markdown, report.tables)])


def _markdown(table: "Table") -> str:
    title = [f"**{table.title[0]}** {table.title[1]}", ""] if table.title else []
    rows = [[cell.replace("|", "\\|") for cell in row] for row in table.rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in (table.heads.values(), *rows)]
    lines.insert(1, "|" + " --- |" * len(table.heads))
    remarks = [line for remark in table.remarks for line in ("", remark)]
    return "\n".join([table.caption, "", *title, *lines, *remarks, ""])


def latex_text(report: "Report") -> str:
    """A table float for each block, no wider than a column; needs `booktabs` and `graphicx`."""
    return "\n".join(_latex(table, i) for i, table in enumerate(report.tables, start=1))


def _latex(table: "Table", number: int) -> str:
    """The caption is the title; what the table shows in words stands below it, with the remarks.

    `number`: of the table in the report, so that no two have one label.
    """
    from actbench.reporting.rows import NUMBERS

    heads, *rows = (
        " & ".join(map(latex_escaped, cells)) + r" \\"
        for cells in (table.heads.values(), *table.rows)
    )
    columns = ["r" if key in NUMBERS else _WORDS.get(key, "l") for key in table.heads]
    title = " ".join(table.title) if table.title else table.caption
    notes = [*([table.caption] if table.title else []), *table.remarks]
    label = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST_LABEL]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\footnotesize",
            rf"\caption{{{latex_escaped(title)}}}",
            rf"\label{{tab:{label}-{number}}}",
            r"\resizebox{\ifdim\width>\columnwidth",
            r"\columnwidth \else \width \fi}{!}{%",
            rf"\begin{{tabular}}{{{''.join(columns)}}}",
            r"\toprule",
            heads,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}}",
            *(rf"\par\raggedright {latex_escaped(note)}" for note in notes),
            r"\end{table}",
            "",
        ]
    )


def latex_escaped(text: str) -> str:
    r"""Text as LaTeX reads it.

    >>> latex_escaped("leaky_relu ± 5%")
    'leaky\\_relu $\\pm$ 5\\%'
    """
    return text.translate(_LATEX)


class Format(StrEnum):
    """Every format: its name, the function that makes its text, the suffix of its files."""

    text: "Callable[[Report], str]"
    suffix: str

    table = "table", terminal_text, ".txt"
    csv = "csv", csv_text, ".csv"
    json = "json", json_text, ".json"
    markdown = "markdown", markdown_text, ".md"
    latex = "latex", latex_text, ".tex"

    def __new__(cls, name: str, text: "Callable[[Report], str]", suffix: str) -> "Format":
        """Make the member of this name."""
        member = str.__new__(cls, name)
        member._value_, member.text, member.suffix = name, text, suffix
        return member

    @classmethod
    def of_file(cls, file: Path) -> "Format":
        """The format that a file's suffix stands for; `table` for any other suffix.

        >>> Format.of_file(Path("found.tex")).name, Format.of_file(Path("found")).name
        ('latex', 'table')
        """
        return next((f for f in cls if f.suffix == file.suffix.lower()), cls.table)
