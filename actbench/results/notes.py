"""The words of the `note` column of `trials.csv`: what to know of a trial beside its numbers."""

from collections.abc import Iterable

DEAD_OUTPUT = "dead output"
AT_FLOOR = "at its floor"
AT_CHANCE = "at chance"
NOTES = (DEAD_OUTPUT, AT_FLOOR, AT_CHANCE)


def joined(notes: Iterable[str]) -> str:
    """Several notes as one cell.

    >>> joined([DEAD_OUTPUT, AT_CHANCE])
    'dead output; at chance'
    """
    return "; ".join(notes)


def told(cell: str) -> tuple[str, ...]:
    """The notes in one cell.

    >>> told("dead output; at chance")
    ('dead output', 'at chance')
    """
    return tuple(note for note in (part.strip() for part in cell.split(";")) if note)
