"""What is asked of the trials: every option of a comparison, as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from actbench.errors import ResultsError
from actbench.spec.activation import Activation

SPLITS = ("train", "val", "test")
BY = ("arm", "hidden", "output", "architecture", "optimizer")
SORTS = ("rank", "mean", "difference", "p", "name", "order")

Candidates = Literal["arm", "hidden", "output", "architecture", "optimizer"]


@dataclass(frozen=True)
class Question:
    """How to compare.

    `metrics`: each makes a table of its own; none means the first one beside the loss. `split`:
    measured on which rows; None is `test`, or `val` for `at="best"`. `at`: the last epoch, or the
    one with the lowest validation loss. `by`: what the candidates are; all else is fixed within
    a block. `baseline` names the candidate that the others are compared with. `rope`,
    `min_effect`: in the metric's own unit. `mixed`: compare also what was trained otherwise.
    `activations`: what is behind the labels of the arms, where a spec told.
    """

    metrics: tuple[str, ...] = ()
    split: str | None = None
    at: str = "last"
    by: str = "arm"
    baseline: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    rope: float | None = None
    min_effect: float | None = None
    alpha: float | None = None
    all_pairs: bool = False
    sort: str = "rank"
    mixed: bool = False
    nemenyi: bool = False
    activations: Mapping[str, Mapping[str, Activation]] = field(default_factory=dict)

    @property
    def rows(self) -> str:
        """The split that is meant."""
        return self.split or ("val" if self.at == "best" else "test")

    @property
    def axes(self) -> tuple[str, ...]:
        """The columns that tell the candidates apart."""
        return ("hidden", "output") if self.by == "arm" else (self.by,)

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            ResultsError: two options contradict each other, or a number is out of its range.
        """
        if self.at == "best" and self.rows == "test":
            raise ResultsError(
                "--at best and --split test do not go together: the test rows are measured once, "
                "after the last epoch; use --split val or --split train"
            )
        if self.alpha is not None and not 0 < self.alpha < 1:
            raise ResultsError(f"--alpha: expected a level between 0 and 1, got {self.alpha:g}")
        for name, size in (("--rope", self.rope), ("--min-effect", self.min_effect)):
            if size is not None and not 0 < size < float("inf"):
                raise ResultsError(
                    f"{name}: expected a difference above 0, in the metric's own unit, got {size:g}"
                )
        for axis in self.baseline:
            if self.required and axis not in self.axes:
                raise ResultsError(
                    f"--baseline {axis}=… and --by {self.by} do not go together: the candidates "
                    f"differ in {' and '.join(self.axes)}"
                )
