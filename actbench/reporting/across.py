"""Several data sets together: which arms rank better across them, and whether that is a result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actbench.reporting.blocks import ArmName, BlockReport
from actbench.reporting.numbers import p_value
from actbench.statistics import BlocksComparison, compare_blocks


@dataclass(frozen=True)
class Across:
    """The arms over the data sets of one architecture and metric.

    `shown`: the arms whose pairs are told; Holm corrects for all
    pairs. `left_out`: arms that did not train on every data set, and so cannot be ranked.
    """

    where: str
    datasets: tuple[str, ...]
    arms: tuple[str, ...]
    left_out: tuple[str, ...]
    found: BlocksComparison
    nemenyi: bool
    alpha: float
    shown: tuple[str, ...]


def across(blocks: Sequence[BlockReport], *, nemenyi: bool = False) -> tuple[Across, ...]:
    """Rank the arms of blocks that differ in the data set alone, as Demšar 2006 does.

    Groups of one data set, or with fewer than two arms in common, say nothing here.
    """
    groups: dict[tuple[object, ...], list[BlockReport]] = {}
    for block in blocks:
        rest = tuple((k, v) for k, v in block.cell.items() if k != "dataset")
        groups.setdefault((rest, block.metric, block.axes), []).append(block)
    several = (group for group in groups.values() if len({b.dataset for b in group}) > 1)
    return tuple(a for group in several for a in _group(group, nemenyi))


def _group(group: Sequence[BlockReport], nemenyi: bool) -> Iterator[Across]:
    arms = list(dict.fromkeys(arm for block in group for arm in block.arms))
    means = {arm: [_mean(block, arm) for block in group] for arm in arms}
    kept = {
        arm: [mean for mean in row if mean is not None]
        for arm, row in means.items()
        if None not in row
    }
    if len(kept) < 2:
        return
    first = group[0]
    names = {arm: " / ".join(arm) for arm in arms}
    yield Across(
        where=", ".join([f"{first.split} {first.metric}", *list(first.cell.values())[1:]]),
        datasets=tuple(block.dataset for block in group),
        arms=tuple(names[arm] for arm in kept),
        left_out=tuple(names[arm] for arm in arms if arm not in kept),
        found=compare_blocks(
            list(kept.values()),
            higher_is_better=first.higher_is_better,
            names=[names[arm] for arm in kept],
            alpha=first.alpha,
            rope=first.rope,
            against=None if first.pairs else names[first.arms[first.baseline]],
        ),
        nemenyi=nemenyi,
        alpha=first.alpha,
        shown=tuple(names.values()) if first.pairs else (names[first.arms[first.baseline]],),
    )


def _mean(block: BlockReport, arm: ArmName) -> float | None:
    rows = (row for row in block.rows if tuple(row.cell[a] for a in block.axes) == arm)
    return next((row.mean for row in rows), None)


def lines(found: Across) -> list[str]:
    """What several data sets say, a line each: ranks first, then the tests."""
    head = f"Across {len(found.datasets)} data sets ({found.where}): {found.found.words}."
    told = [head, _ranks(found), *_tests(found), *_pairs(found)]
    if found.left_out:
        told.append(f"Left out, not trained on every data set: {', '.join(found.left_out)}.")
    return told


def _ranks(found: Across) -> str:
    averages = found.found.average_ranks
    if averages is None:
        ranked = zip(found.arms, found.found.ranks, strict=True)
        per_set = [f"{arm} {', '.join(f'{rank:g}' for rank in row)}" for arm, row in ranked]
        return f"Ranks on {', '.join(found.datasets)}: {'; '.join(per_set)}."
    ordered = sorted(zip(averages, found.arms, strict=True))
    return f"Average ranks (1 is best): {', '.join(f'{arm} {r:.2f}' for r, arm in ordered)}."


def _tests(found: Across) -> list[str]:
    told = []
    if found.found.friedman and found.found.iman_davenport:
        (chi2, p), (f, p_f) = found.found.friedman, found.found.iman_davenport
        told.append(
            f"All arms alike? Friedman χ² = {chi2:.2f}, {_p(p)}; "
            f"Iman–Davenport F = {f:.2f}, {_p(p_f)}."
        )
    if found.nemenyi and found.found.critical_difference is not None:
        told.append(
            f"Nemenyi: average ranks further apart than {found.found.critical_difference:.2f} "
            f"differ at {found.alpha:g}."
        )
    elif found.nemenyi:
        told.append("Nemenyi: too few data sets for a critical difference.")
    return told


def _pairs(found: Across) -> list[str]:
    told = []
    for pair in found.found.pairs:
        if pair.arm not in found.shown and pair.other not in found.shown:
            continue
        words = (
            f"{pair.arm} – {pair.other}: median difference {pair.difference:+.4g}, "
            f"Wilcoxon, after Holm, {_p(pair.p_holm)}"
        )
        if pair.posterior:
            shares = pair.posterior
            words += (
                f"; Bayesian signed-rank: better {shares.better:.2f}, practically equivalent "
                f"{shares.equivalent:.2f}, worse {shares.worse:.2f}"
            )
        told.append(f"  {words}")
    return told


def _p(p: float) -> str:
    printed = p_value(p)
    return f"p {printed}" if printed.startswith("<") else f"p = {printed}"
