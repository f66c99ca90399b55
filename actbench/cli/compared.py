"""A comparison as it was asked for on the command line, and printing it in the form asked for."""

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from actbench.cli.terminal import messages, output
from actbench.errors import ResultsError
from actbench.reporting.across import Across, across
from actbench.reporting.across import lines as lines_across
from actbench.reporting.against import against
from actbench.reporting.blocks import BlockReport
from actbench.reporting.comparing import report
from actbench.reporting.expectations import Expectation, check
from actbench.reporting.filtering import keep
from actbench.reporting.formats import as_csv, as_json, as_latex, as_markdown
from actbench.reporting.joining import Gathered, gather
from actbench.reporting.pivot import (
    pivot_csv,
    pivot_json,
    pivot_latex,
    pivot_markdown,
    print_pivots,
)
from actbench.reporting.question import Question
from actbench.reporting.terminal import print_reports
from actbench.reporting.worse import worse_than_reference
from actbench.results import write_file
from actbench.results.reading import Trials, find_trials, read_trials

_Writer = Callable[[Sequence[BlockReport]], str]
_WRITERS: dict[str, _Writer] = {
    "csv": as_csv,
    "json": as_json,
    "markdown": as_markdown,
    "latex": as_latex,
}
_PIVOTS: dict[str, _Writer] = {
    "csv": pivot_csv,
    "json": pivot_json,
    "markdown": pivot_markdown,
    "latex": pivot_latex,
}
_FORMS = {".csv": "csv", ".json": "json", ".md": "markdown", ".tex": "latex"}
_FILE_WIDTH = 160


@dataclass(frozen=True)
class Wanted:
    """The options of `compare` beside those of the comparison itself."""

    results: tuple[str, ...]
    out: Path
    question: Question
    filters: tuple[str, ...] = ()
    against: str | None = None
    pivot: bool = False
    fail_if_worse: bool = False


@dataclass(frozen=True)
class Answer:
    """Everything that a comparison found.

    `worse` says of each arm that is significantly worse how so, where that was asked for.
    """

    blocks: tuple[BlockReport, ...]
    across: tuple[Across, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    notes: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()

    @property
    def refuted(self) -> bool:
        """Whether an expectation was refuted."""
        return any(expectation.refuted for expectation in self.expectations)


def answer(wanted: Wanted) -> Answer:
    """Read the results, compare, and check what their specs expect.

    Raises:
        ResultsError: results cannot be read or joined, or options do not go together.
    """
    _check(wanted)
    results = [read_trials(find_trials(result, wanted.out)) for result in wanted.results]
    gathered = _gathered(wanted, results)
    blocks = report(gathered.frame, gathered.question, gathered.looks)
    notes = gathered.notes
    if wanted.against is not None:
        other = _gathered(wanted, [read_trials(find_trials(wanted.against, wanted.out))])
        before = report(other.frame, other.question, None)
        blocks = against(blocks, before, wanted.question)
        notes = (*notes, *other.notes)
    return Answer(
        blocks=blocks,
        across=() if wanted.against else across(blocks, nemenyi=wanted.question.nemenyi),
        expectations=() if wanted.against else _expectations(wanted, results),
        notes=tuple(dict.fromkeys(notes)),
        worse=worse_than_reference(blocks) if wanted.fail_if_worse else (),
    )


def _check(wanted: Wanted) -> None:
    question = wanted.question
    clashes = (
        (wanted.pivot and question.by != "arm", f"--by {question.by}"),
        (wanted.pivot and question.all_pairs, "--all-pairs"),
        (wanted.pivot and wanted.against is not None, "--against"),
    )
    for clash, option in clashes:
        if clash:
            raise ResultsError(f"--pivot and {option} do not go together; leave one of them out")
    if wanted.against is not None and (question.all_pairs or question.baseline):
        option = "--all-pairs" if question.all_pairs else "--baseline"
        raise ResultsError(
            f"--against and {option} do not go together: each arm is compared with itself before"
        )


def _gathered(wanted: Wanted, results: Sequence[Trials]) -> Gathered:
    found = gather(results, wanted.question)
    frame = keep(found.frame, wanted.filters)
    return Gathered(frame, found.question, found.looks, found.notes)


def _expectations(wanted: Wanted, results: Sequence[Trials]) -> tuple[Expectation, ...]:
    """What each result's own spec expects, on its own trials."""
    found: list[Expectation] = []
    for trials in results:
        beside = trials.side_files
        if beside.expect:
            frame = keep(trials.frame, wanted.filters)
            found += check(frame, beside.expect, beside.activations, beside.looks)
    return tuple(found)


def show(found: Answer, wanted: Wanted, form: str | None, file: Path | None) -> None:
    """Print the answer to standard output, or write it to a file in one step.

    Raises:
        ResultsError: the file cannot be written.
    """
    form = form or (_FORMS.get(file.suffix.lower(), "table") if file else "table")
    if file is None:
        _print(output(), found, form, pivot=wanted.pivot)
    else:
        _write(file, _text(found, form, pivot=wanted.pivot))
    for line in found.worse:
        messages().print(Text(f"--fail-if-worse: {line}"))


def _print(
    console: Console, found: Answer, form: str, *, pivot: bool = False, whole: bool = False
) -> None:
    writers = _PIVOTS if pivot else _WRITERS
    if form in writers:
        sys.stdout.write(writers[form](found.blocks))
        _print_lines(messages(), [line for line in _lines(found) if line])
        return
    if pivot:
        print_pivots(console, found.blocks)
    else:
        print_reports(console, found.blocks, whole=whole)
    _print_lines(console, _lines(found))


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(Text(line))


def _text(found: Answer, form: str, *, pivot: bool) -> str:
    writers = _PIVOTS if pivot else _WRITERS
    if form in writers:
        return writers[form](found.blocks)
    text = io.StringIO()
    console = Console(file=text, width=_FILE_WIDTH, highlight=False, markup=False, no_color=True)
    _print(console, found, form, pivot=pivot, whole=True)
    return text.getvalue()


def _write(file: Path, text: str) -> None:
    if not file.parent.is_dir():
        raise ResultsError(f"--output {file}: there is no folder {file.parent}")
    if file.is_dir():
        raise ResultsError(f"--output {file}: expected a file, got a folder")
    write_file(file, text)


def _lines(found: Answer) -> list[str]:
    """What stands below the tables."""
    told: list[str] = []
    for one in found.across:
        told += ["", *lines_across(one)]
    if found.expectations:
        told += ["", "Expected by the spec:"]
        told += [f"  {expectation.words}" for expectation in found.expectations]
    return [*told, *(["", *found.notes] if found.notes else [])]


def print_comparison(found: Answer, form: str = "table") -> None:
    """Print an answer to standard output, as `run` does at its end."""
    _print(output(), found, form)
