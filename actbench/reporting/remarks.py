"""The lines below a table: what its numbers mean, and what to look at, in every format."""

from collections.abc import Iterator

import numpy as np

from actbench.reporting.block_report import BETTER, WORSE, ArmRow, BlockReport
from actbench.reporting.reasons import reasons
from actbench.reporting.rows import decimals_for, score_alone, signed
from actbench.reporting.sentences import is_share_of_rows, rows_behind
from actbench.results.columns import AT_CHANCE, AT_FLOOR, DEAD_OUTPUT
from actbench.spec.trial_metrics import BEST_AT_ONE, OF_NO_ROWS, REACHED, SECONDS
from actbench.statistics import SKEWED, Decision, Pair
from actbench.wording import listed

_ONE_OF_MANY = 0.001  # a single row of more rows than 1 / this sets no score far apart
_MEANING = {
    DEAD_OUTPUT: "every row got the same number",
    AT_FLOOR: "no model with that output can do better",
    AT_CHANCE: "not shown to be better than naming the commonest class, and counted as failed",
}


def remarks(block: BlockReport) -> Iterator[str]:
    """The lines below the table of a block."""
    yield from filter(None, [*block.notes, block.versions])
    yield from _noted(block)
    for row in block.rows:
        if far := _far_by_more_than_a_row(block, row):
            one = "run" if block.unpaired else "seed"
            seeds = f"{one}{'s' if len(far) > 1 else ''} {listed(map(str, far))}"
            yield f"Look at {row.label}: {seeds} far from its others (kept)."
    yield from _without_activation(block)
    yield from _cost(block)
    if block.rates:
        yield from block.rates.lines
    yield from _failed(block)
    yield from reasons(block)
    if block.seeds == 1:
        yield f"One {block.unit} decides nothing: no spread, interval or p-value can be given."
        return
    pairing = (
        "unpaired: a permutation test of the difference of two means, and its interval"
        if block.unpaired
        else f"paired by {block.unit}"
    )
    yield (
        f"Positive differences are better than {block.reference_in_words}; {pairing}. "
        f"Scope: {scope_in_words(block)}."
    )
    yield from block.rows_remarks
    if block.not_comparable:
        yield "`actbench run --jobs 1` trains one cell at a time, so that times can be compared."
        return
    pairs = [(row.label, row.pair) for row in block.rows if row.pair]
    yield from (_decided(name, pair, pair.decided) for name, pair in pairs if pair.decided)
    if skewed := [f"{name} ({_centres(pair)})" for name, pair in pairs if pair.skewed]:
        yield f"Skewed differences: {listed(skewed)}; {SKEWED}."
    yield from _ranks(block)
    undecided = any(pair.verdict.words == "inconclusive" for _, pair in pairs)
    if undecided and block.rules.effect is None and block.unit == "seed":
        yield (
            "How many more seeds? --min-effect SIZE, the smallest difference that matters, tells; "
            "--rope SIZE can show that a difference is too small to matter."
        )


def _far_by_more_than_a_row(block: BlockReport, row: ArmRow) -> tuple[int, ...]:
    """The seeds far from the others of an arm, except those that one test row sets apart.

    Where most scores of an arm are equal, any other score counts as far from them.
    """
    scores = block.trials.scores(block.metric)
    known = row.outliers and is_share_of_rows(block.metric)
    if not known or (rows := rows_behind(scores, _ONE_OF_MANY)) is None:
        return row.outliers
    own = dict(zip(block.trials.seeds, scores[block.trials.position[row.name]], strict=True))
    middle = float(np.nanmedian(list(own.values())))
    return tuple(seed for seed in row.outliers if abs(own[seed] - middle) * rows > 1.5)


def scope_in_words(block: BlockReport) -> str:
    """What the verdicts of a block are about."""
    if block.scope == "splits":
        ratio = f"{block.test_to_train:.2f} test rows for each training row"
        if block.together and block.together.kind == "last":
            ratio = (
                f"a correction of {block.test_to_train:.2f}, because windows in time share more "
                "test rows than splits at random; equal arms still differ in up to 1 of 10 runs, "
                "where 1 of 20 was asked"
            )
        return (
            f"training and test sets drawn anew from this data, {block.seeds} splits. Intervals "
            f"and p are those of the corrected t test, with {ratio}; no ranks, which would take "
            "the splits to be independent"
        )
    seeds = "this one seed" if block.seeds == 1 else f"these {block.seeds} seeds"
    seeds = "these runs" if block.unpaired else seeds
    if block.scope == "rows":
        return f"{block.test_rows:,} test rows and seeds like these; the training set fixed"
    if block.metric in OF_NO_ROWS:
        return seeds
    if not block.part:
        return f"{seeds}, on the very data that they were scored on"
    part = {"train": "training", "val": "validation"}.get(block.part, "test")
    words = f"{seeds}, on these very {part} rows"
    beside = f"; beside it, rows like these {block.test_rows:,}, the training set fixed"
    return words + (beside if block.shows_rows else "")


