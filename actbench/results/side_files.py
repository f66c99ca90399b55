"""The files that `compare` reads beside `trials.csv`: the spec, the environment and the looks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from actbench.errors import ActbenchError, ResultsError
from actbench.results.folder import ResultsFolder, read_file, write_file
from actbench.results.references import Reference, read_references
from actbench.spec import yaml_document
from actbench.spec.activation import Activation
from actbench.spec.expectation import Expectation
from actbench.statistics import (
    LARGEST_LOOK,
    MOST_LOOKS,
    Decision,
    Outcome,
    Rules,
    rules_at_look,
)

AXES = ("hidden", "output")

_LARGEST = 1_000_000  # bytes of a file beside the table
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)

Seeds = Annotated[int, Field(ge=1, le=LARGEST_LOOK)]
Rope = Annotated[float, Field(ge=0)]


@dataclass(frozen=True)
class Decided:
    """One arm that a look settled, against the baseline of its block, in one metric.

    `block`: as in "boston_housing, mlp(64-64)". `arm`: as in "relu / tanh". `seeds`: at that look.
    `decision`: "better", "worse" or "equivalent". `rope`: the half-width of equivalence that it was
    judged with; None if there was none, or it was not noted.
    """

    __pydantic_config__ = _STRICT

    block: str
    arm: str
    metric: str
    seeds: Seeds
    decision: Outcome
    rope: Rope | None = None


@dataclass(frozen=True)
class Looks:
    """The plan of a run until decided and how far it came: the content of `looks.json`.

    `looks`: the numbers of seeds at which the run looks at its scores. `alpha`: spent over all of
    them, shared between the `comparisons` of each block. `taken`: seeds at the last look taken.
    `decided`: what the looks settled. `rope`: the one that the run was given, if any.
    """

    __pydantic_config__ = _STRICT

    looks: Annotated[tuple[Seeds, ...], Field(max_length=MOST_LOOKS)]
    alpha: Annotated[float, Field(gt=1e-6, lt=1)]
    comparisons: Annotated[int, Field(ge=1, le=1_000_000)]
    taken: int
    decided: tuple[Decided, ...] = ()
    rope: Rope | None = None

    def rules(
        self,
        seeds: int,
        comparisons: int,
        rope: float | None = None,
        min_effect: float | None = None,
    ) -> Rules:
        """The rules of the look at so many seeds, in a block with so many comparisons."""
        return rules_at_look(
            self.looks,
            seeds,
            alpha=self.alpha,
            comparisons=comparisons,
            most_comparisons=self.comparisons,
            rope=rope,
            min_effect=min_effect,
        )

    def decisions(self, block: str, metric: str, comparisons: int) -> dict[str, Decision]:
        """What the looks settled in one block and metric, by arm, as `compare` takes it.

        `block`: its data set and architecture, as in `Decided`. `comparisons`: in that block.
        """
        return {
            one.arm: Decision(
                seeds=one.seeds,
                outcome=one.decision,
                rules=self.rules(one.seeds, comparisons, one.rope),
                early=one.seeds < self.looks[-1],
            )
            for one in self.decided
            if (one.block, one.metric) == (block, metric)
        }


@dataclass(frozen=True)
class DrawnTogether:
    """Test rows of a user's file that were not drawn one by one.

    `kind`: "group", whole groups of `column`, or "last", the last ones by `column`.
    """

    kind: str
    column: str

    @property
    def words(self) -> str:
        """Why a test of single rows says nothing of them."""
        rows = f"follow one another by {self.column}"
        if self.kind == "group":
            rows = f"are whole groups of {self.column}"
        return f"the test rows {rows}, and the t test takes rows to be drawn one by one"


@dataclass(frozen=True)
class SideFiles:
    """What a results folder says of its trials; empty for a table that stands alone.

    `baseline` and `expect`: those of `spec.yaml`. `activations`: for `hidden` and `output`, the
    activation behind each label. `digests`: of the data, by data set. `looks`: those of a run
    until decided. `references`: scores of models without any activation. `splits`: how the test
    rows of a user's files are drawn, by data set, as the spec has it. `chosen_by_each`: whether
    every seed chose its own learning rate. `notes`: what could not be used, a sentence each.
    """

    baseline: Mapping[str, str] = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()
    activations: Mapping[str, Mapping[str, Activation]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    looks: Looks | None = None
    references: tuple[Reference, ...] = ()
    splits: Mapping[str, str] = field(default_factory=dict)
    chosen_by_each: bool = False
    notes: tuple[str, ...] = ()


def drawn_together(
    results: Iterable[SideFiles], datasets: Iterable[str]
) -> dict[str, DrawnTogether]:
    """The data sets whose test rows were not drawn one by one, and how they were drawn.

    `datasets`: as the tables name them, with their options in brackets.
    """
    rules = [
        (name, rule)
        for result in results
        for name, text in result.splits.items()
        if isinstance(rule := from_json(text), dict)
    ]
    return {
        dataset: DrawnTogether(kind, str(rule.get(column, "")))
        for dataset in datasets
        for name, rule in rules
        for kind, column in (("group", "group"), ("last", "by"))
        if kind in rule and (dataset == name or dataset.startswith(f"{name}("))
    }


def read_side_files(path: Path) -> SideFiles:
    """Read the side files in the folder `path`. One that is missing or damaged counts as empty.

    Raises:
        ResultsError: `looks.json` cannot be read; without it p-values would claim too much.
    """
    folder = ResultsFolder(path)
    spec, looks = read_spec(folder.spec), read_looks(path)
    expect: tuple[Expectation, ...] = ()
    digests = _digests(folder.environment)
    notes = tuple(
        f"{file}: cannot be read, so that nothing of it was used."
        for file, content in ((folder.spec, spec), (folder.environment, digests))
        if file.is_file() and not content
    )
    try:
        expect = tuple(Expectation.model_validate(entry) for entry in spec.get("expect") or [])
    except (ValidationError, TypeError):
        notes += (f"{folder.spec}: its `expect` cannot be read, so it was not checked.",)
    baseline = _section(spec, "baseline").items()
    return SideFiles(
        baseline={k: v for k, v in baseline if k in AXES and isinstance(v, str)},
        expect=expect,
        activations=activations_of(spec),
        digests=digests,
        looks=looks,
        references=read_references(folder),
        splits=_splits(spec),
        chosen_by_each=spec.get("selection") == "each",
        notes=notes,
    )


def read_spec(path: Path) -> dict[str, Any]:
    """The plain values of a spec; empty if there is none or it cannot be read."""
    try:
        spec = yaml_document.parse(read_file(path, _LARGEST).decode(), str(path)).data
    except (ActbenchError, UnicodeDecodeError):
        return {}
    return spec if isinstance(spec, dict) else {}


def _section(spec: dict[str, Any], key: str) -> dict[str, Any]:
    section = spec.get(key)
    return section if isinstance(section, dict) else {}


def activations_of(spec: dict[str, Any]) -> dict[str, dict[str, Activation]]:
    """For `hidden` and `output`, the activations of a spec by their labels."""
    return {axis: _activations(spec, axis) for axis in AXES}


def _activations(spec: dict[str, Any], axis: str) -> dict[str, Activation]:
    entries = _section(spec, "activations").get(axis)
    activations = map(Activation.or_none, entries if isinstance(entries, list) else [])
    return {activation.label: activation for activation in activations if activation}


def _splits(spec: dict[str, Any]) -> dict[str, str]:
    entries = spec.get("dataset")
    entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    return {str(e["name"]): json.dumps(e["test"]) for e in entries if "test" in e and "name" in e}


def _digests(path: Path) -> dict[str, str]:
    try:
        data = from_json(read_file(path, _LARGEST))["data"]
        return {str(name): str(source["digest"]) for name, source in data.items()}
    except (ResultsError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_looks(folder: Path, looks: Looks) -> None:
    """Write `looks.json` into a results folder, in one step.

    Raises:
        ResultsError: it could not be written.
    """
    text = json.dumps(asdict(looks), indent=2, ensure_ascii=False)
    write_file(ResultsFolder(folder).looks, text + "\n")


def read_looks(folder: Path) -> Looks | None:
    """The looks of a results folder; None if the number of seeds was fixed before the run.

    Raises:
        ResultsError: the file is there and cannot be read.
    """
    path = ResultsFolder(folder).looks
    if not path.is_file():
        return None
    try:
        looks = TypeAdapter(Looks).validate_json(read_file(path, _LARGEST))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _damaged(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    if not all(a < b for a, b in pairwise(looks.looks)) or looks.taken not in looks.looks:
        raise _damaged(path, "its numbers do not fit together")
    if not {one.seeds for one in looks.decided} <= set(looks.looks):
        raise _damaged(path, "an arm was decided at no look")
    return looks


def _damaged(path: Path, why: str) -> ResultsError:
    return ResultsError(
        f"{path}: cannot be read ({why}). It tells at which numbers of seeds the run was looked "
        "at, without which its p-values would claim too much. The same `actbench run` with "
        "--until-decided (and --looks, if it had them) writes it anew and trains nothing twice. "
        "If the number of seeds was fixed before the run, remove the file"
    )
