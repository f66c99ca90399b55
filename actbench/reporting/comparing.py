"""From the rows of trials to comparisons: one for each data set and architecture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.spec.keras_names import HIGHER_IS_BETTER
from actbench.spec.problems import listed, nearest
from actbench.statistics import Comparison, compare, default_rope

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("train", "val", "test")
ArmName = tuple[str, str]


@dataclass(frozen=True)
class BlockReport:
    """The comparison of the arms of one block in one metric.

    `arms` are (hidden, output) labels in the order of the trials; `scores` are arms x seeds in
    the metric's own unit, NaN where an arm did not train. `comparison` is None where there is a
    single arm. `statuses` count ok, diverged and error for each arm.
    """

    dataset: str
    architecture: str
    metric: str
    split: str
    seeds: tuple[int, ...]
    arms: tuple[ArmName, ...]
    baseline: int
    comparison: Comparison | None
    scores: NDArray[np.float64]
    statuses: tuple[dict[str, int], ...]

    @property
    def higher_is_better(self) -> bool:
        """Whether more of the metric is better."""
        return self.metric in HIGHER_IS_BETTER


def metrics_of(frame: "pd.DataFrame", split: str) -> list[str]:
    """The metrics that the table holds for a split, the loss last."""
    found = [c.removeprefix(f"{split}_") for c in frame.columns if c.startswith(f"{split}_")]
    return sorted((m for m in found if m != "seconds"), key=lambda metric: metric == "loss")


def report(
    frame: "pd.DataFrame",
    *,
    metric: str | None = None,
    split: str = "test",
    baseline: Mapping[str, str] | None = None,
) -> tuple[BlockReport, ...]:
    """Compare the arms of every block in `frame`, the rows of a `trials.csv`.

    Without `metric` each block is compared in its first metric beside the loss. `baseline` names
    the arm that the others are compared with, by hidden label, output label or both; by default
    the first arm.

    Raises:
        ResultsError: the metric or the baseline is not there.
    """
    _check_metric(frame, metric, split)
    return tuple(_block(rows, metric, split, baseline or {}) for rows in _blocks(frame))


def _check_metric(frame: "pd.DataFrame", metric: str | None, split: str) -> None:
    known = metrics_of(frame, split)
    if not known:
        hint = "; a validation split needs `validation` in the data set" if split == "val" else ""
        raise ResultsError(f"these trials have no {split} metrics{hint}")
    if metric is not None and metric not in known:
        near = nearest(metric, known)
        raise ResultsError(f"expected a {split} metric ({listed(known)}), got '{metric}'{near}")


def _blocks(frame: "pd.DataFrame") -> Iterator["pd.DataFrame"]:
    for _, rows in frame.groupby(["dataset", "architecture"], sort=False):
        yield rows


def _block(
    rows: "pd.DataFrame", metric: str | None, split: str, baseline: Mapping[str, str]
) -> BlockReport:
    metric = metric or _first_metric(rows, split)
    arms = tuple(dict.fromkeys(_arm_of_each(rows)))
    seeds = tuple(dict.fromkeys(int(seed) for seed in rows["seed"]))
    scores, failed = _scores(rows, f"{split}_{metric}", arms, seeds)
    base = _baseline_row(arms, baseline)
    return BlockReport(
        dataset=str(rows["dataset"].iloc[0]),
        architecture=str(rows["architecture"].iloc[0]),
        metric=metric,
        split=split,
        seeds=seeds,
        arms=arms,
        baseline=base,
        comparison=_compare(scores, failed, arms, base, metric) if len(arms) > 1 else None,
        scores=scores,
        statuses=_statuses(rows, arms),
    )


def _compare(
    scores: NDArray[np.float64],
    failed: NDArray[np.bool_],
    arms: tuple[ArmName, ...],
    baseline: int,
    metric: str,
) -> Comparison:
    return compare(
        scores,
        baseline,
        higher_is_better=metric in HIGHER_IS_BETTER,
        names=[" / ".join(arm) for arm in arms],
        rope=default_rope(metric),
        failed=failed,
    )


def _first_metric(rows: "pd.DataFrame", split: str) -> str:
    known = metrics_of(rows, split)
    measured = [m for m in known if rows[f"{split}_{m}"].notna().any()]
    return (measured or known)[0]


def _arm_of_each(rows: "pd.DataFrame") -> list[ArmName]:
    return list(zip(rows["hidden"].astype(str), rows["output"].astype(str), strict=True))


def _scores(
    rows: "pd.DataFrame", column: str, arms: tuple[ArmName, ...], seeds: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores and failures, arms x seeds; a trial that is not there is neither."""
    scores = np.full((len(arms), len(seeds)), np.nan)
    failed = np.zeros(scores.shape, dtype=bool)
    arm_at = {arm: i for i, arm in enumerate(arms)}
    seed_at = {seed: j for j, seed in enumerate(seeds)}
    where = [arm_at[arm] for arm in _arm_of_each(rows)]
    when = [seed_at[int(seed)] for seed in rows["seed"]]
    scores[where, when] = rows[column].to_numpy(dtype=float)
    failed[where, when] = (rows["status"] == "diverged").to_numpy()
    scores[failed] = np.nan
    return scores, failed


def _baseline_row(arms: tuple[ArmName, ...], baseline: Mapping[str, str]) -> int:
    hidden, output = baseline.get("hidden"), baseline.get("output")
    for i, arm in enumerate(arms):
        if (hidden is None or arm[0] == hidden) and (output is None or arm[1] == output):
            return i
    raise ResultsError(_no_such_arm(arms, hidden, output))


def _no_such_arm(arms: tuple[ArmName, ...], hidden: str | None, output: str | None) -> str:
    words = []
    for name, label, there in (
        ("hidden", hidden, [arm[0] for arm in arms]),
        ("output", output, [arm[1] for arm in arms]),
    ):
        if label is not None:
            known = dict.fromkeys(there)
            words.append(f"{name}={label} (there are {listed(known)}{nearest(label, known)})")
    return f"expected a baseline among the arms, got {' and '.join(words)}"


def _statuses(rows: "pd.DataFrame", arms: tuple[ArmName, ...]) -> tuple[dict[str, int], ...]:
    counts = {arm: {"ok": 0, "diverged": 0, "error": 0} for arm in arms}
    for arm, status in zip(_arm_of_each(rows), rows["status"].astype(str), strict=True):
        counts[arm][status] = counts[arm].get(status, 0) + 1
    return tuple(counts.values())
