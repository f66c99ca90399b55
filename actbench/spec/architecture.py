"""The architecture types of a spec: a class for each, with every fact about the type.

The layers themselves are built in `actbench.models`. A new type is a class here (or in a file of
its own), an entry in `AnyArchitecture` of `actbench.spec.experiment`, and an entry in `BUILDERS`
there.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from actbench.spec.activation import Activation
from actbench.spec.dataset import DatasetChoice
from actbench.spec.dropout import Dropout, Rate, read_dropout
from actbench.spec.keras_names import LAYERS, OTHER_LAYERS
from actbench.spec.problems import (
    LONGEST_LABEL,
    Label,
    Problem,
    Section,
    one_problem,
    optional,
    refuse,
    shown,
)
from actbench.spec.yaml_document import KeyPath
from actbench.wording import nearest

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Counts = Annotated[
    tuple[Count, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]
Units = Annotated[Counts, Field(description="Units of each dense hidden layer.")]
TYPE = Field(description="The type of architecture.")


class Architecture(Section):
    """What the rest of actbench asks of an architecture; a type overrides what it can answer."""

    # Whether a seed gives the same bits again on the processor without TensorFlow's switch for
    # determinism. Dense layers and convolutions do; the gradient of an embedding does not.
    repeats_on_processor: ClassVar[bool] = False
    # Whether a run builds it before it trains anything: only building shows if it makes a model.
    tried_before_training: ClassVar[bool] = False

    label: Label | None = optional("The name in the tables.")

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.label or self.default_label

    @property
    def default_label(self) -> str:
        """The name in the tables if the spec gives none."""
        raise NotImplementedError

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: everything but the label and keys at their default."""
        return self.model_dump(mode="json", exclude={"label"}, exclude_defaults=True)

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """Plain values with every default filled in, for a spec in this folder."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def user_function(self) -> str:
        """The place of the user's function that a run imports and calls; empty without one."""
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a plan says of it: what only building shows, what is changed in it."""
        return ()

    def why_not(self, axis: str, candidate: Activation) -> str:
        """Why a candidate of the axis, hidden or output, cannot be here; empty if it can."""
        return ""

    @property
    def hidden_units(self) -> tuple[int, ...]:
        """The units (or filters) at each use of the hidden activation; () if only Keras knows."""
        return ()

    def why_hidden_is_unused(self) -> Problem | None:
        """The reason why no layer has the hidden activation; None if some layer has it."""
        if self.hidden_units:
            return None
        words = "there is no hidden layer, so arms that differ in `hidden` would be the same"
        return Problem(("units",), words)

    def output_beside(self, hidden: Activation) -> Activation | None:
        """Its own output activation in an arm with this hidden one; None if the arm brings it."""
        return None

    @property
    def scales_inputs(self) -> str:
        """The layers of its own that scale inputs; empty without one."""
        return ""

    @property
    def ends_with_output(self) -> bool:
        """Whether the model's output is what the output activation gives."""
        return True

    @property
    def hidden_dropout(self) -> Dropout | None:
        """The dropout after hidden layers, of arms that bring none of their own."""
        return None

    @property
    def why_no_dropout(self) -> str:
        """Why an arm cannot bring its own dropout; empty if it can."""
        return "only mlp, cnn and embedding put dropout after their dense hidden layers"

    def misfit(self, data: DatasetChoice) -> str:
        """Why this architecture cannot train on the data set; empty if it can."""
        return ""

    def operations(self, data: DatasetChoice) -> float | None:
        """Operations to train once on one row; None if only Keras knows the layers.

        They are six for each multiplication of the forward pass: two forward, four backward.
        """
        return None


class Mlp(Architecture):
    """Dense hidden layers of the given units, and the output layer."""

    repeats_on_processor = True

    type: Annotated[Literal["mlp"], TYPE]
    units: Units
    dropout: Annotated[
        Dropout | None,
        BeforeValidator(read_dropout, json_schema_input_type=Rate | Dropout | None),
    ] = optional("After each hidden layer: a rate, or {rate: 0.1, kind: alpha}, which SELU needs.")
    batch_norm: Literal["before", "after"] | None = optional(
        "Batch normalisation before or after the activation."
    )

    @property
    def default_label(self) -> str:
        parts = [_joined(self.units)] if self.units else []
        parts += [f"dropout={self.dropout.rate:g}"] if self.dropout else []
        parts += ["alpha"] if self.dropout and self.dropout.kind == "alpha" else []
        parts += [f"batch_norm={self.batch_norm}"] if self.batch_norm else []
        return f"mlp({', '.join(parts)})"

    @property
    def hidden_units(self) -> tuple[int, ...]:
        return self.units

    @property
    def hidden_dropout(self) -> Dropout | None:
        return self.dropout

    @property
    def why_no_dropout(self) -> str:
        return _why_no_dropout_after(self.units)

    def misfit(self, data: DatasetChoice) -> str:
        words = f"mlp reads word counts; use `encoding: multi_hot` for {data.name}"
        return f"{words}, or an embedding architecture" if data.request.vocabulary else ""

    def operations(self, data: DatasetChoice) -> float:
        shape = data.info.input_shape
        inputs = prod(shape) if shape else data.request.num_words
        return 6.0 * _dense_products(inputs, self.units, data)


