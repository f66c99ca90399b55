"""Problems in a spec: what validators raise, and how messages show a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from actbench.spec.document import Path


@dataclass(frozen=True)
class Problem:
    """One thing wrong: the path below the validated value, and the words.

    `at_key` points at the key itself rather than at its value.
    """

    path: Path
    message: str
    at_key: bool = False


class Problems(PydanticCustomError):
    """Several problems found by one validator; pydantic carries them along as one error."""

    def __new__(cls, problems: Iterable[Problem]) -> "Problems":
        found = list(problems)
        words = "; ".join(p.message for p in found).replace("{", "(").replace("}", ")")
        return super().__new__(cls, "problems", words or "invalid", {"problems": found})


def one(message: str, *path: str | int, at_key: bool = False) -> Problems:
    """A single problem, to be raised inside a validator."""
    return Problems([Problem(path, message, at_key)])


def shown(value: Any) -> str:
    """A value as the user wrote it, cut short, with its kind where that is the surprise.

    >>> shown("7"), shown(True), shown(None)
    ("the text '7'", 'true (a boolean; quote it if it is a word)', 'nothing (null)')
    """
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a boolean; quote it if it is a word)"
    if isinstance(value, str):
        return f"the text '{value[:60]}'"
    if isinstance(value, dict):
        return f"a mapping with the keys {', '.join(map(str, list(value)[:5])) or '(none)'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"{str(value)[:60]}"
