"""Statistics of arms, paired or not: arrays in, frozen values out; NumPy and SciPy only.

`scipy` is imported inside the functions that need it, so importing this room costs NumPy alone.
"""

from actbench.statistics.comparison import ArmSummary, Comparison, compare, compare_runs
from actbench.statistics.differences import PairedDifferences, pair_scores
from actbench.statistics.failures import Failures, collapsed_to_chance, mcnemar_exact
from actbench.statistics.friedman import (
    BlockPair,
    BlocksComparison,
    compare_blocks,
    friedman,
    iman_davenport,
    nemenyi_cd,
)
from actbench.statistics.holm import holm
from actbench.statistics.hypotheses import Finding, Hypothesis, evaluate
from actbench.statistics.over_rows import compare_over_rows, evaluate_over_rows
from actbench.statistics.over_splits import compare_over_splits, evaluate_over_splits
from actbench.statistics.pair import SKEWED, Decision, Outcome, Pair, outcome_of
from actbench.statistics.power import limit_in_words, seeds_to_detect, seeds_to_reach, smallest_p
from actbench.statistics.scopes import CorrectedT, RowsEffect, corrected_t, rows_effect
from actbench.statistics.sequential import (
    DEFAULT_LOOKS,
    LARGEST_LOOK,
    MOST_LOOKS,
    decisions,
    rules_at_look,
    student_look_levels,
)
from actbench.statistics.sign_flip import sign_flip_interval, sign_flip_test
from actbench.statistics.unpaired import compare_unpaired
from actbench.statistics.verdict import ALPHA, Rules, Verdict, default_rope

__all__ = [
    "ALPHA",
    "DEFAULT_LOOKS",
    "LARGEST_LOOK",
    "MOST_LOOKS",
    "SKEWED",
    "ArmSummary",
    "BlockPair",
    "BlocksComparison",
    "Comparison",
    "CorrectedT",
    "Decision",
    "Failures",
    "Finding",
    "Hypothesis",
    "Outcome",
    "Pair",
    "PairedDifferences",
    "RowsEffect",
    "Rules",
    "Verdict",
    "collapsed_to_chance",
    "compare",
    "compare_blocks",
    "compare_over_rows",
    "compare_over_splits",
    "compare_runs",
    "compare_unpaired",
    "corrected_t",
    "decisions",
    "default_rope",
    "evaluate",
    "evaluate_over_rows",
    "evaluate_over_splits",
    "friedman",
    "holm",
    "iman_davenport",
    "limit_in_words",
    "mcnemar_exact",
    "nemenyi_cd",
    "outcome_of",
    "pair_scores",
    "rows_effect",
    "rules_at_look",
    "seeds_to_detect",
    "seeds_to_reach",
    "sign_flip_interval",
    "sign_flip_test",
    "smallest_p",
    "student_look_levels",
]
