"""`actbench claims`: what people say of activations, and what the shipped experiments found."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.table import Table

from actbench.cli.console import output, plain_table, print_json
from actbench.cli.options import RESULTS, AsJson, Out
from actbench.errors import ResultsError

NO_TABLES = "no tables here"
_WHY = "Why the outcome differs from that at one learning rate, on these rows:"
_WIDTH_FOR_ABOUT = 110  # characters in a line; where there are fewer, it stands below the spec
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
        notes = dict.fromkeys(record["note"] for record in records if record["note"])
        numbers = {note: str(number) for number, note in enumerate(notes, start=1)}
        console.print(_table(records, numbers, wide=console.width >= _WIDTH_FOR_ABOUT))
        if numbers:
            console.print(f"\n{_WHY}")
            console.print(_notes(numbers))
            console.print()
        console.print("The numbers: actbench compare SPEC. The experiment again: actbench run SPEC")
        if any(record["outcome"] == NO_TABLES for record in records):
            console.print(_WHERE)


def _records(out: Path) -> list[dict[str, Any]]:
    from actbench.reporting.claims import TOPICS, outcome_in_words, subject, widest_outcomes

    records = []
    for claim in (claim for topic in TOPICS for claim in topic.claims):
        spec, outcome, note = claim.spec, NO_TABLES, ""
        with suppress(ResultsError):
            spec, expectations = widest_outcomes(claim, out)
            outcome = outcome_in_words(expectations).strip("*")
            note = claim.why_changed if spec != claim.spec else ""
        about = subject(claim, spec)
        record = {"claim": claim.words, "source": claim.source, "spec": spec, "about": about}
        records.append(record | {"outcome": outcome, "note": note})
    return records


def _table(records: list[dict[str, Any]], numbers: dict[str, str], *, wide: bool) -> Table:
    """The claims, a row each; `numbers`: those of the notes below."""
    table = plain_table()
    for head in ("claim (source)", *(("spec", "about") if wide else ("spec, about",)), "outcome"):
        table.add_column(head, overflow="fold")
    for record in records:
        number = f" [{numbers[record['note']]}]" if record["note"] else ""
        claim = f"{record['claim']} ({record['source']})"
        spec = (record["spec"], record["about"])
        table.add_row(claim, *(spec if wide else ["\n".join(spec)]), record["outcome"] + number)
    return table


def _notes(numbers: dict[str, str]) -> Table:
    table = plain_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for note, number in numbers.items():
        table.add_row(f"[{number}]", note)
    return table
