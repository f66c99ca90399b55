"""Compares the arms of every block with its baseline, in every metric asked for."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actbench.errors import ResultsError
from actbench.reporting.block_report import (
    ArmRow,
    BlockReport,
    versions_in_words,
    without_verdicts,
)
from actbench.reporting.block_scores import (
    ArmName,
    BlockScores,
    check_comparable,
    full_name,
    metrics_of,
    read_blocks,
)
from actbench.reporting.chosen_rates import chosen_rates, has_chosen_rates
from actbench.reporting.chosen_trials import ChosenTrials
from actbench.reporting.question import Question
from actbench.reporting.row_differences import BlockRows, read_rows
from actbench.results.side_files import DrawnTogether
from actbench.spec.trial_metrics import PREDICT_SECONDS, TRIAL_METRICS
from actbench.statistics import (
    Comparison,
    Decision,
    compare,
    compare_over_rows,
    compare_over_splits,
    compare_unpaired,
)
from actbench.wording import counted, listed, nearest

# Where the rates themselves are not listed below the table.
_CHOSEN_RATES = (
    "Each arm at a learning rate that was chosen for it. Where one choice served several seeds, "
    "its uncertainty is not in the interval."
)


def compare_with_baseline(trials: ChosenTrials, question: Question) -> tuple[BlockReport, ...]:
    """Compare the arms of every block with its baseline.

    Raises:
        ResultsError: there is no such metric or baseline, no trial has a value, the direction of a
            metric is not known, the trials of a block were trained in different ways, or options
            contradict each other.
    """
    question.check(trials.looks)
    _check_metrics(trials, question)
    check_comparable(trials.frame, question.axes)
    blocks = read_blocks(trials.frame, question.axes, question.rows)
    chosen = [(block, metric) for block in blocks for metric in _metrics(block, question)]
    if not chosen:
        names = listed(question.metrics or (m for m in blocks[0].metrics if m not in TRIAL_METRICS))
        raise ResultsError(
            f"no trial that trained has a value for {question.rows} {names}, so there is "
            "nothing to compare; are the cells of the table empty?"
        )
    question.check_metrics([metric for _, metric in chosen])
    if question.by != "arm" and all(len(block.arms) == 1 for block, _ in chosen):
        (only,) = chosen[0][0].arms[0]
        raise ResultsError(
            f"--by {question.by}: expected several to compare that share everything else, got only "
            f"{only}; leave --by out to compare the arms"
        )
    return tuple(_report(block, metric, trials, question) for block, metric in chosen)


def _check_metrics(trials: ChosenTrials, question: Question) -> None:
    metrics = metrics_of(trials.frame, question.rows)
    of_rows = set(question.metrics) - set(TRIAL_METRICS) or not question.metrics
    if of_rows and not set(metrics) - set(TRIAL_METRICS):
        validation = "; a validation split needs `validation` in the data set"
        hint = validation if question.rows == "val" else ""
        raise ResultsError(f"these trials have no {question.rows} metrics{hint}")
    for metric in question.metrics:
        if metric == PREDICT_SECONDS and metric not in metrics:
            raise ResultsError(
                f"{metric}: not measured in these trials; it is in those of a spec with "
                "`diagnostics: true` that were trained alone, by `actbench run --jobs 1`"
            )
        if metric not in metrics:
            raise ResultsError(
                f"expected a {question.rows} metric ({listed(metrics)}), "
                f"got '{metric}'{nearest(metric, metrics)}"
            )


def _metrics(block: BlockScores, question: Question) -> list[str]:
    """The metrics of the question that this block has; if it names none, its first score."""
    if question.metrics:
        return [metric for metric in question.metrics if metric in block.measured]
    return block.scored[:1]


def _report(
    block: BlockScores, metric: str, trials: ChosenTrials, question: Question
) -> BlockReport:
    baseline, notes = _baseline(block, trials, question)
    rates = chosen_rates(block, metric, baseline, trials.rates, question)
    if not rates and has_chosen_rates(trials.frame, block):
        notes += (_CHOSEN_RATES,)
    higher_is_better = bool(question.direction(metric))
    comparison = _comparison(block, metric, baseline, trials, question)
    not_comparable = block.why_not_comparable(metric)
    if not_comparable:
        comparison = without_verdicts(comparison)
    rows, over_rows = _over_rows(block, metric, comparison, trials, question)
    if over_rows and trials.scope == "rows":
        comparison, over_rows = over_rows, None
    return BlockReport(
        trials=block,
        metric=metric,
        part=_part(metric, question),
        at=question.at,
        higher_is_better=higher_is_better,
        rows=_rows(block, metric, comparison, over_rows, -1.0 if higher_is_better else 1.0),
        comparison=comparison,
        not_comparable=not_comparable,
        scope=trials.scope,
        test_to_train=_test_to_train(block, trials),
        together=_together(block, trials),
        test_rows=rows.count if rows else 0,
        rows_remarks=tuple(_rows_remarks(rows)) if rows else (),
        without_activation=_without_activation(block, metric, trials, question),
        rates=rates,
        versions=versions_in_words([block]),
        notes=notes,
    )


def _part(metric: str, question: Question) -> str:
    """The rows that a metric was measured on; empty where the table does not say it."""
    if question.made_elsewhere:
        return ""
    return "train" if metric in TRIAL_METRICS else question.rows


def _comparison(
    block: BlockScores, metric: str, baseline: int, trials: ChosenTrials, question: Question
) -> Comparison:
    """The arms of a block compared, over its seeds or its splits."""
    values: dict[str, Any] = {
        "higher_is_better": bool(question.direction(metric)),
        "names": [full_name(arm) for arm in block.arms],
        "diverged": block.failed(metric),
        "at_chance": block.at_chance(metric),
        "rules": question.rules(metric, len(block.arms) - 1, trials.looks),
    }
    if question.unpaired:
        return _unpaired(block, metric, baseline, values)
    scores, test_to_train = block.scores(metric), _test_to_train(block, trials)
    if test_to_train:
        return compare_over_splits(scores, baseline, test_to_train=test_to_train, **values)
    decided = _decided(block, metric, baseline, trials, question)
    return compare(scores, baseline, at_floor=block.at_floor(metric), decided=decided, **values)


def _unpaired(block: BlockScores, metric: str, baseline: int, values: dict[str, Any]) -> Comparison:
    """The means of arms whose runs no seed pairs.

    Raises:
        ResultsError: a run diverged, and without a partner it has no place among the differences.
    """
    if values.pop("diverged").any():
        raise ResultsError(
            f"--unpaired compares means, and on {block.name} some {metric} is NaN or infinite: a "
            "run that diverged has no mean, and without it the arm would look better than it is. "
            "Give the runs a --seed that pairs them, where it counts as its seed's worst outcome"
        )
    del values["at_chance"]
    return compare_unpaired(block.scores(metric), baseline, **values)


def _test_to_train(block: BlockScores, trials: ChosenTrials) -> float:
    """Test rows over training rows of the splits of a block; 0 where it has the usual split."""
    return trials.test_to_train.get(block.cell.get("dataset", ""), 0.0)


def _together(block: BlockScores, trials: ChosenTrials) -> DrawnTogether | None:
    return trials.together.get(block.cell.get("dataset", ""))


def _over_rows(
    block: BlockScores,
    metric: str,
    comparison: Comparison,
    trials: ChosenTrials,
    question: Question,
) -> tuple[BlockRows | None, Comparison | None]:
    """The rows of a block, and its comparison for rows like these; None where there are none.

    Raises:
        ResultsError: the question is about rows, and there are none in this metric.
    """
    in_question = trials.scope == "rows"
    on_test = question.rows == "test" and question.at == "last" and metric not in TRIAL_METRICS
    if not in_question and not (on_test and trials.looks is None and any(trials.rows)):
        return None, None
    higher_is_better = bool(question.direction(metric))
    together = _together(block, trials)
    rows = read_rows(
        block, metric, trials.rows, higher_is_better=higher_is_better, together=together
    )
    if in_question and together:
        raise ResultsError(
            f"--scope rows: {rows.why_none} ({block.name}). `splits` in the spec draws them anew"
        )
    if in_question and rows.why_none:
        raise ResultsError(
            f"--scope rows: {rows.why_none} ({metric} on {block.name}). A run keeps the scores of "
            "its test rows in rows.npz, in the loss and in metrics that are means over rows, such "
            "as accuracy and mae; results of an older version need `actbench run --fresh`"
        )
    if not rows.count:
        return rows, None
    return rows, compare_over_rows(comparison, rows.of_pairs(comparison))


def _rows_remarks(rows: BlockRows) -> Iterator[str]:
    """What to know of the rows below a table."""
    if rows.why_none:
        yield f"Nothing is said of rows like these: {rows.why_none}."
    elif rows.lost:
        yield (
            f"No rows of {counted(rows.lost, 'trial')} (not kept, or damaged): what is said of "
            "rows like these is over the other seeds."
        )


def _without_activation(
    block: BlockScores, metric: str, trials: ChosenTrials, question: Question
) -> Mapping[str, float]:
    """The scores of models without any activation in what the block was measured by, by model."""
    if question.rows != "test" or question.at != "last":
        return {}
    key = (block.cell.get("dataset"), metric)
    return {one.model: one.score for one in trials.references if (one.dataset, one.metric) == key}


def _decided(
    block: BlockScores, metric: str, baseline: int, trials: ChosenTrials, question: Question
) -> Mapping[str, Decision]:
    """What the looks of a run until decided settled, by arm.

    The looks compared test rows with the spec's baseline, and settled nothing else.
    """
    labels = {axis: label for axis, label in trials.baseline.items() if axis in block.axes}
    of_the_run = block.matching(labels, trials.activations)[:1] == [baseline]
    if trials.looks is None or not of_the_run or question.rows != "test":
        return {}
    return trials.looks.decisions(block.name, metric, len(block.arms) - 1)


def _rows(
    block: BlockScores,
    metric: str,
    comparison: Comparison,
    over_rows: Comparison | None,
    sign: float,
) -> tuple[ArmRow, ...]:
    """The rows of a block, best first: by rank, then arms at their floor last, then by mean.

    `over_rows`: the same comparison for rows like these, to stand beside it. `sign`: −1 where more
    of the metric is better, else 1.
    """
    at_floor = block.at_floor(metric)

    def place(i: int) -> tuple[float, bool, float]:
        arm = comparison.arms[i]
        return arm.rank or math.inf, at_floor[i], math.inf if arm.mean is None else sign * arm.mean

    def row(i: int) -> ArmRow:
        arm = comparison.arms[i]
        own = ArmRow.of(block, metric, i, arm, comparison.against_baseline(arm.name))
        beside = over_rows.against_baseline(arm.name) if over_rows else None
        # Without pairs an arm may have fewer runs than another, and none is missing.
        return replace(own, rows_pair=beside, missing=0 if unpaired else own.missing)

    unpaired = any(pair.unpaired for pair in comparison.pairs)
    return tuple(map(row, sorted(range(len(comparison.arms)), key=place)))


def _baseline(
    block: BlockScores, trials: ChosenTrials, question: Question
) -> tuple[int, tuple[str, ...]]:
    """The baseline's position, and a note if the one that the spec names is not in the block."""
    chosen = _chosen_baseline(block, trials, question)
    labels = chosen or {k: v for k, v in trials.baseline.items() if k in block.axes}
    fitting = block.matching(labels, trials.activations)
    if fitting:
        return fitting[0], ()
    if chosen:
        raise ResultsError(_no_such_arm(block.arms, block.axes, labels))
    missing, first = full_name(tuple(labels.values())), full_name(block.arms[0])
    return 0, (f"The spec's baseline {missing} is not among these arms: {first} stands in for it.",)


