"""A check before training, and the block that it looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from actbench.activations.info import Range
from actbench.data import Targets
from actbench.experiment.bounds import output_range
from actbench.spec import Block, Cell
from actbench.spec.activation import Activation
from actbench.wording import enumerated

# A note says what to know; a warning, that the comparison may not be the intended one.
Level = Literal["note", "warning"]


@dataclass(frozen=True)
class Check:
    """One thing that can be said before any training.

    `kind` names the check. `blocks` and `arms` are the labels of those it concerns. `finding`
    says what, and by how much; `advice` what to do about it.
    """

    kind: str
    level: Level
    blocks: tuple[str, ...]
    arms: tuple[str, ...]
    finding: str
    advice: str

    @property
    def sentence(self) -> str:
        """The finding and the advice."""
        return f"{self.finding} {self.advice}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `checks.json` holds them."""
        return {
            "kind": self.kind,
            "level": self.level,
            "blocks": list(self.blocks),
            "arms": list(self.arms),
            "sentence": self.sentence,
        }


def block_name(block: Block) -> str:
    """The block's label: its data set and its architecture."""
    return f"{block.dataset.label}, {block.architecture.name}"


@dataclass(frozen=True)
class CheckedBlock:
    """One block before training; `targets` is None where its data set is not on this machine."""

    block: Block
    targets: Targets | None

    @property
    def any_cell(self) -> Cell:
        """A cell of the block: all share the loss, the metrics and the architecture."""
        return self.block.cells[0]

    @property
    def loss(self) -> str:
        """The loss of every cell."""
        return self.any_cell.loss

    @property
    def task(self) -> str:
        """The task of the data set."""
        return self.block.dataset.info.task

    @cached_property
    def hidden(self) -> tuple[Activation, ...]:
        """The hidden candidates; none where no layer uses them."""
        if self.any_cell.architecture.why_hidden_is_unused():
            return ()
        return tuple(dict.fromkeys(cell.arm.hidden for cell in self.block.cells))

    @cached_property
    def outputs(self) -> Mapping[Activation, Cell]:
        """The output candidates, and a cell with each."""
        return {cell.arm.output: cell for cell in self.block.cells}

    @cached_property
    def output_ranges(self) -> Mapping[Activation, Range]:
        """The output candidates whose range is known, with that range."""
        ranges = {output: output_range(cell) for output, cell in self.outputs.items()}
        return {output: known for output, known in ranges.items() if known is not None}

    @property
    def candidates(self) -> Mapping[str, tuple[Activation, ...]]:
        """The candidates of both axes."""
        return {"hidden": self.hidden, "output": tuple(self.outputs)}

    @cached_property
    def _places(self) -> Mapping[tuple[str, Activation], Sequence[int]]:
        """The places of the cells with each candidate of each axis."""
        places: dict[tuple[str, Activation], list[int]] = {}
        for i, cell in enumerate(self.block.cells):
            places.setdefault(("hidden", cell.arm.hidden), []).append(i)
            places.setdefault(("output", cell.arm.output), []).append(i)
        return places

    def warning(
        self, kind: str, axis: str, of: Iterable[Activation], finding: str, advice: str
    ) -> Check:
        """A warning about the arms whose `axis` (hidden or output) is one of `of`."""
        places = sorted(place for activation in of for place in self._places[axis, activation])
        arms = tuple(self.block.cells[place].arm.label for place in places)
        return Check(kind, "warning", (block_name(self.block),), arms, finding, advice)

    def note(
        self, kind: str, axis: str, of: Iterable[Activation], finding: str, advice: str
    ) -> Check:
        """A note about the arms whose `axis` (hidden or output) is one of `of`."""
        return replace(self.warning(kind, axis, of, finding, advice), level="note")


def labels(activations: Iterable[Activation]) -> str:
    """The activations' labels as a sentence lists them."""
    return enumerated([activation.label for activation in activations])
