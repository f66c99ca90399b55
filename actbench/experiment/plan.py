"""The plan: the trials of an experiment, which are done, and how long the others will take."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

from actbench import data
from actbench.data import DatasetInfo, DatasetRequest, NumberedSplit, Outline, Targets
from actbench.errors import DataError
from actbench.results import Journal, Record, ResultsFolder
from actbench.results.side_files import read_spec
from actbench.spec import Block, Cell, Experiment, blocks
from actbench.spec.dataset import DatasetChoice

# Raised when a change to actbench changes the numbers that a cell and seed give. Identities leave
# defaults out: a default that changes is such a change, a new key is none.
IDENTITY_VERSION = 2

# Keys of a spec whose change makes no other trials: more seeds or arms only add some.
_HARMLESS = (
    *("name", "description", "seeds", "splits", "baseline", "expect", "activations"),
    *("diagnostics", "reach"),
)

# Orders of magnitude for a laptop processor, not promises: a plan says "about".
START_SECONDS = 6.0
OPEN_SECONDS = 1.0
TRIAL_SECONDS = 0.005
STEP_SECONDS = 1e-5
OPERATIONS_A_SECOND = 1e11


@dataclass(frozen=True)
class Trial:
    """One cell with one seed on one split: one training run.

    `block` is the index of the cell's block. `split` is None where there is only the usual one.
    """

    block: int
    cell: Cell
    seed: int
    id: str
    split: NumberedSplit | None = None

    @property
    def split_number(self) -> int | None:
        """The number of its split, from 0; None of the usual one."""
        return None if self.split is None else self.split.number

    @property
    def request(self) -> DatasetRequest:
        """The arrays it is trained and tested on; trials of one request share them."""
        return replace(self.cell.dataset.request, split=self.split)


@dataclass(frozen=True)
class Source:
    """A data set on this machine: the digest of its arrays, and the kind of place it is read from.

    It is written to `environment.json`.
    """

    digest: str
    origin: str


@dataclass(frozen=True)
class Plan:
    """The trials of an experiment in the order they are run, and the records there are.

    Blocks follow one another; within a block the order is split by split, where there are several,
    and in each seed by seed: seed 0 of every arm, then seed 1. So a run that is interrupted leaves
    whole splits. An executor keeps it within each group of cells
    (`actbench.experiment.executors`).

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

    @cached_property
    def todo(self) -> tuple[Trial, ...]:
        """The trials still to be trained: without a record, or that raised, or not measured.

        A trial that was trained without `diagnostics`, and has to have them, is trained again.
        """
        return tuple(t for t in self.trials if not self._finished(t))

    @cached_property
    def done(self) -> tuple[Trial, ...]:
        """The trials that need no further training."""
        return tuple(t for t in self.trials if self._finished(t))

    @cached_property
    def counts(self) -> Mapping[tuple[int, Cell], tuple[int, int]]:
        """How many trials of each cell are done, and how many there are, by block and cell."""
        done = Counter((trial.block, trial.cell) for trial in self.done)
        trials = Counter((trial.block, trial.cell) for trial in self.trials)
        return {key: (done[key], count) for key, count in trials.items()}

    def shapes(self, choice: DatasetChoice) -> int:
        """How many times the splits of a data set make an arm's programs be compiled.

        Once for each different number of rows, or unit of scaled targets. 1 where the data set is
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

    def _finished(self, trial: Trial) -> bool:
        record = self.records.get(trial.id)
        if record is None or not record.finished:
            return False
        return record.diagnostics is not None or not trial.cell.diagnostics


def make_plan(experiment: Experiment, out: Path, data_dir: Path | None = None) -> Plan:
    """Plan `experiment` against what `out` holds already. Trains nothing, imports no TensorFlow.

    Raises:
        ResultsError: the journal cannot be read, or is of another schema.
    """
    folder = ResultsFolder(out / experiment.name)
    journal = Journal(folder.journal)
    sources, outlines, missing = _sources(experiment, data_dir)
    grid = blocks(experiment)
    digests = {info: source.digest for info, source in sources.items()}
    trials = tuple(
        Trial(i, cell, seed, trial_id(cell, seed, digests.get(cell.dataset.info, ""), split), split)
        for i, block in enumerate(grid)
        for split in experiment.numbered_splits
        for seed in experiment.seeds
        for cell in block.cells
    )
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


def trial_id(cell: Cell, seed: int, data_digest: str, split: NumberedSplit | None = None) -> str:
    """A trial's identity: sixteen hexadecimal digits from the cell, the seed, the data, the split.

    Labels do not count, nor how many splits there are.

    >>> from actbench.spec import blocks, load
    >>> cell = blocks(load("boston_output"))[0].cells[0]
    >>> trial_id(cell, 0, "d") == trial_id(cell, 0, "d") != trial_id(cell, 1, "d")
    True
    """
    identity = cell.identity
    parts = {"version": IDENTITY_VERSION, "cell": identity, "seed": seed, "data": data_digest}
    if split is not None:
        parts["split"] = {"number": split.number, **_drawing(cell, split)}
    return short_digest(_text(parts))


def short_digest(text: str) -> str:
    """The first sixteen hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _drawing(cell: Cell, split: NumberedSplit) -> dict[str, int]:
    """How a split is drawn, as far as its number does not say."""
    if split.scheme.folds:
        return {"folds": split.scheme.folds}
    return {"test_rows": replace(cell.dataset.request, split=split).test_rows}


