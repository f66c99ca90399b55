"""Paired statistics: arrays in, frozen values out; NumPy and SciPy only.

`scipy` is imported inside the functions that need it, so importing this room costs NumPy alone.
"""

from actbench.statistics.bayesian import Posterior, bayesian_signed_rank
from actbench.statistics.comparison import ArmSummary, Comparison, compare
from actbench.statistics.failures import (
    Failures,
    chance_threshold,
    collapsed_to_chance,
    mcnemar_exact,
    outliers,
)
from actbench.statistics.friedman import (
    BlockPair,
    BlocksComparison,
    average_ranks,
    block_ranks,
    compare_blocks,
    friedman,
    iman_davenport,
    nemenyi_cd,
    wilcoxon_signed_rank,
)
from actbench.statistics.holm import holm
from actbench.statistics.hypotheses import Finding, Hypothesis, evaluate
from actbench.statistics.pair import Pair
from actbench.statistics.power import seeds_to_detect, seeds_to_reach, smallest_p
from actbench.statistics.ranks import standings
from actbench.statistics.sequential import (
    DEFAULT_LOOKS,
    Look,
    look,
    look_levels,
    pocock_spending,
    student_look_levels,
)
from actbench.statistics.sign_flip import sign_flip_interval, sign_flip_test
from actbench.statistics.verdict import Evidence, Rules, Verdict, default_rope, judge

__all__ = [
    "DEFAULT_LOOKS",
    "ArmSummary",
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
