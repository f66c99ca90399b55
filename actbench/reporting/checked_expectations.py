"""What a spec expects under `expect`, checked on its trials."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.reporting.block_scores import BlockScores, full_name, read_blocks
from actbench.reporting.chosen_trials import Activations
from actbench.reporting.question import DIRECTIONS, Question, direction_unknown
from actbench.reporting.row_differences import BlockRows, read_rows
from actbench.reporting.split_means import has_splits, split_means
from actbench.results.kept_rows import KeptRows
from actbench.results.side_files import DrawnTogether, Looks, SideFiles, drawn_together
from actbench.spec.expectation import Expectation
from actbench.spec.trial_metrics import TRIAL_METRICS
from actbench.statistics import (
    ALPHA,
    Finding,
    Hypothesis,
    PairedDifferences,
    evaluate,
    evaluate_over_rows,
    evaluate_over_splits,
    pair_scores,
    student_look_levels,
)
from actbench.wording import Scope

if TYPE_CHECKING:
    import pandas as pd

_DEFAULT_QUESTION = Question()
_NO_ROWS = KeptRows()
# After the sentence of an expectation, by its scope.
_FOR: Mapping[Scope, str] = {"seeds": "", "rows": " for rows like these", "splits": " over splits"}


@dataclass(frozen=True)
class CheckedExpectation:
    """An expectation about two arms of one block: its sentence, and what was found.

    `place`: the expectation's position in the spec's list. `unit`: what the two are paired by.
    """

    place: int
    sentence: str
    finding: Finding
    unit: str = "seed"

    @property
    def refuted(self) -> bool:
        """Whether the opposite is supported."""
        return self.finding.status == "refuted"

    @property
    def words(self) -> str:
        """The sentence, the status and the numbers."""
        over = self.finding.interval and not self.finding.diverged
        replicates = f", over {self.finding.n} {self.unit}s" if over else ""
        return f"{self.sentence}: {self.finding.words}{replicates}"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        low, high = self.finding.interval or (None, None)
        return {
            "expected": self.sentence,
            "status": self.finding.status,
            "n": self.finding.n,
            "diverged": self.finding.diverged,
            "difference": self.finding.difference,
            "low": low,
            "high": high,
            "level": self.finding.level,
            "seeds_needed": self.finding.seeds_needed,
        }


@dataclass(frozen=True)
class _Claim:
    """A sentence about two arms, and their differences by seed, positive = the first is better.

    `over_rows`: the same as seeds x rows, for a claim about rows like these, or why there are none,
    in words; None for a claim about these very rows. `test_to_train`: of several splits, which
    the differences are then of, the test rows over the training rows. `seeds`: at the look of a run
    until decided that the differences are judged at; None for any other run. `obstacle`: why these
    differences decide nothing, in words; empty where they may.
    """

    place: int
    sentence: str
    hypothesis: Hypothesis
    differences: PairedDifferences
    seeds: int | None
    obstacle: str
    over_rows: NDArray[np.float64] | str | None = None
    test_to_train: float = 0.0

    def checked(self, claims: int, looks: Looks | None) -> CheckedExpectation:
        """What the differences say, at an equal share of alpha for so many claims."""
        alpha = ALPHA
        if looks and self.seeds is not None:
            levels = student_look_levels(looks.looks, looks.alpha / claims)
            alpha = claims * levels[looks.looks.index(self.seeds)]
        if self.over_rows is not None:
            finding = evaluate_over_rows(self.over_rows, self.hypothesis, share=alpha / claims)
        elif self.test_to_train:
            finding = evaluate_over_splits(
                self.differences, self.hypothesis, self.test_to_train, share=alpha / claims
            )
        else:
            (finding,) = evaluate(
                [self.differences], [self.hypothesis], alpha=alpha, comparisons=claims
            )
        if self.obstacle:
            finding = replace(
                finding,
                status="undecided",
                difference=None,
                interval=None,
                seeds_needed=None,
                words=f"undecided: {self.obstacle}",
            )
        unit = "split" if self.test_to_train else "seed"
        return CheckedExpectation(self.place, self.sentence, finding, unit)


def check_expectations(
    frame: "pd.DataFrame",
    spec: SideFiles,
    question: Question = _DEFAULT_QUESTION,
    kept: KeptRows = _NO_ROWS,
) -> tuple[CheckedExpectation, ...]:
    """Check every expectation of a spec on every block that has its arms.

    An arm that leaves an axis open (`{output: tanh}` where several hidden activations were
    trained) stands for several; each is compared with the arm that agrees with it there. All
    claims share alpha equally. In a run until decided they are judged at the look that decided
    the arm, as the table is, or else at the last look, and share what that look leaves of alpha.
    Times of trials that were not trained alone decide nothing, nor does a metric if neither its
    name nor the question says whether more of it is better. `kept`: the scores of single test rows,
    for claims about rows like these.
    """
    together = drawn_together([spec], frame["dataset"].astype(str).unique())
    means = split_means(frame, together) if has_splits(frame) else None
    ratios = means.test_to_train if means else {}
    tables = _Tables(means.frame if means else frame, spec, question, kept, ratios, together)
    claims = [
        claim
        for place, expectation in enumerate(spec.expect)
        for claim in _claims(tables, place, expectation)
    ]
    return tuple(claim.checked(len(claims), spec.looks) for claim in claims)


@dataclass(frozen=True)
class _Tables:
    """What the claims of a spec are checked on.

    `frame`: one row a trial, or of several splits a split's mean. `kept`: the scores of single test
    rows. `test_to_train`, `together`: of each data set, as in `ChosenTrials`.
    """

    frame: "pd.DataFrame"
    spec: SideFiles
    question: Question
    kept: KeptRows
    test_to_train: Mapping[str, float]
    together: Mapping[str, DrawnTogether]

    def rows_of(self, block: BlockScores, metric: str) -> BlockRows:
        """The differences of single test rows in a block."""
        together = self.together.get(block.cell.get("dataset", ""))
        better = bool(self.question.direction(metric))
        return read_rows(block, metric, [self.kept], higher_is_better=better, together=together)

    def obstacle(self, block: BlockScores, metric: str, scope: Scope) -> str:
        """Why the differences in a block decide nothing, in words; empty where they may."""
        if self.question.direction(metric) is None:
            return f"{direction_unknown(metric)}; {DIRECTIONS}"
        splits = bool(self.test_to_train)
        return block.why_not_comparable(metric) or _no_such_scope(scope, self.spec, splits=splits)


def _claims(tables: _Tables, place: int, expectation: Expectation) -> Iterator[_Claim]:
    """The expectation on every block; an architecture that it names is part of the arm."""
    first, second = (arm.model_dump(exclude_none=True) for arm in expectation.references().values())
    axes = ["hidden", "output", *(["architecture"] if "architecture" in first | second else [])]
    whole = expectation.metric in TRIAL_METRICS  # of the trial, whatever rows are named
    rows = "" if whole or expectation.split == "test" else f"{expectation.split} "
    hypothesis = _hypothesis(expectation)
    scope = expectation.scope or ("splits" if tables.test_to_train else "seeds")
    blocks = read_blocks(tables.frame, axes, expectation.split)
    for block in blocks:
        metric = expectation.metric or next(iter(block.scored), None)
        if metric not in block.measured:
            continue
        scores = block.scores(metric) * (1 if tables.question.direction(metric) else -1)
        about_rows = scope == "rows" and not tables.test_to_train
        of_rows = tables.rows_of(block, metric) if about_rows else None
        on = f" on {', '.join(block.cell.values())}" if len(blocks) > 1 else ""
        for one, other in _pairs(block, first, second, tables.spec.activations):
            names = full_name(block.arms[one]), full_name(block.arms[other])
            seeds = _look_of(block, metric, (one, other), expectation, tables.spec)
            yield _Claim(
                place=place,
                sentence=_sentence(hypothesis, *names, f"{rows}{metric}") + on + _FOR[scope],
                hypothesis=hypothesis,
                differences=pair_scores(
                    *scores[[one, other], :seeds],
                    *block.failed(metric)[[one, other], :seeds],
                ),
                seeds=seeds,
                obstacle=tables.obstacle(block, metric, scope),
                test_to_train=tables.test_to_train.get(block.cell.get("dataset", ""), 0.0),
                over_rows=of_rows.differences(one, other) if of_rows else None,
            )


def _no_such_scope(scope: Scope, spec: SideFiles, *, splits: bool) -> str:
    """Why nothing can be said in this scope, in words; empty where it can."""
    if scope == "splits" and not splits:
        return "these results have no splits"
    if scope != "splits" and splits:
        return f"the scope {scope} is about one split, and these results have several"
    if scope == "rows" and spec.looks:
        return "the run stopped when its seeds were decided, which says nothing of other rows"
    return ""


def _look_of(
    block: BlockScores,
    metric: str,
    arms: tuple[int, int],
    expectation: Expectation,
    spec: SideFiles,
) -> int | None:
    """The seeds at the look that decided one of two arms against the other, or at the last look."""
    if spec.looks is None:
        return None
    baseline = block.matching(
        {axis: label for axis, label in spec.baseline.items() if axis in block.axes},
        spec.activations,
    )
    names = [full_name(block.arms[arm]) for arm in arms if arm not in baseline[:1]]
    decisions = spec.looks.decisions(block.name, metric, len(block.arms) - 1)
    if expectation.split == "test" and len(names) == 1 and names[0] in decisions:
        return decisions[names[0]].seeds
    return spec.looks.taken


def _hypothesis(expectation: Expectation) -> Hypothesis:
    if expectation.equivalent is not None:
        return Hypothesis("equivalent", expectation.within or 0.0)
    return Hypothesis("worse" if expectation.better is None else "better", expectation.by or 0.0)


def _sentence(hypothesis: Hypothesis, one: str, other: str, metric: str) -> str:
    if hypothesis.kind == "equivalent":
        return f"{one} equivalent to {other} in {metric} within {hypothesis.margin:g}"
    by = f" by more than {hypothesis.margin:g}" if hypothesis.margin else ""
    return f"{one} {hypothesis.kind} than {other} in {metric}{by}"


def _pairs(
    block: BlockScores,
    first: Mapping[str, str],
    second: Mapping[str, str],
    activations: Activations,
) -> Iterator[tuple[int, int]]:
    """The arms that fit, as positions; they agree in every axis that neither side names."""
    open_axes = [i for i, axis in enumerate(block.axes) if axis not in {*first, *second}]
    others = block.matching(second, activations)
    for one in block.matching(first, activations):
        for other in others:
            a, b = block.arms[one], block.arms[other]
            if one != other and all(a[i] == b[i] for i in open_axes):
                yield one, other
