"""The question that a comparison answers: its options, and the rules that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from actbench.errors import ResultsError
from actbench.results.runs_table import ARM
from actbench.results.side_files import Looks
from actbench.spec.keras_names import higher_is_better
from actbench.spec.trial_metrics import TRIAL_METRICS
from actbench.statistics import ALPHA, Rules, default_rope
from actbench.wording import Scope, listed

DIRECTIONS = "say --higher-is-better or --lower-is-better"


def direction_unknown(metric: str) -> str:
    """That the name of a metric does not say whether more of it is better."""
    return f"the name '{metric}' does not say whether more or less of it is better"


@dataclass(frozen=True)
class Question:
    """How to compare.

    `metrics`: each gives a table of its own; empty means the first metric that is not the loss.
    `part`: the rows that they are measured on: `train`, `val` or `test`; None means `test`, or
    `val` for `at="best"`.
    `at`: `last` epoch, or `best`, the epoch with the lowest validation loss.
    `by`: what the candidates are; everything else is the same within a block.
    `baseline`: labels of the candidate that the others are compared with, by axis. Where it is
    empty the spec's baseline counts. `baseline_name`: the name alone, of the axis that has it.
    `rope`, `min_effect`: in the metric's own unit. `alpha`: None means 0.05.
    `higher_is_better`: the direction of a metric whose name does not tell it.
    `filters`: `column=value`; only trials that fit are compared.
    `scope`: what the verdicts are about; None means splits where there are several, else seeds.
    `made_elsewhere`: the trials are a table of runs with one column of arms and one score.
    `test_to_train`: test rows over training rows, of such a table's splits. `unpaired`: compare
    means, because no seed pairs the runs of such a table.
    """

    metrics: tuple[str, ...] = ()
    part: str | None = None
    at: str = "last"
    by: str = "arm"
    baseline: Mapping[str, str] = field(default_factory=dict)
    baseline_name: str = ""
    rope: float | None = None
    min_effect: float | None = None
    alpha: float | None = None
    all_pairs: bool = False
    higher_is_better: bool | None = None
    filters: tuple[str, ...] = ()
    scope: Scope | None = None
    made_elsewhere: bool = False
    test_to_train: float | None = None
    unpaired: bool = False

    @property
    def rows(self) -> str:
        """The part of the data that the metrics are measured on."""
        return self.part or ("val" if self.at == "best" else "test")

    @property
    def axes(self) -> tuple[str, ...]:
        """The columns that tell the candidates apart."""
        if self.made_elsewhere:
            return (ARM,)
        return ("hidden", "output") if self.by == "arm" else (self.by,)

    def check(self, looks: Looks | None) -> None:
        """Refuse options that contradict each other, or a run until decided with these `looks`.

        Raises:
            ResultsError: two options contradict each other, or a number is out of its range; or
                another alpha is asked of a run until decided, or other pairs than it decided.
        """
        if self.at == "best" and self.rows == "test":
            raise ResultsError(
                "--at best and --split test do not go together: the test rows are measured once, "
                "after the last epoch, or with early stopping by the best epoch's weights; use "
                "--split val or --split train, or leave --at out"
            )
        if self.at == "best" and (whole := [m for m in self.metrics if m in TRIAL_METRICS]):
            raise ResultsError(
                f"--at best and --metric {whole[0]} do not go together: {whole[0]} is that of the "
                "whole training; leave --at out"
            )
        if self.alpha is not None and not 0 < self.alpha < 1:
            raise ResultsError(f"--alpha: expected a level between 0 and 1, got {self.alpha:g}")
        for option, size in self._sizes:
            if size is not None and not 0 < size < float("inf"):
                raise ResultsError(
                    f"{option}: expected a difference above 0, in the metric's own unit, "
                    f"got {size:g}"
                )
        for axis in self.baseline:
            if axis not in self.axes:
                raise ResultsError(
                    f"--baseline {axis}=… and --by {self.by} do not go together: the candidates "
                    f"differ in {' and '.join(self.axes)}"
                )
        self._check_scope(looks)
        if looks and self.alpha not in (None, looks.alpha):
            raise ResultsError(
                f"--alpha {self.alpha:g}: this run stopped when it was decided at alpha "
                f"{looks.alpha:g}, spent over its looks; another level needs another run"
            )
        if looks and self.all_pairs:
            raise ResultsError(
                "--all-pairs: this run stopped when the comparisons with the baseline were "
                "decided; other pairs cannot be tested on it"
            )

    def _check_scope(self, looks: Looks | None) -> None:
        self._check_splits()
        if self.scope == "rows" and (self.at == "best" or self.rows != "test"):
            raise ResultsError(
                f"--scope rows is about test rows, and these are the {self.rows} metrics; scores "
                "of single rows are kept of the test rows alone"
            )
        if self.scope == "rows" and looks:
            raise ResultsError(
                f"--scope {self.scope}: this run stopped when its seeds were decided, and its "
                "looks spent alpha on these very test rows; other verdicts need a run with a fixed "
                "number of seeds"
            )

    def _check_splits(self) -> None:
        """Refuse a scope that a table of runs does not allow, or that lacks its number of rows."""
        ratio = self.test_to_train
        if self.made_elsewhere and self.scope == "rows":
            raise ResultsError("--scope rows needs the scores of single rows: the table has none")
        if self.made_elsewhere and self.scope == "splits" and ratio is None:
            raise ResultsError(
                "--scope splits needs --test-to-train, the test rows over the training rows of a "
                "split: 0.25 for five folds, 0.111 for ten"
            )
        if ratio is not None and not 0 < ratio <= 1:
            raise ResultsError(
                "--test-to-train: expected the test rows over the training rows of a split, above "
                f"0 and at most 1, got {ratio:g}; for k folds it is 1/(k - 1), 0.111 for ten"
            )
        if ratio is not None and not (self.made_elsewhere and self.scope == "splits"):
            raise ResultsError(
                "--test-to-train goes with --scope splits on a table that was made elsewhere"
            )
        if self.unpaired and not self.made_elsewhere:
            raise ResultsError("--unpaired goes with a table that was made elsewhere")
        if self.unpaired and self.scope == "splits":
            raise ResultsError(
                "--unpaired and --scope splits do not go together: arms on the same splits are "
                "paired by split"
            )

    def direction(self, metric: str) -> bool | None:
        """Whether more of this metric is better, by its name or else by the options."""
        by_name = higher_is_better(metric)
        return self.higher_is_better if by_name is None else by_name

    def check_metrics(self, metrics: Sequence[str]) -> None:
        """Refuse metrics of no known direction, and a size in the unit of one if there are several.

        Raises:
            ResultsError: neither the name nor an option says whether more is better, or they
                contradict each other; or a ROPE or an effect is given for several metrics.
        """
        different = list(dict.fromkeys(metrics))
        for option, size in self._sizes:
            if size is not None and len(different) > 1:
                raise ResultsError(
                    f"{option} {size:g} is in the unit of one metric, and here are "
                    f"{listed(different)}; name one with --metric"
                )
        for metric in different:
            direction = self.direction(metric)
            if direction is None:
                raise ResultsError(f"{direction_unknown(metric)}: {DIRECTIONS}")
            if self.higher_is_better not in (None, direction):
                option, truth = ("lower", "more") if direction else ("higher", "less")
                raise ResultsError(
                    f"--{option}-is-better: {truth} of {metric} is better; leave the option out"
                )

    @property
    def _sizes(self) -> tuple[tuple[str, float | None], ...]:
        return ("--rope", self.rope), ("--min-effect", self.min_effect)

    def rules(self, metric: str, comparisons: int, looks: Looks | None) -> Rules:
        """The rules for one block, with so many comparisons with the baseline.

        Those of a run until decided are the rules of the last look that it took.
        """
        rope = looks.rope if looks and self.rope is None else self.rope
        if rope is None and not self.made_elsewhere:  # whose accuracies may be percents
            rope = default_rope(metric)
        if looks:
            return looks.rules(looks.taken, comparisons, rope, self.min_effect)
        alpha = self.alpha or ALPHA
        return Rules(
            alpha=alpha,
            level=1 - alpha,
            rope=rope,
            min_effect=self.min_effect,
            all_pairs=self.all_pairs,
        )
