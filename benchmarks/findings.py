"""What the committed tables say of what people claim: docs/findings.md and its figures.

    python -m benchmarks.findings

makes them from `results/reference/` alone; a test holds the page to that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from actbench.reporting.charts import differences_chart
from actbench.reporting.checked_expectations import CheckedExpectation, check_expectations
from actbench.reporting.figures import save
from actbench.reporting.question import Question as ComparedBy
from actbench.reporting.report import make_report
from actbench.results.reading import find_trials, read_trials
from benchmarks.reference import REFERENCE, REPOSITORY, compared

PAGE = REPOSITORY / "docs" / "findings.md"
FIGURES = PAGE.with_name("figures")


@dataclass(frozen=True)
class Claim:
    """What is said, and the expectations that test it: a spec, and places in its `expect` list."""

    words: str
    spec: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Question:
    """A question, its claims, the specs whose tables answer it, and what they leave open."""

    title: str
    claims: tuple[Claim, ...]
    specs: tuple[str, ...]
    open: str = ""


QUESTIONS = (
    Question(
        "The last layer of a regression (Boston house prices)",
        (
            Claim("sigmoid and tanh are unusable in the last layer", "boston_output", (0, 1)),
            Claim("relu “gives a better result than none”, test rows", "boston_output", (2,)),
            Claim("the same, training rows, as the claim was made", "boston_output", (3,)),
        ),
        ("boston_output",),
        "The claim for relu rested on one run each: a mean absolute error of 2.2152 against 2.3221 "
        "on the training rows in the seventh epoch. A sigmoid or tanh cannot give more than 1, and "
        "prices run from 5 to 50: no model with such an output can have a test error below "
        "22.078431.",
    ),
    Question(
        "46 classes (Reuters)",
        (
            Claim(
                "softmax in the hidden layers “gives no acceptable results”", "reuters_hidden", (0,)
            ),
            Claim("Keras trains a sigmoid output as if it were softmax", "reuters_output", (0,)),
        ),
        ("reuters_hidden", "reuters_output", "reuters_real_output"),
        "With `loss_on: outputs` the loss is that of the outputs themselves, and sigmoid is "
        "trained as what it is: the last table.",
    ),
    Question(
        "ELU against ReLU and its siblings (word embedding, convolutions)",
        (
            Claim("ELU: higher accuracy (embedding)", "reuters_embedding", (0, 1, 2)),
            Claim("ELU: higher accuracy (convolutions)", "mnist_cnn", (0, 1, 2)),
            Claim("ELU: shorter training (embedding)", "reuters_embedding", (3,)),
            Claim("ELU: shorter training (convolutions)", "mnist_cnn", (3,)),
        ),
        ("reuters_embedding", "mnist_cnn"),
        "“Slower at test time” is not tested: the tables hold no time of prediction. "
        "`imdb_embedding` asks the same of film reviews; its tables are not committed.",
    ),
    Question(
        "Nineteen hidden activations in a dense network (MNIST)",
        (
            Claim("Swish is slightly better than ReLU", "mnist_zoo", (0,)),
            Claim("hard swish is nearly the same as Swish …", "mnist_zoo", (1,)),
            Claim("… at a lower cost", "mnist_zoo", (2,)),
            Claim(
                "a slope of 0.02 speeds leaky ReLU up: further after 5 epochs", "mnist_zoo", (3,)
            ),
            Claim("a slope of 0.02 speeds leaky ReLU up: in seconds", "mnist_zoo", (4,)),
        ),
        ("mnist_zoo", "mnist_selu"),
        "SELU alone and with `lecun_normal` is in the first table, with AlphaDropout in the last.",
    ),
    Question(
        "Depth (MNIST, 2 to 16 hidden layers)",
        (
            Claim("sigmoid's gradient vanishes in deep networks", "mnist_depth", (0,)),
            Claim("so does tanh's", "mnist_depth", (1,)),
            Claim("where sigmoid fails, ReLU learns", "mnist_depth", (2,)),
        ),
        ("mnist_depth",),
    ),
    Question(
        "Batch normalisation before or after the activation (MNIST)",
        (Claim("“the order is in fact irrelevant”", "mnist_batch_norm", (0,)),),
        ("mnist_batch_norm",),
        "Equivalent means here: within 0.002 of accuracy, 20 images of 10,000.",
    ),
)

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
            yield f"| {claim.words} | {_outcome(_found(claim))} |"
    yield ""


def _outcome(found: list[CheckedExpectation]) -> str:
    states = list(dict.fromkeys(e.finding.status for e in found))
    if len(states) == 1:
        return f"**{states[0]}**"
    counts = [(sum(e.finding.status == s for e in found), s) for s in states]
    return ", ".join(f"{count} of {len(found)} {state}" for count, state in counts)


def _answer(question: Question) -> Iterator[str]:
    yield f"## {question.title}\n"
    for claim in question.claims:
        found = _found(claim)
        yield f"{claim.words}: {_outcome(found)}\n"
        yield from (f"- {e.words}" for e in found)
        yield ""
    if question.open:
        yield f"{question.open}\n"
    for spec in question.specs:
        yield f"### {spec}\n\n{compared(spec)}"
        if spec == question.specs[0]:
            yield f"![Differences to the baseline by seed, {spec}](figures/{spec}.svg)\n"


def _found(claim: Claim) -> list[CheckedExpectation]:
    trials = read_trials(find_trials(claim.spec, REFERENCE))
    checked = check_expectations(trials.frame, trials.side_files)
    return [e for e in checked if e.place in claim.places]


if __name__ == "__main__":
    main()
