"""A comparison as sentences that a reader may quote: who leads, who is worse, who failed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from actbench.reporting.block_report import BETTER, WORSE, ArmRow, BlockReport
from actbench.reporting.block_scores import Floats
from actbench.reporting.rows import difference_with_interval, p_equals, score_alone, with_spread
from actbench.results.runs_table import ARM
from actbench.spec.trial_metrics import REACHED
from actbench.statistics import Pair, limit_in_words, outcome_of
from actbench.wording import counted, enumerated, listed

_MOST_NAMED = 4
_SMALL = ("negligible", "equivalent")
_SETTLED = (*BETTER, *WORSE, *_SMALL)
_OPEN = ("inconclusive", "not_after_correction", "too_few_seeds")
_FEWEST_VALUES, _MOST_ROWS = 3, 100_000
# A float32 is off by 6e-8 of itself, and so by less than this of one row up to a thousand rows.
_ROUNDING = 1e-4


def overview(blocks: Sequence[BlockReport], most: int | None = None) -> str:
    """What several blocks show together: how often each arm leads, or loses to the baseline.

    `most`: how many arms are named each time; all of them by default.
    """
    ranked = [b for b in blocks if not _too_few(b) and any(row.rank for row in b.rows)]
    if len(ranked) < 2:
        return ""
    names = [row.label for b in ranked for row in leaders(b)] or ["no arm"]
    words = [
        f"Over {len(ranked)} comparisons, in the lead or sharing it: "
        f"{_frequencies(names, len(ranked), most)}."
    ]
    words += _sides(ranked, len(ranked), most)
    rows = [row for block in blocks for row in block.rows]
    for failed in dict.fromkeys(map(_failed, blocks)):
        if count := sum(row.diverged for b in blocks if _failed(b) == failed for row in b.rows):
            words.append(f"{counted(count, 'trial')} {failed}.")
    if at_chance := sum(row.at_chance for row in rows):
        words.append(f"{counted(at_chance, 'trial')} ended not shown to be better than chance.")
    return " ".join(words)


def _sides(blocks: Sequence[BlockReport], of: int, most: int | None) -> Iterator[str]:
    """The arms that are better than the baseline, and those that are worse, and how often."""
    for head, kinds in (("Better than the baseline", BETTER), ("Worse", WORSE)):
        if names := [row.label for b in blocks for row in b.rows if row.judged(*kinds)]:
            yield f"{head}: {_frequencies(names, of, most)}."


def _frequencies(names: Iterable[str], of: int, most: int | None = None) -> str:
    """Each name and how often it is there, the most frequent first."""
    counts = Counter(names)
    words = [f"{name} in {count} of {of}" for name, count in counts.most_common(most)]
    rest = len(counts) - len(words)
    return listed([*words, *([f"and {counted(rest, 'other arm')}"] if rest else [])])


def leaders(block: BlockReport) -> list[ArmRow]:
    """The arms that lead a block together: of rank 1, and nothing speaks against them.

    An arm does not lead if it diverged on some seed, if no seed shows it to be better than chance,
    or if another arm is better. Where that other arm ranks behind, because it is at its floor or
    was decided at an earlier look, no arm leads.
    """
    winners = {winner for winner, _ in _won(block)}
    beaten = {loser for _, loser in _won(block)}
    first = [row for row in block.rows if row.rank == 1]
    names = {row.name for row in first}
    if beaten & names and not winners & names:
        return []
    return [r for r in first if r.ok and not r.diverged and r.name not in beaten]


def _won(block: BlockReport) -> Iterator[tuple[str, str]]:
    """The winner and the loser of every pair that was decided, by their full names."""
    for pair in block.comparison.pairs:
        if pair.verdict.kind in BETTER:
            yield pair.arm, pair.other
        elif pair.verdict.kind in WORSE:
            yield pair.other, pair.arm


def headline(blocks: Sequence[BlockReport]) -> str:
    """The answer in one sentence or two: who leads, in one block or over several."""
    if not blocks:
        return "No trial has ended yet."
    if several := overview(blocks, _MOST_NAMED):
        return several
    if len(blocks) == 1:
        return " ".join(filter(None, [lead(blocks[0], _MOST_NAMED), _outcomes(blocks[0])]))
    if few := [block for block in blocks if _too_few(block)]:
        needed = max(block.comparison.seeds_to_reach for block in few)
        words = f"{len(few)} of them have too few seeds to decide anything: {needed} are needed."
        return f"{len(blocks)} comparisons, and {words}"
    sides = " ".join(_sides(blocks, len(blocks), _MOST_NAMED))
    return f"{len(blocks)} comparisons without ranks. {sides or 'No arm is shown to differ.'}"


def _outcomes(block: BlockReport) -> str:
    """How many arms came to what against the reference, where none can be said to lead."""
    if block.scope == "seeds" and block.reference == "baseline" and not block.unpaired:
        return ""
    heads = {"better": BETTER, "worse": WORSE, "as good in practice": _SMALL, "not settled": _OPEN}
    parts = []
    for words, kinds in heads.items():
        if names := [row.label for row in block.rows if row.judged(*kinds)]:
            rest = len(names[_MOST_NAMED:])
            more = [counted(rest, "other arm")] * bool(rest)
            parts.append(f"{enumerated([*names[:_MOST_NAMED], *more])} {words}")
    return f"Against {block.reference_in_words}: {'; '.join(parts)}." if parts else ""


def paragraph(block: BlockReport) -> str:
    """What one block shows, in plain words.

    It names every arm: those that share the lead, those that are better or worse than the
    baseline and by how much, those that are undecided, and those that failed.
    """
    return " ".join(filter(None, [lead(block), details(block)]))


def details(block: BlockReport) -> str:
    """The paragraph of a block without its lead: who is better or worse, undecided, or failed."""
    sentences = [
        *_against_reference(block),
        _for_rows_like_these(block),
        *_failures(block),
        _linear(block),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _linear(block: BlockReport) -> str:
    """That no arm beats a linear model, if it is so; else empty."""
    if block.better_than_linear != 0:
        return ""
    linear = score_alone(block.without_activation["linear"])
    return f"No arm has a better mean than a linear model: {linear}."


def lead(block: BlockReport, most: int | None = None) -> str:
    """Who leads a block, or why nothing can be said of it.

    `most`: how many of the arms that share the lead are named; all of them by default.
    """
    where = _where(block)
    sign = -1.0 if block.higher_is_better else 1.0
    trained = sorted(
        (row for row in block.rows if row.mean is not None), key=lambda row: sign * (row.mean or 0)
    )
    if not trained:
        return f"No arm {_succeeded(block)} on any seed {where}."
    if len(block.rows) == 1:
        return f"A single arm {where}: there is nothing to compare it with."
    if block.scope == "splits" and not block.not_comparable:
        return f"Over {counted(block.seeds, 'split')} of this data, {where}."
    if block.unpaired:
        return f"Unpaired. {_means(block, trained)}"
    if block.scope == "rows" and not block.not_comparable:
        return f"For test rows like these, {_where(block)}, {_over_seeds(block)}."
    if block.not_comparable:
        reason = block.not_comparable[0].upper() + block.not_comparable[1:]
        return f"{reason}: nothing is decided here. {_means(block, trained)}"
    if block.reference != "baseline":
        return f"After against before, {where}, {_over_seeds(block)}."
    if block.seeds == 1:
        return (
            f"One seed decides nothing: {_on_its_seeds(block, trained[0])} has the best score of "
            f"{len(block.rows)} arms {where}, and another seed may order them otherwise."
        )
    if _too_few(block) and not any(row.judged(*_SETTLED) for row in block.rows):
        comparison = block.comparison
        return (
            f"{block.seeds} seeds cannot decide anything here "
            f"({limit_in_words(block.seeds, comparison.comparisons)}); at least "
            f"{comparison.seeds_to_reach} are needed. {_means(block, trained)}"
        )
    return _who_leads(block, trained, most)


def _where(block: BlockReport) -> str:
    best = " at the best validation epoch" if block.at == "best" else ""
    return f"in {block.measured}{best} on {block.title}"


def _over_seeds(block: BlockReport) -> str:
    return f"over {block.seeds} {block.unit}s" if block.seeds > 1 else f"for one {block.unit}"


def _too_few(block: BlockReport) -> bool:
    return block.seeds < block.comparison.seeds_to_reach


def _who_leads(block: BlockReport, trained: Sequence[ArmRow], most: int | None) -> str:
    """`trained`: the rows that have a mean, the best first. `most`: how many arms are named."""
    leading = leaders(block)
    where = f"{_where(block)}, {_over_seeds(block)}"
    if len(trained) == 1:
        return f"Only {_on_its_seeds(block, trained[0])} {_succeeded(block)}, {where}."
    if not leading:
        return f"No arm leads {where}{_why_none_leads(block)}. {_means(block, trained)}"
    named = [_on_its_seeds(block, row) for row in leading[:most]]
    rest = len(leading) - len(named)
    names = enumerated([*named, *([counted(rest, "other arm")] if rest else [])])
    diverged = [row.label for row in block.rows if row.rank == 1 and row.diverged]
    beside = f" Of the same rank, but {_failed(block)}: {enumerated(diverged)}." if diverged else ""
    if len(leading) == 1:
        return f"{names} leads {where}.{beside}"
    all_lead = len(leading) == len(block.rows) > 2
    who = f"All {len(leading)} arms" if all_lead else names
    words = f"{who} share the lead {where}: these seeds cannot tell them apart.{beside}"
    if len({row.mean for row in leading}) == 1 or trained[0] not in leading:
        return words
    return f"{words} The best mean is that of {trained[0].label}."


def _why_none_leads(block: BlockReport) -> str:
    if all(row.rank is None for row in block.rows):
        return f": ranks need {block.comparison.seeds_to_rank} seeds"
    first = [row for row in block.rows if row.rank == 1]
    failed = _failed(block)
    if diverged := [f"{row.label} {failed} on {row.diverged}" for row in first if row.diverged]:
        return f": {enumerated(diverged)} of {block.seeds} seeds"
    if any(row.at_chance for row in first) and not any(row.ok for row in first):
        names = enumerated([row.label for row in first])
        return f": {names}, of the first rank, learned nothing that chance does not give"
    behind = [row.label for row in block.rows if row.judged(*BETTER) and row.rank != 1]
    if not behind:
        return ""
    return f": better than the baseline, but ranked behind it: {enumerated(behind)}"


def _failed(block: BlockReport) -> str:
    """What a trial that counts as diverged did: one can train and never reach a goal."""
    return "never reached the goal" if block.metric in REACHED else "diverged"


def _succeeded(block: BlockReport) -> str:
    if block.trials.axes == (ARM,):  # of runs made elsewhere the scores are all that is known
        return "ended with a score"
    return "reached the goal" if block.metric in REACHED else "trained"


def _on_its_seeds(block: BlockReport, row: ArmRow) -> str:
    """An arm's name, with the seeds that its mean rests on if these are not all."""
    trained = row.ok + row.at_chance
    remarks = []
    if trained < row.trials:
        remarks.append(f"on the {trained} of {row.trials} seeds that {_succeeded(block)}")
    if row.at_chance:
        remarks.append(f"not shown to be better than chance on {row.at_chance} of {row.trials}")
    return row.label + (f" ({'; '.join(remarks)})" if remarks else "")


