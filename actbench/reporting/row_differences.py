"""The differences between two arms on every test row, by seed, for verdicts about rows like these.

They come from the `rows.npz` beside each table. What keeps a pair from such a verdict is said in
words: an arm that diverged, rows that were not kept or not drawn one by one, a metric that is no
mean over rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.reporting.block_scores import BlockScores
from actbench.results.journal import DIVERGED, OK
from actbench.results.kept_rows import KeptRows
from actbench.results.side_files import DrawnTogether
from actbench.spec.trial_metrics import TRIAL_METRICS
from actbench.statistics import Comparison
from actbench.wording import counted

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class BlockRows:
    """The scores of the test rows of a block in one metric, turned so that more is better.

    `by_arm`: for each arm, the scores of its trials by the position of their seed. `why_none`: why
    there are none at all, in words; else empty. `lost`: trials that trained, and have no rows.
    """

    block: BlockScores
    by_arm: Sequence[Mapping[int, Scores]]
    why_none: str
    lost: int

    @property
    def count(self) -> int:
        """How many test rows each trial has."""
        return next((scores.size for arm in self.by_arm for scores in arm.values()), 0)

    def differences(self, arm: int, other: int) -> NDArray[np.float64] | str:
        """Seeds x rows, positive = the arm is better; or in words why there are none.

        `arm`, `other`: positions of arms. The seeds are those on which both have rows.
        """
        diverged = int((self.block.status[[arm, other]] == DIVERGED).any(axis=0).sum())
        if diverged:
            return f"{counted(diverged, 'seed')} diverged"
        if self.why_none:
            return self.why_none
        seeds = [seed for seed in self.by_arm[arm] if seed in self.by_arm[other]]
        if len(seeds) < 2:
            return f"{len(seeds) or 'no'} seed{'' if len(seeds) == 1 else 's'} with rows of both"
        scores = [self.by_arm[i][seed] for seed in seeds for i in (arm, other)]
        if len({one.size for one in scores}) > 1:
            return "its trials have different numbers of rows"
        if scores[0].size < 2:
            return "one test row is too few"
        pairs = np.asarray(scores, dtype=float).reshape(len(seeds), 2, -1)
        return np.asarray(pairs[:, 0] - pairs[:, 1])

    def of_pairs(self, comparison: Comparison) -> dict[tuple[str, str], NDArray[np.float64] | str]:
        """The differences of each pair of a comparison of this block, by the names of its arms."""
        position = self.block.position
        return {
            (pair.arm, pair.other): self.differences(position[pair.arm], position[pair.other])
            for pair in comparison.pairs
        }


def read_rows(
    block: BlockScores,
    metric: str,
    results: Iterable[KeptRows],
    *,
    higher_is_better: bool,
    together: DrawnTogether | None = None,
) -> BlockRows:
    """The rows of the trials of a block that trained. `results`: those beside each table.

    `together`: how the test rows were drawn, if not one by one; then there are none.
    """
    trained = block.status == OK
    ids = [str(trial) for trial in block.trial_ids[trained]]
    kept = [rows for rows in results if rows]
    if together and kept:
        return BlockRows(block, [{}] * len(block.arms), together.words, 0)
    scores = {trial: one for rows in kept for trial, one in rows.of(ids, metric).items()}
    sign = np.float32(1 if higher_is_better else -1)
    by_arm = [
        {
            seed: sign * scores[trial]
            for seed, trial in enumerate(block.trial_ids[arm])
            if trained[arm, seed] and trial in scores
        }
        for arm in range(len(block.arms))
    ]
    why_none = ""
    if not scores:
        has_rows = any(not rows.trials.isdisjoint(ids) for rows in kept)
        is_no_mean = has_rows and metric not in TRIAL_METRICS
        why_none = f"{metric} is no mean over test rows" if is_no_mean else "no rows were kept"
        why_none = f"{metric} is not measured on test rows" if metric in TRIAL_METRICS else why_none
    return BlockRows(block, by_arm, why_none, len(ids) - len(scores))
