"""The whole spec: an experiment with every default filled in."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)

from actbench.data.dataset_info import DatasetRequest, NumberedSplit
from actbench.spec.activation import ARM_KEYS, Activation
from actbench.spec.architecture import Cnn, Embedding, Layers, Mlp
from actbench.spec.builder import Builder
from actbench.spec.dataset import AnyDataset, DatasetChoice
from actbench.spec.early_stopping import EarlyStopping
from actbench.spec.expectation import ArmReference, Expectation, ShortName
from actbench.spec.keras_names import DEFAULT_OUTPUT, LOSSES, METRICS
from actbench.spec.learning_rates import (
    FIRST_SELECTION_SEED,
    SELECTION_SEEDS,
    LearningRates,
    rate_problems,
)
from actbench.spec.optimizer import Optimizer
from actbench.spec.problems import (
    Problem,
    Section,
    not_among,
    one_or_more,
    one_problem,
    optional,
    refuse,
)
from actbench.spec.replicates import MOST_SEEDS, Seeds, Splits, usual_seeds
from actbench.spec.saved import Saved
from actbench.spec.trial_metrics import OF_DIAGNOSTICS, PREDICT_SECONDS, REACHED, TRIAL_METRICS
from actbench.spec.yaml_document import KeyPath
from actbench.wording import listed

# Every architecture type, chosen by the key `type`.
AnyArchitecture = Annotated[
    Mlp | Cnn | Embedding | Layers | Builder | Saved, Field(discriminator="type")
]

MOST_CELLS = 10_000
MOST_TRIALS = 1_000_000


def _without_arm_keys(activations: tuple[Activation, ...]) -> tuple[Activation, ...]:
    refuse(
        Problem((i, key), f"'{key}' belongs to the whole arm; give it to the hidden activation")
        for i, activation in enumerate(activations)
        for key in ARM_KEYS
        if getattr(activation, key) is not None
    )
    return activations


def _distinct_activations(activations: tuple[Activation, ...]) -> tuple[Activation, ...]:
    refuse(_clashes(activations))
    return activations


def _clashes(activations: tuple[Activation, ...]) -> Iterator[Problem]:
    activation_by_identity: dict[str, Activation] = {}
    activation_by_label: dict[str, Activation] = {}
    for i, later in enumerate(activations):
        earlier = activation_by_identity.setdefault(json.dumps(later.identity), later)
        namesake = activation_by_label.setdefault(later.label, later)
        if earlier.written != later.written:
            words = f"'{earlier.written}' and '{later.written}' are one activation; name it once"
            yield Problem((i,), words)
        elif earlier is not later:
            words = f"'{later.label}' stands in the list twice; two arms would be the same"
            yield Problem((i,), words)
        elif namesake is not later:
            words = f"two activations have the label '{later.label}'"
            yield Problem((i,), f"{words}; give one of them another `label`")


Candidates = Annotated[
    tuple[Activation, ...],
    one_or_more(Activation),
    Field(min_length=1, max_length=1000),
    AfterValidator(_distinct_activations),
]


class Activations(Section):
    """The candidates; every hidden one is paired with every output one."""

    hidden: Candidates = Field(description="The hidden activations.")
    output: Annotated[Candidates, AfterValidator(_without_arm_keys)] | None = optional(
        "The output activations; by default the usual one of the task."
    )


def _distinct_names(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    names = [c.label if isinstance(c, DatasetChoice) else c.name for c in choices]
    refuse(
        Problem((i,), f"'{name}' stands in the list twice; two blocks would be the same")
        for i, name in enumerate(names)
        if name in names[:i]
    )
    return choices


def _read_baseline(value: Any, info: ValidationInfo) -> Any:
    """The baseline, from a mapping or from the bare name of an activation."""
    if not isinstance(value, str) or not (activations := info.data.get("activations")):
        return None if isinstance(value, str) else value
    candidates = {"hidden": activations.hidden, "output": activations.output or ()}
    sides = [side for side, each in candidates.items() if any(a.is_named_by(value) for a in each)]
    if len(sides) > 1:  # a side with one candidate tells no arms apart
        sides = [side for side in sides if len(candidates[side]) > 1] or sides[:1]
    if len(sides) > 1:
        words = f"'{value}' is both a hidden and an output activation"
        raise one_problem(f"{words}; write {{hidden: {value}}} or {{output: {value}}}")
    if not sides:
        names = dict.fromkeys(a.label for each in candidates.values() for a in each)
        raise one_problem(not_among("one of the activations of this spec", value, names))
    return {sides[0]: value}


class Experiment(Section):
    """A validated spec. `dataset`, `architecture` and the candidates are lists: a grid."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$",
        description="The results folder: results/NAME/.",
    )
    description: str = Field("", max_length=2000, description="The question, in a sentence.")
    dataset: Annotated[
        tuple[AnyDataset, ...],
        one_or_more(AnyDataset),
        Field(min_length=1),
        AfterValidator(_distinct_names),
    ] = Field(
        description="A name (`actbench data list`), a mapping with options, or a list of them."
    )
    architecture: Annotated[
        tuple[AnyArchitecture, ...],
        one_or_more(AnyArchitecture),
        Field(min_length=1),
        AfterValidator(_distinct_names),
    ] = Field(description="One architecture, or a list: each is a block of its own.")
    activations: Activations = Field(
        description="The candidates: every hidden one is trained with every output one."
    )
    optimizer: Optimizer = Field(
        Optimizer.model_validate("rmsprop"),
        description="A Keras name, or a mapping with its arguments.",
    )
    loss: ShortName | None = optional("By default what suits the task.")
    metrics: Annotated[tuple[ShortName, ...], one_or_more(ShortName)] | None = optional(
        "Beside the loss; the first one is what arms are compared in."
    )
    epochs: int = Field(10, ge=1, le=100_000, description="Passes over the training rows.")
    batch_size: int = Field(32, ge=1, le=1_000_000, description="Rows a step.")
    early_stopping: EarlyStopping | None = optional(
        "End training where the validation loss no longer falls; `epochs` is then the most, and "
        "the best epoch's weights are tested."
    )
    diagnostics: bool = Field(
        False,
        description="Measure what happens inside: dead units, saturation, gradients; and the time "
        "of prediction.",
    )
    reach: Annotated[dict[ShortName, FiniteFloat] | None, Field(min_length=1, max_length=1)] = (
        optional(
            "A metric and the value to reach, {accuracy: 0.95}: which epoch was the first with it, "
            "on the validation rows, or else on the training rows."
        )
    )
    splits: Splits | None = optional(
        "Several splits of each data set, drawn anew from all its rows: the number of random ones, "
        "or folds. Then every seed is trained on every split."
    )
    seeds: Seeds = Field(
        default_factory=usual_seeds,
        description="Replicates: a number, or a list. The same for every arm. "
        "By default 10; with `splits`, 3 for each split.",
    )
    learning_rates: LearningRates | None = optional(
        "Learning rates to choose from: every arm is trained at its own best one, by validation."
    )
    selection_seeds: int | None = Field(
        None,
        ge=1,
        le=MOST_SEEDS,
        description="With `learning_rates`: how many seeds choose; by default 5.",
    )
    selection: Literal["together", "each"] | None = optional(
        "With `learning_rates`: `together`, the default, chooses one for all seeds of an arm; with "
        "`each` every seed chooses by a selection seed of its own."
    )
    baseline: Annotated[
        ArmReference | None,
        BeforeValidator(_read_baseline, json_schema_input_type=str | ArmReference | None),
    ] = optional("The arm that the others are compared with; by default the first.")
    loss_on: Literal["keras", "outputs"] = Field(
        "keras",
        description="From what Keras's cross-entropies are computed: "
        "the logits, or the real outputs.",
    )
    expect: Annotated[tuple[Expectation, ...], one_or_more(Expectation)] = Field(
        (), description="Expectations, checked after the run and by `compare`."
    )

    @field_validator("loss", "metrics")
    @classmethod
    def _fits_the_task(cls, value: Any, info: ValidationInfo) -> Any:
        """Checked without the rest of the spec, so that no other problem hides one."""
        tasks = dict.fromkeys(choice.info.task for choice in info.data.get("dataset", ()))
        kind, names = ("loss", LOSSES) if info.field_name == "loss" else ("metric", METRICS)
        refuse(_name_problems(value or (), kind, names, tasks))
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "Experiment":
        checks = (
            _size_problems,
            _split_problems,
            _batch_size_problems,
            _architecture_problems,
            _early_stopping_problems,
            rate_problems,
            _reference_problems,
            _reach_problems,
        )
        refuse(problem for check in checks for problem in check(self))
        return self

    @property
    def tasks(self) -> tuple[str, ...]:
        """The distinct tasks of the data sets, in order."""
        return tuple(dict.fromkeys(d.info.task for d in self.dataset))

    @property
    def numbered_splits(self) -> tuple[NumberedSplit | None, ...]:
        """The splits that every data set is trained on; None is the usual one."""
        if self.splits is None:
            return (None,)
        scheme = self.splits.scheme
        return tuple(NumberedSplit(scheme, number) for number in range(scheme.count))

    def requests(self, choice: DatasetChoice) -> tuple[DatasetRequest, ...]:
        """What is loaded of a data set: a request for each split."""
        return tuple(replace(choice.request, split=split) for split in self.numbered_splits)

    @property
    def chosen_by_each(self) -> bool:
        """Whether every seed chooses its own learning rate, by one selection seed."""
        return self.selection == "each"

    @property
    def selection_seed_numbers(self) -> tuple[int, ...]:
        """The seeds that learning rates are chosen by; no other trials have them."""
        if self.learning_rates is None:
            return ()
        numbers = range(self.selection_seeds or SELECTION_SEEDS)
        return tuple(
            FIRST_SELECTION_SEED + i for i in (self.seeds if self.chosen_by_each else numbers)
        )

    def loss_for(self, task: str) -> str:
        """The loss to train on: the spec's, else the usual one of the task."""
        return self.loss or LOSSES[task][0]

    def metrics_for(self, task: str) -> tuple[str, ...]:
        """The metrics beside the loss."""
        return self.metrics if self.metrics is not None else METRICS[task][:1]

    @property
    def scores(self) -> tuple[str, ...]:
        """The loss and the metrics, of all tasks."""
        metrics = dict.fromkeys(m for task in self.tasks for m in self.metrics_for(task))
        return ("loss", *metrics)

    def outputs_for(self, task: str) -> tuple[Activation, ...]:
        """The output candidates: the spec's, else the usual one of the task."""
        return self.activations.output or (Activation.model_validate(DEFAULT_OUTPUT[task]),)

    def filled(self, folder: Path | None = None) -> dict[str, Any]:
        """Plain values with every default filled in: a spec that gives this experiment again.

        It lies in `folder`, which the paths of files are relative to; without one, in the folder
        of the spec that was read.
        """
        plain: dict[str, Any] = json.loads(self.model_dump_json(exclude_none=True))
        plain["dataset"] = [choice.filled(folder) for choice in self.dataset]
        plain["architecture"] = [choice.filled(folder) for choice in self.architecture]
        for axis in plain["activations"]:
            candidates = getattr(self.activations, axis)
            plain["activations"][axis] = [a.filled(folder) for a in candidates]
        if self.learning_rates and not self.chosen_by_each:
            seeds = self.selection_seeds or SELECTION_SEEDS
            plain |= {"selection": "together", "selection_seeds": seeds}
        if len(self.tasks) == 1:
            (task,) = self.tasks
            plain["loss"] = self.loss_for(task)
            plain["metrics"] = list(self.metrics_for(task))
            if not any(isinstance(choice, Saved) for choice in self.architecture):
                plain["activations"]["output"] = [a.filled(folder) for a in self.outputs_for(task)]
        return {key: plain[key] for key in type(self).model_fields if key in plain}


