"""A curve drawn in characters: two by four dots of braille in each, with numbers on the axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

# The bit of each dot of a braille character, by column and by row.
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800
_ACROSS, _DOWN = 2, 4
_MARGIN = 6  # a number and a space, to the left of the axis; more where the number is longer


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high`, laid out over `size` characters of `dots` dots each."""

    low: float
    high: float
    size: int
    dots: int

    def dot(self, value: float) -> int:
        """The dot that shows the value, counted from `low`."""
        share = (value - self.low) / (self.high - self.low)
        return round(share * (self.size * self.dots - 1))

    def cell(self, value: float) -> int:
        """The character that shows the value, counted from `low`."""
        return self.dot(value) // self.dots


def dot_plot(
    title: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    width: int,
    height: int,
    braille: bool = True,
) -> list[str]:
    """Lines of at most `width` characters: the title, `height` rows of curve, the x axis.

    Dots are not joined, so that a jump stays open; give more points than dots. Values that are
    not finite are left out. Without `braille`, a star stands for any dot in its character.

    >>> lines = dot_plot("y", [0, 1, 2], [0, 1, 2], width=12, height=3, braille=False)
    >>> print("\\n".join(line.replace(" ", "~") for line in lines))
    ~~~~~~~y
    ~~~~2~|~~~~*
    ~~~~~~|~~*
    ~~~~0~|*
    ~~~~~~+-----
    ~~~~~~~0~~~2
    """
    up = Scale(*_limits(y), height, _DOWN)
    numbers = {up.cell(v): _number(v) for v in (up.low, up.high, 0.0)}
    indent = max(_MARGIN, 1 + max(map(len, numbers.values())))
    across = Scale(min(x), max(x), max(width - indent - 1, 4), _ACROSS)
    finite = [(a, b) for a, b in zip(x, y, strict=True) if isfinite(b)]
    dots = frozenset((across.dot(a), up.dot(b)) for a, b in finite)
    bar, corner, dash = "│└─" if braille else "|+-"
    rows = [
        f"{numbers.get(row, ''):>{indent - 1}} {bar}{_row(dots, row, across.size, braille)}"
        for row in reversed(range(height))
    ]
    margin = " " * indent
    axis = [f"{margin}{corner}{dash * across.size}", f"{margin} {_below(across)}"]
    return [line.rstrip() for line in (f"{margin} {title}", *rows, *axis)]


def _limits(y: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest finite value, 0 being always in view."""
    finite = [0.0, *(v for v in y if isfinite(v))]
    low, high = min(finite), max(finite)
    return (low, high) if high > low else (low, low + 1)


def _number(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 100_000 else f"{value:.3g}"


def _row(dots: frozenset[tuple[int, int]], row: int, columns: int, braille: bool) -> str:
    codes = [_code(dots, column, row) for column in range(columns)]
    if braille:
        return "".join(chr(_BLANK + code) if code else " " for code in codes)
    return "".join("*" if code else " " for code in codes)


def _code(dots: frozenset[tuple[int, int]], column: int, row: int) -> int:
    """The braille pattern of one character; dots are counted from below, its bits from above."""
    return sum(
        _BITS[i][_DOWN - 1 - j]
        for i in range(_ACROSS)
        for j in range(_DOWN)
        if (column * _ACROSS + i, row * _DOWN + j) in dots
    )


def _below(across: Scale) -> str:
    """The numbers under the x axis: both ends, and 0 where it lies between with room to spare."""
    left, right = _number(across.low), _number(across.high)
    line = left.ljust(across.size - len(right)) + right
    middle = across.cell(0.0) if across.low < 0 < across.high else 0
    if len(left) < middle < across.size - len(right) - 1:
        line = f"{line[:middle]}0{line[middle + 1 :]}"
    return line
