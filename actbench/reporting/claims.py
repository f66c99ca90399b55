"""What people say of activations, and what the tables of the shipped specs say of it."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from actbench.errors import ResultsError
from actbench.reporting.checked_expectations import CheckedExpectation, check_expectations
from actbench.results.reading import find_trials, read_trials
from actbench.spec.spec_files import load

ARTICLE, FORUM, COURSE, PAPER = "overview article", "forum", "course notes", "paper"
SOURCE = "source code"


@dataclass(frozen=True)
class Claim:
    """What is said, and the expectations that test it: a spec, and places in its `expect` list.

    `source`: the kind of place where it is said. `why_changed`: why the wider spec comes to
    another outcome; empty where the outcome is the same.
    """

    words: str
    spec: str
    places: tuple[int, ...]
    source: str = ARTICLE
    why_changed: str = ""


@dataclass(frozen=True)
class Topic:
    """Claims about one thing, the specs whose tables test them, and what these leave open."""

    title: str
    claims: tuple[Claim, ...]
    specs: tuple[str, ...]
    open: str = ""


# The spec that asks the same of rows or splits like these, with the learning rate that suits each
# arm where the outcome hangs on it. Its expectations stand at the same places; those about
# seconds, which no learning rate changes, come last and are left out.
WIDER: Mapping[str, str] = {
    "boston_output": "boston_output_tuned",
    "reuters_hidden": "reuters_hidden_tuned",
    "reuters_output": "reuters_output_tuned",
    "reuters_embedding": "reuters_embedding_tuned",
    "mnist_cnn": "mnist_cnn_tuned",
    "mnist_zoo": "mnist_zoo_tuned",
    "mnist_depth": "mnist_depth_tuned",
    "mnist_batch_norm": "mnist_batch_norm_tuned",
    "inside_depth": "inside_depth_splits",
    "inside_batch_norm": "inside_batch_norm_tuned",
    "inside_dying": "inside_dying_splits",
    "inside_hidden": "inside_hidden_tuned",
    "inside_selu": "inside_selu_tuned",
}

TOPICS = (
    Topic(
        "The last layer of a regression (Boston house prices)",
        (
            Claim(
                "sigmoid and tanh are unusable in the last layer", "boston_output", (0, 1), FORUM
            ),
            Claim(
                "relu “gives a better result than none”, test rows", "boston_output", (2,), FORUM
            ),
            Claim("the same, training rows, as the claim was made", "boston_output", (3,), FORUM),
        ),
        ("boston_output",),
        "The claim for relu rested on one run each: a mean absolute error of 2.2152 against 2.3221 "
        "on the training rows in the seventh epoch. A sigmoid or tanh cannot give more than 1, and "
        "prices run from 5 to 50: no model with such an output can have a test error below "
        "22.078431.",
    ),
    Topic(
        "46 classes (Reuters)",
        (
            Claim(
                "softmax in the hidden layers “gives no acceptable results”",
                "reuters_hidden",
                (0,),
                FORUM,
            ),
            Claim(
                "Keras trains a sigmoid output as if it were softmax",
                "reuters_output",
                (0,),
                SOURCE,
                why_changed="Both give the same on every seed and all 2,246 rows. That leaves room "
                "for a difference on 3 of 2,246 other rows (the rule of three): 0.0013, more than "
                "the 0.001 that was claimed.",
            ),
        ),
        ("reuters_hidden", "reuters_output", "reuters_real_output"),
        "With `loss_on: outputs` the loss is that of the outputs themselves, and sigmoid is "
        "trained as what it is: the last table.",
    ),
    Topic(
        "ELU against ReLU and its siblings (word embedding, convolutions)",
        (
            Claim("ELU: higher accuracy (embedding)", "reuters_embedding", (0, 1, 2)),
            Claim("ELU: higher accuracy (convolutions)", "mnist_cnn", (0, 1, 2)),
            Claim("ELU: shorter training (embedding)", "reuters_embedding", (3,)),
            Claim("ELU: shorter training (convolutions)", "mnist_cnn", (3,)),
        ),
        ("reuters_embedding", "mnist_cnn"),
        "“Slower at test time” is tested below, with `inside_hidden`. "
        "`imdb_embedding` asks the same of film reviews; its tables are not committed.",
    ),
    Topic(
        "Nineteen hidden activations in a dense network (MNIST)",
        (
            Claim("Swish is slightly better than ReLU", "mnist_zoo", (0,)),
            Claim(
                "hard swish is nearly the same as Swish (within 0.002) …",
                "mnist_zoo",
                (1,),
                why_changed="Each is trained at 0.003, not 0.001, where the seeds differ more, and "
                "hard swish stays behind on most of them: the interval reaches down to −0.0043.",
            ),
            Claim("… at a lower cost", "mnist_zoo", (3,)),
            Claim(
                "a slope of 0.02 speeds leaky ReLU up: further after 5 epochs",
                "mnist_zoo",
                (2,),
                why_changed="Not the slope but the rate: 0.003 was chosen for the slope 0.02, "
                "0.001 for 0.01, and ReLU at 0.003 has the training loss of the slope 0.02 "
                "(0.048). At one rate the two slopes do not differ.",
            ),
            Claim("a slope of 0.02 speeds leaky ReLU up: in seconds", "mnist_zoo", (4,)),
        ),
        ("mnist_zoo", "mnist_selu"),
        "SELU alone and with `lecun_normal` is in the first table, with AlphaDropout in the last.",
    ),
    Topic(
        "Depth (MNIST, 2 to 16 hidden layers)",
        (
            Claim("deep networks of sigmoids do not learn (accuracy −0.5)", "mnist_depth", (0,)),
            Claim(
                "nor do those of tanh so well (accuracy −0.01)",
                "mnist_depth",
                (1,),
                why_changed="Two layers gain from a higher learning rate and sixteen do not: at "
                "their own rates they are further apart than at 0.001.",
            ),
            Claim("where sigmoid fails, ReLU learns", "mnist_depth", (2,)),
        ),
        ("mnist_depth",),
    ),
    Topic(
        "Batch normalisation before or after the activation (MNIST)",
        (
            Claim(
                "“the order is in fact irrelevant” (within 0.002)",
                "mnist_batch_norm",
                (0,),
                FORUM,
                why_changed="At rates of their own, and with 10,000 rows kept for validation, the "
                "two orders are closer (sigmoid 0.0055 apart, not 0.0137). At level 0.9875, which "
                "refutes, no interval for other rows like these lies wholly beyond 0.002; at 0.975 "
                "that of sigmoid just does.",
            ),
        ),
        ("mnist_batch_norm",),
        "Equivalent means here: within 0.002 of accuracy, 20 images of 10,000.",
    ),
    Topic(
        "What happens inside: gradients and depth (mnist_5k, 2 to 16 hidden layers)",
        (
            Claim("sigmoid's gradients vanish with depth (tenfold)", "inside_depth", (0,)),
            Claim("so do tanh's", "inside_depth", (1,)),
            Claim(
                "batch normalisation before the activation stops the vanishing",
                "inside_batch_norm",
                (0, 1),
            ),
        ),
        ("inside_depth", "inside_batch_norm"),
        "Measured is the gradient of the last hidden layer over that of the first: before training "
        "for depth; after it for batch normalisation, whose moving statistics change nothing "
        "before. With Glorot's initialiser tanh's gradient shrinks, but not tenfold.",
    ),
    Topic(
        "What happens inside: dying units (mnist_5k)",
        (
            Claim(
                "at a learning rate of 0.1 “as much as 40%” of ReLU's units die; leaky's do not",
                "inside_dying",
                (0, 1),
                COURSE,
            ),
        ),
        ("inside_dying",),
        "Adam, 5 epochs; dead means that no row of the probe moves the unit. By this measure no "
        "unit of leaky ReLU can be dead, as its slope is nowhere 0: that half of the claim is true "
        "by definition.",
    ),
    Topic(
        "What happens inside: saturation, centre, size, speed (mnist_5k)",
        (
            Claim(
                "sigmoid saturates (more than ELU)",
                "inside_hidden",
                (0,),
                why_changed="How much saturates hangs on the learning rate: of ELU's outputs a "
                "tenth where 0.003 was chosen and half where 0.01 was, more than of sigmoid's on 3 "
                "of 10 splits.",
            ),
            Claim("ReLU's outputs are not centred, tanh's and ELU's are", "inside_hidden", (1, 2)),
            Claim("nor are sigmoid's", "inside_hidden", (3, 4)),
            Claim("ReLU's activations blow up, ReLU6 bounds them", "inside_hidden", (5,)),
            Claim("ELU reaches an accuracy (0.9) in fewer epochs", "inside_hidden", (6,)),
            Claim("ELU is slower at prediction", "inside_hidden", (10,)),
            Claim(
                "h-Swish is nearly Swish (within 0.01) …",
                "inside_hidden",
                (7,),
                why_changed="Other splits of so few rows differ by more than other seeds do.",
            ),
            Claim("… at a lower cost of prediction", "inside_hidden", (11,)),
            Claim("softmax in hidden layers: it learns worse", "inside_hidden", (8,), FORUM),
            Claim("… and its gradient vanishes", "inside_hidden", (9,), FORUM),
        ),
        ("inside_hidden",),
        "Saturated are 4% of sigmoid's outputs, 2% of ELU's and 11% of tanh's; ReLU is off for "
        "30%. The times of prediction were measured on a machine that did other work, too: they "
        "can show large differences only.",
    ),
    Topic(
        "What happens inside: SELU and its companions (Boston house prices)",
        (
            Claim(
                "without LeCun's initialiser and AlphaDropout, SELU loses variance 1",
                "inside_selu",
                (0, 1),
                PAPER,
            ),
            Claim("… and SELU loses mean 0", "inside_selu", (2, 3), PAPER),
        ),
        ("inside_selu",),
        "In layers of equal width Glorot's and LeCun's initialisers have the same variance, so "
        "that most of the difference at the start comes from the first layer.",
    ),
)


def outcomes(claim: Claim, spec: str, out: Path) -> list[CheckedExpectation]:
    """What a claim's expectations came to, by the tables of one of its two specs.

    The tables are those in `out` or `out/reference`. Empty where the wider spec leaves the claim
    out.

    Raises:
        ResultsError: there are no tables of the spec.
    """
    return [e for e in _checked(find_trials(spec, out).resolve()) if e.place in claim.places]


@cache  # most specs test several claims, and their tables are long
def _checked(table: Path) -> tuple[CheckedExpectation, ...]:
    trials = read_trials(table)
    return tuple(check_expectations(trials.frame, trials.side_files, kept=trials.rows))


def subject(claim: Claim, spec: str) -> str:
    """What a verdict of one of a claim's specs is about: its data, and the scope."""
    experiment = load(spec)
    data = ", ".join(dataset.label for dataset in experiment.dataset)
    if experiment.splits:
        return f"{data}: data drawn anew"
    rows = experiment.expect[claim.places[0]].scope == "rows"
    return f"{data}: {'rows like these' if rows else 'these rows, these seeds'}"


def widest_outcomes(claim: Claim, out: Path) -> tuple[str, list[CheckedExpectation]]:
    """The spec with the widest scope whose tables are there, and what the claim came to in it.

    Raises:
        ResultsError: there are no tables of either spec.
    """
    wider = WIDER[claim.spec]
    with suppress(ResultsError):
        if expectations := outcomes(claim, wider, out):
            return wider, expectations
    return claim.spec, outcomes(claim, claim.spec, out)


def outcome_in_words(expectations: list[CheckedExpectation]) -> str:
    """One word where all expectations came to the same, else how many came to what."""
    counts = Counter(expectation.finding.status for expectation in expectations)
    if len(counts) == 1:
        return f"**{next(iter(counts))}**"
    return ", ".join(f"{n} of {len(expectations)} {state}" for state, n in counts.items())
