"""`actbench claims`: what people say of activations, and what the shipped experiments found."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.table import Table

from actbench.cli.console import output, plain_table, print_json
from actbench.cli.options import RESULTS, AsJson, Out
from actbench.errors import ResultsError

NO_TABLES = "no tables here"
_WHERE = (
    "No tables here: `actbench run SPEC` makes those of a spec in this folder. The published ones "
    "are in results/reference of the project's repository; in a checkout of it this command finds "
    "them, elsewhere with --out CHECKOUT/results."
)


def claims(out: Out = RESULTS, as_json: AsJson = False) -> None:
    """List what people say of activations: each with its spec and what its tables say.

    `actbench run SPEC` repeats an experiment.
    """
    records = _records(out)
    if as_json:
        print_json(records)
    else:
        console = output()
        console.print(_table(records))
        console.print("The numbers: actbench compare SPEC. The experiment again: actbench run SPEC")
        if any(record["outcome"] == NO_TABLES for record in records):
            console.print(_WHERE)


def _records(out: Path) -> list[dict[str, Any]]:
    from actbench.reporting.claims import QUESTIONS, outcome_in_words, subject, widest_outcomes

    records = []
    for claim in (claim for question in QUESTIONS for claim in question.claims):
        spec, outcome = claim.spec, NO_TABLES
        with suppress(ResultsError):
            spec, expectations = widest_outcomes(claim, out)
            outcome = outcome_in_words(expectations).strip("*")
        about = subject(claim, spec)
        record = {"claim": claim.words, "source": claim.source, "spec": spec, "about": about}
        records.append(record | {"outcome": outcome})
    return records


def _table(records: list[dict[str, Any]]) -> Table:
    table = plain_table()
    for head in ("claim", "source", "spec", "about", "outcome"):
        table.add_column(head, overflow="fold")
    for record in records:
        table.add_row(*record.values())
    return table
