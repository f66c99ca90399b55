"""The learning rates that arms chose, and how the arms compare at each single one of them."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from actbench.reporting.block_report import BETTER, WORSE
from actbench.reporting.block_scores import BlockScores, full_name, read_blocks
from actbench.reporting.chosen_trials import RateTables
from actbench.reporting.question import Question
from actbench.reporting.rows import decimals_for, signed
from actbench.reporting.split_means import has_splits, split_means
from actbench.results.journal import DIVERGED
from actbench.statistics import Pair, compare
from actbench.wording import counted, listed

if TYPE_CHECKING:
    import pandas as pd

_RATE = "learning_rate"
_TOO_FEW = "too_few_seeds"


@dataclass(frozen=True)
class ChosenRates:
    """The learning rates of one block.

    `grid`: the rates to choose from, ascending. `metric`: the one they were chosen by, on the
    validation rows. `seeds`: how many chose; `each`: whether every seed chose for itself; `splits`:
    of how many splits, 0 without several. `chosen`: for each arm, how many of its seeds (of its
    splits, where there are several) are trained at which rate. `pairs`: for each arm but the
    baseline its comparison with the baseline at one rate for both, over the selection seeds and
    on the validation rows; rates without one are left out.
    """

    grid: tuple[float, ...]
    metric: str
    seeds: int
    each: bool
    splits: int
    chosen: Mapping[str, Mapping[float, int]]
    pairs: Mapping[str, Mapping[float, Pair]]

    @property
    def lines(self) -> Iterator[str]:
        """What stands below a table: the rates, what the interval holds, the verdict at each."""
        low, high = self.grid[0], self.grid[-1]
        arms = [f"{arm} {self.of_arm(arm)}" for arm in self.chosen]
        yield (
            f"Learning rates chosen among {len(self.grid)} ({low:g} to {high:g}) by validation "
            f"{self.metric}: {'; '.join(arms)}."
        )
        yield self._uncertainty
        yield from self._at_the_edge(low, self.grid[1])
        yield from self._at_the_edge(high, self.grid[-2])
        for arm, pairs in self.pairs.items():
            at_each = f"{arm} at one rate for all, in validation {self.metric}"
            yield f"{at_each}: {_verdicts(pairs)}."
            if changes := [_flip(*flip) for flip in flips(pairs)]:
                yield (
                    f"{arm} flips sign in validation {self.metric} {listed(changes)}: a claim at "
                    "one shared rate hangs on that rate."
                )

    def of_arm(self, arm: str) -> str:
        """The rate of an arm, or how many of its seeds have which; "none" before it has one."""
        rates = self.chosen[arm]
        if len(rates) < 2:
            return f"{next(iter(rates)):g}" if rates else "none"
        (most, times), *others = sorted(rates.items(), key=lambda item: (-item[1], item[0]))
        first = f"{most:g} ({times} of {sum(rates.values())} {self._units})"
        return ", ".join([first, *(f"{rate:g} ({count})" for rate, count in others)])

    @property
    def _units(self) -> str:
        """What chose: the seeds, or the splits where there are several."""
        return "splits" if self.splits else "seeds"

    @property
    def _uncertainty(self) -> str:
        """How far the uncertainty of the choice is in the interval."""
        if self.each:
            where = " of a split" if self.splits else ""
            return (
                f"Each seed{where} at the rate that a selection seed of its own chose: the "
                "uncertainty of the choice is in the interval."
            )
        seeds = counted(self.seeds, "selection seed")
        if self.splits:
            return (
                f"Each arm at the rate chosen for it in each split, on {seeds}: the choice varies "
                "with the split, and that is in the interval."
            )
        return (
            f"Each arm at the rate chosen for it on {seeds}. The interval is for these rates; "
            "the uncertainty of the choice is not in it."
        )

    def _at_the_edge(self, edge: float, neighbour: float) -> Iterator[str]:
        """That arms chose the last rate of the grid, and which one to add."""
        arms = [
            arm + (f" ({rates[edge]} of {sum(rates.values())} {self._units})" * (len(rates) > 1))
            for arm, rates in self.chosen.items()
            if edge in rates
        ]
        if arms:
            yield (
                f"At the edge of the grid, {edge:g}: {listed(arms)}. The best rate may lie beyond: "
                f"widen the grid, for example with {rate_beyond(edge, neighbour):g}."
            )


def rate_beyond(edge: float, neighbour: float) -> float:
    """The rate to add beyond the edge of a grid: one step further on a log scale, as 1, 2, 3 or 5.

    >>> rate_beyond(0.1, 0.03), rate_beyond(0.0003, 0.001)
    (0.3, 0.0001)
    """
    beyond = edge * edge / neighbour
    decade = math.floor(math.log10(beyond))
    round_rates = [float(f"{digit}e{decade}") for digit in (1, 2, 3, 5, 10)]
    rounded = min(round_rates, key=lambda rate: abs(math.log(rate / beyond)))
    is_beyond = rounded > edge if edge > neighbour else rounded < edge
    return rounded if is_beyond else float(f"{beyond:.2g}")


def flips(pairs: Mapping[float, Pair]) -> Iterator[tuple[float, Pair, float, Pair]]:
    """Where the verdict changes sides: two rates next to each other among those that take one."""
    sided = [(rate, pair) for rate, pair in pairs.items() if _side(pair)]
    for (rate, pair), (next_rate, next_pair) in pairwise(sided):
        if _side(pair) != _side(next_pair):
            yield rate, pair, next_rate, next_pair


def _side(pair: Pair) -> int:
    """1 for better, −1 for worse; 0 where neither is shown.

    That all of a few seeds take a side shows none: three of equal arms do so in a quarter of cases.
    """
    return (pair.verdict.kind in BETTER) - (pair.verdict.kind in WORSE)


def _verdicts(pairs: Mapping[float, Pair]) -> str:
    """The rates by their verdict, such as "worse at 0.001 (−0.05); better at 0.03 (+0.01)"."""
    groups: list[tuple[str, list[str]]] = []
    for rate, pair in pairs.items():
        words, size = re.split("[;:]", pair.verdict.words)[0], _difference(pair)
        words = "no verdict from so few seeds" if pair.verdict.kind == _TOO_FEW else words
        if not groups or groups[-1][0] != words:
            groups.append((words, []))
        groups[-1][1].append(f"{rate:g} ({size})")
    return "; ".join(f"{words} at {listed(rates)}" for words, rates in groups)


def _difference(pair: Pair) -> str:
    if pair.difference is None:
        return "did not train"
    low, high = pair.interval or (0.0, 0.0)
    return signed(pair.difference, decimals_for(high - low, pair.difference))


def _flip(rate: float, pair: Pair, next_rate: float, next_pair: Pair) -> str:
    before, after = ("better" if _side(p) > 0 else "worse" for p in (pair, next_pair))
    return (
        f"between {rate:g} ({before}, {_difference(pair)}) and {next_rate:g} ({after}, "
        f"{_difference(next_pair)})"
    )


def chosen_rates(
    block: BlockScores,
    metric: str,
    baseline: int,
    tables: RateTables | None,
    question: Question,
) -> ChosenRates | None:
    """The learning rates of a block; None where none are known, or arms are no activations.

    `metric`: what the block is compared in; the question's ROPE and effect are in its unit.
    """
    if tables is None or block.axes != ("hidden", "output"):
        return None
    of_block = _of_block(tables.selection, block)
    if not len(of_block) or not has_chosen_rates(tables.trials, block):
        return None
    varying = [block.axes.index(axis) for axis in block.varying]
    labels = {arm: full_name(arm[i] for i in varying) for arm in block.arms}
    grid = tuple(sorted(set(of_block[_RATE].dropna().tolist())))
    by_rate = {rate: _at_rate(of_block, rate, block) for rate in grid}
    chosen_by = next((m for at in by_rate.values() if at for m in at.measured), "loss")
    if chosen_by != metric:
        question = replace(question, rope=None, min_effect=None)
    several = has_splits(of_block)
    return ChosenRates(
        grid=grid,
        metric=chosen_by,
        seeds=int(of_block["seed"].nunique()),
        each=tables.each,
        splits=int(of_block["split"].nunique()) if several else 0,
        chosen={
            labels[arm]: _chosen(_of_block(tables.trials, block), arm, several=several)
            for arm in block.arms
        },
        pairs=_pairs(by_rate, block, baseline, chosen_by, question, labels, several=several),
    )


def has_chosen_rates(trials: "pd.DataFrame", block: BlockScores) -> bool:
    """Whether some trials of the block are at a learning rate that was chosen."""
    return _RATE in trials.columns and bool(_of_block(trials, block)[_RATE].notna().any())


def _of_block(frame: "pd.DataFrame", block: BlockScores) -> "pd.DataFrame":
    for name, value in block.cell.items():
        frame = frame[frame[name].astype(str) == value]
    return frame


def _chosen(trials: "pd.DataFrame", arm: Sequence[str], *, several: bool) -> dict[float, int]:
    """How many seeds of an arm have which rate; how many splits, where there are several."""
    own = trials[
        (trials["hidden"].astype(str) == arm[0]) & (trials["output"].astype(str) == arm[1])
    ]
    own = own[own[_RATE].notna()]
    if several:
        own = own.drop_duplicates(["split", _RATE])
    return dict(sorted(Counter(own[_RATE].tolist()).items()))


def _at_rate(of_block: "pd.DataFrame", rate: float, block: BlockScores) -> BlockScores | None:
    """The selection trials at one rate, those of a split as their mean."""
    frame = of_block[of_block[_RATE] == rate]
    frame = split_means(frame).frame if has_splits(frame) else frame
    return next(iter(read_blocks(frame, block.axes, "val")), None)


def _pairs(
    by_rate: Mapping[float, BlockScores | None],
    block: BlockScores,
    baseline: int,
    metric: str,
    question: Question,
    labels: Mapping[tuple[str, ...], str],
    *,
    several: bool,
) -> dict[str, dict[float, Pair]]:
    """The pairs of arms with the baseline, by arm and rate; none over several splits.

    Splits share training rows, and these tests assume independent seeds.
    """
    pairs: dict[str, dict[float, Pair]] = {}
    for rate, at in by_rate.items():
        if several or at is None or block.arms[baseline] not in at.arms or metric not in at.metrics:
            continue
        comparison = compare(
            at.scores(metric),
            at.arms.index(block.arms[baseline]),
            higher_is_better=bool(question.direction(metric)),
            names=[labels.get(arm, full_name(arm)) for arm in at.arms],
            diverged=at.status == DIVERGED,
            rules=question.rules(metric, len(at.arms) - 1, None),
        )
        for pair in comparison.pairs:
            if comparison.baseline == pair.other:
                pairs.setdefault(pair.arm, {})[rate] = pair
    return pairs
