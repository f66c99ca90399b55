"""A comparison as sentences that a reader may quote: who leads, who is worse, who failed."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from actbench.reporting.block_report import ArmRow, BlockReport, full_name
from actbench.reporting.block_scores import Floats
from actbench.reporting.rows import difference_with_interval, p_equals, with_spread
from actbench.statistics import Pair, smallest_p

_MOST_NAMED = 4
_BETTER = ("better", "better_by_rope")
_WORSE = ("worse", "worse_by_rope")
_SETTLED = (*_BETTER, *_WORSE, "negligible", "equivalent")
_OPEN = ("inconclusive", "not_after_correction", "too_few_seeds")
_FEWEST_VALUES = 3
# A float32 is off by 6e-8 of itself, and so by less than this of one row up to a thousand rows.
_ROUNDING = 1e-4


def overview(blocks: Sequence[BlockReport]) -> str:
    """What several blocks show together: how often each arm leads, or loses to the baseline."""
    ranked = [b for b in blocks if not _too_few(b) and any(row.rank for row in b.rows)]
    if len(ranked) < 2:
        return ""
    names = [b.name_of(row) for b in ranked for row in leaders(b)] or ["no arm"]
    words = [
        f"Over {len(ranked)} comparisons, in the lead or sharing it: "
        f"{_frequencies(names, len(ranked))}."
    ]
    for head, kinds in (("Better than the baseline", _BETTER), ("Worse", _WORSE)):
        if names := [b.name_of(row) for b in ranked for row in _rows_judged(b, kinds)]:
            words.append(f"{head}: {_frequencies(names, len(ranked))}.")
    diverged = sum(row.diverged for block in blocks for row in block.rows)
    at_chance = sum(row.at_chance for block in blocks for row in block.rows)
    for count, what in ((diverged, "diverged"), (at_chance, "ended no better than chance")):
        words += [f"{count} trial{'s' if count > 1 else ''} {what}."] if count else []
    return " ".join(words)


def _frequencies(names: Iterable[str], of: int) -> str:
    """Each name and how often it is there, the most frequent first."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} in {count} of {of}" for name, count in ordered)


def leaders(block: BlockReport) -> list[ArmRow]:
    """The arms that lead a block together: of rank 1, and nothing speaks against them.

    An arm that diverged on some seed does not lead, nor one that another arm is better than.
    Where that other arm ranks behind, because it is at its floor or was decided at an earlier
    look, no arm leads.
    """
    winners = {winner for winner, _ in _won(block)}
    beaten = {loser for _, loser in _won(block)}
    first = {_full_name(block, row) for row in block.rows if row.rank == 1}
    if beaten & first and not winners & first:
        return []
    return [
        row
        for row in block.rows
        if row.rank == 1 and row.mean is not None and not row.diverged
        if _full_name(block, row) not in beaten
    ]


def _won(block: BlockReport) -> Iterator[tuple[str, str]]:
    """The winner and the loser of every pair that was decided, by their full names."""
    for pair in block.pairs or [row.pair for row in block.rows if row.pair]:
        if pair.verdict.kind in _BETTER:
            yield pair.arm, pair.other
        elif pair.verdict.kind in _WORSE:
            yield pair.other, pair.arm


def _full_name(block: BlockReport, row: ArmRow) -> str:
    return full_name(tuple(row.cell[axis] for axis in block.axes))


def paragraph(block: BlockReport) -> str:
    """What one block shows, in plain words.

    It names every arm: those that share the lead, those that are better or worse than the
    baseline and by how much, those that are undecided, and those that failed.
    """
    sentences = [_lead(block), *_against_reference(block), *_failures(block)]
    return " ".join(sentence for sentence in sentences if sentence)


def _lead(block: BlockReport) -> str:
    where = _where(block)
    trained = [row for row in block.rows if row.mean is not None]
    if not trained:
        return f"No arm trained on any seed {where}."
    if len(block.arms) == 1:
        return f"A single arm {where}: there is nothing to compare it with."
    best = max if block.higher_is_better else min
    first = best(trained, key=lambda row: row.mean or 0.0)
    if block.not_comparable:
        reason = block.not_comparable[0].upper() + block.not_comparable[1:]
        return f"{reason}: nothing is decided here. {_means(block, trained)}"
    if block.reference != "baseline":
        return f"After against before, {where}, {_over_seeds(block)}."
    if len(block.seeds) == 1:
        return (
            f"One seed decides nothing: {block.name_of(first)} has the best score of "
            f"{len(block.arms)} arms {where}, and another seed may order them otherwise."
        )
    settled = any(_rows_judged(block, _SETTLED))
    if _too_few(block) and not settled:
        return _undecidable(block, trained)
    return _who_leads(block, trained, first)


