"""The table of `docs/learning-rates.md`: `python -m benchmarks.learning_rates_page`.

It comes from the committed tables of two shipped specs, which train the same arms in the same way:
in `digits_learning_rates` twenty selection seeds choose one rate for all seeds of an arm, in
`digits_learning_rates_each` every seed chooses for itself.
"""

import re

from actbench.reporting.block_report import BlockReport
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.reporting.rows import difference_with_interval
from actbench.statistics import Pair
from benchmarks.reference import REFERENCE, REPOSITORY

PAGE = REPOSITORY / "docs" / "learning-rates.md"
SPECS = {
    "its own, one for all seeds": "digits_learning_rates",
    "its own, each seed's": "digits_learning_rates_each",
}
ARM = "sigmoid"
_TABLE = re.compile(r"<!-- rates -->\n(?:.*?)<!-- end -->", re.S)


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_table(text: str) -> str:
    """The text with the table as the committed tables give it."""
    return _TABLE.sub(lambda _: f"<!-- rates -->\n{table()}<!-- end -->", text)


def block_of(spec: str) -> BlockReport:
    """The comparison of a shipped spec."""
    (block,) = make_report([REFERENCE / spec / "trials.csv"], Question()).blocks
    return block


def table() -> str:
    """The verdict on sigmoid at each rate for all, and at its own, in Markdown."""
    blocks = {words: block_of(name) for words, name in SPECS.items()}
    lines = ["| learning rate | measured on | sigmoid against relu |", "| --- | --- | --- |"]
    rates = next(iter(blocks.values())).rates
    assert rates is not None
    for rate, pair in rates.pairs[ARM].items():
        rows = f"validation rows, {rates.seeds} selection seeds"
        lines.append(f"| {rate:g} for both | {rows} | {_verdict(pair)} |")
    for words, block in blocks.items():
        pair = next(row.pair for row in block.rows if row.label == ARM and row.pair)
        lines.append(f"| {words} | test rows, {block.seeds} seeds | {_verdict(pair)} |")
    return "\n".join(lines) + "\n"


def _verdict(pair: Pair) -> str:
    sided = pair.verdict.kind in ("better", "better_by_rope", "worse", "worse_by_rope")
    words = re.split("[;]", pair.verdict.words)[0]
    return f"{f'**{words}**' if sided else words}; {difference_with_interval(pair)}"


if __name__ == "__main__":
    main()
