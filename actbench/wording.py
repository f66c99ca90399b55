"""Words that the messages and tables of every room share: lists, counts, times, near names."""

import difflib
from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """The names with commas between them.

    >>> listed(["relu", "tanh"])
    'relu, tanh'
    """
    return ", ".join(names)


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