def _text(values: dict[str, Any]) -> str:
    """Plain values as one text, in which the order of keys counts for nothing."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _sources(
    experiment: Experiment, data_dir: Path | None
) -> tuple[dict[DatasetInfo, Source], dict[DatasetInfo, Outline], dict[str, str]]:
    """The sources and outlines of the data sets on this machine, and why others are missing."""
    sources: dict[DatasetInfo, Source] = {}
    outlines: dict[DatasetInfo, Outline] = {}
    missing: dict[str, str] = {}
    for info in dict.fromkeys(choice.info for choice in experiment.dataset):
        try:
            location = info.source.locate(data_dir)
            if location is None:
                missing[info.name] = "is not here yet; `actbench run` would download it"
            else:
                outlines[info] = data.outline(info, data_dir)
                sources[info] = Source(outlines[info].digest, location.origin)
        except DataError as error:
            missing[info.name] = str(error)
    return sources, outlines, missing


def expected_seconds(plan: Plan) -> float | None:
    """Seconds that the rest of the plan will take on one machine; None where nobody can tell.

    A cell that was trained before costs what it cost then; one that was not is estimated from
    its arithmetic, six operations a weight and row (two forward, four backward), or where only
    Keras knows its layers, from what other arms of the same model cost.
    """
    if not plan.todo:
        return 0.0
    earlier: dict[str, list[float]] = {}
    for record in plan.records.values():
        if record.train_seconds:
            for text in (_text(record.cell), _without_arm(record.cell)):
                earlier.setdefault(text, []).append(record.train_seconds)
    seconds = START_SECONDS
    trial_by_cell = {trial.cell: trial for trial in plan.todo}
    for cell, count in Counter(trial.cell for trial in plan.todo).items():
        known = earlier.get(_text(cell.identity))
        if cell.architecture.operations(cell.dataset) is None:
            known = known or earlier.get(_without_arm(cell.identity))
        each = sum(known) / len(known) if known else _estimated_seconds(trial_by_cell[cell])
        if each is None:
            return None
        seconds += OPEN_SECONDS * plan.shapes(cell.dataset) + count * each
    return seconds


def _without_arm(identity: Mapping[str, Any]) -> str:
    """The identity of a cell as a text, without its activations."""
    return _text({k: v for k, v in identity.items() if k not in ("hidden", "output")})


def _estimated_seconds(trial: Trial) -> float | None:
    cell = trial.cell
    operations_a_row = cell.architecture.operations(cell.dataset)
    if operations_a_row is None:
        return None
    rows = trial.request.training_rows
    steps = ceil(rows / cell.batch_size)
    epoch = rows * operations_a_row / OPERATIONS_A_SECOND + steps * STEP_SECONDS
    return TRIAL_SECONDS + cell.epochs * epoch
