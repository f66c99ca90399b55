"""What the committed tables say of what people claim: docs/findings.md and its figures.

    python -m benchmarks.findings

makes them from `results/reference/` alone; a test holds the page to that.
"""

from collections.abc import Iterator

import pandas as pd

from actbench.reporting.claims import (
    TOPICS,
    WIDER,
    Claim,
    Topic,
    outcome_in_words,
    outcomes,
)
from actbench.reporting.dot_charts import differences_chart
from actbench.reporting.figures import save
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.results.reading import find_trials
from benchmarks.reference import REFERENCE, REPOSITORY, compared

PAGE = REPOSITORY / "docs" / "findings.md"
FIGURES = PAGE.with_name("figures")


INTRODUCTION = """\
# Findings

What people say of activations, in forums and textbooks (in quotation marks), mostly after one
training run each, and what repeated experiments say of it.

**What these verdicts are about.** Each claim was tested twice, those about seconds once. First with
one learning rate for all activations, over seeds: such a verdict is about these rows and this
learning rate. Then in the widest scope that fits: on small data sets over random *splits* (a
verdict about other splits of data like these), on MNIST and Reuters over their test *rows* (about
other rows like these), and where the outcome hangs on training, with a *learning rate that suits
each arm*, chosen on validation rows ([how](learning-rates.md)). The second verdict is the one to
quote. Both are about these architectures, data sets and numbers of epochs, and about no others.
*Supported* and *refuted* mean that the interval of the paired differences lies on one side of what
was claimed, at a level shared by all expectations of the spec; else a claim is *undecided*.

Made by `python -m benchmarks.findings` from the tables under `results/reference/`; every spec is
under `configs/` and runs with `actbench run NAME`.
"""


def main() -> None:
    """Write the page and its figures."""
    PAGE.write_text(page(), encoding="utf-8")
    FIGURES.mkdir(exist_ok=True)
    for topic in TOPICS:
        spec = figure_of(topic)
        report = make_report([find_trials(spec, REFERENCE)], Question())
        charts = filter(None, map(differences_chart, report.blocks))
        save(list(charts), FIGURES / f"{spec}.svg")


def page() -> str:
    """The page as the committed tables have it."""
    answers = (part for topic in TOPICS for part in _answer(topic))
    return "\n".join([INTRODUCTION, *_overview(), *_times(), *answers])


def _overview() -> Iterator[str]:
    yield "| claim | one learning rate, these rows | widest scope | why it changed |"
    yield "| --- | --- | --- | --- |"
    for claim in (claim for topic in TOPICS for claim in topic.claims):
        before = outcome_in_words(outcomes(claim, claim.spec, REFERENCE))
        wider = outcomes(claim, WIDER[claim.spec], REFERENCE)
        after = outcome_in_words(wider) if wider else "not asked: it is about seconds"
        yield f"| {claim.words} | {before} | {after} | {claim.why_changed} |"
    yield ""


def _times() -> Iterator[str]:
    """How long the specs with the wider scope train."""
    minutes = {spec: training_seconds(spec) / 60 for spec in WIDER.values()}
    each = ", ".join(f"`{spec}` {minutes[spec]:.1f}" for spec in WIDER.values())
    yield (
        "Minutes of training and compiling, summed over the trials of each spec with the wider "
        f"scope, on two cores that did other work, too: {each}; together "
        f"{sum(minutes.values()):.0f}, which two processes share.\n"
    )


def training_seconds(spec: str) -> float:
    """Seconds that all trials of a spec took, those of the choice of learning rates among them."""
    tables = [REFERENCE / spec / name for name in ("trials.csv", "selection.csv")]
    frames = [pd.read_csv(table) for table in tables if table.is_file()]
    return float(sum(f[["compile_seconds", "train_seconds"]].sum().sum() for f in frames))


def _answer(topic: Topic) -> Iterator[str]:
    yield f"## {topic.title}\n"
    for claim in topic.claims:
        yield from _outcome(claim)
    if topic.open:
        yield f"{topic.open}\n"
    for spec in topic.specs:
        if spec in WIDER:
            yield f"### {WIDER[spec]}\n\n{compared(WIDER[spec])}"
            yield from _figure(WIDER[spec], topic)
        yield f"### {spec}\n\n{compared(spec)}"


def _outcome(claim: Claim) -> Iterator[str]:
    before = outcomes(claim, claim.spec, REFERENCE)
    wider = outcomes(claim, WIDER[claim.spec], REFERENCE)
    yield f"{claim.words}: {outcome_in_words(wider or before)}\n"
    yield from (f"- {e.words}" for e in wider)
    if wider:
        yield f"- at one learning rate, over seeds: {outcome_in_words(before)}"
        yield from (f"    - {e.words}" for e in before)
    else:
        yield from (f"- {e.words}" for e in before)
    yield ""
    if claim.why_changed:
        yield f"{claim.why_changed}\n"


def _figure(spec: str, topic: Topic) -> Iterator[str]:
    if spec == figure_of(topic):
        yield f"![Differences to the baseline, {spec}](figures/{spec}.svg)\n"


def figure_of(topic: Topic) -> str:
    """The spec whose differences are drawn."""
    return WIDER[topic.specs[0]]


if __name__ == "__main__":
    main()
