"""Losses and outputs that do not fit: the same training problem twice, or no probabilities."""

from collections.abc import Iterator

from actbench.activations.info import Range
from actbench.experiment.checks.alike import alike
from actbench.experiment.checks.check import Check, Level
from actbench.experiment.checks.layers import keras_with_wrong_sparsemax
from actbench.experiment.checks.subject import Subject, labels, starting_alike
from actbench.experiment.output_range import output_range, output_units, trains_on_logits
from actbench.spec.activation import Activation

# What Keras 3 does on TensorFlow to outputs that are no probabilities; measured in the tests.
_CLIPS = "clips every output to 1e-7 … 1 − 1e-7, without a gradient beyond"
_DIVIDES = "divides every row by its sum, which may be 0 or less, then clips without a gradient"
_FOR_PROBABILITIES = {
    "binary_crossentropy": _CLIPS,
    "binary_focal_crossentropy": f"{_CLIPS}, but weighs with the output as it is",
    "sparse_categorical_crossentropy": f"{_CLIPS}, and divides every row by its sum",
    "categorical_crossentropy": _DIVIDES,
    "categorical_focal_crossentropy": _DIVIDES,
    "kl_divergence": "clips every output to 1e-7 … 1, without a gradient beyond",
}
_DIVIDING = ("categorical_crossentropy", "categorical_focal_crossentropy")
_CLIPPING = ("binary_crossentropy", "sparse_categorical_crossentropy")
_TO_ONE = ("softmax", "sparsemax")
_SAME_PROBLEM = "same training problem"


def checks(subject: Subject) -> Iterator[Check]:
    """Everything about outputs and the loss of a block."""
    yield from _trained_on_logits(subject)
    yield from _clipped_alike(subject)
    yield from _constant(subject)
    yield from _no_probabilities(subject)
    yield from _below_zero(subject)
    yield from _rows_of_zeros(subject)
    yield from _probabilities(subject)


def _trained_on_logits(subject: Subject) -> Iterator[Check]:
    found = [output for output, cell in subject.outputs.items() if trains_on_logits(cell)]
    loss = subject.any_cell.loss
    advice = "`loss_on: outputs` computes the loss from what {} give{}."
    for group in starting_alike(found):
        finding = (
            f"{labels(group)} are the same training problem: Keras computes {loss} from what goes "
            "into them, so they train bit for bit alike."
        )
        words = finding, advice.format("they", "")
        yield subject.check(_SAME_PROBLEM, Level.warning, "output", group, words)
    partner = "sigmoid" if subject.task == "binary" else "softmax"
    alone = [output for output in found if output.name != partner]
    if alone and len(found) == 1:
        finding = (
            f"{labels(alone)} trains as {partner} would: Keras computes {loss} from what goes "
            "into it, and the loss reported is not that of its outputs."
        )
        words = finding, advice.format("it", "s")
        yield subject.check("loss of the input", Level.note, "output", alone, words)


def _clipped_alike(subject: Subject) -> Iterator[Check]:
    """Outputs that are one function once Keras has clipped them for its cross-entropy."""
    loss = subject.any_cell.loss
    if loss not in _CLIPPING:
        return
    seen = [
        output
        for output, cell in subject.outputs.items()
        if not trains_on_logits(cell) and output_range(cell) is not None
    ]
    for group in starting_alike(seen):
        for same in alike(group, clip=(1e-7, 1 - 1e-7)):
            finding = (
                f"{labels(same)} are the same training problem: for {loss} Keras clips outputs "
                "to 1e-7 … 1 − 1e-7, where they do not differ."
            )
            advice = "Keep one of them, or use `loss: mse`, which sees the difference."
            words = finding, advice
            yield subject.check(_SAME_PROBLEM, Level.warning, "output", same, words)


