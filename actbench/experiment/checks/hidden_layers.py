"""What a hidden activation asks of the layers around it, or does to them."""

from collections.abc import Iterator, Sequence

from actbench.activations.catalogue import CATALOGUE
from actbench.experiment.checks.check import Check, CheckedBlock, labels
from actbench.spec.activation import Activation


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Everything about the hidden activations of a block and its layers."""
    yield from _softmax(block)
    yield from _self_normalising(block)
    yield from _more_parameters(block)


def _softmax(block: CheckedBlock) -> Iterator[Check]:
    activations = [a for a in block.hidden if a.name in ("softmax", "sparsemax")]
    if not activations:
        return
    units = block.any_cell.architecture.hidden_units
    share = ""
    if units:
        share = f": with {max(units):,} units each gives {1 / max(units):.2g} on average"
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


def _self_normalising(block: CheckedBlock) -> Iterator[Check]:
    """SELU keeps mean 0 and variance 1 only with its companions, unless it brings them itself."""
    activations = [a for a in block.hidden if a.name == "selu" and not a.companions]
    initializers = dict.fromkeys(a.kernel_initializer for a in activations)
    initializers.pop(CATALOGUE["selu"].initializer, None)
    for initializer in initializers:
        group = [a for a in activations if a.kernel_initializer == initializer]
        yield block.note(
            "companions",
            "hidden",
            group,
            f"{labels(group)} keeps mean 0 and variance 1 with lecun_normal, not {initializer}.",
            "{name: selu, companions: true} brings it along; or say that it went without.",
        )
    yield from _standard_dropout(block, activations)


def _standard_dropout(block: CheckedBlock, activations: Sequence[Activation]) -> Iterator[Check]:
    usual = block.any_cell.architecture.hidden_dropout
    activations_by_rate: dict[float, list[Activation]] = {}
    for activation in activations:
        dropout = activation.dropout_in_place_of(usual)
        if dropout and dropout.kind == "standard":
            activations_by_rate.setdefault(dropout.rate, []).append(activation)
    for rate, group in activations_by_rate.items():
        yield block.note(
            "companions",
            "hidden",
            group,
            f"{labels(group)} loses its mean and variance to standard dropout.",
            "{name: selu, companions: true} keeps them, and so does dropout: "
            f"{{rate: {rate:g}, kind: alpha}}, for all arms alike.",
        )


def _more_parameters(block: CheckedBlock) -> Iterator[Check]:
    activations = [a for a in block.hidden if a.name in CATALOGUE and CATALOGUE[a.name].learnable]
    if activations and len(block.hidden) > len(activations):
        yield block.note(
            "more parameters",
            "hidden",
            activations,
            f"{labels(activations)} has weights of its own, which the other arms lack.",
            "The `parameters` column tells how many.",
        )