def spec_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that a spec file may hold.

    It has every name, type and description. A rule about several keys at once (a batch larger
    than the data, say) is checked by `actbench plan` only.
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = Experiment.model_json_schema(mode="validation")
    return head | schema | {"title": "actbench experiment spec"}


def _name_problems(
    value: str | tuple[str, ...], kind: str, names: dict[str, tuple[str, ...]], tasks: Iterable[str]
) -> Iterator[Problem]:
    """What is wrong with a loss or metrics; of an unknown task, any name will do."""
    expected = {f"a {kind} for a {task} task": names[task] for task in tasks}
    expected = expected or {f"a {kind}": tuple(dict.fromkeys(chain(*names.values())))}
    words = [value] if isinstance(value, str) else value
    for i, word in enumerate(words):
        path = () if isinstance(value, str) else (i,)
        for what, names_there_are in expected.items():
            if word not in names_there_are:
                yield Problem(path, not_among(what, word, names_there_are))
        if word in words[:i]:
            yield Problem(path, f"'{word}' stands in the list twice")


def _size_problems(experiment: Experiment) -> Iterator[Problem]:
    """What is too much to plan, however small each part of it is."""
    arms = sum(len(experiment.outputs_for(dataset.info.task)) for dataset in experiment.dataset)
    cells = arms * len(experiment.activations.hidden) * len(experiment.architecture)
    rates = len(experiment.learning_rates or ())
    seeds = len(experiment.seeds) + rates * len(experiment.selection_seed_numbers)
    trials = cells * seeds * len(experiment.numbered_splits)
    if cells > MOST_CELLS:
        words = "(data sets × architectures × hidden × output activations)"
        message = f"expected at most {MOST_CELLS:,} cells {words}, got {cells:,}"
        yield Problem(("activations",), message)
    elif trials > MOST_TRIALS:
        product = "cells × splits × seeds" if experiment.splits else "cells × seeds"
        product += ", and those that choose learning rates" if rates else ""
        words = f"expected at most {MOST_TRIALS:,} trials ({product})"
        yield Problem(("seeds",), f"{words}, got {trials:,}")


