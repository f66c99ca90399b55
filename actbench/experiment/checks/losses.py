"""Losses and outputs that do not fit: the same training problem twice, or no probabilities."""

from collections.abc import Iterator

from actbench.activations.info import Range
from actbench.experiment.bounds import output_units, trains_on_logits
from actbench.experiment.checks.check import Check, CheckedBlock, joined, labels, starting_alike
from actbench.experiment.checks.layers import keras_with_wrong_sparsemax
from actbench.experiment.checks.same_function import alike, ordering_alike
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
# Metrics that depend on the order of a row's outputs, or on their side of one half, alone.
_OF_ORDER: tuple[str, ...] = ("accuracy", "top_5_accuracy")
_OF_SIDE: tuple[str, ...] = ("accuracy", "precision", "recall")
_TO_ONE = ("softmax", "sparsemax")
_SAME_PROBLEM = "same training problem"


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Everything about outputs and the loss of a block."""
    yield from _trained_on_logits(block)
    yield from _clipped_alike(block)
    yield from _constant(block)
    yield from _no_probabilities(block)
    yield from _below_zero(block)
    yield from _rows_of_zeros(block)
    yield from _probabilities(block)


def _trained_on_logits(block: CheckedBlock) -> Iterator[Check]:
    outputs = [output for output, cell in block.outputs.items() if trains_on_logits(cell)]
    advice = "`loss_on: outputs` computes the loss from what {} give{}."
    for group in starting_alike(outputs):
        yield block.warning(
            _SAME_PROBLEM,
            "output",
            group,
            f"{labels(group)} are the same training problem: Keras computes {block.loss} from what "
            "goes into them, so they train bit for bit alike.",
            advice.format("they", ""),
        )
    usual = "sigmoid" if block.task == "binary" else "softmax"
    if len(outputs) == 1 and outputs[0].name != usual:
        yield block.note(
            "loss of the input",
            "output",
            outputs,
            f"{labels(outputs)} trains as {usual} would: Keras computes {block.loss} from what "
            "goes into it, and the loss reported is not that of its outputs.",
            advice.format("it", "s"),
        )


def _clipped_alike(block: CheckedBlock) -> Iterator[Check]:
    """Outputs that are one function once Keras has clipped them for its cross-entropy."""
    if block.loss not in _CLIPPING:
        return
    outputs = [o for o in block.output_ranges if not trains_on_logits(block.outputs[o])]
    for group in starting_alike(outputs):
        for same in alike(group, clip=(1e-7, 1 - 1e-7)):
            yield from _alike_in_the_loss(block, same)


def _alike_in_the_loss(block: CheckedBlock, outputs: tuple[Activation, ...]) -> Iterator[Check]:
    """Outputs are one training problem where no metric tells them apart either."""
    clips = f"for {block.loss} Keras clips outputs to 1e-7 … 1 − 1e-7, where they do not differ"
    metrics = _telling_metrics(block, outputs)
    same_in_all = [outputs]
    if metrics:
        same_in_all = list(ordering_alike(outputs)) if set(metrics) <= set(_OF_ORDER) else []
    for same in same_in_all:
        yield block.warning(
            _SAME_PROBLEM,
            "output",
            same,
            f"{labels(same)} are the same training problem: {clips}.",
            "Keep one of them, or use `loss: mse`, which sees the difference.",
        )
    if metrics:
        look = "look" if len(metrics) > 1 else "looks"
        yield block.note(
            "same loss",
            "output",
            outputs,
            f"{labels(outputs)} train alike, but may predict differently: {clips}, with no "
            f"gradient beyond; {joined(metrics)} {look} at the outputs as they are.",
            f"Compare them by {metrics[0]}, not by the loss; `loss: mse` sees the difference.",
        )


def _telling_metrics(block: CheckedBlock, outputs: tuple[Activation, ...]) -> list[str]:
    """The metrics that may differ between outputs that are one function once clipped."""
    blind = _OF_SIDE
    if block.task == "multiclass":
        blind = _OF_ORDER if outputs in ordering_alike(outputs) else ()
    return [metric for metric in block.any_cell.metrics if metric not in blind]


def _constant(block: CheckedBlock) -> Iterator[Check]:
    """Outputs that are one number whatever the input, such as softmax over a single unit."""
    groups: dict[tuple[float, bool], list[Activation]] = {}
    for output, outputs in block.output_ranges.items():
        if outputs.low == outputs.high:
            on_logits = trains_on_logits(block.outputs[output])
            groups.setdefault((outputs.low, on_logits), []).append(output)
    for (only, on_logits), group in groups.items():
        give = "give" if len(group) > 1 else "gives"
        over = " over a single unit" if output_units(block.any_cell) == 1 else ""
        effect = (
            "the loss is computed from what goes in and falls, but every prediction is the same"
            if on_logits
            else "there is no gradient, and nothing is learnt"
        )
        yield block.warning(
            "constant output",
            "output",
            group,
            f"{labels(group)}{over} always {give} {only:g}: {effect}.",
            f"Use {'sigmoid' if block.task == 'binary' else 'linear'} there.",
        )


def _no_probabilities(block: CheckedBlock) -> Iterator[Check]:
    if block.loss not in _FOR_PROBABILITIES:
        return
    outputs = [o for o, known in block.output_ranges.items() if not _within_one(known)]
    if outputs:
        give = "give" if len(outputs) > 1 else "gives"
        usual = "sigmoid" if block.task == "binary" else "softmax"
        yield block.warning(
            "no probabilities",
            "output",
            outputs,
            f"{labels(outputs)} {give} numbers outside 0 to 1, and {block.loss} is made for "
            f"probabilities: Keras {_FOR_PROBABILITIES[block.loss]}.",
            f"{usual} gives probabilities; for other outputs use `loss: mse`.",
        )


def _below_zero(block: CheckedBlock) -> Iterator[Check]:
    effects = {
        "poisson": "which is NaN for an output below 0: such a trial diverges",
        "msle": "which takes an output below 0 for 0 and then has no gradient",
    }
    outputs = [o for o, known in block.output_ranges.items() if known.low < 0]
    if block.loss in effects and outputs:
        yield block.warning(
            "negative outputs",
            "output",
            outputs,
            f"{labels(outputs)} can be negative under {block.loss}, {effects[block.loss]}.",
            "softplus or exponential stays above 0.",
        )


def _rows_of_zeros(block: CheckedBlock) -> Iterator[Check]:
    outputs = [
        output
        for output, known in block.output_ranges.items()
        if known.low == 0 and known.low_reached and output.name not in _TO_ONE
    ]
    if block.loss in _DIVIDING and outputs:
        yield block.warning(
            "rows of zeros",
            "output",
            outputs,
            f"{labels(outputs)} can be 0 for every class of a row, and {block.loss} divides by the "
            "row's sum: NaN, and the trial diverges.",
            "`loss: sparse_categorical_crossentropy` stays finite.",
        )


def _probabilities(block: CheckedBlock) -> Iterator[Check]:
    """Which outputs can be read as probabilities, where not all can."""
    if block.task == "regression":
        return
    several = block.task == "multiclass"
    rows_sum_to_one = ("softmax",) if keras_with_wrong_sparsemax() else _TO_ONE
    sums: list[Activation] = []
    within: list[Activation] = []
    neither: list[Activation] = []
    for output, known in block.output_ranges.items():
        if several and output.name in rows_sum_to_one:
            sums.append(output)
        else:
            (within if _within_one(known) and known.low < known.high else neither).append(output)
    if not neither and not (several and within):
        return
    kinds = [f"{labels(sums)}: probabilities, whose rows sum to 1"] if sums else []
    if within:
        more = " that need not sum to 1" if several else ""
        kinds.append(f"{labels(within)}: numbers from 0 to 1{more}")
    kinds += [f"{labels(neither)}: no probabilities"] if neither else []
    yield block.note(
        "probabilities",
        "output",
        [*within, *neither],
        f"What can be read from the outputs: {'; '.join(kinds)}.",
        "Accuracy needs only their order; probabilities need the first kind."
        if several
        else "Accuracy needs only the side of the threshold.",
    )


def _within_one(outputs: Range) -> bool:
    return outputs.low >= 0 and outputs.high <= 1
