"""The grid that an experiment spans: blocks, arms, cells."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from actbench.activations.catalogue import LAYERS_ONLY
from actbench.activations.custom import locate_activation
from actbench.spec.activation import Activation
from actbench.spec.architecture import Architecture, Mlp
from actbench.spec.builder import Builder
from actbench.spec.dataset import DatasetChoice
from actbench.spec.early_stopping import EarlyStopping
from actbench.spec.experiment import Experiment
from actbench.spec.keras_names import LOSSES, METRICS
from actbench.spec.optimizer import Optimizer
from actbench.user_code import UserFunction

# A step of fewer operations keeps one core busy at most: TensorFlow shares out larger products.
SMALL_STEP = 1e7

_NO_FUNCTION = {"name": "", "parameters": (), "formula": None, "label": "", "written": ""}


@dataclass(frozen=True)
class Arm:
    """One candidate: a hidden and an output activation."""

    hidden: Activation
    output: Activation

    @property
    def label(self) -> str:
        """The arm in few words, `relu / linear`."""
        return f"{self.hidden.label} / {self.output.label}"


@dataclass(frozen=True)
class Cell:
    """Everything that determines a training run, except the seed.

    `diagnostics`, `reach`: what is measured in addition; no part of the identity.

    A field that is new needs a default that leaves training as it was: it is then no part of the
    identity until a spec sets it, and earlier trials stay done.
    """

    dataset: DatasetChoice
    architecture: Architecture
    arm: Arm
    optimizer: Optimizer
    loss: str
    metrics: tuple[str, ...]
    epochs: int
    batch_size: int
    loss_on: str = "keras"
    early_stopping: EarlyStopping | None = None
    diagnostics: bool = False
    reach: tuple[str, float] | None = None

    @property
    def arm_optimizer(self) -> Optimizer:
        """The optimizer with the arm's own learning rate, if it brings one."""
        return self.optimizer.with_learning_rate(self.arm.hidden.learning_rate)

    @property
    def has_small_steps(self) -> bool:
        """Whether a training step keeps one core busy at most, as far as can be told."""
        operations_a_row = self.architecture.operations(self.dataset) or 0
        return 0 < operations_a_row * self.batch_size < SMALL_STEP

    @property
    def may_share(self) -> bool:
        """Whether its hidden function may be one of several in a program.

        A user's own function may not, because it could do anything there.
        """
        hidden = self.arm.hidden
        plain = hidden.custom is None and hidden.name not in LAYERS_ONLY
        return plain and isinstance(self.architecture, Mlp) and self.has_small_steps

    @cached_property
    def program(self) -> "Cell":
        """Equal for cells that one program can serve: they differ in the hidden function only.

        Diagnostics measure what happens inside a model, so each cell then has its own.
        """
        if self.diagnostics or not self.may_share:
            return self
        hidden = self.arm.hidden.model_copy(update=_NO_FUNCTION)
        return replace(self, arm=replace(self.arm, hidden=hidden))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers, as plain values, without labels and defaults."""
        return {
            "dataset": self.dataset.identity,
            "architecture": self.architecture.identity,
            "hidden": self.arm.hidden.identity,
            "output": self.arm.output.identity,
            "optimizer": self.optimizer.identity,
            **self._changed_settings(),
        }

    def identity_at(self, learning_rate: float | None) -> dict[str, Any]:
        """Its identity with another learning rate of the optimizer; its own for None."""
        if learning_rate is None:
            return self.identity
        optimizer = self.optimizer.with_learning_rate(learning_rate)
        return self.identity | {"optimizer": optimizer.identity}

    def user_functions(self) -> list[UserFunction]:
        """The user's own functions that training calls, as they stand now.

        Raises:
            UserCodeError: one is not there any more.
        """
        builder = self.architecture
        functions = [builder.function()] if isinstance(builder, Builder) else []
        for activation in (self.arm.hidden, self.arm.output):
            if activation.custom is not None:
                folders = [Path(activation.folder)] if activation.folder else ()
                functions.append(locate_activation(activation.custom, folders))
        return functions

    def _changed_settings(self) -> dict[str, Any]:
        """The settings that differ from what they are in a spec without these keys."""
        task = self.dataset.info.task
        defaults = {field.name: field.default for field in fields(self)} | {
            "loss": LOSSES[task][0],
            "metrics": METRICS[task][:1],
            "epochs": Experiment.model_fields["epochs"].default,
            "batch_size": Experiment.model_fields["batch_size"].default,
        }
        apart = (*_WITH_IDENTITY, *_MEASURED)
        settings = {name: getattr(self, name) for name in defaults if name not in apart}
        changed = {name: value for name, value in settings.items() if value != defaults[name]}
        return {name: _plain(value) for name, value in changed.items()}


def _plain(value: Any) -> Any:
    """A setting as JSON can hold it."""
    if isinstance(value, EarlyStopping):
        return value.identity
    return list(value) if isinstance(value, tuple) else value


_WITH_IDENTITY = ("dataset", "architecture", "arm", "optimizer")
# What is measured in addition, and changes none of the numbers of training.
_MEASURED = ("diagnostics", "reach")


@dataclass(frozen=True)
class Block:
    """The cells of one data set and architecture: what a comparison is made within."""

    dataset: DatasetChoice
    architecture: Architecture
    cells: tuple[Cell, ...]
    baseline: Arm


def arms(experiment: Experiment, task: str) -> tuple[Arm, ...]:
    """Every hidden candidate with every output candidate, in the order of the spec."""
    return tuple(
        Arm(hidden, output)
        for hidden in experiment.activations.hidden
        for output in experiment.outputs_for(task)
    )


def blocks(experiment: Experiment) -> tuple[Block, ...]:
    """The grid: a block for each data set and architecture, a cell for each arm in it."""
    return tuple(
        _block(experiment, dataset, architecture)
        for dataset in experiment.dataset
        for architecture in experiment.architecture
    )


def _block(experiment: Experiment, dataset: DatasetChoice, architecture: Architecture) -> Block:
    task = dataset.info.task
    candidates = tuple(
        dict.fromkeys(
            Arm(arm.hidden, architecture.output_beside(arm.hidden) or arm.output)
            for arm in arms(experiment, task)
        )
    )
    cells = tuple(
        Cell(
            dataset=dataset,
            architecture=architecture,
            arm=arm,
            optimizer=experiment.optimizer,
            loss=experiment.loss_for(task),
            loss_on=experiment.loss_on,
            metrics=experiment.metrics_for(task),
            epochs=experiment.epochs,
            batch_size=experiment.batch_size,
            early_stopping=experiment.early_stopping,
            diagnostics=experiment.diagnostics,
            reach=next(iter((experiment.reach or {}).items()), None),
        )
        for arm in candidates
    )
    reference = experiment.baseline
    fitting = (arm for arm in candidates if reference and reference.matches(arm.hidden, arm.output))
    return Block(dataset, architecture, cells, baseline=next(fitting, candidates[0]))