def _split_problems(experiment: Experiment) -> Iterator[Problem]:
    """What does not go with several splits, or leaves no rows for a part of one."""
    if experiment.splits is None:
        return
    for dataset in experiment.dataset:
        request = experiment.requests(dataset)[0]
        if request.is_by_time and experiment.splits.folds:
            words = "tests the last rows by time, and most folds would train on later rows than"
            yield Problem(
                ("splits", "folds"),
                f"{dataset.label} {words} they test; `splits: 10` keeps the order",
                at_key=True,
            )
        elif (dataset.train_limit or 1) > (rows := request.rows - request.test_rows):
            words = f"expected at most the {rows:,} rows that a split trains on"
            yield Problem(("dataset",), f"{words}, got a train_limit of {dataset.train_limit}")
        elif request.training_rows < 1:
            words = f"a split of {dataset.label} leaves no rows to train on"
            yield Problem(("splits",), f"{words}; test and validate on fewer")


def _batch_size_problems(experiment: Experiment) -> Iterator[Problem]:
    for dataset in experiment.dataset:
        request = experiment.requests(dataset)[0]
        rows, batch = request.training_rows, experiment.batch_size
        if 0 < rows < batch:
            words = f"expected at most the {rows:,} rows that {dataset.label} trains on"
            yield Problem(("batch_size",), f"{words}, got {batch:,}")


