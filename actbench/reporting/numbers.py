"""How numbers are written: as many digits as their spread carries, the same in every report."""

import math


def decimals_for(spread: float | None, mean: float) -> int:
    """Decimals that show two significant digits of the spread, or four of the mean without one.

    >>> decimals_for(0.0123, 2.5), decimals_for(None, 22.0784), decimals_for(12.0, 300.0)
    (3, 2, 0)
    """
    if spread is not None and spread > 0:
        return min(max(1 - math.floor(math.log10(spread)), 0), 6)
    magnitude = math.floor(math.log10(abs(mean))) if mean else 0
    return min(max(3 - magnitude, 0), 6)


def with_spread(mean: float | None, sd: float | None) -> str:
    """A mean with its standard deviation; without spread where one seed tells none.

    >>> with_spread(2.7451, 0.1234), with_spread(22.0784, 0.0), with_spread(2.7451, None)
    ('2.75 ± 0.12', '22.0784 ± 0', '2.7451')
    """
    if mean is None:
        return "–"
    if sd is None:
        return f"{mean:.4f}"
    if sd == 0:
        return f"{mean:.4f} ± 0"
    places = decimals_for(sd, mean)
    return f"{mean:.{places}f} ± {sd:.{places}f}"


def signed(value: float | None, places: int) -> str:
    """A difference with its sign.

    >>> signed(0.5, 2), signed(-19.33, 1), signed(None, 2)
    ('+0.50', '−19.3', '–')
    """
    if value is None:
        return "–"
    return f"{value:+.{places}f}".replace("-", "−")


def p_value(p: float | None) -> str:
    """A p-value as it is printed.

    >>> p_value(0.0059), p_value(0.00001), p_value(1.0), p_value(None)
    ('0.006', '<0.001', '1.00', '–')
    """
    if p is None:
        return "–"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