def _means(block: BlockReport, trained: Sequence[ArmRow]) -> str:
    """The best means, with their spread."""
    means = [f"{row.label} {with_spread(row.mean, row.sd)}" for row in trained[:_MOST_NAMED]]
    rest = len(trained) - len(means)
    return f"Means {_where(block)}: {listed(means)}{f' and {rest} more' if rest else ''}."


def _against_reference(block: BlockReport) -> list[str]:
    few = block.seeds == 1 or all(row.pair is None for row in block.rows)
    if few or block.not_comparable:
        return []
    reference, lost = block.reference, ""
    if reference == "baseline":
        baseline = next(row for row in block.rows if row.baseline)
        reference = f"the baseline {baseline.label}"
        lost = (
            ""
            if baseline.mean is not None
            else f"it {_succeeded(block)} on no seed; choose another with --baseline"
        )
    if lost and not any(row.judged(*_SETTLED) for row in block.rows):
        return [f"Nothing can be compared with {reference}: {lost}."]
    within = f" (within ±{block.rules.rope:g})" if block.rules.rope else ""
    sentences = [
        f"{reference[0].upper()}{reference[1:]}: {lost}." if lost else "",
        _sized(block, BETTER, f"Better than {reference}"),
        _sized(block, WORSE, f"Worse than {reference}"),
        _named(block, ("negligible",), f"Different from {reference}, but by too little to matter"),
        _named(block, ("equivalent",), f"Practically equivalent to {reference}{within}"),
        _finer_than_a_row(block),
    ]
    if same := [row.label for row in block.rows if _same(row)]:
        sentences.append(f"The same scores as {reference} on every {block.unit}: {listed(same)}.")
    if without := [row for row in block.rows if row.judged("no_such_scope")]:
        reasons = [f"{row.label} ({row.verdict.partition(': ')[2]})" for row in without]
        sentences.append(f"No verdict about rows: {enumerated(reasons)}.")
    if not _too_few(block):
        sentences.append(_named(block, _OPEN, f"Not settled against {reference}"))
    return sentences


