"""What an activation asks of the layers around it, or does to them."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from actbench.activations.info import Range
from actbench.experiment.bounds import output_units
from actbench.experiment.checks.check import Check, CheckedBlock, info_of, labels
from actbench.spec.activation import Activation

_SHARING = ("softmax", "sparsemax")
_LARGEST_EXPONENT = 88.72  # exp of more is infinity in float32: log(3.4028235e38) = 88.7228
_SELF_NORMALISING = "AlphaDropout"


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Everything about the activations of a block and its layers."""
    yield from _rows_in_hidden_layers(block)
    yield from _exponentials(block)
    yield from _self_normalising(block)
    yield from _wrong_in_keras(block)
    yield from _can_die(block)
    yield from _learnable(block)


def _rows_in_hidden_layers(block: CheckedBlock) -> Iterator[Check]:
    activations = [a for a in block.hidden if a.name in _SHARING]
    if not activations:
        return
    units = block.any_cell.architecture.hidden_units
    share = (
        f": with {max(units):,} units each gives {1 / max(units):.2g} on average" if units else ""
    )
    if 1 in units:
        share += (
            ", and over a single unit it is the constant 1, which nothing can be learnt through"
        )
    make = "make" if len(activations) > 1 else "makes"
    yield block.warning(
        "softmax in a hidden layer",
        "hidden",
        activations,
        f"{labels(activations)} as hidden activation {make} the units of a layer share 1{share}.",
        "It is made for the output; as a hidden arm expect little signal and small gradients.",
    )


def _exponentials(block: CheckedBlock) -> Iterator[Check]:
    for axis, candidates in block.candidates.items():
        activations = [a for a in candidates if a.name == "exponential"]
        if activations:
            yield block.warning(
                "overflow",
                axis,
                activations,
                f"exponential ({axis}) is infinite in float32 for inputs above "
                f"{_LARGEST_EXPONENT}, and nothing bounds what goes into it.",
                "Such trials may diverge, which is counted; softplus has the same sign and no "
                "overflow.",
            )


def _self_normalising(block: CheckedBlock) -> Iterator[Check]:
    """SELU keeps mean 0 and variance 1 only with its companions, unless it brings them itself."""
    alone = {a: info for a in block.hidden if not a.companions and (info := info_of(a))}
    activations = [a for a, info in alone.items() if info.dropout == _SELF_NORMALISING]
    plain = [a for a in activations if a.kernel_initializer != alone[a].initializer]
    for initializer in dict.fromkeys(a.kernel_initializer for a in plain):
        group = [a for a in plain if a.kernel_initializer == initializer]
        yield block.note(
            "companions",
            "hidden",
            group,
            f"{labels(group)} keeps mean 0 and variance 1 with lecun_normal, not {initializer}.",
            "{name: selu, companions: true} brings it along; or say that it went without.",
        )
    rate = block.any_cell.architecture.standard_dropout
    if activations and rate is not None:
        yield block.note(
            "companions",
            "hidden",
            activations,
            f"{labels(activations)} loses its mean and variance to standard dropout.",
            "{name: selu, companions: true} keeps them, and so does dropout: "
            f"{{rate: {rate:g}, kind: alpha}}, for all arms alike.",
        )


def _wrong_in_keras(block: CheckedBlock) -> Iterator[Check]:
    """Keras's sparsemax (keras-team/keras#23425); corrected after 3.15.1."""
    for axis, candidates in block.candidates.items():
        single = axis == "output" and output_units(block.any_cell) == 1
        activations = [a for a in candidates if a.name == "sparsemax" and not single]
        if activations and (wrong := keras_with_wrong_sparsemax()):
            yield block.warning(
                "wrong in Keras",
                axis,
                activations,
                f"sparsemax ({axis}) of Keras {wrong} is wrong wherever more than one output is "
                "above 0: of (1, 0.5, −1) it gives (0.25, 0, 0) for (0.75, 0.25, 0).",
                "Results are those of this other function (keras-team/keras#23425).",
            )


def keras_with_wrong_sparsemax() -> str:
    """The installed Keras's version if its sparsemax is known to be wrong, else empty.

    Keras is not imported.
    """
    try:
        installed = version("keras")
    except PackageNotFoundError:
        return ""
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdigit())
    return installed if numbers <= (3, 15, 1) else ""


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
    info = info_of(output)
    monotone = info is not None and info.monotone and info.elementwise
    return monotone and outputs.low_reached and outputs.low < outputs.high


def _learnable(block: CheckedBlock) -> Iterator[Check]:
    activations = [a for a in block.hidden if (info := info_of(a)) and info.learnable]
    if activations and len(block.hidden) > len(activations):
        yield block.note(
            "more parameters",
            "hidden",
            activations,
            f"{labels(activations)} has weights of its own, which the other arms lack.",
            "The `parameters` column tells how many.",
        )
