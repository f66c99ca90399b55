"""The plan: the trials of an experiment, and which of them are done."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from actbench.data import DatasetInfo, DatasetRequest, Outline, Targets
from actbench.errors import DataError
from actbench.experiment.trials import Trial, at_chosen_rates, trials_of
from actbench.results import Journal, Record, ResultsFolder
from actbench.results.side_files import read_spec
from actbench.spec import Block, Cell, Experiment, blocks
from actbench.spec.dataset import DatasetChoice

# Keys of a spec whose change makes no other trials: more seeds or arms only add some.
_HARMLESS = (
    *("name", "description", "seeds", "splits", "baseline", "expect", "activations"),
    *("diagnostics", "reach"),
)


@dataclass(frozen=True)
class Source:
    """A data set on this machine: the digest of its arrays, and the kind of place it is read from.

    It is written to `environment.json`.
    """

    digest: str
    origin: str


@dataclass(frozen=True, repr=False)
class Plan:
    """The trials of an experiment in the order they are run, and the records there are.

    Blocks follow one another; within a block the order is split by split, where there are several,
    and in each seed by seed: seed 0 of every arm, then seed 1. So a run that is interrupted leaves
    whole splits. An executor keeps it within each group of cells
    (`actbench.experiment.executors`). Trials that choose learning rates stand before those that
    are trained at them.

    `sources`: the data sets on this machine. `missing_data`: why a data set cannot be read now, by
    its name; its trials count as not done. `targets`: the targets of each request whose
    data set is on this machine. `journal_notes`: what to know of damaged lines.
    """

    experiment: Experiment
    folder: ResultsFolder
    blocks: tuple[Block, ...]
    trials: tuple[Trial, ...]
    records: Mapping[str, Record]
    sources: Mapping[DatasetInfo, Source]
    missing_data: Mapping[str, str]
    journal_notes: tuple[str, ...] = ()
    targets: Mapping[DatasetRequest, Targets] = field(default_factory=dict)

    def __repr__(self) -> str:
        """The numbers of trials: every field would be pages."""
        return f"<Plan of {self.experiment.name}: {len(self.todo)} of {len(self.trials)} to train>"

    @cached_property
    def todo(self) -> tuple[Trial, ...]:
        """The trials still to be trained: without a record, or that raised, or not measured.

        A trial that was trained without `diagnostics`, and has to have them, is trained again.
        """
        return tuple(t for t in self.trials if not self.has_finished(t.id))

    @cached_property
    def done(self) -> tuple[Trial, ...]:
        """The trials that need no further training."""
        return tuple(t for t in self.trials if self.has_finished(t.id))

    @cached_property
    def counts(self) -> Mapping[tuple[int, Cell], tuple[int, int]]:
        """How many trials of each cell are done, and how many there are, by block and cell.

        Without those that choose learning rates.
        """
        done = Counter((trial.block, trial.cell) for trial in self.done if not trial.selects)
        trials = Counter((trial.block, trial.cell) for trial in self.trials if not trial.selects)
        return {key: (done[key], count) for key, count in trials.items()}

    @cached_property
    def selection(self) -> tuple[Trial, ...]:
        """The trials that choose learning rates."""
        return tuple(trial for trial in self.trials if trial.selects)

    def after(self, records: Mapping[str, Record]) -> "Plan":
        """The same plan with these records, and with the learning rates that they choose."""
        trials = at_chosen_rates(self.trials, _digests(self.sources), records)
        return replace(self, records=records, trials=trials)

    def shapes(self, choice: DatasetChoice) -> int:
        """How many times an arm's programs are compiled for the splits of a data set.

        Once for each different number of rows or unit of scaled targets; 1 where the data set is
        not here yet.
        """
        requests = self.experiment.requests(choice)
        targets = [self.targets[request] for request in requests if request in self.targets]
        return len({(target.rows, target.unit) for target in targets}) or 1

    @property
    def others(self) -> int:
        """Records in the journal that belong to no trial of this experiment as it stands."""
        return len(self.records.keys() - {t.id for t in self.trials})

    @cached_property
    def changed_keys(self) -> tuple[str, ...]:
        """Keys in which the experiment differs from the spec that the folder was made with.

        Only keys that make other trials. Empty where there is no former spec.
        """
        former = read_spec(self.folder.spec)
        now = self.experiment.filled(self.folder.path)
        keys = dict.fromkeys([*now, *former]) if former else {}
        return tuple(k for k in keys if k not in _HARMLESS and now.get(k) != former.get(k))

    @property
    def unmeasured(self) -> int:
        """How many trials were trained, but without the diagnostics that the spec asks for now."""
        records = (self.records.get(trial.id) for trial in self.todo)
        return sum(record is not None and record.finished for record in records)

    def has_finished(self, trial_id: str) -> bool:
        """Whether the trial of this identity needs no further training."""
        record = self.records.get(trial_id)
        if record is None or not record.finished:
            return False
        return record.diagnostics is not None or not self.experiment.diagnostics


def make_plan(experiment: Experiment, out: Path, data_dir: Path | None = None) -> Plan:
    """Plan `experiment` against what `out` holds already. Trains nothing, imports no TensorFlow.

    Raises:
        ResultsError: the journal cannot be read, or is of another schema.
    """
    folder = ResultsFolder(out / experiment.name)
    journal = Journal(folder.journal)
    sources, outlines, missing = _sources(experiment, data_dir)
    grid = blocks(experiment)
    digests = _digests(sources)
    trials = trials_of(experiment, grid, digests, journal.records)
    targets = {
        request: outlines[choice.info].targets(request)
        for choice in experiment.dataset
        if choice.info in outlines
        for request in experiment.requests(choice)
    }
    return Plan(
        experiment=experiment,
        folder=folder,
        blocks=grid,
        trials=trials,
        records=journal.records,
        sources=sources,
        missing_data=missing,
        journal_notes=journal.notes,
        targets=targets,
    )


def _digests(sources: Mapping[DatasetInfo, Source]) -> dict[DatasetInfo, str]:
    return {info: source.digest for info, source in sources.items()}


def _sources(
    experiment: Experiment, data_dir: Path | None
) -> tuple[dict[DatasetInfo, Source], dict[DatasetInfo, Outline], dict[str, str]]:
    """The sources and outlines of the data sets on this machine, and why others are missing."""
    sources: dict[DatasetInfo, Source] = {}
    outlines: dict[DatasetInfo, Outline] = {}
    missing: dict[str, str] = {}
    for info, choice in {choice.info: choice for choice in experiment.dataset}.items():
        try:
            location = info.source.locate(data_dir)
            if location is None:
                missing[info.name] = "is not here yet; `actbench run` would download it"
            else:
                outlines[info] = choice.outline(data_dir)
                sources[info] = Source(outlines[info].digest, location.origin)
        except DataError as error:
            missing[info.name] = str(error)
    return sources, outlines, missing
