"""Which arms are worse than what they were compared with: what fails somebody's CI."""

from collections.abc import Iterator, Sequence

from actbench.errors import ResultsError
from actbench.reporting.blocks import ArmRow, BlockReport
from actbench.reporting.rows import difference_with_interval
from actbench.statistics import holm

_WORSE = ("worse", "worse_by_rope")


def worse_than_reference(blocks: Sequence[BlockReport]) -> tuple[str, ...]:
    """A sentence for each arm that is significantly worse, or fails significantly more often.

    Raises:
        ResultsError: nothing could ever be found: a single arm, or too few seeds.
    """
    pairs = [row.pair for block in blocks for row in block.rows if row.pair]
    if not pairs:
        raise ResultsError("--fail-if-worse: expected arms to compare, got a single one")
    able = [b for b in blocks if b.seeds_to_reach and len(b.seeds) >= b.seeds_to_reach]
    if not able:
        needed = min(block.seeds_to_reach or 0 for block in blocks)
        raise ResultsError(
            f"--fail-if-worse: with so few seeds no arm can be found worse; run at least {needed}"
        )
    return tuple(sentence for block in blocks for sentence in _sentences(block))


def _sentences(block: BlockReport) -> Iterator[str]:
    rows = [row for row in block.rows if row.pair]
    adjusted = holm([row.pair.failures.p for row in rows if row.pair]).tolist() if rows else []
    for row, p in zip(rows, adjusted, strict=True):
        name = f"{block.name_of(row)} on {block.title}"
        if row.pair and row.pair.verdict.kind in _WORSE:
            size = difference_with_interval(row.pair)
            yield f"{name} is worse than {_reference(block)} in {block.metric} ({size})"
        elif p <= block.alpha and _fails_more(row):
            yield f"{name} {row.pair.failures.words if row.pair else ''}"


def _fails_more(row: ArmRow) -> bool:
    return row.pair is not None and row.pair.failures.arm > row.pair.failures.other


def _reference(block: BlockReport) -> str:
    return "the baseline" if block.reference == "baseline" else block.reference
