"""The comparison as rows: what every printed form of it, table or file, is made from."""

from collections.abc import Sequence
from typing import Any

from actbench.reporting.blocks import ArmRow, BlockReport, verdict_of
from actbench.reporting.numbers import decimals_for, p_value, signed, with_spread
from actbench.statistics import Pair

COMPARISON_COLUMNS = (
    "dataset",
    "architecture",
    "metric",
    "rank",
    "hidden",
    "output",
    "ok",
    "diverged",
    "at_chance",
    "error",
    "missing",
    "mean",
    "sd",
    "against",
    "n",
    "difference",
    "low",
    "high",
    "level",
    "p",
    "p_holm",
    "d_z",
    "p_better",
    "verdict",
    "seeds_needed",
)


def plain_rows(reports: Sequence[BlockReport]) -> list[dict[str, Any]]:
    """Rows of `COMPARISON_COLUMNS` with full-precision numbers, for CSV and JSON.

    An arm each, with its pair with the baseline; then, where all pairs were asked for, the others.
    """
    return [row for block in reports for row in _block_rows(block)]


def _block_rows(block: BlockReport) -> list[dict[str, Any]]:
    rows = [{**_arm_columns(block, row), **_pair_columns(block, row.pair)} for row in block.rows]
    of_name = {" / ".join(row.cell[axis] for axis in block.axes): row for row in block.rows}
    more = [
        {**_arm_columns(block, of_name[pair.arm]), **_pair_columns(block, pair)}
        for pair in other_pairs(block)
    ]
    return rows + more


def other_pairs(block: BlockReport) -> list[Pair]:
    """The pairs of which none is the baseline."""
    base = " / ".join(block.arms[block.baseline])
    return [pair for pair in block.pairs if base not in (pair.arm, pair.other)]


def _arm_columns(block: BlockReport, row: ArmRow) -> dict[str, Any]:
    at = "_at_best_epoch" if block.at == "best" else ""
    return {
        **{key: row.cell.get(key) for key in ("dataset", "architecture", "hidden", "output")},
        "metric": f"{block.split}_{block.metric}{at}",
        "rank": row.rank,
        "ok": row.ok,
        "diverged": row.diverged,
        "at_chance": row.at_chance,
        "error": row.error,
        "missing": row.missing,
        "mean": row.mean,
        "sd": row.sd,
    }


def _pair_columns(block: BlockReport, pair: Pair | None) -> dict[str, Any]:
    if pair is None:
        return {"verdict": ""}
    low, high = pair.interval or (None, None)
    return {
        "against": pair.other,
        "n": pair.n,
        "difference": pair.difference,
        "low": low,
        "high": high,
        "level": round(block.level, 9),
        "p": pair.p,
        "p_holm": pair.p_holm,
        "d_z": pair.d_z,
        "p_better": pair.probability_better,
        "verdict": verdict_of(pair),
        "seeds_needed": pair.seeds_needed,
    }


def heads(block: BlockReport) -> dict[str, str]:
    """What stands above each printed column."""
    before = {"before": "before"} if block.reference == "before" else {}
    return {
        "rank": "#",
        "seeds": "seeds",
        **before,
        "mean": "mean ± sd",
        "difference": f"against {block.reference} [{100 * block.level:.3g}%]",
        "p": "p (Holm)",
        "better": "P(better)",
        "needed": "needs",
        "verdict": "verdict",
    }


def printed_cells(row: ArmRow) -> dict[str, str]:
    """The cells of one arm as a person reads them."""
    counts = (
        (row.diverged, "diverged"),
        (row.at_chance, "at chance"),
        (row.error, "error"),
        (row.missing, "missing"),
    )
    told = [f"{row.ok} ok", *(f"{count} {word}" for count, word in counts if count)]
    alone = {"difference": "baseline" if row.baseline else "", "p": "", "better": "", "needed": ""}
    return {
        "rank": "–" if row.rank is None else str(row.rank),
        "seeds": ", ".join(told),
        "before": with_spread(row.before, None),
        "mean": with_spread(row.mean, row.sd),
        **(printed_pair(row.pair) if row.pair else alone),
        "verdict": row.verdict,
    }


def printed_pair(pair: Pair) -> dict[str, str]:
    """The numbers of one pair as a person reads them."""
    better, needed = pair.probability_better, pair.seeds_needed
    return {
        "difference": difference_with_interval(pair),
        "p": p_value(pair.p_holm),
        "better": "–" if better is None else f"{better:.2f}",
        "needed": "" if needed is None else f"{needed:,} seeds",
        "verdict": verdict_of(pair),
    }


def difference_with_interval(pair: Pair) -> str:
    """The mean difference and its interval, with as many digits as the interval carries."""
    if pair.difference is None:
        return "–"
    if pair.interval is None:
        return signed(pair.difference, decimals_for(None, pair.difference))
    low, high = pair.interval
    places = decimals_for(high - low, pair.difference)
    interval = f"[{signed(low, places)}, {signed(high, places)}]"
    return f"{signed(pair.difference, places)} {interval}"
