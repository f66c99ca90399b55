"""HTML and SVG from parts: whatever is not markup already is escaped."""

import html
from collections.abc import Iterable

from actbench.wording import escaped

_VOID = ("br", "col", "hr", "img", "link", "meta")


class Markup(str):
    """Text that is HTML or SVG already, so that it is not escaped again."""

    __slots__ = ()


def element(tag: str, /, *children: str | None, **attributes: str | float | None) -> Markup:
    """An element with its children in order.

    A child or a value that is not `Markup` is plain text: its markup is escaped and its control
    characters are spelled out. Children and attributes that are None are left out. An underscore
    in the name of an attribute stands for a hyphen, and one at its end for nothing.

    >>> print(element("td", "a < b\\x07", class_="wide", aria_label='"x"'))
    <td class="wide" aria-label="&quot;x&quot;">a &lt; b\\u0007</td>
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[str | None], between: str = "") -> Markup:
    """The children one after another, those that are plain text escaped."""
    return Markup(between.join(_text(child) for child in children if child is not None))


def _text(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(escaped(text))
