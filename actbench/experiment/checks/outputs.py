"""An output and its loss: targets out of reach, constants, outputs that are no probabilities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import Range
from actbench.experiment.bounds import (
    HINGES,
    floors,
    in_unit,
    output_units,
    tally_for,
    trains_on_logits,
)
from actbench.experiment.checks.check import Check, CheckedBlock, labels
from actbench.experiment.checks.functions import (
    alike,
    keras_with_wrong_sparsemax,
    ordering_alike,
    starting_alike,
)
from actbench.spec import Cell
from actbench.spec.activation import Activation
from actbench.wording import enumerated

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
_OF_ORDER: tuple[str, ...] = ("accuracy", "balanced_accuracy", "top_5_accuracy")
_OF_SIDE: tuple[str, ...] = ("accuracy", "balanced_accuracy", "precision", "recall")
_TO_ONE = ("softmax", "sparsemax")
_SAME_PROBLEM = "same training problem"


@dataclass(frozen=True)
class Shortfall:
    """What an output misses in one part of the data.

    `below`, `above`: how many of `total` target numbers lie outside its range. `floors`: what the
    loss and each metric cannot fall below.
    """

    part: str
    below: int
    above: int
    total: int
    floors: tuple[tuple[str, float], ...]

    @property
    def missed(self) -> str:
        """How many targets of the part are out of reach, as `12 of 102 test`."""
        missed = self.below + self.above
        share = f"all {missed:,}" if missed == self.total else f"{missed:,} of {self.total:,}"
        return f"{share} {self.part}"

    def limits(self, loss: str) -> str:
        """What cannot be passed in this part: `test MAE is at least 22.078431 (MSE 570.7)`."""
        (first, least), *others = [
            (f"loss ({loss})" if name == "loss" else name.upper(), f"{value:.8g}")
            for name, value in self.floors
        ]
        more = f" ({', '.join(f'{name} {value}' for name, value in others)})" if others else ""
        return f"{self.part} {first} is at least {least}{more}"


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Everything about the outputs of a block and its loss."""
    yield from _unreachable_targets(block)
    yield from _trained_on_logits(block)
    yield from _clipped_alike(block)
    yield from _constant(block)
    yield from _no_probabilities(block)
    yield from _below_zero(block)
    yield from _rows_of_zeros(block)
    yield from _probabilities(block)
    yield from _can_die(block)


def _unreachable_targets(block: CheckedBlock) -> Iterator[Check]:
    """A warning for each group of outputs that fall short alike."""
    groups: dict[tuple[Shortfall, ...], dict[Activation, Range]] = {}
    for output, outputs in block.output_ranges.items():
        shortfalls = tuple(_shortfalls(block, block.outputs[output], outputs))
        if any(part.floors for part in shortfalls):
            groups.setdefault(shortfalls, {})[output] = outputs
    usual = {"regression": "linear", "binary": "sigmoid", "multiclass": "softmax"}[block.task]
    usual = "tanh or linear" if block.loss in HINGES else usual
    for shortfalls, range_by_output in groups.items():
        yield block.warning(
            "unreachable targets",
            "output",
            range_by_output,
            _unreachable(block, shortfalls, range_by_output),
            f"An output without this bound, such as {usual}, reaches them all.",
        )


def _shortfalls(block: CheckedBlock, cell: Cell, outputs: Range) -> Iterator[Shortfall]:
    """One for each part of the data that is on this machine, the test set first."""
    if block.targets is None:
        return
    parts = {
        "test": block.targets.test,
        "training": block.targets.train,
        "validation": block.targets.validation,
    }
    for part, targets in parts.items():
        if targets is not None:
            numbers = tally_for(cell, cell.loss, targets)
            floor_by_name = floors(cell, targets, block.targets.unit)
            if cell.loss in floor_by_name:
                floor_by_name.pop("loss", None)
            yield Shortfall(
                part,
                *numbers.beyond(in_unit(outputs, block.targets.unit)),
                int(numbers.counts.sum()),
                tuple(floor_by_name.items()),
            )


def _unreachable(
    block: CheckedBlock,
    shortfalls: tuple[Shortfall, ...],
    range_by_output: Mapping[Activation, Range],
) -> str:
    give = "give" if len(range_by_output) > 1 else "gives"
    scaled = "scaled " if block.any_cell.dataset.target_scale else ""
    what = "one-hot targets" if block.task == "multiclass" else f"{scaled}targets"
    missed = enumerated([part.missed for part in shortfalls])
    limits = "; ".join(part.limits(block.loss) for part in shortfalls if part.floors)
    low = min(outputs.low for outputs in range_by_output.values())
    high = max(outputs.high for outputs in range_by_output.values())
    below, above = any(p.below for p in shortfalls), any(p.above for p in shortfalls)
    if below and above:
        ends = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    else:
        ends = f"at most {high:g}" if above else f"at least {low:g}"
    return (
        f"{labels(range_by_output)} {give} {ends}, and {missed} {what} lie beyond. "
        f"Whatever the model, {limits}."
    )


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
            f"gradient beyond; {enumerated(metrics)} {look} at the outputs as they are.",
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
            key = outputs.low, trains_on_logits(block.outputs[output])
            groups.setdefault(key, []).append(output)
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
    sums = "probabilities, whose rows sum to 1"
    within = f"numbers from 0 to 1{' that need not sum to 1' if several else ''}"
    neither = "no probabilities"
    outputs: dict[str, list[Activation]] = {sums: [], within: [], neither: []}
    for output, known in block.output_ranges.items():
        if several and output.name in rows_sum_to_one:
            kind = sums
        else:
            kind = within if _within_one(known) and known.low < known.high else neither
        outputs[kind].append(output)
    if not outputs[neither] and not (several and outputs[within]):
        return
    kinds = "; ".join(f"{labels(group)}: {kind}" for kind, group in outputs.items() if group)
    yield block.note(
        "probabilities",
        "output",
        [*outputs[within], *outputs[neither]],
        f"What can be read from the outputs: {kinds}.",
        "Accuracy needs only their order; probabilities need the first kind."
        if several
        else "Accuracy needs only the side of the threshold.",
    )


def _within_one(outputs: Range) -> bool:
    return outputs.low >= 0 and outputs.high <= 1


def _can_die(block: CheckedBlock) -> Iterator[Check]:
    """Outputs that are constant on a half-line: a row whose input lies there has no gradient."""
    if block.task == "multiclass":
        return
    outputs = [o for o, known in block.output_ranges.items() if _flat_below(o, known)]
    if outputs:
        have, are = ("have", "they are") if len(outputs) > 1 else ("has", "it is")
        yield block.note(
            "dead output",
            "output",
            outputs,
            f"{labels(outputs)} (output) {have} no gradient where {are} least: "
            "a model that falls there for every row stays there.",
            "The `note` column tells such trials: dead output.",
        )


def _flat_below(output: Activation, outputs: Range) -> bool:
    """A function that never decreases and reaches its least value has it on a half-line."""
    info = CATALOGUE.get(output.name)
    monotone = info is not None and info.monotone and info.elementwise
    return monotone and outputs.low_reached and outputs.low < outputs.high