def _for_rows_like_these(block: BlockReport) -> str:
    """Which claims about these very rows hold for rows like these; empty where none was kept."""
    claims = [(row.label, row.pair, row.rows_pair) for row in block.rows if row.judged(*_SETTLED)]
    holding, open_still, without = [], [], []
    for label, pair, rows in claims:
        if pair is None or rows is None:
            continue
        if rows.verdict.kind == "no_such_scope":
            without.append(f"{label} ({rows.verdict.words.partition(': ')[2]})")
        elif _holds(pair, rows):
            differs = rows.verdict.words != pair.verdict.words
            holding.append(label + (f" ({rows.verdict.words})" if differs else ""))
        else:
            open_still.append(label)
    heads = {"this holds for": holding, "not settled for": open_still, "no verdict on": without}
    parts = [f"{head} {enumerated(names)}" for head, names in heads.items() if names]
    return f"For rows like these, {'; '.join(parts)}." if parts else ""


def _holds(pair: Pair, rows: Pair) -> bool:
    """Whether what a pair settles holds for rows like these, that it is too small to matter too."""
    if pair.verdict.kind == "negligible" != rows.verdict.kind:
        return False
    return outcome_of(rows) is not None and outcome_of(rows) == outcome_of(pair)


def _same(row: ArmRow) -> bool:
    return row.pair is not None and 0 < row.pair.n == row.pair.trained == row.pair.ties


