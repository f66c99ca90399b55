"""What a comparison is asked: every option that decides which numbers it has, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actbench.errors import ResultsError


@dataclass(frozen=True)
class Question:
    """How to compare.

    `metrics`: each gives a table of its own; empty means the first metric that is not the loss.
    `split`: the rows that it is measured on; None means `test`, or `val` for `at="best"`.
    `at`: `last` epoch, or `best`, the epoch with the lowest validation loss.
    `by`: what the candidates are; everything else is the same within a block.
    `baseline`: labels of the candidate that the others are compared with, by axis. Where it is
    empty the spec's baseline counts.
    `rope`, `min_effect`: in the metric's own unit. `alpha`: None means 0.05.
    `filters`: `column=value`; only trials that fit are compared.
    """

    metrics: tuple[str, ...] = ()
    split: str | None = None
    at: str = "last"
    by: str = "arm"
    baseline: Mapping[str, str] = field(default_factory=dict)
    rope: float | None = None
    min_effect: float | None = None
    alpha: float | None = None
    all_pairs: bool = False
    filters: tuple[str, ...] = ()

    @property
    def rows(self) -> str:
        """The split that the metrics are measured on."""
        return self.split or ("val" if self.at == "best" else "test")

    @property
    def axes(self) -> tuple[str, ...]:
        """The columns that tell the candidates apart."""
        return ("hidden", "output") if self.by == "arm" else (self.by,)

    def check(self) -> None:
        """Refuse options that contradict each other.

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
        for option, size in (("--rope", self.rope), ("--min-effect", self.min_effect)):
            if size is not None and not 0 < size < float("inf"):
                raise ResultsError(
                    f"{option}: expected a difference above 0, in the metric's own unit, "
                    f"got {size:g}"
                )
        for axis in self.baseline:
            if axis not in self.axes:
                raise ResultsError(
                    f"--baseline {axis}=… and --by {self.by} do not go together: the candidates "
                    f"differ in {' and '.join(self.axes)}"
                )
