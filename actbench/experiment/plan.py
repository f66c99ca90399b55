"""The plan: which trials an experiment has, in which order, and which are done already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from actbench import data
from actbench.data import Outline, Targets
from actbench.errors import DataError
from actbench.experiment.identity import trial_id
from actbench.results import Journal, Record, ResultsFolder
from actbench.spec import Block, Cell, Experiment, blocks
from actbench.spec.dataset import DatasetChoice


@dataclass(frozen=True)
class Trial:
    """One cell with one seed: one training run. `block` is the index of the cell's block."""

    block: int
    cell: Cell
    seed: int
    id: str


@dataclass(frozen=True)
class Source:
    """A data set that is here: the digest of its arrays, and the kind of place it is read from."""

    digest: str
    origin: str


@dataclass(frozen=True)
class Plan:
    """The trials of an experiment in the order they are run, and the records there are.

    Blocks follow one another; within a block the order is seed by seed: seed 0 of every arm, then
    seed 1. A run keeps it within each group of cells (`actbench.experiment.grouping`). `sources`
    are the data sets that are here, by name, and `targets` what they ask of the models;
    `missing_data` says why a data set cannot be read now, by its name; its trials count as not
    done.
    """

    experiment: Experiment
    folder: ResultsFolder
    blocks: tuple[Block, ...]
    trials: tuple[Trial, ...]
    records: Mapping[str, Record]
    sources: Mapping[str, Source]
    missing_data: Mapping[str, str]
    damaged: tuple[int, ...] = ()
    targets: Mapping[DatasetChoice, Targets] = field(default_factory=dict)

    @cached_property
    def todo(self) -> tuple[Trial, ...]:
        """The trials still to be trained: those without a record, and those that raised."""
        return tuple(t for t in self.trials if not self._finished(t))

    @cached_property
    def done(self) -> tuple[Trial, ...]:
        """The trials that need no further training."""
        return tuple(t for t in self.trials if self._finished(t))

    @property
    def others(self) -> int:
        """Records in the journal that belong to no trial of this experiment as it stands."""
        return len(self.records.keys() - {t.id for t in self.trials})

    def _finished(self, trial: Trial) -> bool:
        record = self.records.get(trial.id)
        return record is not None and record.finished


def make_plan(experiment: Experiment, out: Path, data_dir: Path | None = None) -> Plan:
    """Plan `experiment` against what `out` holds already. Trains nothing, imports no TensorFlow.

    Raises:
        ResultsError: the journal cannot be read, or is of another schema.
    """
    folder = ResultsFolder(out / experiment.name)
    journal = Journal(folder.journal)
    sources, outlines, missing = _sources(experiment, data_dir)
    grid = blocks(experiment)
    trials = tuple(
        Trial(i, cell, seed, trial_id(cell, seed, _digest(sources, cell)))
        for i, block in enumerate(grid)
        for seed in experiment.seeds
        for cell in block.cells
    )
    records = journal.records
    targets = {
        choice: outlines[choice.name].targets(choice.request)
        for choice in experiment.dataset
        if choice.name in outlines
    }
    return Plan(
        experiment, folder, grid, trials, records, sources, missing, journal.damaged, targets
    )


def _digest(sources: Mapping[str, Source], cell: Cell) -> str:
    source = sources.get(cell.dataset.name)
    return source.digest if source else ""


def _sources(
    experiment: Experiment, data_dir: Path | None
) -> tuple[dict[str, Source], dict[str, Outline], dict[str, str]]:
    """Each data set that is here, with its outline, and why the others are not."""
    found: dict[str, Source] = {}
    outlines: dict[str, Outline] = {}
    missing: dict[str, str] = {}
    for info in dict.fromkeys(choice.info for choice in experiment.dataset):
        name = info.name
        try:
            location = data.locate(info, data_dir)
            if location is None:
                missing[name] = "is not here yet; `actbench run` would download it"
            else:
                outlines[name] = data.outline(info, data_dir)
                found[name] = Source(outlines[name].digest, location.origin)
        except DataError as error:
            missing[name] = str(error)
    return found, outlines, missing
