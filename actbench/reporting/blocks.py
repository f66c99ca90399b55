"""What a comparison is, ready to be printed: a block, and a row for each arm in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from actbench.spec.keras_names import HIGHER_IS_BETTER
from actbench.statistics import Pair

ArmName = tuple[str, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArmRow:
    """One arm in a report: its numbers, and the pair with the baseline where it is another arm.

    `cell` tells its dataset, architecture, hidden, output, optimizer. `at_chance`: trials that
    trained, but no better than chance. `missing`: trials that are not there, or lack this metric.
    `notes`: what was noted of its trials, and of how many. `before`: the mean of an earlier run,
    where there is one. `outliers`: seeds whose score is far from the others.
    """

    cell: Mapping[str, str]
    rank: int | None
    ok: int
    diverged: int
    error: int
    missing: int
    mean: float | None
    sd: float | None
    baseline: bool
    pair: Pair | None
    outliers: tuple[int, ...] = ()
    before: float | None = None
    at_chance: int = 0
    notes: tuple[tuple[str, int], ...] = ()

    @property
    def hidden(self) -> str:
        """The label of the hidden activation."""
        return self.cell["hidden"]

    @property
    def output(self) -> str:
        """The label of the output activation."""
        return self.cell["output"]

    @property
    def trials(self) -> int:
        """How many trials there should be."""
        return self.ok + self.diverged + self.at_chance + self.error + self.missing

    @property
    def verdict(self) -> str:
        """The verdict in words, with a remark on failures where there is one."""
        return verdict_of(self.pair) if self.pair else ""


def verdict_of(pair: Pair) -> str:
    """The verdict of a pair in words, with a remark on failures where there is one."""
    words = [pair.verdict.words]
    words += [pair.failures.words] if pair.failures.words else []
    return "; ".join(words)


@dataclass(frozen=True)
class BlockReport:
    """The comparison of the arms of one block in one metric.

    `cell`: what all its trials share (dataset, architecture, …); `axes`: the columns that tell
    its arms apart. `arms` are their labels in the order of the trials, `scores` are arms x seeds
    in the metric's own unit, NaN where an arm did not train; `failed` is where it diverged or is
    no better than chance, and `collapsed` the latter, which has its score.
    `rows`: an arm each, sorted. `pairs`: comparisons beyond those with the baseline. `alpha` and
    `level` are what was tested at; `notes` what the reader should know. `reference` names what
    the differences are taken to.
    """

    cell: Mapping[str, str]
    metric: str
    split: str
    axes: tuple[str, ...]
    seeds: tuple[int, ...]
    arms: tuple[ArmName, ...]
    baseline: int
    scores: Floats
    failed: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]
    rows: tuple[ArmRow, ...]
    pairs: tuple[Pair, ...] = ()
    alpha: float = 0.05
    level: float = 0.95
    rope: float | None = None
    min_effect: float | None = None
    seeds_to_reach: int | None = None
    at: str = "last"
    reference: str = "baseline"
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def dataset(self) -> str:
        """The data set."""
        return self.cell.get("dataset", "")

    @property
    def architecture(self) -> str:
        """The architecture; empty where the arms differ in it."""
        return self.cell.get("architecture", "")

    @property
    def higher_is_better(self) -> bool:
        """Whether more of the metric is better."""
        return self.metric in HIGHER_IS_BETTER

    @property
    def varying(self) -> tuple[str, ...]:
        """The axes in which the arms do differ; all of them for a single arm."""
        columns = zip(self.axes, zip(*self.arms, strict=True), strict=True)
        return tuple(axis for axis, labels in columns if len({*labels}) > 1) or self.axes

    @property
    def title(self) -> str:
        """Where this was measured: the data set, the architecture and what else is fixed."""
        fixed = {axis: self.arms[0][i] for i, axis in enumerate(self.axes)}
        told = {**self.cell, **{k: v for k, v in fixed.items() if k not in self.varying}}
        words = [told[key] for key in ("dataset", "architecture") if key in told]
        words += [f"{key} {told[key]}" for key in ("hidden", "output") if key in told]
        if self.axes == ("optimizer",) and "optimizer" in told:
            words.append(told["optimizer"])
        return ", ".join(words)

    def name_of(self, row: ArmRow) -> str:
        """An arm by the axes in which the arms differ."""
        return " / ".join(row.cell[axis] for axis in self.varying)

    def short(self, name: str) -> str:
        """The same for the full name that a pair carries."""
        full = {" / ".join(arm): arm for arm in self.arms}
        arm = dict(zip(self.axes, full[name], strict=True))
        return " / ".join(arm[axis] for axis in self.varying)
