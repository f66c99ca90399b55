"""The comparison of the arms of one block, as one frozen value that every format prints."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actbench.reporting.block_scores import ArmName, Floats, Mask
from actbench.statistics import Pair, Rules, Verdict


@dataclass(frozen=True)
class ArmRow:
    """One arm of a block: its numbers, and its pair with the baseline unless it is the baseline.

    `cell`: its dataset, architecture, hidden, output, optimizer. `at_chance`: trials that
    trained, but are no better than chance. `missing`: trials that are not in the table, or lack
    this metric. `notes`: the notes of its trials, and how many trials have each. `before`: the
    mean of an earlier run, in a comparison with one. `outliers`: seeds whose score is far from
    the others.
    """

    cell: Mapping[str, str]
    rank: int | None
    ok: int
    diverged: int
    at_chance: int
    error: int
    missing: int
    mean: float | None
    sd: float | None
    baseline: bool
    pair: Pair | None
    outliers: tuple[int, ...] = ()
    before: float | None = None
    notes: tuple[tuple[str, int], ...] = ()

    @property
    def trials(self) -> int:
        """How many trials there should be."""
        return self.ok + self.diverged + self.at_chance + self.error + self.missing

    @property
    def verdict(self) -> str:
        """The verdict on its pair in words; empty for the baseline."""
        return verdict_in_words(self.pair) if self.pair else ""


def verdict_in_words(pair: Pair) -> str:
    """The verdict on a pair, and how often the two failed."""
    early = "overstates: stopped early" if pair.decided and pair.decided.overstates else ""
    return "; ".join(filter(None, [pair.verdict.words, early, pair.failures.words]))


def without_verdict(pair: Pair) -> Pair:
    """The pair with no verdict but that its values are not comparable."""
    return replace(pair, verdict=Verdict("not_comparable", "not comparable"))


@dataclass(frozen=True)
class BlockReport:
    """The comparison of the arms of one block in one metric.

    `cell`: the columns that all its trials share (dataset, architecture, …); `metric`, `split`:
    what was measured, and on which rows; `higher_is_better`: whether more of it is better. `axes`:
    the columns that tell its arms apart. `arms`: their labels in the order of the trials;
    `baseline`: the position of one of them. `scores`: arms x seeds, in the metric's own unit, NaN
    where an arm did not train; `failed`: arms x seeds, trials that diverged or are no better than
    chance; `collapsed`: the latter alone. `rows`: an arm each, best first. `pairs`: all pairs of
    arms, if all were compared, else empty. `rules`: what the arms were compared by.
    `seeds_to_reach`: the fewest seeds with which a p-value can reach alpha, and `seeds_to_rank`:
    with which arms can be ranked; None for a single arm. `reference`: what the differences are
    taken to, `baseline` or `before`. `not_comparable`: why the values say nothing of the arms, in
    words, or empty. `notes`: what the reader should know.
    """

    cell: Mapping[str, str]
    metric: str
    split: str
    higher_is_better: bool
    axes: tuple[str, ...]
    seeds: tuple[int, ...]
    arms: tuple[ArmName, ...]
    baseline: int
    scores: Floats
    failed: Mask
    collapsed: Mask
    rows: tuple[ArmRow, ...]
    rules: Rules
    pairs: tuple[Pair, ...] = ()
    seeds_to_reach: int | None = None
    seeds_to_rank: int | None = None
    at: str = "last"
    reference: str = "baseline"
    not_comparable: str = ""
    notes: tuple[str, ...] = ()

    @property
    def dataset(self) -> str:
        """The data set."""
        return self.cell.get("dataset", "")

    @property
    def architecture(self) -> str:
        """The architecture; empty where the arms differ in it."""
        return self.cell.get("architecture", "")

    @property
    def confidence(self) -> str:
        """The level of the intervals, such as `95%`."""
        return f"{100 * self.rules.level:.3g}%"

    @property
    def reference_in_words(self) -> str:
        """What the differences are taken to, as a sentence says it."""
        return "the baseline" if self.reference == "baseline" else self.reference

    @property
    def other_pairs(self) -> tuple[Pair, ...]:
        """The pairs without the baseline."""
        baseline = full_name(self.arms[self.baseline])
        return tuple(pair for pair in self.pairs if baseline not in (pair.arm, pair.other))

    @property
    def varying(self) -> tuple[str, ...]:
        """The axes in which the arms differ; all of them for a single arm."""
        columns = zip(self.axes, zip(*self.arms, strict=True), strict=True)
        return tuple(axis for axis, labels in columns if len({*labels}) > 1) or self.axes

    @property
    def title(self) -> str:
        """Where this was measured: the data set, the architecture and whatever else is fixed."""
        labels = dict(zip(self.axes, self.arms[0], strict=True))
        fixed = {**self.cell, **{k: v for k, v in labels.items() if k not in self.varying}}
        words = [fixed[key] for key in ("dataset", "architecture") if key in fixed]
        words += [f"{key} {fixed[key]}" for key in ("hidden", "output") if key in fixed]
        if self.axes == ("optimizer",) and "optimizer" in fixed:
            words.append(fixed["optimizer"])
        return ", ".join(words)

    def name_of(self, row: ArmRow) -> str:
        """An arm by the axes in which the arms differ."""
        return " / ".join(row.cell[axis] for axis in self.varying)

    def row_of(self, name: str) -> ArmRow:
        """The row of the arm with the full name that a pair has for it."""
        return next(
            row
            for row in self.rows
            if full_name(tuple(row.cell[axis] for axis in self.axes)) == name
        )


def full_name(arm: ArmName) -> str:
    """An arm by all its labels, as the pairs name it."""
    return " / ".join(arm)
