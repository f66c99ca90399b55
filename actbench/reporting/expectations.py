"""The hypotheses that a spec wrote down under `expect`, checked on its trials."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actbench.reporting.blocks import Floats
from actbench.reporting.comparing import ALPHA
from actbench.reporting.matching import Behind, matching
from actbench.reporting.trial_table import BlockTable, blocks_of
from actbench.results.side_files import AXES, Looks
from actbench.spec.expectation import SECONDS, CellReference
from actbench.spec.expectation import Expectation as Hypothesis
from actbench.spec.keras_names import HIGHER_IS_BETTER
from actbench.statistics import Finding, evaluate, student_look_levels
from actbench.statistics import Hypothesis as Claim

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Expectation:
    """One hypothesis on one block: its place in the spec's list, its sentence, how it came out."""

    place: int
    sentence: str
    finding: Finding

    @property
    def refuted(self) -> bool:
        """Whether the opposite is supported."""
        return self.finding.status == "refuted"

    @property
    def words(self) -> str:
        """The sentence, the outcome and its numbers."""
        unit = f", over {self.finding.n} seeds" if self.finding.interval else ""
        return f"{self.sentence}: {self.finding.words}{unit}"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        low, high = self.finding.interval or (None, None)
        return {
            "expected": self.sentence,
            "status": self.finding.status,
            "n": self.finding.n,
            "difference": self.finding.difference,
            "low": low,
            "high": high,
            "level": self.finding.level,
            "seeds_needed": self.finding.seeds_needed,
        }


@dataclass(frozen=True)
class _Check:
    """One claim about two arms of a block, with their differences (positive = first better)."""

    sentence: str
    claim: Claim
    differences: Floats


def check(
    frame: "pd.DataFrame",
    hypotheses: Sequence[Hypothesis],
    behind: Behind,
    looks: Looks | None = None,
) -> tuple[Expectation, ...]:
    """Check every hypothesis on every block that has its arms.

    A reference that leaves an axis open (`{output: tanh}` where several hidden activations were
    trained) speaks of each pair of arms that agree in it. All checks share alpha equally; in a
    run until decided they share what its last look leaves of it.
    """
    if not hypotheses:
        return ()
    found = [(i, c) for i, h in enumerate(hypotheses) for c in _checks(frame, h, behind)]
    checks = [c for _, c in found]
    alpha = _alpha(len(checks), looks)
    claims = [c.claim for c in checks]
    findings = evaluate([c.differences for c in checks], claims, alpha=alpha)
    return tuple(
        Expectation(place, c.sentence, finding)
        for (place, c), finding in zip(found, findings, strict=True)
    )


def _alpha(checks: int, looks: Looks | None) -> float:
    if looks is None or not checks:
        return ALPHA
    at = looks.looks.index(looks.taken)
    return checks * student_look_levels(looks.looks, looks.alpha / checks)[at]


def _checks(frame: "pd.DataFrame", hypothesis: Hypothesis, behind: Behind) -> Iterator[_Check]:
    """The hypothesis on every block; an architecture that it names is part of the arm."""
    named = [_words(reference) for reference in hypothesis.references().values()]
    axes = (*AXES, *(["architecture"] if any("architecture" in words for words in named) else []))
    # The seconds of training, whatever rows are asked for.
    split = "train" if hypothesis.metric == SECONDS else hypothesis.split
    tables = list(blocks_of(frame, axes, split, mixed=True))
    for table in tables:
        places = [v for axis, v in table.cell.items() if axis in ("dataset", "architecture")]
        on = f" on {', '.join(places)}" if len(tables) > 1 else ""
        yield from _checks_on(table, hypothesis, behind, on)


def _checks_on(
    table: BlockTable, hypothesis: Hypothesis, behind: Behind, on: str
) -> Iterator[_Check]:
    metric = hypothesis.metric or next(m for m in table.metrics if table.measured(m))
    if metric not in table.metrics or not table.measured(metric):
        return
    scores, _ = table.scores(metric)
    sign = 1.0 if metric in HIGHER_IS_BETTER else -1.0
    claim = _claim(hypothesis)
    rows = "" if hypothesis.split == "test" or metric == SECONDS else f"{hypothesis.split} "
    for one, other in _pairs(hypothesis, table, behind):
        names = [" / ".join(table.arms[i]) for i in (one, other)]
        sentence = f"{_sentence(claim, names, rows + metric)}{on}"
        yield _Check(sentence, claim, np.asarray(sign * (scores[one] - scores[other])))


def _claim(hypothesis: Hypothesis) -> Claim:
    if hypothesis.equivalent is not None:
        return Claim("equivalent", hypothesis.within or 0.0)
    kind = "better" if hypothesis.better is not None else "worse"
    return Claim("better" if kind == "better" else "worse", hypothesis.by or 0.0)


def _sentence(claim: Claim, names: Sequence[str], metric: str) -> str:
    one, other = names
    if claim.kind == "equivalent":
        return f"{one} equivalent to {other} in {metric} within {claim.margin:g}"
    by = f" by more than {claim.margin:g}" if claim.margin else ""
    return f"{one} {claim.kind} than {other} in {metric}{by}"


def _pairs(hypothesis: Hypothesis, table: BlockTable, behind: Behind) -> Iterator[tuple[int, int]]:
    """The arms that the hypothesis compares: equal in every axis that neither side names."""
    named = hypothesis.references()
    first = next(named[key] for key in ("better", "worse", "equivalent") if key in named)
    second = named["to" if hypothesis.equivalent else "than"]
    others = matching(_words(second), table.axes, table.arms, behind)
    for one in matching(_words(first), table.axes, table.arms, behind):
        for other in others:
            if one != other and _agree(table, one, other, {*_words(first), *_words(second)}):
                yield one, other


def _words(reference: CellReference) -> Mapping[str, str]:
    words = {
        "hidden": reference.hidden,
        "output": reference.output,
        "architecture": reference.architecture,
    }
    return {axis: word for axis, word in words.items() if word is not None}


def _agree(table: BlockTable, one: int, other: int, named: set[str]) -> bool:
    arms = zip(table.axes, table.arms[one], table.arms[other], strict=True)
    return all(axis in named or a == b for axis, a, b in arms)