def _cost(block: BlockReport) -> Iterator[str]:
    """What the columns of epochs and seconds hold, and why the seconds may mislead."""
    if block.trials.stops_early:
        reason = block.trials.why_not_comparable(SECONDS)
        yield f"Epochs and seconds are means of what the trials took{f'; {reason}' * bool(reason)}."


def _failed(block: BlockReport) -> Iterator[str]:
    """What it means to diverge in a metric that a trial can fail in although it trained."""
    if not any(row.diverged for row in block.rows):
        return
    if block.metric in REACHED:
        yield "Trials that never reached the spec's goal (`reach`) count as diverged here."
    elif block.metric in BEST_AT_ONE:
        yield "Trials with a value that is 0 or not finite count as diverged here."


def _without_activation(block: BlockReport) -> Iterator[str]:
    """Scores of models without any activation, for scale."""
    names = {"linear": "a linear model", "constant": "the best constant"}
    known = {words: block.without_activation.get(model) for model, words in names.items()}
    scores = [f"{words} {score_alone(x)}" for words, x in known.items() if x is not None]
    if scores:
        yield f"Without any activation, on the same test rows: {listed(scores)}.{_beaten(block)}"


def _beaten(block: BlockReport) -> str:
    count, arms = block.better_than_linear, len(block.rows)
    if count is None:
        return ""
    of_the_arms = (
        "No arm has" if not count else f"{count} of {arms} arms {'has' if count == 1 else 'have'}"
    )
    if count == arms == 1:
        of_the_arms = "The arm has"
    return f" {of_the_arms} a better mean than the linear model."


def _noted(block: BlockReport) -> Iterator[str]:
    """A line for each note of the trials and number of seeds, with the arms it concerns.

    Such as "tanh: at its floor in all 10 seeds: no model with that output can do better."
    """
    arms: dict[tuple[str, int, int], list[str]] = {}
    for row in block.rows:
        for note, count in row.notes:
            arms.setdefault((note, count, row.trials), []).append(row.label)
    for (note, count, trials), names in arms.items():
        meaning = f": {_MEANING[note]}" if note in _MEANING else ""
        words = note.replace("its", "their") if len(names) > 1 else note
        yield f"{listed(names)}: {words} in {_seeds(count, trials, block.unit)}{meaning}."


def _seeds(count: int, trials: int, unit: str) -> str:
    if count < trials:
        return f"{count} of {trials} {unit}s"
    return f"its one {unit}" if trials == 1 else f"all {trials} {unit}s"


def _decided(name: str, pair: Pair, look: Decision) -> str:
    """How an arm was decided in a run until decided, and what the seeds after it say."""
    rope = "no ROPE" if look.rules.rope is None else f"ROPE ±{look.rules.rope:g}"
    words = (
        f"{name}: decided at {look.seeds} seeds with {rope}; difference, p and interval "
        f"({100 * pair.level:.3g}%) are those of that look"
    )
    if look.overstates:
        words += ", and the difference overstates: stopped early"
    if pair.fresh_difference is None:
        return f"{words}."
    fresh = signed(pair.fresh_difference, _places(pair))
    return f"{words}. Over the {pair.fresh_seeds} fresh seeds since: {fresh}."


def _centres(pair: Pair) -> str:
    places = _places(pair)
    return f"mean {signed(pair.difference or 0, places)}, median {signed(pair.median or 0, places)}"


def _places(pair: Pair) -> int:
    low, high = pair.interval or (0.0, 0.0)
    return decimals_for(high - low, pair.difference or 0.0)


def _ranks(block: BlockReport) -> Iterator[str]:
    if not block.comparison.seeds_to_rank:
        return
    if all(row.rank is None for row in block.rows):
        needed = block.comparison.seeds_to_rank
        enough = " on which arms trained" if block.seeds >= needed else ""
        yield f"No ranks: {needed} seeds{enough} would do."
    elif any(
        _disagrees(row, base.rank) for base in block.rows if base.baseline for row in block.rows
    ):
        yield (
            "Ranks come from one test of all pairs of arms, verdicts from the comparisons with the "
            "baseline; the two can differ."
        )


def _disagrees(row: ArmRow, of_baseline: int | None) -> bool:
    """Whether an arm's rank and its verdict say different things of it and the baseline."""
    if row.pair is None or row.rank is None or of_baseline is None or row.judged("negligible"):
        return False
    side = row.judged(*BETTER) - row.judged(*WORSE)
    return side != (row.rank < of_baseline) - (row.rank > of_baseline)
