"""What the committed tables say of what people claim: docs/findings.md and its figures.

    python -m benchmarks.findings

makes them from `results/reference/` alone; a test holds the page to that.
"""

from collections.abc import Iterator

from actbench.reporting.claims import QUESTIONS, Question, outcome_in_words, outcomes
from actbench.reporting.dot_charts import differences_chart
from actbench.reporting.figures import save
from actbench.reporting.question import Question as ComparedBy
from actbench.reporting.report import make_report
from actbench.results.reading import find_trials
from benchmarks.reference import REFERENCE, REPOSITORY, compared

PAGE = REPOSITORY / "docs" / "findings.md"
FIGURES = PAGE.with_name("figures")


INTRODUCTION = """\
# Findings

Made by `python -m benchmarks.findings` from the tables under `results/reference/`; every spec is
under `configs/` and runs with `actbench run NAME`. Sentences in quotation marks are what people
say, in forums and textbooks, mostly after one training run each. *Supported* and *refuted* mean
that the interval of the paired differences lies on one side of what was claimed, at a level shared
by all expectations of the spec; else a claim is *undecided*. All of it holds for these
architectures, data sets and numbers of epochs.
"""


def main() -> None:
    """Write the page and its figures."""
    PAGE.write_text(page(), encoding="utf-8")
    FIGURES.mkdir(exist_ok=True)
    for question in QUESTIONS:
        spec = question.specs[0]
        report = make_report([find_trials(spec, REFERENCE)], ComparedBy())
        charts = filter(None, map(differences_chart, report.blocks))
        save(list(charts), FIGURES / f"{spec}.svg")


def page() -> str:
    """The page as the committed tables have it."""
    return "\n".join([INTRODUCTION, *_overview(), *(p for q in QUESTIONS for p in _answer(q))])


def _overview() -> Iterator[str]:
    yield "| claim | outcome |\n| --- | --- |"
    for question in QUESTIONS:
        for claim in question.claims:
            yield f"| {claim.words} | {outcome_in_words(outcomes(claim, REFERENCE))} |"
    yield ""


def _answer(question: Question) -> Iterator[str]:
    yield f"## {question.title}\n"
    for claim in question.claims:
        found = outcomes(claim, REFERENCE)
        yield f"{claim.words}: {outcome_in_words(found)}\n"
        yield from (f"- {e.words}" for e in found)
        yield ""
    if question.open:
        yield f"{question.open}\n"
    for spec in question.specs:
        yield f"### {spec}\n\n{compared(spec)}"
        if spec == question.specs[0]:
            yield f"![Differences to the baseline by seed, {spec}](figures/{spec}.svg)\n"


if __name__ == "__main__":
    main()
