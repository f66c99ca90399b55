"""A block as rows: records with plain numbers for programs, printed cells for people.

Every format prints these rows: an arm each, or in a grid hidden activations by output activations.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from actbench.reporting.block_report import ArmRow, BlockReport, verdict_in_words
from actbench.reporting.block_scores import ArmName
from actbench.results.runs_table import ARM
from actbench.statistics import Pair, sign_flip_interval
from actbench.statistics.differences import scaled


def _fields(*names: str) -> dict[str, Callable[[Any], Any]]:
    """Columns that hold a field of the same name."""
    return {name: attrgetter(name) for name in names}


_CELL = ("dataset", "architecture", "metric", "rank", "hidden", "output")
_ROW_FIELDS = ("ok", "diverged", "at_chance", "error", "missing", "mean", "sd")
_PAIR_COLUMNS: dict[str, Callable[[Pair], Any]] = {
    "against": lambda pair: pair.other,
    **_fields("n", "difference"),
    "low": lambda pair: pair.interval[0] if pair.interval else None,
    "high": lambda pair: pair.interval[1] if pair.interval else None,
    "level": lambda pair: round(pair.level, 9),
    **_fields("p", "p_holm", "d_z"),
    "wins": lambda pair: None if pair.unpaired else pair.wins + pair.ties / 2,
    "verdict": lambda pair: verdict_in_words(pair),
    **_fields("seeds_needed", "trained", "median"),
    "decided_at": lambda pair: pair.decided.seeds if pair.decided else None,
    "fresh_seeds": lambda pair: pair.fresh_seeds if pair.decided else None,
    **_fields("fresh_difference"),
}
# Further columns where scores of single rows were kept: the pair judged for rows like these.
_ROWS_VALUES = {
    f"rows_{name}": _PAIR_COLUMNS[name] for name in ("low", "high", "p_holm", "verdict")
}
ROWS_COLUMNS = tuple(_ROWS_VALUES)
COMPARISON_COLUMNS = (*_CELL, *_ROW_FIELDS, *_PAIR_COLUMNS)
# Those of a table of runs that was made elsewhere.
RUNS_COLUMNS = ("dataset", "metric", "rank", ARM, *_ROW_FIELDS, *_PAIR_COLUMNS)
# Further columns of a comparison of trials with early stopping: the means of what an arm took.
COST_COLUMNS = ("epochs_trained", "seconds")
# And where arms chose their learning rates: the rate of an arm, or how many seeds have which.
RATE_COLUMNS = ("learning_rates",)
SCORES = ("before", "mean", "epochs", "seconds")
NUMBERS = ("rank", *SCORES, "difference", "rows", "p", "wins", "needed")  # of the printed columns
_GRID_MEASURES = ("seeds", "mean", "half_interval")
_LARGEST_FIXED = 1e15
GRID_COLUMNS = ("dataset", "architecture", "metric", "hidden", "output", *_GRID_MEASURES)


@dataclass(frozen=True)
class Table:
    """Printed cells, with a caption in words above them and remarks below them.

    `heads`: the head of each column, in order, by a key; `cells`: those of each row, by the same
    keys. `title`: two parts, the first of which is printed in bold; None if the caption says it.
    """

    heads: Mapping[str, str]
    cells: Sequence[Mapping[str, str]]
    caption: str = ""
    title: tuple[str, str] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> list[list[str]]:
        """The cells of each row, in the order of the columns."""
        return [[row[key] for key in self.heads] for row in self.cells]


def comparison_records(block: BlockReport) -> list[dict[str, Any]]:
    """Rows of `COMPARISON_COLUMNS` and the further columns, with all digits of the numbers.

    An arm each, with its pair with the baseline; then the other pairs, if all were compared. The
    baseline's row lacks the columns of a pair.
    """
    rows = [(row, row.pair) for row in block.rows]
    row_by_name = {row.name: row for row in block.rows}
    rows += [(row_by_name[pair.arm], pair) for pair in block.other_pairs]
    at = "_at_best_epoch" if block.at == "best" else ""
    return [
        {
            **{name: row.cell.get(name) for name in (*_CELL, ARM)},
            "metric": f"{block.column}{at}",
            "rank": row.rank,
            **{name: getattr(row, name) for name in _ROW_FIELDS},
            "verdict": "",
            **{name: getattr(row, name) for name in COST_COLUMNS},
            **({name: value(pair) for name, value in _PAIR_COLUMNS.items()} if pair else {}),
            **(_beside(row.rows_pair) if pair is row.pair else {}),
            "learning_rates": block.rates.of_arm(row.label) if block.rates else "",
            "scope": block.scope,
        }
        for row, pair in rows
    ]


def _beside(rows_pair: Pair | None) -> dict[str, Any]:
    """The columns of `ROWS_COLUMNS`."""
    return {name: value(rows_pair) for name, value in _ROWS_VALUES.items()} if rows_pair else {}


def comparison_table(block: BlockReport) -> Table:
    """The printed rows of a block: the rank, the names of the arms, the numbers."""
    against_earlier = block.reference != "baseline"
    heads = {
        "rank": "#",
        **{axis: axis for axis in block.trials.varying},
        "seeds": f"{block.unit}s",
        "before": "before",
        "mean": "mean ± sd",
        "epochs": "epochs",
        "seconds": "seconds",
        **_pair_heads(f"against {block.reference}", block),
    }
    if not against_earlier:
        del heads["before"]
    if against_earlier or block.scope != "seeds" or block.unpaired:
        del heads["rank"]
    if block.unpaired:
        del heads["wins"]
    if not block.shows_rows:
        del heads["rows"]
    if not block.trials.stops_early:
        del heads["epochs"], heads["seconds"]
    cells = [{**row.cell, **printed_cells(row)} for row in block.rows]
    if not any(row["needed"] for row in cells):
        del heads["needed"]
    return Table(heads, cells)


def pair_table(block: BlockReport) -> Table:
    """The printed rows of the pairs without the baseline."""
    heads = {"pair": "other pairs", **_pair_heads("difference", block)}
    del heads["needed"], heads["rows"]
    if block.unpaired:
        del heads["wins"]
    labels = {row.name: row.label for row in block.rows}
    cells = [
        {"pair": f"{labels[pair.arm]} – {labels[pair.other]}", **printed_pair(pair)}
        for pair in block.other_pairs
    ]
    return Table(heads, cells)


def _pair_heads(difference: str, block: BlockReport) -> dict[str, str]:
    return {
        "difference": f"{difference} [{block.confidence} each]",
        "rows": "rows like these",
        "p": "p (Holm)",
        "wins": "wins",
        "needed": "needs",
        "verdict": "verdict",
    }


def printed_cells(row: ArmRow) -> dict[str, str]:
    """The cells of one arm, by column."""
    counts = (
        (row.diverged, "diverged"),
        (row.at_chance, "at chance"),
        (row.error, "error"),
        (row.missing, "missing"),
    )
    seeds = [f"{row.ok} ok", *(f"{count} {outcome}" for count, outcome in counts if count)]
    alone = {"difference": "baseline" if row.baseline else "", "p": "", "wins": "", "needed": ""}
    return {
        "rank": "–" if row.rank is None else str(row.rank),
        "seeds": ", ".join(seeds),
        "before": with_spread(row.before, None),
        "mean": with_spread(row.mean, row.sd),
        "epochs": "–" if row.epochs_trained is None else f"{row.epochs_trained:.1f}",
        "seconds": "–" if row.seconds is None else f"{row.seconds:.2f}",
        **(printed_pair(row.pair) if row.pair else alone),
        "rows": interval_alone(row.rows_pair) if row.rows_pair else "",
        "verdict": row.verdict,
    }


def printed_pair(pair: Pair) -> dict[str, str]:
    """The cells of one pair, by column."""
    needed = pair.seeds_needed
    return {
        "difference": difference_with_interval(pair),
        "p": p_value(pair.p_holm),
        "wins": f"{pair.wins + pair.ties / 2:g}/{pair.n}" if pair.n else "–",
        "needed": "" if needed is None else f"{needed:,} seeds",
        "verdict": verdict_in_words(pair),
    }


def grid_records(block: BlockReport) -> list[dict[str, Any]]:
    """Rows of `GRID_COLUMNS`, an arm each."""
    return [
        {
            "dataset": block.trials.cell["dataset"],
            "architecture": block.trials.cell["architecture"],
            "metric": block.column,
            "hidden": arm[0],
            "output": arm[1],
            **dict(zip(_GRID_MEASURES, mean_with_half_interval(block, arm), strict=True)),
        }
        for arm in block.trials.arms
    ]


def grid_table(block: BlockReport) -> Table:
    """Hidden activations in rows, output activations in columns, mean ± half-interval in cells."""
    hidden, outputs = (dict.fromkeys(arm[i] for arm in block.trials.arms) for i in (0, 1))
    places = ", ".join(block.trials.cell.values())
    warning = f"; {block.not_comparable}" if block.not_comparable else ""
    return Table(
        heads={"hidden": "hidden", **{f"output {name}": name for name in outputs}},
        cells=[
            {
                "hidden": name,
                **{f"output {other}": _grid_cell(block, (name, other)) for other in outputs},
            }
            for name in hidden
        ],
        caption=(
            f"{block.measured} on {places}: mean ± half the {block.confidence} "
            f"interval of the mean; hidden in rows, output in columns{warning}"
        ),
        remarks=(block.versions,) if block.versions else (),
    )


def _grid_cell(block: BlockReport, arm: ArmName) -> str:
    seeds, mean, half = mean_with_half_interval(block, arm)
    some = f" ({seeds}/{block.seeds})" if seeds < block.seeds else ""
    return with_spread(mean, half) + some


def mean_with_half_interval(
    block: BlockReport, arm: ArmName
) -> tuple[int, float | None, float | None]:
    """Seeds that trained, their mean, and half the width of its interval; None if too few.

    The interval is that of the arm's own mean. It does not tell whether two arms differ: they
    were trained on the same seeds, which the paired comparison uses.
    """
    if arm not in block.trials.arms:
        return 0, None, None
    scores = block.trials.scores(block.metric)[block.trials.arms.index(arm)]
    trained = scores[np.isfinite(scores)]
    if not trained.size:
        return 0, None, None
    low, high = sign_flip_interval(trained, block.rules.level)
    half = high / 2 - low / 2
    numbers, exponent = scaled(trained)
    mean = math.ldexp(float(numbers.mean()), exponent)
    return trained.size, mean, half if math.isfinite(half) else None


def difference_with_interval(pair: Pair) -> str:
    """The mean difference and its interval, with as many digits as the interval carries.

    Three significant digits where there is no interval.
    Where an arm diverged both are over the seeds on which both trained, and it says how many.
    """
    if pair.difference is None:
        return "–"
    over = f" over {pair.trained}/{pair.n}" if pair.trained < pair.n else ""
    if pair.interval is None:
        return signed(pair.difference, max(decimals_for(None, pair.difference) - 1, 0)) + over
    low, high = pair.interval
    places = decimals_for(high - low, pair.difference)
    interval = f"[{signed(low, places)}, {signed(high, places)}]"
    return f"{signed(pair.difference, places)} {interval}{over}"


def interval_alone(pair: Pair) -> str:
    """The interval of a pair without its difference; a dash where it has none."""
    if pair.interval is None:
        return "–"
    low, high = pair.interval
    places = decimals_for(high - low, pair.difference or 0.0)
    return f"[{signed(low, places)}, {signed(high, places)}]"


def with_spread(mean: float | None, spread: float | None) -> str:
    """A mean with its standard deviation or half-interval; without where one seed has none.

    >>> with_spread(2.7451, 0.1234), with_spread(22.0784, 0.0), with_spread(2.7451, None)
    ('2.75 ± 0.12', '22.0784 ± 0', '2.7451')
    """
    if mean is None:
        return "–"
    if spread is None:
        return f"{mean:{_form(mean, 4)}}"
    if spread == 0:
        return f"{mean:{_form(mean, 4)}} ± 0"
    places = decimals_for(spread, mean)
    return f"{mean:{_form(mean, places)}} ± {spread:{_form(spread, places)}}"


def decimals_for(spread: float | None, mean: float) -> int:
    """Decimals that show two significant digits of the spread, or four of the mean without one.

    >>> decimals_for(0.0123, 2.5), decimals_for(None, 22.0784), decimals_for(12.0, 300.0)
    (3, 2, 0)
    """
    if spread is not None and spread > 0:
        if math.isinf(spread):
            return 0
        return min(max(1 - math.floor(math.log10(spread)), 0), 6)
    magnitude = math.floor(math.log10(abs(mean))) if mean else 0
    return min(max(3 - magnitude, 0), 6)


def score_alone(value: float) -> str:
    """A score that has no spread, in four significant digits or the whole number.

    >>> score_alone(58254.8413), score_alone(3.45706), score_alone(0.78945)
    ('58255', '3.457', '0.7894')
    """
    return f"{value:{_form(value, decimals_for(None, value))}}"


def signed(value: float, places: int) -> str:
    """A difference with its sign, rounded alike wherever it comes from: noise breaks no tie.

    >>> signed(0.5, 2), signed(-19.33, 1)
    ('+0.50', '−19.3')
    >>> signed(0.0375, 3) == signed(0.0375 + 1e-15, 3)
    True
    """
    clean = float(f"{value:.9g}")
    return f"{clean:+{_form(clean, places)}}".replace("-", "−")


def _form(value: float, places: int) -> str:
    """The format of a number with so many decimals; with an exponent where it is too large."""
    return f".{places}f" if abs(value) < _LARGEST_FIXED else ".4g"


def p_value(p: float | None) -> str:
    """A p-value as it is printed.

    >>> p_value(0.0059), p_value(0.00001), p_value(1.0), p_value(None)
    ('0.006', '<0.001', '1.00', '–')
    """
    if p is None:
        return "–"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_equals(p: float | None) -> str:
    """A p-value within a sentence.

    >>> p_equals(0.0059), p_equals(0.00001)
    ('p = 0.006', 'p <0.001')
    """
    printed = p_value(p)
    return f"p {printed}" if printed.startswith("<") else f"p = {printed}"
