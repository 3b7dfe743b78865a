"""Figures of a trial as people read them."""

from math import isfinite

_DIGITS = 4  # of a figure in a table
_SMALL = 0.0001  # a p below it is told as such


def figure(value: float) -> str:
    """A figure to four digits; – where it is not defined."""
    if not isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    written = f"{value:.{_DIGITS}g}"
    return f"{value:.0f}" if "e+" in written else written


def chance(p: float) -> str:
    """A probability to four decimals; the smallest are told as such."""
    if not isfinite(p):
        return "–"
    return f"< {_SMALL}" if p < _SMALL else f"{p:.4f}"
