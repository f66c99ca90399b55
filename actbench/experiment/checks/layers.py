"""What an activation asks of the layers around it, or does to them."""

from collections.abc import Iterator

from actbench.activations.info import Range
from actbench.experiment.checks.check import Check, Level
from actbench.experiment.checks.subject import Subject, facts, labels
from actbench.experiment.output_range import output_range, output_units
from actbench.spec.activation import Activation

_SHARING = ("softmax", "sparsemax")
_LARGEST_EXPONENT = 88.72  # exp of more is infinity in float32: log(3.4028235e38) = 88.7228
_SELF_NORMALISING = "AlphaDropout"


def checks(subject: Subject) -> Iterator[Check]:
    """Everything about the activations of a block and its layers."""
    yield from _rows_in_hidden_layers(subject)
    yield from _exponentials(subject)
    yield from _self_normalising(subject)
    yield from _wrong_in_keras(subject)
    yield from _can_die(subject)
    yield from _learnable(subject)


def _rows_in_hidden_layers(subject: Subject) -> Iterator[Check]:
    found = [a for a in subject.hidden if a.name in _SHARING]
    if not found:
        return
    units = subject.any_cell.architecture.hidden_units
    share = (
        f": with {max(units):,} units each gives {1 / max(units):.2g} on average" if units else ""
    )
    if 1 in units:
        share += (
            ", and over a single unit it is the constant 1, which nothing can be learnt through"
        )
    verb = "make" if len(found) > 1 else "makes"
    finding = f"{labels(found)} as hidden activation {verb} the units of a layer share 1{share}."
    advice = "It is made for the output; as a hidden arm expect little signal and small gradients."
    yield subject.check(
        "softmax in a hidden layer", Level.warning, "hidden", found, (finding, advice)
    )


def _exponentials(subject: Subject) -> Iterator[Check]:
    for axis, candidates in subject.candidates.items():
        found = [a for a in candidates if a.name == "exponential"]
        if not found:
            continue
        finding = (
            f"exponential ({axis}) is infinite in float32 for inputs above {_LARGEST_EXPONENT}, "
            "and nothing bounds what goes into it."
        )
        advice = (
            "Such trials may diverge, which is counted; softplus has the same sign and no overflow."
        )
        yield subject.check("overflow", Level.warning, axis, found, (finding, advice))


def _self_normalising(subject: Subject) -> Iterator[Check]:
    """SELU keeps mean 0 and variance 1 only with its companions, unless it brings them itself."""
    alone = [a for a in subject.hidden if not a.companions]
    found = [a for a in alone if (f := facts(a)) and f.dropout == _SELF_NORMALISING]
    plain = [a for a in found if (f := facts(a)) and a.kernel_initializer != f.initializer]
    for initializer in dict.fromkeys(a.kernel_initializer for a in plain):
        group = [a for a in plain if a.kernel_initializer == initializer]
        finding = (
            f"{labels(group)} keeps mean 0 and variance 1 with lecun_normal, not {initializer}."
        )
        advice = "{name: selu, companions: true} brings it along; or say that it went without."
        yield subject.check("companions", Level.note, "hidden", group, (finding, advice))
    rate = subject.any_cell.architecture.standard_dropout
    if found and rate is not None:
        finding = f"{labels(found)} loses its mean and variance to standard dropout."
        advice = (
            "{name: selu, companions: true} keeps them, and so does dropout: "
            f"{{rate: {rate:g}, kind: alpha}}, for all arms alike."
        )
        yield subject.check("companions", Level.note, "hidden", found, (finding, advice))


def _wrong_in_keras(subject: Subject) -> Iterator[Check]:
    """Keras's sparsemax (keras-team/keras#23425); corrected after 3.15.1."""
    for axis, candidates in subject.candidates.items():
        single = axis == "output" and output_units(subject.any_cell) == 1
        found = [a for a in candidates if a.name == "sparsemax" and not single]
        if found and (version := keras_with_wrong_sparsemax()):
            finding = (
                f"sparsemax ({axis}) of Keras {version} is wrong wherever more than one output is "
                "above 0: of (1, 0.5, −1) it gives (0.25, 0, 0) for (0.75, 0.25, 0)."
            )
            advice = "Results are those of this other function (keras-team/keras#23425)."
            yield subject.check("wrong in Keras", Level.warning, axis, found, (finding, advice))


def keras_with_wrong_sparsemax() -> str:
    """The installed version of Keras, if its sparsemax is known to be wrong; told without Keras."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("keras")
    except PackageNotFoundError:
        return ""
    numbers = tuple(int(part) for part in found.split(".")[:3] if part.isdigit())
    return found if numbers <= (3, 15, 1) else ""


def _can_die(subject: Subject) -> Iterator[Check]:
    """Outputs that are constant on a half-line: a row that got there has no gradient to return."""
    if subject.task == "multiclass":
        return
    found = [
        output
        for output, cell in subject.outputs.items()
        if (reach := output_range(cell)) is not None and _flat_below(output, reach)
    ]
    if found:
        have, are = ("have", "they are") if len(found) > 1 else ("has", "it is")
        finding = (
            f"{labels(found)} (output) {have} no gradient where {are} least: "
            "a model that falls there for every row stays there."
        )
        advice = "The `note` column tells such trials: dead output."
        yield subject.check("dead output", Level.note, "output", found, (finding, advice))


def _flat_below(output: Activation, reach: Range) -> bool:
    """A function that never decreases and reaches its least value has it on a half-line."""
    info = facts(output)
    monotone = info is not None and info.monotone and info.elementwise
    return monotone and reach.low_reached and reach.low < reach.high


def _learnable(subject: Subject) -> Iterator[Check]:
    found = [a for a in subject.hidden if (f := facts(a)) and f.learnable]
    if found and len(subject.hidden) > len(found):
        finding = f"{labels(found)} has weights of its own, which the other arms lack."
        advice = "The `parameters` column tells how many."
        yield subject.check("more parameters", Level.note, "hidden", found, (finding, advice))
