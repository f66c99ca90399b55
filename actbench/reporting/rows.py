"""The comparison as rows: what every printed form of it, table or file, is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actbench.reporting.comparing import BlockReport
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
    "error",
    "mean",
    "sd",
    "difference",
    "low",
    "high",
    "p_holm",
    "p_better",
    "verdict",
    "seeds_needed",
)


@dataclass(frozen=True)
class ArmRow:
    """One arm in a report: its numbers, and the pair with the baseline where it is another arm."""

    hidden: str
    output: str
    rank: int | None
    ok: int
    diverged: int
    error: int
    mean: float | None
    sd: float | None
    baseline: bool
    pair: Pair | None

    @property
    def verdict(self) -> str:
        """The verdict in words, with a remark on failures where there is one."""
        if self.pair is None:
            return ""
        words = [self.pair.verdict.words]
        words += [self.pair.failures.words] if self.pair.failures.words else []
        return "; ".join(words)


def arm_rows(block: BlockReport) -> list[ArmRow]:
    """The arms of a block, best first; arms that never trained come last."""
    rows = [_arm_row(block, i) for i in range(len(block.arms))]
    sign = -1.0 if block.higher_is_better else 1.0

    def key(row: ArmRow) -> tuple[float, float]:
        rank = row.rank if row.rank is not None else float("inf")
        return (rank, sign * row.mean if row.mean is not None else float("inf"))

    return sorted(rows, key=key)


def _arm_row(block: BlockReport, i: int) -> ArmRow:
    hidden, output = block.arms[i]
    compared = block.comparison
    trained = block.scores[i][~(block.scores[i] != block.scores[i])]
    arm = compared.arms[i] if compared else None
    mean = arm.mean if arm else (float(trained.mean()) if trained.size else None)
    sd = arm.sd if arm else (float(trained.std(ddof=1)) if trained.size > 1 else None)
    return ArmRow(
        hidden=hidden,
        output=output,
        rank=arm.rank if arm else None,
        mean=mean,
        sd=sd,
        baseline=i == block.baseline,
        pair=compared.against_baseline(arm.name) if compared and arm else None,
        ok=block.statuses[i]["ok"],
        diverged=block.statuses[i]["diverged"],
        error=block.statuses[i]["error"],
    )


def plain_rows(reports: Sequence[BlockReport]) -> list[dict[str, Any]]:
    """Rows of `COMPARISON_COLUMNS` with full-precision numbers, for CSV and JSON."""
    return [
        {
            "dataset": block.dataset,
            "architecture": block.architecture,
            "metric": f"{block.split}_{block.metric}",
            "rank": row.rank,
            "hidden": row.hidden,
            "output": row.output,
            "ok": row.ok,
            "diverged": row.diverged,
            "error": row.error,
            "mean": row.mean,
            "sd": row.sd,
            **_pair_columns(row.pair),
            "verdict": row.verdict,
            "seeds_needed": row.pair.seeds_needed if row.pair else None,
        }
        for block in reports
        for row in arm_rows(block)
    ]


def _pair_columns(pair: Pair | None) -> dict[str, Any]:
    if pair is None:
        return {}
    low, high = pair.interval or (None, None)
    return {
        "difference": pair.difference,
        "low": low,
        "high": high,
        "p_holm": pair.p_holm,
        "p_better": pair.probability_better,
    }


def printed_cells(row: ArmRow) -> dict[str, str]:
    """The cells of one arm as a person reads them."""
    failed = [f"{row.diverged} diverged"] if row.diverged else []
    failed += [f"{row.error} error"] if row.error else []
    return {
        "rank": "–" if row.rank is None else str(row.rank),
        "seeds": ", ".join([f"{row.ok} ok", *failed]),
        "mean": with_spread(row.mean, row.sd),
        **(_printed_pair(row.pair) if row.pair else {"difference": _alone(row), "p": ""}),
        "verdict": row.verdict,
    }


def _alone(row: ArmRow) -> str:
    return "baseline" if row.baseline else ""


def _printed_pair(pair: Pair) -> dict[str, str]:
    if pair.difference is None:
        return {"difference": "–", "p": "–"}
    if pair.interval is None:
        places = decimals_for(None, pair.difference)
        return {"difference": signed(pair.difference, places), "p": p_value(pair.p_holm)}
    low, high = pair.interval
    places = decimals_for(high - low, pair.difference)
    interval = f"[{signed(low, places)}, {signed(high, places)}]"
    return {
        "difference": f"{signed(pair.difference, places)} {interval}",
        "p": p_value(pair.p_holm),
    }
