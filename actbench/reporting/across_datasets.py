"""Several data sets together: how the arms rank across them, and whether that is significant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actbench.reporting.block_report import BlockReport, full_name
from actbench.reporting.block_scores import ArmName
from actbench.reporting.rows import p_equals
from actbench.statistics import BlockPair, BlocksComparison, compare_blocks


@dataclass(frozen=True)
class AcrossDatasets:
    """The arms over the data sets of one architecture and metric.

    `where`: the metric and the architecture. `arms`: those that trained on every data set;
    `left_out`: the others, which cannot be ranked. `diverged`: arms with means over fewer seeds.
    `baseline`: the arm whose pairs are printed; None prints all of them. Holm corrects for all
    pairs in either case.
    """

    where: str
    datasets: tuple[str, ...]
    arms: tuple[str, ...]
    left_out: tuple[str, ...]
    diverged: tuple[str, ...]
    comparison: BlocksComparison
    alpha: float
    baseline: str | None


def compare_across(blocks: Sequence[BlockReport]) -> tuple[AcrossDatasets, ...]:
    """Rank the arms of blocks that differ in the data set alone, as Demšar 2006 does.

    Blocks of a single data set, with fewer than two arms in common, or of values that are not
    comparable give nothing.
    """
    groups: dict[tuple[object, ...], list[BlockReport]] = {}
    for block in blocks:
        if block.not_comparable:
            continue
        rest = tuple((k, v) for k, v in block.cell.items() if k != "dataset")
        groups.setdefault((rest, block.metric, block.axes), []).append(block)
    several = (group for group in groups.values() if len({b.dataset for b in group}) > 1)
    return tuple(across for group in several for across in _compare(group))


def _compare(group: Sequence[BlockReport]) -> Iterator[AcrossDatasets]:
    arms = list(dict.fromkeys(arm for block in group for arm in block.arms))
    means = {full_name(arm): [_mean(block, arm) for block in group] for arm in arms}
    ranked = {
        arm: [mean for mean in row if mean is not None]
        for arm, row in means.items()
        if None not in row
    }
    if len(ranked) < 2:
        return
    first = group[0]
    baseline = None if first.pairs else full_name(first.arms[first.baseline])
    yield AcrossDatasets(
        where=", ".join([f"{first.split} {first.metric}", *list(first.cell.values())[1:]]),
        datasets=tuple(block.dataset for block in group),
        arms=tuple(ranked),
        left_out=tuple(arm for arm in means if arm not in ranked),
        diverged=tuple(arm for arm in ranked if any(_diverged(block, arm) for block in group)),
        comparison=compare_blocks(
            list(ranked.values()),
            higher_is_better=first.higher_is_better,
            names=list(ranked),
            rules=first.rules,
            against=baseline,
        ),
        alpha=first.rules.alpha,
        baseline=baseline,
    )


def _mean(block: BlockReport, arm: ArmName) -> float | None:
    return block.row_of(full_name(arm)).mean if arm in block.arms else None


def _diverged(block: BlockReport, arm: str) -> bool:
    return block.row_of(arm).diverged > 0


def in_words(across: AcrossDatasets) -> list[str]:
    """What several data sets say, a line each: the ranks, then the tests."""
    words = across.comparison.words
    lines = [f"Across {len(across.datasets)} data sets ({across.where}): {words}."]
    lines += [_ranks(across), *_tests(across)]
    lines += [
        _pair(pair)
        for pair in across.comparison.pairs
        if across.baseline in (None, pair.arm, pair.other)
    ]
    if across.diverged:
        arms = ", ".join(across.diverged)
        lines.append(f"Their means leave out seeds that diverged, which flatters: {arms}.")
    if across.left_out:
        lines.append(f"Left out, not trained on every data set: {', '.join(across.left_out)}.")
    return lines


def _ranks(across: AcrossDatasets) -> str:
    averages = across.comparison.average_ranks
    if averages is None:
        ranks = zip(across.arms, across.comparison.ranks, strict=True)
        per_arm = [f"{arm} {', '.join(f'{rank:g}' for rank in row)}" for arm, row in ranks]
        return f"Ranks on {', '.join(across.datasets)}: {'; '.join(per_arm)}."
    ordered = sorted(zip(averages, across.arms, strict=True))
    return f"Average ranks (1 is best): {', '.join(f'{arm} {rank:.2f}' for rank, arm in ordered)}."


def _tests(across: AcrossDatasets) -> Iterator[str]:
    comparison = across.comparison
    if comparison.friedman and comparison.iman_davenport:
        (chi2, p), (f, p_f) = comparison.friedman, comparison.iman_davenport
        yield (
            f"All arms alike? Friedman χ² = {chi2:.2f}, {p_equals(p)}; "
            f"Iman–Davenport F = {f:.2f}, {p_equals(p_f)}."
        )
    if comparison.critical_difference is not None:
        yield (
            f"Nemenyi: average ranks further apart than {comparison.critical_difference:.2f} "
            f"differ at {across.alpha:g}."
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