def _architecture_problems(experiment: Experiment) -> Iterator[Problem]:
    for i, architecture in enumerate(experiment.architecture):
        for misfit in filter(None, map(architecture.misfit, experiment.dataset)):
            yield Problem(("architecture", i), misfit)
        unused = architecture.why_hidden_is_unused()
        if unused and len(experiment.activations.hidden) > 1:
            yield Problem(("architecture", i, *unused.path), unused.message)
        for axis in ("hidden", "output"):
            for j, candidate in enumerate(getattr(experiment.activations, axis) or ()):
                if words := architecture.why_not(axis, candidate):
                    yield Problem(("activations", axis, j), words)
                if candidate.dropout and architecture.why_no_dropout:
                    words = f"{architecture.name} takes no dropout of an arm's own"
                    path = ("activations", axis, j, "dropout")
                    yield Problem(path, f"{words}: {architecture.why_no_dropout}")


def _early_stopping_problems(experiment: Experiment) -> Iterator[Problem]:
    if experiment.early_stopping is None:
        return
    without = [dataset.label for dataset in experiment.dataset if not dataset.validation]
    if without:
        words = f"training stops by the loss on validation rows, and {listed(without)}"
        have = "has" if len(without) == 1 else "have"
        remedy = "give the data set `validation: 0.2`, or leave `early_stopping` out"
        yield Problem(("early_stopping",), f"{words} {have} none; {remedy}", at_key=True)
    if dict(experiment.optimizer.arguments).get("use_ema"):
        words = "Keras puts the weights of the best epoch in the place of the averages of `use_ema`"
        remedy = "which would change nothing; leave one of the two out"
        yield Problem(("early_stopping",), f"{words}, {remedy}", at_key=True)