def _where(block: BlockReport) -> str:
    best = " at the best validation epoch" if block.at == "best" else ""
    return f"in {block.split} {block.metric}{best} on {block.title}"


def _over_seeds(block: BlockReport) -> str:
    return f"over {len(block.seeds)} seeds" if len(block.seeds) > 1 else "for one seed"


def _too_few(block: BlockReport) -> bool:
    return block.seeds_to_reach is not None and len(block.seeds) < block.seeds_to_reach


def _who_leads(block: BlockReport, trained: Sequence[ArmRow], first: ArmRow) -> str:
    leading = leaders(block)
    where = f"{_where(block)}, {_over_seeds(block)}"
    if len(trained) == 1:
        return f"Only {_on_its_seeds(block, trained[0])} trained, {where}."
    if not leading:
        return f"No arm leads {where}{_why_none_leads(block)}. {_means(block, trained)}"
    names = _enumerated([_on_its_seeds(block, row) for row in leading])
    diverged = [row for row in block.rows if row.rank == 1 and row.diverged]
    beside = f" Of the same rank, but diverged: {_names(block, diverged)}." if diverged else ""
    if len(leading) == 1:
        return f"{names} leads {where}.{beside}"
    all_lead = len(leading) == len(block.arms) > 2
    who = f"All {len(leading)} arms" if all_lead else names
    words = f"{who} share the lead {where}: these seeds cannot tell them apart.{beside}"
    if len({row.mean for row in leading}) == 1 or first not in leading:
        return words
    return f"{words} The best mean is that of {block.name_of(first)}."


def _why_none_leads(block: BlockReport) -> str:
    if all(row.rank is None for row in block.rows):
        return f": ranks need {block.seeds_to_rank} seeds"
    first = [row for row in block.rows if row.rank == 1]
    if diverged := [row for row in first if row.diverged]:
        seeds = [f"{block.name_of(row)} diverged on {row.diverged}" for row in diverged]
        return f": {_enumerated(seeds)} of {len(block.seeds)} seeds"
    behind = [row for row in _rows_judged(block, _BETTER) if row not in first]
    if not behind:
        return ""
    return f": better than the baseline, but ranked behind it: {_names(block, behind)}"


def _names(block: BlockReport, rows: Sequence[ArmRow]) -> str:
    return _enumerated([block.name_of(row) for row in rows])


def _on_its_seeds(block: BlockReport, row: ArmRow) -> str:
    """An arm's name, with the seeds that its mean rests on if these are not all."""
    trained = row.ok + row.at_chance
    some = f" (on the {trained} of {row.trials} seeds that trained)"
    return block.name_of(row) + (some if trained < row.trials else "")


def _undecidable(block: BlockReport, trained: Sequence[ArmRow]) -> str:
    """That these seeds cannot decide, and the means, which may look as if they did."""
    comparisons = len(block.pairs) or len(block.arms) - 1
    least = min(1.0, comparisons * smallest_p(len(block.seeds)))
    after = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    return (
        f"{len(block.seeds)} seeds cannot decide anything here (p cannot go below {least:.3g}"
        f"{after}); at least {block.seeds_to_reach} are needed. {_means(block, trained)}"
    )


def _means(block: BlockReport, trained: Sequence[ArmRow]) -> str:
    """The best means, with their spread."""
    sign = -1.0 if block.higher_is_better else 1.0
    ordered = sorted(trained, key=lambda row: sign * (row.mean or 0.0))
    named = ordered[:_MOST_NAMED]
    means = [f"{block.name_of(row)} {with_spread(row.mean, row.sd)}" for row in named]
    more = f" and {len(ordered) - len(named)} more" if len(ordered) > len(named) else ""
    return f"Means {_where(block)}: {', '.join(means)}{more}."


def _against_reference(block: BlockReport) -> list[str]:
    few = len(block.seeds) == 1 or all(row.pair is None for row in block.rows)
    if few or block.not_comparable:
        return []
    reference = _reference(block)
    lost = ""
    if any(row.baseline and row.mean is None for row in block.rows):
        lost = "it trained on no seed; choose another with --baseline"
        if not _rows_judged(block, _SETTLED):
            return [f"Nothing can be compared with {reference}: {lost}."]
        lost = f"{reference[0].upper()}{reference[1:]}: {lost}."
    within = f" (within ±{block.rules.rope:g})" if block.rules.rope else ""
    sentences = [
        lost,
        _sized(block, _BETTER, f"Better than {reference}"),
        _sized(block, _WORSE, f"Worse than {reference}"),
        _named(block, ("negligible",), f"Different from {reference}, but by too little to matter"),
        _named(block, ("equivalent",), f"Practically equivalent to {reference}{within}"),
        _finer_than_a_row(block) if _rows_judged(block, ("equivalent", "negligible")) else "",
    ]
    if same := [block.name_of(row) for row in block.rows if _same(row)]:
        sentences.append(f"The same scores as {reference} on every seed: {', '.join(same)}.")
    if not _too_few(block):
        sentences.append(_named(block, _OPEN, f"Not settled against {reference}"))
    return sentences