class Cnn(Architecture):
    """Convolutions with max pooling between them, then dense layers, then the output layer."""

    repeats_on_processor = True

    type: Annotated[Literal["cnn"], TYPE]
    filters: Annotated[Counts, Field(min_length=1, description="Filters of each convolution.")]
    kernel_size: Count = Field(default=3, description="Side of the convolutions, in pixels.")
    pool_size: Count = Field(
        default=2, description="Side of the max pooling between convolutions, in pixels."
    )
    units: Units = ()

    @property
    def default_label(self) -> str:
        parts = [_joined(self.filters), *([_joined(self.units)] if self.units else [])]
        parts += [f"kernel_size={self.kernel_size}"] if self.kernel_size != 3 else []
        parts += [f"pool_size={self.pool_size}"] if self.pool_size != 2 else []
        return f"cnn({', '.join(parts)})"

    @property
    def hidden_units(self) -> tuple[int, ...]:
        return (*self.filters, *self.units)

    @property
    def why_no_dropout(self) -> str:
        return _why_no_dropout_after(self.units)

    def _sides(self, side: int) -> list[int]:
        """The side of an image after each convolution, in pixels; `side` is that before all."""
        sides = []
        for i in range(len(self.filters)):
            side = (side // self.pool_size if i else side) - self.kernel_size + 1
            sides.append(side)
        return sides

    def misfit(self, data: DatasetChoice) -> str:
        if data.info.kind != "image":
            return f"cnn reads images, and {data.name} holds none"
        *sides, last = self._sides(min(data.info.input_shape[:2]))
        for number, side in enumerate([*(side // self.pool_size for side in sides), last], start=1):
            if side < 1:
                words = f"the images of {data.name} shrink to nothing at convolution {number}"
                return f"{words}; use fewer filters, or a smaller kernel_size or pool_size"
        return ""

    def operations(self, data: DatasetChoice) -> float:
        shape = data.info.input_shape
        channels = [shape[2] if len(shape) > 2 else 1, *self.filters]
        sides = self._sides(shape[0])
        convolutions = sum(
            side**2 * self.kernel_size**2 * before * after
            for side, (before, after) in zip(sides, pairwise(channels), strict=True)
        )
        dense = _dense_products(sides[-1] ** 2 * channels[-1], self.units, data)
        return 6.0 * (convolutions + dense)


class Embedding(Architecture):
    """Word vectors of `dim` numbers, laid end to end, then dense layers and the output layer."""

    type: Annotated[Literal["embedding"], TYPE]
    dim: Annotated[Count, Field(description="Numbers a word is embedded in.")]
    units: Units = ()

    @property
    def default_label(self) -> str:
        parts = [str(self.dim), *([_joined(self.units)] if self.units else [])]
        return f"embedding({', '.join(parts)})"

    @property
    def hidden_units(self) -> tuple[int, ...]:
        return self.units

    @property
    def why_no_dropout(self) -> str:
        return _why_no_dropout_after(self.units)

    def misfit(self, data: DatasetChoice) -> str:
        words = f"embedding reads word sequences, and {data.name} gives none"
        remedy = "use {name: reuters, encoding: sequence} or imdb likewise"
        return "" if data.request.vocabulary else f"{words}; {remedy}"

    def operations(self, data: DatasetChoice) -> float:
        return 6.0 * _dense_products(data.request.maxlen * self.dim, self.units, data)


def _why_no_dropout_after(units: tuple[int, ...]) -> str:
    return "" if units else "it has no dense hidden layer (`units`) to drop units of"


def _joined(sizes: tuple[int, ...]) -> str:
    return "-".join(map(str, sizes))


def _dense_products(inputs: int, units: tuple[int, ...], data: DatasetChoice) -> int:
    """Multiplications of the dense layers and the output layer, for one row of `inputs` numbers."""
    return sum(a * b for a, b in pairwise([inputs, *units, max(data.info.classes, 1)]))


_WORDS = ("$hidden", "$output")


def _read_layers(value: Any) -> Any:
    """Bring each layer to the form {ClassName: {argument: value}}; "$hidden" alone stays a word."""
    if not isinstance(value, list | tuple):
        return value
    entries = [{e: {}} if isinstance(e, str) and e not in _WORDS else e for e in value]
    refuse(p for i, e in enumerate(entries) if e not in _WORDS for p in _layer_problems(e, (i,)))
    return tuple(
        e if e in _WORDS else {name: dict(arguments or {}) for name, arguments in e.items()}
        for e in entries
    )


def _layer_problems(entry: Any, path: KeyPath) -> Iterator[Problem]:
    if not isinstance(entry, Mapping) or len(entry) != 1:
        words = "expected a layer such as `Flatten` or `Dense: {units: 64, activation: $hidden}`"
        yield Problem(path, f"{words}, got {shown(entry)}")
        return
    ((name, arguments),) = entry.items()
    if name in OTHER_LAYERS:
        words = f"{name} is a Keras layer, but {OTHER_LAYERS[name]}"
        words += "; `type: builder` takes a function that builds any model"
        yield Problem((*path, name), words, at_key=True)
    elif name == "InputLayer":
        words = "the input comes from the data set; leave InputLayer out"
        yield Problem((*path, name), words, at_key=True)
    elif name not in LAYERS:
        words = f"expected the class name of a Keras layer, got {shown(name)}"
        yield Problem((*path, name), words + nearest(name, map(str, LAYERS)), at_key=True)
    elif arguments is not None and not isinstance(arguments, Mapping):
        words = f"expected the arguments of {name} as a mapping, got {shown(arguments)}"
        yield Problem((*path, name), words)
    else:
        for key, value in (arguments or {}).items():
            yield from _argument_problems(key, value, (*path, name, key))


def _argument_problems(key: str, value: Any, path: KeyPath) -> Iterator[Problem]:
    if key in ("seed", "dtype", "name", "weights"):
        yield Problem(path, f"'{key}' is set by actbench itself; leave it out", at_key=True)
    elif isinstance(value, str) and value.startswith("$") and value not in _WORDS:
        words = f"expected $hidden or $output, got {shown(value)}"
        yield Problem(path, words + nearest(value, _WORDS))
    elif isinstance(value, Mapping) and key in ("layer", "backward_layer"):
        yield from _layer_problems(value, path)
    elif isinstance(value, Mapping):
        yield Problem(path, f"{key}: expected a plain value, got {shown(value)}")


LayerName = Annotated[str, WithJsonSchema({"enum": sorted(LAYERS)})]
LayerInSpec = (
    Literal["$hidden", "$output"]
    | LayerName
    | Annotated[dict[LayerName, dict[str, Any] | None], Field(min_length=1, max_length=1)]
)


class Layers(Architecture):
    """Any sequential Keras model: layers by class name, `$hidden` and `$output` for the arm's."""

    tried_before_training = True

    type: Annotated[Literal["layers"], TYPE]
    layers: Annotated[
        tuple[Any, ...],
        BeforeValidator(
            _read_layers,
            json_schema_input_type=Annotated[list[LayerInSpec], Field(min_length=1)],
        ),
        Field(
            min_length=1,
            max_length=500,
            description="Keras layers by class name, with $hidden and $output for the arm's "
            "activations.",
        ),
    ]

    @model_validator(mode="after")
    def _has_an_output(self) -> "Layers":
        if not self._uses("$output"):
            raise one_problem("no layer uses $output, the arm's last activation", "layers")
        return self

    @property
    def default_label(self) -> str:
        names = [entry if isinstance(entry, str) else next(iter(entry)) for entry in self.layers]
        label = f"layers({'-'.join(names)})"
        return label if len(label) <= LONGEST_LABEL else f"layers({len(names)} layers)"

    def _uses(self, word: str) -> bool:
        return f'"{word}"' in json.dumps(self.layers)

    def why_hidden_is_unused(self) -> Problem | None:
        if self._uses("$hidden"):
            return None
        words = "no layer uses $hidden, so arms that differ in it would be the same"
        return Problem(("layers",), words)

    @property
    def why_no_dropout(self) -> str:
        return (
            "a list of layers says itself where it drops units: write Dropout among the layers "
            "(for an arm with `companions: true` it becomes AlphaDropout)"
        )

    @property
    def ends_with_output(self) -> bool:
        last = self.layers[-1]
        if isinstance(last, str):
            return last == "$output"
        ((name, arguments),) = last.items()
        return name in ("Dense", "Activation") and arguments.get("activation") == "$output"

    def __hash__(self) -> int:
        return hash(json.dumps(self.identity, sort_keys=True))
