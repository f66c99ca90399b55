"""A check before training, and the block that it looks at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import ActivationInfo, Range
from actbench.data import Targets
from actbench.experiment.bounds import output_range
from actbench.spec import Block, Cell
from actbench.spec.activation import Activation


class Level(StrEnum):
    """A note says what to know; a warning, that the comparison may not be the intended one."""

    note = "note"
    warning = "warning"


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
            "level": str(self.level),
            "blocks": list(self.blocks),
            "arms": list(self.arms),
            "sentence": self.sentence,
        }


def merged(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Each sentence once, with all the blocks it holds for; warnings first.

    >>> one = Check("k", Level.note, ("a",), ("relu / linear",), "So.", "Do.")
    >>> [check.blocks for check in merged([one, replace(one, blocks=("b",))])]
    [('a', 'b')]
    """
    blocks_by_check: dict[Check, tuple[str, ...]] = {}
    for check in checks:
        key = replace(check, blocks=())
        blocks_by_check[key] = (*blocks_by_check.get(key, ()), *check.blocks)
    whole = [replace(check, blocks=blocks) for check, blocks in blocks_by_check.items()]
    return tuple(sorted(whole, key=lambda check: check.level is Level.note))


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
        cells: dict[Activation, Cell] = {}
        for cell in self.block.cells:
            cells.setdefault(cell.arm.output, cell)
        return cells

    @cached_property
    def output_ranges(self) -> Mapping[Activation, Range]:
        """The output candidates whose range is known, with that range."""
        ranges = {output: output_range(cell) for output, cell in self.outputs.items()}
        return {output: known for output, known in ranges.items() if known is not None}

    @property
    def candidates(self) -> Mapping[str, tuple[Activation, ...]]:
        """The candidates of both axes."""
        return {"hidden": self.hidden, "output": tuple(self.outputs)}

    def warning(
        self, kind: str, axis: str, of: Iterable[Activation], finding: str, advice: str
    ) -> Check:
        """A warning about the arms whose `axis` (hidden or output) is one of `of`."""
        return self._check(kind, Level.warning, axis, of, finding, advice)

    def note(
        self, kind: str, axis: str, of: Iterable[Activation], finding: str, advice: str
    ) -> Check:
        """A note about the arms whose `axis` (hidden or output) is one of `of`."""
        return self._check(kind, Level.note, axis, of, finding, advice)

    def _check(
        self, kind: str, level: Level, axis: str, of: Iterable[Activation], *words: str
    ) -> Check:
        chosen = set(of)
        arms = [c.arm.label for c in self.block.cells if getattr(c.arm, axis) in chosen]
        return Check(kind, level, (block_name(self.block),), tuple(arms), *words)


def info_of(activation: Activation) -> ActivationInfo | None:
    """The activation's entry in the catalogue; None for one of the user's own."""
    return CATALOGUE.get(activation.name)


def labels(activations: Iterable[Activation]) -> str:
    """The activations' labels as a sentence lists them."""
    return joined([activation.label for activation in activations])


def joined(names: list[str]) -> str:
    """The names with commas, the last one after "and".

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def starting_alike(activations: Iterable[Activation]) -> Iterator[tuple[Activation, ...]]:
    """Groups of at least two that share an initialiser, and so start from the same weights."""
    groups: dict[str, list[Activation]] = {}
    for activation in activations:
        groups.setdefault(activation.kernel_initializer, []).append(activation)
    yield from (tuple(group) for group in groups.values() if len(group) > 1)
