"""Paired statistics: arrays in, frozen values out; NumPy and SciPy only.

`scipy` is imported inside the functions that need it, so importing this room costs NumPy alone.
"""

from actbench.statistics.arms import Arm
from actbench.statistics.bayesian import Posterior, bayesian_signed_rank
from actbench.statistics.blocks import BlockPair, BlocksComparison, compare_blocks
from actbench.statistics.collapse import chance_threshold, collapsed_to_chance
from actbench.statistics.comparison import Comparison, compare
from actbench.statistics.equivalence import default_rope
from actbench.statistics.holm import holm
from actbench.statistics.hypotheses import Finding, Hypothesis, evaluate
from actbench.statistics.mcnemar import mcnemar_exact
from actbench.statistics.outliers import outliers
from actbench.statistics.pairs import Failures, Pair
from actbench.statistics.ranks import (
    average_ranks,
    block_ranks,
    friedman,
    iman_davenport,
    nemenyi_cd,
    wilcoxon_signed_rank,
)
from actbench.statistics.reach import seeds_to_detect, seeds_to_reach, smallest_p
from actbench.statistics.sequential import DEFAULT_LOOKS, Look, look
from actbench.statistics.sign_flip import sign_flip_interval, sign_flip_test
from actbench.statistics.spending import false_positive_rate, look_levels, pocock_spending
from actbench.statistics.standings import standings
from actbench.statistics.student_levels import student_look_levels
from actbench.statistics.verdict import Evidence, Rules, Verdict, judge

__all__ = [
    "DEFAULT_LOOKS",
    "Arm",
    "BlockPair",
    "BlocksComparison",
    "Comparison",
    "Evidence",
    "Failures",
    "Finding",
    "Hypothesis",
    "Look",
    "Pair",
    "Posterior",
    "Rules",
    "Verdict",
    "average_ranks",
    "bayesian_signed_rank",
    "block_ranks",
    "chance_threshold",
    "collapsed_to_chance",
    "compare",
    "compare_blocks",
    "default_rope",
    "evaluate",
    "false_positive_rate",
    "friedman",
    "holm",
    "iman_davenport",
    "judge",
    "look",
    "look_levels",
    "mcnemar_exact",
    "nemenyi_cd",
    "outliers",
    "pocock_spending",
    "seeds_to_detect",
    "seeds_to_reach",
    "sign_flip_interval",
    "sign_flip_test",
    "smallest_p",
    "standings",
    "student_look_levels",
    "wilcoxon_signed_rank",
]
