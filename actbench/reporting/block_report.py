"""The comparison of the arms of one block, as one frozen value that every format prints."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from actbench.reporting.block_scores import BlockScores, full_name
from actbench.results.columns import versions_that_differ
from actbench.results.side_files import DrawnTogether
from actbench.spec.trial_metrics import BEST_AT_ONE, SECONDS, TRIAL_METRICS, column_of
from actbench.statistics import ArmSummary, Comparison, Pair, Rules, Verdict
from actbench.wording import Scope, counted

if TYPE_CHECKING:
    from actbench.reporting.chosen_rates import ChosenRates

# Kinds of verdicts.
BETTER = ("better", "better_by_rope")
WORSE = ("worse", "worse_by_rope")


@dataclass(frozen=True)
class ArmRow:
    """One arm of a block: its numbers, and its pair with the baseline unless it is the baseline.

    `cell`: its dataset, architecture, hidden, output, optimizer. `name`: the arm by all its
    labels, as the pairs name it; `label`: by those in which the arms differ. `at_chance`: trials
    that trained, but are no better than chance. `missing`: trials that are not in the table, or
    lack this metric. `notes`: the notes of its trials, and how many trials have each. `before`:
    the mean of an earlier run, in a comparison with one. `outliers`: seeds whose score is far from
    the others. `epochs_trained`, `seconds`: what its trials took on average, where they had early
    stopping.
    """

    cell: Mapping[str, str]
    name: str
    label: str
    rank: int | None
    ok: int
    diverged: int
    at_chance: int
    error: int
    missing: int
    mean: float | None
    sd: float | None
    pair: Pair | None
    baseline: bool
    outliers: tuple[int, ...] = ()
    before: float | None = None
    notes: tuple[tuple[str, int], ...] = ()
    epochs_trained: float | None = None
    seconds: float | None = None
    rows_pair: Pair | None = None

    @classmethod
    def of(
        cls, trials: BlockScores, metric: str, i: int, arm: ArmSummary, pair: Pair | None
    ) -> "ArmRow":
        """The row of the i-th arm of a block in one metric."""
        labels = dict(zip(trials.axes, trials.arms[i], strict=True))
        cost = trials.cost(i)
        return cls(
            cell={**trials.cell, **labels},
            name=full_name(trials.arms[i]),
            label=full_name(labels[axis] for axis in trials.varying),
            rank=arm.rank,
            mean=arm.mean,
            sd=arm.sd,
            pair=pair,
            rows_pair=None,
            baseline=pair is None,
            outliers=tuple(trials.seeds[j] for j in arm.outliers),
            notes=() if metric in TRIAL_METRICS else tuple(trials.notes[i].items()),
            epochs_trained=cost.get("epochs_trained"),
            seconds=cost.get("seconds"),
            **trials.counts(metric, i),
        )

    @property
    def trials(self) -> int:
        """How many trials there should be."""
        return self.ok + self.diverged + self.at_chance + self.error + self.missing

    @property
    def verdict(self) -> str:
        """The verdict on its pair in words; empty for the baseline."""
        return verdict_in_words(self.pair) if self.pair else ""

    def judged(self, *kinds: str) -> bool:
        """Whether the verdict on its pair is of one of these kinds."""
        return self.pair is not None and self.pair.verdict.kind in kinds


def verdict_in_words(pair: Pair) -> str:
    """The verdict on a pair, and how often the two failed."""
    early = "overstates: stopped early" if pair.decided and pair.decided.overstates else ""
    return "; ".join(filter(None, [pair.verdict.words, early, pair.failures.words]))


def without_verdicts(comparison: Comparison) -> Comparison:
    """The comparison of values that are not comparable: no arm has a rank, no pair a verdict."""
    verdict = Verdict("not_comparable", "not comparable")
    return replace(
        comparison,
        arms=tuple(replace(arm, rank=None) for arm in comparison.arms),
        pairs=tuple(replace(pair, verdict=verdict) for pair in comparison.pairs),
    )


def versions_in_words(runs: Iterable[BlockScores]) -> str:
    """Where the trials of a comparison differ in what trained them; empty where they agree."""
    cells = [str(cell) for trials in runs for cell in trials.versions.flat if cell is not None]
    if len({*cells}) < 2:
        return ""
    groups = [
        f"{counted(n, 'trial')} with {what}" for what, n in versions_that_differ(cells).items()
    ]
    return (
        "These trials differ in what trained them, and may differ for that alone: "
        f"{'; '.join(groups)}."
    )


@dataclass(frozen=True)
class BlockReport:
    """The comparison of the arms of one block in one metric.

    `trials`: of the block, with its arms, its seeds and the cell that they share. `metric`, `part`:
    what was measured, and on which rows, empty if that is not known; `at`: after the `last` or the
    `best` epoch; `higher_is_better`: whether more of it is better. `rows`: an arm each, best first.
    `comparison`: the statistics, without verdicts where the values say nothing of the arms;
    `not_comparable`: why, in words, or empty. `scope`: what the verdicts are about. `test_rows`: of
    how many rows the scores were kept; 0 where of none. `rows_remarks`: what to know of them.
    `rates`: the learning rates that the arms chose; None where there was one for all.
    `test_to_train`: test rows over training rows, of several splits, or what takes its place.
    `together`: how the test rows were drawn, if not one by one.
    `reference`: what the differences are taken to, `baseline` or `before`. `without_activation`:
    scores on the same test rows of the best `constant` and a `linear` model, where they are known.
    `versions`: a sentence where trials differ in what trained them, else empty. `notes`: what else
    the reader should know.
    """

    trials: BlockScores
    metric: str
    part: str
    at: str
    higher_is_better: bool
    rows: tuple[ArmRow, ...]
    comparison: Comparison
    not_comparable: str = ""
    scope: Scope = "seeds"
    test_rows: int = 0
    rows_remarks: tuple[str, ...] = ()
    rates: "ChosenRates | None" = None
    test_to_train: float = 0.0
    together: DrawnTogether | None = None
    reference: str = "baseline"
    without_activation: Mapping[str, float] = field(default_factory=dict)
    versions: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rules(self) -> Rules:
        """What the arms were compared by."""
        return self.comparison.rules

    @property
    def seeds(self) -> int:
        """How many seeds the block has, or splits where the scope is splits."""
        return len(self.trials.seeds)

    @property
    def unpaired(self) -> bool:
        """Whether means are compared, because no seed pairs the runs."""
        return any(pair.unpaired for pair in self.comparison.pairs)

    @property
    def measured(self) -> str:
        """What was measured, and on which rows, as a title says it."""
        if self.metric in BEST_AT_ONE:
            return f"|ln {self.metric}|"
        of_the_trial = self.metric in TRIAL_METRICS and self.metric != SECONDS
        return self.metric if of_the_trial else f"{self.part} {self.metric}".strip()

    @property
    def column(self) -> str:
        """The column of the table with the metric."""
        if self.metric in TRIAL_METRICS:
            return column_of(self.metric)
        return f"{self.part}_{self.metric}" if self.part else self.metric

    @property
    def unit(self) -> str:
        """What the arms are paired by: "seed" or "split"; "run" where they are not paired."""
        if self.unpaired:
            return "run"
        return "split" if self.scope == "splits" else "seed"

    @property
    def reference_in_words(self) -> str:
        """What the differences are taken to, as a sentence says it."""
        return "the baseline" if self.reference == "baseline" else self.reference

    @property
    def better_than_linear(self) -> int | None:
        """How many arms have a better mean than a linear model; None where that is not known."""
        if "linear" not in self.without_activation:
            return None
        sign = 1.0 if self.higher_is_better else -1.0
        least = sign * self.without_activation["linear"]
        return sum(row.mean is not None and sign * row.mean > least for row in self.rows)

    @property
    def confidence(self) -> str:
        """The level of the intervals, such as `95%`."""
        return f"{100 * self.rules.level:.3g}%"

    @property
    def shows_rows(self) -> bool:
        """Whether the verdicts about these very rows have those about rows like these beside."""
        return any(row.rows_pair for row in self.rows)

    @property
    def settings(self) -> dict[str, Any]:
        """What the arms were compared by, for programs."""
        return {
            **self.trials.cell,
            "metric": self.column,
            "at": self.at,
            "higher_is_better": self.higher_is_better,
            "baseline": self.comparison.baseline,
            "scope": self.scope,
            "seeds": self.seeds,
            **({"unpaired": True} if self.unpaired else {}),
            "comparisons": self.comparison.comparisons,
            **asdict(self.rules),
        }

    @property
    def other_pairs(self) -> tuple[Pair, ...]:
        """The pairs without the baseline."""
        baseline = self.comparison.baseline
        pairs = self.comparison.pairs
        return tuple(pair for pair in pairs if baseline not in (pair.arm, pair.other))

    @property
    def title(self) -> str:
        """Where this was measured: the data set, the architecture and whatever else is fixed."""
        varying = self.trials.varying
        fixed = {k: v for k, v in self.rows[0].cell.items() if k not in varying}
        words = [fixed[key] for key in ("dataset", "architecture") if key in fixed]
        words += [f"{key} {fixed[key]}" for key in ("hidden", "output") if key in fixed]
        if self.trials.axes == ("optimizer",) and "optimizer" in fixed:
            words.append(fixed["optimizer"])
        return ", ".join(words)
