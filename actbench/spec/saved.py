"""The architecture type `saved`: a model that Keras saved, one of its activations swapped."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from actbench.spec.activation import Activation
from actbench.spec.architecture import TYPE, Architecture
from actbench.spec.dataset import DatasetChoice
from actbench.spec.keras_file import KerasFile, KerasFileError, Place, read_keras_file
from actbench.spec.problems import LONGEST_LABEL, Problem, one_problem
from actbench.wording import counted, listed

# Stands for an output that a spec has no name for.
_AS_SAVED = Activation.model_validate({"name": "linear", "label": "as saved"})


class Saved(Architecture):
    """A saved model in which every activation `swap` becomes the candidate.

    Weights start anew; frozen ones, and those of `Normalization`, are kept.
    """

    tried_before_training = True

    type: Annotated[Literal["saved"], TYPE]
    file: Annotated[str, Field(min_length=1, description="A .keras file, relative to the spec.")]
    swap: Activation = Field(
        description="The activation of the model that the candidates stand in for."
    )
    _path: Path = PrivateAttr()
    _digest: str = PrivateAttr()
    _places: tuple[Place, ...] = PrivateAttr()
    _kept: tuple[str, ...] = PrivateAttr()
    _scaling: tuple[str, ...] = PrivateAttr()
    _shape: tuple[int | None, ...] | None = PrivateAttr(default=None)
    _outputs: int | None = PrivateAttr(default=None)
    _output: Activation | None = PrivateAttr(default=None)
    _swaps_output: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _read_file(self, info: ValidationInfo) -> "Saved":
        self._path = (Path((info.context or {}).get("folder", ".")) / self.file).absolute()
        try:
            file = read_keras_file(self._path)
        except KerasFileError as error:
            raise one_problem(str(error), "file") from None
        if len(file.input_shapes) > 1 or file.outputs > 1:
            inputs = counted(len(file.input_shapes), "input")
            words = f"expected a model with one input and one output, got {inputs}"
            raise one_problem(f"{words} and {counted(file.outputs, 'output')}", "file")
        self._places = tuple(place for place in file.places if self._matches(place))
        if not self._places:
            raise one_problem(self._what_it_holds(file), "swap")
        self._digest, self._kept, self._scaling = file.digest, file.kept, file.scaling
        self._shape = next(iter(file.input_shapes), None)
        node, place = file.last
        self._outputs = node["config"].get("units")
        self._swaps_output = place in self._places
        self._output = place.activation if place else None
        return self

    def _matches(self, place: Place) -> bool:
        return place.activation is not None and place.activation.function == self.swap.function

    def _what_it_holds(self, file: KerasFile) -> str:
        labels = [p.activation.label if p.activation else "another one" for p in file.places]
        counts = [f"{label} ({count})" for label, count in Counter(labels).items()]
        return (
            f"no activation of {file.path.name} is {self.swap.label}; "
            f"it has {listed(counts) or 'none at all'}"
        )

    @property
    def default_label(self) -> str:
        return f"saved({self._path.stem})"[:LONGEST_LABEL]

    @property
    def identity(self) -> dict[str, Any]:
        """The digest of the configuration and of what is kept, and what is swapped; no file."""
        return {"type": self.type, "digest": self._digest, "swap": self.swap.function}

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def digest(self) -> str:
        """The digest of the model as it was when the spec was read."""
        return self._digest

    @property
    def places(self) -> tuple[Place, ...]:
        """The activations that become the candidate."""
        return self._places

    @property
    def keeps(self) -> bool:
        """Whether any weights are kept."""
        return bool(self._kept)

    @property
    def notes(self) -> tuple[str, ...]:
        swapped = listed(place.shown for place in self._places)
        kept = f"Kept as saved: {listed(self._kept)}. " if self._kept else ""
        rest = "Every other weight starts anew." if self._kept else "Every weight starts anew."
        return (f"{self.name}: {self.swap.label} becomes the candidate in {swapped}. {kept}{rest}",)

    @property
    def scales_inputs(self) -> str:
        return listed(self._scaling)

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """Plain values; the path of the file is relative to the folder."""
        file = os.path.relpath(self._path, folder) if folder else self.file
        return super().filled(folder) | {"file": Path(file).as_posix()}

    def why_hidden_is_unused(self) -> Problem | None:
        return None

    def why_not(self, axis: str, candidate: Activation) -> str:
        if axis == "output":
            return (
                f"{self.name} keeps the output it was saved with; leave `activations.output` out, "
                "or name that activation under `swap`"
            )
        if candidate.has_own_initializer:
            return (
                f"'{candidate.label}' has an initialiser of its own, and {self.name} keeps those "
                "that it was saved with; leave it out, or use `type: builder`"
            )
        return ""

    def output_beside(self, hidden: Activation) -> Activation:
        return hidden if self._swaps_output else self._output or _AS_SAVED

    @property
    def ends_with_output(self) -> bool:
        return self._output is not None

    def misfit(self, data: DatasetChoice) -> str:
        rows, info = data.info.input_shape, data.info
        outputs = info.classes if info.task == "multiclass" else 1
        if self._outputs is not None and self._outputs != outputs:
            return (
                f"{self.name} has {counted(self._outputs, 'output')} a row, and {data.name} needs "
                f"{outputs}; save a model whose last layer has {counted(outputs, 'unit')}"
            )
        if rows and self._shape and not _fits(rows, self._shape):
            shapes = f"rows of shape {self._shape}, and those of {data.name} have {rows}"
            return f"{self.name} takes {shapes}"
        return ""

    def __hash__(self) -> int:
        return hash(json.dumps(self.identity, sort_keys=True))


def _fits(rows: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Whether rows of this shape go into the model, with a channel added where it has one."""
    if len(expected) == len(rows) + 1 and expected[-1] == 1:
        expected = expected[:-1]
    same = zip(rows, expected, strict=False)
    return len(rows) == len(expected) and all(b in (None, a) for a, b in same)
