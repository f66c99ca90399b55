"""What a check before training finds: one sentence about some arms, frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """A note says what to know; a warning, that the comparison may not be the one that is meant."""

    note = "note"
    warning = "warning"


@dataclass(frozen=True)
class Check:
    """One thing that can be said before any training.

    `kind` names the check. `blocks` and `arms` are the labels of those it concerns. `finding`
    says what, and by how much; `advice` what to do about it.
    """

    kind: str
    level: Level
    blocks: tuple[str, ...]
    arms: tuple[str, ...]
    finding: str
    advice: str

    @property
    def sentence(self) -> str:
        """All that it says."""
        return f"{self.finding} {self.advice}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `checks.json` holds them."""
        return {
            "kind": self.kind,
            "level": str(self.level),
            "blocks": list(self.blocks),
            "arms": list(self.arms),
            "sentence": self.sentence,
        }


def merged(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Each sentence once, with all the blocks it holds for; warnings first.

    >>> one = Check("k", Level.note, ("a",), ("relu / linear",), "So.", "Do.")
    >>> [check.blocks for check in merged([one, replace(one, blocks=("b",))])]
    [('a', 'b')]
    """
    found: dict[Check, tuple[str, ...]] = {}
    for check in checks:
        key = replace(check, blocks=())
        found[key] = (*found.get(key, ()), *check.blocks)
    whole = [replace(check, blocks=blocks) for check, blocks in found.items()]
    return tuple(sorted(whole, key=lambda check: check.level is Level.note))
