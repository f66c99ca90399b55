"""The Bayesian signed-rank test: how likely each side is, and a practical tie.

Descriptive only, next to the exact tests.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats, paired_differences

Generator = np.random.Generator | np.random.RandomState
SEED = 20_250_102
PRIOR_STRENGTH = 0.5


@dataclass(frozen=True)
class Posterior:
    """Posterior probabilities; they sum to 1.

    `worse`, `equivalent`, `better`: how often, over draws of the unknown distribution of
    differences, most pairs of differences average below −rope, within ±rope, above rope.
    """

    worse: float
    equivalent: float
    better: float


def bayesian_signed_rank(
    d: ArrayLike, rope: float = 0.0, *, draws: int = 50_000, generator: Generator | None = None
) -> Posterior:
    """Bayesian signed-rank test with a region of practical equivalence.

    A Dirichlet process with strength 1/2 at zero; each draw of weights w gives the shares
    Σᵢⱼ wᵢwⱼ·[dᵢ + dⱼ beyond ±2·rope] of the three regions, and votes for the largest (Benavoli
    et al. 2014, "A Bayesian Wilcoxon signed-rank test based on the Dirichlet process", ICML;
    Benavoli et al. 2017, "Time for a change", JMLR 18). A value on the border counts half to
    either side, and a draw whose largest shares tie splits its vote.

    `d`: shape (blocks,), one difference per block, positive = better. `rope`: half-width in the
    same unit. `generator`: where the draws come from; a fixed one by default.
    Raises ValueError for a negative rope, no draw, or `d` as in `sign_flip_test`.

    >>> bayesian_signed_rank([0.02, 0.03, 0.01, 0.04, 0.02, 0.05], rope=0.005).better > 0.99
    True
    """
    if not rope >= 0 or draws < 1:
        raise ValueError(f"expected a rope of at least 0 and a draw, got {rope} and {draws}")
    with_prior = np.concatenate([[0.0], paired_differences(d)])
    strengths = np.ones(with_prior.size)
    strengths[0] = PRIOR_STRENGTH
    source = generator if generator is not None else np.random.default_rng(SEED)
    shares = _shares(with_prior, rope, source.dirichlet(strengths, draws))
    winners = np.isclose(shares, shares.max(axis=1, keepdims=True), rtol=0, atol=1e-12)
    votes = (winners / winners.sum(axis=1, keepdims=True)).mean(axis=0)
    worse, equivalent, better = votes.tolist()
    return Posterior(worse, equivalent, better)


def _shares(d: Floats, rope: float, weights: Floats) -> Floats:
    """Share of each region in each draw, shape (draws, 3): worse, equivalent, better."""
    sums, edge = np.add.outer(d / 4, d / 4), rope / 2  # quarters, which do not overflow
    noise = 1e-12 * (np.abs(sums).max() + edge)
    above, below = (
        np.heaviside(np.where(np.abs(side) <= noise, 0.0, side), 0.5)
        for side in (sums - edge, -sums - edge)
    )
    better, worse = (((weights @ region) * weights).sum(axis=1) for region in (above, below))
    return np.stack([worse, 1 - worse - better, better], axis=1)
