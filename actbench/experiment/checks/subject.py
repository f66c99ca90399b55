"""What a check looks at: one block, its candidates by axis, and its targets where they are here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import ActivationInfo
from actbench.data import Targets
from actbench.experiment.checks.check import Check, Level
from actbench.spec import Block, Cell
from actbench.spec.activation import Activation


def block_name(block: Block) -> str:
    """The block's label: its data set and its architecture."""
    return f"{block.dataset.label}, {block.architecture.name}"


@dataclass(frozen=True)
class Subject:
    """One block before training; `targets` is None where its data set is not here yet."""

    block: Block
    targets: Targets | None

    @property
    def name(self) -> str:
        """The block's label."""
        return block_name(self.block)

    @property
    def any_cell(self) -> Cell:
        """A cell of the block: all share the loss and the metrics."""
        return self.block.cells[0]

    @property
    def task(self) -> str:
        """The task of the data set."""
        return self.block.dataset.info.task

    @property
    def hidden(self) -> tuple[Activation, ...]:
        """The hidden candidates; none where no layer uses them."""
        if not self.any_cell.architecture.uses_hidden:
            return ()
        return tuple(dict.fromkeys(cell.arm.hidden for cell in self.block.cells))

    @property
    def outputs(self) -> dict[Activation, Cell]:
        """The output candidates, and a cell with each."""
        found: dict[Activation, Cell] = {}
        for cell in self.block.cells:
            found.setdefault(cell.arm.output, cell)
        return found

    @property
    def candidates(self) -> dict[str, tuple[Activation, ...]]:
        """The candidates of both axes."""
        return {"hidden": self.hidden, "output": tuple(self.outputs)}

    def check(
        self, kind: str, level: Level, axis: str, of: Iterable[Activation], words: tuple[str, str]
    ) -> Check:
        """A check that concerns the arms whose `axis` (hidden or output) is one of `of`."""
        chosen = set(of)
        arms = [c.arm.label for c in self.block.cells if getattr(c.arm, axis) in chosen]
        return Check(kind, level, (self.name,), tuple(arms), *words)


def facts(activation: Activation) -> ActivationInfo | None:
    """What the catalogue knows of the activation; None for one of the user's own."""
    return CATALOGUE.get(activation.name)


def labels(activations: Iterable[Activation]) -> str:
    """Names as a sentence lists them."""
    return joined([activation.label for activation in activations])


def joined(names: Sequence[str]) -> str:
    """Names in a row.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def starting_alike(activations: Iterable[Activation]) -> Iterator[tuple[Activation, ...]]:
    """Groups of at least two that start from the same weights: of one initialiser."""
    groups: dict[str, list[Activation]] = {}
    for activation in activations:
        groups.setdefault(activation.kernel_initializer, []).append(activation)
    yield from (tuple(group) for group in groups.values() if len(group) > 1)
