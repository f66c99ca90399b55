"""A comparison as a paragraph that a reader may quote: who leads, who is worse, who failed."""

from collections.abc import Callable, Iterable, Sequence

from actbench.reporting.blocks import ArmRow, BlockReport
from actbench.reporting.granularity import finer_than_a_row
from actbench.reporting.numbers import decimals_for, p_value, with_spread
from actbench.statistics import Pair, smallest_p

_NAMED = 4
_WORSE = ("worse", "worse_by_rope")
_BETTER = ("better", "better_by_rope")
_OPEN = ("inconclusive", "not_after_correction", "too_few_seeds")


def paragraph(block: BlockReport) -> str:
    """What one block shows, in plain words.

    It names every arm: those that share the lead, those that are better or worse than the
    baseline and by how much, those that are undecided, and those that failed.
    """
    told = [_lead(block), *_against_baseline(block), *_failures(block)]
    return " ".join(sentence for sentence in told if sentence)


def overview(blocks: Sequence[BlockReport]) -> str:
    """What several blocks show together: how often each arm leads, or loses to the baseline."""
    able = [block for block in blocks if not _too_few(block)]
    ranked = [block for block in able if any(row.rank for row in block.rows)]
    if len(ranked) < 2:
        return ""
    leads = _counted((b.name_of(r) for b in ranked for r in b.rows if r.rank == 1), len(ranked))
    told = [f"Over {len(ranked)} comparisons, in the lead or sharing it: {leads}."]
    for words, kinds in (("Better than the baseline", _BETTER), ("Worse", _WORSE)):
        if found := [b.name_of(r) for b in ranked for r in _of_kind(b, kinds)]:
            told.append(f"{words}: {_counted(found, len(ranked))}.")
    failed = sum(r.diverged for b in blocks for r in b.rows)
    told += [f"{failed} trial{'s' if failed > 1 else ''} diverged."] if failed else []
    at_chance = sum(r.at_chance for b in blocks for r in b.rows)
    s = "s" if at_chance > 1 else ""
    told += [f"{at_chance} trial{s} ended no better than chance."] if at_chance else []
    return " ".join(told)


def _counted(names: Iterable[str], of: int) -> str:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} in {count} of {of}" for name, count in ordered)


def _where(block: BlockReport) -> str:
    best = " at the best validation epoch" if block.at == "best" else ""
    return f"in {block.split} {block.metric}{best} on {block.title}"


def _lead(block: BlockReport) -> str:
    trained = [row for row in block.rows if row.mean is not None]
    if not trained:
        return f"No arm trained on any seed {_where(block)}."
    if block.reference != "baseline":
        return f"After against before, {_where(block)}, {_of_seeds(block)}."
    if len(block.arms) == 1:
        return f"A single arm {_where(block)}: there is nothing to compare it with."
    best = max if block.higher_is_better else min
    first = best(trained, key=lambda row: row.mean or 0.0)
    if len(block.seeds) == 1:
        return (
            f"One seed decides nothing: {block.name_of(first)} has the best score of "
            f"{len(block.arms)} arms {_where(block)}, and another seed may order them otherwise."
        )
    return _leaders(block, trained, first)


def _leaders(block: BlockReport, trained: Sequence[ArmRow], first: ArmRow) -> str:
    if _too_few(block):
        return _undecidable(block, trained)
    leaders = [row for row in trained if row.rank == 1]
    names = _listed([_on_its_seeds(block, row) for row in leaders])
    where = f"{_where(block)}, {_of_seeds(block)}"
    if len(trained) == 1:
        return f"Only {names} trained, {where}."
    if len(leaders) == 1:
        return f"{names} leads {where}."
    alike = len(leaders) == len(block.arms)
    whole = f"All {len(leaders)} arms" if alike and len(leaders) > 2 else names
    words = f"{whole} share the lead {where}: these seeds cannot tell them apart."
    means = {row.mean for row in leaders}
    return words if len(means) == 1 else f"{words} The best mean is that of {block.name_of(first)}."


def _on_its_seeds(block: BlockReport, row: ArmRow) -> str:
    """An arm's name, with the seeds its mean rests on where it failed or misses on others."""
    trained = row.ok + row.at_chance
    some = f" (on the {trained} of {row.trials} seeds that trained)"
    return block.name_of(row) + (some if trained < row.trials else "")


def _undecidable(block: BlockReport, trained: Sequence[ArmRow]) -> str:
    """That these seeds cannot decide, and the means, which may look as if they did."""
    comparisons = len(block.pairs) or len(block.arms) - 1
    least = min(1.0, comparisons * smallest_p(len(block.seeds)))
    after = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    sign = -1.0 if block.higher_is_better else 1.0
    ordered = sorted(trained, key=lambda row: sign * (row.mean or 0.0))
    means = [f"{block.name_of(row)} {with_spread(row.mean, row.sd)}" for row in ordered[:_NAMED]]
    more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
    return (
        f"{len(block.seeds)} seeds cannot decide anything here (p cannot go below {least:.3g}"
        f"{after}); at least {block.seeds_to_reach} are needed. Means {_where(block)}: "
        f"{', '.join(means)}{more}."
    )