def _reference(block: BlockReport) -> str:
    if block.reference != "baseline":
        return block.reference
    baseline = next(row for row in block.rows if row.baseline)
    return f"the baseline {block.name_of(baseline)}"


def _rows_judged(block: BlockReport, kinds: Sequence[str]) -> list[ArmRow]:
    """The rows whose verdict is of one of these kinds."""
    return [row for row in block.rows if row.pair and row.pair.verdict.kind in kinds]


def _same(row: ArmRow) -> bool:
    return row.pair is not None and 0 < row.pair.n == row.pair.trained == row.pair.ties


def _sized(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    """The arms with how much they differ, as the table says it."""
    rows = [(block.name_of(row), row.pair) for row in _rows_judged(block, kinds) if row.pair]
    if len(rows) > _MOST_NAMED:
        return f"{head}: {', '.join(name for name, _ in rows)}."
    return f"{head}: {_enumerated([name + _size(pair) for name, pair in rows])}." if rows else ""


def _size(pair: Pair) -> str:
    """What the verdict says beside the side, with the difference, its interval and p."""
    more = pair.verdict.words.removeprefix("better").removeprefix("worse")
    level = f"{100 * pair.level:.3g}% interval"
    numbers = [] if pair.difference is None else [difference_with_interval(pair)]
    numbers += [level] if pair.interval else []
    return f"{more} ({', '.join([*numbers, p_equals(pair.p_holm)])})"


def _named(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    names = [
        f"{block.name_of(row)}{_own_rope(block, row.pair)}"
        for row in _rows_judged(block, kinds)
        if row.pair and not _same(row)
    ]
    return f"{head}: {', '.join(names)}." if names else ""


def _own_rope(block: BlockReport, pair: Pair) -> str:
    """The ROPE of the look that decided the pair, if it is not the block's."""
    if pair.decided is None or pair.decided.rules.rope in (None, block.rules.rope):
        return ""
    return f" (±{pair.decided.rules.rope:g})"


def _failures(block: BlockReport) -> list[str]:
    outcomes: tuple[tuple[str, Callable[[ArmRow], int]], ...] = (
        ("Diverged", lambda row: row.diverged),
        ("No better than chance", lambda row: row.at_chance),
        ("Ended in an error", lambda row: row.error),
        ("Missing", lambda row: row.missing),
    )
    sentences = []
    for outcome, count in outcomes:
        fails = outcome in ("Diverged", "No better than chance")
        arms = [
            f"{block.name_of(row)} on {count(row)} of {row.trials} seeds"
            f"{_how_surprising(row) if fails else ''}"
            for row in block.rows
            if count(row)
        ]
        sentences += [f"{outcome}: {_enumerated(arms)}."] if arms else []
    return sentences


def _how_surprising(row: ArmRow) -> str:
    """McNemar's p of all failures of the arm against those of the other; empty if it has none."""
    if row.pair is None or row.pair.failures.words is None:
        return ""
    both = "with those at chance, " if row.diverged and row.at_chance else ""
    return f" ({both}{p_equals(row.pair.failures.p)})"


def _enumerated(names: Sequence[str]) -> str:
    """Names in a row, as a sentence lists them.

    >>> _enumerated(["a"]), _enumerated(["a", "b"]), _enumerated(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _finer_than_a_row(block: BlockReport) -> str:
    """A remark if the ROPE of an accuracy is smaller than one test row; else empty."""
    rope = block.rules.rope
    if not rope or not block.metric.endswith("accuracy"):
        return ""
    rows = rows_behind(block.scores, most=int(1 / rope))
    if rows is None or 1 / rows <= rope:
        return ""
    return (
        f"All these accuracies are multiples of 1/{rows} = {1 / rows:.2g}, as of {rows} test rows: "
        f"±{rope:g} is less than one row."
    )


def rows_behind(scores: Floats, most: int) -> int | None:
    """The fewest rows, up to `most`, that give these accuracies: all are multiples of 1/rows.

    None if there is no such number, or fewer than three different scores to tell it from.

    >>> rows_behind(np.array([[110 / 114, 109 / 114], [105 / 114, np.nan]]), most=200)
    114
    >>> rows_behind(np.array([[0.9, 0.9], [0.9, 0.9]]), most=200) is None
    True
    """
    different = np.unique(scores[np.isfinite(scores)])
    if different.size < _FEWEST_VALUES:
        return None
    rows = np.arange(1, most + 1)
    hits = different[:, None] * rows
    exact = np.flatnonzero((np.abs(hits - np.rint(hits)) < _ROUNDING).all(axis=0))
    return int(rows[exact[0]]) if exact.size else None
