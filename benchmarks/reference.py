"""The committed tables of the shipped specs, and the docs': `python -m benchmarks.reference`.

Runs every shipped spec whose data is here (`--data-dir`) into `results/reference/`. What is done
already is not done twice; the journal stays beside the tables but is not committed.
"""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from rich.console import Console

from actbench.reporting.formats import Format
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.reporting.terminal_tables import print_blocks
from actbench.spec.shipped import shipped

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY / "results" / "reference"
START = REPOSITORY / "docs" / "index.md"
_WIDTH = 140  # of the examples in docs/


def main() -> None:
    """Run each spec in a process of its own, then put its table where the docs show it."""
    for name in shipped():
        command = [sys.executable, "-m", "actbench", "run", name, "--out", str(REFERENCE)]
        done = subprocess.run([*command, *sys.argv[1:]])
        print(f"{name}: exit code {done.returncode}")
        drop_losses(REFERENCE / name / "rows.npz")
    START.write_text(with_tables(START.read_text(encoding="utf-8")), encoding="utf-8")
    page = REPOSITORY / "docs" / "statistics.md"
    page.write_text(with_examples(page.read_text(encoding="utf-8")), encoding="utf-8")


def drop_losses(rows: Path) -> None:
    """Leave the losses of single rows out of a file to be committed: they are 25 times the rest."""
    if not rows.is_file():
        return
    draft = rows.with_suffix(".draft")
    with zipfile.ZipFile(rows) as whole, zipfile.ZipFile(draft, "w") as kept:
        for entry in whole.infolist():
            if not entry.filename.endswith("/loss.npy"):
                kept.writestr(entry, whole.read(entry), compresslevel=9)
    draft.replace(rows)


def compared(name: str) -> str:
    """What `actbench compare` prints of a committed table, in Markdown."""
    return Format.markdown.text(make_report([REFERENCE / name / "trials.csv"], Question()))


def with_examples(text: str) -> str:
    """The text with each `<!-- example: NAME METRIC… -->` … `<!-- end -->` as a terminal prints it.

    Without a metric it is the first one of the spec.
    """

    def filled(match: "re.Match[str]") -> str:
        name, *metrics = match[1].split()
        question = Question(metrics=tuple(metrics))
        report = make_report([REFERENCE / name / "trials.csv"], question)
        console = Console(file=io.StringIO(), width=_WIDTH, highlight=False, markup=False)
        print_blocks(console, report.blocks)
        printed = console.file.getvalue()  # type: ignore[attr-defined]
        lines = "\n".join(line.rstrip() for line in printed.splitlines())
        return f"<!-- example: {match[1]} -->\n```\n{lines}\n```\n<!-- end -->"

    return re.sub(r"<!-- example: ([\w ]+) -->\n(?:.*?)<!-- end -->", filled, text, flags=re.S)


def with_tables(text: str) -> str:
    """The text with each `<!-- table: NAME -->` … `<!-- end -->` filled with that table."""

    def filled(match: "re.Match[str]") -> str:
        return f"<!-- table: {match[1]} -->\n{compared(match[1])}<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n(?:.*?)<!-- end -->", filled, text, flags=re.S)


if __name__ == "__main__":
    main()