def _reach_problems(experiment: Experiment) -> Iterator[Problem]:
    for metric in experiment.reach or {}:
        if metric not in experiment.scores:
            words = not_among("a metric of this experiment", metric, experiment.scores)
            yield Problem(("reach", metric), words, at_key=True)


# In the message because many people meet it by overriding the candidates of a shipped spec.
_WITHOUT = " (`--set expect=[]` goes without the expectations)"


def _reference_problems(experiment: Experiment) -> Iterator[Problem]:
    if experiment.baseline:
        yield from _unmatched(experiment, experiment.baseline, ("baseline",))
    for i, expectation in enumerate(experiment.expect):
        yield from _measure_problems(experiment, expectation, ("expect", i))
        for key, reference in expectation.references().items():
            yield from _unmatched(experiment, reference, ("expect", i, key), _WITHOUT)


def _unmatched(
    experiment: Experiment, reference: ArmReference, path: KeyPath, advice: str = ""
) -> Iterator[Problem]:
    """A problem for each word that names no candidate and no architecture."""
    candidates = {
        "hidden": experiment.activations.hidden,
        "output": tuple(a for task in experiment.tasks for a in experiment.outputs_for(task)),
    }
    for key, word in reference.model_dump(exclude_none=True).items():
        if key == "architecture":
            what, names = "architectures", [a.name for a in experiment.architecture]
            fits = word in names
        else:
            what, names = f"{key} activations", [a.label for a in candidates[key]]
            fits = any(activation.is_named_by(word) for activation in candidates[key])
        if not fits:
            words = not_among(f"one of the {what} of this spec", word, names)
            yield Problem((*path, key), words + advice)


def _measure_problems(
    experiment: Experiment, expectation: Expectation, path: KeyPath
) -> Iterator[Problem]:
    """What is wrong with the rows or the metric that the expectation is about."""
    if expectation.split == "val" and all(d.validation is None for d in experiment.dataset):
        words = "no data set of this spec has a validation set (`validation: 0.2` makes one)"
        yield Problem((*path, "split"), words)
    elif expectation.metric in (*OF_DIAGNOSTICS, PREDICT_SECONDS) and not experiment.diagnostics:
        words = f"{expectation.metric} is measured with `diagnostics: true` only"
        yield Problem((*path, "metric"), words)
    elif expectation.metric in REACHED and not experiment.reach:
        words = f"{expectation.metric} needs `reach`, as in `reach: {{accuracy: 0.95}}`"
        yield Problem((*path, "metric"), words)
    elif expectation.metric not in (None, *experiment.scores, *TRIAL_METRICS):
        words = not_among("a metric of this experiment", expectation.metric, experiment.scores)
        yield Problem((*path, "metric"), words)