def _chosen_baseline(
    block: BlockScores, trials: ChosenTrials, question: Question
) -> Mapping[str, str]:
    """The baseline that the question names, by axis; a bare name is that of the axis that has it.

    Where both axes have it, the one with several candidates counts.
    """
    if not (name := question.baseline_name):
        return question.baseline
    candidates = dict(zip(block.axes, map(set, zip(*block.arms, strict=True)), strict=True))
    fitting = [axis for axis in block.axes if block.matching({axis: name}, trials.activations)]
    axes = [axis for axis in fitting if len(candidates[axis]) > 1] or fitting[:1]
    if len(axes) > 1:
        choices = " or ".join(f"{axis}={name}" for axis in axes)
        raise ResultsError(f"--baseline: '{name}' names several candidates; write {choices}")
    return dict.fromkeys(axes or block.axes, name)


def _no_such_arm(arms: Sequence[ArmName], axes: Sequence[str], named: Mapping[str, str]) -> str:
    words = []
    for axis, labels in zip(axes, zip(*arms, strict=True), strict=True):
        if axis in named:
            different = dict.fromkeys(labels)
            near = nearest(named[axis], different)
            words.append(f"{axis}={named[axis]} (there are {listed(different)}{near})")
    return f"expected a baseline among the arms, got {' and '.join(words)}"
