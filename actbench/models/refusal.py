"""What Keras says when it refuses a model, in one plain line."""

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def in_words(error: Exception) -> str:
    r"""The message without colours and line breaks.

    >>> in_words(ValueError("Exception:\n\n\x1b[1mno shape\x1b[0m"))
    'Exception: no shape'
    """
    return " ".join(_COLOURS.sub("", str(error)).split())
