"""The architectures of a spec: mlp, cnn, embedding, and layers written out."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from actbench.spec.keras_names import LAYERS
from actbench.spec.problems import Problem, Problems, shown
from actbench.spec.section import Section
from actbench.wording import nearest

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Units = Annotated[
    tuple[Count, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]
Label = Annotated[str, Field(min_length=1, max_length=60)]


class Dropout(Section):
    """Dropout after each hidden layer; `alpha` keeps the mean and variance that SELU needs."""

    rate: Annotated[float, Field(gt=0, lt=1)]
    kind: Literal["standard", "alpha"] = "standard"


def _dropout(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"rate": float(value)} if number else value


_DROPOUT_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {
            "type": "object",
            "properties": {
                "rate": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                "kind": {"enum": ["standard", "alpha"]},
            },
            "required": ["rate"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ]
}
DropoutChoice = Annotated[
    Dropout | None,
    BeforeValidator(_dropout),
    WithJsonSchema(_DROPOUT_SCHEMA, mode="validation"),
]


class _Architecture(Section):
    label: Label | None = None

    @property
    def default_label(self) -> str:
        """The name in the tables where the spec gives none."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.label or self.default_label

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: everything but the label."""
        return self.model_dump(mode="json", exclude={"label"}, exclude_none=True)


class Mlp(_Architecture):
    """Dense hidden layers of the given units, and the output layer."""

    type: Literal["mlp"]
    units: Units
    dropout: DropoutChoice = None
    batch_norm: Literal["before", "after"] | None = None

    @property
    def default_label(self) -> str:
        """
        >>> Mlp(type="mlp", units=(64, 64)).name
        'mlp(64-64)'
        """
        more = [f"dropout={self.dropout.rate:g}"] if self.dropout else []
        more += ["alpha"] if self.dropout and self.dropout.kind == "alpha" else []
        more += [f"batch_norm={self.batch_norm}"] if self.batch_norm else []
        return f"mlp({', '.join(['-'.join(map(str, self.units)), *more])})"


class Cnn(_Architecture):
    """Convolutions with max pooling between them, then dense layers, then the output layer."""

    type: Literal["cnn"]
    filters: Annotated[Units, Field(min_length=1)]
    kernel_size: Count = 3
    pool_size: Count = 2
    units: Units = ()

    @property
    def default_label(self) -> str:
        """
        >>> Cnn(type="cnn", filters=(32, 64), units=(64,)).name
        'cnn(32-64, 64)'
        """
        dense = [f"{'-'.join(map(str, self.units))}"] if self.units else []
        more = [f"kernel_size={self.kernel_size}"] if self.kernel_size != 3 else []
        more += [f"pool_size={self.pool_size}"] if self.pool_size != 2 else []
        return f"cnn({', '.join(['-'.join(map(str, self.filters)), *dense, *more])})"


class Embedding(_Architecture):
    """Word vectors of `dim` numbers, laid end to end, then dense layers and the output layer."""

    type: Literal["embedding"]
    dim: Count
    units: Units = ()

    @property
    def default_label(self) -> str:
        """
        >>> Embedding(type="embedding", dim=8, units=(64,)).name
        'embedding(8, 64)'
        """
        dense = [f"{'-'.join(map(str, self.units))}"] if self.units else []
        return f"embedding({', '.join([str(self.dim), *dense])})"


Layer = tuple[str, dict[str, Any]]


def _read_layers(value: Any) -> Any:
    """Bring each layer to the form {ClassName: {argument: value}}; "$hidden" alone stays a word."""
    if not isinstance(value, list | tuple):
        return value
    problems = [p for i, entry in enumerate(value) for p in _layer_problems(entry, (i,))]
    if problems:
        raise Problems(problems)
    return tuple(entry if _is_word(entry) else _full_form(entry) for entry in value)


def _is_word(entry: Any) -> bool:
    return entry in ("$hidden", "$output")


def _full_form(entry: Any) -> dict[str, dict[str, Any]]:
    if isinstance(entry, str):
        return {entry: {}}
    ((name, arguments),) = entry.items()
    return {name: dict(arguments or {})}


def _layer_problems(entry: Any, path: tuple[str | int, ...]) -> list[Problem]:
    if _is_word(entry):
        return []
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        words = "expected a layer such as `Flatten` or `Dense: {units: 64, activation: $hidden}`"
        return [Problem(path, f"{words}, got {shown(entry)}")]
    ((name, arguments),) = entry.items()
    if name not in LAYERS:
        words = f"expected the class name of a Keras layer, got {shown(name)}"
        return [Problem((*path, name), words + nearest(name, map(str, LAYERS)), at_key=True)]
    if arguments is not None and not isinstance(arguments, Mapping):
        words = f"expected the arguments of {name} as a mapping, got {shown(arguments)}"
        return [Problem((*path, name), words)]
    return [
        problem
        for key, value in (arguments or {}).items()
        for problem in _argument_problems(key, value, (*path, name, key))
    ]


def _argument_problems(key: str, value: Any, path: tuple[str | int, ...]) -> list[Problem]:
    if key in ("seed", "dtype", "name", "weights"):
        return [Problem(path, f"'{key}' is set by actbench itself; leave it out", at_key=True)]
    if isinstance(value, str) and value.startswith("$") and not _is_word(value):
        words = f"expected $hidden or $output, got {shown(value)}"
        return [Problem(path, words + nearest(value, ("$hidden", "$output")))]
    if isinstance(value, Mapping):
        if key in ("layer", "backward_layer"):
            return _layer_problems(value, path)
        return [Problem(path, f"{key}: expected a plain value, got {shown(value)}")]
    return []


class Layers(_Architecture):
    """Any sequential Keras model: layers by class name, `$hidden` and `$output` for the arm's."""

    type: Literal["layers"]
    layers: Annotated[
        tuple[Any, ...],
        BeforeValidator(_read_layers),
        Field(min_length=1, max_length=500),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [
                        {"enum": ["$hidden", "$output", *sorted(LAYERS)]},
                        {
                            "type": "object",
                            "propertyNames": {"enum": sorted(LAYERS)},
                            "minProperties": 1,
                            "maxProperties": 1,
                            "additionalProperties": {"type": ["object", "null"]},
                        },
                    ]
                },
            },
            mode="validation",
        ),
    ]

    @property
    def default_label(self) -> str:
        names = [entry if isinstance(entry, str) else next(iter(entry)) for entry in self.layers]
        label = f"layers({'-'.join(names)})"
        return label if len(label) <= 60 else f"layers({len(names)} layers)"

    def uses(self, word: str) -> bool:
        """Whether `$hidden` or `$output` stands anywhere among the layers."""
        return f'"{word}"' in json.dumps(self.layers)

    def __hash__(self) -> int:
        return hash(json.dumps(self.identity, sort_keys=True))


def _something_to_train(architecture: Any) -> Any:
    if isinstance(architecture, Layers) and not architecture.uses("$output"):
        raise Problems([Problem(("layers",), "no layer uses $output, the arm's last activation")])
    return architecture


Architecture = Mlp | Cnn | Embedding | Layers
ArchitectureChoice = Annotated[
    Annotated[Architecture, Field(discriminator="type")], AfterValidator(_something_to_train)
]
