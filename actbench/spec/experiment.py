"""The whole spec: an experiment with every default filled in."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from actbench.spec.activation import Activation, ActivationChoice, read_activation
from actbench.spec.architecture import Architecture, ArchitectureChoice, Cnn, Embedding, Layers, Mlp
from actbench.spec.dataset import Dataset, DatasetChoice
from actbench.spec.hypothesis import SECONDS, ArmReference, Hypothesis
from actbench.spec.keras_names import (
    DEFAULT_LOSS,
    DEFAULT_METRICS,
    DEFAULT_OUTPUT,
    LONG_NAMES,
    LOSSES,
    METRICS,
)
from actbench.spec.optimizer import Optimizer, OptimizerChoice, read_optimizer
from actbench.spec.problems import Problem, Problems, one, shown
from actbench.spec.section import Section
from actbench.wording import listed, nearest

LARGEST_SEED = 2**31 - 1
MOST_SEEDS = 100_000


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _one_or_more(item: Any) -> BeforeValidator:
    """Accepts a single `item` where a list of them is meant."""
    return BeforeValidator(_as_tuple, json_schema_input_type=item | list[item])


def _seeds(value: Any) -> tuple[int, ...]:
    """Ten seeds are 0 to 9; a list is taken as it stands."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_SEEDS:
            raise one(f"expected at least 1 seed and at most {MOST_SEEDS:,}, got {value}")
        return tuple(range(value))
    if not isinstance(value, list | tuple):
        raise one(f"expected a number of seeds or a list of them, got {shown(value)}")
    problems = [
        Problem((i,), f"expected a seed from 0 to {LARGEST_SEED}, got {shown(seed)}")
        for i, seed in enumerate(value)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED
    ]
    problems += [
        Problem((i,), f"the seed {seed} stands in the list twice")
        for i, seed in enumerate(value)
        if not problems and seed in value[:i]
    ]
    if not value:
        problems = [Problem((), "expected at least 1 seed, got an empty list")]
    if problems:
        raise Problems(problems)
    return tuple(value)


def _distinct_activations(found: tuple[Activation, ...]) -> tuple[Activation, ...]:
    problems = []
    for i, activation in enumerate(found):
        for earlier in found[:i]:
            if problem := _clash(earlier, activation):
                problems.append(Problem((i,), problem))
                break
    if problems:
        raise Problems(problems)
    return found


def _clash(earlier: Activation, later: Activation) -> str:
    if earlier.identity == later.identity:
        if earlier.written != later.written:
            return f"'{earlier.written}' and '{later.written}' are one activation; name it once"
        return f"'{later.label}' stands in the list twice; two arms would be the same"
    if earlier.label == later.label:
        return f"two activations have the label '{later.label}'; give one of them another `label`"
    return ""


Candidates = Annotated[
    tuple[ActivationChoice, ...],
    _one_or_more(ActivationChoice),
    Field(min_length=1, max_length=1000),
    AfterValidator(_distinct_activations),
]


class Activations(Section):
    """The candidates; every hidden one is paired with every output one."""

    hidden: Candidates
    output: Candidates | None = None


