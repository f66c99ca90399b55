"""What the notes of the trials say of the arms, a line each under the table."""

from collections.abc import Iterator

from actbench.reporting.blocks import BlockReport
from actbench.results.columns import AT_CHANCE, AT_FLOOR, DEAD_OUTPUT
from actbench.wording import listed

_MEANING = {
    DEAD_OUTPUT: "every row got the same number",
    AT_FLOOR: "no model with that output can do better",
    AT_CHANCE: "no better than naming the commonest class, and counted as failed",
}


def noted(block: BlockReport) -> Iterator[str]:
    """A line for each note and number of seeds, with the arms it concerns.

    Such as "tanh: at its floor in all 10 seeds: no model with that output can do better."
    """
    groups: dict[tuple[str, int, int], list[str]] = {}
    for row in block.rows:
        for note, count in row.notes:
            groups.setdefault((note, count, row.trials), []).append(block.name_of(row))
    for (note, count, trials), names in groups.items():
        seeds = _seeds(count, trials)
        meaning = f": {_MEANING[note]}" if note in _MEANING else ""
        words = note.replace("its", "their") if len(names) > 1 else note
        yield f"{listed(names)}: {words} in {seeds}{meaning}."


def _seeds(count: int, trials: int) -> str:
    if count < trials:
        return f"{count} of {trials} seeds"
    return "its one seed" if trials == 1 else f"all {trials} seeds"