def _sized(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    """The arms with how much they differ, as the table says it."""
    rows = [(row.label, row.pair) for row in block.rows if row.pair and row.judged(*kinds)]
    if len(rows) > _MOST_NAMED:
        return f"{head}: {listed(label for label, _ in rows)}."
    return f"{head}: {enumerated([label + _size(pair) for label, pair in rows])}." if rows else ""


def _size(pair: Pair) -> str:
    """What the verdict says beside the side, with the difference, its interval and p."""
    more = pair.verdict.words.removeprefix("better").removeprefix("worse")
    level = f"{100 * pair.level:.3g}% interval"
    numbers = [] if pair.difference is None else [difference_with_interval(pair)]
    numbers += [level] if pair.interval else []
    return f"{more} ({listed([*numbers, p_equals(pair.p_holm)])})"


def _named(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    """The arms, each with the ROPE of the look that decided it if that is not the block's."""
    names = []
    for row in block.rows:
        if row.pair and row.judged(*kinds) and not _same(row):
            rope = row.pair.decided.rules.rope if row.pair.decided else None
            own = "" if rope in (None, block.rules.rope) else f" (±{rope:g})"
            names.append(row.label + own)
    return f"{head}: {listed(names)}." if names else ""


def _failures(block: BlockReport) -> list[str]:
    outcomes = (
        ("diverged", _failed(block).capitalize()),
        ("at_chance", "Not shown to be better than chance"),
        ("error", "Ended in an error"),
        ("missing", "Missing"),
    )
    sentences = []
    for outcome, words in outcomes:
        fails = outcome in ("diverged", "at_chance") and block.scope != "splits"
        arms = [
            f"{row.label} on {getattr(row, outcome)} of {row.trials} {block.unit}s"
            f"{_against_its_failures(row, block) if fails else ''}"
            for row in block.rows
            if getattr(row, outcome)
        ]
        sentences += [f"{words}: {enumerated(arms)}."] if arms else []
    return sentences


def _against_its_failures(row: ArmRow, block: BlockReport) -> str:
    """How often the reference failed, with McNemar's p of the difference; empty if none is shown.

    Both counts are of all failures, those that diverged and those at chance.
    """
    if row.pair is None or row.pair.failures.words is None or row.pair.failures.p == 1:
        return ""
    failures = row.pair.failures
    both = f"failed on {failures.arm} in all, " if row.diverged and row.at_chance else ""
    other = f"{block.reference_in_words} failed on {failures.other} of {failures.seeds}"
    return f" ({both}{other}: {p_equals(failures.p)})"


def _finer_than_a_row(block: BlockReport) -> str:
    """A remark if the ROPE that an accuracy is judged by is smaller than one test row; else empty.

    Also empty where the ROPE settled no arm and no verdict asks for more seeds.
    """
    rope = block.rules.rope
    small = any(row.judged(*_SMALL) for row in block.rows)
    more = any("more seeds" in row.verdict for row in block.rows)
    if not rope or not (small or more) or not is_share_of_rows(block.metric):
        return ""
    rows = rows_behind(block.trials.scores(block.metric), rope)
    if rows is None or 1 / rows <= rope:
        return ""
    return (
        f"All these accuracies are multiples of 1/{rows} = {1 / rows:.2g}, as of {rows} test rows: "
        f"±{rope:g} is less than one row{', and more seeds do not change that' if more else ''}."
    )


def is_share_of_rows(metric: str) -> bool:
    """Whether a metric is a share of the rows; a balanced accuracy weighs them by their class."""
    return metric.endswith("accuracy") and "balanced" not in metric


def rows_behind(scores: Floats, rope: float) -> int | None:
    """The fewest rows, up to 1/rope, that give these accuracies: all are multiples of 1/rows.

    None if there is no such number, or fewer than three different scores to tell it from.

    >>> rows_behind(np.array([[110 / 114, 109 / 114], [105 / 114, np.nan]]), 0.005)
    114
    """
    different = np.unique(scores[np.isfinite(scores)])
    if different.size < _FEWEST_VALUES:
        return None
    rows = np.arange(1, int(min(1 / rope, _MOST_ROWS)) + 1)
    hits = different[:, None] * rows
    exact = np.flatnonzero((np.abs(hits - np.rint(hits)) < _ROUNDING).all(axis=0))
    return int(rows[exact[0]]) if exact.size else None
