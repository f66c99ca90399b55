"""Words that the messages and tables of every room share: lists, counts, times, safe text."""

import difflib
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

# What a verdict is about, from narrow to wide: these very test rows, rows like these, other splits.
Scope = Literal["seeds", "rows", "splits"]

# Control characters except newlines and tabs; marks that turn the direction of writing; lone
# surrogates, which UTF-8 cannot encode.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def listed(names: Iterable[str]) -> str:
    """The names with commas between them.

    >>> listed(["relu", "tanh"])
    'relu, tanh'
    """
    return ", ".join(names)


def enumerated(names: Sequence[str]) -> str:
    """The names with commas, the last one after "and".

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *others, last = names
    return f"{listed(others)} and {last}" if others else last


def counted(number: int, thing: str) -> str:
    """A number of things, in the singular for one.

    >>> counted(1, "trial"), counted(1200, "trial")
    ('1 trial', '1,200 trials')
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(4.2), duration(200), duration(8000)
    ('4 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def nearest(word: object, names: Iterable[str]) -> str:
    """The end of a message that suggests the name most like `word`; empty if none is similar.

    >>> nearest("sigmiod", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    >>> nearest("x", ["relu"])
    ''
    """
    if not isinstance(word, str):
        return ""
    match = difflib.get_close_matches(word.lower(), list(names), n=1, cutoff=0.6)
    return f"; did you mean '{match[0]}'?" if match else ""


def nearest_file(*paths: Path) -> str:
    """The same for a file that is not there: the most similar name in the folders of `paths`.

    All paths have the same name: the places where the file was looked for.
    """
    beside: list[str] = []
    for path in paths:
        with suppress(OSError):
            beside += (other.name for other in path.parent.iterdir())
    return nearest(paths[0].name, beside)


def escaped(text: str) -> str:
    r"""The text with its control characters spelled out, as JSON does.

    >>> print(escaped("relu\x1b[31m"))
    relu\u001b[31m
    """
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
