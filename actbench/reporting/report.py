"""A report: everything that a comparison of results found, as one value that formats print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench.errors import ResultsError
from actbench.reporting.across_datasets import AcrossDatasets, across_datasets
from actbench.reporting.against_baseline import compare_with_baseline
from actbench.reporting.against_earlier import compare_with_earlier
from actbench.reporting.block_report import WORSE, BlockReport
from actbench.reporting.checked_expectations import CheckedExpectation, check_expectations
from actbench.reporting.chosen_trials import choose_trials
from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks
from actbench.reporting.rows import (
    COMPARISON_COLUMNS,
    COST_COLUMNS,
    GRID_COLUMNS,
    RATE_COLUMNS,
    ROWS_COLUMNS,
    RUNS_COLUMNS,
    Table,
    comparison_records,
    comparison_table,
    difference_with_interval,
    grid_records,
    grid_table,
)
from actbench.reporting.sentences import headline, overview, paragraph
from actbench.results.filters import keep
from actbench.results.reading import Trials, read_trials
from actbench.results.runs_table import ARM
from actbench.statistics import default_rope

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Report:
    """What a comparison found: its blocks, what they say together, and the spec's expectations.

    `across`: for each architecture and metric, several data sets together. `grid`: print a block
    as a grid, hidden activations by output activations. `notes`: what the reader should
    know of the results.
    """

    blocks: tuple[BlockReport, ...] = ()
    across: tuple[AcrossDatasets, ...] = ()
    expectations: tuple[CheckedExpectation, ...] = ()
    notes: tuple[str, ...] = ()
    grid: bool = False

    def __repr__(self) -> str:
        """The answer in a sentence or two: every field would be pages."""
        return f"<Report: {headline(self.blocks)}>"

    def __str__(self) -> str:
        """The tables as a terminal shows them."""
        from actbench.reporting.formats import terminal_text

        return terminal_text(self)

    def _repr_html_(self) -> str:
        """The answer, the main figure and the table of each block, as a notebook shows them."""
        from actbench.reporting.notebook import html_of

        return html_of(self)

    @property
    def frame(self) -> "pd.DataFrame":
        """The `records` as a DataFrame, a row an arm; the columns are those of `comparison.csv`."""
        import pandas as pd

        return pd.DataFrame(self.records, columns=list(self.columns))

    @property
    def refuted(self) -> bool:
        """Whether an expectation was refuted."""
        return any(expectation.refuted for expectation in self.expectations)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the `records` that have something to say, in their order."""
        note = ["note"] if any(block.versions for block in self.blocks) else []
        if self.grid:
            return (*GRID_COLUMNS, *note)
        costs = COST_COLUMNS if any(b.trials.stops_early for b in self.blocks) else ()
        rows = ROWS_COLUMNS if any(block.shows_rows for block in self.blocks) else ()
        rates = RATE_COLUMNS if any(block.rates for block in self.blocks) else ()
        scope = ["scope"] if any(block.scope != "seeds" for block in self.blocks) else []
        elsewhere = any(block.trials.axes == (ARM,) for block in self.blocks)
        columns = RUNS_COLUMNS if elsewhere else COMPARISON_COLUMNS
        return (*columns, *costs, *rows, *rates, *scope, *note)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows of all blocks with plain numbers, for programs."""
        records = grid_records if self.grid else comparison_records
        return [
            {**record, "note": block.versions} if block.versions else record
            for block in self.blocks
            for record in records(block)
        ]

    @property
    def tables(self) -> list[Table]:
        """The rows of each block as printed cells."""
        if self.grid:
            return [grid_table(block) for block in self.blocks]
        return [
            replace(
                comparison_table(block),
                caption=paragraph(block),
                title=(block.measured, f"on {block.title}"),
                remarks=tuple(remarks(block)),
            )
            for block in self.blocks
        ]

    @property
    def overview(self) -> str:
        """What several blocks show together; empty for one block, or a grid."""
        return "" if self.grid else overview(self.blocks)

    @property
    def lines_below(self) -> list[str]:
        """What stands below the tables: data sets together, expectations, notes."""
        lines: list[str] = []
        for across in self.across:
            lines += ["", *across.lines]
        if self.expectations:
            lines += ["", "Expected by the spec:", *(f"  {e.words}" for e in self.expectations)]
        return [*lines, *(["", *self.notes] if self.notes else [])]

    def worse_arms(self) -> tuple[str, ...]:
        """A sentence for each arm that is significantly worse, or fails significantly more often.

        Raises:
            ResultsError: no arm could ever be found worse: there is one arm, or too few seeds.
        """
        paired = [block for block in self.blocks if block.comparison.pairs]
        if not paired:
            raise ResultsError("--fail-if-worse: expected arms to compare, got a single one")
        if all(block.seeds < block.comparison.seeds_to_reach for block in paired):
            needed = min(block.comparison.seeds_to_reach for block in paired)
            raise ResultsError(
                "--fail-if-worse: with so few seeds no arm can be found worse; "
                f"run at least {needed}"
            )
        return tuple(sentence for block in self.blocks for sentence in _worse(block))


def _worse(block: BlockReport) -> Iterator[str]:
    pairs = [(row, row.pair) for row in block.rows if row.pair]
    for row, pair in pairs:
        arm = f"{row.label} on {block.title}"
        if pair.verdict.kind in WORSE:
            reasons = f"{pair.verdict.words}; {difference_with_interval(pair)}"
            yield f"{arm} is worse than {block.reference_in_words} in {block.metric} ({reasons})"
        elif pair.failures.p_holm <= block.rules.alpha and pair.failures.arm > pair.failures.other:
            yield f"{arm} {pair.failures.words}"


def make_report(
    results: Sequence[Path],
    question: Question,
    earlier: Path | None = None,
    *,
    grid: bool = False,
) -> Report:
    """Read results, compare their arms, and check what their specs expect.

    `results`: the `trials.csv` of each. `earlier`: that of an earlier run; each arm is then
    compared with itself in that run.

    Raises:
        ResultsError: results cannot be read or joined, or options contradict each other.
    """
    _check_options(question, earlier, grid=grid)
    trials = [read_trials(path) for path in results]
    before = read_trials(earlier) if earlier is not None else None
    return report_of(trials, question, before, grid=grid)


def report_of(
    trials: Sequence[Trials],
    question: Question,
    earlier: Trials | None = None,
    *,
    grid: bool = False,
) -> Report:
    """Compare the arms of trials that were read already, as `make_report` does.

    Raises:
        ResultsError: the trials cannot be joined, or options contradict each other.
    """
    chosen = choose_trials(trials, question)
    blocks = compare_with_baseline(chosen, question)
    if chosen.scope == "splits" and (grid or earlier is not None):
        raise ResultsError(_not_over_splits("--pivot" if grid else "--against"))
    if earlier is not None:
        before = choose_trials([earlier], question)
        blocks = compare_with_earlier(blocks, compare_with_baseline(before, question))
        return Report(blocks, notes=tuple(dict.fromkeys([*chosen.notes, *before.notes])))
    return Report(
        blocks=blocks,
        across=across_datasets(blocks),
        expectations=tuple(e for one in trials for e in _expectations(one, question)),
        notes=tuple(dict.fromkeys([*chosen.notes, *_default_band(blocks)])),
        grid=grid,
    )


def _default_band(blocks: Sequence[BlockReport]) -> Iterator[str]:
    """A note that accuracies are judged by the default ROPE, where nobody gave one."""
    ropes = {block.rules.rope for block in blocks if block.rules.rope == default_rope(block.metric)}
    for rope in filter(None, ropes):
        yield (
            f"±{rope:g} as too small to matter is actbench's default for accuracies; "
            "`actbench compare --rope SIZE` sets another."
        )


def _not_over_splits(option: str) -> str:
    return (
        f"{option} is about the seeds of one split, and these trials are of several; "
        "--filter split=0 keeps one of them"
    )


def _check_options(question: Question, earlier: Path | None, *, grid: bool) -> None:
    if question.scope not in (None, "seeds") and (grid or earlier is not None):
        option = "--pivot" if grid else "--against"
        raise ResultsError(
            f"{option} and --scope {question.scope} do not go together: {option} is about these "
            "seeds on these very rows; leave one of them out"
        )
    clashes = (
        (grid and question.by != "arm", f"--by {question.by}"),
        (grid and question.all_pairs, "--all-pairs"),
        (grid and earlier is not None, "--against"),
    )
    for clash, option in clashes:
        if clash:
            raise ResultsError(f"--pivot and {option} do not go together; leave one of them out")
    if earlier is not None and (question.all_pairs or question.baseline or question.baseline_name):
        option = "--all-pairs" if question.all_pairs else "--baseline"
        raise ResultsError(
            f"--against and {option} do not go together: each arm is compared with itself before"
        )


def _expectations(trials: Trials, question: Question) -> tuple[CheckedExpectation, ...]:
    """What the spec of one result expects, on its own trials."""
    if not trials.side_files.expect:
        return ()
    frame = keep(trials.frame, question.filters)
    return check_expectations(frame, trials.side_files, question, trials.rows)
