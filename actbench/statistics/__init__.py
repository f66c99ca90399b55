"""Paired statistics: arrays in, frozen values out; NumPy and SciPy only.

`scipy` is imported inside the functions that need it, so importing this room costs NumPy alone.
"""

from actbench.statistics.bayesian import Posterior, bayesian_signed_rank
from actbench.statistics.comparison import ArmSummary, Comparison, compare, compare_runs
from actbench.statistics.differences import PairedDifferences, pair_scores, skewness
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
from actbench.statistics.pair import SKEWED, Decision, Outcome, Pair
from actbench.statistics.power import limit_in_words, seeds_to_detect, seeds_to_reach, smallest_p
from actbench.statistics.ranks import Standings, standings
from actbench.statistics.sequential import (
    DEFAULT_LOOKS,
    decisions,
    look_levels,
    pocock_spending,
    rules_at_look,
    student_look_levels,
)
from actbench.statistics.sign_flip import sign_flip_interval, sign_flip_test
from actbench.statistics.verdict import Evidence, Rules, Verdict, default_rope, judge

__all__ = [
    "DEFAULT_LOOKS",
    "SKEWED",
    "ArmSummary",
    "BlockPair",
    "BlocksComparison",
    "Comparison",
    "Decision",
    "Evidence",
    "Failures",
    "Finding",
    "Hypothesis",
    "Outcome",
    "Pair",
    "PairedDifferences",
    "Posterior",
    "Rules",
    "Standings",
    "Verdict",
    "average_ranks",
    "bayesian_signed_rank",
    "block_ranks",
    "chance_threshold",
    "collapsed_to_chance",
    "compare",
    "compare_blocks",
    "compare_runs",
    "decisions",
    "default_rope",
    "evaluate",
    "friedman",
    "holm",
    "iman_davenport",
    "judge",
    "limit_in_words",
    "look_levels",
    "mcnemar_exact",
    "nemenyi_cd",
    "outliers",
    "pair_scores",
    "pocock_spending",
    "rules_at_look",
    "seeds_to_detect",
    "seeds_to_reach",
    "sign_flip_interval",
    "sign_flip_test",
    "skewness",
    "smallest_p",
    "standings",
    "student_look_levels",
    "wilcoxon_signed_rank",
]
