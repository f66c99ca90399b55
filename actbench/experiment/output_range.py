"""The numbers that a model's output can be, before any training."""

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import Range
from actbench.spec import Cell

# Over a single unit these give the same number whatever the input.
_OF_ONE_UNIT = {"softmax": 1.0, "sparsemax": 1.0, "log_softmax": 0.0}


def output_units(cell: Cell) -> int:
    """The number of outputs a row: 1, or the number of classes where there are several."""
    info = cell.dataset.info
    return info.classes if info.task == "multiclass" else 1


def output_range(cell: Cell) -> Range | None:
    """The smallest interval that holds every output of the cell's model.

    None where it is not known: for an activation without a known range, and for layers written
    out in which `$output` is not what the model ends with.

    >>> from actbench.spec import blocks, load
    >>> [str(output_range(cell)) for cell in blocks(load("boston_output"))[0].cells]
    ['(-inf, inf)', '[0, inf)', '(0, 1)', '(-1, 1)', '(0, inf)', '(0, inf)']
    """
    if not cell.architecture.ends_with_output:
        return None
    output = cell.arm.output
    if output_units(cell) == 1 and output.name in _OF_ONE_UNIT:
        only = _OF_ONE_UNIT[output.name]
        return Range(only, only, low_reached=True, high_reached=True)
    info = CATALOGUE.get(output.name)
    return None if info is None else info.range_with(**dict(output.parameters))


# Losses that Keras computes from the input of a sigmoid or softmax rather than from its output
# (keras/src/backend/tensorflow/nn.py, `_get_logits`, through the attribute `_keras_logits`).
LOGIT_LOSSES = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def trains_on_logits(cell: Cell) -> bool:
    """Whether the loss is computed from the output activation's input, past the activation."""
    return (
        cell.loss_on == "keras"
        and cell.loss in LOGIT_LOSSES
        and cell.arm.output.name in ("sigmoid", "softmax")
        and cell.architecture.ends_with_output
    )
