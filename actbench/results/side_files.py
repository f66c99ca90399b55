"""The files that `compare` reads beside `trials.csv`: the spec, the environment and the looks."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from actbench.errors import ResultsError
from actbench.results.folder import ResultsFolder, write_file
from actbench.spec.activation import Activation
from actbench.spec.expectation import Expectation
from actbench.statistics import Decision, Outcome, Rules, rules_at_look

AXES = ("hidden", "output")


@dataclass(frozen=True)
class Decided:
    """One arm that a look settled, against the baseline of its block, in one metric.

    `block`: as in "boston_housing, mlp(64-64)". `arm`: as in "relu / tanh". `seeds`: at that look.
    `decision`: "better", "worse" or "equivalent". `rope`: the half-width of equivalence that it was
    judged with; None if there was none, or it was not noted.
    """

    block: str
    arm: str
    metric: str
    seeds: int
    decision: Outcome
    rope: float | None = None


@dataclass(frozen=True)
class Looks:
    """The plan of a run until decided and how far it came: the content of `looks.json`.

    `looks`: the numbers of seeds at which the run looks at its scores. `alpha`: spent over all of
    them, shared between the `comparisons` of each block. `taken`: seeds at the last look taken.
    `decided`: what the looks settled. `rope`: the one that the run was given, if any.
    """

    looks: tuple[int, ...]
    alpha: float
    comparisons: int
    taken: int
    decided: tuple[Decided, ...] = ()
    rope: float | None = None

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
class SideFiles:
    """What a results folder says of its trials; empty for a table that stands alone.

    `baseline` and `expect`: those of `spec.yaml`. `activations`: for `hidden` and `output`, the
    activation behind each label. `digests`: of the data, by data set. `looks`: those of a run
    until decided. `notes`: what could not be used, a sentence each.
    """

    baseline: Mapping[str, str] = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()
    activations: Mapping[str, Mapping[str, Activation]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    looks: Looks | None = None
    notes: tuple[str, ...] = ()


def read_side_files(path: Path) -> SideFiles:
    """Read the side files in the folder `path`. One that is missing or damaged counts as empty.

    Raises:
        ResultsError: `looks.json` cannot be read; without it p-values would claim too much.
    """
    folder = ResultsFolder(path)
    spec, looks = read_spec(folder.spec), read_looks(path)
    expect: tuple[Expectation, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        expect = tuple(Expectation.model_validate(entry) for entry in spec.get("expect") or [])
    except (ValidationError, TypeError):
        notes = (f"{folder.spec}: its `expect` cannot be read, so it was not checked.",)
    return SideFiles(
        baseline={k: v for k, v in _section(spec, "baseline").items() if isinstance(v, str)},
        expect=expect,
        activations={axis: _activations(spec, axis) for axis in AXES},
        digests=_digests(folder.environment),
        looks=looks,
        notes=notes,
    )


def read_spec(path: Path) -> dict[str, Any]:
    """The plain values of a spec; empty if there is none or it cannot be read."""
    try:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return spec if isinstance(spec, dict) else {}


def _section(spec: dict[str, Any], key: str) -> dict[str, Any]:
    section = spec.get(key)
    return section if isinstance(section, dict) else {}


def _activations(spec: dict[str, Any], axis: str) -> dict[str, Activation]:
    entries = _section(spec, "activations").get(axis)
    activations = map(Activation.or_none, entries if isinstance(entries, list) else [])
    return {activation.label: activation for activation in activations if activation}


def _digests(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        return {str(name): str(source["digest"]) for name, source in data.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
        looks = TypeAdapter(Looks).validate_json(path.read_bytes(), strict=True)
        if looks.taken not in looks.looks or looks.comparisons < 1 or not 0 < looks.alpha < 1:
            raise ValueError("its numbers do not fit together")
        if not {one.seeds for one in looks.decided} <= set(looks.looks):
            raise ValueError("an arm was decided at no look")
        return looks
    except (OSError, ValueError) as error:
        raise ResultsError(
            f"{path}: cannot be read ({error}); it tells at which numbers of seeds the run was "
            "looked at, without which its p-values would claim too much. Run it again"
        ) from None
