"""The tables of docs/diagnostics.md, from the committed tables: `python -m benchmarks.diagnostics`.

Each mean stands with its 95% interval over the seeds, from sign flips; those of a ratio are of its
logarithm, so that the mean is a geometric one.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from actbench.results.reading import find_trials, read_trials
from actbench.statistics import sign_flip_interval
from benchmarks.reference import REFERENCE, REPOSITORY, with_examples

if TYPE_CHECKING:
    import pandas as pd

PAGE = REPOSITORY / "docs" / "diagnostics.md"


def main() -> None:
    """Write the tables into the page."""
    PAGE.write_text(with_diagnostics(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_diagnostics(text: str) -> str:
    """The text with each `<!-- measured: NAME -->` … `<!-- end -->` filled in."""

    def filled(match: "re.Match[str]") -> str:
        lines = "\n".join(TABLES[match[1]]())
        return f"<!-- measured: {match[1]} -->\n{lines}\n<!-- end -->"

    text = re.sub(r"<!-- measured: (\w+) -->\n(?:.*?)<!-- end -->", filled, text, flags=re.S)
    return with_examples(text)


def depth() -> Iterator[str]:
    """A row for each activation and depth."""
    frame = _trials("inside_depth")
    yield "| hidden | layers | ratio at the start | ratio at the end | test accuracy |"
    yield "| --- | --- | --- | --- | --- |"
    for (hidden, layers), trials in frame.groupby(["hidden", "architecture"], sort=False):
        ratios = [_ratio(trials[name]) for name in ("gradient_ratio_at_start", "gradient_ratio")]
        cells = [hidden, layers.removesuffix(" layers"), *ratios, _mean(trials["test_accuracy"])]
        yield f"| {' | '.join(cells)} |"


def dying() -> Iterator[str]:
    """A row for each learning rate."""
    frame = _trials("inside_dying")
    yield "| learning rate | relu: dead | leaky: dead | relu: accuracy | leaky: accuracy |"
    yield "| --- | --- | --- | --- | --- |"
    rate = frame["hidden"].astype(str).str.extract(r"learning_rate=([\d.]+)")[0]
    is_leaky = frame["hidden"].astype(str).str.startswith("leaky")
    for value in rate.unique():
        arms = [frame[(rate == value) & (is_leaky == leaky)] for leaky in (False, True)]
        cells = [_mean(arm[name]) for name in ("dead", "test_accuracy") for arm in arms]
        yield f"| {value} | {' | '.join(cells)} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {"depth": depth, "dying": dying}


def _trials(name: str) -> "pd.DataFrame":
    return read_trials(find_trials(name, REFERENCE)).frame


def _mean(values: "pd.Series[float]") -> str:
    low, high = sign_flip_interval(values.to_numpy())
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def _ratio(values: "pd.Series[float]") -> str:
    logarithms = np.log(values.to_numpy())
    low, high = sign_flip_interval(logarithms)
    return f"{_short(logarithms.mean())} [{_short(low)}, {_short(high)}]"


def _short(logarithm: float) -> str:
    """The number of this logarithm in two significant digits."""
    number = float(f"{np.exp(logarithm):.1e}")
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


if __name__ == "__main__":
    main()