def _too_few(block: BlockReport) -> bool:
    return block.seeds_to_reach is not None and len(block.seeds) < block.seeds_to_reach


def _of_seeds(block: BlockReport) -> str:
    return f"over {len(block.seeds)} seeds" if len(block.seeds) > 1 else "for one seed"


def _against_baseline(block: BlockReport) -> list[str]:
    if len(block.seeds) == 1 or all(row.pair is None for row in block.rows):
        return []
    to = _reference(block)
    if any(row.baseline and row.mean is None for row in block.rows):
        lost = "it trained on no seed; choose another with --baseline"
        return [f"Nothing can be compared with {to}: {lost}."]
    told = [
        _sized(block, _BETTER, f"Better than {to}"),
        _sized(block, _WORSE, f"Worse than {to}"),
        _plain(block, ("negligible",), f"Different from {to}, but by too little to matter"),
        _plain(block, ("equivalent",), f"Practically equivalent to {to}"),
        finer_than_a_row(block) if _of_kind(block, ("equivalent", "negligible")) else "",
    ]
    if same := [block.name_of(row) for row in block.rows if _same(row)]:
        told.append(f"The same scores as {to} on every seed: {', '.join(same)}.")
    if not _too_few(block):
        told.append(_plain(block, _OPEN, f"Not settled against {to}"))
    return told


def _same(row: ArmRow) -> bool:
    return row.pair is not None and 0 < row.pair.n == row.pair.ties


def _reference(block: BlockReport) -> str:
    if block.reference != "baseline":
        return "before"
    base = next(row for row in block.rows if row.baseline)
    return f"the baseline {block.name_of(base)}"


def _of_kind(block: BlockReport, kinds: Sequence[str]) -> list[ArmRow]:
    return [row for row in block.rows if row.pair and row.pair.verdict.kind in kinds]


def _sized(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    """The arms with how much they differ: on average, and at least by the interval's near end."""
    rows = _of_kind(block, kinds)
    if not rows:
        return ""
    if len(rows) > _NAMED:
        sizes = [abs(row.pair.difference or 0.0) for row in rows if row.pair]
        low, high = (f"{size:.{decimals_for(None, size)}f}" for size in (min(sizes), max(sizes)))
        names = ", ".join(block.name_of(row) for row in rows)
        return f"{head}, by {low} to {high} on average: {names}."
    told = [f"{block.name_of(row)} {_size(block, row.pair)}" for row in rows if row.pair]
    return f"{head}: {_listed(told, last=' and ')}."


def _size(block: BlockReport, pair: Pair) -> str:
    difference = abs(pair.difference or 0.0)
    p = p_value(pair.p_holm)
    corrected = f"p {p}" if p.startswith("<") else f"p = {p}"
    low, high = pair.interval or (0.0, 0.0)
    if low * high <= 0:
        return f"by {difference:.{decimals_for(None, difference)}f} on average ({corrected})"
    places = decimals_for(high - low, difference)
    least = min(abs(low), abs(high))
    level = f"{100 * block.level:.3g}% confidence"
    return f"by at least {least:.{places}f} (mean {difference:.{places}f}, {level}, {corrected})"


def _plain(block: BlockReport, kinds: Sequence[str], head: str) -> str:
    names = [block.name_of(row) for row in _of_kind(block, kinds) if not _same(row)]
    within = f" (within ±{block.rope:g})" if block.rope and "ractically" in head else ""
    return f"{head}{within}: {', '.join(names)}." if names else ""


def _failures(block: BlockReport) -> list[str]:
    counts: tuple[tuple[Callable[[ArmRow], int], str], ...] = (
        (lambda row: row.diverged, "Diverged"),
        (lambda row: row.at_chance, "No better than chance"),
        (lambda row: row.error, "Ended in an error"),
        (lambda row: row.missing, "Missing"),
    )
    told = []
    for count, word in counts:
        found = [
            f"{block.name_of(row)} on {count(row)} of {row.trials} seeds"
            for row in block.rows
            if count(row)
        ]
        told += [f"{word}: {_listed(found)}."] if found else []
    return told


def _listed(names: Sequence[str], last: str = " and ") -> str:
    """Names in a row, as a sentence lists them.

    >>> _listed(["a"]), _listed(["a", "b"]), _listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *others, final = names
    return f"{', '.join(others)}{last}{final}" if others else final