def _distinct_names(found: tuple[Any, ...]) -> tuple[Any, ...]:
    names = [x.label if isinstance(x, DatasetChoice) else x.name for x in found]
    problems = [
        Problem((i,), f"'{name}' stands in the list twice; two blocks would be the same")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    if problems:
        raise Problems(problems)
    return found


def _short_metric(value: Any) -> Any:
    return LONG_NAMES.get(value, value) if isinstance(value, str) else value


Metric = Annotated[str, BeforeValidator(_short_metric)]


class Experiment(Section):
    """A validated spec. `dataset`, `architecture` and the candidates are lists: a grid."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$")]
    description: Annotated[str, Field(max_length=2000)] = ""
    dataset: Annotated[
        tuple[Dataset, ...],
        _one_or_more(Dataset),
        Field(min_length=1),
        AfterValidator(_distinct_names),
    ]
    architecture: Annotated[
        tuple[ArchitectureChoice, ...],
        _one_or_more(ArchitectureChoice),
        Field(min_length=1),
        AfterValidator(_distinct_names),
    ]
    activations: Activations
    optimizer: OptimizerChoice = Optimizer.model_validate(read_optimizer("rmsprop"))
    loss: Metric | None = None
    metrics: Annotated[tuple[Metric, ...], _one_or_more(Metric)] | None = None
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 10
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 32
    seeds: Annotated[
        tuple[int, ...],
        BeforeValidator(_seeds),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS},
                    {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED},
                        "minItems": 1,
                        "uniqueItems": True,
                    },
                ]
            },
            mode="validation",
        ),
    ] = tuple(range(10))
    baseline: ArmReference | None = None
    loss_on: Literal["keras", "outputs"] = "keras"
    expect: Annotated[tuple[Hypothesis, ...], _one_or_more(Hypothesis)] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "Experiment":
        problems = [
            *_misfits_of_tasks(self),
            *_misfits_of_data(self),
            *_misfits_of_architectures(self),
            *_misfits_of_references(self),
        ]
        if problems:
            raise Problems(problems)
        return self

    @property
    def tasks(self) -> tuple[str, ...]:
        """The distinct tasks of the data sets, in order."""
        return tuple(dict.fromkeys(d.info.task for d in self.dataset))

    def loss_for(self, task: str) -> str:
        """The loss trained on where the spec leaves it open or names it."""
        return self.loss or DEFAULT_LOSS[task]

    def metrics_for(self, task: str) -> tuple[str, ...]:
        """The metrics beside the loss."""
        return self.metrics if self.metrics is not None else DEFAULT_METRICS[task]

    def outputs_for(self, task: str) -> tuple[Activation, ...]:
        """The output candidates; by default the usual one of the task."""
        if self.activations.output is not None:
            return self.activations.output
        usual = DEFAULT_OUTPUT[task]
        return (Activation.model_validate(read_activation(usual)),)

    def filled(self) -> dict[str, Any]:
        """Plain values with every default filled in: a spec that gives this experiment again."""
        plain: dict[str, Any] = json.loads(self.model_dump_json(exclude_none=True))
        if len(self.tasks) == 1:
            (task,) = self.tasks
            plain["loss"] = self.loss_for(task)
            plain["metrics"] = list(self.metrics_for(task))
            plain["activations"]["output"] = [a.as_written() for a in self.outputs_for(task)]
        return {key: plain[key] for key in type(self).model_fields if key in plain}


def _misfits_of_tasks(experiment: Experiment) -> list[Problem]:
    problems = []
    for task in experiment.tasks:
        if experiment.loss is not None and experiment.loss not in LOSSES[task]:
            problems.append(Problem(("loss",), _not_for(task, "loss", experiment.loss, LOSSES)))
        for i, metric in enumerate(experiment.metrics or ()):
            if metric not in METRICS[task]:
                words = _not_for(task, "metric", metric, METRICS)
                problems.append(Problem(("metrics", i), words))
            elif metric in (experiment.metrics or ())[:i]:
                problems.append(Problem(("metrics", i), f"'{metric}' stands in the list twice"))
    return problems


def _not_for(task: str, what: str, name: str, names: dict[str, tuple[str, ...]]) -> str:
    near = nearest(name, names[task])
    return f"expected a {what} for a {task} task ({listed(names[task])}), got '{name[:60]}'{near}"


def _misfits_of_data(experiment: Experiment) -> list[Problem]:
    return [
        Problem(
            ("batch_size",),
            f"expected at most the {d.training_rows:,} rows that {d.label} trains on, "
            f"got {experiment.batch_size:,}",
        )
        for d in experiment.dataset
        if experiment.batch_size > d.training_rows
    ]


def _misfits_of_architectures(experiment: Experiment) -> list[Problem]:
    problems = []
    for i, architecture in enumerate(experiment.architecture):
        for data in experiment.dataset:
            if words := _misfit(architecture, data):
                problems.append(Problem(("architecture", i), words))
        problems += _unused_candidates(experiment, architecture, i)
    return problems


def _misfit(architecture: Architecture, data: DatasetChoice) -> str:
    """Why the architecture cannot read the data set, or nothing where it can."""
    sequence = data.encoding == "sequence"
    if isinstance(architecture, Embedding) and not sequence:
        return (
            f"embedding reads word sequences, and {data.name} gives none; "
            "use {name: reuters, encoding: sequence} or imdb likewise"
        )
    if isinstance(architecture, Cnn) and data.info.kind != "image":
        return f"cnn reads images, and {data.name} holds none"
    if isinstance(architecture, Cnn) and (room := _shrunk_away(architecture, data)):
        return room
    if isinstance(architecture, Mlp) and sequence:
        return (
            f"mlp reads word counts; use `encoding: multi_hot` for {data.name}, "
            "or an embedding architecture"
        )
    return ""


def _shrunk_away(architecture: Cnn, data: DatasetChoice) -> str:
    side = min(data.info.input_shape[:2])
    for i in range(len(architecture.filters)):
        side = side - architecture.kernel_size + 1
        last = i == len(architecture.filters) - 1
        side = side if last else side // architecture.pool_size
        if side < 1:
            return (
                f"the images of {data.name} shrink to nothing at convolution {i + 1}; "
                "use fewer filters, or a smaller kernel_size or pool_size"
            )
    return ""


def _unused_candidates(experiment: Experiment, architecture: Architecture, i: int) -> list[Problem]:
    several = len(experiment.activations.hidden) > 1
    if isinstance(architecture, Layers) and several and not architecture.uses("$hidden"):
        words = "no layer uses $hidden, so arms that differ in it would be the same"
        return [Problem(("architecture", i, "layers"), words)]
    if isinstance(architecture, Mlp | Embedding) and several and not architecture.units:
        words = "there is no hidden layer, so arms that differ in `hidden` would be the same"
        return [Problem(("architecture", i, "units"), words)]
    return []


# Said because overriding the candidates of a shipped spec is how many people meet this.
_WITHOUT = " (`--set expect=[]` goes without the expectations)"


def _misfits_of_references(experiment: Experiment) -> list[Problem]:
    named: list[tuple[tuple[str | int, ...], ArmReference]] = []
    if experiment.baseline:
        named.append((("baseline",), experiment.baseline))
    problems = []
    for i, hypothesis in enumerate(experiment.expect):
        named += [(("expect", i, key), arm) for key, arm in hypothesis.references().items()]
        problems += _metric_problem(experiment, hypothesis, i)
    for path, reference in named:
        problems += [
            Problem((*path, *p.path), p.message + (_WITHOUT if path[0] == "expect" else ""))
            for p in reference.unmatched(
                experiment.activations.hidden,
                _outputs(experiment),
                tuple(architecture.name for architecture in experiment.architecture),
            )
        ]
    return problems


def _outputs(experiment: Experiment) -> tuple[Activation, ...]:
    return tuple(a for task in experiment.tasks for a in experiment.outputs_for(task))


def _metric_problem(experiment: Experiment, hypothesis: Hypothesis, i: int) -> list[Problem]:
    known = ["loss", *dict.fromkeys(m for t in experiment.tasks for m in experiment.metrics_for(t))]
    metric = hypothesis.metric
    if hypothesis.split == "val" and all(d.validation is None for d in experiment.dataset):
        words = "no data set of this spec has a validation set (`validation: 0.2` makes one)"
        return [Problem(("expect", i, "split"), words)]
    if metric is None or metric in known or metric == SECONDS:
        return []
    words = f"expected a metric of this experiment ({listed(known)}), got '{metric[:60]}'"
    return [Problem(("expect", i, "metric"), words + nearest(metric, known))]
