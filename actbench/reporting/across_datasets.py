"""Several data sets together: how the arms rank across them, and whether that is significant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actbench.reporting.block_report import BlockReport
from actbench.reporting.block_scores import full_name
from actbench.reporting.rows import p_equals
from actbench.statistics import BlockPair, BlocksComparison, compare_blocks
from actbench.wording import listed


@dataclass(frozen=True)
class AcrossDatasets:
    """The blocks that differ in the data set alone, and what they say together.

    `comparison`: of the arms that trained on every data set. `lines`: the same in words: the
    ranks, then the tests. Holm corrects for all pairs; those with the baseline are printed, or all
    where all were compared.
    """

    blocks: tuple[BlockReport, ...]
    comparison: BlocksComparison
    lines: tuple[str, ...]

    @property
    def datasets(self) -> list[str]:
        """The name of the data set of each block."""
        return [block.trials.cell["dataset"] for block in self.blocks]


def across_datasets(blocks: Sequence[BlockReport]) -> tuple[AcrossDatasets, ...]:
    """The arms of blocks that differ in the data set alone, ranked as Demšar 2006 does.

    One for each architecture and metric. Blocks of a single data set, with fewer than two arms in
    common, or of values that are not comparable give none.
    """
    groups: dict[tuple[object, ...], list[BlockReport]] = {}
    for block in blocks:
        if not block.not_comparable:
            rest = tuple((k, v) for k, v in block.trials.cell.items() if k != "dataset")
            groups.setdefault((rest, block.metric, block.trials.axes), []).append(block)
    several = (g for g in groups.values() if len({b.trials.cell["dataset"] for b in g}) > 1)
    return tuple(filter(None, map(_across, several)))


def _across(group: Sequence[BlockReport]) -> AcrossDatasets | None:
    rows = [{row.name: row for row in block.rows if row.mean is not None} for block in group]
    arms = list(dict.fromkeys(full_name(arm) for block in group for arm in block.trials.arms))
    ranked = [arm for arm in arms if all(arm in of for of in rows)]
    if len(ranked) < 2:
        return None
    first = group[0]
    comparison = compare_blocks(
        [[of[arm].mean or 0.0 for of in rows] for arm in ranked],
        higher_is_better=first.higher_is_better,
        names=ranked,
        rules=first.rules,
        against=_baseline(first),
    )
    diverged = [arm for arm in ranked if any(of[arm].diverged for of in rows)]
    left_out = [arm for arm in arms if arm not in ranked]
    return AcrossDatasets(
        tuple(group), comparison, tuple(_lines(group, comparison, diverged, left_out))
    )


def _baseline(block: BlockReport) -> str | None:
    """The arm that the pairs are printed of; None for all pairs."""
    return None if block.rules.all_pairs else block.comparison.baseline


def _lines(
    group: Sequence[BlockReport],
    comparison: BlocksComparison,
    diverged: Sequence[str],
    left_out: Sequence[str],
) -> Iterator[str]:
    first, baseline = group[0], _baseline(group[0])
    where = ", ".join([first.measured, *list(first.trials.cell.values())[1:]])
    yield f"Across {len(group)} data sets ({where}): {comparison.words}."
    yield _ranks(comparison, [block.trials.cell["dataset"] for block in group])
    yield from _tests(comparison, first.rules.alpha)
    yield from (_pair(p) for p in comparison.pairs if baseline in (None, p.arm, p.other))
    if diverged:
        yield f"Their means leave out seeds that diverged, which flatters: {listed(diverged)}."
    if left_out:
        yield f"Left out, not trained on every data set: {listed(left_out)}."


def _ranks(comparison: BlocksComparison, datasets: Sequence[str]) -> str:
    if comparison.average_ranks is None:
        ranks = zip(comparison.names, comparison.ranks, strict=True)
        per_arm = [f"{arm} {', '.join(f'{rank:g}' for rank in row)}" for arm, row in ranks]
        return f"Ranks on {listed(datasets)}: {'; '.join(per_arm)}."
    ordered = sorted(zip(comparison.average_ranks, comparison.names, strict=True))
    return f"Average ranks (1 is best): {listed(f'{arm} {rank:.2f}' for rank, arm in ordered)}."


def _tests(comparison: BlocksComparison, alpha: float) -> Iterator[str]:
    if comparison.friedman and comparison.iman_davenport:
        (chi2, p), (f, p_f) = comparison.friedman, comparison.iman_davenport
        yield (
            f"All arms alike? Friedman χ² = {chi2:.2f}, {p_equals(p)}; "
            f"Iman–Davenport F = {f:.2f}, {p_equals(p_f)}."
        )
    if comparison.critical_difference is not None:
        yield (
            f"Nemenyi: average ranks further apart than {comparison.critical_difference:.2f} "
            f"differ at {alpha:g}."
        )


def _pair(pair: BlockPair) -> str:
    words = (
        f"  {pair.arm} – {pair.other}: median difference {pair.difference:+.4g}, "
        f"Wilcoxon, after Holm, {p_equals(pair.p_holm)}"
    )
    if pair.posterior is None:
        return words
    shares = pair.posterior
    return (
        f"{words}; Bayesian signed-rank: better {shares.better:.2f}, practically equivalent "
        f"{shares.equivalent:.2f}, worse {shares.worse:.2f}"
    )