def _constant(subject: Subject) -> Iterator[Check]:
    """Outputs that are one number whatever the input, such as softmax over a single unit."""
    groups: dict[tuple[float, bool], list[Activation]] = {}
    for output, cell in subject.outputs.items():
        reach = output_range(cell)
        if reach is not None and reach.low == reach.high:
            groups.setdefault((reach.low, trains_on_logits(cell)), []).append(output)
    for (only, on_logits), group in groups.items():
        give = "give" if len(group) > 1 else "gives"
        over = " over a single unit" if output_units(subject.any_cell) == 1 else ""
        effect = (
            "the loss is computed from what goes in and falls, but every prediction is the same"
            if on_logits
            else "there is no gradient, and nothing is learnt"
        )
        finding = f"{labels(group)}{over} always {give} {only:g}: {effect}."
        advice = f"Use {'sigmoid' if subject.task == 'binary' else 'linear'} there."
        yield subject.check("constant output", Level.warning, "output", group, (finding, advice))


def _no_probabilities(subject: Subject) -> Iterator[Check]:
    loss = subject.any_cell.loss
    if loss not in _FOR_PROBABILITIES:
        return
    found = [
        output
        for output, cell in subject.outputs.items()
        if (reach := output_range(cell)) is not None and not _within_one(reach)
    ]
    if found:
        give = "give" if len(found) > 1 else "gives"
        finding = (
            f"{labels(found)} {give} numbers outside 0 to 1, and {loss} is made for "
            f"probabilities: Keras {_FOR_PROBABILITIES[loss]}."
        )
        usual = "sigmoid" if subject.task == "binary" else "softmax"
        advice = f"{usual} gives probabilities; for other outputs use `loss: mse`."
        yield subject.check("no probabilities", Level.warning, "output", found, (finding, advice))


def _below_zero(subject: Subject) -> Iterator[Check]:
    loss = subject.any_cell.loss
    effects = {
        "poisson": "which is NaN for an output below 0: such a trial diverges",
        "msle": "which takes an output below 0 for 0 and then has no gradient",
    }
    if loss not in effects:
        return
    found = [
        output
        for output, cell in subject.outputs.items()
        if (reach := output_range(cell)) is not None and reach.low < 0
    ]
    if found:
        finding = f"{labels(found)} can be negative under {loss}, {effects[loss]}."
        advice = "softplus or exponential stays above 0."
        yield subject.check("negative outputs", Level.warning, "output", found, (finding, advice))


def _rows_of_zeros(subject: Subject) -> Iterator[Check]:
    loss = subject.any_cell.loss
    if loss not in _DIVIDING:
        return
    found = [
        output
        for output, cell in subject.outputs.items()
        if (reach := output_range(cell)) is not None
        and reach.low == 0
        and reach.low_reached
        and output.name not in _TO_ONE
    ]
    if found:
        finding = (
            f"{labels(found)} can be 0 for every class of a row, and {loss} divides by the row's "
            "sum: NaN, and the trial diverges."
        )
        advice = "`loss: sparse_categorical_crossentropy` stays finite."
        yield subject.check("rows of zeros", Level.warning, "output", found, (finding, advice))


def _probabilities(subject: Subject) -> Iterator[Check]:
    """Which outputs can be read as probabilities, where not all can."""
    if subject.task == "regression":
        return
    sums: list[Activation] = []
    within: list[Activation] = []
    neither: list[Activation] = []
    for output, cell in subject.outputs.items():
        reach = output_range(cell)
        if reach is None:
            continue
        if subject.task == "multiclass" and output.name in _rows_sum_to_one():
            sums.append(output)
        else:
            (within if _within_one(reach) and reach.low < reach.high else neither).append(output)
    if not neither and not (subject.task == "multiclass" and within):
        return
    several = subject.task == "multiclass"
    told = [f"{labels(sums)}: probabilities, whose rows sum to 1"] if sums else []
    if within:
        more = " that need not sum to 1" if several else ""
        told.append(f"{labels(within)}: numbers from 0 to 1{more}")
    told += [f"{labels(neither)}: no probabilities"] if neither else []
    finding = f"What can be read from the outputs: {'; '.join(told)}."
    advice = "Accuracy needs only their order; probabilities need the first kind."
    if not several:
        advice = "Accuracy needs only the side of the threshold."
    yield subject.check(
        "probabilities", Level.note, "output", [*within, *neither], (finding, advice)
    )


def _rows_sum_to_one() -> tuple[str, ...]:
    return ("softmax",) if keras_with_wrong_sparsemax() else _TO_ONE


def _within_one(reach: Range) -> bool:
    return reach.low >= 0 and reach.high <= 1
